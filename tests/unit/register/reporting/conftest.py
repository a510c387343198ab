from __future__ import annotations

import copy
from datetime import date

import pytest

from small_world import PLATFORM, instant
from testamur.register.actions import commit, name_source, receive, save_mapping
from testamur.register.reporting import mapping as mappings

DAY = date(2026, 3, 2)
BODY = {
    "source": {
        "id": "lists",
        "names": {"en": "Sample list", "zh": "示例名录"},
        "scheme": "sample-scheme",
        "origin": "mirrored",
        "title": {"en": "Certificate", "zh": "证书"},
    },
    "key": {"columns": ["no"]},
    "issuer": {"column": "body"},
    "holder": {"column": "who"},
    "status": {"column": "state", "map": {"active": "valid", "ważny": "valid", "on hold": "suspended"}},
    "field": [
        {"to": "number", "column": "no"},
        {"to": "statement", "column": "what"},
        {"to": "effective_on", "column": "from", "read": "day", "form": "%Y-%m-%d"},
        {"to": "expires_on", "column": "until", "read": "day", "form": "%Y-%m-%d"},
    ],
}
COLUMNS = ("no", "who", "body", "state", "what", "from", "until")


def mapping_of(**changes):
    """Return the sample mapping with some tables changed; None takes one away."""
    body = copy.deepcopy(BODY)
    for table, value in changes.items():
        if value is None:
            body.pop(table, None)
        elif isinstance(value, dict):
            body[table] = {**body.get(table, {}), **value}
        else:
            body[table] = value
    return mappings.read(body)


def row(no="S-1", **changes):
    return {
        "no": no,
        "who": "Sample Locks",
        "body": "Sample Body",
        "state": "active",
        "what": "Locks",
        "from": "2026-01-01",
        "until": "2028-12-31",
        **changes,
    }


def csv_of(*rows, columns=COLUMNS, delimiter=","):
    lines = [delimiter.join(columns), *(delimiter.join(f'"{one.get(name, "")}"' for name in columns) for one in rows)]
    return "\n".join([*lines, ""]).encode()


class Lists:
    """A source that delivers: sends files or rows, day after day."""

    def __init__(self, mapping, organisation=None, by=PLATFORM):
        self.by = by
        self.source = name_source(mapping=mapping, by=by, at=instant(DAY), organisation=organisation)
        self.saved = save_mapping(source=self.source, mapping=mapping, by=by, at=instant(DAY))

    def judged(self, *rows, day=DAY, whole=False, content=None, once="", feed=False):
        given = content if content is not None else csv_of(*rows)
        return receive(
            source=self.source,
            mapping=self.saved,
            content=given,
            name="list.csv",
            as_of=day,
            whole=whole,
            by=self.by,
            at=instant(day),
            once=once,
            feed=feed,
        )

    def sent(self, *rows, override="", **more):
        return commit(delivery=self.judged(*rows, **more), by=self.by, at=instant(DAY), override=override)


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"


@pytest.fixture
def lists(db):
    return Lists(mapping_of())
