"""Reads the ``TESTAMUR_…`` variables of the environment, each with a sentence when it cannot be understood."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"", "0", "false", "no", "off"})


def text(name: str, default: str = "") -> str:
    """Return a variable, or the default where it is absent or empty."""
    return os.environ.get(name, "").strip() or default


def switch(name: str, default: bool = False) -> bool:
    """Return a yes/no variable.

    Raises:
        ImproperlyConfigured: for anything but 1/0, true/false, yes/no, on/off.
    """
    value = os.environ.get(name, "").strip().lower()
    if value == "":
        return default
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; write 1 or 0.")


def number(name: str, default: int) -> int:
    """Return a whole number.

    Raises:
        ImproperlyConfigured: where the variable is no whole number.
    """
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}; write a whole number.") from None


def one_of(name: str, *words: str) -> str:
    """Return a variable that is one of some words; the first where it is absent or empty.

    Raises:
        ImproperlyConfigured: for any other word.
    """
    value = text(name, words[0])
    if value not in words:
        raise ImproperlyConfigured(f"{name} is {value!r}; write {' or '.join(words)}.")
    return value


def folder(name: str, default: Path) -> Path:
    """Return an absolute folder."""
    return Path(text(name, str(default))).expanduser().resolve()


def bound_to_loopback(bind: str) -> bool:
    """Say whether ``host:port`` can be reached from this machine only."""
    host = bind.rsplit(":", 1)[0].strip("[]")
    return host in LOOPBACK


def database(url: str) -> dict[str, Any]:
    """Turn ``sqlite:///path`` or ``postgresql://user:password@host:port/name?option=…`` into Django's settings.

    SQLite: write-ahead log, so that readers never wait; IMMEDIATE, so that two writers queue instead of failing at
    commit; FULL, because an entry of the log that was published must not be lost by a power cut.

    Raises:
        ImproperlyConfigured: for any other database.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        name = unquote(parts.path)[1:] if not parts.netloc else parts.netloc + unquote(parts.path)
        if name != ":memory:":
            path = Path(name).expanduser()
            path.parent.mkdir(parents=True, exist_ok=True)
            name = str(path)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": name,
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                    "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-32000;"
                ),
            },
        }
    if parts.scheme in {"postgres", "postgresql"}:
        options: dict[str, Any] = dict(parse_qsl(parts.query))
        host = options.pop("host", parts.hostname or "")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": host,
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": options,
        }
    raise ImproperlyConfigured(
        f"TESTAMUR_DATABASE_URL begins with {parts.scheme!r}; write sqlite:///path or postgresql://…"
    )


def secret_key(var: Path, required: bool) -> str:
    """Return the key that signs sessions: from the environment, or kept in ``var/secret-key`` on a small installation.

    Raises:
        ImproperlyConfigured: where the platform is served over https and no key is given.
    """
    given = text("TESTAMUR_SECRET_KEY")
    if given:
        return given
    if required:
        raise ImproperlyConfigured(
            "TESTAMUR_SECRET_KEY is missing. A platform served over https takes it from the environment, "
            "so that a copy of its folder does not hold it."
        )
    path = var / "secret-key"
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process of the same start was faster
            return path.read_text(encoding="ascii").strip()
        with os.fdopen(handle, "w", encoding="ascii") as file:
            key = secrets.token_urlsafe(50)
            file.write(key)
        return key
