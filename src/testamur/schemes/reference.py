"""Pages of ``docs/reference`` that the scheme language itself knows."""

from __future__ import annotations

from testamur.schemes.language.reference import reference


def pages() -> dict[str, str]:
    """Return file name -> Markdown."""
    return {"scheme-language.md": reference()}
