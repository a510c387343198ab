// Steps 7 and 10 (verification/coverage.py): what a credential claims, what an authority allows, and whether the one
// lies inside the other.

import { ALL, MalformedScope, TreeTable, covers, line, lineFromJson, node } from "./scope.js";
import { _ } from "./say.js";
import { isObject } from "./strict_json.js";
import { Code, Rejected } from "./verdict.js";

/** Trees that plain addresses of schemes and standards stand in. */
const ADDRESSES = { scheme: "schemes", standard: "documents" };

/** Return the lines that need an authority; Rejected (MALFORMED) where the credential claims nothing. */
export function claimOf(known) {
  const { subject } = known;
  if (!known.isCertificate) {
    const lines = linesOf(subject.accreditationScope);
    if (!lines.length) throw nothingClaimed();
    return lines;
  }
  const scheme = isObject(subject.referenceScheme) ? subject.referenceScheme.id : undefined;
  const standards = standardsAssessed(subject);
  if (typeof scheme !== "string" || !standards.length) throw nothingClaimed();
  let listed = subject.scopeLine ?? null;
  if (listed === null) {
    listed = standards.map((standard) => ({ scheme, standard }));
  } else if (Array.isArray(listed) && listed.every(isObject)) {
    listed = listed.map((one) => ({ scheme, ...one }));
  }
  const lines = linesOf(listed);
  if (!lines.length) throw nothingClaimed();
  return lines;
}

/** Read scope lines as credentials write them; Rejected (MALFORMED). */
export function linesOf(listed) {
  if (listed === undefined || listed === null) return [];
  if (!Array.isArray(listed)) throw new Rejected(Code.MALFORMED, _("A scope is not a list of lines."));
  try {
    return listed.map(lineOf);
  } catch (error) {
    if (!(error instanceof MalformedScope)) throw error;
    throw new Rejected(Code.MALFORMED, _("A scope line cannot be read: {problem}"), { problem: error.message });
  }
}

/** Say whether one claim line lies inside one line of the authority; `demand` is null where it is not known. */
export function isCovered(claim, authority, trees, demand) {
  if (demand === null) return authority.some((one) => covers(one, claim, trees));
  let [lines, asked] = [authority, claim];
  if (demand.kind === "law" && !demand.covers.size) {
    // The scheme maps nothing to an authority by law; only what both sides say in plain addresses is compared.
    [lines, asked] = [authority.map(addresses), addresses(claim)];
  } else {
    asked = withAsks(claim, demand);
  }
  const free = new Set(demand.free);
  return lines.some((one) => covers(open(one), asked, trees, demand.covers, free));
}

/** Return the claim in the dimensions of the authority that covers it, to be asked of the one above. */
export function renamed(claim, demand) {
  if (demand === null) return claim;
  const asked = demand.kind === "law" ? claim : withAsks(claim, demand);
  const kept = [...asked].filter(([name]) => !demand.free.includes(name));
  return line(kept.map(([name, value]) => [demand.covers.get(name) ?? name, value]));
}

/** Trees that hold nothing: for schemes whose demands are not known. */
export const NO_TREES = new TreeTable(new Map());

/** Return the claim with what the demand asks besides it: the function for which a competence is held. */
function withAsks(claim, demand) {
  if (!demand.asks.length) return claim;
  return line([...claim, ...demand.asks.map(([name, tree, place]) => [name, node(tree, place)])]);
}

function standardsAssessed(subject) {
  const found = [];
  for (const assessment of Array.isArray(subject.conformityAssessment) ? subject.conformityAssessment : []) {
    if (!isObject(assessment) || assessment.conformance !== true) {
      throw new Rejected(Code.MALFORMED, _("An assessment in this certificate does not report conformity."));
    }
    const standards = assessment.referenceStandard;
    for (const standard of Array.isArray(standards) ? standards : []) {
      if (!isObject(standard) || typeof standard.id !== "string") throw nothingClaimed();
      found.push(standard.id);
    }
  }
  return found;
}

function lineOf(facts) {
  if (!isObject(facts)) throw new MalformedScope("A scope line is an object.");
  const plain = [];
  const rest = Object.create(null);
  for (const [name, value] of Object.entries(facts)) {
    const tree = Object.hasOwn(ADDRESSES, name) ? ADDRESSES[name] : null;
    if (tree && typeof value === "string" && value !== "all") {
      plain.push([name, value === "*" ? ALL : node(tree, value)]);
    } else {
      rest[name] = value;
    }
  }
  return line([...lineFromJson(rest), ...plain]);
}

/** Say "all" for scheme and standard where an authority's line does not name them: its dimensions are its own. */
function open(one) {
  return line([...Object.keys(ADDRESSES).map((name) => [name, ALL]), ...one]);
}

function addresses(one) {
  return line([...one].filter(([name]) => Object.hasOwn(ADDRESSES, name)));
}

function nothingClaimed() {
  return new Rejected(
    Code.MALFORMED,
    _("The credential does not say under which scheme and standard it was issued."),
  );
}
