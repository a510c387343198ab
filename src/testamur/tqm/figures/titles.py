"""Titles that a method registers in both languages, as texts of a figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from testamur.tqm.figures.figure import Said, Translate


@dataclass(frozen=True)
class Both(Said):
    """A text known in English and Chinese; the reader's language is that of the catalogue that translates."""

    zh: str = ""

    def text(self, translate: Translate = str) -> str:
        # A catalogue that has Chinese for this everyday word speaks Chinese.
        return self.zh if translate("Point") != "Point" else self.message


def title_of(title: Mapping[str, str]) -> Said:
    """Return a title of a method."""
    return Both(title["en"].replace("{", "{{").replace("}", "}}"), {}, title["zh"])
