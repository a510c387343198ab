// Verify envelopes (vc+jwt) with npm `jose`, which knows nothing of this project.
//
// Standard input: {"site": folder of the public site, "host": its name, "tokens": [vc+jwt, …]}.
// Standard output: for each token {"alg", "payload"} where it verifies with the key that its `kid` names, else {"error"}.
import { readFileSync } from "node:fs";
import { compactVerify, decodeProtectedHeader, importJWK } from "jose";
import { didDocument } from "./site.mjs";

const { site, host, tokens } = JSON.parse(readFileSync(0, "utf8"));
const results = [];
for (const token of tokens) {
  try {
    const { kid, typ, alg } = decodeProtectedHeader(token);
    if (typ !== "vc+jwt") throw new Error(`typ is ${typ}`);
    const document = didDocument(site, host, kid.split("#")[0]);
    const method = document.verificationMethod.find((one) => one.id === kid);
    if (method?.type !== "JsonWebKey") throw new Error(`no JsonWebKey ${kid}`);
    if (!document.assertionMethod.includes(kid)) throw new Error(`${kid} asserts nothing`);
    const { payload } = await compactVerify(token, await importJWK(method.publicKeyJwk, alg), {
      algorithms: ["Ed25519", "ES256"],
    });
    results.push({ alg, payload: JSON.parse(new TextDecoder().decode(payload)) });
  } catch (error) {
    results.push({ error: `${error.name}: ${error.message}` });
  }
}
process.stdout.write(JSON.stringify(results));
