"""The shape of every result: frozen, naming its estimator and phase, carrying its warnings and its evidence.

A result is a dataclass that inherits :class:`Result`. Its own fields are the answer; :class:`Provenance` says what it
was computed from, so that anyone can recompute it.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any

import numpy as np

from testamur.kernel.refusal import plain


@dataclass(frozen=True)
class Warning:
    """What a reader must know before relying on a result. It never stops a computation; ``Refused`` does.

    Attributes:
        code: stable machine code, e.g. ``"negative_component_clamped"``.
        message: the English sentence with named placeholders, marked with ``kernel.refusal._`` where it is written.
        facts: values of the placeholders.
    """

    code: str
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def sentence(self, translate: Callable[[str], str] = str, shown: Callable[[Any], str] | None = None) -> str:
        """Return the sentence in the reader's language; arguments as for ``Refused.sentence``."""
        write = shown or plain
        return translate(self.message).format_map({name: write(value) for name, value in self.facts.items()})

    def __str__(self) -> str:
        return self.sentence()


@dataclass(frozen=True)
class Provenance:
    """What a result was computed from.

    Attributes:
        method: id of the method in the registry, e.g. ``"xbar_r"``.
        source: designation of the document, e.g. ``"ISO 7870-2"``.
        edition: its edition, e.g. ``"2023"``.
        clause: place in it; empty where the document has none for this.
        data: input name → the input as it was given (see :func:`kept`).
        parameters: parameter name → value.
        seed: seed of the random numbers; None where there are none.
    """

    method: str
    source: str
    edition: str
    clause: str = ""
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None

    @property
    def document(self) -> str:
        """Return the document with its edition, and the clause where there is one."""
        return f"{designation(self.source, self.edition)} {self.clause}".rstrip()


@dataclass(frozen=True, kw_only=True)
class Result:
    """Base of every result.

    Attributes:
        estimator: how the spread (or what else is estimated) was estimated, e.g. ``"Rbar/d2"``.
        phase: ``"I"`` where limits come from these data, ``"II"`` where they were frozen before, ``""`` elsewhere.
        warnings: in the order in which they arose.
        provenance: see :class:`Provenance`.
    """

    provenance: Provenance = field(repr=False)
    estimator: str = ""
    phase: str = ""
    warnings: tuple[Warning, ...] = ()

    def answer(self) -> Any:
        """Return the fields of the answer, by name; a method with a row for each question returns a list.

        Names are those of the shared cases wherever a case names the same thing.
        """
        own = {f.name for f in fields(Result)}
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in own}

    def published(self) -> Any:
        """Return the answer and what published cases quote beside it: other programs' names, units, and slips.

        Only the runner of cases asks for it; people are shown :meth:`answer`.
        """
        return self.answer()

    def to_dict(self) -> dict[str, Any]:
        """Return JSON types only: the answer, then estimator, phase and warnings (code, sentence, facts)."""
        said = [
            {"code": warning.code, "sentence": str(warning), "facts": simple(warning.facts)}
            for warning in self.warnings
        ]
        about = {"estimator": self.estimator, "phase": self.phase, "warnings": said}
        answer = simple(self.answer())
        if not isinstance(answer, dict):
            answer = {"answer": answer}
        return {**answer, **{name: value for name, value in about.items() if name not in answer}}

    def evidence(self) -> dict[str, Any]:
        """Return what a stranger needs to recompute this: digest of the inputs, parameters, method, clause, versions.

        ``inputs_sha256`` is the SHA-256 of :func:`canonical` JSON of the data: keys sorted, no spaces, UTF-8, every
        number as text: as written where it came as text or Decimal (the resolution counts), else the shortest decimal
        that reads back as the same number.
        """
        about = self.provenance
        return {
            "inputs_sha256": digest(about.data),
            "method": about.method,
            "parameters": simple(about.parameters),
            "source": about.source,
            "edition": about.edition,
            "clause": about.clause,
            "seed": about.seed,
            "package": "testamur",
            "version": version(),
        }


class Written(float):
    """A float that remembers how it was written, so that the resolution of ``12.50`` is not lost on its way."""

    text: str

    def __new__(cls, text: str) -> Written:
        made = super().__new__(cls, text)
        made.text = text
        return made


def digest(data: Any) -> str:
    """Return the SHA-256 of the canonical JSON of some inputs, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(data).encode()).hexdigest()


def canonical(data: Any) -> str:
    """Return canonical JSON in which every number is a text; equal data in any container give equal text."""
    return json.dumps(_written(data), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _written(value: Any) -> Any:
    if value is None or isinstance(value, (bool, np.bool_)):
        return None if value is None else bool(value)
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, Written):
        return value.text
    if isinstance(value, (float, np.floating)):
        return _number(float(value))
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, np.ndarray):
        return [_written(item) for item in value.tolist()]
    if isinstance(value, Mapping):
        return {str(name): _written(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_written(item) for item in value]
    return str(value)


def _number(value: float) -> str | None:
    if math.isnan(value):
        return None  # a missing cell, as None is
    if value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return repr(value)


def kept(value: Any) -> Any:
    """Return a copy that nobody can change, for :class:`Provenance`: lists as tuples, arrays read-only."""
    if isinstance(value, np.ndarray):
        if not value.flags.writeable and value.base is None:
            return value
        copy = value.copy()
        copy.flags.writeable = False
        return copy
    if isinstance(value, Mapping):
        return {str(name): kept(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(kept(item) for item in value)
    return value


def simple(value: Any) -> Any:
    """Return JSON types: arrays as lists, NaN as null, Decimals as text, dataclasses as objects."""
    if isinstance(value, Result):
        return value.to_dict()
    if isinstance(value, np.ndarray):
        return simple(value.tolist())
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Enum):
        return simple(value.value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): simple(item) for name, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: simple(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, (set, frozenset)):
        return sorted(simple(item) for item in value)
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [simple(item) for item in value]
    return value if value is None or isinstance(value, (int, str)) else str(value)


def designation(source: str, edition: str) -> str:
    """Return a document with its edition; a paper that is named with its year already has none."""
    return source if source.endswith(")") else f"{source}:{edition}"


#: A list longer than this is counted and not written out; the JSON of a result has it whole.
LONG = 12


def listed(value: Any, name: str = "") -> list[tuple[str, str]]:
    """Return an answer (JSON types, see :func:`simple`) as lines to read: dotted names and texts, ten digits."""
    if isinstance(value, Mapping):
        return [row for key, inner in value.items() for row in listed(inner, f"{name}.{key}" if name else str(key))]
    if isinstance(value, list):
        if len(value) > LONG or any(isinstance(item, (list, Mapping)) for item in value):
            return [(name, f"[{len(value)}]")]
        return [(name, ", ".join(_read(item) for item in value) or "–")]
    return [] if value is None else [(name, _read(value))]


def _read(value: Any) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)


@lru_cache(maxsize=1)
def version() -> str:
    """Return the version of this package as installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("testamur")
    except PackageNotFoundError:
        return "0"
