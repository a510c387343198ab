"""Root lists: a trust file that changes under rules (the rule of The Update Framework, trust.md 7).

A list names root keys and how many of them must sign. The next version counts only when a threshold of the keys of the
list before **and** of its own have signed it; versions follow one another without a gap, each is logged as
``root.update``, and the newest must not have expired. ``trust/roots.json`` is the newest, ``trust/roots.<n>.json``
each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from testamur.kernel.multibase import b64url, from_b64url
from testamur.kernel.refusal import _
from testamur.verification import jcs, layout, trust_file
from testamur.verification.signature import PublicKey, Signs
from testamur.verification.site import Site
from testamur.verification.strict_json import Malformed, parse_object
from testamur.verification.trust_file import Trust
from testamur.verification.verdict import Code, Rejected

#: Signed before the list itself, so that a signature over it is one over nothing else.
_CONTEXT = b"testamur root list v1\n"
#: No chain is longer: a site that offers more versions wants to keep a verifier busy.
_MOST = 1_000


def body(trust: Trust) -> dict[str, Any]:
    """Return a list without signatures, as it is published and signed; the version says which."""
    return {"v": 1, **trust.to_json()}


def signed_bytes(facts: dict[str, Any]) -> bytes:
    """Return what each root key signs: the canonical list without its signatures."""
    return _CONTEXT + jcs.canonical({name: value for name, value in facts.items() if name != "signatures"})


def sign(facts: dict[str, Any], signer: Signs) -> dict[str, Any]:
    """Return the list with the signature of one more key; an older one of the same key is replaced."""
    others = [one for one in facts.get("signatures", []) if one.get("key") != signer.thumbprint]
    made = {"key": signer.thumbprint, "signature": b64url(signer.sign(signed_bytes(facts)))}
    return {**facts, "signatures": sorted([*others, made], key=lambda one: str(one["key"]))}


def signers(facts: dict[str, Any], keys: Sequence[PublicKey]) -> set[str]:
    """Return the thumbprints of those of the keys that signed the list; what does not verify does not count."""
    listed = facts.get("signatures", [])
    if not isinstance(listed, list):
        return set()
    data, known, found = signed_bytes(facts), {key.thumbprint: key for key in keys}, set()
    for one in listed:
        key = known.get(str(one.get("key"))) if isinstance(one, dict) else None
        try:
            if key is not None and key.verifies(from_b64url(str(one.get("signature"))), data):
                found.add(key.thumbprint)
        except ValueError:
            continue
    return found


def check_next(before: Trust, data: bytes) -> Trust:
    """Read the list that follows one that is trusted.

    Raises:
        Rejected: unreadable, of another host, not the next version, or signed by too few of the old or the new keys.
    """
    try:
        facts, after = parse_object(data), trust_file.parse(data)
    except Malformed as error:
        raise _no(_("Root list {version} cannot be read: {problem}."), before.version + 1, problem=str(error)) from None
    if after.host != before.host or after.sample != before.sample:
        raise _no(_("Root list {version} is for another platform: {host}."), after.version, host=after.host)
    if after.version != before.version + 1:
        raise _no(
            _("After root list {known} comes list {wanted}, not {version}."),
            after.version, known=before.version, wanted=before.version + 1,
        )  # fmt: skip
    if not after.threshold:
        raise _no(_("Root list {version} names no keys that could change it."), after.version)
    old, new = len(signers(facts, before.keys)), len(signers(facts, after.keys))
    if old < before.threshold:
        raise _no(
            _("Root list {version} is signed by {count} of the keys of the list before it; {wanted} must."),
            after.version, count=old, wanted=before.threshold,
        )  # fmt: skip
    if new < after.threshold:
        raise _no(
            _("Root list {version} is signed by {count} of its own keys; {wanted} must."),
            after.version, count=new, wanted=after.threshold,
        )  # fmt: skip
    return after


def check_first(first: Trust, facts: dict[str, Any]) -> None:
    """Refuse a first list that its own keys did not sign; raises Rejected. There is none before it that could."""
    count = len(signers(facts, first.keys))
    if count < first.threshold:
        raise _no(
            _("Root list {version} is signed by {count} of its own keys; {wanted} must."),
            first.version, count=count, wanted=first.threshold,
        )  # fmt: skip


def check_not_expired(trust: Trust, now: datetime) -> None:
    """Refuse to judge by a list whose time is over: somebody may keep a newer one from us; raises Rejected."""
    if trust.expires is not None and now >= trust.expires:
        raise _no(
            _("Root list {version} expired on {day}. Get the newest one: testamur trust update."),
            trust.version, day=trust.expires,
        )  # fmt: skip


def follow(trust: Trust, site: Site) -> Trust:
    """Go from the list one trusts to the newest that a site shows, each by :func:`check_next`.

    A site without a list (a bundle) leaves the trust as it is; how long that may be so is said by its ``expires``.

    Raises:
        Rejected: see :func:`check_next`; or a list is missing on the way, the site shows an older list or another one
            of the same version.
    """
    if not trust.threshold:
        return trust
    data = site.read(layout.TRUST_ROOTS)
    if data is None:
        return trust
    try:
        shown = trust_file.parse(data)
    except Malformed as error:
        raise _no(_("Root list {version} cannot be read: {problem}."), trust.version, problem=str(error)) from None
    if shown.version < trust.version:
        raise _no(
            _("The site shows root list {version}, and you know list {known} already: an old one was put back."),
            shown.version, known=trust.version,
        )  # fmt: skip
    if shown.version - trust.version > _MOST:
        raise _no(_("Root list {version} is too far from list {known}."), shown.version, known=trust.version)
    found = trust
    while found.version < shown.version:
        number = found.version + 1
        step = site.read(layout.root_list(number))
        if step is None:
            raise _no(
                _("The site shows root list {version}, but list {missing}, which leads to it, is not there."),
                shown.version, missing=number,
            )  # fmt: skip
        found = check_next(found, step)
    if found.to_json() != shown.to_json():
        raise _no(_("The site shows another root list {version} than the one its roots signed."), shown.version)
    return found


def _no(message: str, version: int, **facts: Any) -> Rejected:
    return Rejected(Code.TRUST_INVALID, message, {"version": version, **facts})
