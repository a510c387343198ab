"""What hangs on it: every attestation that rests on a body, a laboratory, an accreditation, an edition of a standard or
an arrangement, now or on any day, as known now or at any instant.

Of records of sources the index of foundations is asked (``Resting``), by sets; of what was issued here the derived rows
and, where something hangs on an authority, who issued under it. A day is judged by what was stated for that day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from testamur.kernel import clock, days
from testamur.kernel.words import Status
from testamur.parties.models import Organisation
from testamur.register.answering.numbers import TOGETHER, load
from testamur.register.authority import authorities
from testamur.register.models import Attestation, Current, Delivery, Followed, Foundation, ScopeNode
from testamur.register.status import status
from testamur.register.words import number_key
from testamur.requirements.models import Document

#: What something can hang on.
KINDS = ("body", "laboratory", "accreditation", "standard", "arrangement", "assessor", "certificate", "module", "audit")
#: Authorities above one another: an arrangement, its member, the body, and what the body issues.
DEPTH = 4


class Dependant(NamedTuple):
    """An attestation that rests on it, as it stood on the day asked about: a tuple, because a hundred thousand of them
    are made for one page."""

    public_id: str
    number: str
    holder: str
    issuer: int
    scheme: str
    status: str
    effective_on: date | None
    expires_on: date | None
    gone_on: date | None

    def in_force(self, day: date) -> bool:
        """Say whether it would fall: it is valid on the day, by its dates too, and its source lists it."""
        return (
            self.status == Status.VALID
            and self.gone_on is None
            and (self.effective_on is None or self.effective_on <= day)
            and (self.expires_on is None or self.expires_on >= day)
        )


@dataclass(frozen=True)
class Dependants:
    """What hangs on something.

    Attributes:
        rows: public ones, by number.
        total: public ones; ``falling``: of them in force on the day; ``hidden``: confidential and persons'.
        by_scheme: how many fall, scheme by scheme, most first.
        waiting: deliveries that the index has not followed yet.
    """

    kind: str
    key: str
    on: date
    known: datetime | None
    rows: list[Dependant]
    falling: int
    hidden: int
    by_scheme: dict[str, int] = field(default_factory=dict)
    waiting: int = 0

    @property
    def total(self) -> int:
        """Return how many public ones rest on it."""
        return len(self.rows)


def of(kind: str, key: str, on: date | None = None, known: datetime | None = None) -> Dependants:
    """Return every attestation that rests on something.

    Args:
        kind: one of ``KINDS``.
        key: public id of a body or of an authority issued here; number of an accreditation or a laboratory as its
            source names it; key or designation of a standard.
        on: civil day; None: today.
        known: as known at this instant; None: now.

    Raises:
        ValueError: no such kind.
    """
    if kind not in KINDS:
        raise ValueError(kind)
    day = on or days.day_of(clock.now())
    found: dict[str, Dependant] = {}
    hidden = set()
    # What rests on two of its names is found twice, and counted once. Each row is taken apart and made once, here:
    # with a hundred thousand of them, every call and every tuple between the database and the page is felt.
    read = date.fromisoformat
    for rows_found in _all(kind, key, day, known, asked=on is not None or known is not None):
        for public_id, number, holder, issuer, scheme, standing, first, last, gone, quiet in rows_found:
            if quiet:
                hidden.add(public_id)
            else:
                found[public_id] = Dependant(
                    public_id, number, holder, issuer, scheme, standing,
                    read(first) if first else None, read(last) if last else None, read(gone) if gone else None,
                )  # fmt: skip
    rows = sorted(found.values(), key=itemgetter(1, 0))  # number, public id
    falling = [one for one in rows if one.in_force(day)]
    schemes = Counter(map(itemgetter(4), falling))
    waiting = Delivery.objects.filter(state=Delivery.State.COMMITTED, followed__isnull=True).count()
    return Dependants(
        kind, key, day, known, rows, len(falling), len(hidden), dict(schemes.most_common()), waiting
    )  # fmt: skip


#: What is found: what a :class:`Dependant` is made of, days as texts, and whether it is confidential or a person's.
Row = tuple[Any, ...]


def _all(kind: str, key: str, day: date, known: datetime | None, *, asked: bool) -> Iterator[Sequence[Row]]:
    foundations = Foundation.objects.filter(kind=kind, key__in=_spellings(kind, key)).values_list("pk", flat=True)
    if ids := list(foundations):
        yield from _states(_RESTING.format(ids=",".join(["%s"] * len(ids))), ids, day, known)
    issuers = _issuers(kind, key)
    if issuers:
        yield from _states(_ISSUED.format(ids=",".join(["%s"] * len(issuers))), issuers, day, known)
    native = _native(kind, key, issuers)
    if native is None:
        return
    if not asked:
        yield [_row(row) for row in native.select_related("attestation")]
        return
    pks = list(native.values_list("pk", flat=True))
    for place in range(0, len(pks), TOGETHER):
        loaded = load(pks[place : place + TOGETHER]).values()
        yield [row for one in loaded if (row := _row_on(one, day, known)) is not None]


def _spellings(kind: str, key: str) -> list[str]:
    if kind != "standard":
        return [key]
    document = Document.objects.filter(key=key).first()
    return [key, document.designation] if document is not None else [key]


def _native(kind: str, key: str, issuers: Sequence[int]) -> QuerySet[Current] | None:
    """Return what was issued here and rests on it; None where nothing can."""
    rows = Current.objects.filter(attestation__source__isnull=True)
    if kind == "standard":
        # An authority may name a standard as what it reaches to; it does not rest on it.
        rows = rows.exclude(scheme__in=authorities())
        spelled = _spellings(kind, key)
        nodes = ScopeNode.objects.filter(node__in=spelled).values("line__edition")
        return rows.filter(Q(standards__in=spelled) | Q(edition__in=nodes) | _listed(spelled))
    return rows.filter(issuer__in=issuers) if issuers else None


def _listed(designations: Sequence[str]) -> Q:
    found = Q()
    for one in designations:
        found |= Q(standards__startswith=f"{one} | ") | Q(standards__endswith=f" | {one}")
        found |= Q(standards__contains=f" | {one} | ")
    return found


def _issuers(kind: str, key: str) -> list[int]:
    """Return who issues under it: the body itself, or who holds the authority and whom they authorised in turn."""
    if kind == "body":
        return list(Organisation.objects.filter(public_id=key.upper()[:10]).values_list("pk", flat=True))
    if kind not in ("accreditation", "arrangement", "certificate"):
        return []
    authority = Attestation.objects.filter(public_id=key.upper()[:10], scheme_id_text__in=authorities())
    if not authority.exists():
        named = Current.objects.filter(number_key=number_key(key)).values("attestation")
        authority = Attestation.objects.filter(pk__in=named, scheme_id_text__in=authorities())
    found: set[int] = set()
    wanted = set(authority.exclude(holder=None).values_list("holder", flat=True))
    for _step in range(DEPTH):
        wanted -= found
        if not wanted:
            break
        found |= wanted
        given = Attestation.objects.filter(issuer__in=wanted, scheme_id_text__in=authorities())
        wanted = set(given.exclude(holder=None).values_list("holder", flat=True))
    return sorted(pk for pk in found if pk is not None)


def _row(row: Current) -> Row:
    return (
        row.attestation.public_id, row.number, row.holder_text, row.issuer_id, row.scheme, row.status,
        _text(row.effective_on), _text(row.expires_on), _text(row.gone_on), row.confidential or row.personal,
    )  # fmt: skip


def _row_on(one: Attestation, day: date, known: datetime | None) -> Row | None:
    standing = status(one, day, known)
    edition = standing.effective_edition
    if edition is None or standing.status is None:
        return None
    return (
        one.public_id, edition.number, one.current.holder_text, one.issuer_id, one.scheme_id_text, str(standing.status),
        _text(edition.effective_on), _text(edition.expires_on), None, one.confidential or one.personal,
    )  # fmt: skip


def _text(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


# ------------------------------------------------------------ records of sources, by sets

# Days as texts, and one word for both that keep it from the public: the framework's converters would cost more than
# the rest of a row.
_COLUMNS = """a.public_id, {s}.number, now.holder_text, {s}.issuer_id, a.scheme_id_text, {s}.status,
       CAST({s}.effective_on AS text), CAST({s}.expires_on AS text), CAST({s}.gone_on AS text),
       a.confidential OR a.personal"""
#: The state that held on the day, as known then: it began by a delivery that was known, and had not ended by one.
_HELD = """{r}.since <= %s AND COALESCE(d.committed_at, d.recorded_at) <= %s"""
_NOT_ENDED = """({r}.until > %s OR COALESCE(e.committed_at, e.recorded_at) > %s)"""

_RESTING = f"""
SELECT {_COLUMNS.format(s="now")}
FROM register_resting r JOIN register_attestation a ON a.id = r.attestation_id
JOIN register_current now ON now.attestation_id = r.attestation_id
JOIN register_delivery d ON d.id = r.delivery_id
WHERE r.foundation_id IN ({{ids}}) AND r.until IS NULL AND now.gone_on IS NULL AND {_HELD.format(r="r")}
UNION ALL
SELECT {_COLUMNS.format(s="p")}
FROM register_resting r JOIN register_attestation a ON a.id = r.attestation_id
JOIN register_current now ON now.attestation_id = r.attestation_id
JOIN register_past p ON p.attestation_id = r.attestation_id AND p.delivery_id = r.delivery_id
     AND p.since = r.since AND p.until = r.until
JOIN register_delivery d ON d.id = r.delivery_id JOIN register_delivery e ON e.id = r.ended_by_id
WHERE r.foundation_id IN ({{ids}}) AND r.until IS NOT NULL AND {_HELD.format(r="r")} AND {_NOT_ENDED.format(r="r")}
"""
_ISSUED = f"""
SELECT {_COLUMNS.format(s="now")}
FROM register_current now JOIN register_attestation a ON a.id = now.attestation_id
JOIN register_delivery d ON d.id = now.delivery_id
WHERE now.issuer_id IN ({{ids}}) AND {_HELD.format(r="now")}
UNION ALL
SELECT {_COLUMNS.format(s="p")}
FROM register_past p JOIN register_attestation a ON a.id = p.attestation_id
JOIN register_current now ON now.attestation_id = p.attestation_id
JOIN register_delivery d ON d.id = p.delivery_id JOIN register_delivery e ON e.id = p.ended_by_id
WHERE p.issuer_id IN ({{ids}}) AND {_HELD.format(r="p")} AND {_NOT_ENDED.format(r="p")}
"""


def _states(sql: str, ids: Sequence[int], day: date, known: datetime | None) -> Iterator[Sequence[Row]]:
    """Yield what a question finds that is asked once for states that hold and once for those that ended."""
    instant = connection.ops.adapt_datetimefield_value(known or clock.now())
    values = [*ids, day, instant, *ids, day, instant, day, instant]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        while rows := cursor.fetchmany(2_000):
            yield rows


# ------------------------------------------------------------ the index follows

_EACH = {
    "sqlite": {
        "rests": "json_each(s.said, '$.rests_on') j",
        "kind": "json_extract(j.value, '$.kind')",
        "key": "json_extract(j.value, '$.key')",
        "required": "json_each(s.said, '$.requirements') j",
        "named": "COALESCE(json_extract(j.value, '$.designation'), json_extract(j.value, '$.key'))",
    },
    "postgresql": {
        "rests": "jsonb_array_elements(s.said->'rests_on') j",
        "kind": "j->>'kind'",
        "key": "j->>'key'",
        "required": "jsonb_array_elements(s.said->'requirements') j",
        "named": "COALESCE(j->>'designation', j->>'key')",
    },
}
_FOUND = """
SELECT DISTINCT {kind}, SUBSTR({key}, 1, 300), s.attestation_id, s.delivery_id, s.since, {until}, {ended_by}
FROM {table} s, {each} WHERE s.delivery_id = %s AND s.gone_on IS NULL AND {key} IS NOT NULL AND {key} <> ''
"""


def follow() -> int:
    """Let the index follow every committed delivery that it has not followed yet, oldest first.

    Returns:
        How many deliveries it followed.
    """
    waiting = Delivery.objects.filter(state=Delivery.State.COMMITTED, followed__isnull=True).order_by("id")
    followed = 0
    for delivery in waiting:
        with transaction.atomic():
            _follow(delivery)
        followed += 1
    return followed


def _follow(delivery: Delivery) -> None:
    own = _EACH[connection.vendor]
    selects = []
    for table, until, ended_by in (
        ("register_current", "CAST(NULL AS date)", "CAST(NULL AS bigint)"),
        ("register_past", "s.until", "s.ended_by_id"),
    ):
        fields = {"table": table, "until": until, "ended_by": ended_by}
        selects.append(_FOUND.format(kind=own["kind"], key=own["key"], each=own["rests"], **fields))
        selects.append(_FOUND.format(kind="'standard'", key=own["named"], each=own["required"], **fields))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS resting_new")
        cursor.execute(
            "CREATE TEMPORARY TABLE resting_new (kind text, key text, attestation_id bigint, delivery_id bigint,"
            " since date, until date, ended_by_id bigint)"
        )
        for select in selects:
            cursor.execute(f"INSERT INTO resting_new {select}", [delivery.pk])
        cursor.execute(
            "INSERT INTO register_foundation (kind, key) SELECT DISTINCT n.kind, n.key FROM resting_new n"
            " WHERE NOT EXISTS (SELECT 1 FROM register_foundation f WHERE f.kind = n.kind AND f.key = n.key)"
        )
        cursor.execute(
            "INSERT INTO register_resting (foundation_id, attestation_id, delivery_id, since, until, ended_by_id)"
            " SELECT f.id, n.attestation_id, n.delivery_id, n.since, n.until, n.ended_by_id"
            " FROM resting_new n JOIN register_foundation f ON f.kind = n.kind AND f.key = n.key"
        )
        cursor.execute("DROP TABLE resting_new")
        # What this delivery ended was written when the delivery was followed that had begun it. What a feed began and
        # ended itself was just written so.
        cursor.execute(
            "UPDATE register_resting SET until = (SELECT MIN(p.until) FROM register_past p"
            " WHERE p.attestation_id = register_resting.attestation_id"
            " AND p.delivery_id = register_resting.delivery_id AND p.ended_by_id = %s), ended_by_id = %s"
            " WHERE until IS NULL AND delivery_id <> %s AND attestation_id IN"
            " (SELECT p.attestation_id FROM register_past p WHERE p.ended_by_id = %s)"
            " AND EXISTS (SELECT 1 FROM register_past p WHERE p.attestation_id = register_resting.attestation_id"
            " AND p.delivery_id = register_resting.delivery_id AND p.ended_by_id = %s)",
            [delivery.pk] * 5,
        )
    Followed.objects.create(delivery=delivery)
