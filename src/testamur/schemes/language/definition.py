"""A scheme version as the engine reads it: every table of the file and of its bases, frozen.

``Definition.from_json(body)`` builds it from the flattened canonical JSON that was published; nobody but the
checker reads TOML. Texts are ``{"en": …, "zh": …}``; moments, periods, conditions and sources are values of
:mod:`testamur.schemes.language.kinds`; tables are dataclasses of :mod:`testamur.schemes.language.tables`.

========================= ==================================================================================
head                      ``id version key title scheme`` (``scheme`` is the whole ``[scheme]`` table)
tuples of tables          ``requirements scopes grades roles authorities parts fields questions activities
                          findings marks rounds triggers grounds rules deadlines fees benefits reports``
one table or None         ``team review decision attestation disclosure`` (None only in an integrated scheme)
by id (``KeyError``)      ``role() authority() part() field() activity() finding() ground() round() scope()
                          grade() question() trigger() rule()``
on an occasion            ``parts_on() activities_on() rule_for(question) rules_for(question)``
form                      ``fields_of(part) source_of(field)``
authority                 ``authorities_of("issuer")``
status                    ``next_table() set_off_by(ground) duties()``
honesty                   ``unconfirmed() unacted_keys()``
========================= ==================================================================================
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from functools import cached_property
from typing import Any, TypeVar

from testamur.kernel.words import NEXT, Status
from testamur.schemes.language.acted_on import NOT_ACTED_ON
from testamur.schemes.language.grammar import GRAMMAR, SINGLE
from testamur.schemes.language.tables import (
    MUST,
    Activity,
    Attestation,
    Authority,
    Benefit,
    Deadline,
    Decision,
    Disclosure,
    Fee,
    Field,
    Finding,
    Grade,
    Ground,
    Listed,
    Mark,
    Part,
    Question,
    Report,
    Requirement,
    Review,
    Role,
    Round,
    Rule,
    Scheme,
    Scope,
    Table,
    Team,
    Trigger,
    keys_of,
)
from testamur.verification import jcs

FORMAT = "testamur-scheme-1"
_One = TypeVar("_One", bound=Listed)


@dataclass(frozen=True)
class Definition:
    """One version of one scheme.

    Attributes:
        tables: name of a table as written -> the table, or the tuple of its tables in the order of the file.
        digests: ``id@version`` of the file and of every base -> SHA-256 of its bytes, lower-case hex.
    """

    tables: Mapping[str, Any]
    digests: Mapping[str, str] = attribute(default_factory=dict)

    # ------------------------------------------------------------ head

    @property
    def scheme(self) -> Scheme:
        """Return the ``[scheme]`` table."""
        head: Scheme = self.tables["scheme"]
        return head

    @property
    def id(self) -> str:
        """Return the id, e.g. ``cn-qms``."""
        return self.scheme.id

    @property
    def version(self) -> str:
        """Return the version, e.g. ``2026-1``."""
        return self.scheme.version

    @property
    def key(self) -> str:
        """Return ``id@version``."""
        return f"{self.id}@{self.version}"

    @property
    def title(self) -> dict[str, str]:
        """Return the title in both languages."""
        return self.scheme.title

    @property
    def area(self) -> str:
        """Return the area whose calendar and zone count: the first one named."""
        return self.scheme.area[0]

    # ------------------------------------------------------------ tables

    def _all(self, name: str) -> tuple[Any, ...]:
        return tuple(self.tables.get(name, ()))

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        return self._all("requirement")

    @property
    def scopes(self) -> tuple[Scope, ...]:
        return self._all("scope")

    @property
    def grades(self) -> tuple[Grade, ...]:
        return self._all("grade")

    @property
    def roles(self) -> tuple[Role, ...]:
        return self._all("role")

    @property
    def authorities(self) -> tuple[Authority, ...]:
        return self._all("authority")

    @property
    def parts(self) -> tuple[Part, ...]:
        return self._all("part")

    @property
    def fields(self) -> tuple[Field, ...]:
        return self._all("field")

    @property
    def questions(self) -> tuple[Question, ...]:
        return self._all("question")

    @property
    def team(self) -> Team | None:
        return self.tables.get("team")

    @property
    def activities(self) -> tuple[Activity, ...]:
        return self._all("activity")

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self._all("finding")

    @property
    def review(self) -> Review | None:
        return self.tables.get("review")

    @property
    def decision(self) -> Decision | None:
        return self.tables.get("decision")

    @property
    def attestation(self) -> Attestation | None:
        return self.tables.get("attestation")

    @property
    def marks(self) -> tuple[Mark, ...]:
        return self._all("mark")

    @property
    def rounds(self) -> tuple[Round, ...]:
        return self._all("round")

    @property
    def triggers(self) -> tuple[Trigger, ...]:
        return self._all("trigger")

    @property
    def grounds(self) -> tuple[Ground, ...]:
        return self._all("ground")

    @property
    def rules(self) -> tuple[Rule, ...]:
        return self._all("rule")

    @property
    def deadlines(self) -> tuple[Deadline, ...]:
        return self._all("deadline")

    @property
    def fees(self) -> tuple[Fee, ...]:
        return self._all("fee")

    @property
    def benefits(self) -> tuple[Benefit, ...]:
        return self._all("benefit")

    @property
    def disclosure(self) -> Disclosure | None:
        return self.tables.get("disclosure")

    @property
    def reports(self) -> tuple[Report, ...]:
        return self._all("report")

    # ------------------------------------------------------------ by id

    @cached_property
    def _index(self) -> dict[tuple[str, str], Listed]:
        return {(name, row.id): row for name in GRAMMAR if name not in SINGLE for row in self._all(name)}

    def _get(self, wanted: type[_One], name: str, ident: str) -> _One:
        row = self._index.get((name, ident))
        if not isinstance(row, wanted):
            raise KeyError(f"{self.key} has no [[{name}]] {ident!r}.")
        return row

    def scope(self, ident: str) -> Scope:
        return self._get(Scope, "scope", ident)

    def grade(self, ident: str) -> Grade:
        return self._get(Grade, "grade", ident)

    def role(self, ident: str) -> Role:
        return self._get(Role, "role", ident)

    def authority(self, ident: str) -> Authority:
        return self._get(Authority, "authority", ident)

    def part(self, ident: str) -> Part:
        return self._get(Part, "part", ident)

    def field(self, ident: str) -> Field:
        return self._get(Field, "field", ident)

    def question(self, ident: str) -> Question:
        return self._get(Question, "question", ident)

    def activity(self, ident: str) -> Activity:
        return self._get(Activity, "activity", ident)

    def finding(self, ident: str) -> Finding:
        return self._get(Finding, "finding", ident)

    def round(self, ident: str) -> Round:
        return self._get(Round, "round", ident)

    def trigger(self, ident: str) -> Trigger:
        return self._get(Trigger, "trigger", ident)

    def ground(self, ident: str) -> Ground:
        return self._get(Ground, "ground", ident)

    def rule(self, ident: str) -> Rule:
        return self._get(Rule, "rule", ident)

    # ------------------------------------------------------------ questions of the engine

    def parts_on(self, occasion: str) -> tuple[Part, ...]:
        """Return the parts of the form that are asked on an occasion."""
        return tuple(part for part in self.parts if occasion in part.asked_on)

    def fields_of(self, part: str) -> tuple[Field, ...]:
        """Return the fields of a part of the form, in order."""
        return tuple(row for row in self.fields if row.part == part)

    def source_of(self, row: Field) -> tuple[Any, ...]:
        """Return why a field is asked: its own source, or that of its part."""
        return row.source or self.part(row.part).source

    def activities_on(self, occasion: str) -> tuple[Activity, ...]:
        """Return the activities of an occasion, each after those it waits for."""
        return tuple(self._in_order([row for row in self.activities if occasion in row.on]))

    @staticmethod
    def _in_order(rows: list[Activity]) -> Iterator[Activity]:
        waiting = list(rows)
        while waiting:
            open_ids = {row.id for row in waiting}
            ready = next((row for row in waiting if not open_ids & set(row.after)), waiting[0])
            waiting.remove(ready)
            yield ready

    def rules_for(self, question: str, occasion: str | None = None) -> tuple[Rule, ...]:
        """Return the rules that decide a question (on an occasion, where one is given)."""
        return tuple(
            rule
            for rule in self.rules
            if rule.decides == question and (occasion is None or not rule.on or occasion in rule.on)
        )

    def rule_for(self, question: str, occasion: str | None = None) -> Rule | None:
        """Return the first rule that decides a question, None where the scheme has none."""
        return next(iter(self.rules_for(question, occasion)), None)

    def authorities_of(self, holder: str = "issuer") -> tuple[Authority, ...]:
        """Return what the issuer, a role or an activity's performer must hold: all of it, each by itself."""
        return tuple(row for row in self.authorities if row.of == holder)

    def next_table(self) -> dict[Status, dict[Status, tuple[Ground, ...]]]:
        """Return the state table: from status -> to status -> the grounds that lead there.

        The moves are those of ``kernel.words.NEXT`` restricted to what the decision can decide, and *expired*
        by the calendar. *Restore* has no ground: the reasons are gone.
        """
        to = {status: tuple(row for row in self.grounds if row.to == status) for status in Status}
        moves: dict[Status, dict[Status, tuple[Ground, ...]]] = {}
        for status, following in NEXT.items():
            found = {other: to[other] for other in Status if other in following and to[other]}
            if Status.VALID in following and self.decision and "restore" in self.decision.outcomes:
                found[Status.VALID] = ()
            if status in (Status.VALID, Status.SUSPENDED) and to[Status.EXPIRED]:
                found[Status.EXPIRED] = to[Status.EXPIRED]
            moves[status] = found
        return moves

    def set_off_by(self, ground: str) -> tuple[Listed, ...]:
        """Return the tables that make a ground fall due: rounds, findings, grounds, authorities."""
        overdue: list[Listed] = [row for row in self.rounds if row.overdue == ground]
        overdue += [row for row in self.findings if row.overdue == ground]
        then: list[Listed] = [row for row in self.grounds if row.then == ground]
        then += [row for row in self.authorities if row.then == ground]
        return (*overdue, *then)

    def duties(self) -> tuple[Ground, ...]:
        """Return the grounds that fall due of themselves and then bind somebody to act."""
        return tuple(row for row in self.grounds if row.asked_by != "platform" and self.set_off_by(row.id))

    # ------------------------------------------------------------ honesty

    def all_tables(self) -> Iterator[tuple[str, Table]]:
        """Yield every table with its name, in the order of the functions."""
        for name in GRAMMAR:
            held = self.tables.get(name)
            for row in held if isinstance(held, tuple) else () if held is None else (held,):
                yield name, row

    def unconfirmed(self) -> tuple[tuple[str, Table, str], ...]:
        """Return (table name, table, key) of every value that nobody has checked against its source."""
        return tuple((name, row, word) for name, row in self.all_tables() for word in row.unconfirmed)

    def unacted_keys(self) -> tuple[str, ...]:
        """Return the keys used that are read, not yet acted on, as ``table.key``; with none it may be published."""
        used = {f"{name}.{word}" for name, row in self.all_tables() for word in row.spoken_keys()}
        return tuple(sorted(used & set(NOT_ACTED_ON)))

    # ------------------------------------------------------------ JSON

    def to_json(self) -> dict[str, Any]:
        """Return the flattened scheme: every table, defaults said, and the digests of file and bases."""
        body: dict[str, Any] = {"format": FORMAT}
        for name in GRAMMAR:
            held = self.tables.get(name)
            if isinstance(held, tuple):
                if held:
                    body[name] = [row.to_json() for row in held]
            elif held is not None:
                body[name] = held.to_json()
        return {**body, "digests": dict(self.digests)}

    def canonical(self) -> bytes:
        """Return the flattened scheme as canonical JSON (RFC 8785): what is digested, signed and logged."""
        return jcs.canonical(self.to_json())

    @cached_property
    def digest(self) -> str:
        """Return the SHA-256 of the canonical JSON, lower-case hex."""
        return hashlib.sha256(self.canonical()).hexdigest()

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Definition:
        """Build a definition from its flattened JSON.

        Raises:
            ValueError: the JSON is of another format.
        """
        if body.get("format") != FORMAT:
            raise ValueError(f"This is no flattened scheme of the format {FORMAT}.")
        held: dict[str, Any] = {}
        for name, table in GRAMMAR.items():
            if name in body:
                rows = body[name]
                held[name] = (
                    tuple(_revived(table, row) for row in rows) if isinstance(rows, list) else _revived(table, rows)
                )
        return cls(held, dict(body["digests"]))


def _revived(table: type[Table], row: Mapping[str, Any]) -> Table:
    values: dict[str, Any] = {"origin": row.get("origin", "")}
    for word, spec in keys_of(table).items():
        if word in row:
            values[spec.name] = spec.metadata["kind"].revive(row[word])
        else:
            otherwise = spec.metadata["otherwise"]
            values[spec.name] = None if otherwise is MUST else otherwise
    return table(**values)
