"""Secrets of webhooks: ``whsec_`` and 32 random bytes in base64 (Standard Webhooks), kept sealed.

They are needed in clear to sign, so they are sealed (AES-256-GCM) under a key derived from the installation's own
secret, not hashed: a copy of the database alone signs nothing.
"""

from __future__ import annotations

import base64
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PREFIX = "whsec_"
BYTES = 32
_NONCE = 12


def new() -> bytes:
    """Return a new secret."""
    return os.urandom(BYTES)


def shown(secret: bytes) -> str:
    """Return a secret as its owner copies it."""
    return PREFIX + base64.b64encode(secret).decode()


def seal(secret: bytes) -> bytes:
    """Return a secret as it is kept."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_key()).encrypt(nonce, secret, None)


def unseal(sealed: bytes) -> bytes:
    """Return a kept secret in clear.

    Raises:
        cryptography.exceptions.InvalidTag: it was sealed under another installation's secret.
    """
    return AESGCM(_key()).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)


def _key() -> bytes:
    return HKDF(SHA256(), 32, None, b"testamur.notices.secrets").derive(settings.SECRET_KEY.encode())
