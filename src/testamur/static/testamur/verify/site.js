// Where the public files come from (verification/site.py): a bundle, or an origin that serves them. A site can do
// nothing worse than be out of date: everything that counts is signed or logged.

import { b64url } from "./multibase.js";
import { Malformed, isObject, parseObject } from "./strict_json.js";

const SIZE_MOST = 50_000_000;
const ENCODER = new TextEncoder();

/** The origin does not answer: no statement about any certificate. */
export class Unreachable extends Error {}

/** A bundle.json of version 1 or 2: one certificate and every file its verification reads, by path. */
export class BundleSite {
  constructor(data) {
    const facts = parseObject(data);
    const { files, credential, v } = facts;
    if (facts.type !== "testamur-bundle" || (v !== 1 && v !== 2)) throw new Malformed("not a bundle of this version");
    if (!isObject(files) || !Object.values(files).every((one) => isFile(one, v))) throw new Malformed("a bundle holds its files as texts");
    if (typeof credential !== "string" || !(credential in files)) {
      throw new Malformed("a bundle names the credential it is about");
    }
    this.files = files;
    this.credentialPath = credential;
    this.made = facts.made;
    this.host = facts.host;
  }

  get credential() {
    return closed(this.files[this.credentialPath]);
  }

  async read(path) {
    return path in this.files ? closed(this.files[path]) : null;
  }
}

/** Version 2 holds a compact JWS as header, opened payload and signature: base64url has one spelling to go back to. */
function closed(found) {
  if (typeof found === "string") return ENCODER.encode(found);
  const [header, payload, signature] = found;
  return ENCODER.encode(`${header}.${b64url(ENCODER.encode(payload))}.${signature}`);
}

function isFile(found, version) {
  const isText = (one) => typeof one === "string" && one.isWellFormed();
  return isText(found) || (version > 1 && Array.isArray(found) && found.length === 3 && found.every(isText));
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
