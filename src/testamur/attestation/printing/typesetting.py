"""Set a sheet as PDF/A-3b with typst: one compiler a process, because a fresh one scans all fonts again."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).resolve().parent / "templates"
#: Families whose every glyph the sheets need; both are of Debian's fonts-noto-cjk (OFL) and embedded as subsets.
FAMILIES = ("Noto Serif CJK SC", "Noto Sans CJK SC")
#: typst lays out one document at a time in a compiler; requests of other threads wait their milliseconds.
_LOCK = threading.Lock()


@cache
def lacking() -> str:
    """Return what this machine lacks to print, by its name for the package manager; empty where it can print."""
    if find_spec("typst") is None:
        return "typst"
    import typst

    known = set(typst.Fonts(include_embedded_fonts=False).families())
    return "" if known >= set(FAMILIES) else "fonts-noto-cjk"


@cache
def _compiler() -> Any:
    import typst

    return typst.Compiler(root=str(TEMPLATES), font_paths=typst.Fonts(include_embedded_fonts=False))


def templates() -> list[str]:
    """Return the names of the families that have a sheet."""
    return sorted(path.stem for path in TEMPLATES.glob("*.typ") if path.stem != "frame")


def typeset(template: str, facts: Mapping[str, Any], *, at: datetime) -> bytes:
    """Return the sheet as PDF/A-3b.

    Args:
        template: one of :func:`templates`.
        facts: what ``sheet.facts_of`` returns.
        at: instant written into the document; with it the same facts give the same bytes on the same machine.

    Raises:
        typst.TypstError: a fact that the templates do not expect; a mistake of ours.
    """
    with _LOCK:
        made = _compiler().compile(
            input=str(TEMPLATES / f"{template}.typ"),
            format="pdf",
            sys_inputs={"data": json.dumps(facts, ensure_ascii=False)},
            pdf_standards=["a-3b"],
            timestamp=at.replace(microsecond=0),
        )
    assert isinstance(made, bytes)
    return made
