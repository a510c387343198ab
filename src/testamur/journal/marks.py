"""Remembered: what a process read of rarely written things, for as long as nobody writes them.

Classifications, published schemes, roots and the authorities of organisations are asked about on every page and in
every act, and written a few times a day. Each such area has a mark in the database, a random word that is written anew
in the very transaction that changes the area. A process keeps what it read beside the word that stood there then: one
small question tells whether that still holds, for every process, also after a crash. Words are drawn, not counted, so
that what was read within a transaction that is rolled back is never believed again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

from django.db import models
from django.db.models.signals import post_delete, post_save

from testamur.journal.models import Mark
from testamur.kernel.once import forget, once

Answer = TypeVar("Answer")

#: Answers one process keeps at most; the oldest half goes when there are more.
MOST = 8192

_kept: dict[Hashable, tuple[str, object]] = {}
_lock = Lock()


def touch(area: str) -> None:
    """Say, in the transaction that writes it, that an area changed."""
    Mark.objects.update_or_create(area=area, defaults={"word": uuid.uuid4().hex})
    forget()


def touched_by(area: str, *written: type[models.Model], when: Callable[[Any], bool] | None = None) -> None:
    """Touch an area whenever a row of these models is saved or deleted; rows written in bulk say so themselves.

    Args:
        when: tells of a row whether it belongs to the area; None: every row does.
    """

    def touch_it(instance: models.Model, **_facts: object) -> None:
        if when is None or when(instance):
            touch(area)

    for model in written:
        for signal in (post_save, post_delete):
            signal.connect(touch_it, sender=model, weak=False, dispatch_uid=f"{area}: {model.__name__}")


def remembered(areas: tuple[str, ...], question: Hashable, ask: Callable[[], Answer]) -> Answer:
    """Return the answer to a question about some areas, asking only where one of them changed since it was asked.

    The answer is shared by all threads of the process: read it, never change it.
    """
    words = once("marks", _words)
    word = " ".join(words.get(area, "") for area in areas)  # no word: nothing was ever written there
    found = _kept.get(question)
    if found is not None and found[0] == word:
        return found[1]  # type: ignore[return-value]
    answer = ask()
    with _lock:
        if len(_kept) >= MOST:
            for old in list(_kept)[: MOST // 2]:
                del _kept[old]
        _kept.pop(question, None)
        _kept[question] = (word, answer)
    return answer


def _words() -> dict[str, str]:
    return dict(Mark.objects.values_list("area", "word"))
