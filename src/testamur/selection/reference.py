"""The page of ``docs/reference`` with the tables of stages and statuses, drawn from the tables that the code obeys."""

from __future__ import annotations

from testamur.kernel.words import NEXT, Status
from testamur.selection.models import Application, Case


def pages() -> dict[str, str]:
    """Return file name → Markdown."""
    lines = [
        "# States",
        "",
        "Printed from the tables that the code obeys; a move that is not drawn is refused.",
        "",
        "## Stages of a case",
        "",
        "`Case.move` follows `Case.NEXT`. *Sent back* is an earlier stage again; *done* ends with what was decided,",
        "*closed* ends without a positive decision. A renewal that the law grants by silence goes to attestation",
        "from wherever it was left lying before a decision.",
        "",
        *_drawn(
            {stage.value: [one.value for one in Case.Stage if one in after] for stage, after in Case.NEXT.items()},
            "application",
        ),
        "",
        "## Statuses of an attestation",
        "",
        "`kernel.words.NEXT`. Only *suspended* can return to *valid*. *Expired* is computed from the last day and",
        "never waited for, so no act leads there; what the rules call restoration after expiry is a new attestation.",
        "",
        *_drawn(
            {status.value: [one.value for one in Status if one in after] for status, after in NEXT.items()}, "valid"
        ),
        "",
        "## States of an application",
        "",
        "| State | |",
        "|---|---|",
        *(f"| `{state.value}` | {state.label} |" for state in Application.State),
    ]
    return {"states.md": "\n".join(lines)}


def _drawn(after: dict[str, list[str]], first: str) -> list[str]:
    """Return a table of moves as a Mermaid diagram."""
    moves = [f"    {name} --> {one}" for name, following in after.items() for one in following]
    ends = [f"    {name} --> [*]" for name, following in after.items() if not following]
    return ["```mermaid", "stateDiagram-v2", f"    [*] --> {first}", *moves, *ends, "```"]
