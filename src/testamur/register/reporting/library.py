"""The mappings that come with the platform: registers that can be mirrored without describing them first."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings


def library() -> dict[str, Path]:
    """Return name → file of each."""
    return {file.stem: file for file in sorted((Path(settings.CHECKOUT) / "data" / "mappings").glob("*.toml"))}
