// Everything a path is built from (verification/evidence.py): read from one site under one trust file, proven once.

import * as checkpoints from "./checkpoint.js";
import * as credentials from "./credential.js";
import * as dids from "./did.js";
import * as entries from "./entry.js";
import * as extracts from "./extract.js";
import * as histories from "./history.js";
import { factsOf, hasType } from "./known.js";
import * as layout from "./layout.js";
import { digestMatches } from "./multibase.js";
import * as proofs from "./proof.js";
import * as revokedKeys from "./revoked_keys.js";
import * as rootLists from "./root_list.js";
import { _ } from "./say.js";
import { MalformedScope, TreeTable } from "./scope.js";
import * as statusLists from "./status_list.js";
import { Malformed, isObject, parseObject } from "./strict_json.js";
import * as tables from "./table.js";
import { At, Code, Rejected } from "./verdict.js";

/** Cosigners sign within seconds: what was downloaded right after it was issued lacks them, and is not wrong. */
const TOO_FEW = _(
  "Of the {all} cosigners that your trust file demands, {count} had signed the state of the log when this file was made. They sign within a minute: if it was issued just now, download it again.",
);
/** An entry may claim a time this much later than the witnesses saw it: clocks differ. Milliseconds. */
const CLOCKS_DIFFER = 300_000;

/** Run a reader; what it calls Malformed becomes a rejection with the sentence that `say` makes of the problem. */
async function reading(read, code, message, facts = {}) {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new Rejected(code, message, { ...facts, problem: error.message });
  }
}

/** Run a check; what it rejects is said again under another code, because of what it was part of. */
async function because(check, code, message, facts = {}) {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    throw new Rejected(code, message, { ...facts, because: error.said });
  }
}

/** Reads and proves. Keep one for many certificates of one site; make a new one to see newer files. */
export class Evidence {
  #kept = new Map();
  #followed = false;

  constructor(site, trust) {
    this.site = site;
    this.trust = trust;
  }

  /** Go on to the newest root list that the site shows and the log knows; once. */
  async followRoots(now) {
    if (!this.trust.threshold) return;
    if (!this.#followed) {
      const known = await rootLists.follow(this.trust, this.site);
      const data = await this.site.read(layout.TRUST_ROOTS);
      if (data !== null) await this.#checkListLogged(known, data);
      this.trust = known;
      this.#followed = true;
    }
    rootLists.checkNotExpired(this.trust, now);
  }

  async #checkListLogged(known, data) {
    const before = this.trust;
    this.trust = known; // a list may name another log and other cosigners
    try {
      await because(
        async () => {
          const digest = await entries.documentDigest(parseObject(data));
          const proof = await this.site.read(layout.TRUST_ROOTS_PROOF);
          return this.logged(proof, { digest, id: layout.url(known.host, layout.TRUST_ROOTS), type: "root.update" });
        },
        Code.TRUST_INVALID,
        _("Root list {version} is not the one in the public log. {because}"),
        { version: known.version },
      );
    } catch (error) {
      this.trust = before;
      throw error;
    }
  }

  // ---------------------------------------------------------------- credentials, steps 1 to 5

  /** Take a credential through steps 1 to 5. */
  async credential(data, proofData = null) {
    const { signed, digest, facts } = await reading(
      async () => {
        const signed = await credentials.parse(data);
        const digest = await signed.digest();
        return { signed, digest, facts: factsOf(signed.payload, this.trust.host) };
      },
      Code.MALFORMED,
      _("The file cannot be read as a signed credential: {problem}."),
    );
    const method = await this.#method(signed, facts.issuer);
    await this.#checkSignature(signed, method, facts.issuer);
    const proof = proofData ?? (await this.site.read(`${facts.path}.tlog-proof`));
    const type = facts.isCertificate ? "cert.issue" : "acc.issue";
    const logged = await this.logged(proof, { digest, id: facts.id, type });
    const found = logged.entry;
    const key = await method.key();
    // A confidential attestation's leaf names nobody; its digest still binds every field.
    if ((found.issuer || found.key) && (found.issuer !== facts.issuer || found.key !== key.thumbprint)) {
      throw new Rejected(Code.NOT_LOGGED, _("The log entry names another issuer or another key."));
    }
    if (found.sample !== facts.sample) {
      throw new Rejected(Code.NOT_LOGGED, _("The credential and its log entry disagree on being a sample."));
    }
    const keyRevoked = await this.#checkKeyHeld(facts.issuer, method, logged);
    return { ...facts, logged, keyRevoked, form: signed.form, algorithm: signed.algorithm, digest };
  }

  /** Read the authority credential that a certificate names, prove its bytes and steps 1 to 5. */
  async authority(address, digest) {
    const path = layout.pathOf(address, this.trust.host);
    if (path === null || !path.endsWith(".jwt")) {
      throw new Rejected(Code.UNTRUSTED_ISSUER, _("The evidence {address} is not a file of {host}."), {
        address: String(address),
        host: this.trust.host,
      });
    }
    return this.#once(["authority", path, String(digest)], () => this.#authority(path, digest));
  }

  async #authority(path, digest) {
    const data = await this.site.read(path);
    if (data === null) throw new Rejected(Code.MALFORMED, _("The file {path} is not at hand."), { path });
    if (!(await digestMatches(digest, data))) {
      throw new Rejected(Code.MALFORMED, _("The file {path} is not the one that was named."), { path });
    }
    const known = await this.credential(data);
    if (known.isCertificate) {
      throw new Rejected(Code.MALFORMED, _("The file {path} is a certificate, not an authority."), { path });
    }
    return known;
  }

  async #method(signed, issuer) {
    if (signed.controller !== issuer) {
      throw new Rejected(Code.KEY_INVALID, _("The signing key belongs to somebody other than the issuer."));
    }
    const document = await this.did(issuer);
    const method = document.methods.get(signed.method);
    if (!method || method.kind !== (signed.form === "jwt" ? "JsonWebKey" : "Multikey")) {
      throw new Rejected(Code.KEY_INVALID, _("The issuer's published keys do not hold {key}."), { key: signed.method });
    }
    const key = await reading(() => method.key(), Code.KEY_INVALID, _("The key cannot be used: {problem}."));
    if (key.algorithm !== signed.algorithm) {
      throw new Rejected(Code.KEY_INVALID, _("The key is of another kind than the signature claims."));
    }
    return method;
  }

  async #checkSignature(signed, method, issuer) {
    if (!(await signed.verifies(await method.key()))) {
      throw new Rejected(
        Code.INVALID_SIGNATURE,
        _("The signature is not {issuer}'s over this content: something was changed."),
        { issuer },
      );
    }
  }

  // ---------------------------------------------------------------- keys, steps 2, 3 and 5

  /** Return a DID document that the log committed to. */
  did(name) {
    return this.#once(["did", name], () => this.#did(name));
  }

  async #did(issuer) {
    const paths = layout.didPaths(issuer, this.trust.host);
    if (paths === null) {
      throw new Rejected(
        Code.UNTRUSTED_ISSUER,
        _("The issuer {issuer} publishes its keys outside {host}; this trust file does not reach there."),
        { issuer, host: this.trust.host },
      );
    }
    const [data, proof] = await Promise.all(paths.map((path) => this.site.read(path)));
    if (data === null) throw new Rejected(Code.KEY_INVALID, _("The keys of {issuer} are not at hand."), { issuer });
    const document = await reading(
      () => dids.parse(data),
      Code.KEY_INVALID,
      _("The keys of {issuer} cannot be read: {problem}."),
      { issuer },
    );
    if (document.id !== issuer) {
      throw new Rejected(Code.KEY_INVALID, _("The keys found for {issuer} are somebody else's."), { issuer });
    }
    await because(
      () => this.logged(proof, { digest: document.digest, id: issuer, type: "did.update" }),
      Code.KEY_INVALID,
      _("The keys of {issuer} are not the ones in the public log. {because}"),
      { issuer },
    );
    return document;
  }

  /** Step 5: log order, not the signer's clock, defeats back-dating with a stolen key. When it was revoked, or null. */
  async #checkKeyHeld(issuer, method, logged) {
    const at = logged.entry.at;
    if (method.expires !== null && at >= method.expires) {
      throw new Rejected(Code.KEY_INVALID, _("The key was retired on {day}, before this was signed."), {
        day: new At(method.expires),
      });
    }
    const { revoked, fromIndex } = await this.#revocation(issuer, method);
    if ((revoked !== null && at >= revoked) || (fromIndex !== null && logged.index >= fromIndex)) {
      throw new Rejected(
        Code.KEY_INVALID,
        _("The key was revoked, and this was logged afterwards, whatever day it claims."),
      );
    }
    return revoked;
  }

  /** For lists, which no log entry orders: a key that was ever revoked signs none, nor does a retired one. */
  async #checkKeyFresh(issuer, method, signedAt) {
    const { revoked, fromIndex } = await this.#revocation(issuer, method);
    if (revoked !== null || fromIndex !== null || (method.expires !== null && signedAt >= method.expires)) {
      throw new Rejected(Code.STATUS_INVALID, _("The status list is signed with a key that is no longer held."));
    }
  }

  async #revocation(issuer, method) {
    const { keys } = await this.#revokedKeys();
    const listed = keys.get(revokedKeys.named(issuer, (await method.key()).thumbprint));
    return {
      revoked: least(method.revoked, listed?.revoked),
      fromIndex: least(method.revokedAtLogIndex, listed?.logIndex),
    };
  }

  /** Refuse to judge with a list of revoked keys that is missing or outside its validity. */
  async checkRevokedKeysFresh(now) {
    const { start, end } = await this.#revokedKeys();
    if (!(start <= now && now <= end)) {
      throw new Rejected(
        Code.STATUS_STALE,
        _("The list of revoked keys held from {start} to {end}; a newer one is needed."),
        { start: new At(start), end: new At(end) },
      );
    }
  }

  #revokedKeys() {
    return this.#once(["revoked keys"], async () => {
      const data = await this.site.read(layout.REVOKED_KEYS);
      if (data === null) throw new Rejected(Code.STATUS_STALE, _("The list of revoked keys is not at hand."));
      const [signed, found] = await reading(
        async () => {
          const signed = await credentials.parse(data, revokedKeys.TYPE);
          return [signed, revokedKeys.read(signed.payload)];
        },
        Code.STATUS_INVALID,
        _("The list of revoked keys cannot be read: {problem}."),
      );
      if (signed.payload.host !== this.trust.host || !(await signed.verifies(this.trust.log.key))) {
        throw new Rejected(Code.STATUS_INVALID, _("The list of revoked keys is not signed by the log."));
      }
      return found;
    });
  }

  // ---------------------------------------------------------------- the log, step 4

  /** Prove that an entry of this type commits to the digest under this id: {index, entry, witnesses}. */
  async logged(data, { digest, id, type }) {
    if (data === null) throw new Rejected(Code.NOT_LOGGED, _("There is no proof that the public log holds it."));
    const [proof, entry] = await reading(
      async () => {
        const proof = proofs.parse(data, checkpoints.parse);
        return [proof, entries.parse(proof.entry)];
      },
      Code.LOG_INVALID,
      _("The proof of the log cannot be read: {problem}."),
    );
    if (entry.type !== type || entry.digest !== digest) {
      throw new Rejected(Code.NOT_LOGGED, _("The log entry is about something else than this content."));
    }
    if (entry.id !== id && (entry.issuer || entry.key)) {
      throw new Rejected(Code.NOT_LOGGED, _("The log entry is about another address."));
    }
    const witnesses = await this.#checkpoint(proof.checkpoint);
    if (!(await proofs.includes(proof))) {
      throw new Rejected(Code.LOG_INVALID, _("The proof does not lead to the root that the log signed."));
    }
    if (witnesses.length) {
      const earliest = Math.min(...witnesses.map(([, time]) => time)) * 1000;
      if (entry.at > earliest + CLOCKS_DIFFER) {
        throw new Rejected(Code.LOG_INVALID, _("The entry claims a time after its cosigners had seen it."));
      }
    }
    return { index: proof.index, entry, witnesses };
  }

  #checkpoint(found) {
    const note = found.note;
    const key = ["checkpoint", note.text, ...note.signatures.map((one) => [one.name, [...one.keyId], [...one.signature]])];
    return this.#once(key, async () => {
      try {
        return await checkpoints.check(found, this.trust.log, this.trust.witnesses, this.trust.quorum);
      } catch (error) {
        if (!(error instanceof checkpoints.BadSignature)) throw error;
        if (error instanceof checkpoints.TooFewCosigners) {
          const facts = { count: error.seen, all: error.quorum };
          throw new Rejected(Code.LOG_INVALID, TOO_FEW, facts);
        }
        throw new Rejected(
          Code.LOG_INVALID,
          _("The state of the log is not signed as your trust file demands: {problem}."),
          { problem: error.message },
        );
      }
    });
  }

  // ---------------------------------------------------------------- status, step 11

  /** Return a status list whose signature and id stand. */
  bits(address) {
    return this.#once(["list", address], () => this.#bits(address));
  }

  async #bits(address) {
    const path = layout.pathOf(address, this.trust.host);
    if (path === null) {
      throw new Rejected(Code.STATUS_INVALID, _("The status list {address} is not a file of {host}."), {
        address,
        host: this.trust.host,
      });
    }
    const data = await this.site.read(`${path}.jwt`);
    if (data === null) {
      throw new Rejected(Code.STATUS_STALE, _("The status list {address} is not at hand."), { address });
    }
    const { signed, list } = await reading(
      async () => {
        const signed = await credentials.parse(data);
        const { credentialSubject: subject, issuer } = signed.payload;
        if (!isObject(subject) || typeof issuer !== "string" || !hasType(signed.payload, "BitstringStatusListCredential")) {
          throw new Malformed("not a status list");
        }
        const [start, end] = [entries.instant(signed.payload.validFrom), entries.instant(signed.payload.validUntil)];
        const bits = await statusLists.decode(subject.encodedList);
        return { signed, list: { issuer, purpose: subject.statusPurpose, start, end, bits } };
      },
      Code.STATUS_INVALID,
      _("The status list {address} cannot be read: {problem}."),
      { address },
    );
    if (signed.payload.id !== address) {
      throw new Rejected(Code.STATUS_INVALID, _("The file at {address} is another list."), { address });
    }
    const method = await this.#listMethod(signed, list.issuer);
    await this.#checkKeyFresh(list.issuer, method, list.start);
    return list;
  }

  #listMethod(signed, issuer) {
    return because(
      async () => {
        const method = await this.#method(signed, issuer);
        await this.#checkSignature(signed, method, issuer);
        return method;
      },
      Code.STATUS_INVALID,
      _("The status information is not signed as it must be. {because}"),
    );
  }

  /** Return every change of a credential's status, proven and fresh. */
  async history(known, now) {
    const { start, end, found } = await this.#once(["history", known.id], () => this.#history(known));
    if (!(start <= now && now <= end)) {
      throw new Rejected(
        Code.STATUS_STALE,
        _("The history of {id} held from {start} to {end}; a newer one is needed."),
        { id: known.id, start: new At(start), end: new At(end) },
      );
    }
    return found;
  }

  async #history(known) {
    const { id } = known;
    const [data, proof] = await Promise.all([
      this.site.read(`${known.path}.history.jwt`),
      this.site.read(`${known.path}.history.tlog-proof`),
    ]);
    if (data === null) {
      throw new Rejected(
        Code.STATUS_STALE,
        _("The history of {id} is not at hand; without it a past day cannot be told."),
        { id },
      );
    }
    const { signed, payload, found, start, end } = await reading(
      async () => {
        const signed = await credentials.parse(data);
        const { payload } = signed;
        const found = histories.changes(payload);
        return { signed, payload, found, start: entries.instant(payload.validFrom), end: entries.instant(payload.validUntil) };
      },
      Code.STATUS_INVALID,
      _("The history of {id} cannot be read: {problem}."),
      { id },
    );
    if (payload.issuer !== known.issuer || payload.credentialSubject.id !== id) {
      throw new Rejected(Code.STATUS_INVALID, _("The history found for {id} is another's."), { id });
    }
    const method = await this.#listMethod(signed, known.issuer);
    await this.#checkKeyFresh(known.issuer, method, start);
    await because(
      async () => {
        const type = known.isCertificate ? "cert.status" : "acc.status";
        return this.logged(proof, { digest: await histories.digest(payload), id, type });
      },
      Code.STATUS_INVALID,
      _("The history of {id} is not the one in the public log. {because}"),
      { id },
    );
    return { start, end, found };
  }

  // ---------------------------------------------------------------- schemes, trees

  /** Return the authority extract of a scheme reference, or null where it is not known; a digest insists on it. */
  async extract(reference) {
    const facts = isObject(reference) ? reference : {};
    const named = layout.schemeOf(facts.id, this.trust.host);
    const insisted = facts.digestMultibase ?? null;
    if (named === null) {
      if (insisted !== null) {
        throw new Rejected(Code.SCOPE_NOT_COVERED, _("The scheme's demands are kept outside the trusted host."));
      }
      return null;
    }
    return this.#once(["extract", named, String(insisted)], () => this.#extract(named, facts.id, insisted));
  }

  async #extract(named, scheme, insisted) {
    const data = await this.site.read(layout.schemeExtract(named));
    if (data === null) {
      if (insisted === null) return null;
      throw new Rejected(Code.SCOPE_NOT_COVERED, _("What {scheme} demands is not at hand."), { scheme });
    }
    const found = await reading(
      async () => extracts.parse(data),
      Code.SCOPE_NOT_COVERED,
      _("What {scheme} demands cannot be read: {problem}."),
      { scheme },
    );
    const digest = await entries.documentDigest(found.facts);
    if (found.scheme !== named[0] || found.version !== named[1] || (insisted !== null && insisted !== digest)) {
      throw new Rejected(Code.SCOPE_NOT_COVERED, _("What is served as the scheme {scheme} is another text."), { scheme });
    }
    const proof = await this.site.read(layout.schemeExtract(named, "authority.tlog-proof"));
    await this.#checkPublished(proof, digest, scheme, "scheme.publish");
    return found;
  }

  /** Return the trees and crosswalks of these names; a table not at hand grants nothing. */
  trees(names) {
    const sorted = [...new Set(names)].sort();
    return this.#once(["trees", ...sorted], () => this.#trees(sorted));
  }

  async #trees(names) {
    const trees = new Map();
    const crosswalks = [];
    for (const name of names) {
      const found = await this.#table(name);
      if (found === null) continue;
      for (const row of found.rows) {
        if (found.kind === "crosswalk") {
          crosswalks.push(row);
          continue;
        }
        if (!trees.has(name)) trees.set(name, new Map());
        trees.get(name).set(row[0], row[1]);
      }
    }
    for (const nodes of trees.values()) {
      // A part of a table may leave a parent out; the node then stands at a root and is inside less.
      for (const parent of [...nodes.values()]) if (parent !== null && !nodes.has(parent)) nodes.set(parent, null);
    }
    try {
      return new TreeTable(trees, crosswalks);
    } catch (error) {
      if (!(error instanceof MalformedScope)) throw error;
      throw new Rejected(Code.SCOPE_NOT_COVERED, _("The trees of the scope contradict themselves: {problem}"), {
        problem: error.message,
      });
    }
  }

  async #table(name) {
    const path = layout.table(name);
    const data = path === null ? null : await this.site.read(path);
    if (data === null) return null;
    const found = await reading(
      () => tables.parse(data),
      Code.SCOPE_NOT_COVERED,
      _("The table {name} cannot be used: {problem}."),
      { name },
    );
    if (found.name !== name) {
      throw new Rejected(Code.SCOPE_NOT_COVERED, _("The table {name} is another one."), { name });
    }
    const proof = await this.site.read(layout.table(name, "tlog-proof"));
    await this.#checkPublished(proof, found.digest, layout.url(this.trust.host, `trees/${name}`), "tree.publish");
    return found;
  }

  #checkPublished(proof, digest, id, type) {
    return because(
      () => this.logged(proof, { digest, id, type }),
      Code.SCOPE_NOT_COVERED,
      _("{id} is not the text in the public log. {because}"),
      { id },
    );
  }

  /** Return what was made before under this key, or raise what was raised. */
  #once(key, make) {
    const named = JSON.stringify(key);
    if (!this.#kept.has(named)) this.#kept.set(named, make());
    return this.#kept.get(named);
  }
}

function least(one, other) {
  if (one === null || one === undefined) return other ?? null;
  return other === null || other === undefined || one < other ? one : other;
}
