"""``bundle.json``: everything for offline use of one certificate: what one validation of it reads.

Version 2 holds a signed file as its three parts, the middle one opened: in base64url it would be a third longer, and
the bits of a status list would be base64 within base64. Version 1 held each file as one text.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from testamur.kernel.days import iso
from testamur.verification import coverage, credential, jcs, table
from testamur.verification.evidence import Evidence
from testamur.verification.path import validate
from testamur.verification.site import RecordingSite, Site, opened
from testamur.verification.strict_json import Malformed, parse_object
from testamur.verification.trust_file import Trust
from testamur.verification.verdict import Rejected, Verdict

_TABLE_MOST = 50_000_000  # bytes


def build(path: str, *, site: Site, trust: Trust, now: datetime) -> tuple[dict[str, Any], Verdict]:
    """Return the bundle of a credential, and the verdict at the instant it was made.

    Args:
        path: site path of the credential, ``"c/<code>.jwt"``.
        site: where the files are.
        trust: what the platform itself trusts; a reader brings a trust file of their own.
        now: instant of making.

    Returns:
        The object, to be written as JSON. Trees and crosswalks are cut to the rows that matter, each with its path
        to the table's root; all else is whole, as served. A withdrawn certificate has a bundle too.

    Raises:
        LookupError: the site has no such credential.
    """
    recording = RecordingSite(site)
    data = recording.read(path)
    if data is None:
        raise LookupError(path)
    evidence = Evidence(recording, trust)
    verdict = validate(data, site=recording, trust=trust, now=now, cache=evidence)
    files = dict(recording.files)
    named = _named_nodes(files)
    tables = {
        name: parse_object(data, _TABLE_MOST)
        for name, data in files.items()
        if name.startswith("trees/") and name.endswith(".json")
    }
    for name, part in _cut(tables, named).items():
        files[name] = jcs.canonical(part)
    facts: dict[str, Any] = {
        "type": "testamur-bundle",
        "v": 2,
        "host": trust.host,
        "made": iso(now),
        "credential": path,
        "files": {name: opened(files[name]) for name in sorted(files)},
    }
    return facts, verdict


def _named_nodes(files: dict[str, bytes]) -> set[str]:
    """Return every node that a scope line of a bundled credential names."""
    nodes: set[str] = set()
    for name, data in files.items():
        if not name.endswith(".jwt") or not name.startswith(("c/", "acc/")) or ".history" in name:
            continue
        try:
            subject = credential.parse(data).payload.get("credentialSubject")
            if isinstance(subject, dict):
                for key in ("scopeLine", "accreditationScope"):
                    nodes |= {node for _tree, node in coverage.nodes_of(coverage.lines_of(subject.get(key)))}
        except (Malformed, Rejected):
            continue
    return nodes


def _cut(tables: dict[str, dict[str, Any]], nodes: set[str]) -> dict[str, dict[str, Any]]:
    """Return the tables with the rows of the nodes, of what lies above them, and of what crosswalks make of them."""
    wanted, known = set(nodes), -1
    while len(wanted) != known:
        known = len(wanted)
        for facts in tables.values():
            crosswalk = facts["head"]["kind"] == "crosswalk"
            for row in facts.get("rows", ()):
                above = row[3] if crosswalk else row[1]
                if above is not None and row[1 if crosswalk else 0] in wanted:
                    wanted.add(above)
    return {
        name: table.part(
            facts,
            [
                place
                for place, row in enumerate(facts["rows"])
                if row[1 if facts["head"]["kind"] == "crosswalk" else 0] in wanted
            ],
        )
        for name, facts in tables.items()
        if "rows" in facts
    }
