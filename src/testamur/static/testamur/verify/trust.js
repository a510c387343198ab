// Which trust file this browser checks against: the person's own, or the one this site showed at the first visit.
// A site that changes its trust file later is asked about and not obeyed in silence, unless the root keys that this
// browser knows have signed the change and the log holds it.

import { Evidence } from "./evidence.js";
import { sha256, hex } from "./multibase.js";
import * as layout from "./layout.js";
import { OriginSite, Unreachable } from "./site.js";
import { Malformed } from "./strict_json.js";
import * as trustFile from "./trust_file.js";
import { Rejected } from "./verdict.js";

const OWN = "testamur-trust-own";
const PINNED = "testamur-trust-pinned";

/** Return {trust, text, digest, origin: "own" | "site", pinnedOn, newer: {text, digest} | null}; null where none is known. */
export async function current() {
  const own = localStorage.getItem(OWN);
  if (own !== null) return { ...(await read(own)), origin: "own", pinnedOn: null, newer: null };
  const served = await serve();
  let pinned = JSON.parse(localStorage.getItem(PINNED) ?? "null");
  if (pinned === null) {
    if (served === null) return null;
    pinned = pin(served);
  }
  // A list that the keys of the one kept have signed, and the log holds, takes its place without a question.
  if (served !== null && served !== pinned.text && (await follows(pinned.text, served))) pinned = pin(served);
  const newer = served !== null && served !== pinned.text ? { text: served, digest: await digestOf(served) } : null;
  return { ...(await read(pinned.text)), origin: "site", pinnedOn: pinned.on, newer };
}

/** Check against the person's own file from now on; Malformed where it is none. */
export async function bring(text) {
  await trustFile.parse(new TextEncoder().encode(text));
  localStorage.setItem(OWN, text);
}

/** Check against this site's file again. */
export function forget() {
  localStorage.removeItem(OWN);
}

/** Take the trust file that the site serves now in place of the one that was kept. */
export function accept(text) {
  pin(text);
}

async function follows(pinned, served) {
  const { trust } = await read(pinned);
  if (!trust.threshold) return false;
  const evidence = new Evidence(new OriginSite(location.origin), trust);
  try {
    const shown = (await read(served)).trust;
    if (shown.version <= trust.version) return false;
    await evidence.followRoots(Date.now());
    return evidence.trust.version === shown.version;
  } catch (error) {
    if ([Malformed, Rejected, Unreachable].some((kind) => error instanceof kind)) return false;
    throw error;
  }
}

function pin(text) {
  const pinned = { text, on: Date.now() };
  localStorage.setItem(PINNED, JSON.stringify(pinned));
  return pinned;
}

async function serve() {
  try {
    const answer = await fetch(`/${layout.TRUST_ROOTS}`, { cache: "no-cache", credentials: "omit" });
    return answer.ok ? await answer.text() : null;
  } catch {
    return null;
  }
}

async function read(text) {
  return { text, digest: await digestOf(text), trust: await trustFile.parse(new TextEncoder().encode(text)) };
}

async function digestOf(text) {
  return hex(await sha256(new TextEncoder().encode(text)));
}
