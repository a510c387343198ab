// DID documents (verification/did.py): every key ever used, each in both forms.

import { documentDigest, instant } from "./entry.js";
import { PublicKey } from "./signature.js";
import { Malformed, isInteger, isObject, parseObject } from "./strict_json.js";

/** One verification method as read; its key is loaded when first used. */
class Method {
  constructor(facts) {
    this.facts = facts;
    this.id = nameOf(facts.id);
    this.kind = nameOf(facts.type);
    this.expires = "expires" in facts ? instant(facts.expires) : null;
    this.revoked = "revoked" in facts ? instant(facts.revoked) : null;
    const index = facts.revokedAtLogIndex ?? null;
    if (index !== null && !(isInteger(index) && index >= 0)) throw new Malformed("revokedAtLogIndex is not an index");
    this.revokedAtLogIndex = index;
  }

  /** Return the public key; Malformed where it is none. */
  async key() {
    this.loaded ??= this.load();
    return this.loaded;
  }

  async load() {
    if (this.kind === "JsonWebKey" && isObject(this.facts.publicKeyJwk)) {
      return PublicKey.fromJwk(this.facts.publicKeyJwk);
    }
    if (this.kind === "Multikey" && typeof this.facts.publicKeyMultibase === "string") {
      return PublicKey.fromMultikey(this.facts.publicKeyMultibase);
    }
    throw new Malformed("a verification method of another kind");
  }
}

/** Read a did.json: {id, methods: Map, digest}; Malformed for no id, a method twice or of another controller. */
export async function parse(data) {
  const document = parseObject(data);
  const did = document.id;
  const listed = "verificationMethod" in document ? document.verificationMethod : [];
  const asserting = "assertionMethod" in document ? document.assertionMethod : [];
  if (typeof did !== "string" || !Array.isArray(listed) || !Array.isArray(asserting)) {
    throw new Malformed("not a DID document");
  }
  const methods = new Map();
  for (const facts of listed) {
    if (!isObject(facts) || facts.controller !== did) {
      throw new Malformed("a verification method of another controller");
    }
    const method = new Method(facts);
    if (methods.has(method.id)) throw new Malformed("a verification method occurs twice");
    methods.set(method.id, method);
  }
  const allowed = new Map([...methods].filter(([name]) => asserting.includes(name)));
  return { id: did, methods: allowed, digest: await documentDigest(document) };
}

function nameOf(value) {
  return typeof value === "string" ? value : `(${JSON.stringify(value) ?? "none"})`;
}
