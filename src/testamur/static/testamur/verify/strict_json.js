// JSON as verifiers must read it (verification/strict_json.py): one meaning for one text. The browser's own parser
// keeps the last of two equal names and forgets whether a number was written as a fraction, so this one is ours.

/** Largest JSON text read, bytes. */
export const SIZE_MOST = 4_000_000;
/** Deepest nesting that canonical JSON knows. */
export const DEPTH_MOST = 64;
const NESTED_MOST = 900;

/** Bytes that are not what they claim to be. The message names the fault in English, for logs and details. */
export class Malformed extends Error {}

/** A number written with a fraction or an exponent: equal to an integer perhaps, and never taken for one. */
export class Fraction {
  constructor(value) {
    this.value = value;
  }
}

/** Return the value of a JSON text: objects without prototype, integers as number or (beyond 2^53) BigInt. */
export function parse(data, most = SIZE_MOST) {
  return read(data, most).value;
}

/** Return a JSON text's object; anything else is Malformed. */
export function parseObject(data, most = SIZE_MOST) {
  return parseNoting(data, most).value;
}

/** Return {value, plain}: plain where the text has no fraction, long integer, escape or astral character. */
export function parseNoting(data, most = SIZE_MOST) {
  const found = read(data, most);
  if (!isObject(found.value)) throw new Malformed("JSON text is not an object");
  return found;
}

/** Say whether a value that was read is an object. */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Fraction);
}

/** Say whether a value that was read is an integer that fits a JavaScript number. */
export function isInteger(value) {
  return Number.isSafeInteger(value);
}

/** Decode UTF-8 bytes; Malformed where they are none. */
export function utf8(data, what = "JSON text") {
  if (typeof data === "string") return data;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    throw new Malformed(`${what} is not UTF-8`);
  }
}

function read(data, most) {
  if (data.length > most) throw new Malformed("JSON text is too large");
  return new Reader(utf8(data, "not JSON: the text")).whole();
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const SPACE = /[ \t\n\r]*/y;
// eslint-disable-next-line no-control-regex -- control characters inside a text are refused
const CHUNK = /[^"\\\u0000-\u001f]*/y;
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.unusual = false;
  }

  whole() {
    this.space();
    const value = this.value(0);
    this.space();
    if (this.at !== this.text.length) this.fail("something stands behind the value");
    const plain = !this.unusual && !this.text.includes("\\u") && !/[\ud800-\udfff]/.test(this.text);
    return { value, plain };
  }

  fail(why) {
    throw new Malformed(`not JSON: ${why} (at ${this.at})`);
  }

  space() {
    SPACE.lastIndex = this.at;
    SPACE.test(this.text);
    this.at = SPACE.lastIndex;
  }

  value(depth) {
    if (depth > NESTED_MOST) throw new Malformed("JSON is nested too deeply");
    const first = this.text[this.at];
    if (first === '"') return this.string();
    if (first === "{") return this.object(depth);
    if (first === "[") return this.array(depth);
    for (const [word, value] of [["true", true], ["false", false], ["null", null]]) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  number() {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (!match) this.fail("no value");
    this.at = NUMBER.lastIndex;
    if (match[1] || match[2]) {
      this.unusual = true;
      return new Fraction(Number(match[0]));
    }
    if (match[0].length > 15) this.unusual = true;
    if (match[0].length > 4300) this.fail("a number is too long");
    const value = Number(match[0]);
    if (Number.isSafeInteger(value)) return value + 0 === 0 ? 0 : value;
    return BigInt(match[0]);
  }

  string() {
    let found = "";
    this.at += 1;
    for (;;) {
      CHUNK.lastIndex = this.at;
      CHUNK.test(this.text);
      found += this.text.slice(this.at, CHUNK.lastIndex);
      this.at = CHUNK.lastIndex;
      const next = this.text[this.at];
      if (next === '"') {
        this.at += 1;
        return found;
      }
      if (next !== "\\") this.fail("a text does not end, or holds a control character");
      const escape = this.text[this.at + 1];
      if (escape === "u") {
        const code = this.text.slice(this.at + 2, this.at + 6);
        if (!/^[0-9a-fA-F]{4}$/.test(code)) this.fail("an escape is no character");
        found += String.fromCharCode(parseInt(code, 16));
        this.at += 6;
      } else {
        if (!Object.hasOwn(ESCAPES, escape ?? "")) this.fail("an unknown escape");
        found += ESCAPES[escape];
        this.at += 2;
      }
    }
  }

  object(depth) {
    const found = Object.create(null);
    this.at += 1;
    this.space();
    if (this.text[this.at] === "}") {
      this.at += 1;
      return found;
    }
    for (;;) {
      if (this.text[this.at] !== '"') this.fail("a name is missing");
      const name = this.string();
      if (name in found) throw new Malformed("a name occurs twice in one object");
      this.space();
      if (this.text[this.at] !== ":") this.fail("a colon is missing");
      this.at += 1;
      this.space();
      found[name] = this.value(depth + 1);
      this.space();
      const next = this.text[this.at];
      this.at += 1;
      if (next === "}") return found;
      if (next !== ",") this.fail("an object does not end");
      this.space();
    }
  }

  array(depth) {
    const found = [];
    this.at += 1;
    this.space();
    if (this.text[this.at] === "]") {
      this.at += 1;
      return found;
    }
    for (;;) {
      found.push(this.value(depth + 1));
      this.space();
      const next = this.text[this.at];
      this.at += 1;
      if (next === "]") return found;
      if (next !== ",") this.fail("a list does not end");
      this.space();
    }
  }
}
