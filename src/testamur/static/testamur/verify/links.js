// What a path shows of its links, what it reads of them, and how it says that one does not hold (verification/links.py).

import { linesOf } from "./coverage.js";
import { textOf } from "./known.js";
import * as layout from "./layout.js";
import { canonicalLine } from "./scope.js";
import { _ } from "./say.js";
import { isObject } from "./strict_json.js";
import { Code, KIND_WORDS, Rejected, Said, newLink } from "./verdict.js";

/** Kinds by which a root hands its authority on, for schemes that ask for authority by law. */
const BY_LAW = ["law", "competence", "recognition"];

export function linkOf(known, under) {
  const link = newLink(known.kind, known.id, under);
  fill(link, known);
  return link;
}

export function fill(link, known) {
  const { subject } = known;
  const holder = known.isCertificate ? subject.issuedToParty : null;
  [link.kind, link.id] = [known.kind, known.id];
  link.number = textOf(known.isCertificate ? subject.name : subject.registeredId);
  [link.issuer, link.issuerName] = [known.issuer, known.issuerName];
  const named = isObject(holder) ? [holder.id, holder.name] : [subject.id, subject.registeredName];
  [link.subject, link.subjectName] = named.map(textOf);
  const scope = known.isCertificate ? subject.scopeLine : subject.accreditationScope;
  link.scope = Array.isArray(scope) ? scope.filter(isObject) : [];
  [link.validFrom, link.validUntil] = [known.validFrom, known.validUntil];
}

export function rootLink(did, name, under) {
  return { ...newLink("root", did, under), subject: did, subjectName: name, status: "" };
}

/** Return the lines of an authority, read once. */
export function scopeOf(known) {
  known.kept.lines ??= linesOf(known.subject.accreditationScope);
  return known.kept.lines;
}

/** Return [address, digest] of each authority that a credential names; Rejected on another shape. */
export function namedAuthorities(known) {
  const listed = "authorisation" in known.subject ? known.subject.authorisation : [];
  const links = Array.isArray(listed) ? listed.map((one) => (isObject(one) ? one.endorsementEvidence : null)) : [null];
  if (links.length > 20 || !links.every(isObject)) {
    throw new Rejected(Code.MALFORMED, _("The authorities that the credential names cannot be read."));
  }
  return links.map((link) => [link.linkURL, link.digestMultibase]);
}

/** Say whether an authority is of the kind, grade and scheme that a demand asks for. */
export function fits(demand, held) {
  if (demand.kind === "law") return BY_LAW.includes(held.kind);
  if (held.kind !== demand.kind || (demand.grade && held.subject.grade !== demand.grade)) return false;
  if (!demand.anyOf.length) return true;
  const scheme = held.subject.authorityScheme;
  const named = layout.schemeOf(isObject(scheme) ? scheme.id : null, held.id.split("/")[2]);
  return named !== null && demand.anyOf.includes(named[0]);
}

export function withdrawnBy(known) {
  return new Rejected(Code.REVOKED, _("{issuer} has withdrawn or cancelled it."), { issuer: known.issuerName });
}

export function suspendedBy(known) {
  return new Rejected(Code.SUSPENDED, _("{issuer} has suspended it; it may be restored."), { issuer: known.issuerName });
}

export function supersededBy(change) {
  if (change.successor) {
    return new Rejected(
      Code.SUPERSEDED,
      _("The attestation stands, but you hold an edition that was replaced; the current one is {successor}."),
      { successor: change.successor },
    );
  }
  return new Rejected(Code.SUPERSEDED, _("The attestation stands, but you hold an edition that was replaced."));
}

export function notCovered(line, kind = "") {
  const shown = canonicalLine(line);
  if (kind) {
    return new Rejected(
      Code.SCOPE_NOT_COVERED,
      _("The line {line} is not inside the scope of the issuer's {kind}."),
      { line: shown, kind: kindWord(kind) },
    );
  }
  return new Rejected(
    Code.SCOPE_NOT_COVERED,
    _("The line {line} is not inside the scope of the issuer's authorities."),
    { line: shown },
  );
}

export function kindWord(kind) {
  return new Said(Object.hasOwn(KIND_WORDS, kind) ? KIND_WORDS[kind] : kind);
}
