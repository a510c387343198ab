"""Read the code lists that are handed out as tables; a list is known by the names in its first line.

Each reader returns trees and says what was odd in the file, so that nothing is mended in silence.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from testamur.kernel import multibase
from testamur.kernel.refusal import Refused, _
from testamur.requirements import reading
from testamur.requirements.drafts import Draft, Oddities
from testamur.requirements.formats import FORMATS


def read(path: Path, *, name: str = "", edition: str = "") -> tuple[list[Draft], Oddities]:
    """Read a list.

    Args:
        name: call the tree so, instead of the list's own name; only where the file holds one tree.
        edition: of a file that does not say its own; without it such a list is named after its content.

    Raises:
        Refused: not readable, no list that is known, empty, or a name or edition that the file contradicts.
    """
    header = reading.header(path)
    known = next((one for one in FORMATS if set(one.columns) <= set(header)), None)
    if known is None:
        raise Refused(
            _("{file} is not a list that is known: its first line names {found}. Known are: {known}."),
            {
                "file": path.name,
                "found": list(header[:12]) or "–",
                "known": [f"{one.title} ({', '.join(one.columns)})" for one in FORMATS],
            },
            rule="trees.format",
            source="testamur@2026-1#trees",
        )
    rows = list(reading.rows(path, known.columns))
    if not rows:
        raise Refused(
            _("{file} holds no rows below its first line."),
            {"file": path.name},
            rule="trees.format",
            source="testamur@2026-1#trees",
        )
    said = multibase.digest(json.dumps([row for _line, row in rows], sort_keys=True).encode())[-10:].lower()
    odd: Oddities = []
    drafts = known.read(rows, edition or f"file-{said}", odd)
    _check_asked(path, drafts, name, edition)
    if name:
        drafts[0].name = name
    return drafts, odd


def _check_asked(path: Path, drafts: list[Draft], name: str, edition: str) -> None:
    for text in filter(None, (name, edition)):
        if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,39}", text):
            raise Refused(
                _("“{text}” names no tree or edition; write small letters, digits, dots and hyphens, at most 40."),
                {"text": text},
                rule="trees.names",
                source="testamur@2026-1#trees",
            )
    if (name or edition) and len(drafts) > 1:
        raise Refused(
            _("{file} holds several editions ({trees}) and names them itself; leave out --tree and --edition."),
            {"file": path.name, "trees": [draft.key for draft in drafts]},
            rule="trees.names",
            source="testamur@2026-1#trees",
        )
    if edition and drafts[0].edition != edition and not drafts[0].edition.endswith(f"-{edition}"):
        raise Refused(
            _("{file} is the edition {found}, as its content shows, and not {edition}."),
            {"file": path.name, "found": drafts[0].edition, "edition": edition},
            rule="trees.names",
            source="testamur@2026-1#trees",
        )
