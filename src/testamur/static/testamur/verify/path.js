// Path validation (verification/path.py, trust.md section 6): may this certificate be believed, and because of whom.
// The same steps in the same order with the same codes as the Python verifier; a test holds the two together.
// Fail closed: whatever cannot be read, proven or found is a reason, never an assumption. The first failure counts.

import { NO_TREES, claimOf, isCovered, renamed } from "./coverage.js";
import { Evidence } from "./evidence.js";
import * as histories from "./history.js";
import * as layout from "./layout.js";
import {
  fill, fits, kindWord, linkOf, namedAuthorities, notCovered, rootLink, scopeOf, supersededBy, suspendedBy, withdrawnBy,
} from "./links.js";
import { _ } from "./say.js";
import { At, Code, Rejected, Said, newLink } from "./verdict.js";

const STATUS_OF = { REVOKED: "withdrawn", SUSPENDED: "suspended", EXPIRED: "expired" };
const [LONG_AGO, FAR_AWAY] = [-Infinity, Infinity];
/** Areas whose civil days are eight hours ahead of UTC; all others keep UTC (kernel/days.py). */
const EIGHT_AHEAD = ["CN", "HK", "MO"];
const DAY = 86_400_000;

/**
 * Validate a credential and the line of authority behind it.
 *
 * @param {Uint8Array} credential bytes of a vc+jwt or of its JSON twin.
 * @param {object} options site: where the other files are (read(path) → bytes or null); trust: see trust_file.js;
 *   proof: bytes of its .tlog-proof, else the site is asked; now: milliseconds since 1970, else the clock;
 *   on: a past civil day as "2026-03-31"; atIssue: make the code at the log's instant the result.
 * @returns {Promise<object>} {result, reason, now, atIssue, on, path, asOf, assurance, sample}; never rejects for what
 *   a file says. site.Unreachable and signature.Unsupported pass through.
 */
export async function validate(credential, { site, trust, proof = null, now = Date.now(), on = null, atIssue = false }) {
  const evidence = new Evidence(site, trust);
  const walk = new Walk(evidence, now);
  const asOf = { now, log: trust.log.name, logIndex: null, loggedAt: null, witnesses: [], statusFrom: null, statusUntil: null };
  let known;
  try {
    await evidence.followRoots(now);
    asOf.log = evidence.trust.log.name;
    known = await evidence.credential(credential, proof);
    await evidence.checkRevokedKeysFresh(now);
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    const { code, said } = error;
    return {
      result: code, reason: said, now: code, atIssue: code, on: on && { day: on, code }, path: [], asOf,
      assurance: assurance(evidence.trust, null, null), sample: false, known: null,
    };
  }
  asOf.logIndex = Number(known.logged.index);
  asOf.loggedAt = known.logged.entry.at;
  asOf.witnesses = known.logged.witnesses;
  const judged = await walk.judge(known, { instant: now, kind: "now" });
  [asOf.statusFrom, asOf.statusUntil] = [walk.statusFrom, walk.statusUntil];
  const issued = await walk.judge(known, { instant: known.logged.entry.at, kind: "issue" });
  const day = on && (await walk.judge(known, { instant: endOf(on, walk.area, now), kind: "day" }));
  const asked = atIssue ? issued : day || judged;
  return {
    result: asked.code, reason: asked.said, now: judged.code, atIssue: issued.code,
    on: day && { day: on, code: day.code }, path: asked.path, asOf, assurance: assurance(evidence.trust, known, walk),
    sample: known.logged.entry.sample, known,
  };
}

/** One validation: what it may read, and what it found beside the codes. */
class Walk {
  constructor(evidence, now) {
    Object.assign(this, { evidence, now, area: "", demandsKnown: true, performers: false, notClaimed: [] });
    [this.statusFrom, this.statusUntil] = [null, null];
  }

  // ---------------------------------------------------------------- one moment

  /** Steps 6 to 12 for one moment; every link is looked at, the first failure in order gives the code. */
  async judge(known, moment) {
    const top = linkOf(known, -1);
    const path = [top];
    const failures = [];
    let replaced = null;
    const attempt = async (step) => {
      try {
        await step();
      } catch (error) {
        if (!(error instanceof Rejected)) throw error;
        failures.push(error);
      }
    };
    if (moment.kind !== "issue") await attempt(() => checkBegun(known, moment));
    await attempt(() => this.#checkAuthority(known, moment, path));
    await attempt(async () => {
      try {
        ({ status: top.status, replaced } = await this.status(known, moment));
      } catch (error) {
        if (error instanceof Rejected) top.status = STATUS_OF[error.code] ?? "unknown";
        throw error;
      }
    });
    if (moment.kind !== "issue") {
      await attempt(() => checkNotExpired(known, moment));
      const over = known.validUntil !== null && moment.instant > known.validUntil;
      if (over && top.status === "valid") top.status = "expired";
    }
    if (!failures.length && replaced) failures.push(supersededBy(replaced));
    if (failures.length) {
      top.verdict = failures[0].code;
      return { code: failures[0].code, said: failures[0].said, path };
    }
    return { code: Code.VALID, said: validSaid(known, moment), path };
  }

  // ---------------------------------------------------------------- steps 7 to 10

  async #checkAuthority(known, moment, path) {
    const claim = claimOf(known);
    const extract = await this.#extractOf(known);
    if (extract) {
      this.area = extract.area;
      this.performers ||= extract.demands.some((demand) => demand.of !== "issuer");
    }
    if (this.evidence.trust.roots.has(known.issuer)) {
      path.push(rootLink(known.issuer, known.issuerName, 0));
      return;
    }
    const held = [];
    let failure = null;
    for (const [address, digest] of namedAuthorities(known)) {
      try {
        held.push(await this.#held(known, address, digest, moment, path));
      } catch (error) {
        if (!(error instanceof Rejected)) throw error;
        failure ??= error;
      }
    }
    if (failure) throw failure;
    if (!held.length) {
      throw new Rejected(
        Code.UNTRUSTED_ISSUER,
        _("{issuer} is no root you trust, and the credential names no authority it acts on."),
        { issuer: known.issuerName || known.issuer },
      );
    }
    if (extract === null) {
      this.demandsKnown = false;
      for (const line of claim) {
        if (!held.some((one) => this.#covers(one, line, NO_TREES, null))) throw notCovered(line);
      }
      return;
    }
    const trees = await this.evidence.trees(await this.#tables(extract, held));
    for (const demand of extract.ofIssuer) this.#checkDemand(demand, claim, held, trees);
  }

  #checkDemand(demand, claim, held, trees) {
    const fitting = held.filter((one) => fits(demand, one.known));
    if (!fitting.length) {
      if (demand.demand === "if_claimed" && !held.some((one) => one.known.kind === demand.kind)) {
        if (!this.notClaimed.includes(demand.kind)) this.notClaimed.push(demand.kind);
        return;
      }
      throw new Rejected(
        Code.SCOPE_NOT_COVERED,
        _("The scheme demands of the issuer: {kind}. The credential names none that fits."),
        { kind: kindWord(demand.kind) },
      );
    }
    for (const line of claim) {
      if (!fitting.some((one) => this.#covers(one, line, trees, demand))) throw notCovered(line, demand.kind);
    }
  }

  /** Effective scope is the authority's and that of the authority above it, each by itself. */
  #covers(held, line, trees, demand) {
    if (!isCovered(line, held.lines, trees, demand)) return false;
    if (held.above === null) return true;
    const passed = renamed(line, demand);
    return held.above.some(([above, lines]) => isCovered(passed, lines, trees, above));
  }

  async #tables(extract, held) {
    const own = await Promise.all(held.map((one) => this.#extractOf(one.known)));
    return [...extract.tables, ...own.flatMap((one) => one?.tables ?? [])];
  }

  #extractOf(known) {
    return this.evidence.extract(known.subject[known.isCertificate ? "referenceScheme" : "authorityScheme"]);
  }

  // ---------------------------------------------------------------- one authority, steps 8 and 9

  async #held(known, address, digest, moment, path) {
    const link = newLink("accreditation", String(address), 0);
    const place = path.length;
    path.push(link);
    let authority;
    try {
      authority = await this.evidence.authority(address, digest);
      fill(link, authority);
      if (authority.subject.id !== known.issuer) throw notItsOwn();
      await this.#checkInForce(authority, known, moment, link);
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      link.verdict = error.code;
      if (error.code === Code.STATUS_STALE) throw error;
      throw new Rejected(Code.ACCREDITATION_INVALID, _("The authority {name} does not hold. {because}"), {
        name: link.number || link.id,
        because: error.said,
      });
    }
    const lines = scopeOf(authority);
    try {
      return { known: authority, lines, above: await this.#above(authority, known, moment, path, place) };
    } catch (error) {
      if (error instanceof Rejected) link.verdict = error.code;
      throw error;
    }
  }

  /** Step 9: the authority's issuer is a root (null), or holds what its scheme demands, from a root. */
  async #above(authority, known, moment, path, under) {
    const { roots } = this.evidence.trust;
    if (roots.has(authority.issuer)) {
      path.push(rootLink(authority.issuer, authority.issuerName, under));
      return null;
    }
    const found = [];
    let failure = null;
    for (const [address, digest] of namedAuthorities(authority)) {
      const link = newLink("recognition", String(address), under);
      path.push(link);
      try {
        const upper = await this.evidence.authority(address, digest);
        fill(link, upper);
        if (upper.subject.id !== authority.issuer) throw notItsOwn();
        if (!roots.has(upper.issuer)) {
          throw new Rejected(Code.UNTRUSTED_ISSUER, _("{issuer} is no root of your trust file."), {
            issuer: upper.issuerName || upper.issuer,
          });
        }
        await this.#checkInForce(upper, authority, moment, link);
        await this.#checkInForce(upper, known, moment, link);
        path.push(rootLink(upper.issuer, upper.issuerName, path.length - 1));
        found.push([upper, scopeOf(upper)]);
      } catch (error) {
        if (!(error instanceof Rejected)) throw error;
        link.verdict = error.code;
        if (error.code === Code.STATUS_STALE) throw error;
        failure ??= error;
      }
    }
    if (failure || !found.length) {
      throw notFromARoot(authority, failure ? failure.said : new Said(_("It names no authority of its own.")));
    }
    return this.#demandedAbove(authority, found);
  }

  async #demandedAbove(authority, found) {
    const extract = await this.#extractOf(authority);
    if (extract === null) return found.map(([, lines]) => [null, lines]);
    const above = [];
    for (const demand of extract.ofIssuer) {
      const fitting = found.filter(([upper]) => fits(demand, upper)).map(([, lines]) => [demand, lines]);
      if (!fitting.length && demand.demand === "always") {
        throw notFromARoot(authority, new Said(_("Its scheme demands: {kind}."), { kind: kindWord(demand.kind) }));
      }
      above.push(...fitting);
    }
    return above;
  }

  /** The authority was logged before what rests on it, held at that log time, and holds at the moment. */
  async #checkInForce(authority, of, moment, link) {
    if (authority.logged.index >= of.logged.index) {
      throw new Rejected(Code.NOT_YET_VALID, _("It entered the log after what was issued on it."));
    }
    const acted = of.logged.entry.at;
    for (const instant of new Set([acted, moment.kind === "issue" ? acted : moment.instant])) {
      checkBegun(authority, { instant });
      if (authority.validUntil !== null && instant > authority.validUntil) link.status = "expired";
      checkNotExpired(authority, { instant });
    }
    const asked = moment.kind === "issue" ? { instant: acted, kind: "issue" } : moment;
    let replaced;
    try {
      ({ status: link.status, replaced } = await this.status(authority, asked));
    } catch (error) {
      if (error instanceof Rejected) link.status = STATUS_OF[error.code] ?? "unknown";
      throw error;
    }
    if (!replaced) return;
    link.status = "superseded";
    if (replaced.effective > acted) return;
    if (replaced.number === 0) {
      // The bit says that it was replaced, not when: only a history that knows tells whether before.
      await this.evidence.history(authority, this.now);
      throw historyBehind(authority);
    }
    throw new Rejected(Code.SUPERSEDED, _("It had been replaced by another edition before this was issued."));
  }

  // ---------------------------------------------------------------- status, step 11

  /** Return {status: "valid", replaced: the change that replaced the edition, or null}; Rejected otherwise. */
  async status(known, moment) {
    const bits = await this.#bits(known);
    if (moment.kind === "now") {
      if (bits[layout.REVOCATION]) throw withdrawnBy(known);
      if (bits[layout.SUSPENSION]) throw suspendedBy(known);
      return { status: "valid", replaced: bits[layout.SUPERSEDED] ? await this.#replaced(known) : null };
    }
    const changes = await this.evidence.history(known, this.now);
    const latest = histories.at(changes, this.now).status;
    const revoked = latest === "withdrawn" || latest === "cancelled";
    const suspended = latest === "suspended";
    const suspendedBit = bits[layout.SUSPENSION] && !bits[layout.REVOCATION];
    if (bits[layout.REVOCATION] !== revoked || suspendedBit !== suspended) throw historyBehind(known);
    const instant = moment.kind === "issue" ? Math.max(moment.instant, known.validFrom) : moment.instant;
    const { status, replaced } = histories.at(changes, instant);
    if (status === "withdrawn" || status === "cancelled") throw withdrawnBy(known);
    if (status === "suspended") throw suspendedBy(known);
    if (status === "expired") throw new Rejected(Code.EXPIRED, _("It had ended by then."));
    if (status === null) throw new Rejected(Code.NOT_YET_VALID, _("It had not been granted by then."));
    return { status: "valid", replaced };
  }

  /** What the history says of the newer edition; without one, only that there is one. */
  async #replaced(known) {
    let replaced = null;
    try {
      ({ replaced } = histories.at(await this.evidence.history(known, this.now), this.now));
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
    }
    return replaced ?? { number: 0, status: histories.SUPERSEDED, effective: LONG_AGO, recorded: LONG_AGO, successor: "" };
  }

  async #bits(known) {
    known.kept.bits ??= await this.#bitsNow(known);
    const { found, start, end } = known.kept.bits;
    this.statusFrom = Math.max(this.statusFrom ?? start, start);
    this.statusUntil = Math.min(this.statusUntil ?? end, end);
    return found;
  }

  async #bitsNow(known) {
    const found = {};
    let [start, end] = [LONG_AGO, FAR_AWAY];
    for (const { purpose, address, index } of known.status) {
      const listed = await this.evidence.bits(address);
      if (listed.issuer !== known.issuer || listed.purpose !== purpose) {
        throw new Rejected(Code.STATUS_INVALID, _("The status list {address} is of another issuer or purpose."), { address });
      }
      if (!(listed.start <= this.now && this.now <= listed.end)) {
        throw new Rejected(
          Code.STATUS_STALE,
          _("The status list {address} held from {start} to {end}; a newer one is needed."),
          { address, start: new At(listed.start), end: new At(listed.end) },
        );
      }
      const byte = Math.floor(index / 8);
      if (byte >= listed.bits.length) {
        throw new Rejected(Code.STATUS_INVALID, _("The status list {address} has no place {index}."), { address, index });
      }
      found[purpose] = Boolean(listed.bits[byte] & (0x80 >> index % 8));
      [start, end] = [Math.max(start, listed.start), Math.min(end, listed.end)];
    }
    return { found, start, end };
  }
}

function validSaid(known, moment) {
  const facts = { issuer: known.issuerName || known.issuer, instant: new At(moment.instant) };
  if (moment.kind === "issue") {
    return new Said(_("{issuer} was entitled to issue this, and it was valid when logged ({instant})."), facts);
  }
  if (moment.kind === "day") {
    return new Said(_("{issuer} was entitled to issue this, and it was valid on that day ({instant})."), facts);
  }
  return new Said(_("{issuer} was entitled to issue this, and it stands as of {instant}."), facts);
}

function checkBegun(known, moment) {
  if (moment.instant < known.validFrom) {
    throw new Rejected(Code.NOT_YET_VALID, _("It begins on {day}."), { day: new At(known.validFrom) });
  }
}

function checkNotExpired(known, moment) {
  if (known.validUntil !== null && moment.instant > known.validUntil) {
    throw new Rejected(Code.EXPIRED, _("It ended on {day}."), { day: new At(known.validUntil) });
  }
}

function notItsOwn() {
  return new Rejected(Code.UNTRUSTED_ISSUER, _("The authority is not the issuer's own."));
}

function notFromARoot(authority, said) {
  return new Rejected(
    Code.UNTRUSTED_ISSUER,
    _("{issuer} is not shown to hold authority from a root you trust. {because}"),
    { issuer: authority.issuerName || authority.issuer, because: said },
  );
}

function historyBehind(known) {
  return new Rejected(
    Code.STATUS_STALE,
    _("The history of {id} does not know the newest status; a newer one is needed."),
    { id: known.id },
  );
}

/** Return the last second of a civil day in the scheme's area, or now on the day that is running. */
function endOf(day, area, now) {
  const ahead = EIGHT_AHEAD.includes(area) ? 8 * 3_600_000 : 0;
  return Math.min(Date.parse(`${day}T00:00:00Z`) + DAY - 1000 - ahead, now);
}

/** What the reader must know beside the verdict. */
function assurance(trust, known, walk) {
  const found = [];
  if (trust.quorum === 0) {
    found.push(
      new Said(_("Not yet witnessed: no other organisation has cosigned the log that this verdict rests on.")),
    );
  } else if (known) {
    const facts = { count: known.logged.witnesses.length, all: trust.witnesses.length };
    found.push(new Said(_("Witnessed by {count} of {all} cosigners of your trust file."), facts));
  }
  if (known?.logged.entry.sample) {
    found.push(new Said(_("A sample: it belongs to a demonstration world and certifies nothing.")));
  }
  if (known && known.keyRevoked !== null) {
    found.push(
      new Said(
        _("The key that signed it was revoked on {day}. It stands in the public log before that, and counts."),
        { day: new At(known.keyRevoked) },
      ),
    );
  }
  if (walk === null) return found;
  if (!walk.demandsKnown) {
    found.push(
      new Said(_("What the scheme demands of issuers is not known here; all authorities named were taken together.")),
    );
  }
  for (const kind of walk.notClaimed) {
    found.push(
      new Said(_("The credential claims no {kind}; its scheme does not demand it."), { kind: kindWord(kind) }),
    );
  }
  if (walk.performers) {
    found.push(
      new Said(_("Authorities of auditors and laboratories were checked at issue; they are not part of this check.")),
    );
  }
  return found;
}
