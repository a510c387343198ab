"""How common tokens are, estimated from a sample, so that a question is asked by its rarest ones first.

The table lists only what is common; a token that is not there stands in few records. A process remembers it for as
long as its mark stands (``journal.marks``).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence

from django.db import transaction

from testamur.journal.marks import remembered, touch
from testamur.register.finding import documents
from testamur.register.models import Current, Frequency

AREA = "register.frequencies"
#: Records of the sample. A token of one record in a thousand stands in 20 of them, give or take 9 (two sigma).
SAMPLE = 20_000
#: A token that stands in fewer records of the sample is not listed.
LEAST = 10
#: The count of records stands beside the tokens, under a name that is none.
_RECORDS = " "
#: Grown by so much, the register is sampled anew.
GROWN = 1.25


def known() -> dict[str, int]:
    """Return token → records, for the common ones; shared by the process, never to be changed."""
    return remembered((AREA,), "all", lambda: dict(Frequency.objects.values_list("token", "records")))


def estimate(token: str) -> int:
    """Return in how many records a token stands about; 0: few."""
    return known().get(token, 0)


def rarest_first(tokens: Sequence[str]) -> list[str]:
    """Return tokens in the order in which they narrow; of equally rare ones longer before shorter."""
    listed = known()
    return sorted(tokens, key=lambda token: (listed.get(token, 0), -len(token)))


def refresh(*, always: bool = False) -> bool:
    """Estimate anew where the register has grown by a quarter since the last time; says whether it did."""
    newest = Current.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    before = known().get(_RECORDS, 0)
    if newest < 2 * LEAST or (not always and before / GROWN < newest < max(before, SAMPLE // 4) * GROWN):
        return False
    wanted: Sequence[int] = range(1, newest + 1)
    if newest > SAMPLE:
        # Seeded, so that two looks at the same register plan alike; nothing secret hangs on it.
        wanted = sorted(random.Random(newest).sample(wanted, SAMPLE))
    counted = Counter(token for listed in _documents(wanted) for token in listed)
    share = newest / len(wanted)  # of identities; those that no record bears hold no token in both
    rows = [
        Frequency(token=token[:200], records=round(count * share))
        for token, count in counted.items()
        if count >= LEAST and len(token) <= 200
    ]
    with transaction.atomic():
        Frequency.objects.all().delete()
        Frequency.objects.bulk_create([*rows, Frequency(token=_RECORDS, records=newest)], batch_size=2000)
        touch(AREA)
    return True


def _documents(wanted: Sequence[int]) -> Iterator[list[str]]:
    most = 500
    for start in range(0, len(wanted), most):
        yield from documents.documents(documents.present(wanted[start : start + most])).values()
