"""Set a document as PDF/A-3b with typst: one compiler for a folder of templates in each process, because a fresh one
scans all fonts again."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

#: Families whose every glyph the pages need; both are of Debian's fonts-noto-cjk (OFL) and embedded as subsets.
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
def _compiler(folder: Path) -> Any:
    import typst

    # The folder is the root: a template attaches files under names that are relative to it.
    return typst.Compiler(root=str(folder), font_paths=typst.Fonts(include_embedded_fonts=False))


def typeset(template: Path, facts: Mapping[str, Any], *, at: datetime) -> bytes:
    """Return a template filled in as PDF/A-3b.

    Args:
        template: a ``.typ`` file; it imports from its own folder only; it reads ``json(bytes(sys.inputs.data))``.
        facts: what the template expects.
        at: instant written into the document; with it the same facts give the same bytes on the same machine.

    Raises:
        typst.TypstError: a fact that the template does not expect; a mistake of ours.
    """
    with _LOCK:
        made = _compiler(template.parent).compile(
            input=str(template),
            format="pdf",
            sys_inputs={"data": json.dumps(facts, ensure_ascii=False)},
            pdf_standards=["a-3b"],
            timestamp=at.replace(microsecond=0),
        )
    assert isinstance(made, bytes)
    return made
