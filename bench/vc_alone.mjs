// How often a second @digitalbazaar/vc verifies one credential's own proof: no line of authority, no status, no log.
//
// Standard input: {"site", "host", "now": instant, "credential": object}.
// Standard output: {"verified", "error", "rate": per second of processor time}.
import { readFileSync } from "node:fs";
import * as vc from "@digitalbazaar/vc";
import { DataIntegrityProof } from "@digitalbazaar/data-integrity";
import { createVerifyCryptosuite } from "@digitalbazaar/eddsa-jcs-2022-cryptosuite";
import { documentLoader as loader } from "../tests/peers/site.mjs";

const { site, host, now, credential } = JSON.parse(readFileSync(0, "utf8"));
const read = loader(site, host, {}, new Map());
const kept = new Map();
const documentLoader = async (url) => kept.get(url) ?? kept.set(url, await read(url)).get(url);
const suite = new DataIntegrityProof({ cryptosuite: createVerifyCryptosuite() });
const judge = () => vc.verifyCredential({
  credential: structuredClone(credential), suite, documentLoader, now: new Date(now),
  checkStatus: async () => ({ verified: true }),
});
const processor = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e6; };

const { verified, error } = await judge();
let rate = 0;
for (let round = 0; verified && round < 4; round++) {  // the first rounds warm the compiler
  const began = processor();
  let done = 0;
  for (; processor() - began < 0.4; done++) await judge();
  rate = Math.max(rate, done / (processor() - began));
}
const words = error && [error, ...(error.errors ?? [])].map((one) => one.message).join("; ");
process.stdout.write(JSON.stringify({ verified, error: words, rate }));
