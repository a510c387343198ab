// Public keys as names (kernel/public_keys.py): raw bytes, JWK, Multikey, RFC 7638 thumbprint; which keys are too weak.

import { b64url, decode, fromB64url, sha256 } from "./multibase.js";

const P25519 = 2n ** 255n - 19n;
/** y coordinates of the points of order 1, 2, 4 and 8 (the sign bit removed). */
const LOW_ORDER_Y = [
  0n,
  1n,
  P25519 - 1n,
  2707385501144840649318225287225658788936804267575313519463743609750303402022n,
  55188659117513257062467267217118295137698188065244968500265048394206261417927n,
];

/** Return the JOSE algorithm that a public JWK is for; RangeError for any other key. */
export function algorithmOf(jwk) {
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519") return "Ed25519";
  if (jwk.kty === "EC" && jwk.crv === "P-256") return "ES256";
  throw new RangeError("neither an Ed25519 nor a P-256 key");
}

/** Return {x} of an Ed25519 or {x, y} of a P-256 JWK as bytes; RangeError for a wrong length or spelling. */
export function coordinates(jwk) {
  const found = { x: coordinate(jwk, "x") };
  if (algorithmOf(jwk) === "ES256") found.y = coordinate(jwk, "y");
  return found;
}

function coordinate(jwk, name) {
  if (typeof jwk[name] !== "string") throw new RangeError(`the key has no ${name}`);
  const data = fromB64url(jwk[name]);
  if (data.length !== 32) throw new RangeError(`the coordinate ${name} has not 32 bytes`);
  return data;
}

/** Return {algorithm, raw} of a Multikey; RangeError for another codec, length or base. */
export function fromMultikey(text) {
  const data = decode(text);
  if (data[0] === 0xed && data[1] === 0x01 && data.length === 34) return { algorithm: "Ed25519", raw: data.slice(2) };
  if (data[0] === 0x80 && data[1] === 0x24 && data.length === 35) return { algorithm: "ES256", raw: data.slice(2) };
  throw new RangeError("not a Multikey of Ed25519 or P-256");
}

/** Return the RFC 7638 thumbprint: one name for every form of the same key. */
export async function thumbprint(algorithm, x, y) {
  const text =
    algorithm === "Ed25519"
      ? `{"crv":"Ed25519","kty":"OKP","x":"${b64url(x)}"}`
      : `{"crv":"P-256","kty":"EC","x":"${b64url(x)}","y":"${b64url(y)}"}`;
  return b64url(await sha256(new TextEncoder().encode(text)));
}

/** Say whether 32 bytes spell a point of low order, or are not the canonical spelling of any point. */
export function isWeakEd25519(raw) {
  if (raw.length !== 32) return true;
  let y = 0n;
  for (let at = 31; at >= 0; at -= 1) y = (y << 8n) | BigInt(raw[at]);
  y &= (1n << 255n) - 1n;
  return y >= P25519 || LOW_ORDER_Y.includes(y);
}
