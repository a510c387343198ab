"""Write boundaries of a process, found from outside: nothing in the product knows that it is being watched.

A boundary is the instant before something becomes visible to others or durable: a file opened for writing, half of its
bytes, fsync, a rename, a removal, a statement that changes the database, a commit, and the instant after a commit.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

_STATEMENT = re.compile(r'^\s*(INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Boundaries:
    """Counts the boundaries that this process reaches, and kills it at one.

    Args:
        home: folder of the installation; files elsewhere do not count.
        kill_at: (place, how manieth time it is reached), None to count only.
    """

    def __init__(self, home: Path, kill_at: tuple[str, int] | None = None) -> None:
        self.home, self.kill_at = str(home), kill_at
        self.reached: Counter[str] = Counter()
        self._watching = False

    def watch(self) -> None:
        """Begin; for the rest of the life of this process."""
        from django.db import connection

        connection.ensure_connection()
        sys.addaudithook(self._audit)
        self._before("fsync", os, lambda *_given: "fsync")
        self._tear_files()
        commit = connection._commit

        def committed() -> Any:
            if connection.connection is None:
                return commit()
            self.reach("before a commit")
            done = commit()
            self.reach("after a commit")
            return done

        connection._commit = committed
        connection.execute_wrappers.append(self._statement)
        self._watching = True

    def reach(self, place: str) -> None:
        """Count, and die if it is the one."""
        if not self._watching:
            return
        self.reached[place] += 1
        if self.kill_at == (place, self.reached[place]):
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _mode, flags = arguments
            if isinstance(flags, int) and flags & _WRITES:
                self._file("open", path)
        elif event == "os.rename":
            self._file("rename to", arguments[1])
        elif event == "os.remove" or (event == "os.mkdir" and not Path(arguments[0]).exists()):
            self._file(event.replace(".", " "), arguments[0])

    def _file(self, what: str, path: object) -> None:
        if self._watching and isinstance(path, (str, os.PathLike)) and str(path).startswith(self.home):
            self.reach(f"{what} {kind_of(Path(path).relative_to(self.home))}")

    def _before(self, name: str, module: Any, place: Callable[..., str]) -> None:
        whole = getattr(module, name)

        def before(*given: Any, **named: Any) -> Any:
            self.reach(place(*given))
            return whole(*given, **named)

        setattr(module, name, before)

    def _tear_files(self) -> None:
        """Let files opened by descriptor reach the disk in two halves, with a boundary between them."""
        whole = os.fdopen

        def torn(*given: Any, **named: Any) -> Any:
            file = whole(*given, **named)
            if "b" not in file.mode or not file.writable():
                return file
            write = file.write

            class Torn:
                def __enter__(self) -> Any:
                    file.__enter__()
                    return self

                def __exit__(self, *told: Any) -> Any:
                    return file.__exit__(*told)

                def __getattr__(self, name: str) -> Any:
                    return getattr(file, name)

                def write(_self, data: bytes) -> int:
                    half = len(data) // 2
                    write(data[:half])
                    file.flush()
                    self.reach("half of a file")
                    return half + write(data[half:])

            return Torn()

        os.fdopen = torn

    def _statement(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        found = _STATEMENT.match(str(sql))
        if found:
            self.reach(f"{found[1].upper()} {found[2]}")
        return execute(sql, params, many, context)


def kind_of(path: Path) -> str:
    """Return what kind of file a path of the installation is: ``public/c/*.jwt``."""
    parts = path.parts
    if ".new" in parts:
        return "public/.new/*"
    if parts[:3] == ("public", "log", "tile"):
        return "/".join(parts[:4])
    if len(parts) < 3:
        return str(path)
    name = "".join(Path(parts[-1]).suffixes) if parts[1] in ("c", "acc", "bundle", "status") else ""
    return f"{parts[0]}/{parts[1]}/*{name}"
