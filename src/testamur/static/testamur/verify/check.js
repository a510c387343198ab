// One check from beginning to end: bytes in, verdict out, with what it was checked against.

import { bundle as bundlePath } from "./layout.js";
import { validate } from "./path.js";
import { Unsupported, supported } from "./signature.js";
import { BundleSite, OriginSite, isBundle } from "./site.js";

/** Validate a credential or a bundle; a credential alone is completed with this site's files. Adds `took`. */
export async function check(data, { trust, on = null, atIssue = false }) {
  if (!(await supported())) throw new Unsupported();
  const began = performance.now();
  const packed = isBundle(data);
  const site = packed ? new BundleSite(data) : new OriginSite(location.origin);
  const verdict = await validate(packed ? site.credential : data, { site, trust, on, atIssue });
  return { verdict, took: performance.now() - began, packed };
}

/** Fetch what one check reads: the bundle at an address, or the one published for a credential. */
export async function fetchBundle(address, code) {
  for (const path of [address, `/${bundlePath(code)}`]) {
    const answer = await fetch(path, { cache: "no-cache", credentials: "omit" }).catch(() => null);
    if (answer?.ok) return { path, data: new Uint8Array(await answer.arrayBuffer()) };
  }
  return null;
}
