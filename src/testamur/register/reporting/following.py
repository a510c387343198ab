"""The words by which search finds records; the index itself follows by a moment (``finding.keeping``)."""

from __future__ import annotations

from collections.abc import Sequence

from testamur.parties.models import Organisation
from testamur.register.queries_holders import other_names
from testamur.register.reporting.records import Records
from testamur.register.words import fold, fold_all


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
    """Return ``Current.search`` of some records: number, names, words and standards, the names of the issuer, and what
    else the holder is confirmed to be called.

    Of a record about a person only the number is found, whoever asks.

    Args:
        issuers: ids, one for each record.
    """
    also = other_names({name for name, personal in zip(records.holder, records.personal, strict=True) if not personal})
    told = [
        f"{number} {standards}" if personal else f"{number} {holder} {stated} {standards} {also.get(holder, '')}"
        for number, holder, stated, standards, personal in zip(
            records.number, records.holder, records.words, records.standards, records.personal, strict=True
        )
    ]
    return [f" {text} {issuer}" for text, issuer in zip(fold_all(told), words.of(issuers), strict=True)]
