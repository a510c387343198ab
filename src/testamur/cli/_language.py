"""In which language a sub-command speaks: ``--language``, else the terminal's locale. No framework is imported."""

from __future__ import annotations

import argparse
import gettext
import os
from collections.abc import Callable
from pathlib import Path

Translate = Callable[[str], str]


def spoken() -> str:
    """Return the language of the terminal's locale: ``zh`` or ``en``."""
    locale = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "zh" if locale.startswith("zh") else "en"


def add_language(parser: argparse.ArgumentParser) -> None:
    """Add ``--language``; without it the terminal's locale decides."""
    parser.add_argument("--language", choices=("en", "zh"), default=spoken(), help="language of the sentences")


def translator(language: str) -> Translate:
    """Return the function that turns an English sentence into the reader's."""
    if language == "en":
        return str
    folder = Path(__file__).resolve().parent.parent / "locale"
    return gettext.translation("django", folder, languages=["zh_Hans"], fallback=True).gettext
