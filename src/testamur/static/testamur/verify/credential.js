// Signed credentials (verification/credential.py): vc+jwt, and its JSON twin with eddsa-jcs-2022; one digest for both.

import { canonical, canonicalOf } from "./jcs.js";
import { concat, decode, digest, fromB64url, sha256 } from "./multibase.js";
import { Malformed, isObject, parseNoting, parseObject } from "./strict_json.js";

export const TYPE = "vc+jwt";
const SIZE_MOST = 1_000_000;
/** JOSE names that are accepted and the algorithm each must mean. EdDSA is the old word (RFC 9864). */
const ALGORITHMS = new Map([["Ed25519", "Ed25519"], ["EdDSA", "Ed25519"], ["ES256", "ES256"]]);

/** A credential as read, not yet verified. */
export class Signed {
  constructor(facts) {
    Object.assign(this, facts);
  }

  /** The DID part of the method. */
  get controller() {
    return this.method.split("#")[0];
  }

  /** Return `d` of its log entry, over JCS of the payload. */
  digest() {
    return digest(canonicalOf(this.payload, this.plain));
  }

  /** Say whether the key made the signature. */
  async verifies(key) {
    return key.algorithm === this.algorithm && key.verifies(this.signature, this.signed);
  }
}

/** Read a compact JWS or a JSON credential with a proof; Malformed for anything a strict reader refuses. */
export async function parse(data, type = TYPE) {
  if (data.length > SIZE_MOST) throw new Malformed("a credential is too large");
  const stripped = strip(data);
  return stripped[0] === 0x7b ? parseTwin(stripped) : parseJwt(stripped, type);
}

function strip(data) {
  const space = (byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a;
  let [start, end] = [0, data.length];
  while (start < end && space(data[start])) start += 1;
  while (end > start && space(data[end - 1])) end -= 1;
  return data.subarray(start, end);
}

function parseJwt(data, type) {
  const ascii = data.every((byte) => byte < 0x80);
  const text = ascii ? new TextDecoder().decode(data) : "";
  const parts = text.split(".");
  if (parts.length !== 3 || !ascii) throw new Malformed("neither a compact JWS nor a JSON credential");
  let header, body, signature;
  try {
    [header, body, signature] = parts.map(fromB64url);
  } catch (error) {
    throw new Malformed(`JWS: ${error.message}`);
  }
  const { algorithm, method } = headerOf(header, type);
  const { value: payload, plain } = parseNoting(body);
  if ("vc" in payload || "proof" in payload) throw new Malformed("a JWT credential holds neither vc nor proof");
  const signed = data.slice(0, text.lastIndexOf("."));
  return new Signed({ payload, form: "jwt", method, algorithm, signed, signature, plain });
}

function headerOf(data, type) {
  const header = parseObject(data);
  // jwk, jku, x5u and x5c are never read: keys come from the issuer's DID document.
  const algorithm = typeof header.alg === "string" ? ALGORITHMS.get(header.alg) : undefined;
  if (header.typ !== type || "crit" in header || !algorithm) {
    throw new Malformed("the header of the JWS is not one that is accepted");
  }
  if (typeof header.kid !== "string" || !header.kid) throw new Malformed("the header of the JWS names no key");
  return { algorithm, method: header.kid };
}

async function parseTwin(data) {
  const { value: document, plain } = parseNoting(data);
  const proof = document.proof;
  delete document.proof;
  if (!isObject(proof)) throw new Malformed("a JSON credential needs one proof");
  const options = Object.assign(Object.create(null), proof);
  delete options.proofValue;
  const [value, method] = [proof.proofValue, options.verificationMethod];
  if (options.type !== "DataIntegrityProof" || options.cryptosuite !== "eddsa-jcs-2022") {
    throw new Malformed("the proof is of another kind");
  }
  if (options.proofPurpose !== "assertionMethod" || typeof method !== "string") {
    throw new Malformed("the proof is not an assertion");
  }
  if (typeof value !== "string" || value[0] !== "z") throw new Malformed("the proof has no value");
  let signature;
  try {
    signature = decode(value);
  } catch (error) {
    throw new Malformed(`proof: ${error.message}`);
  }
  let secured = document;
  if ("@context" in options) {
    const [context, own] = [options["@context"], document["@context"]];
    if (!Array.isArray(own) || !Array.isArray(context) || !startsWith(own, context)) {
      throw new Malformed("the proof has another context");
    }
    secured = Object.assign(Object.create(null), document, { "@context": context });
  }
  const signed = concat(await sha256(canonical(options)), await sha256(canonical(secured)));
  return new Signed({ payload: document, form: "json", method, algorithm: "Ed25519", signed, signature, plain });
}

function startsWith(own, context) {
  const spelt = (one) => new TextDecoder().decode(canonical(one));
  return context.length <= own.length && context.every((one, at) => spelt(one) === spelt(own[at]));
}
