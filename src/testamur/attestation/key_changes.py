"""What follows from a revoked key above the key itself: lists, statements, sheets and bundles are signed anew.

The certificates are not: those logged before the revocation stay good, and those logged after it are shown to the body,
who looks at each before it is signed again (:func:`affected`, :func:`sign_anew`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from testamur.attestation import approvals, issuing, publishing, statements, status_lists
from testamur.attestation.models import Approval, Slot
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, _
from testamur.parties import policies as parties_policies
from testamur.parties import queries as parties
from testamur.parties.actions import key_changes
from testamur.parties.models import Key, Membership, Organisation
from testamur.register.models import Credential

log = logging.getLogger("testamur.attestation")
SOURCE = "testamur@2026-1#keys"


def carry_on() -> int:
    """Take the next steps of every change of a key, and sign anew what a revoked key had signed.

    Called by the worker and after each act; what a crash left undone is done by the next call.

    Returns:
        How many steps were taken.
    """
    done = key_changes.carry_on()
    rows = Key.objects.filter(revoked_at_index__isnull=False, followed_at__isnull=True).select_related("organisation")
    for key in rows:
        if parties.active_key(key.organisation) is None:
            log.warning("%s has no key to sign its lists with since %s was revoked", key.organisation, key.fragment)
            publishing.publish_revoked_keys()
            continue
        try:
            follow(key.organisation)
        except Refused as refused:  # the new key does not answer now; the next turn tries again, others go on
            log.error("what the key %s signed is not signed anew: %s", key.fragment, refused)
            continue
        key.followed_at = clock.now()
        key.save(update_fields=["followed_at"])
        done += 1
    return done


def follow_at_once(issuer: Organisation) -> None:
    """Publish what takes a moment only, in the request of the act: the list of revoked keys and the issuer's lists.

    The worker does the rest (:func:`carry_on`), and the lists too where the key in use does not answer now.
    """
    publishing.publish_revoked_keys()
    if parties.active_key(issuer) is not None:
        publishing.publish_lists(status_lists.sign_each(_lists_of(issuer)))


def follow(issuer: Organisation) -> None:
    """Sign an issuer's lists and history statements with the key in use, and write its bundles anew. May run twice.

    Raises:
        Refused: the key in use does not answer.
    """
    publishing.publish_revoked_keys()
    _sign_lists(issuer)
    rows = Credential.objects.filter(
        edition__attestation__issuer=issuer,
        edition__attestation__confidential=False,
        edition__attestation__personal=False,
    )
    for one in rows.select_related("edition__attestation__issuer", "entry").iterator(chunk_size=500):
        statement = statements.newest(one)
        if statement is not None:
            publishing.publish_statement(statement)
        publishing.publish_bundle(one)


@transaction.atomic
def _sign_lists(issuer: Organisation) -> None:
    signed = [status_lists.sign(*place) for place in _lists_of(issuer)]
    transaction.on_commit(lambda: publishing.publish_lists(signed))


def _lists_of(issuer: Organisation) -> list[status_lists.Place]:
    shards = Slot.objects.filter(issuer=issuer).order_by("shard").values_list("shard", flat=True).distinct()
    return [(issuer, purpose, shard) for shard in shards for purpose in status_lists.BITS]


def affected(issuer: Organisation) -> QuerySet[Credential]:
    """Return an issuer's credentials that a revoked key signed and that stand in the log at or after its revocation.

    Verifiers refuse them. Those already signed anew are not among them.
    """
    asked = Q(pk__in=())
    for key in issuer.keys.filter(revoked_at_index__isnull=False):
        asked |= Q(thumbprint=key.thumbprint, entry__index__gte=key.revoked_at_index)
        asked |= Q(thumbprint=key.thumbprint, entry__index=None)
    revoked = issuer.keys.filter(revoked_at__isnull=False).values_list("thumbprint", flat=True)
    rows = Credential.objects.filter(asked, edition__attestation__issuer=issuer)
    renewed = Credential.objects.filter(edition__attestation__issuer=issuer).exclude(thumbprint__in=list(revoked))
    rows = rows.exclude(edition__in=renewed.values("edition"))
    return rows.select_related("edition__attestation", "edition__scheme", "entry").order_by("pk")


def may_sign_anew(one: Credential) -> bool:
    """Say whether a credential is one that a revocation reaches."""
    return affected(one.edition.attestation.issuer).filter(pk=one.pk).exists()


@transaction.atomic
def sign_anew(*, credential: Credential, by: Membership, at: datetime) -> Credential | None:
    """Sign an edition again with the key in use, because the key that signed it was revoked before it was logged.

    The edition says what it said; the credential that nobody believes any more is marked superseded.

    Returns:
        The new credential; None where the issuer lets two persons approve, and another has to do the same.

    Raises:
        Refused: the credential is not affected, or no right to administer the issuer.
    """
    issuer = credential.edition.attestation.issuer
    parties_policies.check_may_administer(by, issuer, at)
    Credential.objects.select_for_update(of=("self",)).get(pk=credential.pk)
    if not may_sign_anew(credential):
        raise Refused(
            _(
                "This certificate does not rest on a revoked key, or was signed anew already; "
                "it is valid as it stands, and there is nothing to do."
            ),
            rule="keys.revoked",
            source=SOURCE,
        )
    if approvals.agree(key=_anew(credential), issuer=issuer, by=by, at=at) is None:
        return None
    attestation = credential.edition.attestation
    made = issuing.reissue(
        credential.edition,
        by=by,
        at=at,
        kind="attestation.signed_anew",
        payload={"attestation": attestation.public_id, "before": credential.public_id},
    )
    status_lists.follow([attestation])
    statements.write(attestation)
    return made


@transaction.atomic
def sign_many_anew(*, credentials: Iterable[Credential], by: Membership, at: datetime) -> list[Credential]:
    """Sign several editions again in one act: all, or none.

    Returns:
        The new credentials; what was only proposed, because two persons approve, is not among them.

    Raises:
        Refused: as :func:`sign_anew`, for the first that cannot be signed.
    """
    made = (sign_anew(credential=one, by=by, at=at) for one in credentials)
    return [one for one in made if one is not None]


def proposals(credentials: Iterable[Credential], at: datetime) -> dict[str, Approval]:
    """Return by public id which credentials somebody proposed to sign anew, and who: another person does it then."""
    found = ((one.public_id, approvals.proposal(_anew(one), at)) for one in credentials)
    return {public_id: proposal for public_id, proposal in found if proposal is not None}


def _anew(credential: Credential) -> str:
    return f"anew:{credential.public_id}"
