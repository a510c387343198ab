// History statements (verification/history.py): every change of a credential's status, so that past days can be asked.

import { documentDigest, instant } from "./entry.js";
import { Malformed, isInteger, isObject } from "./strict_json.js";

/** A change of the document, not of the status: the edition was replaced. */
export const SUPERSEDED = "superseded";
const STATUSES = ["valid", "suspended", "withdrawn", "cancelled", "expired", SUPERSEDED];

/** Return what the *.status entry commits to: the statement without its validity. */
export function digest(statement) {
  const kept = Object.assign(Object.create(null), statement);
  for (const name of ["validFrom", "validUntil", "proof"]) delete kept[name];
  return documentDigest(kept);
}

/** Return the changes of a statement; Malformed for another shape, an unknown status, numbers out of order. */
export function changes(statement) {
  const subject = statement.credentialSubject;
  const listed = isObject(subject) ? subject.changes : null;
  if (!Array.isArray(listed) || !listed.length) throw new Malformed("a history without changes");
  const found = listed.map(read);
  if (found.some((change, at) => change.number !== at + 1)) {
    throw new Malformed("the changes of a history are numbered from 1");
  }
  if (found.some((change) => Math.max(change.corrects, change.annuls) >= change.number)) {
    throw new Malformed("a change corrects one that comes later");
  }
  return found;
}

/** Return {status, replaced} at an instant, as verification/history.at: corrected and annulled changes drop out. */
export function at(listed, instant) {
  const gone = new Set(listed.flatMap((change) => [change.corrects, change.annuls]));
  const standing = listed.filter(
    (change) => !gone.has(change.number) && !change.annuls && change.effective <= instant,
  );
  standing.sort((a, b) => a.effective - b.effective || a.recorded - b.recorded || a.number - b.number);
  let [status, replaced] = [null, null];
  for (const change of standing) {
    if (change.status === SUPERSEDED) replaced = change;
    else status = change.status;
  }
  return { status, replaced };
}

function read(facts) {
  if (!isObject(facts) || !STATUSES.includes(facts.status)) throw new Malformed("a change of another shape");
  const numbers = ["no", "corrects", "annuls"].map((name) => (name in facts ? facts[name] : 0));
  const texts = ["ground", "successor"].map((name) => (name in facts ? facts[name] : ""));
  if (numbers.some((number) => !isInteger(number) || number < 0)) throw new Malformed("a change is numbered");
  if (texts.some((text) => typeof text !== "string")) throw new Malformed("a change of another shape");
  return {
    number: numbers[0],
    status: facts.status,
    ground: texts[0],
    effective: instant(facts.effective),
    recorded: instant(facts.recorded),
    corrects: numbers[1],
    annuls: numbers[2],
    successor: texts[1],
  };
}
