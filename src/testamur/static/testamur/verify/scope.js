// Scope algebra (kernel/scope.py): whether a claim line lies inside an authority line.
// A value is ALL, {tree, node} or {low, high, unit}; a line is a Map of dimension → value, in order of its names.

import * as jcs from "./jcs.js";
import { isObject } from "./strict_json.js";

export const ALL = "all";

/** A scope, line or value is not written as the algebra reads it. */
export class MalformedScope extends Error {}

/** Make a line from [dimension, value] pairs in any order; a later pair of the same name wins. */
export function line(pairs) {
  const found = new Map(pairs);
  if (found.has("")) throw new MalformedScope("A line names each dimension once, in order, and no dimension is empty.");
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Read a line as credentials write it. */
export function lineFromJson(data) {
  if (!isObject(data)) throw new MalformedScope('A scope line is an object of dimension → "all", node or range.');
  return line(Object.entries(data).map(([name, value]) => [name, valueFromJson(name, value)]));
}

/** Return a node; neither part may be empty. */
export function node(tree, place) {
  if (!tree || !place) throw new MalformedScope("A node names its tree and its place in it; neither may be empty.");
  return { tree, node: place };
}

/** Return the line's one spelling. */
export function canonicalLine(one) {
  const facts = Object.create(null);
  for (const [name, value] of one) facts[name] = valueToJson(value);
  return jcs.text(facts);
}

function valueFromJson(dimension, data) {
  if (data === "all") return ALL;
  if (isObject(data) && Object.values(data).every((part) => typeof part === "string")) {
    const names = Object.keys(data).sort().join(" ");
    if (names === "node tree") return node(data.tree, data.node);
    if (["unit", "from unit", "to unit", "from to unit"].includes(names)) {
      return range(end(dimension, data.from), end(dimension, data.to), data.unit);
    }
  }
  throw new MalformedScope(`${dimension}: expected "all", {"tree": …, "node": …} or {"from": "1", "to": "5", "unit": "V"}.`);
}

function range(low, high, unit) {
  if (low && high && compare(low, high) > 0) throw new MalformedScope("The range is empty.");
  return { low, high, unit };
}

const DECIMAL = /^[ \t\n\r\f\v]*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?[ \t\n\r\f\v]*$/;

/** Read one end of a range: {digits, scale} with value = digits × 10^-scale, or null where it is open. */
function end(dimension, text) {
  if (text === undefined) return null;
  const match = DECIMAL.exec(text);
  if (!match || !(match[2] || match[3])) throw new MalformedScope(`${dimension}: ${text} is not a decimal number.`);
  const fraction = match[3] ?? "";
  const digits = BigInt(match[2] + fraction) * (match[1] === "-" ? -1n : 1n);
  return { digits, scale: fraction.length - Number(match[4] ?? 0) };
}

function compare(one, other) {
  const scale = Math.max(one.scale, other.scale);
  const left = one.digits * 10n ** BigInt(scale - one.scale);
  const right = other.digits * 10n ** BigInt(scale - other.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

function plainDecimal({ digits, scale }) {
  if (digits === 0n) return "0";
  const sign = digits < 0n ? "-" : "";
  let text = String(digits < 0n ? -digits : digits);
  if (scale <= 0) return sign + text + "0".repeat(-scale);
  text = text.padStart(scale + 1, "0");
  const fraction = text.slice(-scale).replace(/0+$/, "");
  return sign + text.slice(0, -scale) + (fraction && `.${fraction}`);
}

function valueToJson(value) {
  if (value === ALL) return "all";
  const facts = Object.create(null);
  if ("tree" in value) return Object.assign(facts, value);
  if (value.low) facts.from = plainDecimal(value.low);
  if (value.high) facts.to = plainDecimal(value.high);
  facts.unit = value.unit;
  return facts;
}

/** Trees (Map tree → Map node → parent or null) and crosswalks ([tree from, node, tree to, node there]) in memory. */
export class TreeTable {
  constructor(trees, crosswalks = []) {
    this.parents = trees;
    for (const [tree, nodes] of trees) for (const place of nodes.keys()) this.#checkLineToRoot(tree, place);
    this.rows = new Map();
    for (const [from, place, to, there] of crosswalks) {
      const key = JSON.stringify([from, place, to]);
      if (!this.rows.has(key)) this.rows.set(key, new Set());
      this.rows.get(key).add(there);
    }
  }

  #checkLineToRoot(tree, place) {
    const nodes = this.parents.get(tree);
    const seen = new Set([place]);
    for (let parent = nodes.get(place); parent !== null; parent = nodes.get(parent)) {
      if (!nodes.has(parent)) throw new MalformedScope(`Tree ${tree}: the parent ${parent} of ${place} is not in the tree.`);
      if (seen.has(parent)) throw new MalformedScope(`Tree ${tree}: ${place} is above itself.`);
      seen.add(parent);
    }
  }

  *#upwards(tree, place) {
    const nodes = this.parents.get(tree);
    for (let at = place; at !== null && at !== undefined; at = nodes?.get(at)) yield at;
  }

  /** Say whether a node is the ancestor itself or below it; an unknown node is inside itself only. */
  inside(tree, place, ancestor) {
    for (const at of this.#upwards(tree, place)) if (at === ancestor) return true;
    return false;
  }

  /** Return what the nearest row, from the node upwards, says of it in the other tree. */
  map(from, place, to) {
    for (const at of this.#upwards(from, place)) {
      const there = this.rows.get(JSON.stringify([from, at, to]));
      if (there) return [...there];
    }
    return [];
  }
}

/** Say whether an authority line covers a claim line. `mapping`: claim dimension → authority dimension. */
export function covers(authority, claim, trees, mapping = new Map(), free = new Set()) {
  const met = new Set();
  for (const name of new Set([...claim.keys(), ...mapping.keys()])) {
    if (free.has(name)) continue;
    const dimension = mapping.get(name) ?? name;
    met.add(dimension);
    const [claimed, allowed] = [claim.get(name), authority.get(dimension)];
    if (allowed === undefined) return false;
    if (claimed === undefined ? allowed !== ALL : !isInside(claimed, allowed, trees)) return false;
  }
  for (const [dimension, allowed] of authority) {
    if (!met.has(dimension) && !free.has(dimension) && allowed !== ALL) return false;
  }
  return true;
}

function isInside(claimed, allowed, trees) {
  if (allowed === ALL) return true;
  if (claimed === ALL) return false;
  if ("unit" in claimed && "unit" in allowed) return claimed.unit === allowed.unit && holds(allowed, claimed);
  if (!("tree" in claimed && "tree" in allowed)) return false;
  if (claimed.tree === allowed.tree) return trees.inside(claimed.tree, claimed.node, allowed.node);
  const there = trees.map(claimed.tree, claimed.node, allowed.tree);
  // A node that means several things there is inside only when all of them are.
  return there.length > 0 && there.every((place) => trees.inside(allowed.tree, place, allowed.node));
}

function holds(outer, inner) {
  const low = !outer.low || (inner.low !== null && compare(outer.low, inner.low) <= 0);
  const high = !outer.high || (inner.high !== null && compare(inner.high, outer.high) <= 0);
  return low && high;
}
