"""The public records as frames, one batch after the other in the order of their identities.

Read is what lists may show and no more: no confidential record, no person's, nothing that a scheme keeps to itself.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection

from testamur.kernel.words import Status
from testamur.parties.models import Organisation
from testamur.register.disclosure import EVERYTHING, public_fields
from testamur.register.models import Attestation, Edition, PartyInRole, Source
from testamur.register.opendata.columns import COLUMNS, NAMES
from testamur.schemes.models import Scheme
from testamur.verification import layout

if TYPE_CHECKING:
    import polars

#: Records of one batch: what is in memory at a time.
BATCH = 25_000
#: Columns in the order of ``_Reader._row``. The batch is cut first, or a planner without statistics sorts everything.
_STATEMENT = """
    SELECT c.attestation_id, a.public_id, a.origin, a.source_id, c.issuer_id, c.number, c.holder_text, c.scheme,
        c.status, c.effective_on, c.expires_on, c.country, c.region, c.standards, c.confidential, c.personal, c.since,
        c.gone_on, c.changed_at, c.edition_id, CAST(c.said AS text)
    FROM (SELECT * FROM register_current WHERE attestation_id > %s ORDER BY attestation_id LIMIT %s) c
    JOIN register_attestation a ON a.id = c.attestation_id ORDER BY c.attestation_id
"""


@dataclass
class Batch:
    """Some records, and what was left out of them.

    Attributes:
        frame: columns of the data dictionary.
        last: identity of the last record looked at.
        counts: how many, by ``("origin", "mirrored")``, ``("source", key)``, ``("left_out", "personal")`` …
    """

    frame: polars.DataFrame
    last: int
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)


def batches(*, after: int, day: date, size: int = BATCH) -> Iterator[Batch]:
    """Yield the public records whose identity is above ``after``, with the status they have on a day."""
    reader = _Reader(day)
    while rows := _asked(after, size):
        after = int(rows[-1][0])
        yield reader.batch(rows)


def _asked(after: int, size: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, [after, size])
        return list(cursor.fetchall())


class _Reader:
    """Remembers what few rows say for many records: bodies, sources, and what schemes make public."""

    def __init__(self, day: date) -> None:
        self.day = day
        self.issuers: dict[int, tuple[str, str, str]] = {}
        self.sources = dict(Source.objects.values_list("pk", "key"))
        self.without = frozenset(settings.OPEN_DATA_WITHOUT)
        self.public: dict[int | None, frozenset[str]] = {None: EVERYTHING}

    def batch(self, rows: list[tuple[Any, ...]]) -> Batch:
        import polars

        self._know_issuers({row[4] for row in rows})
        editions = self._editions([row[19] for row in rows if row[19] is not None])
        counts: Counter[tuple[str, str]] = Counter()
        told = []
        for row in rows:
            why = self._left_out(row)
            if why:
                counts["left_out", why] += 1
                continue
            told.append(self._row(row, editions.get(row[19]), counts))
        frame = polars.DataFrame(told, schema=dict.fromkeys(NAMES, polars.String), orient="row")
        frame = _typed(frame, self.day)
        counts.update({("status", status): count for status, count in frame["status"].value_counts().iter_rows()})
        return Batch(frame, int(rows[-1][0]), counts)

    def _left_out(self, row: tuple[Any, ...]) -> str:
        if row[14]:
            return "confidential"
        if row[15]:
            return "personal"
        return "source" if self.sources.get(row[3], "") in self.without and row[3] is not None else ""

    def _row(self, row: tuple[Any, ...], edition: _Edition | None, counts: Counter[tuple[str, str]]) -> tuple[Any, ...]:
        source = self.sources.get(row[3], "")
        statement, identifiers = (edition.statement, edition.identifiers) if edition else _said(row[20])
        issuer = self.issuers[row[4]]
        found = {
            "id": row[1], "page": layout.url(settings.HOST, f"c/{row[1]}"), "number": row[5], "status": row[8],
            "valid_from": _text(row[9]), "valid_until": _text(row[10]), "scheme": row[7], "standards": row[13],
            "scope": statement, "holder": row[6], "holder_identifiers": identifiers, "country": row[11],
            "region": row[12], "issuer": issuer[0], "issuer_name_en": issuer[1], "issuer_name_zh": issuer[2],
            "origin": row[2], "source": source, "stated_since": _text(row[16]), "gone_since": _text(row[17]),
            "recorded_at": _text(row[18]),
        }  # fmt: skip
        if edition is not None and edition.public is not EVERYTHING:
            for column in COLUMNS:
                if column.unless and column.unless not in edition.public and found[column.name]:
                    found[column.name] = ""
                    counts["withheld", column.name] += 1
        counts["origin", row[2]] += 1
        counts["source", source] += 1
        counts["scheme", row[7]] += 1
        counts["country", found["country"]] += 1
        return tuple(found.values())

    def _know_issuers(self, wanted: set[int]) -> None:
        new = wanted - set(self.issuers)
        for pk, public_id, names in Organisation.objects.filter(pk__in=new).values_list("pk", "public_id", "names"):
            self.issuers[pk] = (public_id, names.get("en", ""), names.get("zh", ""))

    def _editions(self, wanted: list[int]) -> dict[int, _Edition]:
        """Return what the editions of records made here say, in questions of bounded length."""
        found: dict[int, _Edition] = {}
        for start in range(0, len(wanted), 500):
            some = wanted[start : start + 500]
            identifiers = {
                edition: _identifiers(listed)
                for edition, listed in PartyInRole.objects.filter(
                    edition__in=some, role=PartyInRole.Role.HOLDER
                ).values_list("edition_id", "identifiers")
            }
            for pk, scheme, statement, prevailing in Edition.objects.filter(pk__in=some).values_list(
                "pk", "scheme_id", "statement", "authoritative"
            ):
                text = _wording(statement, prevailing)
                found[pk] = _Edition(text, identifiers.get(pk, ""), self._public(scheme))
        return found

    def _public(self, scheme: int | None) -> frozenset[str]:
        if scheme is not None and scheme not in self.public:
            edition = Edition(scheme=Scheme.objects.get(pk=scheme))
            self.public[scheme] = public_fields(Attestation(confidential=False), edition)
        return self.public[scheme]


@dataclass(frozen=True)
class _Edition:
    statement: str
    identifiers: str
    public: frozenset[str]


def _said(text: str | None) -> tuple[str, str]:
    """Return scope and identifiers of the holder as a source says them."""
    if not text:
        return "", ""
    said = json.loads(text)
    parties = [one for one in said.get("parties", []) if one.get("role") == "holder"]
    identifiers = _identifiers(parties[0].get("identifiers", [])) if parties else ""
    return _wording(said.get("statement", {}), said.get("authoritative", "en")), identifiers


def _wording(statement: dict[str, str], prevailing: str) -> str:
    return statement.get(prevailing) or next((text for text in statement.values() if text), "")


def _identifiers(listed: list[dict[str, Any]]) -> str:
    return " | ".join(f"{one.get('scheme', '')}:{one.get('value', '')}" for one in listed if one.get("value"))


def _text(value: Any) -> str | None:
    """Return a day or an instant as text, as SQLite gives it and PostgreSQL does not."""
    return None if value is None else str(value)[:19]


def _typed(frame: polars.DataFrame, day: date) -> polars.DataFrame:
    """Return the frame with days as days, instants as instants, empty texts as nothing, and the status of the day."""
    from polars import Datetime, String, col, lit, when

    made = []
    for column in COLUMNS:
        one = col(column.name)
        if column.type == "date":
            made.append(one.str.to_date("%Y-%m-%d"))
        elif column.type == "datetime":
            made.append(one.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="ms").cast(Datetime("ms")))
        else:
            made.append(when(one != "").then(one).otherwise(lit(None, String)).alias(column.name))
    typed = frame.with_columns(made)
    living = col("status").is_in([str(Status.VALID), str(Status.SUSPENDED)])
    over = living & (col("valid_until") < lit(day))
    return typed.with_columns(
        status=when(over.fill_null(False)).then(lit(str(Status.EXPIRED))).otherwise(col("status"))
    )
