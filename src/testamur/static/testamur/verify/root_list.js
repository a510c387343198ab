// Root lists (verification/root_list.py): a trust file that changes under rules. The next version counts only when a
// threshold of the keys of the list before and of its own have signed it; versions follow one another without a gap.

import { canonical } from "./jcs.js";
import * as layout from "./layout.js";
import { concat, fromB64url } from "./multibase.js";
import { _ } from "./say.js";
import { Malformed, isObject, parseObject } from "./strict_json.js";
import * as trustFile from "./trust_file.js";
import { At, Code, Rejected } from "./verdict.js";

/** Signed before the list itself, so that a signature over it is one over nothing else. */
const CONTEXT = new TextEncoder().encode("testamur root list v1\n");
/** No chain is longer: a site that offers more versions wants to keep a verifier busy. */
const MOST = 1_000;

/** Go from the list one trusts to the newest that a site shows; a site without a list leaves the trust as it is. */
export async function follow(trust, site) {
  if (!trust.threshold) return trust;
  const data = await site.read(layout.TRUST_ROOTS);
  if (data === null) return trust;
  const shown = await readable(() => trustFile.parse(data), trust.version);
  if (shown.version < trust.version) {
    throw no(_("The site shows root list {version}, and you know list {known} already: an old one was put back."), shown.version, {
      known: trust.version,
    });
  }
  if (shown.version - trust.version > MOST) {
    throw no(_("Root list {version} is too far from list {known}."), shown.version, { known: trust.version });
  }
  let found = trust;
  while (found.version < shown.version) {
    const number = found.version + 1;
    const step = await site.read(layout.rootList(number));
    if (step === null) {
      throw no(_("The site shows root list {version}, but list {missing}, which leads to it, is not there."), shown.version, {
        missing: number,
      });
    }
    found = await checkNext(found, step);
  }
  if (!same(found, shown)) {
    throw no(_("The site shows another root list {version} than the one its roots signed."), shown.version);
  }
  return found;
}

/** Refuse to judge by a list whose time is over: somebody may keep a newer one from us. */
export function checkNotExpired(trust, now) {
  if (trust.expires !== null && now >= trust.expires) {
    throw no(_("Root list {version} expired on {day}. Get the newest one: testamur trust update."), trust.version, {
      day: new At(trust.expires),
    });
  }
}

/** Read the list that follows one that is trusted. */
async function checkNext(before, data) {
  const [facts, after] = await readable(async () => [parseObject(data), await trustFile.parse(data)], before.version + 1);
  if (after.host !== before.host || after.sample !== before.sample) {
    throw no(_("Root list {version} is for another platform: {host}."), after.version, { host: after.host });
  }
  if (after.version !== before.version + 1) {
    const facts = { known: before.version, wanted: before.version + 1 };
    throw no(_("After root list {known} comes list {wanted}, not {version}."), after.version, facts);
  }
  if (!after.threshold) throw no(_("Root list {version} names no keys that could change it."), after.version);
  const [old, own] = [await signers(facts, before.keys), await signers(facts, after.keys)];
  if (old < before.threshold) {
    const facts = { count: old, wanted: before.threshold };
    throw no(_("Root list {version} is signed by {count} of the keys of the list before it; {wanted} must."), after.version, facts);
  }
  if (own < after.threshold) {
    const facts = { count: own, wanted: after.threshold };
    throw no(_("Root list {version} is signed by {count} of its own keys; {wanted} must."), after.version, facts);
  }
  return after;
}

/** Return how many of the keys signed the list; what does not verify does not count, nor does a key count twice. */
async function signers(facts, keys) {
  const listed = "signatures" in facts ? facts.signatures : [];
  if (!Array.isArray(listed)) return 0;
  const { signatures, ...unsigned } = facts;
  const data = concat(CONTEXT, canonical(unsigned));
  const found = new Set();
  for (const one of listed) {
    const key = isObject(one) ? keys.find((known) => known.thumbprint === one.key) : undefined;
    if (key === undefined || typeof one.signature !== "string") continue;
    try {
      if (await key.verifies(fromB64url(one.signature), data)) found.add(key.thumbprint);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return found.size;
}

/** Say whether two lists say the same, however they are written. */
function same(one, other) {
  const told = (list) =>
    JSON.stringify([
      list.host, [...list.roots].sort(), String(list.log), list.witnesses.map(String), list.quorum, list.sample,
      list.version, list.keys.map((key) => key.thumbprint), list.threshold, list.expires,
    ]);
  return told(one) === told(other);
}

async function readable(read, version) {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw no(_("Root list {version} cannot be read: {problem}."), version, { problem: error.message });
  }
}

function no(message, version, facts = {}) {
  return new Rejected(Code.TRUST_INVALID, message, { version, ...facts });
}
