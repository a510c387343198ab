"""The registry of rules and their evaluation: read the inputs, do the arithmetic, keep the working."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.rules import parameters
from testamur.rules.exact import rounded
from testamur.rules.kinds import Kind
from testamur.rules.parameters import Parameter
from testamur.rules.saying import Words, say

#: Modules that register rules; each is a noun of the domain. Order is the order of the reference page.
MODULES = (
    "cycle",
    "transfer",
    "personnel",
    "application",
    "audit_time",
    "sites",
    "integration",
    "sectors",
    "transition",
    "bodies",
    "codes",
    "working_days",
    "draws",
    "samples",
)


@dataclass(frozen=True)
class Answer:
    """What one part of a rule's output is: its kind in a word and its label."""

    word: str
    en: str
    zh: str

    @property
    def label(self) -> Words:
        """The label in both languages."""
        return {"en": self.en, "zh": self.zh}


@dataclass(frozen=True)
class Step:
    """One line of the working, as the Calculators page shows it.

    Args:
        words: what was done, in both languages.
        value: the figure at the right of the line, or None.
        source: ``document@version#clause`` this line rests on, or empty for the rule's own.
        unconfirmed: the line rests on a value that a deployment must confirm.
    """

    words: Words
    value: Any = None
    source: str = ""
    unconfirmed: bool = False


class Work:
    """What a rule is given besides its inputs: its parameters, and paper to write the working on."""

    def __init__(self, on: date | None = None) -> None:
        self.on = on
        self.steps: list[Step] = []
        self.parameters: list[Parameter] = []

    def parameter(self, name: str, regime: str = "") -> Any:
        """Return a parameter's value for the day of the evaluation, and note that it was used."""
        row = parameters.lookup(name, regime, self.on)
        if row not in self.parameters:
            self.parameters.append(row)
        return row.value

    def step(
        self, en: str, zh: str, value: Any = None, *, source: str = "", unconfirmed: bool = False, **facts: Any
    ) -> None:
        """Write one line of the working; an endless fraction is shown to four decimals."""
        if isinstance(value, Fraction):
            value = rounded(value, 4)
        self.steps.append(Step(say(en, zh, **facts), value, source, unconfirmed))


Compute = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Rule:
    """A registered rule.

    Args:
        id: ``AREA.name``, never translated.
        title: in both languages.
        source: versioned clauses it rests on, main one first.
        inputs: name → kind.
        outputs: name → what it is. Parts that only some answers carry are said so in their label.
        compute: the function; gets a :class:`Work` and the inputs read.
        supplied: inputs which the engine of a scheme supplies itself.
        bind: inputs which a scheme must bind; every other input is optional for a scheme.
        decides: questions of the scheme language which the rule may decide.
        unconfirmed: the rule as such rests on memory of its source, so the page says "unconfirmed".
    """

    id: str
    title: Words
    source: tuple[str, ...]
    inputs: Mapping[str, Kind]
    outputs: Mapping[str, Answer]
    compute: Compute
    supplied: tuple[str, ...] = ()
    bind: tuple[str, ...] = ()
    decides: tuple[str, ...] = ()
    unconfirmed: bool = False

    @property
    def optional(self) -> tuple[str, ...]:
        """Inputs which a scheme may bind or leave open."""
        return tuple(name for name in self.inputs if name not in (*self.supplied, *self.bind))


@dataclass(frozen=True)
class Result:
    """What a rule answered, and how.

    Args:
        rule: the rule that answered.
        output: name → day, whole number, Decimal, text, yes/no, list or None.
        working: the lines of the calculation; the last one is the conclusion.
        parameters: the rows used.
        inputs: as they were read.
        on: the day whose parameters were asked for, or None.
    """

    rule: Rule
    output: dict[str, Any]
    working: tuple[Step, ...]
    parameters: tuple[Parameter, ...]
    inputs: dict[str, Any] = field(default_factory=dict)
    on: date | None = None

    @property
    def source(self) -> tuple[str, ...]:
        """Versioned clauses the rule rests on."""
        return self.rule.source

    @property
    def conclusion(self) -> Words:
        """The answer in one sentence, in both languages."""
        return self.working[-1].words

    @property
    def unconfirmed(self) -> bool:
        """True when the answer rests on a value that a deployment must confirm."""
        return (
            self.rule.unconfirmed
            or any(row.unconfirmed for row in self.parameters)
            or any(step.unconfirmed for step in self.working)
        )

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain data; days as ISO text, decimals still as Decimal (see ``writing``)."""
        return {
            "rule": self.rule.id,
            "title": self.rule.title,
            "inputs": self.inputs,
            "output": self.output,
            "working": [
                {
                    "words": step.words,
                    "value": step.value,
                    "source": step.source,
                    "unconfirmed": step.unconfirmed,
                }
                for step in self.working
            ],
            "parameters": [
                {
                    "name": row.name,
                    "regime": row.regime,
                    "title": row.title,
                    "value": row.value,
                    "unit": row.unit,
                    "valid_from": row.valid_from,
                    "valid_to": row.valid_to,
                    "source": row.source,
                    "unconfirmed": row.unconfirmed,
                }
                for row in self.parameters
            ],
            "source": list(self.source),
            "unconfirmed": self.unconfirmed,
            "on": self.on,
        }


_rules: dict[str, Rule] = {}


def rule(
    id: str,
    *,
    title: Words,
    source: str | Sequence[str],
    inputs: Mapping[str, Kind],
    output: Mapping[str, Answer],
    supplied: Sequence[str] = (),
    bind: Sequence[str] | None = None,
    decides: Sequence[str] = (),
    unconfirmed: bool = False,
) -> Callable[[Compute], Compute]:
    """Register a function as a rule; see :class:`Rule`.

    ``bind`` is, where not said, every input that is neither supplied nor optional.
    """

    def register(compute: Compute) -> Compute:
        if id in _rules:
            raise ValueError(f"Two rules are called {id}.")
        open_inputs = [name for name, kind in inputs.items() if not kind.optional and name not in supplied]
        _rules[id] = Rule(
            id=id,
            title=title,
            source=(source,) if isinstance(source, str) else tuple(source),
            inputs=dict(inputs),
            outputs=dict(output),
            compute=compute,
            supplied=tuple(supplied),
            bind=tuple(open_inputs if bind is None else bind),
            decides=tuple(decides),
            unconfirmed=unconfirmed,
        )
        return compute

    return register


@lru_cache(maxsize=1)
def index() -> Mapping[str, Rule]:
    """Return every rule of this build by its id, in the order of the reference page."""
    places = {importlib.import_module(f"testamur.rules.{name}").__name__: at for at, name in enumerate(MODULES)}
    # Whoever imported a module of rules before us does not move it forward; within a module the order is its own.
    listed = sorted(_rules.items(), key=lambda item: places[item[1].compute.__module__])
    return dict(listed)


def find(rule_id: str) -> Rule:
    """Return a rule.

    Raises:
        Refused: this build has no such rule.
    """
    try:
        return index()[rule_id]
    except KeyError:
        area = rule_id.split(".", 1)[0]
        near = [name for name in index() if name.startswith(f"{area}.")]
        if near:
            message = _("There is no rule {rule}; in this area there are: {near}.")
        else:
            message = _("There is no rule {rule}; `testamur rule --list` names those there are.")
        raise Refused(message, {"rule": rule_id, "near": near}, field="rule") from None


def evaluate(rule_id: str, inputs: Mapping[str, Any], on: date | None = None) -> Result:
    """Answer a rule.

    Args:
        rule_id: e.g. ``"MD5.audit_time"``.
        inputs: name → value, as JSON or Python writes it.
        on: the day whose parameters hold; without it those of today (see ``parameters.lookup``).

    Raises:
        Refused: no such rule, an input is missing, unknown or wrong (``field`` names it), or no parameter
            holds on the day. The refusal names the rule and its source.
    """
    found = find(rule_id)
    try:
        read = _read(found, inputs)
        work = Work(on)
        output = found.compute(work, **read)
    except Refused as refusal:
        refusal.rule = refusal.rule or found.id
        refusal.source = refusal.source or found.source[0]
        raise
    return Result(found, output, tuple(work.steps), tuple(work.parameters), read, on)


def _read(found: Rule, inputs: Mapping[str, Any]) -> dict[str, Any]:
    for name in inputs:
        if name not in found.inputs:
            raise Refused(
                _("{rule} has no input called {name}; its inputs are: {names}."),
                {"rule": found.id, "name": name, "names": list(found.inputs)},
                field=str(name),
            )
    return {name: kind.read(inputs.get(name), name) for name, kind in found.inputs.items()}
