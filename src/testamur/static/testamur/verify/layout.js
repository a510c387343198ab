// Where each file of the public site stands, and what ids mean (verification/layout.py).

export const TRUST_ROOTS = "trust/roots.json";
export const TRUST_ROOTS_PROOF = "trust/roots.tlog-proof";
export const REVOKED_KEYS = "trust/revoked-keys.jwt";
export const REVOCATION = "revocation";
export const SUSPENSION = "suspension";
export const SUPERSEDED = "message";
export const PURPOSES = [REVOCATION, SUSPENSION, SUPERSEDED];

const SAFE = /^[A-Za-z0-9][A-Za-z0-9._@-]*$/;
const SAFE_PATH = /^[A-Za-z0-9][A-Za-z0-9._@-]*(?:\/[A-Za-z0-9][A-Za-z0-9._@-]*)*$/;

/** Return the address of a path in ids and links. */
export function url(host, path) {
  return `https://${host}/${path}`;
}

/** Return the site path of an https address on the host, or null for any other address. */
export function pathOf(address, host) {
  const head = `https://${host}/`;
  if (typeof address !== "string" || !address.startsWith(head)) return null;
  const path = address.slice(head.length);
  return SAFE_PATH.test(path) ? path : null;
}

/** Return [did.json, its proof] of a did:web on the host, or null for any other DID. */
export function didPaths(did, host) {
  const [method, kind, name, ...places] = did.split(":");
  if (method !== "did" || kind !== "web" || name === undefined || unquoted(name) !== host) return null;
  if (!places.length) return [".well-known/did.json", ".well-known/did.tlog-proof"];
  if (!places.every((place) => SAFE.test(place))) return null;
  return ["json", "tlog-proof"].map((form) => `${places.join("/")}/did.${form}`);
}

/** Return [scheme, version] of a scheme's id on the host, or null. */
export function schemeOf(address, host) {
  const parts = pathOf(address, host)?.split("/") ?? [];
  return parts.length === 3 && parts[0] === "schemes" ? [parts[1], parts[2]] : null;
}

/** Return trust/roots.<n>.json: each root list that was ever signed. */
export function rootList(version) {
  return `trust/roots.${version}.json`;
}

/** Return schemes/<id>/<version>.authority.json or its proof. */
export function schemeExtract([scheme, version], form = "authority.json") {
  return `schemes/${scheme}/${version}.${form}`;
}

/** Return trees/<id>.json or its proof; null for a name that is no part of a path. */
export function table(name, form = "json") {
  return SAFE.test(name) ? `trees/${name}.${form}` : null;
}

/** Return bundle/<id>.json. */
export function bundle(code) {
  return `bundle/${code}.json`;
}

function unquoted(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
