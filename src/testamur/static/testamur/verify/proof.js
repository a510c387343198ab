// Offline proofs of C2SP tlog-proof@v1 (verification/proof.py): an entry, its place, its path to the root, the checkpoint.

import { fromB64 } from "./multibase.js";
import { Malformed, utf8 } from "./strict_json.js";
import { leafHash, verifyInclusion } from "./tree.js";

const FIRST = "c2sp.org/tlog-proof@v1";
const SIZE_MOST = 200_000;
const HASHES_MOST = 63;

/** Read a .tlog-proof: {entry, index (BigInt), hashes, checkpoint}; nothing is verified here. */
export function parse(data, readCheckpoint) {
  if (data.length > SIZE_MOST) throw new Malformed("a proof is too large");
  const text = utf8(data, "a proof");
  const blank = text.indexOf("\n\n");
  const lines = (blank < 0 ? text : text.slice(0, blank)).split("\n");
  if (blank < 0 || lines.length < 3 || lines[0] !== FIRST) throw new Malformed("not a c2sp.org/tlog-proof@v1");
  if (!lines[1].startsWith("extra ") || !lines[2].startsWith("index ")) {
    throw new Malformed("a proof names its entry and its index");
  }
  const number = lines[2].slice("index ".length);
  if (!/^(?:0|[1-9][0-9]{0,18})$/.test(number)) throw new Malformed("the index of a proof is not a number");
  if (lines.length - 3 > HASHES_MOST) throw new Malformed("a proof has too many hashes");
  let entry, hashes;
  try {
    entry = fromB64(lines[1].slice("extra ".length));
    hashes = lines.slice(3).map(fromB64);
  } catch {
    throw new Malformed("a proof is not base64");
  }
  if (hashes.some((one) => one.length !== 32)) throw new Malformed("a hash of a proof has not 32 bytes");
  return { entry, index: BigInt(number), hashes, checkpoint: readCheckpoint(text.slice(blank + 2)) };
}

/** Say whether the entry is in the tree of the checkpoint. Signatures are the checkpoint's matter. */
export async function includes(proof) {
  const { index, hashes, checkpoint } = proof;
  return verifyInclusion(index, checkpoint.size, await leafHash(proof.entry), hashes, checkpoint.root);
}
