"""The dossier: everything a reviewer relies on, in one canonical value whose digest freezes it.

Texts and answers stand in it by their SHA-256, so that the dossier proves what was reviewed without repeating it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.db.models import Q

from testamur.determination.models import Activity, Finding, Visit
from testamur.kernel.days import iso
from testamur.selection.facts import application_of
from testamur.selection.models import Case
from testamur.selection.turns import plain
from testamur.verification import jcs

FORMAT = "testamur-dossier-1"


def digest(value: Any) -> str:
    """Return the SHA-256 of a value's canonical JSON, lower-case hex."""
    return hashlib.sha256(jcs.canonical(plain(value))).hexdigest()


def _at(instant: datetime | None) -> str:
    return iso(instant) if instant is not None else ""


def _by(row: Any) -> str:
    return row.by.person.public_id if row.by_id else row.by_rule


def dossier(case: Case) -> dict[str, Any]:
    """Return the dossier of a case as it is now: canonical (the same records give the same bytes), JSON values only.

    A row more, a file more, an answer judged: each changes its digest, and with it voids a review that rested on it.
    """
    definition = case.scheme.definition
    determining = {role.id for role in definition.roles if {"determination", "surveillance"} & set(role.functions)}
    return {
        "format": FORMAT,
        "case": case.public_id,
        "number": case.number,
        "occasion": case.occasion,
        "scheme": {"key": case.scheme.key, "digest": case.scheme.digest},
        "issuer": case.issuer.public_id,
        "client": case.client.public_id if case.client else "",
        "person": case.person.public_id if case.person else "",
        "attestation": case.attestation.public_id if case.attestation else "",
        "application": _application(case),
        "application_reviews": [
            {
                "by": _by(row),
                "at": _at(row.effective_at),
                "accepted": row.accepted,
                "answers": row.answers,
                "scope": row.scope,
                "statement": row.statement,
                "days": str(row.days) if row.days is not None else "",
                "notes": digest(row.notes),
                "adjustments": digest(row.adjustments),
                "calculation": digest(row.calculation),
            }
            for row in case.application_reviews.select_related("by__person").order_by("id")
        ],
        "plan": [
            {
                "proposal": row.proposal,
                "snapshot": digest(row.snapshot),
                "agreed_at": _at(row.agreed_at),
                "objection": digest(row.objection),
            }
            for row in case.plans.order_by("proposal")
        ],
        "team": [
            {
                "person": row.membership.person.public_id,
                "role": row.role,
                "from": row.from_day.isoformat() if row.from_day else "",
                "until": row.until_day.isoformat() if row.until_day else "",
                "checked": digest(row.checked),
                "removed": row.removed_at is not None,
            }
            for row in case.assignments.filter(role__in=determining).select_related("membership__person").order_by("id")
        ],
        "visits": [_visit(row) for row in _visits(case)],
        "activities": [
            _activity(row)
            for row in case.activities.select_related(
                "by__person", "performer", "authority", "completed_by__person", "visit", "witnesses"
            ).order_by("id")
        ],
        "findings": [
            _finding(row) for row in case.findings.select_related("by__person", "activity", "site").order_by("id")
        ],
        # Only where there are any: the digest of a dossier without them is what it was before they could be given.
        **({"exhibits": exhibits} if (exhibits := _exhibits(case)) else {}),
    }


def _exhibits(case: Case) -> list[dict[str, Any]]:
    return [
        {
            "id": row.public_id,
            "kind": row.kind,
            "title": row.title,
            "sha256": row.file.sha256,
            "clauses": row.clauses,
            "by": _by(row),
            "effective_at": _at(row.effective_at),
            "recorded_at": _at(row.recorded_at),
            "taken_back": digest(row.taken_back_because) if row.taken_back_at else "",
        }
        for row in case.exhibits.select_related("file", "by__person").order_by("id")
    ]


def _application(case: Case) -> dict[str, Any]:
    application = application_of(case)
    if application is None:
        return {}
    return {
        "case": application.case.public_id,
        "state": application.state,
        "submitted_at": _at(application.submitted_at),
        "answers": digest(application.answers),
        "reasons": digest(application.reasons),
        "attachments": [
            {"field": row.field, "name": row.name, "sha256": row.file.sha256}
            for row in application.attachments.filter(removed_at=None).select_related("file").order_by("id")
        ],
    }


def _visits(case: Case) -> list[Visit]:
    rows = Visit.objects.filter(Q(activities__case=case) | Q(planned__activities__case=case)).distinct()
    return list(rows.order_by("id"))


def _visit(visit: Visit) -> dict[str, Any]:
    return {
        "visit": visit.public_id,
        "where": visit.where,
        "started_at": _at(visit.started_at),
        "ended_at": _at(visit.ended_at),
        "attendance": [
            {
                "person": row.person.public_id,
                "site": row.site.public_id if row.site else "",
                "arrived_at": _at(row.arrived_at),
                "left_at": _at(row.left_at),
                "position": row.position,
                "remark": digest(row.remark),
                "recorded_at": _at(row.recorded_at),
            }
            for row in visit.attendances.select_related("person", "site").order_by("id")
        ],
    }


def _activity(row: Activity) -> dict[str, Any]:
    return {
        "activity": row.activity,
        "id": row.public_id,
        "round": row.round,
        "visit": row.visit.public_id if row.visit else "",
        "performer": row.performer.public_id,
        "authority": row.authority.public_id if row.authority else "",
        "witnesses": row.witnesses.public_id if row.witnesses else "",
        "by": _by(row),
        "started_on": row.started_on.isoformat(),
        "ended_on": row.ended_on.isoformat() if row.ended_on else "",
        "completed_by": row.completed_by.person.public_id if row.completed_by else "",
        "report": digest(row.report),
        "facts": plain(row.facts),
        "passed": row.passed,
        "evidence": [
            {
                "kind": one.kind,
                "title": one.title,
                "sha256": one.file.sha256 if one.file else "",
                "location": digest(one.location),
                "clauses": one.clauses,
                "by": _by(one),
                "effective_at": _at(one.effective_at),
                "recorded_at": _at(one.recorded_at),
                "late": one.late,
            }
            for one in row.evidence.select_related("file", "by__person").order_by("id")
        ],
        "tests": [
            {
                "clause": line.clause,
                "method": line.method,
                "laboratory": line.laboratory.public_id,
                "subcontractor": line.subcontractor.public_id if line.subcontractor else "",
                "result": line.result,
                "limit": line.limit,
                "passed": line.passed,
                "tested_on": line.tested_on.isoformat(),
                "authority": line.authority.public_id if line.authority else "",
                "arrangement": line.arrangement,
                "report": line.report_number,
            }
            for line in row.test_lines.select_related("laboratory", "subcontractor", "authority").order_by("id")
        ],
    }


def _finding(row: Finding) -> dict[str, Any]:
    return {
        "number": row.number,
        "grade": row.grade,
        "activity": row.activity.public_id,
        "site": row.site.public_id if row.site else "",
        "clauses": row.clauses,
        "statement": digest(row.statement),
        "seen": digest(row.seen),
        "by": _by(row),
        "at": _at(row.effective_at),
        "closed_at": _at(row.closed_at),
        "withdrawn": digest(row.withdrawn_because) if row.withdrawn_because else "",
        "answers": [
            {
                "by": _by(answer),
                "at": _at(answer.effective_at),
                "text": digest([answer.correction, answer.cause, answer.corrective_action]),
                "done_by": answer.done_by.isoformat() if answer.done_by else "",
                "files": sorted(answer.files.values_list("file__sha256", flat=True)),
                "judgements": [
                    {
                        "by": _by(one),
                        "at": _at(one.effective_at),
                        "accepted": one.accepted,
                        "verified": one.verified,
                        "how": digest(one.how),
                    }
                    for one in answer.verifications.select_related("by__person").order_by("id")
                ],
            }
            for answer in row.answers.select_related("by__person").order_by("id")
        ],
    }
