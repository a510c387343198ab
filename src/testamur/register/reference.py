"""The pages of ``docs/reference`` that the register's code knows."""

from __future__ import annotations


def pages() -> dict[str, str]:
    """Return file name → text."""
    return {"remarks.md": remarks()}


def remarks() -> str:
    """Return the page of what can be wrong with a row."""
    from testamur.register.reporting.codes import CODES

    lines = [
        "# Remarks about rows",
        "",
        "What `testamur mirror` and the deliveries of the API say of single rows. A row that is rejected rejects",
        "itself only; other remarks come from the linter or tell what was guessed, and the row comes in.",
        "",
        "| Code | Rejects | What is wrong | What helps |",
        "|---|---|---|---|",
    ]
    for name, code in CODES.items():
        lines.append(f"| `{name}` | {'yes' if code.rejects else ''} | {_cell(code.reason)} | {_cell(code.remedy)} |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
