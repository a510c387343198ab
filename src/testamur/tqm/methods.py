"""The registry of methods: id → how to compute it from JSON, its inputs, its source and editions.

**How to register.** A sub-package (``spc``, ``msa``, ``pt`` …) has a module ``registry.py``; :func:`index` finds and
imports them all, so no list is kept by hand::

    from testamur.tqm.methods import Field, method

    @method(
        "xbar_r",
        title=("Xbar-R chart", "均值-极差控制图"),
        source="ISO 7870-2", editions=("2023",), clause="",
        data={"subgroups": Field("rows of numbers", "subgroups in the order of time", "按时间顺序排列的子组")},
        parameters={"nsigma": Field("number", "limits in standard deviations", "控制限倍数", default=3)},
        chart="testamur.tqm.figures.charts:control_chart",
    )
    def _xbar_r(data, parameters):
        return xbar_r(data["subgroups"], nsigma=parameters["nsigma"])

The function receives ``data`` with every required key present and ``parameters`` with defaults filled in, and returns a
:class:`~testamur.tqm.results.Result`. ``Result.answer()`` holds the keys that shared cases expect. Unknown keys of
``parameters`` are ignored where they are notes (texts that no field declares); unknown keys of ``data`` are refused.
A parameter ``edition`` is added to every method: the first of ``editions`` unless said, others refused.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.tqm.results import Provenance, Result, designation, kept

Compute = Callable[[Mapping[str, Any], Mapping[str, Any]], Result]

#: Stands for "there is no default": the key must be given.
REQUIRED: Any = ...


@dataclass(frozen=True)
class Field:
    """One input or parameter of a method.

    Attributes:
        kind: what it is, in English words for the reference page, e.g. ``"rows of numbers"``.
        en, zh: its meaning.
        default: value where it is not given; :data:`REQUIRED` where it must be.
        names: other names under which a file may give it (e.g. ``lambda`` for ``lam``).
    """

    kind: str
    en: str
    zh: str
    default: Any = REQUIRED
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Method:
    """One registered method; see the module's docstring."""

    id: str
    title: dict[str, str]
    compute: Compute
    source: str
    editions: tuple[str, ...]
    clause: str = ""
    data: Mapping[str, Field] = field(default_factory=dict)
    parameters: Mapping[str, Field] = field(default_factory=dict)
    chart: str = ""
    asked: Callable[[Any], dict[str, Any]] | None = None

    @property
    def document(self) -> str:
        """Return the document with the edition that counts unless another is asked for."""
        return designation(self.source, self.editions[0])

    @property
    def area(self) -> str:
        """Return the package that the method belongs to, e.g. ``spc``."""
        return self.compute.__module__.removeprefix("testamur.tqm.").partition(".")[0]

    def run(self, data: Any = None, parameters: Any = None) -> Result:
        """Compute from JSON data and parameters.

        Raises:
            Refused: an input is absent, unknown or unusable, or the edition is not one of this method's.
        """
        given = self._taken(_object(data, "data"), self.data, "data", strict=True)
        settings = _object(parameters, "parameters")
        self.check_edition(settings.get("edition"))
        wanted = self._taken(settings, self.parameters, "parameters", strict=False)
        wanted["edition"] = str(settings.get("edition") or self.editions[0])
        return self.compute(given, wanted)

    def check_edition(self, edition: Any) -> None:
        """Refuse an edition that this method does not follow; None is the first of :attr:`editions`."""
        if edition is not None and str(edition) not in self.editions:
            raise Refused(
                _("{method} follows {source} in the editions {editions}; {edition} is not one of them."),
                {"method": self.id, "source": self.source, "editions": self.editions, "edition": edition},
                field="edition",
            )

    def _taken(
        self, given: Mapping[str, Any], wanted: Mapping[str, Field], place: str, *, strict: bool
    ) -> dict[str, Any]:
        found, used = {}, {"edition"}
        for name, about in wanted.items():
            spelled = next((key for key in (name, *about.names) if key in given), None)
            if spelled is not None:
                found[name] = given[spelled]
                used.update((name, *about.names))
            elif about.default is REQUIRED:
                raise absent(self.id, name, about, place)
            else:
                found[name] = about.default
        unknown = [key for key in given if key not in used and (strict or not isinstance(given[key], str))]
        if unknown:
            raise Refused(
                _("{method} knows no {name} in {place}; it takes: {known}."),
                {"method": self.id, "name": unknown[0], "place": place, "known": list(wanted)},
                field=unknown[0],
            )
        return found


def absent(method: str, name: str, about: Field, place: str = "data") -> Refused:
    """Return the refusal of a method that lacks an input."""
    meaning = {"en": about.en, "zh": about.zh}
    facts = {"method": method, "name": name, "place": place, "meaning": meaning}
    return Refused(_("{method} needs {name} in {place}: {meaning}."), facts, field=name)


_METHODS: dict[str, Method] = {}


def method(
    id: str,
    *,
    title: tuple[str, str],
    source: str,
    editions: tuple[str, ...],
    clause: str = "",
    data: Mapping[str, Field] | None = None,
    parameters: Mapping[str, Field] | None = None,
    chart: str = "",
    asked: Callable[[Any], dict[str, Any]] | None = None,
) -> Callable[[Compute], Compute]:
    """Register a method.

    Args:
        id: as in the ``method`` field of shared cases.
        title: English and Chinese.
        source: designation of the document without its year; editions: its years, the default first.
        clause: place in the document, only where it was read there.
        chart: ``"module:function"`` that takes the result and returns a figure; empty where there is none.
        asked: for cases without data, whose rows of answers name their questions: those rows → data.
    """

    def register(compute: Compute) -> Compute:
        if id in _METHODS:
            raise ValueError(f"two methods are called {id}")
        words = {"en": title[0], "zh": title[1]}
        _METHODS[id] = Method(
            id, words, compute, source, editions, clause, dict(data or {}), dict(parameters or {}), chart, asked
        )
        return compute

    return register


@lru_cache(maxsize=1)
def index() -> dict[str, Method]:
    """Return every method of this build by id, in the order of the alphabet."""
    import testamur.tqm as package

    for found in pkgutil.iter_modules(package.__path__):
        name = f"testamur.tqm.{found.name}"
        if found.ispkg and find_spec(f"{name}.registry"):
            import_module(f"{name}.registry")
    return dict(sorted(_METHODS.items()))


def find(id: str) -> Method:
    """Return one method.

    Raises:
        Refused: there is none of this id; the nearest name is suggested.
    """
    methods = index()
    if id in methods:
        return methods[id]
    from difflib import get_close_matches

    near = get_close_matches(id, methods, n=1)
    if near:
        raise Refused(_("There is no method {id}. Did you mean {near}?"), {"id": id, "near": near[0]})
    raise Refused(_("There is no method {id}; `testamur tqm --list` names them."), {"id": id})


def provenance(
    method: str,
    source: str,
    edition: str,
    *,
    data: Mapping[str, Any],
    parameters: Mapping[str, Any] | None = None,
    clause: str = "",
    seed: int | None = None,
) -> Provenance:
    """Return the provenance of a result, with copies that nobody can change."""
    return Provenance(method, source, edition, clause, kept(dict(data)), kept(dict(parameters or {})), seed)


def _object(value: Any, name: str) -> Mapping[str, Any]:
    # R writes an empty list where there is nothing; a file that does so means an empty object.
    if value is None or (isinstance(value, (list, tuple)) and not value):
        return {}
    if not isinstance(value, Mapping):
        raise Refused(_("{name} must be a JSON object of names and values."), {"name": name}, field=name)
    return value
