"""What reviewer and decider read alike: the dossier by its digest, findings, reports, the grade worked out."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from testamur.determination import queries as determination
from testamur.determination.models import AnswerFile, Evidence, Finding
from testamur.kernel import clock
from testamur.review.grades import grade
from testamur.review.models import Review
from testamur.selection.models import Attachment, Case


def _count_files(case: Case) -> int:
    return (
        Evidence.objects.filter(activity__case=case).count()
        + AnswerFile.objects.filter(answer__finding__case=case).count()
        + Attachment.objects.filter(application__case__in=[case.pk, case.leader.pk], removed_at=None).count()
    )


def dossier_of(case: Case, review: Review | None, digest: str) -> dict[str, Any]:
    """Return the dossier a review froze, beside today's digest of the same."""
    return {
        "sha256": review.digest if review else digest,
        "frozen_at": review.effective_at if review else clock.now(),
        "files": _count_files(case),
        "unchanged": review is None or review.digest == digest,
        "href": reverse("workspace:case-files", args=[case.public_id]),
    }


def findings_of(case: Case) -> list[dict[str, Any]]:
    """Return the findings of a case and where each stands."""
    definition = case.scheme.definition
    return [
        {
            "number": one.number,
            "grade": definition.finding(one.grade).title,
            "statement": one.statement,
            "pill": pill(one),
            "href": reverse("workspace:finding", args=[case.public_id, one.public_id]),
        }
        for one in case.findings.all()
    ]


def reports_of(case: Case) -> list[dict[str, Any]]:
    """Return the activities of a case, each with its report."""
    definition = case.scheme.definition
    return [
        {
            "title": definition.activity(row.activity).title,
            "row": row,
            "href": reverse("workspace:activity", args=[case.public_id, row.public_id]),
        }
        for row in case.activities.select_related("completed_by__person", "performer")
    ]


def grade_of(case: Case) -> Any:
    """Return the title of the grade that the facts reach, "" where the scheme has none."""
    if not case.scheme.definition.grades:
        return ""
    reached = grade(case.scheme.definition, determination.facts(case))
    return case.scheme.definition.grade(reached).title if reached else _("none is reached")


def pill(finding: Finding) -> dict[str, Any]:
    """Return where a finding stands."""
    if finding.withdrawn_because:
        return {"tone": "mute", "text": _("withdrawn by the team")}
    if finding.closed_at is not None:
        return {"tone": "ok", "text": _("closed")}
    if determination.awaits_client(finding):
        return {"tone": "turn", "text": _("waits for the client")}
    if determination.awaits_judgement(finding):
        return {"tone": "info", "text": _("waits for the team")}
    return {"tone": "mute", "text": _("for information")}
