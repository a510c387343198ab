"""The pages of ``docs/reference`` that the register's code knows."""

from __future__ import annotations


def pages() -> dict[str, str]:
    """Return file name → text."""
    return {"remarks.md": remarks(), "open-data.md": open_data()}


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


def open_data() -> str:
    """Return the data dictionary of the open data."""
    from testamur.register.opendata.columns import COLUMNS
    from testamur.register.opendata.described import LICENCES, NOTES

    lines = [
        "# Open data: data dictionary / 开放数据：数据字典",
        "",
        "Columns of `certificates.parquet` and `certificates.csv.gz` of every snapshot, as `datapackage.json` beside",
        "them says for machines (Frictionless Table Schema). One row is one public record in its present state.",
        "每行为一条公开记录的现状；机器可读的同一说明见快照中的 `datapackage.json`。",
        "",
        "| Column 列 | Type 类型 | Always filled 必填 | What it says | 含义 |",
        "|---|---|---|---|---|",
    ]
    for one in COLUMNS:
        values = f" One of: {', '.join(f'`{value}`' for value in one.values)}." if one.values else ""
        en, zh = _cell(one.means["en"] + values), _cell(one.means["zh"])
        lines.append(f"| `{one.name}` | {one.type} | {'yes 是' if one.filled else ''} | {en} | {zh} |")
    lines += ["", NOTES["en"], NOTES["zh"], "", "Licences that are named with their address: "
              + ", ".join(f"[{name}]({address})" for name, address in LICENCES.items()) + "."]  # fmt: skip
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
