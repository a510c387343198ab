// The list of revoked keys (verification/revoked_keys.py): signed by the log key, valid a day.

import { instant } from "./entry.js";
import { Malformed, isInteger, isObject } from "./strict_json.js";

export const TYPE = "testamur-revoked-keys+jwt";

/** Return {start, end, keys: Map of "did thumbprint"} of a list's payload. */
export function read(payload) {
  if (!Array.isArray(payload.keys)) throw new Malformed("a list of revoked keys without keys");
  const keys = new Map();
  for (const facts of payload.keys) {
    if (!isObject(facts)) throw new Malformed("a revoked key of another shape");
    const { did, thumbprint, logIndex } = facts;
    if (typeof did !== "string" || typeof thumbprint !== "string" || !(isInteger(logIndex) || typeof logIndex === "bigint")) {
      throw new Malformed("a revoked key of another shape");
    }
    keys.set(named(did, thumbprint), { revoked: instant(facts.revoked), logIndex });
  }
  return { start: instant(payload.validFrom), end: instant(payload.validUntil), keys };
}

/** Return the name under which a key is listed. */
export function named(did, thumbprint) {
  return JSON.stringify([did, thumbprint]);
}
