"""Remembered: what a process read of rarely written things, for as long as nobody writes them.

Classifications, published schemes, roots and the authorities of organisations are asked about on every page and in
every act, and written a few times a day. Each such area has a mark in the database, a random word that is written anew
in the very transaction that changes the area. A process keeps what it read beside the word that stood there then: one
small question tells whether that still holds, for every process, also after a crash. Words are drawn, not counted, so
that what was read within a transaction that is rolled back is never believed again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Hashable, Mapping
from threading import Lock
from typing import Any, TypeVar

from django.db import models
from django.db.models.signals import post_delete, post_save

from testamur.journal.models import Mark
from testamur.kernel.once import forget, once

Answer = TypeVar("Answer")
Asked = TypeVar("Asked", bound=Hashable)

#: Answers one process keeps at most (a classification has some thousand titles); then the older half goes.
MOST = 65_536

#: (areas, question) → (words of the areas when it was asked, answer).
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
    word = _word(areas)
    found = _kept.get((areas, question))
    if found is not None and found[0] == word:
        return found[1]  # type: ignore[return-value]
    answer = ask()
    _keep({(areas, question): (word, answer)})
    return answer


def remembered_each(
    areas: tuple[str, ...],
    kind: str,
    questions: Collection[Asked],
    ask: Callable[[Collection[Asked]], Mapping[Asked, Answer]],
) -> dict[Asked, Answer]:
    """Return the answers to many questions of one kind, asking together for those that are not remembered.

    Args:
        ask: returns question → answer; a question without an answer is left out, and that is remembered too.
    """
    word = _word(areas)
    found: dict[Asked, object] = {}
    missing = set()
    for one in questions:
        known = _kept.get((areas, (kind, one)))
        if known is not None and known[0] == word:
            found[one] = known[1]
        else:
            missing.add(one)
    if missing:
        told = ask(missing)
        new = {one: told.get(one) for one in missing}
        _keep({(areas, (kind, one)): (word, answer) for one, answer in new.items()})
        found |= new
    return {one: answer for one, answer in found.items() if answer is not None}  # type: ignore[misc]


def seen(words: Mapping[str, str]) -> None:
    """Tell the running look which words stand there: whoever asked already spares it the question."""
    once("marks", lambda: dict(words))


def _word(areas: tuple[str, ...]) -> str:
    words = once("marks", _words)
    return " ".join(words.get(area, "") for area in areas)  # no word: nothing was ever written there


def _words() -> dict[str, str]:
    return dict(Mark.objects.values_list("area", "word"))


def _keep(answers: Mapping[Hashable, tuple[str, object]]) -> None:
    with _lock:
        if len(_kept) + len(answers) > MOST:
            for old in list(_kept)[: MOST // 2]:
                del _kept[old]
        for question in answers:
            _kept.pop(question, None)  # written again, it is the youngest again
        _kept.update(answers)
