"""Draft a control plan, fill it, have it approved by another person, revise it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from testamur.improvement.actions.numbering import take_number
from testamur.improvement.models import ControlPlan, ControlPlanEdition, ControlPlanRow, RowLook
from testamur.improvement.policies.access import check_may_work, check_written
from testamur.journal.actions import record
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership

SOURCE = "iso-9001@2015#8.5.1"
ROWS_MOST = 300
TEXTS: dict[str, tuple[str, int]] = {
    "step": (_("Name the step of the process."), 160),
    "watched": (_("Name what is watched."), 160),
    "specification": (_("Give the specification, with its unit."), 160),
    "sample": (_("Say how many are looked at."), 80),
    "frequency": (_("Say how often."), 80),
    "method": (_("Say how it is controlled."), 160),
    "reaction": (_("Say what is done where it is off, and by whom."), 2000),
}
LINKS = ("characteristic", "gauge", "chart", "failure")


@transaction.atomic
def draft_plan(*, title: str, phase: str, by: Membership, at: datetime, number: str = "") -> ControlPlan:
    """Begin a control plan with an empty first edition."""
    check_may_work(by, by.organisation, at)
    if phase not in ControlPlan.Phase.values:
        raise Refused(_("Choose one of the answers offered."), rule="form", field="phase", source=SOURCE)
    said = check_written(title, "title", _("Name the product and the process."), source=SOURCE, most=160)
    plan = ControlPlan.objects.create(
        organisation=by.organisation, number=take_number(ControlPlan, by.organisation, "CP-", number), title=said,
        phase=phase, by=by, effective_at=at,
    )  # fmt: skip
    ControlPlanEdition.objects.create(plan=plan, edition=1, change="–", by=by, effective_at=at)
    facts = {"plan": plan.public_id, "edition": 1}
    record("improvement.control_plan_drafted", subject=plan, by=by, at=at, source=SOURCE, payload=facts)
    return plan


@transaction.atomic
def revise_plan(*, plan: ControlPlan, change: str, by: Membership, at: datetime) -> ControlPlanEdition:
    """Begin the next edition with the rows of the one in force."""
    plan = _locked(plan, by, at)
    said = check_written(change, "change", _("Say what changes, and why."), source=SOURCE, most=300)
    last = plan.editions.order_by("-edition").first()
    assert last is not None
    if last.approved_at is None:
        raise Refused(
            _("Edition {edition} is still a draft; change that one."), {"edition": last.edition},
            rule="improvement.control_plan", source=SOURCE,
        )  # fmt: skip
    made = ControlPlanEdition.objects.create(plan=plan, edition=last.edition + 1, change=said, by=by, effective_at=at)
    for row in last.rows.all():
        kept = {name: getattr(row, name) for name in (*TEXTS, *LINKS, "place")}
        # Copying is not looking: a row whose risk changed is still to be looked at in the draft.
        ControlPlanRow.objects.create(edition=made, rating=row.judged_under, by=by, effective_at=at, **kept)
    facts = {"plan": plan.public_id, "edition": made.edition}
    record("improvement.control_plan_drafted", subject=plan, by=by, at=at, source=SOURCE, payload=facts)
    return made


@transaction.atomic
def set_row(
    *, plan: ControlPlan, values: Mapping[str, Any], by: Membership, at: datetime, row: ControlPlanRow | None = None
) -> ControlPlanRow:
    """Add a row to the draft, or write one anew.

    Args:
        values: the texts of ``TEXTS``; ``characteristic``, ``gauge``, ``chart`` and ``failure``, of the own
            organisation, or None.
    """
    plan = _locked(plan, by, at)
    draft = _draft(plan)
    found: dict[str, Any] = {
        name: check_written(str(values.get(name) or ""), name, sentence, source=SOURCE, most=most)
        for name, (sentence, most) in TEXTS.items()
    }
    for name in LINKS:
        one = values.get(name)
        owner = None if one is None else one.fmea.organisation_id if name == "failure" else one.organisation_id
        if owner not in (None, plan.organisation_id):
            raise Refused(_("Choose one of the answers offered."), rule="form", field=name, source=SOURCE)
        found[name] = one
    if row is None:
        if draft.rows.count() >= ROWS_MOST:
            raise Refused(
                _("A control plan holds at most {most} rows."), {"most": ROWS_MOST}, rule="improvement.control_plan",
                source=SOURCE,
            )  # fmt: skip
        place = (draft.rows.aggregate(last=Max("place"))["last"] or 0) + 1
        row = ControlPlanRow(edition=draft, place=place, by=by, effective_at=at)
    else:
        row = _row(draft, row)
    for name, value in found.items():
        setattr(row, name, value)
    row.rating = row.failure.rating if row.failure is not None else None
    row.save()
    facts = {"edition": draft.edition, "row": row.public_id}
    record("improvement.control_plan_row_set", subject=plan, by=by, at=at, source=SOURCE, payload=facts)
    return row


@transaction.atomic
def look_at_row(*, plan: ControlPlan, row: ControlPlanRow, finding: str, by: Membership, at: datetime) -> RowLook:
    """Leave a row as it is, although the risk it controls was rated anew; say why. Changing it takes an edition."""
    plan = _locked(plan, by, at)
    row = ControlPlanRow.objects.select_for_update(of=("self",)).select_related("edition").get(pk=row.pk)
    if row.edition.plan_id != plan.pk:
        raise Refused(_("Choose one of the answers offered."), rule="form", field="row", source=SOURCE)
    failure = row.failure
    if failure is None or not row.to_look_at:
        raise Refused(
            _("The risk of this row did not change since it was looked at."), rule="improvement.control_plan",
            field="row", source=SOURCE,
        )  # fmt: skip
    said = check_written(finding, "finding", _("Say why the control still fits the risk."), source=SOURCE, most=300)
    made = RowLook.objects.create(row=row, rating=failure.rating, finding=said, by=by, effective_at=at)
    facts = {"plan": plan.public_id, "row": row.public_id, "priority": made.rating.priority}
    record("improvement.control_plan_row_looked_at", subject=plan, by=by, at=at, source=SOURCE, payload=facts)
    return made


@transaction.atomic
def remove_row(*, plan: ControlPlan, row: ControlPlanRow, by: Membership, at: datetime) -> None:
    """Take a row out of the draft; approved editions keep theirs."""
    plan = _locked(plan, by, at)
    draft = _draft(plan)
    row = _row(draft, row)
    facts = {"edition": draft.edition, "row": row.public_id}
    row.delete()
    record("improvement.control_plan_row_removed", subject=plan, by=by, at=at, source=SOURCE, payload=facts)


@transaction.atomic
def approve_plan(*, plan: ControlPlan, edition: int, by: Membership, at: datetime) -> ControlPlanEdition:
    """Approve the draft that was read; it holds from now on and does not change any more."""
    plan = _locked(plan, by, at)
    draft = _draft(plan)
    if draft.edition != edition:
        raise Refused(
            _("Somebody changed this since you opened the page. Read it again, then send yours."), rule="version",
            source=SOURCE,
        )  # fmt: skip
    if draft.by is not None and draft.by.person_id == by.person_id:
        raise Refused(
            _("You wrote this edition; another person approves it."), rule="improvement.approved_by_another",
            source="iso-9001@2015#7.5.2", who=_("a colleague with the function quality, invited by an administrator"),
        )  # fmt: skip
    if not draft.rows.exists():
        raise Refused(_("An empty control plan controls nothing; add its rows first."), rule="improvement.control_plan",
                      source=SOURCE)  # fmt: skip
    draft.approved_at, draft.approved_by = at, by
    draft.save(update_fields=["approved_at", "approved_by"])
    facts = {"plan": plan.public_id, "edition": draft.edition, "rows": draft.rows.count()}
    record("improvement.control_plan_approved", subject=plan, by=by, at=at, source=SOURCE, payload=facts)
    return draft


def _locked(plan: ControlPlan, by: Membership, at: datetime) -> ControlPlan:
    row = ControlPlan.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=plan.pk)
    check_may_work(by, row.organisation, at)
    return row


def _draft(plan: ControlPlan) -> ControlPlanEdition:
    draft = plan.editions.filter(approved_at=None).select_related("by__person").first()
    if draft is None:
        raise Refused(
            _("This edition is approved and does not change. Begin the next edition."),
            rule="improvement.control_plan", source=SOURCE,
        )  # fmt: skip
    return draft


def _row(draft: ControlPlanEdition, row: ControlPlanRow) -> ControlPlanRow:
    found = draft.rows.select_for_update(of=("self",)).filter(pk=row.pk).first()
    if found is None:
        raise Refused(
            _("This row belongs to an approved edition, which does not change."), rule="improvement.control_plan",
            source=SOURCE,
        )  # fmt: skip
    return found
