// Where the public files come from (verification/site.py): a bundle, or an origin that serves them. A site can do
// nothing worse than be out of date: everything that counts is signed or logged.

import { Malformed, isObject, parseObject } from "./strict_json.js";

const SIZE_MOST = 50_000_000;
const ENCODER = new TextEncoder();

/** The origin does not answer: no statement about any certificate. */
export class Unreachable extends Error {}

/** A bundle.json: one certificate and every file its verification reads, by path. */
export class BundleSite {
  constructor(data) {
    const facts = parseObject(data);
    const { files, credential } = facts;
    if (facts.type !== "testamur-bundle" || facts.v !== 1) throw new Malformed("not a bundle of this version");
    const texts = isObject(files) && Object.values(files).every((one) => typeof one === "string" && one.isWellFormed());
    if (!texts) throw new Malformed("a bundle holds its files as texts");
    if (typeof credential !== "string" || !(credential in files)) {
      throw new Malformed("a bundle names the credential it is about");
    }
    this.files = files;
    this.credentialPath = credential;
    this.made = facts.made;
    this.host = facts.host;
  }

  get credential() {
    return ENCODER.encode(this.files[this.credentialPath]);
  }

  async read(path) {
    return path in this.files ? ENCODER.encode(this.files[path]) : null;
  }
}

/** A web server that serves the public site at this origin, whatever its name. Redirects are not followed. */
export class OriginSite {
  constructor(origin) {
    this.origin = origin.replace(/\/+$/, "");
  }

  async read(path) {
    if (!isPlainPath(path)) return null;
    let answer;
    try {
      answer = await fetch(`${this.origin}/${path}`, { redirect: "error", credentials: "omit", cache: "no-cache" });
    } catch {
      throw new Unreachable(this.origin);
    }
    if (answer.status === 404 || answer.status === 410) return null;
    if (!answer.ok) throw new Unreachable(`${this.origin}: ${answer.status}`);
    const data = new Uint8Array(await answer.arrayBuffer());
    return data.length <= SIZE_MOST ? data : null;
  }
}

/** Say whether the bytes look like a bundle. */
export function isBundle(data) {
  const text = new TextDecoder("latin1").decode(data);
  const mark = '"testamur-bundle"';
  return text.trimStart()[0] === "{" && (text.slice(0, 4096).includes(mark) || text.slice(-4096).includes(mark));
}

/** Say whether a path stays below the site's root. */
export function isPlainPath(path) {
  if (!path || path.includes("\\") || path.includes("\0")) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}
