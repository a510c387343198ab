from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from testamur.parties.models import Platform
from testamur.requirements.catalogue import COLUMNS

BY = Platform("test.requirements")
AT = datetime(2026, 1, 5, 1, tzinfo=UTC)


class Files:
    """Writes the small files that a test is about."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def table(self, name: str, columns: tuple[str, ...], *rows: tuple[str, ...]) -> Path:
        path = self.folder / name
        with gzip.open(path, "wt", newline="") if name.endswith(".gz") else path.open("w", newline="") as file:
            csv.writer(file).writerows([columns, *rows])
        return path

    def catalogue(self, *records: dict[str, Any], name: str = "standards.csv") -> Path:
        plain = {
            "source": "iso", "publisher": "ISO", "type": "international-standard", "title_en": "Valves", "edition": "1",
            "published": "2020-01", "stage": "60.60", "status": "published",
        }  # fmt: skip
        rows = [tuple({**plain, **record}.get(column, "") for column in COLUMNS) for record in records]
        return self.table(name, COLUMNS, *rows)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)
