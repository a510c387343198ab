// The trust file (verification/trust_file.py): which host, which log, which roots, how many cosigners.

import { instant } from "./entry.js";
import { COSIGNATURE_V1, ED25519, VerifierKey } from "./note.js";
import { PublicKey } from "./signature.js";
import { Malformed, isInteger, isObject, parseObject } from "./strict_json.js";

/**
 * Read a trust file; Malformed says which field is wrong.
 *
 * @returns {Promise<object>} {host, roots: Set, log, witnesses, quorum, sample}, and of a signed root list {version,
 *   expires, keys, threshold}: threshold is 0 where it is followed to no other.
 */
export async function parse(data) {
  const facts = parseObject(data);
  const given = (name, otherwise) => (name in facts ? facts[name] : otherwise);
  const [names, quorum, sample] = [given("witnesses", []), given("quorum", 0), given("sample", false)];
  const { host, roots } = facts;
  if (typeof host !== "string" || !host || host.includes("/")) {
    throw new Malformed("host: expected a name such as trust.example");
  }
  if (!Array.isArray(roots) || !roots.length || !roots.every(isDid)) {
    throw new Malformed("roots: expected at least one did:web:…");
  }
  if (typeof facts.log_vkey !== "string") throw new Malformed("log_vkey: expected the log's verifier key");
  if (!Array.isArray(names) || !names.every((one) => typeof one === "string")) {
    throw new Malformed("witnesses: expected a list of verifier keys");
  }
  if (typeof sample !== "boolean") throw new Malformed("sample: expected true or false");
  const log = await VerifierKey.parse(facts.log_vkey);
  const witnesses = await Promise.all(names.map((name) => VerifierKey.parse(name)));
  if (log.algorithm !== ED25519) throw new Malformed("log_vkey: expected a log's key, not a cosigner's");
  const different = new Set(witnesses.map((key) => key.name)).size === witnesses.length;
  if (!different || witnesses.some((key) => key.algorithm !== COSIGNATURE_V1)) {
    throw new Malformed("witnesses: expected cosigners' keys of different names");
  }
  if (!isInteger(quorum) || quorum < 0 || quorum > witnesses.length) {
    throw new Malformed("quorum: expected a number between 0 and the number of witnesses");
  }
  return { host, roots: new Set(roots), log, witnesses, quorum, sample, ...(await listFacts(facts, given)) };
}

async function listFacts(facts, given) {
  const [version, threshold, listed] = [given("version", 0), given("threshold", 0), given("keys", [])];
  if (!isInteger(version) || version < 0) throw new Malformed("version: expected a whole number");
  if (isEmpty(threshold) && isEmpty(listed)) return { version, expires: null, keys: [], threshold: 0 };
  if (!Array.isArray(listed) || !listed.every(isObject)) throw new Malformed("keys: expected a list of public keys");
  const keys = [];
  for (const one of listed) keys.push(await PublicKey.fromJwk(one));
  if (new Set(keys.map((key) => key.thumbprint)).size < keys.length) throw new Malformed("keys: a key occurs twice");
  if (!isInteger(threshold) || threshold < 1 || threshold > keys.length) {
    throw new Malformed("threshold: expected a number between 1 and the number of keys");
  }
  return { version, expires: instant(facts.expires), keys, threshold };
}

function isEmpty(value) {
  return !value || (typeof value === "object" && Object.keys(value).length === 0);
}

function isDid(value) {
  return typeof value === "string" && value.startsWith("did:web:") && value.length > 8;
}
