"""Keys in a hardware security module, by PKCS#11: the private part is made there and never leaves it.

``python-pkcs11`` is asked for when a token is first used, so that an installation without a module needs no package.
One session for each token and process: PKCS#11 logs a whole process in, and one operation runs in a session at a time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from testamur.kernel.public_keys import Algorithm, ed25519_jwk, multikey, p256_jwk, raw_key, thumbprint
from testamur.kernel.refusal import Refused, _
from testamur.keys.jwk import check_registrable

_T = TypeVar("_T")
_OPERATOR = _("whoever runs the platform")
#: EC_PARAMS of edwards25519 (PKCS#11 v3, 2.3.5): as an object identifier, and as a name for modules that want one.
_EDWARDS25519 = (bytes.fromhex("06032b6570"), b"\x13\x0cedwards25519")
#: What a session answers when it is not there any more: the token was pulled, the module restarted, the process forked.
_LOST = frozenset({
    "SessionHandleInvalid", "SessionClosed", "UserNotLoggedIn", "DeviceRemoved", "DeviceError", "TokenNotPresent",
    "ObjectHandleInvalid", "KeyHandleInvalid", "CryptokiNotInitialized", "OperationActive",
})  # fmt: skip
_open: dict[tuple[str, str], tuple[int, Any]] = {}  # by (module, token): (process id, session)
_lock = threading.RLock()


@dataclass(frozen=True, slots=True)
class Token:
    """Which token of which module, and what opens it.

    Args:
        module: path of the maker's PKCS#11 library, ``/usr/lib/softhsm/libsofthsm2.so``.
        label: of the token.
        pin: the user's PIN; shown in no message and no ``repr``.
    """

    module: str
    label: str
    pin: str = field(repr=False)


class TokenSigner:
    """A key of a token; it signs there. Its handle is looked up again when the session was lost."""

    def __init__(self, token: Token, label: str, algorithm: Algorithm, public_jwk: dict[str, str]) -> None:
        self.token = token
        self.label = label
        self.sample = label.startswith(_SAMPLE)
        self.algorithm = algorithm
        self.public_jwk = public_jwk
        self.thumbprint = thumbprint(public_jwk)
        self.multikey = multikey(public_jwk)
        self._handle: tuple[Any, Any] | None = None  # (session it belongs to, private key)

    def sign(self, data: bytes) -> bytes:
        """Return 64 bytes: the Ed25519 signature, or r ‖ s of ECDSA on P-256 with SHA-256 (JOSE form).

        Raises:
            Refused: the token does not answer, is not opened by the PIN, or holds the key no more.
        """
        import pkcs11

        def work(session: Any) -> bytes:
            if self._handle is None or self._handle[0] is not session:
                self._handle = session, _find(session, self.label, pkcs11.ObjectClass.PRIVATE_KEY)
            private = self._handle[1]
            if self.algorithm == "Ed25519":
                return bytes(private.sign(data, mechanism=pkcs11.Mechanism.EDDSA))
            # Hashed here: not every module knows ECDSA with SHA-256 in one mechanism.
            return bytes(private.sign(hashlib.sha256(data).digest(), mechanism=pkcs11.Mechanism.ECDSA))

        return _within(self.token, work, about=self.label)

    def __repr__(self) -> str:
        return f"<TokenSigner {self.algorithm} {self.thumbprint[:8]}… in {self.token.label} sample={self.sample}>"


_BEGINS = "testamur-"
_SAMPLE = f"{_BEGINS}sample-"


def label_of(name: str, *, sample: bool) -> str:
    """Return the label a key of this name bears in its token; it says whether it is a sample's."""
    return f"{_SAMPLE if sample else _BEGINS}{name}"


def create(token: Token, name: str, *, sample: bool, algorithm: Algorithm = "Ed25519") -> TokenSigner:
    """Make a key pair inside the token: kept there, sensitive, not extractable; return its signer.

    Args:
        token: where.
        name: its own in the token; :func:`label_of` makes the label of it.
        sample: marks the key as a sample world's.
        algorithm: Ed25519, or ES256 for modules without Edwards curves.

    Raises:
        Refused: no module, no token, a wrong PIN, a label that is taken, a module that cannot make such keys.
    """
    pkcs11 = _library()
    label = label_of(name, sample=sample)

    def work(session: Any) -> None:
        if list(session.get_objects({pkcs11.Attribute.LABEL: label})):
            raise Refused(
                _("The token {token} holds a key {label} already; a key is never overwritten."),
                {"token": token.label, "label": label},
                rule="keys.hsm",
                who=_OPERATOR,
            )
        _generate(pkcs11, session, label, algorithm)

    _within(token, work, about=label, writing=True)
    made = open(token, label)
    _check_signs(made)
    return made


def _check_signs(signer: TokenSigner) -> None:
    """A module whose signatures its own public key does not verify is noticed before anything rests on the key."""
    data = os.urandom(32)
    signature = signer.sign(data)
    raw = raw_key(signer.public_jwk)
    try:
        if signer.algorithm == "Ed25519":
            Ed25519PublicKey.from_public_bytes(raw).verify(signature, data)
        else:
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
            numbers = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            point.verify(encode_dss_signature(*numbers), data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise Refused(
            _(
                "The token {token} signs what the public part of its key does not verify. "
                "Make a new pair in the token with its maker's program, and name that one."
            ),
            {"token": signer.token.label},
            rule="keys.hsm",
            who=_OPERATOR,
        ) from None


def _generate(pkcs11: Any, session: Any, label: str, algorithm: Algorithm) -> None:
    if algorithm == "ES256":
        from pkcs11.util.ec import encode_named_curve_parameters

        kind, mechanism = pkcs11.KeyType.EC, pkcs11.Mechanism.EC_KEY_PAIR_GEN
        spellings: tuple[bytes, ...] = (encode_named_curve_parameters("secp256r1"),)
    else:
        kind, mechanism = pkcs11.KeyType.EC_EDWARDS, pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN
        spellings = _EDWARDS25519
    private = {
        pkcs11.Attribute.TOKEN: True,
        pkcs11.Attribute.PRIVATE: True,
        pkcs11.Attribute.SENSITIVE: True,
        pkcs11.Attribute.EXTRACTABLE: False,
        pkcs11.Attribute.SIGN: True,
    }
    wrong = (pkcs11.exceptions.DomainParamsInvalid, pkcs11.exceptions.AttributeValueInvalid)
    for number, params in enumerate(spellings, 1):
        domain = session.create_domain_parameters(kind, {pkcs11.Attribute.EC_PARAMS: params}, local=True)
        try:
            domain.generate_keypair(
                store=True, label=label, id=os.urandom(16), mechanism=mechanism, private_template=private
            )
            return
        except wrong:
            if number == len(spellings):
                raise


def open(token: Token, label: str) -> TokenSigner:
    """Find a key of a token by its label.

    Raises:
        Refused: no module, no token, a wrong PIN, no such key, or one of another kind.
    """
    pkcs11 = _library()

    def work(session: Any) -> tuple[Algorithm, dict[str, str]]:
        public = _find(session, label, pkcs11.ObjectClass.PUBLIC_KEY)
        point = bytes(public[pkcs11.Attribute.EC_POINT])
        private = _find(session, label, pkcs11.ObjectClass.PRIVATE_KEY)
        if private[pkcs11.Attribute.EXTRACTABLE]:
            raise Refused(
                _("The key {label} of the token {token} can be copied out of it. Use one that was made there."),
                {"token": token.label, "label": label},
                rule="keys.hsm",
                source="testamur@2026-1#keys",
                who=_OPERATOR,
            )
        return _public(point, edwards=public.key_type == pkcs11.KeyType.EC_EDWARDS)

    try:
        algorithm, jwk = _within(token, work, about=label)
        check_registrable(jwk)
    except ValueError:
        raise Refused(
            _("The key {label} of the token {token} is no key of Ed25519 or P-256."),
            {"token": token.label, "label": label},
            rule="keys.hsm",
            who=_OPERATOR,
        ) from None
    return TokenSigner(token, label, algorithm, jwk)


def destroy(token: Token, label: str) -> bool:
    """Delete both halves of a key from its token, for ever; says whether there was one."""
    pkcs11 = _library()

    def work(session: Any) -> bool:
        found = list(session.get_objects({pkcs11.Attribute.LABEL: label}))
        for one in found:
            one.destroy()
        return bool(found)

    return _within(token, work, about=label, writing=True)


def _public(point: bytes, *, edwards: bool) -> tuple[Algorithm, dict[str, str]]:
    """Read CKA_EC_POINT: an OCTET STRING by the standard, bare bytes from some modules."""
    if point[:1] == b"\x04" and len(point) in (34, 67) and point[1] == len(point) - 2:
        point = point[2:]
    if edwards and len(point) == 32:
        return "Ed25519", ed25519_jwk(point)
    if not edwards and len(point) == 65 and point[0] == 4:
        return "ES256", p256_jwk(point[1:33], point[33:])
    raise ValueError("another curve, or a compressed point")


def _find(session: Any, label: str, kind: Any) -> Any:
    return session.get_key(object_class=kind, label=label)


# Sessions ------------------------------------------------------------------------------------------------------------


def _library() -> Any:
    try:
        import pkcs11
    except ImportError:
        raise Refused(
            _("Keys are to be kept in a hardware module, but python-pkcs11 is missing. Install testamur[hsm]."),
            rule="keys.hsm",
            who=_OPERATOR,
        ) from None
    return pkcs11


def _within(token: Token, work: Callable[[Any], _T], *, about: str, writing: bool = False) -> _T:
    """Do some work in the token's session; a session that was lost is opened again, once."""
    pkcs11 = _library()
    with _lock:
        for again in (True, False):
            try:
                return work(_session(pkcs11, token))
            except pkcs11.exceptions.PKCS11Error as error:
                # What makes something is not done twice: the first try may have succeeded.
                if again and not writing and type(error).__name__ in _LOST:
                    forget(token)
                    continue
                if type(error).__name__ in _LOST:
                    forget(token)
                raise _refused(token, about, error) from None
    raise AssertionError("unreachable")


def _session(pkcs11: Any, token: Token) -> Any:
    place = (token.module, token.label)
    known = _open.get(place)
    if known is not None and known[0] == os.getpid():
        return known[1]
    try:
        library = pkcs11.lib(token.module)
        if known is not None:  # made by the process we were forked from: its handles are not ours
            library.reinitialize()
        found = library.get_token(token_label=token.label)
    except pkcs11.exceptions.PKCS11Error as error:
        raise _refused(token, "", error) from None
    try:
        session = found.open(user_pin=token.pin, rw=True)
    except pkcs11.exceptions.UserAlreadyLoggedIn:
        session = found.open(rw=True)  # something else in this process opened the token
    _open[place] = os.getpid(), session
    return session


def forget(token: Token) -> None:
    """Give up the session of a token; the next use opens another."""
    with _lock:
        known = _open.pop((token.module, token.label), None)
        if known is None or known[0] != os.getpid():
            return
        pkcs11 = _library()
        with contextlib.suppress(pkcs11.exceptions.PKCS11Error):  # it was lost; that is why it is given up
            known[1].close()


def _refused(token: Token, label: str, error: Exception) -> Refused:
    """Say what a module's answer means, and what to do. The PIN is in none of the sentences."""
    name = type(error).__name__
    facts = {"token": token.label, "module": token.module, "label": label, "problem": str(error) or name}
    sentence = {
        "NoSuchToken": _(
            "The module {module} has no token {token}. Plug it in, or set TESTAMUR_PKCS11_TOKEN to its label."
        ),
        "TokenNotPresent": _(
            "The module {module} has no token {token}. Plug it in, or set TESTAMUR_PKCS11_TOKEN to its label."
        ),
        "MultipleTokensReturned": _("The module {module} has several tokens {token}. Give each a label of its own."),
        "PinIncorrect": _(
            "The PIN does not open the token {token}. Correct TESTAMUR_PKCS11_PIN_FILE before the token locks itself."
        ),
        "PinLocked": _("The token {token} has locked itself after too many wrong PINs; its officer unlocks it."),
        "PinExpired": _("The PIN of the token {token} has expired; its officer sets another."),
        "PinLenRange": _("The PIN does not open the token {token}: it is too long or too short for it."),
        "ArgumentsBad": _("The PIN does not open the token {token}: it is too long or too short for it."),
        "UserPinNotInitialized": _("The token {token} has no user PIN yet; its officer sets one."),
        "NoSuchKey": _("The token {token} holds no key {label}. Restore the token's backup, or revoke the key."),
        "MultipleObjectsReturned": _("The token {token} holds several keys {label}; one of them must go."),
        "MechanismInvalid": _("The module {module} makes no such keys; try TESTAMUR_KEY_ALGORITHM=ES256."),
        "TokenWriteProtected": _("The token {token} is write-protected; no key can be made in it."),
    }.get(name)
    if sentence is None and str(error).startswith("OS exception while loading"):
        sentence = _("The PKCS#11 module {module} cannot be loaded. TESTAMUR_PKCS11_MODULE names the maker's library.")
    if sentence is None:
        sentence = _("The token {token} does not do what it was asked: {problem}.")
        facts["problem"] = name if name != "PKCS11Error" else str(error)
    return Refused(sentence, facts, rule="keys.hsm", source="testamur@2026-1#keys", who=_OPERATOR)
