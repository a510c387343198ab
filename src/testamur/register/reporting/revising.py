"""A mapping that is there already, for a newer file: columns that were renamed or came, and what was chosen before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from testamur.register.reporting.drafting import LEAVE_OUT, NAMES, TARGETS, Choice, named
from testamur.register.reporting.looking import Look


def is_chosen(body: Mapping[str, Any]) -> bool:
    """Say whether a mapping says nothing but what can be chosen."""
    keys = {
        "key": {"columns"}, "issuer": {"column", "value"}, "scheme": {"column", "map"},
        "holder": {"column", "address", "country", "countries", "region", "identifiers"},
        "status": {"column", "map", "leave_out", "reason"},
    }  # fmt: skip
    if set(body) - {*keys, "source", "file", "field"} or len(body["key"]["columns"]) > 1:
        return False
    if any(set(body.get(name, {})) - known for name, known in keys.items()):
        return False
    single = [body["holder"]["column"], *(one["column"] for one in body["field"])]
    places = {*TARGETS, "requirements"}
    return all(isinstance(one, str) for one in single) and all(
        one["to"].partition(".")[0] in places and isinstance(one.get("form", ""), str)
        and set(one) <= {"to", "column", "read", "form", "tree", "map", "separator"}
        for one in body["field"]
    )  # fmt: skip


def choices_of(body: Mapping[str, Any]) -> dict[str, Choice]:
    """Return the choices that a mapping was made of, by column; only of those that ``is_chosen``."""
    found: dict[str, Choice] = {}
    for one in body["field"]:
        head, _dot, _rest = one["to"].partition(".")
        found[one["column"]] = Choice(
            head, str(one.get("form", "")), str(one.get("separator", "")), str(one.get("tree", "")),
            dict(one.get("map", {})),
        )  # fmt: skip
    number = next(one["column"] for one in body["field"] if one["to"] == "number")
    [key] = body["key"]["columns"]
    if key != number:
        found[key] = Choice("key")
    holder, status = body["holder"], body.get("status", {})
    found[holder["column"]] = Choice("holder")
    for place in ("address", "country", "region"):
        if place in holder:
            found[holder[place]] = Choice(place, words=dict(holder.get("countries", {})) if place == "country" else {})
    for one in holder.get("identifiers", []):
        found[one["column"]] = Choice("uscc")
    if status:
        out = dict.fromkeys(status.get("leave_out", ()), LEAVE_OUT)
        found[status["column"]] = Choice("status", words={**status["map"], **out})
        if "reason" in status:
            found[status["reason"]] = Choice("reason")
    if "scheme" in body:
        found[body["scheme"]["column"]] = Choice("scheme", words=dict(body["scheme"]["map"]))
    if "column" in body["issuer"]:
        found[body["issuer"]["column"]] = Choice("issuer")
    return found


def continued(look: Look, before: Mapping[str, Choice]) -> dict[str, Choice]:
    """Return the choices of a mapping for a newer file: a column that was renamed is taken by what its name is like."""
    found = {column.name: before[column.name] for column in look.columns if column.name in before}
    for gone, near in likely(list(before), look).items():
        if near and not before[gone].before:
            old = before[gone]
            found[near] = Choice(old.to, old.form, old.separator, old.tree, dict(old.words), before=gone)
    return {column.name: found.get(column.name, Choice()) for column in look.columns}


def likely(columns: Sequence[str], look: Look) -> dict[str, str]:
    """Return of the columns that a file lacks which new one each probably is; empty where none is like it.

    One that is alike in its name, or is guessed to be of the same place.
    """
    there = [one.name for one in look.columns]
    known = {" ".join(one.casefold().split()) for one in there}
    lacking = [one for one in columns if " ".join(one.casefold().split()) not in known]
    free = [one for one in there if one not in columns]
    found: dict[str, str] = {}
    for gone in lacking:
        near = get_close_matches(gone, free, 1, 0.5)
        place = next((one for one in NAMES if named(gone, one, True)), "")
        if not near and place:
            near = [one for one in free if named(one, place, True) or named(one, place, False)]
        found[gone] = near[0] if near else ""
        if near:
            free.remove(near[0])
    return found


def renamed(body: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return a mapping whose columns are called otherwise; everything else stays.

    Args:
        names: old → new.
    """

    def new(given: Any) -> Any:
        return names.get(given, given) if isinstance(given, str) else [names.get(one, one) for one in given]

    def row(given: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
        return {key: new(value) if key in keys else value for key, value in given.items()}

    told = dict(body)
    told["key"] = row(told["key"], ["columns"])
    if "map" in told["key"]:
        told["key"]["map"] = {names.get(column, column): value for column, value in told["key"]["map"].items()}
    told["file"] = row(told.get("file", {}), ["columns", "optional"])
    if "columns" in told["file"]:
        told["file"]["columns"] = list(dict.fromkeys(told["file"]["columns"]))
    for name, keys in {
        "scheme": ["column"], "issuer": ["column"], "personal": ["column"], "status": ["column", "reason", "reason_on"],
        "holder": ["column", "address", "country", "region"], "feed": ["operation", "day"],
    }.items():  # fmt: skip
        if name in told:
            told[name] = row(told[name], keys)
    if "identifiers" in told["holder"]:
        told["holder"]["identifiers"] = [row(one, ["column"]) for one in told["holder"]["identifiers"]]
    for name in ("field", "rests_on"):
        if name in told:
            told[name] = [row(one, ["column", "names"]) for one in told[name]]
    if "inherit" in told:
        told["inherit"] = [row(one, ["column", "parent"]) for one in told["inherit"]]
    if "entries" in told.get("fold", {}):
        told["fold"] = {**told["fold"], "entries": row(told["fold"]["entries"], ["day", "columns"])}
    return told
