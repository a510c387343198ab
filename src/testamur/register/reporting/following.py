"""The words by which search finds records; the index itself follows by a moment (``finding.keeping``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from testamur.parties.models import Organisation
from testamur.register import identifiers
from testamur.register.models import Current
from testamur.register.queries_holders import other_names
from testamur.register.reporting.database import many, table
from testamur.register.reporting.records import Records
from testamur.register.words import fold, fold_all

#: Records that are read and written again at once.
LOTS = 900


class IssuerWords:
    """Issuers → the folded words of their names, asked once for each."""

    def __init__(self) -> None:
        self._known: dict[int, str] = {}

    @property
    def issuers(self) -> list[int]:
        """Return the ids that were asked for."""
        return list(self._known)

    def of(self, ids: Sequence[int]) -> list[str]:
        """Return the words of some issuers, by id, with a space behind."""
        lacking = set(ids) - self._known.keys()
        if lacking:
            rows = Organisation.objects.filter(pk__in=lacking).values_list("pk", "names")
            found = {id: fold(" ".join(map(str, names.values()))) for id, names in rows}
            self._known |= {id: f"{words} " if (words := found.get(id, "")) else "" for id in lacking}
        return [self._known[id] for id in ids]


def searched(records: Records, issuers: Sequence[int], words: IssuerWords) -> list[str]:
    """Return ``Current.search`` of some records: number, names, words, identifiers and standards, the names of the
    issuer, and what else the holder is confirmed to be called.

    Of a record about a person only the number is found, whoever asks.

    Args:
        issuers: ids, one for each record.
    """
    told = zip(records.number, records.holder, records.words, records.standards, records.personal, strict=True)
    return _joined(list(told), issuers, words)


def indexed_later(ids: Sequence[int]) -> None:
    """Write ``Current.search`` of some records of sources again, because their names are known better now.

    Args:
        ids: of attestations.
    """
    words = IssuerWords()
    for start in range(0, len(ids), LOTS):
        rows = list(
            Current.objects.filter(pk__in=ids[start : start + LOTS]).only(
                "number", "holder_text", "said", "standards", "personal", "issuer_id"
            )
        )
        told = [(row.number, row.holder_text, _stated(row.said), row.standards, row.personal) for row in rows]
        found = _joined(told, [row.issuer_id for row in rows], words)
        many(
            f'UPDATE "{table(Current)}" SET search = %s WHERE attestation_id = %s',
            [(text, row.pk) for text, row in zip(found, rows, strict=True)],
        )


def _joined(told: list[tuple[str, str, str, str, bool]], issuers: Sequence[int], words: IssuerWords) -> list[str]:
    also = other_names({holder for _number, holder, _stated, _standards, personal in told if not personal})
    texts = [
        f"{number} {standards}" if personal else f"{number} {holder} {stated} {standards} {also.get(holder, '')}"
        for number, holder, stated, standards, personal in told
    ]
    return [f" {text} {issuer}" for text, issuer in zip(fold_all(texts), words.of(issuers), strict=True)]


def _stated(said: dict[str, object] | None) -> str:
    """Return the words of statement and title, and the identifiers of parties."""
    told: dict[str, Any] = said or {}
    values = [told.get(name) for name in ("statement", "title")]
    words = [str(one) for value in values if isinstance(value, dict) for one in value.values()]
    return " ".join([*words, *identifiers.of_parties(told.get("parties", []))])
