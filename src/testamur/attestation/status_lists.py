"""Status lists: a random place for every credential, bits that follow the register, lists signed anew on every act.

Three lists for each issuer and shard: revocation, suspension, superseded. Each published version is logged.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from testamur.attestation.models import Slot, StatusList
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Status
from testamur.parties import queries as parties
from testamur.parties.actions import signer
from testamur.parties.models import Organisation
from testamur.register.models import Attestation
from testamur.register.status import status
from testamur.transparency.actions import append
from testamur.transparency.rows import insert
from testamur.verification import credential, did, layout, status_list

log = logging.getLogger("testamur.attestation")
#: How long a published list counts.
VALID_FOR = timedelta(hours=24)
#: A shard is left for a new one at this share, so that a free place is found at the first or second draw.
FULL_AT = status_list.LENGTH * 3 // 4
#: Draws asked about together. Only where all of them are taken are the shard's places counted: in a shard that is not
#: nearly full that hardly ever happens, and nobody counts a hundred thousand places for each certificate.
DRAWS = 4
#: Places asked about for at once, so that a question never names more than a database takes.
ASKED_MOST = 5_000
#: Issuer, purpose and shard of a list.
Place = tuple[Organisation, str, int]
#: Purpose of a list → the bit of a slot.
BITS = {layout.REVOCATION: "revoked", layout.SUSPENSION: "suspended", layout.SUPERSEDED: "superseded"}


def take_slots(issuer: Organisation, codes: Sequence[str]) -> list[Slot]:
    """Give credentials a random free place each; they may come to lie in two shards."""
    rows = Slot.objects.filter(issuer=issuer)
    shard = rows.order_by("-shard").values_list("shard", flat=True).first() or 1
    places: list[tuple[int, int]] = []
    while len(places) < len(codes):
        missing = min(len(codes) - len(places), ASKED_MOST)
        free = _free(rows.filter(shard=shard), missing)
        here = {index for at, index in places if at == shard}
        places += [(shard, index) for index in free if index not in here][:missing]
        if len(free) < missing and rows.filter(shard=shard).count() >= FULL_AT:
            shard += 1
    slots = [
        Slot(issuer=issuer, shard=at, index=index, credential=code)
        for code, (at, index) in zip(codes, places, strict=True)
    ]
    return insert(slots)


def _free(taken: QuerySet[Slot], wanted: int) -> list[int]:
    """Draw places and return those that are free, in the order they were drawn: mostly as many as wanted, or more."""
    drawn = [status_list.draw_index(()) for _ in range(max(DRAWS, wanted + wanted // 2))]
    hit = set(taken.filter(index__in=drawn).values_list("index", flat=True))
    return [index for index in dict.fromkeys(drawn) if index not in hit]


def entries(issuer: Organisation, slot: Slot) -> list[dict[str, object]]:
    """Return what a credential says of its places in the lists."""
    owner = issuer.public_id.lower()
    return [
        status_list.entry(layout.status_list_id(settings.HOST, owner, purpose, slot.shard), purpose, slot.index)
        for purpose in layout.PURPOSES
    ]


def follow(attestations: Iterable[Attestation]) -> None:
    """Set the bits of every credential of attestations by what stands of them now, and sign the lists that changed."""
    for place in turn(attestations):
        sign(*place)


def turn(attestations: Iterable[Attestation]) -> list[Place]:
    """Set those bits; returns the lists that must be signed anew for it."""
    changed: set[tuple[int, int, str]] = set()
    issuers: dict[int, Organisation] = {}
    for attestation in attestations:
        issuers[attestation.issuer_id] = attestation.issuer
        standing = status(attestation)
        editions = attestation.editions.prefetch_related("credentials")
        newest = max((edition.edition for edition in editions), default=0)
        for edition in editions:
            credentials = list(edition.credentials.all())
            for one in credentials:
                slot = Slot.objects.get(credential=one.public_id)
                wanted = {
                    "revoked": standing.status in (Status.WITHDRAWN, Status.CANCELLED),
                    "suspended": standing.status is Status.SUSPENDED,
                    "superseded": edition.edition != newest or one.pk != credentials[-1].pk,
                }
                turned = [name for name, value in wanted.items() if getattr(slot, name) != value]
                if turned:
                    for name in turned:
                        setattr(slot, name, wanted[name])
                    slot.save(update_fields=turned)
                    changed |= {(attestation.issuer_id, slot.shard, name) for name in turned}
    purposes = {bit: purpose for purpose, bit in BITS.items()}
    return [(issuers[issuer], purposes[bit], shard) for issuer, shard, bit in sorted(changed)]


def sign_each(places: Iterable[Place]) -> list[StatusList]:
    """Sign lists of many issuers; one whose key does not answer now keeps no other issuer's list from being signed.

    Its own are tried again with the next turn of the worker, and go stale within a day of the last one.
    """
    signed = []
    for issuer, purpose, shard in places:
        try:
            with transaction.atomic():
                signed.append(sign(issuer, purpose, shard))
        except Refused as refused:
            log.error("list %s-%s-%s is not signed: %s", issuer.public_id, purpose, shard, refused)
    return signed


def begin(issuer: Organisation, shard: int) -> None:
    """Sign the lists of a shard that was never published, so that a new credential can be verified at once."""
    known = set(StatusList.objects.filter(issuer=issuer, shard=shard).values_list("purpose", flat=True))
    for purpose in layout.PURPOSES:
        if purpose not in known:
            sign(issuer, purpose, shard)


def twin(one: StatusList) -> dict[str, object] | None:
    """Return a version of a list with its embedded proof, for readers who know no envelope; None without one."""
    if not one.proof:
        return None
    return {**credential.parse(one.jwt.encode()).payload, "proof": one.proof}


def sign(issuer: Organisation, purpose: str, shard: int) -> StatusList:
    """Sign a list as it stands and log this version; its file follows after the commit."""
    bits = status_list.new_bits()
    for index in Slot.objects.filter(issuer=issuer, shard=shard, **{BITS[purpose]: True}).values_list(
        "index", flat=True
    ):
        status_list.set_bit(bits, index)
    now = clock.now()
    key = parties.active_key(issuer)
    id = layout.status_list_id(settings.HOST, issuer.public_id.lower(), purpose, shard)
    payload = status_list.payload(
        id=id, issuer=parties.did(issuer), purpose=purpose, bits=bits, valid_from=now, valid_until=now + VALID_FOR
    )
    signs = signer(issuer, key)
    assert key is not None
    digest = credential.digest(payload)
    entry = append("status.publish", {"d": digest, "id": id, "iss": parties.did(issuer), "k": key.thumbprint})
    proof: dict[str, object] = {}
    if signs.algorithm == "Ed25519":
        method = did.multikey_method(parties.did(issuer), key.fragment)
        proof = credential.sign_twin(payload, signs, method, now)["proof"]
    return StatusList.objects.create(
        issuer=issuer,
        purpose=purpose,
        shard=shard,
        jwt=credential.sign_jwt(payload, signs, parties.kid(key)),
        proof=proof,
        digest=digest,
        valid_from=now,
        valid_until=now + VALID_FOR,
        entry=entry,
    )


def newest_logged(issuer: Organisation, purpose: str, shard: int) -> StatusList | None:
    """Return the newest version of a list that has its number in the log: the one to be served."""
    rows = StatusList.objects.filter(issuer=issuer, purpose=purpose, shard=shard, entry__index__isnull=False)
    return rows.order_by("-id").first()
