"""A body whose list names one firm in several ways, gathered and suggested: what the pages of holders stand on."""

from __future__ import annotations

from datetime import date
from typing import Any

from small_world import World, member
from testamur.register import tasks
from testamur.register.finding import keeping
from testamur.register.models import Current, Suggestion
from testamur.register.reporting.following import indexed_later
from told_world import deliver, source

ROWS = {
    "1": ("示例州华达电子科技有限公司", {"CN.uscc": "91110000SAMPLE0001"}, "440300"),
    "2": ("示例州华达电子科技有限责任公司", {}, "440300"),
    "3": ("Sample Shizhou Huada Electronics Co., Ltd.", {"CN.uscc": "91110000SAMPLE0001"}, ""),
    "4": ("示例城嘉源照明有限公司", {}, "110000"),
}


class HoldersWorld(World):
    """The small world with a mirrored list, and a supervisor of its root."""

    def __init__(self) -> None:
        super().__init__()
        told = source(self.body)
        rows = [{"key": key, "number": f"H-{key}", "said": said(name, ids)} for key, (name, ids, _r) in ROWS.items()]
        deliver(told, self.body, date(2026, 6, 1), rows)
        for key, (_name, _ids, region) in ROWS.items():
            Current.objects.filter(number=f"H-{key}").update(country="CN", region=region)
        indexed_later(list(Current.objects.filter(attestation__source=told).values_list("pk", flat=True)))
        while keeping.catch_up():
            pass
        tasks.gather_holders()
        self.supervisor = member(self.regulator, "supervision", name="Supervisor")

    def suggestion(self, first: str = "1", second: str = "2") -> Suggestion:
        return Suggestion.objects.get(first__name=ROWS[first][0], second__name=ROWS[second][0])


def said(name: str, identifiers: dict[str, str]) -> dict[str, Any]:
    listed = [{"scheme": scheme, "value": value} for scheme, value in identifiers.items()]
    language = "en" if name.isascii() else "zh"
    return {"parties": [{"role": "holder", "names": {language: name}, "identifiers": listed}]}
