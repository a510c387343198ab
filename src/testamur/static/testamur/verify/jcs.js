// Canonical JSON, RFC 8785 (verification/jcs.py): the one spelling that is hashed and signed. ECMAScript's own number
// and string spelling is the standard's, so only names are sorted here, and what has no spelling is refused.

import { DEPTH_MOST, Fraction, Malformed } from "./strict_json.js";

const ENCODER = new TextEncoder();

/** Return the canonical UTF-8 bytes of a value that strict_json read; Malformed where there is none. */
export function canonical(value) {
  return ENCODER.encode(text(value));
}

/** Return the canonical bytes of a value that parseNoting read and called plain or not. */
export function canonicalOf(value, plain) {
  return ENCODER.encode(text(value, plain ? Infinity : DEPTH_MOST));
}

/** Return the canonical text of a value. */
export function text(value, most = DEPTH_MOST, depth = 0) {
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw new Malformed("text holds a lone surrogate");
    return JSON.stringify(value);
  }
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return String(value);
  if (typeof value === "bigint") throw new Malformed("an integer is beyond 2^53");
  if (value instanceof Fraction) {
    if (!Number.isFinite(value.value)) throw new Malformed("a number is not finite");
    return String(value.value === 0 ? 0 : value.value);
  }
  if (depth > most) throw new Malformed("JSON is nested too deeply");
  if (Array.isArray(value)) return `[${value.map((part) => text(part, most, depth + 1)).join(",")}]`;
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${text(name, most, depth)}:${text(value[name], most, depth + 1)}`).join(",")}}`;
}
