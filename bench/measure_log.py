"""How fast the log grows, beside the hashing that no log can do without."""

from __future__ import annotations

import hashlib
import time

from bench.figures import Figure
from bench.sandbox import installation

ENTRIES = 40_000  # two checkpoints of the most that one numbers
PROVEN = 5_000  # of them, whose proofs are written out


def figures() -> list[Figure]:
    """Append entries in one transaction, then number them: tiles, bundles, proofs, one signed checkpoint."""
    with installation():
        from django.db import transaction

        from testamur.kernel import multibase
        from testamur.transparency import actions, proofs, sequencer
        from testamur.transparency.models import Entry

        with sequencer.held():
            began = time.perf_counter()
            with transaction.atomic():
                actions.append_many(
                    [
                        ("process.event", {"id": f"bench-{n}", "d": multibase.digest(n.to_bytes(8, "big"))})
                        for n in range(ENTRIES)
                    ]
                )
            appended = ENTRIES / (time.perf_counter() - began)
            began = time.perf_counter()
            numbered = sequencer.sequence()
            sequenced = numbered / (time.perf_counter() - began)
        began = time.perf_counter()
        written = proofs.of_each(Entry.objects.filter(index__lt=PROVEN))
        proven = len(written) / (time.perf_counter() - began)
        leaves = [bytes(data) for data in Entry.objects.values_list("data", flat=True)]
        began = time.perf_counter()
        for data in leaves:  # a leaf and, on average, one inner node of the tree for each entry
            hashlib.sha256(hashlib.sha256(b"\x00" + data).digest() + bytes(33)).digest()
        raw = len(leaves) / (time.perf_counter() - began)
    return [
        Figure("appending entries to the log, one transaction", appended, "entries/s"),
        Figure(
            "numbering entries: tiles and bundles on disk, rows, checkpoint", sequenced, "entries/s", "≥ 50,000/s",
            f"raw hashing {raw:,.0f}/s: {sequenced / raw:.1%}",
        ),
        Figure("writing out their proofs, many in a row", proven, "proofs/s"),
    ]  # fmt: skip
