// The trust file (verification/trust_file.py): which host, which log, which roots, how many cosigners.

import { COSIGNATURE_V1, ED25519, VerifierKey } from "./note.js";
import { Malformed, isInteger, parseObject } from "./strict_json.js";

/** Read a trust file: {host, roots: Set, log, witnesses, quorum, sample}; Malformed says which field is wrong. */
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
  return { host, roots: new Set(roots), log, witnesses, quorum, sample };
}

function isDid(value) {
  return typeof value === "string" && value.startsWith("did:web:") && value.length > 8;
}
