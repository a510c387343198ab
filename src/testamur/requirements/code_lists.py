"""Code lists that the product needs: written out where they are short, taken from installed packages where long."""

from __future__ import annotations

import json
import tomllib
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from testamur.journal.actions import ByMembership, ByRule
from testamur.kernel.refusal import Refused, _
from testamur.requirements.actions import hold_adoption, hold_document, publish_crosswalk, publish_tree
from testamur.requirements.formats import PLACEHOLDERS
from testamur.requirements.models import Crosswalk, Document, Supersession, Tree
from testamur.rules import parameters

DATA = Path(__file__).resolve().parent / "data"
GENERATED = DATA / "generated"
WRITTEN = "written"  # register of the documents that are written out here

TITLES = {
    "regions": {"en": "Divisions of China (GB/T 2260)", "zh": "行政区划（GB/T 2260）"},
    "countries": {"en": "Countries (ISO 3166-1)", "zh": "国家和地区（ISO 3166-1）"},
}


@lru_cache(maxsize=1)
def written() -> dict[str, dict[str, Any]]:
    """Return the trees that are written out in this package: key → title, source, confirmed, nodes."""
    found = {}
    for path in sorted(DATA.glob("*.toml")):
        facts = tomllib.loads(path.read_text(encoding="utf-8"))
        found[str(facts["key"])] = facts
    return found


def publish_written(*, by: ByMembership | ByRule, at: datetime) -> list[Tree]:
    """Publish the lists that are written out in this package, the way from NACE to sectors, and the adoptions."""
    made = []
    for key, facts in written().items():
        nodes = [(code, {"en": row["en"], "zh": row["zh"]}, row.get("parent")) for code, row in facts["nodes"].items()]
        made.append(
            publish_tree(
                key=key,
                title=facts["title"],
                source=facts["source"],
                nodes=nodes,
                confirmed=facts.get("confirmed", True),
                by=by,
                at=at,
            )
        )
    publish_sectors_of_industries(by=by, at=at)
    hold_written_documents()
    return made


def publish_sectors_of_industries(*, by: ByMembership | ByRule, at: datetime) -> Crosswalk:
    """Publish as a crosswalk what SCOPE.nace_to_iaf reads: one table, so that rule and scope algebra cannot differ.

    A row speaks for its code and what lies below it, as the rule's longest prefix does.
    """
    parameter = parameters.lookup("scope.iaf_sectors")
    return publish_crosswalk(
        key="nace-to-sectors@iaf-id1-2023",
        from_tree="nace@2",
        to_tree="sectors@iaf-id1-2023",
        rows=[(prefix, str(number)) for number, _en, _zh, prefixes in parameter.value for prefix in prefixes],
        effective_from=parameter.valid_from,
        source=parameter.source,
        by=by,
        at=at,
    )


def hold_written_documents() -> list[Document]:
    """Hold the national standards of the library, the international ones they adopt, and what replaced what."""
    facts = tomllib.loads((DATA / "documents/adoptions.toml").read_text(encoding="utf-8"))
    rows, confirmed = facts["documents"], facts["confirmed"]
    held = {
        key: hold_document(
            key=key,
            designation=row["designation"],
            title={"en": row["en"], "zh": row["zh"]},
            status=row.get("status", Document.Status.PUBLISHED),
            confirmed=confirmed,
            register=WRITTEN,
        )
        for key, row in rows.items()
    }
    for key, row in rows.items():
        if "adopts" in row:
            hold_adoption(
                adopting=held[key],
                adopted=held[row["adopts"]],
                degree=row["degree"],
                source=facts["source"],
                confirmed=confirmed,
            )
        if "replaces" in row:
            Supersession.objects.get_or_create(
                old=held[row["replaces"]],
                new=held[key],
                defaults={"old_designation": held[row["replaces"]].designation, "new_designation": row["designation"]},
            )
    return list(held.values())


def publish_collected(*, by: ByMembership | ByRule, at: datetime) -> list[Tree]:
    """Publish countries and GB/T 2260 regions, which set-up collected from installed packages.

    Raises:
        Refused: set-up has not collected them.
    """
    made = []
    for path in sorted(GENERATED.glob("*.json")):
        facts = json.loads(path.read_text(encoding="utf-8"))
        nodes = [
            (
                code,
                {language: row[language] for language in ("en", "zh") if row.get(language)},
                row.get("parent") or None,
            )
            for code, row in facts["nodes"].items()
        ]
        key = f"{path.stem}@{facts['tree']}-{facts['edition'].split()[-1]}"
        title = TITLES.get(path.stem, {"en": path.stem, "zh": path.stem})
        passed_over = {code: {"placeholder": True} for code, words, _parent in nodes if words.get("zh") in PLACEHOLDERS}
        made.append(
            publish_tree(key=key, title=title, source=facts["edition"], nodes=nodes, facts=passed_over, by=by, at=at)
        )
    if not made:
        raise Refused(
            _("The lists of countries and regions are not there; run “make setup”, which collects them from packages."),
            rule="trees.collected",
            source="testamur@2026-1#trees",
        )
    return made
