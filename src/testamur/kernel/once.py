"""Asked once: within one look at the world, a question that was answered is not asked again.

A page names the same trees, documents and roots dozens of times, and one act weighs the same authority twice. Within
:func:`look` the first answer stands. Nothing is kept beyond it, so that no process ever answers from yesterday.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

Answer = TypeVar("Answer")

_answers: ContextVar[dict[Hashable, object] | None] = ContextVar("testamur_answers", default=None)


@contextmanager
def look() -> Iterator[None]:
    """Keep answers until the end; a look within a look shares the outer one's answers.

    Only for what reads, or for the weighing of an act in which what is asked ``once`` cannot change.
    """
    if _answers.get() is not None:
        yield
        return
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def once(question: Hashable, ask: Callable[[], Answer]) -> Answer:
    """Return the answer to a question, asking at most once within a look, and each time outside of one."""
    answers = _answers.get()
    if answers is None:
        return ask()
    if question not in answers:
        answers[question] = ask()
    return answers[question]  # type: ignore[return-value]


def kept(question: Hashable) -> dict[Hashable, object]:
    """Return a table that lives as long as the look, to be filled by many questions at once; else a new empty one."""
    table: dict[Hashable, object] = once(question, dict)
    return table


def forget() -> None:
    """Forget the answers of this look: something that may have been asked was just written."""
    answers = _answers.get()
    if answers is not None:
        answers.clear()
