"""Who may: roles, and what the issuer and those who work for it must themselves hold."""

from __future__ import annotations

from testamur.kernel.refusal import _
from testamur.schemes.language.said import hint
from testamur.schemes.language.sense.judge import GROUND, HOLDER_OF_AUTHORITY, SCOPE_DIMENSION, Judge, at
from testamur.schemes.language.tables import Authority

#: Certificate, authority, recognition: what a verifier walks offline (``trust.md`` section 6).
DEEPEST = 3


def agree(judge: Judge) -> None:
    """Judge roles and authorities."""
    definition = judge.definition
    for role in definition.roles:
        judge.refer(role, "competence", role.competence, judge.dimensions, SCOPE_DIMENSION)
    for row in definition.authorities:
        judge.refer(row, "of", [row.of], {"issuer"} | judge.roles | judge.activities, HOLDER_OF_AUTHORITY)
        judge.refer(row, "covers", row.covers, judge.dimensions, SCOPE_DIMENSION)
        judge.refer(row, "free", row.free, judge.dimensions, SCOPE_DIMENSION)
        judge.refer(row, "then", [row.then], judge.grounds, GROUND)
        _where_from(row)
        _accounted_for(judge, row)
        _mapped(judge, row)
        _lasting(judge, row)
        _function(judge, row)
        for name in row.arrangements:
            if name not in judge.words.arrangements:
                message = _('{table} names the arrangement "{value}", which nobody knows.{hint}')
                at(row).say(message, "arrangements", value=name, hint=hint(name, judge.words.arrangements))
    if "issuer" not in {row.of for row in definition.authorities} and definition.scheme.party != "first":
        message = _('{table} leaves the issuer without authority; one [[authority]] must say of = "issuer".')
        at(definition.authorities[0]).say(message)


def _where_from(row: Authority) -> None:
    """An authority is held by law, or comes from a scheme; never neither."""
    if row.kind == "law" and (row.any_of or row.any_of_kind):
        at(row).say(
            _("{table} is held by law and cannot come from a scheme."), "any_of" if row.any_of else "any_of_kind"
        )
    if row.kind != "law" and not row.any_of:
        at(row).say(_("{table} names no scheme in any_of; only an authority by law has none."))
    if row.any_of_kind and not row.arrangements:
        message = _("{table} accepts any {kind}, but names no arrangement through which it would count.")
        at(row).say(message, "any_of_kind", kind=row.any_of_kind)
    if row.filed and not row.any_of_kind:
        at(row).say(_("{table} asks for a filing, but accepts nothing from abroad (any_of_kind)."), "filed")


def _accounted_for(judge: Judge, row: Authority) -> None:
    """Every dimension is mapped or said to be free: silence grants nothing."""
    for dimension in sorted(judge.dimensions - set(row.covers) - set(row.free)):
        message = _(
            '{table} says nothing about the scope dimension "{dimension}"; map it in covers or name it in free.'
        )
        at(row).say(message, dimension=dimension)
    for dimension in sorted(judge.dimensions & set(row.covers) & set(row.free)):
        at(row).say(_('{table} both limits "{dimension}" and leaves it free.'), "free", dimension=dimension)


def _mapped(judge: Judge, row: Authority) -> None:
    """Both sides lie in one tree, or a crosswalk leads from one to the other; and the path is not too long."""
    for number, scheme in enumerate(row.any_of):
        there = judge.library.scope_of(scheme)
        if there is None:
            message = _('{table} names the scheme "{scheme}", which the library does not hold.')
            at(row).say(message, "any_of", number, scheme=scheme)
            continue
        for here, that in row.covers.items():
            if that not in there:
                message = _('{table} maps "{here}" to "{there}", but the scope of {scheme} has: {dimensions}.')
                facts = {"here": here, "there": that, "scheme": scheme, "dimensions": sorted(there)}
                at(row).say(message, "covers", here, **facts)
            elif here in judge.trees and not _meet(judge, judge.trees[here], there[that]):
                message = _(
                    '{table} maps "{here}" ({tree}) to "{there}" ({tree_there}), '
                    "and no table leads from {tree} to {tree_there}."
                )
                facts = {"here": here, "tree": judge.trees[here], "there": that, "tree_there": there[that]}
                at(row).say(message, "covers", here, **facts)
        for dimension, code in row.asks.items():
            if dimension not in there:
                message = _('{table} asks for "{dimension}", but the scope of {scheme} has: {dimensions}.')
                at(row).say(message, "asks", dimension, dimension=dimension, scheme=scheme, dimensions=sorted(there))
            elif there[dimension] in judge.words.trees and code not in judge.words.trees[there[dimension]].nodes:
                message = _('{table} asks for "{code}", which is no node of {tree}.')
                at(row).say(message, "asks", dimension, code=code, tree=there[dimension])
        depth = 1 + judge.library.depth_of(scheme, (judge.definition.id,))
        if depth > 90:
            message = _('{table} rests on "{scheme}", whose authority leads back to itself; a path must end in law.')
            at(row).say(message, "any_of", number, scheme=scheme)
        elif depth > DEEPEST:
            message = _(
                "{table} makes a path of {depth} credentials through {scheme}; "
                "more than {deepest} (certificate, authority, recognition) cannot be verified."
            )
            at(row).say(message, "any_of", number, depth=depth, scheme=scheme, deepest=DEEPEST)


def _meet(judge: Judge, tree: str, there: str) -> bool:
    return tree == there or (tree, there) in judge.words.crosswalk_pairs


def _lasting(judge: Judge, row: Authority) -> None:
    """What follows when the authority ends."""
    if row.grace and not row.then:
        at(row).say(_("{table} gives grace, but does not say what follows (then)."), "grace")
    if row.grace and row.kind == "licence" and "CN" in judge.definition.scheme.area and not row.grace_source:
        message = _(
            "{table} gives grace after a licence is lost; in China a holder may apply elsewhere only after three "
            "months (CNCA-QMS-01:2025, 5.1.2). Cite what allows it in grace_source, or drop grace."
        )
        at(row).say(message, "grace")


def _function(judge: Judge, row: Authority) -> None:
    functions = judge.words.trees.get("functions")
    if row.function and row.kind not in ("law", "competence"):
        at(row).say(_("{table} names a function, which only law and competence have."), "function")
    elif row.kind == "competence" and not row.function:
        at(row).say(_("{table} is a competence and must say for what (function)."), "kind")
    elif row.function and functions and row.function not in functions.nodes:
        message = _('{table} names the function "{value}", which the tree of functions does not hold.{hint}')
        at(row).say(message, "function", value=row.function, hint=hint(row.function, functions.nodes))
