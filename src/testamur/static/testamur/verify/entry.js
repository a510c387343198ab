// Entries of the public log (verification/entry.py): canonical JSON below 64 KiB; and instants as they are written.

import { canonical, canonicalOf } from "./jcs.js";
import { digest, equal } from "./multibase.js";
import { Malformed, parseNoting } from "./strict_json.js";

const SIZE_MOST = 65_535;

/** Read an entry: {type, digest, id, issuer, key, at, sample}; Malformed where it is not canonical or incomplete. */
export function parse(data) {
  const { value: facts, plain } = parseNoting(data, SIZE_MOST);
  if (!equal(canonicalOf(facts, plain), data)) throw new Malformed("an entry is not canonical JSON");
  if (facts.v !== 1) throw new Malformed("an entry of another version");
  const [type, committed, id, issuer, key, ts] = ["t", "d", "id", "iss", "k", "ts"].map((name) => facts[name] ?? textOf(facts, name));
  if (![type, committed, id, issuer, key, ts].every((one) => typeof one === "string") || !type || !committed) {
    throw new Malformed("an entry lacks its type or digest");
  }
  const sample = "sample" in facts ? facts.sample : false;
  if (typeof sample !== "boolean") throw new Malformed("the sample mark of an entry is neither true nor false");
  return { type, digest: committed, id, issuer, key, at: instant(ts), sample };
}

function textOf(facts, name) {
  return name in facts ? null : "";
}

const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:(Z)|([+-])(\d\d):?(\d\d)(?::?(\d\d)(?:\.(\d+))?)?)$/;

/** Return an instant written as RFC 3339 with a zone, as milliseconds since 1970; Malformed for anything else. */
export function instant(value) {
  const match = typeof value === "string" && value.length >= 20 ? INSTANT.exec(value) : null;
  if (!match) throw new Malformed("not an instant");
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const real = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!real || year < 1 || hour > 23 || minute > 59 || second > 59) throw new Malformed("not an instant");
  let at = date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + micro(match[7]);
  if (match[9]) {
    const [hours, minutes, seconds] = [match[10], match[11], match[12] ?? "0"].map(Number);
    if (hours > 23 || minutes > 59 || seconds > 59) throw new Malformed("not an instant");
    const offset = ((hours * 60 + minutes) * 60 + seconds) * 1000 + micro(match[13]);
    at -= match[9] === "+" ? offset : -offset;
  }
  if (at < FIRST || at > LAST) throw new Malformed("not an instant");
  return at;
}

const FIRST = new Date(0).setUTCFullYear(1, 0, 1);
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999) + 0.999;

function micro(digits) {
  return digits ? Number(digits.slice(0, 6).padEnd(6, "0")) / 1000 : 0;
}

/** Return the digest that entries commit to: sha2-256 over the JCS of a JSON document. */
export function documentDigest(document) {
  return digest(canonical(document));
}
