// Read the public site from a folder, as a resolver of did:web and of its addresses would; no network.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const json = (path) => JSON.parse(readFileSync(path, "utf8"));

/** Return the DID document of a did:web of the host. */
export function didDocument(site, host, did) {
  const [method, web, name, ...path] = did.split(":");
  if (method !== "did" || web !== "web" || decodeURIComponent(name) !== host) throw new Error(`not of ${host}: ${did}`);
  return json(join(site, ...(path.length ? path : [".well-known"]), "did.json"));
}

/**
 * Return a loader of documents: contexts by their address from local files or a package, DIDs and addresses of the host
 * from the site.
 * Whatever else is asked for does not exist.
 */
export function documentLoader(site, host, contexts, packaged) {
  return async (url) => {
    const found = (document) => ({ contextUrl: null, documentUrl: url, document });
    if (packaged.has(url)) return found(packaged.get(url));
    if (contexts[url]) return found(json(contexts[url]));
    if (url.startsWith("did:")) {
      const [did, fragment] = url.split("#");
      const document = didDocument(site, host, did);
      if (!fragment) return found(document);
      const method = document.verificationMethod.find((one) => one.id === url);
      if (!method) throw new Error(`no method ${url}`);
      return found({ "@context": "https://w3id.org/security/multikey/v1", ...method });
    }
    const at = new URL(url);
    const file = join(site, `${at.pathname.slice(1)}.json`);
    if (at.host === host && existsSync(file)) return found(json(file));
    if (at.host === host && existsSync(file.replace(/json$/, "jsonld"))) return found(json(file.replace(/json$/, "jsonld")));
    throw new Error(`not on this machine: ${url}`);
  };
}
