"""Begin an FMEA, fill its rows, rate them, plan actions and rate anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from testamur.improvement.actions.numbering import take_number
from testamur.improvement.models import FailureMode, Fmea, Rating, RiskAction
from testamur.improvement.policies.access import check_colleague, check_may_work, check_written
from testamur.improvement.policies.problems import check_day_ahead, check_day_past, check_version
from testamur.journal.actions import record
from testamur.kernel import days
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership
from testamur.selection.turns import Problems
from testamur.studies.models import Chart
from testamur.tqm.improve.fmea import fmea_action_priority

SOURCE = "testamur@2026-1#workshop"
ROWS_MOST = 1000
#: Column → what is asked, and how long it may be; the last two may be empty.
TEXTS: dict[str, tuple[str, int]] = {
    "item": (_("Name the function or the step of the process."), 200),
    "mode": (_("Say how it can fail."), 300),
    "effect": (_("Say what the failure does, to whom."), 300),
    "cause": (_("Say what can cause it."), 300),
}
RATE = {
    "severity": _("Rate the severity with a whole number from 1 to 10; “{typed}” is none."),
    "occurrence": _("Rate the occurrence with a whole number from 1 to 10; “{typed}” is none."),
    "detection": _("Rate the detection with a whole number from 1 to 10; “{typed}” is none."),
}
OPTIONAL = ("prevention", "detection")


@transaction.atomic
def begin_fmea(*, kind: str, title: str, by: Membership, at: datetime, number: str = "") -> Fmea:
    """Begin a sheet; ``kind`` is ``design`` or ``process``."""
    check_may_work(by, by.organisation, at)
    if kind not in Fmea.Kind.values:
        raise Refused(_("Choose one of the answers offered."), rule="form", field="kind", source=SOURCE)
    said = check_written(title, "title", _("Say what is analysed."), source=SOURCE, most=160)
    made = Fmea.objects.create(
        organisation=by.organisation, number=take_number(Fmea, by.organisation, "FMEA-", number), kind=kind,
        title=said, by=by, effective_at=at,
    )  # fmt: skip
    record("improvement.fmea_begun", subject=made, by=by, at=at, source=SOURCE, payload={"fmea": made.public_id})
    return made


def described(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of a row, checked."""
    found = {
        name: check_written(str(row.get(name) or ""), name, sentence, source=SOURCE, most=most)
        for name, (sentence, most) in TEXTS.items()
    }
    for name in OPTIONAL:
        text = str(row.get(name) or "").strip()
        found[name] = check_written(text, name, "", source=SOURCE, most=300) if text else ""
    return found


def rated(row: Mapping[str, Any], detection: str = "detection") -> dict[str, int]:
    """Return severity, occurrence and detection of a row, checked by the rules of the handbook.

    Args:
        detection: name under which the rating of detection stands in the row.
    """
    found = {}
    for name, field in (("severity", "severity"), ("occurrence", "occurrence"), ("detection", detection)):
        text = str(row.get(field) if row.get(field) is not None else "").strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= 10):
            raise Refused(
                RATE[name], {"typed": text[:20]}, rule="improvement.rating", field=field,
                source="testamur@2026-1#workshop",
            )  # fmt: skip
        found[name] = int(text)
    fmea_action_priority([list(found.values())])
    return found


@transaction.atomic
def add_failures(
    *, fmea: Fmea, rows: Sequence[Mapping[str, Any]], by: Membership, at: datetime, chart: Chart | None = None
) -> list[FailureMode]:
    """Add rows: all of them, or none where one is refused.

    Args:
        rows: item, mode, effect, cause, prevention, detection (texts), severity, occurrence and, for the rating of
            detection, ``detection_rating``.
        chart: that watches the cause, for a single row.

    Raises:
        Problems: each row that cannot be taken, by its number.
    """
    fmea = _locked(fmea, by, at)
    if not rows:
        raise Refused(_("There are no rows."), rule="improvement.rows", field="file", source=SOURCE)
    if fmea.failures.count() + len(rows) > ROWS_MOST:
        raise Refused(
            _("A sheet holds at most {most} rows; begin another for the next part of the process."),
            {"most": ROWS_MOST}, rule="improvement.rows", field="file", source=SOURCE,
        )  # fmt: skip
    if chart is not None and chart.organisation_id != fmea.organisation_id:
        raise Refused(_("Choose one of the answers offered."), rule="form", field="chart", source=SOURCE)
    checked, refused = [], []
    for number, row in enumerate(rows, 1):
        try:
            checked.append((described(row), rated(row, "detection_rating")))
        except Refused as problem:
            if len(rows) == 1:
                raise
            refused.append(
                Refused(problem.message_id, {**problem.facts, "row": number}, rule=problem.rule, source=SOURCE)
            )
    if refused:
        raise Problems(
            _("{count} rows cannot be taken; nothing was added."), {"count": len(refused)}, refused,
            rule="improvement.rows", source=SOURCE,
        )  # fmt: skip
    place = fmea.failures.aggregate(last=Max("place"))["last"] or 0
    made = []
    for number, (texts, ratings) in enumerate(checked, place + 1):
        one = FailureMode.objects.create(fmea=fmea, place=number, chart=chart, by=by, effective_at=at, **texts)
        Rating.objects.create(failure=one, by=by, effective_at=at, **ratings)
        made.append(one)
    facts = {"rows": [one.public_id for one in made]}
    record("improvement.failures_added", subject=fmea, by=by, at=at, source=SOURCE, payload=facts)
    return made


@transaction.atomic
def change_failure(
    *, failure: FailureMode, texts: Mapping[str, Any], chart: Chart | None, version: int, by: Membership, at: datetime
) -> FailureMode:
    """Describe a row anew."""
    failure = _row(failure, by, at)
    check_version(failure, version)
    if chart is not None and chart.organisation_id != failure.fmea.organisation_id:
        raise Refused(_("Choose one of the answers offered."), rule="form", field="chart", source=SOURCE)
    for name, value in described(texts).items():
        setattr(failure, name, value)
    failure.chart = chart
    failure.version += 1
    failure.save()
    facts = {"row": failure.public_id, **{name: getattr(failure, name) for name in (*TEXTS, *OPTIONAL)}}
    record("improvement.failure_changed", subject=failure.fmea, by=by, at=at, source=SOURCE, payload=facts)
    return failure


@transaction.atomic
def remove_failure(*, failure: FailureMode, reason: str, by: Membership, at: datetime) -> FailureMode:
    """Take a row out of the analysis; it stays readable with the reason."""
    failure = _row(failure, by, at)
    failure.removed_because = check_written(reason, "reason", _("Say why it is removed."), source=SOURCE, most=300)
    failure.save(update_fields=["removed_because"])
    facts = {"row": failure.public_id}
    record("improvement.failure_removed", subject=failure.fmea, by=by, at=at, source=SOURCE, payload=facts)
    return failure


@transaction.atomic
def rate(*, failure: FailureMode, ratings: Mapping[str, Any], reason: str, by: Membership, at: datetime) -> Rating:
    """Rate a row anew, after an action or with better knowledge; the earlier ratings stay."""
    failure = _row(failure, by, at)
    why = check_written(reason, "reason", _("Say what changed: which action, which data."), source=SOURCE, most=300)
    made = Rating.objects.create(failure=failure, reason=why, by=by, effective_at=at, **rated(ratings))
    facts = {"row": failure.public_id, "rating": [made.severity, made.occurrence, made.detection]}
    record("improvement.failure_rated", subject=failure.fmea, by=by, at=at, source=SOURCE, payload=facts)
    return made


@transaction.atomic
def plan_action(
    *, failure: FailureMode, what: str, owner: Membership, due_on: date, by: Membership, at: datetime
) -> RiskAction:
    """Plan what makes a risk smaller, by whom and until when."""
    failure = _row(failure, by, at)
    said = check_written(what, "what", _("Say what will be done."), source=SOURCE, most=300)
    check_colleague(owner, failure.fmea.organisation, at, field="owner")
    check_day_ahead(due_on, days.day_of(at), "due_on")
    made = RiskAction.objects.create(failure=failure, what=said, owner=owner, due_on=due_on, by=by, effective_at=at)
    facts = {"action": made.public_id, "owner": owner.pk, "due_on": due_on.isoformat()}
    record("improvement.risk_action_planned", subject=failure.fmea, by=by, at=at, source=SOURCE, payload=facts)
    return made


@transaction.atomic
def take_action(*, action: RiskAction, taken: str, done_on: date, by: Membership, at: datetime) -> RiskAction:
    """Report an action against a risk as taken; rate the row anew afterwards."""
    failure = _row(action.failure, by, at)
    action = RiskAction.objects.select_for_update(of=("self",)).get(pk=action.pk)
    if action.done_on is not None:
        raise Refused(_("This action is reported as done already."), rule="improvement.rating", source=SOURCE)
    check_day_past(done_on, days.day_of(at), "done_on")
    action.taken = check_written(
        taken, "taken", _("Say what was done, and where one sees it."), source=SOURCE, most=300
    )
    action.done_on = done_on
    action.save(update_fields=["taken", "done_on"])
    facts = {"action": action.public_id, "done_on": done_on.isoformat()}
    record("improvement.risk_action_taken", subject=failure.fmea, by=by, at=at, source=SOURCE, payload=facts)
    return action


def _locked(fmea: Fmea, by: Membership, at: datetime) -> Fmea:
    row = Fmea.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=fmea.pk)
    check_may_work(by, row.organisation, at)
    return row


def _row(failure: FailureMode, by: Membership, at: datetime) -> FailureMode:
    row = FailureMode.objects.select_for_update(of=("self",)).select_related("fmea__organisation").get(pk=failure.pk)
    check_may_work(by, row.fmea.organisation, at)
    if row.removed_because:
        raise Refused(_("This row was removed; it is kept as it was."), rule="improvement.rows", source=SOURCE)
    return row
