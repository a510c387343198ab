"""Write the table of path validation as JSON files, for a verifier in another language.

``PYTHONPATH=src:tests python -m unit.verification.path_cases DIR`` writes one file for each row:

    {"name", "trust": trust file, "now": instant, "credential": site path,
     "files": {site path: text}, "expected": {"result", "now", "at_issue"}}

``files`` is what a site would serve (tiles are left out: no verification reads them). The codes are those of the
table, checked against the Python verifier while they are written. Keys are made anew in each run.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testamur.kernel.days import iso
from testamur.verification import layout
from testamur.verification.path import validate
from unit.verification.mutations import AT_ISSUE, MUTATIONS, OTHERS
from unit.verification.universe import CERT, NOW, World

Case = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One row of the table: what is broken, the file asked about, and the codes of today and of the day of issue."""

    name: str
    world: World
    credential: str
    code: str
    at_issue: str | None = None  # where the table does not say, the Python verifier's answer is written


def rows() -> Iterator[Row]:
    """Yield the valid world, it with two cosigners, and each mutation, all built."""
    certificate = layout.certificate(CERT)
    yield Row("the valid world", World().build(), certificate, "VALID", "VALID")
    witnessed = World()
    witnessed.quorum, witnessed.cosigners = 2, ["w1", "w2"]
    yield Row("the valid world, cosigned by two of two", witnessed.build(), certificate, "VALID", "VALID")
    for name, (code, change) in MUTATIONS.items():
        yield Row(name, _changed(change), certificate, code)
    for name, (code, path, change) in OTHERS.items():
        yield Row(name, _changed(change), path, code)
    for name, (code, at_issue, change) in AT_ISSUE.items():
        yield Row(name, _changed(change), certificate, code, at_issue)


def _changed(change: Callable[[World], object]) -> World:
    world = World()
    change(world)
    return world.build()


def cases() -> Iterator[Case]:
    """Yield every row as an object that JSON can hold."""
    for row in rows():
        world = row.world
        found = validate(world.files[row.credential], site=world, trust=world.trust, now=NOW)
        assert found.result == row.code, (row.name, found.result, found.sentence())
        assert row.at_issue in (None, str(found.at_issue)), (row.name, found.at_issue)
        yield {
            "name": row.name,
            "trust": world.trust.to_json(),
            "now": iso(NOW),
            "credential": row.credential,
            "files": {
                path: data.decode() for path, data in sorted(world.files.items()) if not path.startswith("log/tile/")
            },
            "expected": {"result": row.code, "now": str(found.now), "at_issue": str(found.at_issue)},
        }


def write(folder: Path) -> int:
    """Write every row into a folder, and ``index.json`` with their names; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    names: dict[str, str] = {}
    for number, case in enumerate(cases()):
        file = f"{number:03d}-{re.sub('[^a-z0-9]+', '-', case['name'].lower()).strip('-')}.json"
        (folder / file).write_text(json.dumps(case, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        names[file] = case["expected"]["result"]
    (folder / "index.json").write_text(json.dumps(names, indent=1) + "\n", encoding="utf-8")
    return len(names)


if __name__ == "__main__":
    print(f"{write(Path(sys.argv[1]))} cases")
