"""What follows the writing of records by a moment: the words by which search finds them."""

from __future__ import annotations

from collections.abc import Sequence

from testamur.parties.models import Organisation
from testamur.register.models import Current
from testamur.register.queries_holders import other_names
from testamur.register.reporting.database import many, table
from testamur.register.words import fold


def indexed_later(ids: Sequence[int]) -> None:
    """Have search find some records as they are now; called in the transaction that wrote them.

    Args:
        ids: of attestations.
    """
    found = _rows(ids)
    names = dict(Organisation.objects.filter(pk__in={row.issuer_id for row in found}).values_list("pk", "names"))
    also = other_names({row.holder_text for row in found if not row.personal})
    rows = []
    for row in found:
        words = [] if row.personal else [row.holder_text, *_texts(row.said), also.get(row.holder_text, "")]
        issuer = " ".join(str(one) for one in names.get(row.issuer_id, {}).values())
        rows.append((f" {fold(' '.join([row.number, *words, issuer, row.standards]))} ", row.pk))
    many(f'UPDATE "{table(Current)}" SET search = %s WHERE attestation_id = %s', rows)


def _rows(ids: Sequence[int]) -> list[Current]:
    found: list[Current] = []
    for start in range(0, len(ids), 900):
        found += Current.objects.filter(pk__in=ids[start : start + 900]).only(
            "number", "holder_text", "standards", "issuer_id", "said", "personal"
        )
    return found


def _texts(said: dict[str, object] | None) -> list[str]:
    found: list[str] = []
    for name in ("statement", "title"):
        value = (said or {}).get(name)
        found += [str(one) for one in value.values()] if isinstance(value, dict) else []
    return found
