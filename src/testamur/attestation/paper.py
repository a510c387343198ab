"""Paper: which copies of a certificate a body printed, on which numbered sheets, and which of them it voided.

A printed sheet outlives its certificate. Whoever finds one can ask its issuer whether that sheet was ever printed, and
whether it was taken back; the status of the certificate itself is in the register, and never on paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from testamur.attestation.models import PrintRun, VoidedCopies
from testamur.journal.actions import record
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function
from testamur.parties.models import Membership, Organisation, actor
from testamur.parties.policies import check_lives
from testamur.register.models import Attestation, Credential

#: Copies of one run: what one office prints in a day, not a mistyped number.
COPIES_MOST = 10_000
#: Numbers on sheets have at most nine digits.
NUMBER_MOST = 999_999_999
SOURCE = "testamur@2026-1#attestation.renditions"


@dataclass(frozen=True, slots=True)
class Printed:
    """A run as it stands: the row, how many copies are out, and what was voided of it."""

    run: PrintRun
    valid: int
    voided: tuple[VoidedCopies, ...]


def may_print(issuer: Organisation, by: Membership) -> bool:
    """Say whether somebody keeps the paper of a body: a member who signs for it."""
    return by.organisation_id == issuer.pk and by.holds(Function.ATTESTATION)


@transaction.atomic
def record_print_run(
    *, credential: Credential, series: str, first: int, last: int, by: Membership, at: datetime
) -> PrintRun:
    """Record that copies were printed on the sheets ``first`` to ``last`` of a series.

    Args:
        credential: what was printed.
        series: letters before the numbers on the sheets, perhaps none.
        first, last: numbers on the first and last sheet, 1 or more.

    Raises:
        Refused: no right, a range upside down or beyond reason, or sheets that were used before.
    """
    issuer = _check_may_print(credential.edition.attestation, by, at)
    series = series.strip().upper()
    if not 1 <= first <= last <= NUMBER_MOST or last - first >= COPIES_MOST:
        raise Refused(
            _("A print run is from 1 to {most} sheets, the first number before the last."), {"most": COPIES_MOST},
            rule="attestation.paper", source=SOURCE,
        )  # fmt: skip
    Organisation.objects.select_for_update(of=("self",)).get(pk=issuer.pk)
    runs = PrintRun.objects.filter(credential__edition__attestation__issuer=issuer, series=series)
    used = runs.filter(first__lte=last, last__gte=first).select_related("credential__edition").first()
    if used is not None:
        raise Refused(
            _(
                "Sheets {first} to {last} of this series were printed for {number} already. "
                "Give the numbers that stand on the sheets in your hand, or another series."
            ),
            {"first": used.first, "last": used.last, "number": used.credential.edition.number},
            rule="attestation.paper", source=SOURCE,
        )  # fmt: skip
    run = PrintRun.objects.create(
        credential=credential, series=series, first=first, last=last, effective_at=at, **actor(by)
    )
    payload = {"credential": credential.public_id, "series": series, "first": first, "last": last}
    record("attestation.printed", subject=run, by=by, at=at, payload=payload)
    return run


@transaction.atomic
def void_copies(*, run: PrintRun, first: int, last: int, reason: str, by: Membership, at: datetime) -> VoidedCopies:
    """Record that sheets of a run count no longer: misprinted, lost, returned.

    Raises:
        Refused: no right, no reason, sheets outside the run, or voided before.
    """
    _check_may_print(run.credential.edition.attestation, by, at)
    run = PrintRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if not run.first <= first <= last <= run.last:
        raise Refused(
            _("The run has the sheets {first} to {last}."), {"first": run.first, "last": run.last},
            rule="attestation.paper", source=SOURCE,
        )  # fmt: skip
    if not reason.strip():
        raise Refused(_("Say why these sheets count no longer."), rule="attestation.paper", source=SOURCE)
    used = run.voided.filter(first__lte=last, last__gte=first).first()
    if used is not None:
        raise Refused(
            _("Sheets {first} to {last} are void already."), {"first": used.first, "last": used.last},
            rule="attestation.paper", source=SOURCE,
        )  # fmt: skip
    made = VoidedCopies.objects.create(
        run=run, first=first, last=last, reason=reason.strip(), effective_at=at, **actor(by)
    )
    payload = {"run": run.pk, "first": first, "last": last, "reason": made.reason}
    record("attestation.copies_voided", subject=made, by=by, at=at, payload=payload)
    return made


def _check_may_print(attestation: Attestation, by: Membership, at: datetime) -> Organisation:
    check_lives(by, at)
    if not may_print(attestation.issuer, by):
        raise Refused(
            _("{person} does not sign for {issuer}."),
            {"person": by.person.names, "issuer": attestation.issuer.names},
            rule="attestation.who", source="iso-17000@2020#7.3",
            who=_("a member of the issuer with the function attestation"),
        )  # fmt: skip
    return attestation.issuer


def of(attestation: Attestation) -> list[Printed]:
    """Return the print runs of every edition of an attestation, oldest first."""
    rows = PrintRun.objects.filter(credential__edition__attestation=attestation)
    found = []
    for run in rows.select_related("credential__edition", "by__person").prefetch_related("voided"):
        voided = tuple(run.voided.all())
        gone = sum(one.last - one.first + 1 for one in voided)
        found.append(Printed(run, run.last - run.first + 1 - gone, voided))
    return found
