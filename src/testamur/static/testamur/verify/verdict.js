// The answer of path validation (verification/verdict.py): a stable code, a sentence, the path, as of when it holds.

import { _ } from "./say.js";

export const Code = Object.freeze(
  Object.fromEntries(
    [
      "VALID", "SUPERSEDED", "MALFORMED", "INVALID_SIGNATURE", "KEY_INVALID", "UNTRUSTED_ISSUER", "NOT_LOGGED",
      "LOG_INVALID", "NOT_YET_VALID", "ACCREDITATION_INVALID", "SCOPE_NOT_COVERED", "STATUS_INVALID", "STATUS_STALE",
      "REVOKED", "SUSPENDED", "EXPIRED", "TRUST_INVALID",
    ].map((code) => [code, code]),
  ),
);

/** What each code is called where people read it. STATUS_STALE is no verdict on the certificate, and says so. */
export const HEADLINES = {
  VALID: _("Valid"),
  SUPERSEDED: _("Superseded: a newer edition is current"),
  MALFORMED: _("Not valid: the file is damaged or of another kind"),
  INVALID_SIGNATURE: _("Not valid: the signature does not fit"),
  KEY_INVALID: _("Not valid: the key is not one the issuer may use"),
  UNTRUSTED_ISSUER: _("Not valid: the line of authority does not reach a root you trust"),
  NOT_LOGGED: _("Not valid: not in the public log"),
  LOG_INVALID: _("Not valid: the proof of the public log does not hold"),
  NOT_YET_VALID: _("Not valid yet"),
  ACCREDITATION_INVALID: _("Not valid: an authority of the issuer does not hold"),
  SCOPE_NOT_COVERED: _("Not valid: outside the scope of the issuer's authority"),
  STATUS_INVALID: _("Not valid: the status information is wrong"),
  STATUS_STALE: _("Cannot be told: the status information is missing or too old"),
  REVOKED: _("Not valid: withdrawn or cancelled"),
  SUSPENDED: _("Not valid: suspended"),
  EXPIRED: _("Not valid: expired"),
  TRUST_INVALID: _("Cannot be told: the list of roots to trust does not hold"),
};

/** Kinds of links, as people call them. */
export const KIND_WORDS = {
  certificate: _("certificate"),
  law: _("authority by law"),
  licence: _("licence"),
  competence: _("competence"),
  accreditation: _("accreditation"),
  designation: _("designation"),
  qualification: _("qualification"),
  registration: _("registration"),
  recognition: _("recognition"),
  root: _("root"),
};

/** An instant among the facts of a sentence, milliseconds since 1970; written as the reader writes days. */
export class At {
  constructor(instant) {
    this.instant = instant;
  }
}

/** A sentence and the values of its placeholders; translated where it is shown. */
export class Said {
  constructor(message, facts = {}) {
    this.message = message;
    this.facts = facts;
  }
}

/** A check of the path failed: the code, and the sentence that says what and why. */
export class Rejected extends Error {
  constructor(code, message, facts = {}) {
    super(`${code}: ${message}`);
    this.code = code;
    this.said = new Said(message, facts);
  }
}

/** One credential of the path, or the root at its end; fields as verdict.Link. */
export function newLink(kind, id, under) {
  return {
    kind, id, number: "", issuer: "", issuerName: "", subject: "", subjectName: "", scope: [],
    validFrom: null, validUntil: null, status: "unknown", verdict: Code.VALID, under,
  };
}
