"""Rows in, one batch: what reporting-in and mirroring use. One event and one log entry for the whole batch.

Each row is judged by itself: a bad one is rejected with its line, field, reason and remedy, and the rest come in. The
same file again changes nothing; a newer file of the same source adds what is new to the records that are known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from testamur.journal.actions import record
from testamur.journal.marks import touch
from testamur.kernel import clock
from testamur.kernel.multibase import digest as multihash
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function, Origin, Status
from testamur.parties.models import Identifier, Membership, Organisation, Platform
from testamur.parties.policies import check_holds, check_lives
from testamur.register.authority import AUTHORITIES, Said, bears_authority, in_both
from testamur.register.documents import Document, NamedParty
from testamur.register.mapping import BadValue, RegisterMapping, Row, RowError, clean, day_of, key_of, value_of
from testamur.register.models import (
    Attestation,
    Current,
    Edition,
    ImportBatch,
    ImportedRow,
    PartyInRole,
    ScopeLine,
    ScopeNode,
    StatusChange,
)
from testamur.register.policies import check_days_in_order
from testamur.register.writing import (
    derived,
    edition_row,
    line_rows,
    node_rows,
    party_rows,
    write_current,
    write_edition,
)
from testamur.transparency.actions import append
from testamur.verification import jcs

Actor = Membership | Platform
#: Identifier scheme of parties that are known from one source only; they are joined to nobody without a confirmed link.
SOURCE_PARTY = "source"
#: Records written together.
CHUNK = 500


@dataclass
class _Record:
    """What the rows of one record say together: the first document, and one more for every later edition."""

    key: str
    issuer: str
    holder: str
    values: dict[str, Any]
    rows: list[Row] = field(default_factory=list)
    editions: dict[tuple[date, str], dict[str, Any]] = field(default_factory=dict)


@transaction.atomic
def take_in(
    *,
    rows: Iterable[Row],
    mapping: RegisterMapping,
    as_of: date,
    by: Actor,
    at: datetime,
    issuer: Organisation | None = None,
) -> ImportBatch:
    """Take the rows of one file into the register.

    Args:
        rows: as received, broken ones with their problem.
        mapping: how they are read; it names the source and how its records come here.
        as_of: the day for which the source states them.
        by: a membership that keeps records, or the platform.
        issuer: the body that reports its own attestations; None: the rows name their issuers.

    Returns:
        The batch: the one made before where exactly these rows came in already.

    Raises:
        Refused: nothing could be read at all; native records are issued, never taken in.
    """
    check_lives(by, at)
    check_holds(by, Function.RECORDS)
    if mapping.origin is Origin.NATIVE:
        raise Refused(_("What is issued here is issued by its own act; only records from elsewhere are entered."))
    received = list(rows)
    digest = _digest(received, mapping)
    source = str(mapping.source["register"])
    same = ImportBatch.objects.filter(source=source, digest=digest).first()
    if same is not None:
        return same
    rejected: list[dict[str, Any]] = []
    records = _read(received, mapping, rejected)
    if not records:
        raise Refused(
            _("None of the {rows} rows could be taken in; the first problem: {why}"),
            {"rows": len(received), "why": rejected[0]["reason"] if rejected else "–"},
            field="file",
        )
    entry = append(
        "register.import",
        {
            "d": multihash(jcs.canonical(_plain(received))),
            "id": str(mapping.source["id"]),
            "source": source,
            "rows": len(received),
            "rejected": len(rejected),
            "as_of": as_of.isoformat(),
        },
    )
    batch = ImportBatch.objects.create(
        source=source,
        origin=mapping.origin,
        digest=digest,
        mapping=dict(mapping.body),
        rows=len(received),
        accepted=len(received) - len(rejected),
        rejected=rejected,
        as_of=as_of,
        entry=entry,
    )
    parties = _Parties(mapping, issuer)
    _write_all(list(records.values()), mapping, parties, batch)
    record(
        "register.imported",
        subject=batch,
        by=by,
        at=at,
        payload={
            "source": source,
            "digest": digest,
            "rows": len(received),
            "accepted": batch.accepted,
            "as_of": as_of.isoformat(),
        },
    )
    return batch


def _plain(received: list[Row]) -> list[Any]:
    return [[row.number, dict(row.values)] for row in received]


def _digest(received: list[Row], mapping: RegisterMapping) -> str:
    """Return SHA-256 over the rows in order and the mapping, so that a corrected mapping reads the same file anew."""
    return hashlib.sha256(jcs.canonical([_plain(received), _jsonable(mapping.body)])).hexdigest()


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _jsonable(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


# ------------------------------------------------------------ reading


def _read(received: list[Row], mapping: RegisterMapping, rejected: list[dict[str, Any]]) -> dict[str, _Record]:
    records: dict[str, _Record] = {}
    for row in received:
        if row.problem is not None:
            rejected.append(_rejection(row, row.problem))
            continue
        try:
            key = key_of(mapping, row)
            values = {one.to: value_of(one, row.values[one.column]) for one in mapping.fields}
            issuer, holder = _named(mapping, row)
            _check_values(values)
            edition = _edition_of(mapping, row)
        except BadValue as bad:
            rejected.append(_rejection(row, bad.error))
            continue
        known = records.get(key)
        if known is None:
            known = records[key] = _Record(key, issuer, holder, values)
        else:
            _join(known.values, values)
        known.rows.append(row)
        if edition is not None:
            known.editions.setdefault((edition["day"], edition["what"]), edition)
    return records


def _join(known: dict[str, Any], more: dict[str, Any]) -> None:
    """Let a repeated row add what the first one left open; lists are joined, single values stay as first read."""
    for name, value in more.items():
        if isinstance(value, list):
            known[name] = list(dict.fromkeys([*(known[name] or []), *value]))
        elif known[name] is None:
            known[name] = value


def _named(mapping: RegisterMapping, row: Row) -> tuple[str, str]:
    import re

    issuer = clean(row.values[mapping.issuer["column"]])
    pattern = str(mapping.issuer.get("pattern", ".+"))
    if not re.fullmatch(pattern, issuer):
        raise BadValue(
            RowError(
                _("{value} names no issuer of this source."), _("Correct the issuer at the source."),
                mapping.issuer["column"], {"value": issuer[:60]},
            )
        )  # fmt: skip
    holder = clean(row.values[mapping.holder["column"]])
    if not holder:
        raise BadValue(
            RowError(_("The holder is not named."), _("Name the holder at the source."), mapping.holder["column"])
        )
    return issuer, holder


def _check_values(values: dict[str, Any]) -> None:
    if values.get("effective_on") is None:
        raise BadValue(
            RowError(_("The first day of validity is missing."), _("State the day at the source."), "effective_on")
        )
    last = values.get("expires_on")
    if last is not None and last < values["effective_on"]:
        raise BadValue(
            RowError(
                _("The last day of validity, {last}, is before the first, {first}."),
                _("Correct the days at the source."),
                "expires_on",
                {"last": last, "first": values["effective_on"]},
            )
        )
    if not values.get("number"):
        raise BadValue(
            RowError(
                _("There is no number by which anybody could ask for it."), _("State a number at the source."), "number"
            )
        )


def _edition_of(mapping: RegisterMapping, row: Row) -> dict[str, Any] | None:
    rules = mapping.edition
    if rules is None or not clean(row.values[rules["day"]]):
        return None
    shown = {name: clean(row.values[column]) for name, column in rules.get("shown", {}).items()}
    return {
        "day": day_of(rules["day"], clean(row.values[rules["day"]]), rules["form"]),
        "what": clean(row.values[rules["what"]]),
        "shown": {name: value for name, value in shown.items() if value},
    }


def _rejection(row: Row, error: RowError) -> dict[str, Any]:
    return {
        "row": row.number,
        "line": row.line,
        "field": error.field,
        "reason": in_both(Said(error.reason, error.facts)),
        "remedy": in_both(Said(error.remedy, error.facts)),
    }


# ------------------------------------------------------------ writing


class _Parties:
    """Issuers and holders as this source names them; one name of one source is one organisation, nobody is merged."""

    def __init__(self, mapping: RegisterMapping, issuer: Organisation | None = None) -> None:
        self._mapping = mapping
        self._issuer = issuer
        self._known: dict[str, Organisation] = {}

    def issuer(self, value: str) -> Organisation:
        if self._issuer is not None:
            return self._issuer
        rules = self._mapping.issuer
        names = {language: str(text).format(value=value) for language, text in rules["names"].items()}
        return self._get("issuer", value, names, value if rules.get("country") else "")

    def holder(self, name: str) -> Organisation:
        return self._get("holder", name, {str(self._mapping.source.get("statement_language", "en")): name}, "")

    def _get(self, role: str, value: str, names: dict[str, str], country: str) -> Organisation:
        digest = hashlib.sha256(value.encode()).hexdigest()[:24]
        key = f"{self._mapping.source['id']}/{role}/{digest}"[:80]
        if key not in self._known:
            found = Organisation.objects.filter(identifiers__scheme=SOURCE_PARTY, identifiers__value=key).first()
            if found is None:
                found = Organisation.objects.create(names=names, country=country)
                Identifier.objects.create(organisation=found, scheme=SOURCE_PARTY, value=key)
            self._known[key] = found
        return self._known[key]


def _document(one: _Record, mapping: RegisterMapping, holder: Organisation) -> Document:
    values = one.values
    language = str(mapping.source.get("statement_language", "en"))
    shown = {name.partition(".")[2]: value for name, value in values.items() if name.startswith("shown.") and value}
    trees = {f.to: f.tree for f in mapping.fields}
    line = {
        name.partition(".")[2]: {"tree": trees[name], "node": value}
        for name, value in values.items()
        if name.startswith("line.") and value
    }
    names = {language: one.holder}
    return Document(
        number=values["number"],
        issued_on=values["effective_on"],
        effective_on=values["effective_on"],
        expires_on=values.get("expires_on"),
        title=dict(mapping.source["title"]),
        statement={language: values["statement"]} if values.get("statement") else {},
        authoritative=language,
        requirements=tuple({"key": name, "designation": name} for name in values.get("requirements") or []),
        grade=values.get("grade") or "",
        shown=shown,
        lines=(line,) if line else (),
        parties=(NamedParty("holder", names, country=holder.country, organisation=holder),),
    )


def _write_all(records: list[_Record], mapping: RegisterMapping, parties: _Parties, batch: ImportBatch) -> None:
    """Write records that are new together, those that are known one by one; then say where each row went."""
    keys = [one.key for one in records]
    known: dict[str, Attestation] = {}
    for start in range(0, len(keys), CHUNK):
        rows = Attestation.objects.filter(origin_name=batch.source, origin_key__in=keys[start : start + CHUNK])
        known |= {row.origin_key: row for row in rows.select_related("issuer")}
    written: dict[str, tuple[Attestation, dict[tuple[str, str], Edition]]] = {}
    new = [one for one in records if one.key not in known]
    for start in range(0, len(new), CHUNK):
        written |= _write_new(new[start : start + CHUNK], mapping, parties, batch)
    for one in records:
        if one.key in known:
            written[one.key] = known[one.key], _add_to(known[one.key], one, mapping, parties)
    ImportedRow.objects.bulk_create(
        [
            ImportedRow(
                batch=batch,
                position=row.number,
                attestation=written[one.key][0],
                edition=written[one.key][1][_mark_of(mapping, row)],
                row=dict(row.values),
            )
            for one in records
            for row in one.rows
        ],
        batch_size=CHUNK,
    )


Mark = tuple[str, str]
#: The first edition's mark: no day and no words of a later entry.
FIRST: Mark = ("", "")


def _mark_of(mapping: RegisterMapping, row: Row) -> Mark:
    told = _edition_of(mapping, row)
    return FIRST if told is None else (told["day"].isoformat(), told["what"])


def _write_new(
    records: list[_Record], mapping: RegisterMapping, parties: _Parties, batch: ImportBatch
) -> dict[str, tuple[Attestation, dict[Mark, Edition]]]:
    documents = [_documents(one, mapping, parties) for one in records]
    attestations = Attestation.objects.bulk_create(
        [
            Attestation(
                issuer=parties.issuer(one.issuer),
                scheme_id_text=str(mapping.source["scheme"]),
                holder=parties.holder(one.holder),
                origin=mapping.origin,
                origin_name=batch.source,
                origin_key=one.key,
            )
            for one in records
        ]
    )
    planned = [
        (attestation, mark, document, edition_row(attestation, document, number, reason=reason, reason_text=text))
        for attestation, listed in zip(attestations, documents, strict=True)
        for number, (mark, document, reason, text) in enumerate(listed, 1)
    ]
    Edition.objects.bulk_create([edition for *_rest, edition in planned])
    named = {edition.pk: party_rows(edition, document) for _a, _m, document, edition in planned}
    PartyInRole.objects.bulk_create([row for rows in named.values() for row in rows])
    lines = ScopeLine.objects.bulk_create(
        [row for _a, _m, document, edition in planned for row in line_rows(edition, document)]
    )
    ScopeNode.objects.bulk_create([row for line in lines for row in node_rows(line)])
    firsts = {attestation.pk: edition for attestation, mark, _d, edition in planned if mark == FIRST}
    StatusChange.objects.bulk_create(
        [
            StatusChange(attestation=one, status=Status.VALID, effective_at=firsts[one.pk].effective_at)
            for one in attestations
        ]
    )
    until = clock.now()
    current: dict[int, Edition] = dict(firsts)
    for attestation, _mark, _document, edition in planned:
        if edition.effective_at <= until:
            current[attestation.pk] = edition
    Current.objects.bulk_create(
        [
            Current(attestation=one, **derived(one, current[one.pk], named[current[one.pk].pk], Status.VALID))
            for one in attestations
        ]
    )
    if any(bears_authority(one) for one in attestations):
        touch(AUTHORITIES)
    marks: dict[int, dict[Mark, Edition]] = {}
    for attestation, mark, _document, edition in planned:
        marks.setdefault(attestation.pk, {})[mark] = edition
    return {one.key: (row, marks[row.pk]) for one, row in zip(records, attestations, strict=True)}


def _documents(
    one: _Record, mapping: RegisterMapping, parties: _Parties
) -> list[tuple[Mark, Document, str, dict[str, str]]]:
    """Return the documents that the rows of one record tell of, in the order of their days."""
    first = _document(one, mapping, parties.holder(one.holder))
    found: list[tuple[Mark, Document, str, dict[str, str]]] = [(FIRST, first, Edition.Reason.FIRST, {})]
    for (day, what), told in sorted(one.editions.items()):
        found.append(((day.isoformat(), what), *_later(found[-1][1], told, mapping)))
    return found


def _later(before: Document, told: dict[str, Any], mapping: RegisterMapping) -> tuple[Document, str, dict[str, str]]:
    day, what = told["day"], told["what"]
    shown = {**before.shown, **told["shown"], "what": what}
    # The source states the same last day with every entry; one before the entry's own day would be absurd.
    expires = before.expires_on if before.expires_on is None or before.expires_on >= day else None
    document = before.with_(issued_on=day, effective_on=day, expires_on=expires, shown=shown, effective_at=None)
    reason = str(mapping.edition["reason"]) if mapping.edition else Edition.Reason.CHANGE
    return document, reason, {str(mapping.source.get("statement_language", "en")): what}


def _add_to(attestation: Attestation, one: _Record, mapping: RegisterMapping, parties: _Parties) -> dict[Mark, Edition]:
    """Add to a known record what the newer file tells; nothing where it tells nothing new."""
    first = _renew(attestation, _document(one, mapping, parties.holder(one.holder)))
    known = {(row.effective_on.isoformat(), row.shown.get("what", "")): row for row in attestation.editions.all()}
    marks: dict[Mark, Edition] = {FIRST: first}
    for (day, what), told in sorted(one.editions.items()):
        mark = (day.isoformat(), what)
        if mark not in known:
            newest = attestation.editions.order_by("-edition").first()
            assert newest is not None
            document, reason, text = _later(Document.of(newest), told, mapping)
            known[mark] = write_edition(attestation, document, reason=reason, reason_text=text)
            write_current(attestation)
        marks[mark] = known[mark]
    return marks


def _renew(attestation: Attestation, document: Document) -> Edition:
    """Add an edition where the source now says something else than the newest one did; nothing changes otherwise."""
    newest = attestation.editions.order_by("-edition").first()
    assert newest is not None
    first = attestation.editions.order_by("edition").first()
    assert first is not None
    if (newest.expires_on, newest.grade, newest.statement) == (
        document.expires_on,
        document.grade,
        document.statement,
    ):
        return first
    check_days_in_order(document)
    changed = Document.of(newest).with_(
        expires_on=document.expires_on, grade=document.grade, statement=document.statement
    )
    edition = write_edition(
        attestation,
        changed,
        reason=Edition.Reason.CHANGE,
        reason_text={"en": "The source now says otherwise.", "zh": "来源记录已变更。"},
    )
    write_current(attestation)
    return edition
