"""Rules: what they ask, and their answer with the working."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from pydantic import Field

from testamur.api.endpoint import endpoint
from testamur.api.endpoints.attestations import FIRST, LAST
from testamur.api.problems import Problem
from testamur.api.shapes import Given, Shape, Text
from testamur.kernel.refusal import Refused
from testamur.rules import evaluate, index
from testamur.rules.engine import Rule
from testamur.rules.kinds import described


class InputOut(Shape):
    """What a rule asks."""

    name: str
    kind: str
    meaning: Text
    needed: bool


class OutputOut(Shape):
    """What a rule answers."""

    name: str
    kind: str
    meaning: Text


class RuleOut(Shape):
    """A rule: its id is never translated; ``unconfirmed`` says that a value of it waits for confirmation."""

    id: str
    title: Text
    source: list[str]
    unconfirmed: bool
    inputs: list[InputOut]
    outputs: list[OutputOut]


class RulesOut(Shape):
    """Every rule of this build."""

    items: list[RuleOut]


class EvaluationIn(Given):
    """Inputs by name, and the day whose parameters hold (today without one)."""

    inputs: dict[Annotated[str, Field(max_length=80)], Any] = Field(default_factory=dict, max_length=60)
    on: Annotated[date | None, Field(ge=FIRST, le=LAST)] = None


class EvaluationOut(Shape):
    """The answer, and how it came about: each line of the working has its sentence, figure and source."""

    rule: str
    title: Text
    inputs: dict[str, Any]
    output: dict[str, Any]
    working: list[dict[str, Any]]
    parameters: list[dict[str, Any]]
    source: list[str]
    unconfirmed: bool
    on: date | None


@endpoint("GET", "/rules", response=RulesOut, summary="Rules of this build", tags=["rules"])
def list_rules(request: HttpRequest) -> Any:
    """Return every computable rule with its inputs, outputs and sources."""
    return {"items": [_rule(one) for one in index().values()]}


@endpoint("GET", "/rules/{rule_id}", response=RuleOut, summary="One rule", tags=["rules"])
def read_rule(request: HttpRequest, rule_id: str) -> Any:
    """Return one rule."""
    return _rule(_find(rule_id))


@endpoint("POST", "/rules/{rule_id}/evaluations", response=EvaluationOut, summary="Evaluate a rule", tags=["rules"])
def evaluate_rule(request: HttpRequest, rule_id: str, body: EvaluationIn) -> Any:
    """Return what the rule says of these inputs, with the working; nothing is stored."""
    rule = _find(rule_id)
    try:
        return evaluate(rule.id, body.inputs, body.on).to_json()
    except Refused as refused:
        if refused.field:  # an input that cannot be read, not a rule that says no
            raise Problem.of("invalid", refused) from None
        raise


def _find(rule_id: str) -> Rule:
    if rule_id not in index():
        raise Http404
    return index()[rule_id]


def _rule(one: Rule) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "source": list(one.source),
        "unconfirmed": one.unconfirmed,
        "inputs": [
            {
                "name": name,
                "kind": described(kind),
                "meaning": {"en": kind.en, "zh": kind.zh},
                "needed": not kind.optional,
            }
            for name, kind in one.inputs.items()
        ],
        "outputs": [
            {"name": name, "kind": answer.word, "meaning": answer.label} for name, answer in one.outputs.items()
        ],
    }
