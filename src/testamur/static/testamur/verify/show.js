// The verdict as a person reads it: the word, the sentence, each check, the line of authority, what was not checked.
// All text from a file becomes text of the page, never markup.

import { _, moment, sentence, translated } from "./say.js";
import { Code, HEADLINES, KIND_WORDS } from "./verdict.js";

/** Colour of a code: STATUS_STALE and SUPERSEDED say nothing against the certificate itself. */
const COLOUR = { VALID: "valid", SUPERSEDED: "silent", STATUS_STALE: "silent" };

/** Check, what it says when it holds, the codes by which it fails; as portal/checks.py. */
const CHECKS = [
  [
    _("The file is a well-formed credential"),
    _("It could be read, and says only what a credential may say."),
    ["MALFORMED"],
  ],
  [_("The signature is genuine"), _("Nothing was changed after signing."), ["INVALID_SIGNATURE"]],
  [
    _("The key belonged to the signer"),
    _("The issuer had published this key, and it was in use."),
    ["KEY_INVALID"],
  ],
  [
    _("It is in the public log"),
    _("A proof leads from its entry to the head of the log."),
    ["NOT_LOGGED", "LOG_INVALID"],
  ],
  [
    _("The issuer was entitled"),
    _("Its line of authority reaches a root, and covers this scope."),
    ["UNTRUSTED_ISSUER", "ACCREDITATION_INVALID", "SCOPE_NOT_COVERED"],
  ],
  [
    _("It is not suspended, withdrawn or superseded"),
    _("The issuer's signed status lists say so."),
    ["STATUS_INVALID", "STATUS_STALE", "REVOKED", "SUSPENDED", "SUPERSEDED"],
  ],
  [
    _("It is within its dates"),
    _("The day asked about lies between its first and its last day."),
    ["NOT_YET_VALID", "EXPIRED"],
  ],
];
const STATUS_WORDS = {
  valid: _("valid"), suspended: _("suspended"), withdrawn: _("withdrawn"), cancelled: _("cancelled"),
  expired: _("expired"), superseded: _("superseded"), unknown: _("status not known"),
};
/** What a scope names, in words; what a scheme adds of its own shows under its id. */
const DIMENSION_WORDS = {
  activity: _("activity"), document: _("standard"), field: _("field"), method: _("method"), product: _("product"),
  scheme: _("scheme"), sector: _("sector"), system: _("system"),
};
/** Scope lines shown of one link; the rest is counted. */
const LINES_SHOWN = 5;

/** Return the language of the page. */
export function language() {
  return document.documentElement.lang.toLowerCase();
}

/** Return a message in the language of the page, its facts put in. */
export function say(message, facts = {}) {
  return sentence({ message, facts }, language());
}

/** Make an element: attributes by name, children as elements or texts; what is null or false is left out. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(name, value);
  element.append(...children.flat().filter((child) => child !== null && child !== false));
  return element;
}

/** Return the picture of a colour class, drawn once by the server in a <template>. */
function sign(colour, classes = "") {
  const found = document.querySelector(`template[data-sign="${colour}"]`)?.content.firstElementChild?.cloneNode(true);
  if (found && classes) found.classList.add(...classes.split(" "));
  return found ?? "";
}

/** Return the whole answer as one element. Options: took (milliseconds), fileName, note (element below the verdict). */
export function verdictElement(verdict, { took = null, fileName = "", note = null } = {}) {
  const colour = COLOUR[verdict.result] ?? "bad";
  const tongue = language();
  return make(
    "div",
    { "data-code": verdict.result },
    make(
      "section",
      { class: `t-verdict t-c--${colour}`, "aria-labelledby": "browser-verdict-word" },
      make(
        "div",
        { class: "t-verdict__head" },
        sign(colour, "t-verdict__sign"),
        make(
          "div",
          {},
          make("h2", { id: "browser-verdict-word" }, translated(HEADLINES[verdict.result], tongue)),
          make("p", { class: "t-verdict__why" }, ...spelt(sentence(verdict.reason, tongue))),
        ),
      ),
      facts(verdict, fileName),
      make("p", { class: "t-verdict__stamp" }, ...stamps(verdict, took).map((text) => make("span", {}, text))),
    ),
    note,
    make("h2", { class: "t-section" }, say(_("Each check"))),
    make("div", { class: "t-card" }, checks(verdict)),
    verdict.path.length > 1 && [
      make("h2", { class: "t-section" }, say(_("The line of authority"))),
      make("div", { class: "t-card" }, branch(verdict.path, -1)),
    ],
    make("h2", { class: "t-section" }, say(_("What was not checked"))),
    make("div", { class: "t-card" }, make("ul", { class: "t-list" }, ...unchecked(verdict).map((text) => make("li", {}, ...[text].flat())))),
    make("p", { class: "t-small t-muted" }, `${say(_("Code for machines:"))} `, make("code", {}, verdict.result)),
  );
}

/** Addresses in a sentence stand as code: they come from the file, so nothing here leads there. */
function spelt(text) {
  return text.split(/(https?:\/\/[\w.:\/~-]*[\w~-])/).map((piece, place) => (place % 2 ? make("code", {}, piece) : piece));
}

function facts(verdict, fileName) {
  const top = verdict.path[0];
  const rows = [[_("File"), fileName]];
  if (top && verdict.result !== Code.INVALID_SIGNATURE) {
    rows.push([_("Number"), top.number], [_("Issued by"), top.issuerName || top.issuer], [_("About"), top.subjectName || top.subject]);
    rows.push([_("Runs until"), top.validUntil === null ? say(_("no end")) : moment(top.validUntil, language())]);
  }
  const shown = rows.filter(([, value]) => value);
  if (!shown.length) return null;
  return make(
    "dl",
    { class: "t-verdict__facts t-verdict__facts--3" },
    ...shown.map(([label, value]) => make("div", {}, make("dt", {}, say(label)), make("dd", {}, value))),
  );
}

function stamps(verdict, took) {
  const found = [say(_("Checked by this browser, {instant}."), { instant: { instant: verdict.asOf.now } })];
  if (verdict.asOf.statusFrom !== null && Number.isFinite(verdict.asOf.statusFrom)) {
    const [start, end] = [{ instant: verdict.asOf.statusFrom }, { instant: verdict.asOf.statusUntil }];
    found.push(say(_("Status as of {start}, good until {end}."), { start, end }));
  }
  if (took !== null) found.push(say(_("It took {count} ms."), { count: Math.round(took) }));
  return found;
}

function checks(verdict) {
  const failed = CHECKS.findIndex(([, , codes]) => codes.includes(verdict.result));
  const rows = CHECKS.map(([title, says], place) => {
    let [colour, text] = ["valid", say(says)];
    if (place === failed) {
      colour = COLOUR[verdict.result] ?? "bad";
      text = `${sentence(verdict.reason, language())} (${verdict.result})`;
    } else if (failed >= 0 && place > failed) {
      [colour, text] = ["none", say(_("Not checked: the check before it failed."))];
    }
    return make(
      "li",
      { class: `t-c--${colour}` },
      sign(colour),
      make("div", {}, make("strong", {}, say(title)), make("p", {}, ...spelt(text))),
    );
  });
  return make("ol", { class: "t-checks" }, ...rows);
}

/** The links that rest on the link at a place, each with what it rests on in turn. */
function branch(path, under) {
  const below = path.map((link, place) => [link, place]).filter(([link]) => link.under === under);
  if (!below.length) return null;
  return make("ul", { class: "t-branch" }, ...below.map(([link, place]) => make("li", {}, linkElement(link), branch(path, place))));
}

function linkElement(link) {
  const kind = say(Object.hasOwn(KIND_WORDS, link.kind) ? KIND_WORDS[link.kind] : link.kind);
  const holds = link.verdict === Code.VALID;
  const head = [make("strong", {}, kind), " ", make("code", {}, link.number || link.id), " ", link.subjectName || link.subject];
  const lines = [];
  if (link.kind !== "root") {
    const status = say(STATUS_WORDS[link.status] ?? link.status);
    lines.push(holds ? status : `${status} · ${translated(HEADLINES[link.verdict], language())} (${link.verdict})`);
    if (link.issuer) {
      const [start, end] = [link.validFrom, link.validUntil].map((one) => (one === null ? say(_("no end")) : moment(one, language())));
      lines.push(say(_("issued by {issuer}; {start} to {end}"), { issuer: link.issuerName || link.issuer, start, end }));
    }
    for (const line of link.scope.slice(0, LINES_SHOWN)) lines.push(scopeLine(line));
    if (link.scope.length > LINES_SHOWN) lines.push(say(_("and {count} more lines"), { count: link.scope.length - LINES_SHOWN }));
  }
  return make(
    "div",
    { class: `t-branch__link t-c--${holds ? "valid" : "bad"}` },
    sign(holds ? "valid" : "bad"),
    make("div", {}, make("p", {}, ...head), ...lines.map((line) => make("p", { class: "t-small t-muted" }, ...[line].flat()))),
  );
}

/** One line of a scope: what each value is in words, the value itself as the code that the credential holds. */
function scopeLine(line) {
  const parts = Object.entries(line).map(([name, value], place) => {
    const word = Object.hasOwn(DIMENSION_WORDS, name) ? say(DIMENSION_WORDS[name]) : make("code", {}, name);
    return [place ? " · " : "", word, " ", make("code", {}, scopeValue(value))];
  });
  return within(_("scope: {line}"), { line: parts.flat() });
}

/** Return a message as texts and elements: what is given as elements stands where its name stood. */
function within(message, elements, facts = {}) {
  const marks = Object.keys(elements);
  const marked = Object.fromEntries(marks.map((name, place) => [name, `\n${place}\n`]));
  return say(message, { ...facts, ...marked })
    .split("\n")
    .flatMap((piece, place) => (place % 2 ? elements[marks[piece]] : piece));
}

function scopeValue(value) {
  if (value && typeof value === "object") {
    if ("node" in value) return String(value.node);
    return `${value.from ?? "…"} – ${value.to ?? "…"} ${value.unit ?? ""}`.trim();
  }
  return String(value);
}

/** What the reader must not take for checked: said every time, whatever the verdict. */
function unchecked(verdict) {
  const found = verdict.assurance.map((said) => sentence(said, language()));
  if (verdict.atIssue && verdict.atIssue !== verdict.result) {
    const shown = `${verdict.atIssue} · ${translated(HEADLINES[verdict.atIssue], language())}`;
    found.push(say(_("When it was issued: {verdict}"), { verdict: shown }));
  }
  if (verdict.result !== verdict.now) {
    found.push(say(_("Now: {verdict}"), { verdict: `${verdict.now} · ${translated(HEADLINES[verdict.now], language())}` }));
  }
  if (verdict.asOf.logIndex !== null) {
    const { logIndex: index, log, loggedAt } = verdict.asOf;
    const entry = _("Entry {index} of the log {log}, recorded {instant}.");
    found.push(within(entry, { log: make("code", {}, log) }, { index, instant: { instant: loggedAt } }));
    for (const [name, time] of verdict.asOf.witnesses) {
      const cosigner = make("code", {}, name);
      found.push(within(_("Cosigned by {name}, {instant}."), { name: cosigner }, { instant: { instant: time * 1000 } }));
    }
    found.push(say(_("Whether the log has shown others another history: its cosigners watch that, this page cannot.")));
  }
  found.push(say(_("Anything that happened after the status lists were signed.")));
  found.push(
    say(
      _("It does not prove: that the goods or the people before you are the ones certified, or how well the work was done."),
    ),
  );
  return found;
}
