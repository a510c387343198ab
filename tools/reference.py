"""Write the pages of ``docs/reference`` that the code itself knows: commands, layers, and what each package adds.

A package adds pages with a module ``reference`` whose ``pages()`` returns file name → Markdown. With ``--check``
nothing is written; pages that differ from what the code says are named.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs/reference"
PACKAGE = ROOT / "src/testamur"


def pages() -> dict[str, str]:
    """Return file name → text of every generated page."""
    found = {"commands.md": commands(), "layers.md": layers()}
    for file in sorted(PACKAGE.glob("*/reference.py")):
        for name, text in importlib.import_module(f"testamur.{file.parent.name}.reference").pages().items():
            if name in found:
                raise SystemExit(f"reference: two packages write {name}")
            found[name] = text
    return {name: text.rstrip() + "\n" for name, text in found.items()}


def commands() -> str:
    """Return the page of the command line, from the sub-commands' own docstrings."""
    import ast

    from testamur import cli

    lines = [
        "# Commands",
        "",
        "`testamur COMMAND --help` says which arguments each takes. Exit codes: 0 done or valid,",
        "1 refused or not valid, 2 not understood.",
        "",
    ]
    for name in cli.names():
        text = ast.get_docstring(ast.parse((cli.HERE / f"{name}.py").read_text(encoding="utf-8"))) or ""
        lines += [f"## testamur {name}", "", text, ""]
    return "\n".join(lines)


def layers() -> str:
    """Return the page of the layers, from the contract that import-linter checks and the packages' README files."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    lines = [
        "# Layers",
        "",
        "Top to bottom; a package imports, and points its relations at, lower packages only. `make check` enforces it.",
        "Packages in one row do not know each other; those without a purpose here are named before they are built.",
        "",
        "| Layer | Purpose |",
        "|---|---|",
    ]
    for layer in next(contract["layers"] for contract in contracts if contract["type"] == "layers"):
        names = re.findall(r"[a-z_]+", layer)
        lines.append(f"| {' · '.join(f'`{name}`' for name in names)} | {' '.join(filter(None, map(purpose, names)))} |")
    return "\n".join(lines)


def purpose(package: str) -> str:
    """Return a package's first sentence: of its README, or of its docstring."""
    readme = PACKAGE / package / "README.md"
    if readme.is_file():
        text = re.sub(r"^#.*$", "", readme.read_text(encoding="utf-8"), flags=re.MULTILINE).strip()
    else:
        source = PACKAGE / package / "__init__.py"
        text = source.read_text(encoding="utf-8").strip().strip('"') if source.is_file() else ""
    paragraph = " ".join(text.split("\n\n")[0].split())
    sentence = re.split(r"(?<=[.!?])\s", paragraph)[0].replace("|", "\\|").removeprefix("Purpose: ")
    return sentence[:1].upper() + sentence[1:]


def differing() -> list[str]:
    """Return the names of pages whose file is not what the code says."""
    return [
        name
        for name, text in pages().items()
        if not (TARGET / name).is_file() or (TARGET / name).read_text(encoding="utf-8") != text
    ]


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testamur.config.settings")
    import django

    django.setup()
    if "--check" in sys.argv[1:]:
        names = differing()
        for name in names:
            print(f"docs/reference/{name} is not what the code says; `make docs` writes it", file=sys.stderr)
        return 1 if names else 0
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (TARGET / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
