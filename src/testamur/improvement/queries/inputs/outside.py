"""What a review sees from outside: what bodies found or were told, own certificates, suppliers."""

from __future__ import annotations

from typing import Any

from testamur.determination.models import Finding
from testamur.improvement.queries import suppliers as queries
from testamur.improvement.queries.inputs.lines import Line, Period
from testamur.kernel.refusal import _
from testamur.register import status
from testamur.register.models import Attestation
from testamur.surveillance import queries as surveillance
from testamur.surveillance.models import Due


def reported(period: Period) -> list[Line]:
    """Return what was reported on own certificates in the period."""
    rows = Due.objects.filter(
        attestation__holder=period.organisation,
        kind=Due.Kind.TRIGGER,
        recorded_at__date__range=period.days,
    )
    return [
        Line(
            _("Reported on certificate {number}: {what}"),
            {
                "number": one.attestation.current.number if hasattr(one.attestation, "current") else "",
                "what": one.because.get("what") or {"en": one.key, "zh": one.key},
            },
            ("certificate", one.attestation.public_id),
        )
        for one in rows.select_related("attestation__current")
    ]


def findings(period: Period) -> list[Line]:
    """Return the findings of certification cases that are open."""
    rows = Finding.objects.filter(
        case__client=period.organisation, closed_at__isnull=True, withdrawn_because=""
    ).select_related("case")  # fmt: skip
    return [
        Line(_("Finding {number} in case {case}, open, to be closed by {day}: {what}"),
             {"number": row.number, "case": row.case.number, "what": row.statement, "day": row.close_by or "–"},
             ("case", row.case.public_id))
        for row in rows
    ]  # fmt: skip


def certificates(period: Period) -> list[Line]:
    """Return the own certificates as they stand, and what falls due on them."""
    lines: list[Line] = []
    for one in Attestation.objects.filter(holder=period.organisation).select_related("current"):
        stands = status.status(one, on=period.until)
        if stands.status is None:
            continue
        facts: dict[str, Any] = {
            "number": one.current.number if hasattr(one, "current") else one.public_id,
            "status": queries.STATUS_NAMES[str(stands.status)],
            "day": stands.expires_on or "–",
        }
        about = ("certificate", one.public_id)
        lines.append(Line(_("Certificate {number}: {status}, last day {day}."), facts, about))
        lines += [
            Line(_("Certificate {number}: something falls due on {day}."),
                 {"number": facts["number"], "day": due.due_on}, about)
            for due in surveillance.waiting_for(one)
        ]  # fmt: skip
    return lines


def suppliers(period: Period) -> list[Line]:
    """Return the suppliers with their last evaluation, and what the register says of their certificates."""
    rows = queries.of_organisation(period.organisation.pk)
    lines: list[Line] = []
    for one in rows:
        scores = [score for score in one.scores.all() if score.scored_on <= period.until]
        facts: dict[str, Any] = {"supplier": one.name, "state": {"message": queries.OUTCOMES[queries.outcome(one)]}}
        if scores:
            last = scores[-1]
            facts |= {"q": last.quality, "d": last.delivery, "s": last.service, "day": last.scored_on}
            text = _("{supplier}: {state}; quality {q}, delivery {d}, service {s} of 100 on {day}.")
        else:
            text = _("{supplier}: {state}; not evaluated.")
        lines.append(Line(text, facts, ("supplier", one.public_id)))
    return lines + [
        Line(queries.WARNINGS[one.warning], one.facts, ("supplier", one.certificate.supplier.public_id))
        for one in queries.warnings(rows, period.until)
    ]
