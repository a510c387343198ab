// The hash tree of RFC 6962 (verification/tree.py): leaf and node hashes, a root over leaves, inclusion.

import { concat, equal, sha256 } from "./multibase.js";

/** Return SHA-256(0x00 ‖ entry). */
export function leafHash(entry) {
  return sha256(concat(Uint8Array.of(0), entry));
}

/** Return SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left, right) {
  return sha256(concat(Uint8Array.of(1), left, right));
}

/** Return the root over leaf hashes, level by level; an odd one passes upwards as it is. */
export async function rootOf(leaves) {
  if (!leaves.length) return sha256(new Uint8Array());
  let level = leaves;
  while (level.length > 1) {
    const pairs = [];
    for (let at = 0; at < level.length; at += 2) {
      pairs.push(at + 1 < level.length ? nodeHash(level[at], level[at + 1]) : level[at]);
    }
    level = await Promise.all(pairs);
  }
  return level[0];
}

/** Say whether the proof leads from the leaf hash at `index` to the root (RFC 9162, 2.1.3.2); index, size: BigInt. */
export async function verifyInclusion(index, size, leaf, proof, root) {
  if (index < 0n || index >= size || ![leaf, root, ...proof].every((one) => one.length === 32)) return false;
  let [node, last, found] = [index, size - 1n, leaf];
  for (const sibling of proof) {
    if (last === 0n) return false;
    if (node & 1n || node === last) {
      found = await nodeHash(sibling, found);
      while (!(node & 1n) && node) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      found = await nodeHash(found, sibling);
    }
    node >>= 1n;
    last >>= 1n;
  }
  return last === 0n && equal(found, root);
}
