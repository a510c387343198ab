"""Proofs of entries: decided once, written out whenever somebody asks (ADR 0012).

A ``.tlog-proof`` is a function of the entry, its number, the hashes below one checkpoint, and that checkpoint's text.
The first three never change. So what is made once, right after the entry is first cosigned, and kept for ever is which
checkpoint proves it, with the cosignatures it had then; the file is the same bytes each time it is written out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from testamur.transparency import stored_tiles
from testamur.transparency.models import Checkpoint, Entry
from testamur.verification import proof, tiles

#: Where an entry in memory keeps a proof that was read ahead.
READ = "_proof_read_ahead"


def of(entry: Entry) -> str:
    """Return the proof of an entry, "" while it has no number."""
    return of_each([entry]).get(entry.pk, "")


def read_ahead(entries: Iterable[Entry]) -> None:
    """Let each of these entries know its proof, for whoever is about to write them all."""
    kept = list(entries)
    found = of_each(kept)
    for entry in kept:
        entry.__dict__[READ] = found.get(entry.pk, "")


def of_each(entries: Iterable[Entry]) -> dict[int, str]:
    """Return the proofs of many entries by primary key; those without a number are left out.

    Entries that follow one another share one walk through the tree.
    """
    numbered = sorted((one for one in entries if one.index is not None), key=lambda one: one.index or 0)
    found: dict[int, str] = {}
    while numbered:
        lead = _checkpoint(numbered[0].index or 0)
        if lead is None:  # numbered, and the transaction that signs the tree is not ours
            break
        covered = [one for one in numbered if (one.index or 0) < lead.size]
        numbered = numbered[len(covered) :]
        reader = tiles.hash_reader(lead.size, stored_tiles.read)
        note = lead.note if lead.proves_from is None else lead.proves
        for run in _runs(covered):
            made = proof.format_run([bytes(one.data) for one in run], run[0].index or 0, lead.size, reader, note)
            found |= {one.pk: text for one, text in zip(run, made, strict=True)}
    return found


def final_since(entry: Entry) -> datetime | None:
    """Return when the checkpoint of an entry's final proof had its quorum; None while the proof is not final."""
    lead = _checkpoint(entry.index) if entry.index is not None else None
    return lead.cosigned_at if lead is not None and lead.proves_from is not None else None


def first_without() -> int:
    """Return the index of the first entry that has no final proof, whether or not there is such an entry yet."""
    last = Checkpoint.objects.filter(proves_from__isnull=False).order_by("-size").values_list("size", flat=True).first()
    return last or 0


def _checkpoint(index: int) -> Checkpoint | None:
    """Return what proves an entry: for good, or until the quorum has signed the checkpoint that numbered it."""
    above = Checkpoint.objects.filter(size__gt=index).order_by("size")
    final = above.filter(proves_from__isnull=False).first()
    return final if final is not None and (final.proves_from or 0) <= index else above.first()


def _runs(entries: list[Entry]) -> Iterator[list[Entry]]:
    """Yield the entries in runs whose indexes follow one another."""
    run: list[Entry] = []
    for entry in entries:
        if run and entry.index != (run[-1].index or 0) + 1:
            yield run
            run = []
        run.append(entry)
    if run:
        yield run
