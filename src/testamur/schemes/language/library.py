"""A library of schemes: a folder ``<family>/<id>/<version>.toml`` with its vocabulary and its pins."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from testamur.kernel.refusal import _
from testamur.schemes.language.compose import Checked, check_file
from testamur.schemes.language.definition import Definition
from testamur.schemes.language.said import Mistake
from testamur.schemes.language.vocabulary import Vocabulary

#: The library that ships with the platform.
SHIPPED = Path(__file__).resolve().parent.parent / "library"
PINS = "published.sha256"


class Library:
    """The schemes of one folder. Files are read once; a new ``Library`` sees changed files."""

    def __init__(self, folder: Path = SHIPPED) -> None:
        self.folder = folder
        self._checked: dict[Path, Checked] = {}

    @cached_property
    def words(self) -> Vocabulary:
        """Return what a scheme may refer to."""
        return Vocabulary(self.folder / "vocabulary")

    # ------------------------------------------------------------ files

    def files(self) -> Iterator[Path]:
        """Yield every scheme file, in the order of their names."""
        return iter(self._files)

    @cached_property
    def _files(self) -> tuple[Path, ...]:
        return tuple(path for path in sorted(self.folder.glob("*/*/*.toml")) if path.parts[-3] != "vocabulary")

    def find(self, pinned: str) -> Path | None:
        """Return the file of ``id@version``, None where the library does not hold it."""
        ident, _at, version = pinned.partition("@")
        return next((path for path in self.files() if path.parent.name == ident and path.stem == version), None)

    def newest(self, ident: str) -> Path | None:
        """Return the file of the newest version of a scheme, None where the library does not hold it."""
        versions = [path for path in self.files() if path.parent.name == ident]
        return max(versions, key=lambda path: [int(part) for part in path.stem.split("-")], default=None)

    def family_of(self, pinned: str) -> str:
        """Return the folder a scheme stands in, e.g. ``management-systems``; empty where it is unknown."""
        path = self.find(pinned)
        return path.parent.parent.name if path else ""

    # ------------------------------------------------------------ reading

    def check(self, path: Path, text: str | None = None) -> Checked:
        """Check a file (or a text as if it stood in that file): its definition and its mistakes, with lines."""
        if text is not None:
            return check_file(path, self, text)
        key = path.resolve()
        if key not in self._checked:
            self._checked[key] = check_file(path, self)
        return self._checked[key]

    def load(self, pinned: str) -> Definition:
        """Return the composed definition of ``id@version`` (or of the newest version of an id).

        Raises:
            KeyError: the library does not hold it.
            ValueError: its file has mistakes; the message is the first of them, with its line.
        """
        path = self.find(pinned) if "@" in pinned else self.newest(pinned)
        if path is None:
            raise KeyError(f"The library does not hold the scheme {pinned}.")
        checked = self.check(path)
        if checked.mistakes or checked.definition is None:
            raise ValueError(str(checked.mistakes[0]))
        return checked.definition

    # ------------------------------------------------------------ what other schemes need to know of one

    def scope_of(self, ident: str) -> dict[str, str] | None:
        """Return scope dimension -> tree of a scheme's newest version; None where nobody knows the scheme."""
        if ident in self.words.outside:
            return self.words.outside[ident]
        path = self.newest(ident)
        checked = self.check(path) if path else None
        if checked is None or checked.definition is None:
            return None
        return {row.id: row.tree for row in checked.definition.scopes}

    def depth_of(self, ident: str, above: tuple[str, ...] = ()) -> int:
        """Return how many credentials a path from an attestation of this scheme to its root has, itself included.

        A scheme whose authority leads back to itself has no root; it counts as endless (a large number).
        """
        if ident in above:
            return 99
        path = self.newest(ident)
        checked = self.check(path) if path and ident not in self.words.outside else None
        if checked is None or checked.definition is None:
            return 1
        below = [
            self.depth_of(other, (*above, ident)) for row in checked.definition.authorities for other in row.any_of
        ]
        return 1 + max(below, default=0)

    # ------------------------------------------------------------ pins

    @cached_property
    def published(self) -> dict[str, str]:
        """Return file -> SHA-256 of every published file."""
        listed = self.folder / PINS
        lines = listed.read_text("utf-8").splitlines() if listed.exists() else []
        return {file: digest for digest, _two, file in (line.partition("  ") for line in lines if line)}

    def changed_since_published(self, path: Path) -> list[Mistake]:
        """Return a mistake where a published file has another digest than its pin."""
        try:
            name = path.resolve().relative_to(self.folder.resolve()).as_posix()
        except ValueError:
            return []
        pin = self.published.get(name)
        if pin is None or pin == hashlib.sha256(path.read_bytes()).hexdigest():
            return []
        message = _("This version is published and has changed since; write a new version.")
        return [Mistake(message, {}, f"{path.parent.name}/{path.name}", 1)]


def library_of(path: Path) -> Library:
    """Return the library a file stands in (a folder three above it that holds a vocabulary), else the shipped one."""
    folder = path.resolve().parent.parent.parent
    return Library(folder) if (folder / "vocabulary").is_dir() else Library()
