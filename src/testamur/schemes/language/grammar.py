"""The tables in the order of the functional approach. A file keeps it, so two schemes read side by side."""

from __future__ import annotations

from testamur.schemes.language import tables
from testamur.schemes.language.tables import Table

GRAMMAR: dict[str, type[Table]] = {
    "scheme": tables.Scheme,
    "requirement": tables.Requirement,
    "scope": tables.Scope,
    "grade": tables.Grade,
    "role": tables.Role,
    "authority": tables.Authority,
    "part": tables.Part,
    "field": tables.Field,
    "question": tables.Question,
    "team": tables.Team,
    "activity": tables.Activity,
    "finding": tables.Finding,
    "review": tables.Review,
    "decision": tables.Decision,
    "attestation": tables.Attestation,
    "mark": tables.Mark,
    "round": tables.Round,
    "trigger": tables.Trigger,
    "ground": tables.Ground,
    "deadline": tables.Deadline,
    "fee": tables.Fee,
    "benefit": tables.Benefit,
    "disclosure": tables.Disclosure,
    "report": tables.Report,
    "drop": tables.Drop,
    "rule": tables.Rule,
}
#: Written ``[name]``, once; all others ``[[name]]``, many times, each with an id.
SINGLE = frozenset({"scheme", "team", "review", "decision", "attestation", "disclosure"})
#: May stand wherever the function it serves stands.
ANYWHERE = frozenset({"rule"})
#: Stands with another table: fields follow their part.
SAME_RANK = {"field": "part"}
#: Without one of each of these nobody could apply.
NEEDED = (
    "requirement", "scope", "role", "authority", "part", "field", "activity", "review", "decision",
    "attestation",
    "ground", "disclosure",
)  # fmt: skip
#: What a file that integrates schemes may say; the rest stays in the schemes it integrates.
INTEGRATED = frozenset({"scheme", "part", "field", "question", "team", "deadline", "fee", "rule", "role"})


def brackets(name: str) -> str:
    """Return a table's name as it is written: ``[review]``, ``[[finding]]``."""
    return f"[{name}]" if name in SINGLE else f"[[{name}]]"


def label(name: str, ident: object = None) -> str:
    """Return how sentences name a table: ``[review]``, ``[[finding]] "major"``."""
    return f'{brackets(name)} "{ident}"' if ident and name not in SINGLE else brackets(name)
