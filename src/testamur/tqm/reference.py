"""The reference page of the methods, printed from their registration."""

from __future__ import annotations

from testamur.tqm.methods import REQUIRED, Field, Method, index


def pages() -> dict[str, str]:
    """Return file name → Markdown of the pages that this package adds to ``docs/reference``."""
    return {"statistics.md": page()}


def page() -> str:
    """Return the page: every method with its inputs, parameters, source and editions."""
    lines = [
        "# Statistics",
        "",
        "Every method of this build. `testamur tqm METHOD --input FILE` computes one; the file is JSON with `data` and",
        "`parameters`, or a table. Every method takes the parameter `edition`. This page is printed from the code.",
        "",
        "| method | | source |",
        "|---|---|---|",
    ]
    for method in index().values():
        lines.append(
            f"| [`{method.id}`](#{method.id}) | {method.title['en']} · {method.title['zh']} | {method.source} |"
        )
    lines.append("")
    for method in index().values():
        lines += _of(method)
    return "\n".join(lines)


def _of(method: Method) -> list[str]:
    editions = ", ".join(method.editions)
    clause = f", {method.clause}" if method.clause else ""
    drawn = " `--plot` draws it." if method.chart else ""
    lines = [f"## {method.id}", "", f"**{method.title['en']}** · {method.title['zh']}.{drawn}", ""]
    rows = [(name, about, "data") for name, about in method.data.items()]
    rows += [(name, about, "parameter") for name, about in method.parameters.items()]
    if rows:
        lines += ["| name | where | kind | meaning | unless given |", "|---|---|---|---|---|"]
        lines += [_row(*row) for row in rows] + [""]
    return [*lines, f"Source: {method.source}{clause}. Editions: {editions}.", ""]


def _row(name: str, about: Field, where: str) -> str:
    others = "".join(f", `{other}`" for other in about.names)
    meaning = f"{about.en} · {about.zh}".replace("|", "\\|")
    default = "required" if about.default is REQUIRED else "" if about.default in (None, ()) else f"`{about.default}`"
    return f"| `{name}`{others} | {where} | {about.kind} | {meaning} | {default} |"
