"""Where the public files come from: a folder, an origin, a bundle. Only paths of the one host are ever asked for.

Ids name the host (``https://trust.example/c/…``); the files may be served anywhere else, from a mirror, a loopback
address or a memory stick. The site maps one to the other and can do nothing worse than be out of date: everything
that counts is signed or logged.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Protocol

from testamur.kernel.multibase import b64url, from_b64url
from testamur.verification.strict_json import Malformed, parse_object

#: Largest file read, bytes: a tree of codes is the largest that exists.
SIZE_MOST = 50_000_000
_TIMEOUT = 15  # seconds for one file
_HALF = re.compile("[\ud800-\udfff]")


class Unreachable(Exception):
    """The origin does not answer: no statement about any certificate."""


class Site(Protocol):
    """Gives the bytes of a path of :mod:`testamur.verification.layout`, or None where there is no such file."""

    def read(self, path: str) -> bytes | None: ...


class FolderSite:
    """A folder laid out as the public site."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def read(self, path: str) -> bytes | None:
        if not is_plain_path(path):
            return None
        try:
            with (self.folder / path).open("rb") as file:
                data = file.read(SIZE_MOST + 1)
        except OSError:
            return None
        return data if len(data) <= SIZE_MOST else None


class OriginSite:
    """A web server that serves the public site at this origin, whatever its name. Redirects are not followed."""

    def __init__(self, origin: str) -> None:
        self.origin = origin.rstrip("/")
        self._opener: Any = None

    def read(self, path: str) -> bytes | None:
        from urllib.error import HTTPError, URLError

        if not is_plain_path(path):
            return None
        try:
            with self._open(f"{self.origin}/{path}") as response:
                data: bytes = response.read(SIZE_MOST + 1)
        except HTTPError as error:
            error.close()
            if error.code in (404, 410):
                return None
            raise Unreachable(f"{self.origin}: {error.code}") from None
        except (URLError, OSError, ValueError) as error:
            raise Unreachable(f"{self.origin}: {getattr(error, 'reason', error)}") from None
        return data if len(data) <= SIZE_MOST else None

    def _open(self, address: str) -> Any:
        # Imported here: an offline verification never pays for the network's modules.
        from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, ProxyHandler, build_opener

        class NoRedirect(HTTPRedirectHandler):
            def redirect_request(self, *args: Any, **kwargs: Any) -> None:
                return None

        if self._opener is None:
            self._opener = build_opener(ProxyHandler(), HTTPHandler(), HTTPSHandler(), NoRedirect())
        return self._opener.open(address, timeout=_TIMEOUT)


class BundleSite:
    """A ``bundle.json`` of version 1 or 2: one certificate and every file its verification reads, by path.

    Args:
        data: the file's bytes.

    Raises:
        Malformed: another shape.
    """

    def __init__(self, data: bytes) -> None:
        facts = parse_object(data)
        files, credential, version = facts.get("files"), facts.get("credential"), facts.get("v")
        if facts.get("type") != "testamur-bundle" or type(version) is not int or version not in (1, 2):
            raise Malformed("not a bundle of this version")
        if not isinstance(files, dict) or not all(_is_file(one, version) for one in files.values()):
            raise Malformed("a bundle holds its files as texts")
        # An escape can spell half a character, which is text to JSON and to nobody else.
        if b"\\ud" in data.lower() and any(_HALF.search(text) for one in files.values() for text in one):
            raise Malformed("a bundle holds its files as texts")
        if not isinstance(credential, str) or credential not in files:
            raise Malformed("a bundle names the credential it is about")
        self.facts = facts
        self.credential_path: str = credential
        self._files: dict[str, str | list[str]] = files

    @property
    def credential(self) -> bytes:
        """The bytes of the credential it is about."""
        return _closed(self._files[self.credential_path])

    def read(self, path: str) -> bytes | None:
        found = self._files.get(path)
        return None if found is None else _closed(found)


def opened(data: bytes) -> str | list[str]:
    """Return a file as a bundle holds it: header, payload as text and signature of a compact JWS; any other as text."""
    parts = data.decode().split(".")
    if len(parts) == 3 and data[:2] == b"ey":
        try:
            found = [parts[0], from_b64url(parts[1]).decode(), parts[2]]
        except ValueError:
            return data.decode()
        return found
    return data.decode()


def _closed(found: str | list[str]) -> bytes:
    """Return the bytes of a file that a bundle holds: base64url has one spelling, so they are those it was made of."""
    if isinstance(found, str):
        return found.encode()
    header, payload, signature = found
    return f"{header}.{b64url(payload.encode())}.{signature}".encode()


def _is_file(found: object, version: int) -> bool:
    if isinstance(found, list):
        return version > 1 and len(found) == 3 and all(isinstance(part, str) for part in found)
    return isinstance(found, str)


class RecordingSite:
    """A site that remembers what was read from another: how a bundle comes to hold exactly what is needed."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.files: dict[str, bytes] = {}

    def read(self, path: str) -> bytes | None:
        data = self.files.get(path)
        if data is None:
            data = self._site.read(path)
            if data is not None:
                self.files[path] = data
        return data


def open(place: str) -> Site:
    """Return the site at a folder, or at an ``http(s)://`` origin."""
    if place.startswith(("http://", "https://")):
        return OriginSite(place)
    return FolderSite(place)


def is_bundle(data: bytes) -> bool:
    """Say whether the bytes look like a bundle, so that a command can take either."""
    return data.lstrip()[:1] == b"{" and (b'"testamur-bundle"' in data[:4096] or b'"testamur-bundle"' in data[-4096:])


def is_plain_path(path: str) -> bool:
    """Say whether a path stays below the site's root."""
    parts = path.split("/")
    return bool(path) and "\\" not in path and "\0" not in path and all(part not in ("", ".", "..") for part in parts)
