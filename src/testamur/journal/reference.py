"""The journal's page of ``docs/reference``: every kind of event that an act may leave."""

from __future__ import annotations

from testamur.journal import kinds


def pages() -> dict[str, str]:
    """Return file name → Markdown."""
    lines = [
        "# Events",
        "",
        "Every act leaves one event of one of these kinds, in its own transaction: by whom, when it took effect,",
        "when it was recorded, by which rule. An act of another kind cannot be recorded. Printed from the code.",
        "",
        "| Kind | What timelines show | 时间线显示 | Version |",
        "|---|---|---|---|",
    ]
    lines += [f"| `{one.id}` | {one.title['en']} | {one.title['zh']} | {one.version} |" for one in kinds.index()]
    return {"events.md": "\n".join(lines)}
