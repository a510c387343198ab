// Signed notes of C2SP (verification/note.py): a text, and signature lines that name their keys.

import { b64, concat, equal, fromB64, hex, sha256 } from "./multibase.js";
import { PublicKey } from "./signature.js";
import { Malformed, utf8 } from "./strict_json.js";

/** Algorithm byte of a key that signs the note text itself. */
export const ED25519 = 0x01;
/** Algorithm byte of a cosigner: its signature carries the time it saw the checkpoint. */
export const COSIGNATURE_V1 = 0x04;
const SIZE_MOST = 1_000_000;
const SIGNATURES_MOST = 100;
const DASH = "— ";
const ENCODER = new TextEncoder();
// eslint-disable-next-line no-control-regex -- what is forbidden is named
const CONTROL = /[\u0000-\u0009\u000b-\u001f\ufffd]/;

/** A note's public key: name+hash+base64(algorithm byte ‖ 32 bytes). */
export class VerifierKey {
  constructor(name, keyId, algorithm, key) {
    Object.assign(this, { name, keyId, algorithm, key });
  }

  /** Read a verifier key; Malformed for a wrong form, a hash that does not fit, another algorithm, a weak key. */
  static async parse(text) {
    const [, name, shown, encoded] = /^([^+]*)(?:\+([^+]*))?(?:\+([^]*))?$/.exec(text.trim()) ?? [];
    let data;
    try {
      data = fromB64(encoded ?? "");
    } catch {
      throw new Malformed("a verifier key is name+hash+base64");
    }
    if (!isName(name) || data.length !== 33 || (data[0] !== ED25519 && data[0] !== COSIGNATURE_V1)) {
      throw new Malformed("a verifier key is name+hash+base64 of an algorithm byte and 32 bytes");
    }
    const key = await PublicKey.fromEd25519(data.slice(1));
    const keyId = (await sha256(concat(ENCODER.encode(`${name}\n`), data))).slice(0, 4);
    if (hex(keyId) !== shown) throw new Malformed("the hash of a verifier key does not fit its key");
    return new VerifierKey(name, keyId, data[0], key);
  }

  toString() {
    return `${this.name}+${hex(this.keyId)}+${b64(concat(Uint8Array.of(this.algorithm), this.key.raw))}`;
  }

  /** Return SHA-256 of the 32 key bytes in hex groups, to be compared by eye. */
  async fingerprint() {
    return hex(await sha256(this.key.raw)).match(/.{4}/g).join(" ");
  }
}

/** Read a signed note: {text, signatures: [{name, keyId, signature}]}; Malformed for any other form. */
export function parse(data) {
  if (data.length > SIZE_MOST) throw new Malformed("a note is too large");
  const text = utf8(data, "a note");
  if (CONTROL.test(text)) throw new Malformed("a note holds control characters");
  const place = text.lastIndexOf("\n\n");
  if (place < 0 || !text.endsWith("\n")) throw new Malformed("a note has no signatures");
  const lines = text.slice(place + 2, -1).split("\n");
  if (lines.length > SIGNATURES_MOST) throw new Malformed("a note has too many signatures");
  return { text: text.slice(0, place + 1), signatures: lines.map(signatureOf) };
}

/** Say whether a log key (0x01) signed the note: null where it has no line, false where a line of its is wrong. */
export async function verifies(note, key) {
  const lines = by(note, key);
  if (!lines.length) return null;
  const text = ENCODER.encode(note.text);
  const right = await Promise.all(lines.map((one) => key.key.verifies(one.signature, text)));
  return right.every(Boolean);
}

/** Return when a cosigner (0x04) saw the note, Unix seconds: null without a line, false where its line is wrong. */
export async function cosignedAt(note, key) {
  let time = null;
  for (const one of by(note, key)) {
    if (one.signature.length !== 72) return false;
    const stamp = new DataView(one.signature.buffer, one.signature.byteOffset, 8).getBigUint64(0);
    const signed = ENCODER.encode(`cosignature/v1\ntime ${stamp}\n${note.text}`);
    if (stamp >= 1n << 63n || !(await key.key.verifies(one.signature.slice(8), signed))) return false;
    if (time === null || stamp < time) time = stamp;
  }
  return time === null ? null : Number(time);
}

function by(note, key) {
  return note.signatures.filter((one) => one.name === key.name && equal(one.keyId, key.keyId));
}

function signatureOf(line) {
  const parts = (line.startsWith(DASH) ? line.slice(DASH.length) : line).split(" ");
  if (!line.startsWith(DASH) || parts.length !== 2 || !isName(parts[0])) {
    throw new Malformed("a signature line has another form");
  }
  let data;
  try {
    data = fromB64(parts[1]);
  } catch {
    throw new Malformed("a signature line is not base64");
  }
  if (data.length < 5) throw new Malformed("a signature line is too short");
  return { name: parts[0], keyId: data.slice(0, 4), signature: data.slice(4) };
}

function isName(name) {
  // A byte order mark is a space to JavaScript and none to the other verifier.
  return Boolean(name) && !/[\s+\u0085]/.test(name.replaceAll("\ufeff", ""));
}
