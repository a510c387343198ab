// Bytes as text (kernel/multibase.py): strict base64url, multibase, multihash sha2-256. What is spelt in a second way
// is refused, as a signature must have one file and not many.

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const SHA2_256 = Uint8Array.of(0x12, 0x20);

/** Return SHA-256 of bytes, by the browser. */
export async function sha256(data) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

/** Return standard base64. */
export function b64(data) {
  let text = "";
  for (let at = 0; at < data.length; at += 0x8000) text += String.fromCharCode(...data.subarray(at, at + 0x8000));
  return btoa(text);
}

/** Return base64url without padding. */
export function b64url(data) {
  return b64(data).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Return the bytes of unpadded base64url; RangeError for any other spelling. */
export function fromB64url(text) {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw new RangeError("not base64url");
  const data = bytesOf(text.replaceAll("-", "+").replaceAll("_", "/"));
  if (b64url(data.subarray(data.length - (data.length % 3))) !== text.slice(text.length - (text.length % 4))) {
    throw new RangeError("base64url is not canonical");
  }
  return data;
}

/** Return the bytes of padded standard base64; RangeError for any other spelling. */
export function fromB64(text) {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) throw new RangeError("not base64");
  const data = bytesOf(text);
  if (b64(data) !== text) throw new RangeError("base64 is not canonical");
  return data;
}

function bytesOf(text) {
  const raw = atob(text);
  const data = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at += 1) data[at] = raw.charCodeAt(at);
  return data;
}

/** Return the bytes of base58btc; at most 200 characters, because decoding is quadratic. */
export function fromB58(text) {
  if (text.length > 200) throw new RangeError("base58 text is too long");
  let number = 0n;
  for (const character of text) {
    const value = BASE58.indexOf(character);
    if (value < 0) throw new RangeError("not base58");
    number = number * 58n + BigInt(value);
  }
  const zeros = text.length - text.replace(/^1+/, "").length;
  const hex = number ? number.toString(16) : "";
  const found = hexBytes(hex.length % 2 ? `0${hex}` : hex);
  return concat(new Uint8Array(zeros), found);
}

/** Return the bytes of a `u` or `z` multibase text; RangeError for any other. */
export function decode(text) {
  if (text[0] === "u") return fromB64url(text.slice(1));
  if (text[0] === "z") return fromB58(text.slice(1));
  throw new RangeError("multibase prefix is neither u nor z");
}

/** Return the digestMultibase of bytes: uEi…, multihash sha2-256 in base64url. */
export async function digest(data) {
  return `u${b64url(concat(SHA2_256, await sha256(data)))}`;
}

/** Say whether a digestMultibase (either base) is the sha2-256 of the bytes. */
export async function digestMatches(text, data) {
  if (typeof text !== "string") return false;
  let claimed;
  try {
    claimed = decode(text);
  } catch {
    return false;
  }
  return equal(claimed, concat(SHA2_256, await sha256(data)));
}

/** Return hex digits of bytes. */
export function hex(data) {
  return Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function hexBytes(text) {
  return Uint8Array.from({ length: text.length / 2 }, (_unused, at) => parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

/** Return byte arrays one behind the other. */
export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Say whether two byte arrays are equal. */
export function equal(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
