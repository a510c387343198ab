"""The reference page of the rules, printed from their registration: ``python -m testamur.rules.reference``."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from testamur.rules import parameters
from testamur.rules.engine import Rule, index
from testamur.rules.kinds import described
from testamur.rules.parameters import Parameter
from testamur.rules.sources import written


def pages() -> dict[str, str]:
    """Return file name → Markdown of the pages that this package adds to ``docs/reference``."""
    return {"rules.md": page()}


def page() -> str:
    """Return the page: every rule with its inputs, outputs and sources; then every parameter row."""
    lines = [
        "# Rules",
        "",
        "Every rule of this build. `testamur rule ID --inputs JSON` answers one and shows the working; a scheme",
        "names a rule and binds its inputs. This page is printed from the code.",
        "",
    ]
    for rule in index().values():
        lines += _of_rule(rule)
    lines += [
        "## Parameters",
        "",
        "Limits and tables with the days between which they hold. A change of the law is a new row in",
        "`src/testamur/rules/parameters`.",
        "",
        "| name | regime | value | from | to | source |",
        "|---|---|---|---|---|---|",
        *(_of_row(row) for row in parameters.rows()),
        "",
    ]
    return "\n".join(lines)


def _of_rule(rule: Rule) -> list[str]:
    sources = "; ".join(f"{written(source)['en']} (`{source}`)" for source in rule.source)
    first_line = (rule.compute.__doc__ or "").strip().splitlines()[0]
    lines = [f"## {rule.id}", "", f"**{rule.title['en']}** · {rule.title['zh']}. {first_line}", ""]
    lines += ["| input | kind | meaning | in a scheme |", "|---|---|---|---|"]
    for name, kind in rule.inputs.items():
        by = "supplied by the engine" if name in rule.supplied else "bound" if name in rule.bind else "may be bound"
        lines.append(f"| `{name}` | {_cell(described(kind))} | {_cell(f'{kind.en} · {kind.zh}')} | {by} |")
    lines += ["", "| output | kind | meaning |", "|---|---|---|"]
    for name, answer in rule.outputs.items():
        lines.append(f"| `{name}` | {_cell(answer.word)} | {_cell(f'{answer.en} · {answer.zh}')} |")
    decides = ", ".join(f"`{question}`" for question in rule.decides)
    lines += ["", f"Source: {sources}.{' Unconfirmed.' if rule.unconfirmed else ''}"]
    if decides:
        lines.append(f"Question a scheme may ask of it: {decides}.")
    return [*lines, ""]


def _of_row(row: Parameter) -> str:
    value = f"{len(row.value)} rows" if isinstance(row.value, list) else str(row.value)
    if row.value and isinstance(row.value, list) and isinstance(row.value[0], date):
        value = f"{len(row.value)} days"
    if isinstance(row.value, bool):
        value = "yes" if row.value else "no"
    unit = f" {row.unit}" if row.unit and not isinstance(row.value, list) and value != "permanent" else ""
    doubt = " (unconfirmed)" if row.unconfirmed else ""
    until = row.valid_to.isoformat() if row.valid_to else ""
    return (
        f"| `{row.name}`<br>{_cell(row.title['en'])} · {_cell(row.title['zh'])} | {row.regime} | {value}{unit}{doubt} "
        f"| {row.valid_from.isoformat()} | {until} | {_cell(written(row.source)['en'])} |"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main(argv: list[str] | None = None) -> int:
    """Write the page to the path given, or into ``docs/reference`` of the working directory."""
    arguments = sys.argv[1:] if argv is None else argv
    target = Path(arguments[0]) if arguments else Path("docs/reference/rules.md")
    target.write_text(page().rstrip() + "\n", encoding="utf-8")
    print(f"{target}: {len(index())} rules, {len(parameters.rows())} parameters")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
