// W3C Bitstring Status List 1.0 (verification/status_list.py): unpacked by the browser, never further than a cap.

import { concat, fromB64url } from "./multibase.js";
import { Malformed } from "./strict_json.js";

/** Smallest list the standard allows, and the largest that is unpacked, bytes. */
const BYTES_LEAST = 16_384;
const BYTES_MOST = 1_048_576;

/** Return the bits of an encodedList; Malformed for another base, not one gzip stream, too short or too long. */
export async function decode(text) {
  if (typeof text !== "string" || text[0] !== "u") throw new Malformed("encodedList is not multibase base64url");
  let packed;
  try {
    packed = fromB64url(text.slice(1));
  } catch {
    throw new Malformed("encodedList is not gzip");
  }
  const bits = await unpacked(packed);
  if (bits.length < BYTES_LEAST) throw new Malformed("encodedList is cut short, or has something behind it");
  return bits;
}

async function unpacked(packed) {
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const parts = [];
  let length = 0;
  for (;;) {
    let step;
    try {
      step = await reader.read();
    } catch {
      throw new Malformed("encodedList is not one whole gzip stream");
    }
    if (step.done) return concat(...parts);
    length += step.value.length;
    if (length > BYTES_MOST) {
      await reader.cancel();
      throw new Malformed("encodedList expands too far");
    }
    parts.push(step.value);
  }
}
