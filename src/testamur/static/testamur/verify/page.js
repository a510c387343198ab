// The page /verify: a file chosen or dropped is checked here and goes nowhere. Also what the address of a certificate
// opens while the network is off: then the bundle kept from the last visit is checked.

import { check, fetchBundle } from "./check.js";
import { keep, keepFile } from "./keep.js";
import { _ } from "./say.js";
import { language, make, say, verdictElement } from "./show.js";
import { Unsupported, supported } from "./signature.js";
import { Unreachable } from "./site.js";
import { Malformed } from "./strict_json.js";
import * as trusts from "./trust.js";

const form = document.querySelector("[data-verify-form]");
const place = document.querySelector("[data-verify-answer]");
const MOST = 10 * 1024 * 1024;
/** First bytes of files that people hold in good faith, and what to do with each here. */
const OTHERS = [
  ["%PDF", _("This is a PDF. Scan its QR code, or take the credential out of its attachments and choose that; the command testamur verify reads a PDF whole.")],
  ["\x89PNG", _("This is a picture. Scan its QR code with a phone, or type the number into the search.")],
  ["\xff\xd8\xff", _("This is a picture. Scan its QR code with a phone, or type the number into the search.")],
  ["PK\x03\x04", _("This is an archive or an office document. Take the .jwt or .json file out of it first.")],
];

function note(colour, ...texts) {
  return make("div", { class: `t-call t-call--${colour}`, role: "alert" }, make("div", {}, ...texts.map((text) => make("p", {}, text))));
}

function answer(...elements) {
  place.replaceChildren(...elements);
  place.hidden = false;
  place.scrollIntoView({ block: "start" });
}

/** Say why there is no verdict. Nothing that is said here is a statement about the certificate. */
function complain(error) {
  if (error instanceof Unsupported) {
    answer(note("bad", say(NO_ED25519)));
  } else if (error instanceof Unreachable || error instanceof TypeError) {
    answer(note("silent", say(_("The files that belong to it cannot be fetched now. Choose the offline bundle instead: it holds all that a check reads."))));
  } else if (error instanceof Malformed) {
    answer(note("bad", say(_("The bundle cannot be used: {problem}."), { problem: error.message })));
  } else {
    throw error;
  }
}

const NO_ED25519 = _("This browser cannot check Ed25519 signatures, so it can give no verdict. Use a newer one (Chrome or Edge 137, Firefox 129, Safari 17 or later), or the command testamur verify.");

async function judge(data, fileName) {
  place.setAttribute("aria-busy", "true");
  try {
    const held = await trusts.current();
    if (held === null) {
      answer(note("bad", say(_("No trust file is at hand. Bring your own, or open this page once with the network on."))));
      return;
    }
    const on = form.querySelector("[name=on]")?.value || null;
    if (on && Date.parse(`${on}T00:00:00+08:00`) > Date.now()) {
      answer(note("bad", say(_("That day has not begun."))));
      return;
    }
    const found = await check(data, { trust: held.trust, on });
    answer(verdictElement(found.verdict, { took: found.took, fileName, note: against(held) }));
  } catch (error) {
    complain(error);
  } finally {
    place.removeAttribute("aria-busy");
  }
}

function against(held) {
  const message =
    held.origin === "own"
      ? _("Checked against your own trust file, SHA-256 {digest}.")
      : _("Checked against this site's trust file as your browser keeps it, SHA-256 {digest}.");
  return make("p", { class: "t-small t-muted" }, say(message, { digest: `${held.digest.slice(0, 16)}…` }));
}

// ------------------------------------------------------------------ choosing a file

form?.addEventListener("submit", async (event) => {
  const file = form.querySelector("input[type=file]").files[0];
  if (!file) return;
  event.preventDefault();
  if (file.size > MOST) return answer(note("bad", say(_("{name} is larger than {most} MB. A credential is a few kilobytes; this is something else."), { name: file.name, most: 10 })));
  const data = new Uint8Array(await file.arrayBuffer());
  if (!data.length) return answer(note("bad", say(_("{name} is empty (0 bytes). Save it again from where it came, then choose it here."), { name: file.name })));
  const other = OTHERS.find(([mark]) => [...mark].every((letter, at) => data[at] === letter.charCodeAt(0)));
  if (other) return answer(note("bad", say(other[1])));
  await judge(data, file.name);
});

// ------------------------------------------------------------------ the trust file

const panel = document.querySelector("[data-verify-trust]");

async function showTrust() {
  if (!panel) return;
  let held;
  try {
    held = await trusts.current();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    panel.replaceChildren(make("p", {}, say(_("The trust file cannot be used: {problem}."), { problem: error.message })));
    return;
  }
  if (held === null) {
    panel.replaceChildren(make("p", {}, say(_("No trust file is at hand. Bring your own, or open this page once with the network on."))));
    return;
  }
  const { trust } = held;
  const rows = [
    [_("From"), say(held.origin === "own" ? _("your own file") : _("this site, kept since your first visit"))],
    [_("SHA-256 of the file"), held.digest],
    [_("Host"), trust.host],
    [_("Roots"), [...trust.roots].join(", ")],
    [_("Key of the log"), await trust.log.fingerprint()],
    [_("Cosigners"), trust.witnesses.length ? trust.witnesses.map((key) => key.name).join(", ") : say(_("none"))],
    [_("Cosignatures needed"), String(trust.quorum)],
  ];
  const list = make("dl", { class: "t-facts" }, ...rows.flatMap(([label, value]) => [make("dt", {}, say(label)), make("dd", { class: "t-hash" }, value)]));
  panel.replaceChildren(list);
  if (held.newer) {
    const take = make("button", { type: "button", class: "t-btn" }, say(_("Take the new one")));
    take.addEventListener("click", () => {
      trusts.accept(held.newer.text);
      showTrust();
    });
    panel.append(
      note("silent", say(_("This site now serves another trust file (SHA-256 {digest}). Yours is kept until you take the new one: compare the digest with what the operator has published elsewhere."), { digest: held.newer.digest })),
      take,
    );
  }
}

const own = document.querySelector("[data-verify-own]");
own?.addEventListener("change", async () => {
  const file = own.files[0];
  if (!file) return;
  try {
    await trusts.bring(await file.text());
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    panel.prepend(note("bad", say(_("The trust file cannot be used: {problem}."), { problem: error.message })));
    return;
  }
  await showTrust();
});
document.querySelector("[data-verify-forget]")?.addEventListener("click", async () => {
  trusts.forget();
  if (own) own.value = "";
  await showTrust();
});

// ------------------------------------------------------------------ beginning

async function begin() {
  document.documentElement.dataset.verifier = "loading";
  for (const part of document.querySelectorAll("[data-verify-script]")) part.hidden = false;
  for (const part of document.querySelectorAll("[data-verify-plain]")) part.hidden = true;
  if (!(await supported())) answer(note("bad", say(NO_ED25519)));
  await showTrust();
  // The address asks for a certificate: /verify?c=CODE, or /c/CODE while the network is off.
  const asked = new URLSearchParams(location.search).get("c") ?? /^\/c\/([0-9A-Za-z]{10})$/.exec(location.pathname)?.[1];
  if (asked && /^[0-9A-Za-z]{10}$/.test(asked)) {
    const found = await fetchBundle(`/c/${asked}/bundle`, asked);
    if (found) {
      await keepFile(`/c/${asked}/bundle`, found.data, "application/json");
      await judge(found.data, `${asked}.bundle.json`);
    } else {
      answer(note("silent", say(_("There is no network, and this browser keeps no bundle of {code}. Choose the file you downloaded."), { code: asked })));
    }
  }
  const kept = await keep();
  for (const part of document.querySelectorAll("[data-verify-kept]")) {
    part.textContent = say(kept ? _("This page is kept on this device: it works with the network off.") : _("This browser keeps no pages: the network is needed to open this one."));
    part.lang = language();
  }
  document.documentElement.dataset.verifier = "ready";
}

begin();
