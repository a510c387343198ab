// Checkpoints of C2SP tlog-checkpoint (verification/checkpoint.py): a log's name, size and root in a signed note.

import { fromB64 } from "./multibase.js";
import * as notes from "./note.js";
import { Malformed } from "./strict_json.js";

/** The checkpoint is not signed as the trust file demands; the message says by whom not. */
export class BadSignature extends Malformed {}

/** Nothing is wrong with what stands there, but not enough cosigners have signed: {seen, quorum}. */
export class TooFewCosigners extends BadSignature {
  constructor(seen, quorum) {
    super(`${seen} of ${quorum} cosignatures`);
    Object.assign(this, { seen, quorum });
  }
}

/** Read a checkpoint without judging its signatures: {origin, size (BigInt), root, note}. */
export function parse(data) {
  const note = notes.parse(data);
  const lines = note.text.split("\n");
  if (lines.length < 4 || !lines[0] || !lines.slice(3, -1).every(Boolean)) {
    throw new Malformed("a checkpoint has a name, a size and a root");
  }
  const size = lines[1];
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(size)) throw new Malformed("the size of a checkpoint is not a number");
  let root;
  try {
    root = fromB64(lines[2]);
  } catch {
    throw new Malformed("the root of a checkpoint is not base64");
  }
  if (root.length !== 32) throw new Malformed("the root of a checkpoint has not 32 bytes");
  return { origin: lines[0], size: BigInt(size), root, note };
}

/**
 * Check the signatures of a checkpoint: the log's and at least `quorum` cosigners'. A wrong signature under a known
 * name and key is fatal; lines of unknown keys are ignored. Return [name, Unix seconds] of each cosigner that stands.
 */
export async function check(found, log, cosigners = [], quorum = 0) {
  if (found.origin !== log.name) throw new BadSignature(`the checkpoint is of the log ${found.origin}`);
  if (!(await notes.verifies(found.note, log))) throw new BadSignature("the log's signature is missing or wrong");
  const seen = [];
  for (const key of cosigners) {
    const at = await notes.cosignedAt(found.note, key);
    if (at === false) throw new BadSignature(`the cosignature of ${key.name} is wrong`);
    if (at !== null) seen.push([key.name, at]);
  }
  if (seen.length < quorum) throw new TooFewCosigners(seen.length, quorum);
  return seen;
}
