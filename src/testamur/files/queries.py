"""Read stored bytes, and never serve bytes that are not what was stored."""

from __future__ import annotations

import hashlib

from testamur.files.actions import path_of
from testamur.files.models import StoredFile


class FileDamaged(RuntimeError):
    """The bytes on disk are missing or not those that were stored."""


def read(stored: StoredFile) -> bytes:
    """Return the bytes of a stored file.

    Raises:
        FileDamaged: the file is gone or its digest no longer agrees; restore it from the backup.
    """
    try:
        content = path_of(stored.sha256).read_bytes()
    except FileNotFoundError as error:
        raise FileDamaged(f"File {stored.sha256} is missing; restore it from the backup.") from error
    if hashlib.sha256(content).hexdigest() != stored.sha256:
        raise FileDamaged(f"File {stored.sha256} was changed on disk; restore it from the backup.")
    return content
