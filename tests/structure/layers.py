"""The layers as `pyproject.toml` states them, for the tests that look where import-linter cannot."""

from __future__ import annotations

import re
import tomllib

from tests.shared import ROOT

PACKAGE = ROOT / "src" / "testamur"


def ranks() -> dict[str, int]:
    """Return package → rank; a package may know packages of a smaller rank only. Siblings share a rank."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return {name: rank for rank, layer in enumerate(reversed(layers)) for name in re.findall(r"[a-z_]+", layer)}


def packages() -> list[str]:
    """Return the packages of ``src/testamur`` that hold Python."""
    return sorted(folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").is_file())
