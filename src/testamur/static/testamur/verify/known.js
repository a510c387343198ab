// What is known of a credential that passed its first checks, and how its fields are read (verification/known.py).

import { instant } from "./entry.js";
import * as layout from "./layout.js";
import { Malformed, isInteger, isObject } from "./strict_json.js";

const W3C_CONTEXT = "https://www.w3.org/ns/credentials/v2";
const UNTP_CONTEXT = "https://vocabulary.uncefact.org/untp/0.7.0/context/";
const BADGE_CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json";
const BADGE = "OpenBadgeCredential";
const CERTIFICATE = "DigitalConformityCredential";
const AUTHORITY = "DigitalIdentityAnchor";
const AUTHORITY_KINDS = [
  "law", "licence", "competence", "accreditation", "designation", "qualification", "registration", "recognition",
];

/** Read what every step needs from a credential; Malformed. */
export function factsOf(payload, host) {
  const context = payload["@context"];
  const badge = hasType(payload, BADGE);
  if (!Array.isArray(context) || context[0] !== W3C_CONTEXT || context[1] !== (badge ? BADGE_CONTEXT : UNTP_CONTEXT)) {
    throw new Malformed("not a credential of UNTP 0.7.0");
  }
  const { credentialSubject: subject, issuer } = payload;
  if (!isObject(subject) || !isObject(issuer) || typeof issuer.id !== "string") {
    throw new Malformed("issuer or subject is missing");
  }
  const path = layout.pathOf(payload.id, host);
  let kind, folder;
  if (hasType(payload, CERTIFICATE)) {
    [kind, folder] = ["certificate", "c"];
  } else if (badge || hasType(payload, AUTHORITY)) {
    [kind, folder] = [subject.authorityKind, "acc"];
    if (subject.registerType !== "accreditation" || !AUTHORITY_KINDS.includes(kind)) {
      throw new Malformed("the credential is of no kind of authority");
    }
  } else {
    throw new Malformed("neither a certificate nor an authority");
  }
  const parts = path?.split("/") ?? [];
  if (parts[0] !== folder || parts.length !== 2) {
    throw new Malformed("the id of the credential is not an address of the trusted host");
  }
  const sample = "sample" in payload ? payload.sample : false;
  if (typeof payload.nonce !== "string" || [...payload.nonce].length < 16 || typeof sample !== "boolean") {
    throw new Malformed("nonce or sample mark is missing");
  }
  return {
    payload,
    kind,
    path,
    issuer: issuer.id,
    issuerName: textOf(issuer.name),
    subject,
    validFrom: instant(payload.validFrom),
    validUntil: "validUntil" in payload ? instant(payload.validUntil) : null,
    status: statusOf(payload.credentialStatus),
    id: String(payload.id),
    isCertificate: kind === "certificate",
    sample,
    kept: {},
  };
}

function statusOf(listed) {
  const rows = isObject(listed) ? [listed] : listed;
  if (!Array.isArray(rows)) throw new Malformed("the credential has no status");
  const found = rows.map((one) => {
    if (!isObject(one) || one.type !== "BitstringStatusListEntry") throw new Malformed("a status of another kind");
    const { statusPurpose: purpose, statusListIndex: index, statusListCredential: address } = one;
    const size = "statusSize" in one ? one.statusSize : 1;
    if (!layout.PURPOSES.includes(purpose) || typeof address !== "string" || !isInteger(size) || size !== 1) {
      throw new Malformed("a status of another purpose");
    }
    if (typeof index !== "string" || !/^[0-9]{1,12}$/.test(index)) {
      throw new Malformed("a status index is a number in a text");
    }
    return { purpose, address, index: Number(index) };
  });
  const purposes = found.map((one) => one.purpose);
  const needed = purposes.includes(layout.REVOCATION) && purposes.includes(layout.SUSPENSION);
  if (!needed || new Set(purposes).size < purposes.length) {
    throw new Malformed("the credential names no lists for revocation and suspension");
  }
  return found;
}

/** Say whether a payload is a verifiable credential of this type. */
export function hasType(payload, name) {
  const types = payload.type;
  return Array.isArray(types) && types.includes(name) && types.includes("VerifiableCredential");
}

/** Return a field as text: empty where it is missing. */
export function textOf(value) {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}
