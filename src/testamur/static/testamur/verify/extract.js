// The authority extract of a scheme (verification/extract.py): what a verifier must know of it.

import { Malformed, isObject, parseObject } from "./strict_json.js";

const SIZE_MOST = 100_000;

/** Read an extract: {scheme, version, area, demands, tables, ofIssuer, facts}; Malformed for another shape. */
export function parse(data) {
  const facts = parseObject(data, SIZE_MOST);
  const demands = list(facts.authority).map((one) => ({
    id: textOf(one.id),
    kind: textOf(one.kind),
    of: textOf(one.of),
    anyOf: textsOf(one.any_of),
    covers: textMap(one.covers),
    free: textsOf(one.free),
    demand: textOf(one.demand),
    grade: "grade" in one ? one.grade : "",
    asks: asksOf("asks" in one ? one.asks : Object.create(null)),
  }));
  const found = {
    scheme: textOf(facts.scheme),
    version: textOf(facts.version),
    area: textOf(facts.area),
    dimensions: list(facts.dimensions).map((one) => [textOf(one.id), textOf(one.tree)]),
    demands,
    tables: textsOf(facts.tables),
    facts,
  };
  if (facts.v !== 1 || demands.some((one) => one.demand !== "always" && one.demand !== "if_claimed")) {
    throw new Malformed("an authority extract of another version");
  }
  return { ...found, ofIssuer: demands.filter((one) => one.of === "issuer") };
}

function another() {
  return new Malformed("an authority extract of another shape");
}

function list(value) {
  if (!Array.isArray(value) || !value.every(isObject)) throw another();
  return value;
}

function textOf(value) {
  if (typeof value !== "string") throw another();
  return value;
}

function textsOf(values) {
  if (!Array.isArray(values) || !values.every((one) => typeof one === "string")) throw another();
  return values;
}

function textMap(value) {
  if (!isObject(value)) throw another();
  return new Map(Object.entries(value).map(([name, one]) => [name, textOf(one)]));
}

function asksOf(value) {
  if (!isObject(value)) throw another();
  return Object.entries(value).map(([name, row]) => {
    if (!isObject(row)) throw another();
    return [name, textOf(row.tree), textOf(row.node)];
  });
}
