"""Code lists that the product needs: written out where they are short, taken from installed packages where long."""

from __future__ import annotations

import json
import tomllib
from datetime import datetime
from pathlib import Path

from testamur.journal.actions import ByMembership, ByRule
from testamur.kernel.refusal import Refused, _
from testamur.requirements.actions import publish_tree
from testamur.requirements.models import Tree

DATA = Path(__file__).resolve().parent / "data"
GENERATED = DATA / "generated"


def publish_written(*, by: ByMembership | ByRule, at: datetime) -> list[Tree]:
    """Publish the lists that are written out in this package."""
    made = []
    for path in sorted(DATA.glob("*.toml")):
        facts = tomllib.loads(path.read_text(encoding="utf-8"))
        nodes = [(code, {"en": row["en"], "zh": row["zh"]}, row.get("parent")) for code, row in facts["nodes"].items()]
        made.append(
            publish_tree(key=facts["key"], title=facts["title"], source=facts["source"], nodes=nodes, by=by, at=at)
        )
    return made


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
        made.append(publish_tree(key=key, title=title, source=facts["edition"], nodes=nodes, by=by, at=at))
    if not made:
        raise Refused(
            _("The lists of countries and regions are not there; run “make setup”, which collects them from packages."),
            rule="trees.collected",
            source="testamur@2026-1#trees",
        )
    return made


TITLES = {
    "regions": {"en": "Divisions of China (GB/T 2260)", "zh": "行政区划（GB/T 2260）"},
    "countries": {"en": "Countries (ISO 3166-1)", "zh": "国家和地区（ISO 3166-1）"},
}
