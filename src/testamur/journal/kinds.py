"""The registry of event kinds. An act whose kind nobody described cannot be recorded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of event.

    ``title`` is what timelines show, in both languages; ``version`` counts changes of the payload's shape.
    """

    id: str
    title: dict[str, str]
    version: int = 1


_KINDS: dict[str, Kind] = {}


def kind(id: str, *, title: dict[str, str], version: int = 1) -> Kind:
    """Describe a kind of event; called by each app's ``events.py``.

    Raises:
        ValueError: a kind described twice, or not in both languages.
    """
    if not (title.get("en") and title.get("zh")):
        raise ValueError(f"Event kind {id} needs its title in English and Chinese.")
    described = Kind(id, title, version)
    if _KINDS.setdefault(id, described) != described:
        raise ValueError(f"Event kind {id} is described twice.")
    return described


def get(id: str) -> Kind:
    """Return a described kind; KeyError names one that is not."""
    try:
        return _KINDS[id]
    except KeyError:
        raise KeyError(f"Event kind {id!r} is described nowhere; add it to the app's events.py.") from None


def index() -> list[Kind]:
    """Return every described kind, by id."""
    return [_KINDS[id] for id in sorted(_KINDS)]
