// Checking signatures (verification/signature.py) with the browser's Web Crypto, and with nothing else.

import { concat } from "./multibase.js";
import { algorithmOf, coordinates, fromMultikey, isWeakEd25519, thumbprint } from "./public_keys.js";
import { Malformed } from "./strict_json.js";

const ED25519 = { name: "Ed25519" };
const P256 = { name: "ECDSA", namedCurve: "P-256" };
const ES256 = { name: "ECDSA", hash: "SHA-256" };

/** A key that checks signatures. Weak Ed25519 keys are refused here too: a verifier trusts no registration. */
export class PublicKey {
  constructor(algorithm, key, thumbprint, raw) {
    Object.assign(this, { algorithm, key, thumbprint, raw });
  }

  /** Read a public JWK; Malformed for private parts, another kind, a weak key or one that is not on the curve. */
  static async fromJwk(jwk) {
    if ("d" in jwk) throw new Malformed("a private key was published");
    try {
      const { x, y } = coordinates(jwk);
      return algorithmOf(jwk) === "Ed25519" ? await PublicKey.fromEd25519(x) : await fromP256(x, y);
    } catch (error) {
      throw asMalformed(error);
    }
  }

  /** Read a Multikey; Malformed as fromJwk. A P-256 Multikey signs nothing we read, so it is named and not loaded. */
  static async fromMultikey(text) {
    try {
      const { algorithm, raw } = fromMultikey(text);
      if (algorithm === "Ed25519") return await PublicKey.fromEd25519(raw);
      if (raw[0] !== 2 && raw[0] !== 3) throw new RangeError("not a compressed point");
      return new PublicKey(algorithm, null, "", raw);
    } catch (error) {
      throw asMalformed(error);
    }
  }

  /** Read 32 raw Ed25519 bytes, as note keys carry them. */
  static async fromEd25519(raw) {
    if (isWeakEd25519(raw)) throw new Malformed("key of low order or not canonical");
    let key = null;
    try {
      key = await crypto.subtle.importKey("raw", raw, ED25519, false, ["verify"]);
    } catch (error) {
      if (error.name === "NotSupportedError") throw new Unsupported();
      // Some engines refuse here what others refuse when verifying: 32 bytes that are no point verify nothing.
    }
    return new PublicKey("Ed25519", key, await thumbprint("Ed25519", raw), raw);
  }

  /** Say whether 64 signature bytes are this key's over the data (Ed25519, or r ‖ s for P-256). */
  async verifies(signature, data) {
    if (signature.length !== 64 || !this.key) return false;
    return crypto.subtle.verify(this.algorithm === "Ed25519" ? ED25519 : ES256, this.key, signature, data);
  }
}

/** The browser lacks Ed25519: it says nothing about any certificate. */
export class Unsupported extends Error {
  constructor() {
    super("Ed25519 is not in this browser's Web Crypto");
  }
}

/** Say whether this browser can check every signature that we read; false also outside a secure context. */
export async function supported() {
  try {
    // Public key of RFC 8032, test 1: any point will do.
    const raw = Uint8Array.from("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a".match(/../g), (two) =>
      parseInt(two, 16),
    );
    await crypto.subtle.importKey("raw", raw, ED25519, false, ["verify"]);
    return typeof DecompressionStream === "function" && typeof "".isWellFormed === "function";
  } catch {
    return false;
  }
}

async function fromP256(x, y) {
  let key;
  try {
    key = await crypto.subtle.importKey("raw", concat(Uint8Array.of(4), x, y), P256, false, ["verify"]);
  } catch {
    throw new Malformed("point is not on the curve");
  }
  return new PublicKey("ES256", key, await thumbprint("ES256", x, y), null);
}

function asMalformed(error) {
  return error instanceof RangeError ? new Malformed(`key: ${error.message}`) : error;
}
