// Trees and crosswalks as logged tables (verification/table.py): rows under one root, proven whole or row by row.

import { documentDigest } from "./entry.js";
import { canonical } from "./jcs.js";
import { equal, fromB64 } from "./multibase.js";
import { Malformed, isInteger, isObject, parseObject } from "./strict_json.js";
import { leafHash, rootOf, verifyInclusion } from "./tree.js";

const SIZE_MOST = 50_000_000;

/** Read a table and prove its rows against its root: {name, kind, rows, digest}. */
export async function parse(data) {
  const facts = parseObject(data, SIZE_MOST);
  const head = facts.head;
  if (!isObject(head) || typeof head.root !== "string") throw another();
  const { name, kind, size } = head;
  const root = base64(head.root);
  if (typeof name !== "string" || (kind !== "tree" && kind !== "crosswalk") || !isInteger(size)) throw another();
  const rows = "rows" in facts ? await whole(facts.rows, size, root) : await part(facts.proven, size, root);
  const width = kind === "tree" ? 2 : 4;
  for (const row of rows) {
    const right = Array.isArray(row) && row.length === width;
    const cell = (one, place) => typeof one === "string" || (one === null && kind === "tree" && place === 1);
    if (!right || !row.every(cell)) throw new Malformed("a row of another shape");
  }
  return { name, kind, rows, digest: await documentDigest(head) };
}

async function whole(rows, size, root) {
  if (!Array.isArray(rows)) throw another();
  const leaves = await Promise.all(rows.map((row) => leafHash(canonical(row))));
  if (rows.length !== size || !equal(await rootOf(leaves), root)) {
    throw new Malformed("the rows of a table do not make its root");
  }
  return rows;
}

async function part(proven, size, root) {
  if (!Array.isArray(proven)) throw another();
  return Promise.all(
    proven.map(async (one) => {
      if (!Array.isArray(one) || one.length !== 3 || !isInteger(one[0]) || !Array.isArray(one[2])) throw another();
      const [place, row, path] = one;
      const leaf = await leafHash(canonical(row));
      if (!(await verifyInclusion(BigInt(place), BigInt(size), leaf, path.map(base64), root))) {
        throw new Malformed("a row is not in its table");
      }
      return row;
    }),
  );
}

function base64(text) {
  try {
    return fromB64(text);
  } catch {
    throw another();
  }
}

function another() {
  return new Malformed("a table of another shape");
}
