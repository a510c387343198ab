"""Rounds: drafted, opened with their rules, changed by new versions of them, dispatched, cancelled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership, Organisation
from testamur.proficiency import policies
from testamur.proficiency.models import Group, Measurand, Round, RulesVersion
from testamur.tqm.results import digest

#: What a draft says, and which of it may still change after enrolment began.
FIELDS = (
    "title", "rules", "admits", "grouping", "replicates", "price", "enrol_until", "dispatch_on", "results_until",
    "report_on",
)  # fmt: skip
CHANGEABLE = ("rules", "enrol_until", "dispatch_on", "results_until", "report_on")
DAYS = ("enrol_until", "dispatch_on", "results_until", "report_on")
#: The group of a round in which everybody is, unless the provider makes others.
EVERYBODY = "1"


@transaction.atomic
def draft(
    *, title: dict[str, str], enrol_until: date, dispatch_on: date, results_until: date, report_on: date,
    by: Membership, at: datetime, accreditors: Iterable[Organisation] = (), **more: Any,
) -> Round:  # fmt: skip
    """Draft a round.

    Args:
        accreditors: who are told the results without asking again, as the rules say.
        more: others of :data:`FIELDS`.
    """
    policies.check_may_run(by, by.organisation, at)
    found = Round(organisation=by.organisation, by=by, effective_at=at)
    _fill(found, {"title": title, "enrol_until": enrol_until, "dispatch_on": dispatch_on,
                  "results_until": results_until, "report_on": report_on, **more})  # fmt: skip
    found.save()
    found.accreditors.set(accreditors)
    Group.objects.create(round=found, name=EVERYBODY, by=by, effective_at=at)
    record("proficiency.round_drafted", subject=found, by=by, at=at, payload={"round": found.public_id})
    return found


@transaction.atomic
def edit(
    *, found: Round, by: Membership, at: datetime, version: int | None = None,
    accreditors: Iterable[Organisation] | None = None, **changes: Any,
) -> Round:  # fmt: skip
    """Change a draft; what is not named stays."""
    found = _locked(found, by, at, version)
    policies.check_is(found, "draft")
    _fill(found, changes)
    if found.grouping == Round.Grouping.ONE and found.groups.count() > 1:
        raise Refused(
            _("This round has several groups; it cannot be judged as one."), rule="proficiency.group", field="grouping"
        )
    if accreditors is not None:
        found.accreditors.set(accreditors)
    _saved(found)
    record("proficiency.round_edited", subject=found, by=by, at=at, payload={"changed": sorted(changes)})
    return found


@transaction.atomic
def set_measurand(
    *, found: Round, by: Membership, at: datetime, measurand: Measurand | None = None, **values: Any
) -> Measurand:
    """Add a measurand to a draft, or change one."""
    found = _locked(found, by, at)
    policies.check_is(found, "draft")
    one = measurand or Measurand(round=found, by=by, effective_at=at, place=found.measurands.count() + 1)
    if measurand is not None and measurand.round_id != found.pk:
        raise Refused(_("This measurand is of another round."), rule="proficiency.measurand")
    for name, value in values.items():
        setattr(one, name, value)
    policies.check_measurand(one)
    same = {text.strip().lower() for text in one.name.values()}
    for other in found.measurands.exclude(pk=one.pk):
        if same & {text.strip().lower() for text in other.name.values()}:
            raise Refused(
                _("Another measurand of this round is called so."), rule="proficiency.measurand", field="name-en"
            )
    policies.check_blind(found, [one])
    one.save()
    _saved(found)
    record("proficiency.round_edited", subject=found, by=by, at=at, payload={"measurand": one.public_id})
    return one


@transaction.atomic
def remove_measurand(*, measurand: Measurand, by: Membership, at: datetime) -> None:
    """Take a measurand out of a draft."""
    found = _locked(measurand.round, by, at)
    policies.check_is(found, "draft")
    gone = measurand.public_id
    measurand.delete()
    for place, one in enumerate(found.measurands.order_by("place"), 1):
        if one.place != place:
            one.place = place
            one.save(update_fields=["place"])
    _saved(found)
    record("proficiency.round_edited", subject=found, by=by, at=at, payload={"removed": gone})


@transaction.atomic
def state_value(
    *, measurand: Measurand, value: Decimal, U: Decimal, k: Decimal, source: str, by: Membership, at: datetime,
    reason: str = "",
) -> Measurand:  # fmt: skip
    """State a known or reference value; participants learn of it with the report, not before.

    Args:
        value, U, k: value, its expanded uncertainty and the factor, in the unit of the measurand.
        source: certificate, or how it was found.
        reason: why a value that was stated changes after results were sealed; before, none is needed.
    """
    found = _locked(measurand.round, by, at)
    policies.check_is(found, "draft", "open", "dispatched", "reported")
    sealed = day_of(at, found.organisation.country) > found.results_until
    if sealed and measurand.reference_value and not reason.strip():
        raise Refused(
            _("Results are known by now: say why the reference value changes."),
            rule="proficiency.reference", source=policies.EVALUATION, field="reference_reason",
        )  # fmt: skip
    if measurand.by_consensus:
        raise Refused(
            _("The value of this measurand comes from the participants' results, by the rules."),
            rule="proficiency.reference", source=policies.DESIGN,
        )  # fmt: skip
    if U < 0 or not Decimal("0.5") <= k <= 10:
        raise Refused(
            _("An uncertainty is not negative, and its factor lies between 0.5 and 10."),
            rule="proficiency.reference", field="reference_U",
        )  # fmt: skip
    if not source.strip():
        raise Refused(
            _("Say where the value comes from: it must be traceable."),
            rule="proficiency.reference", source="iso-13528@2022#7", field="reference_source",
        )  # fmt: skip
    measurand.reference_value, measurand.reference_U, measurand.reference_k = f"{value:f}", f"{U:f}", f"{k:f}"
    measurand.reference_source = source.strip()[:300]
    measurand.save()
    facts = {"measurand": measurand.public_id, "digest": digest([str(value), str(U), str(k)]),
             "reason": reason.strip()[:1000]}  # fmt: skip
    record("proficiency.value_stated", subject=found, by=by, at=at, payload=facts)
    return measurand


@transaction.atomic
def open_round(*, found: Round, by: Membership, at: datetime) -> RulesVersion:
    """Open a round for enrolment. From now on its rules change only by a new version that participants see."""
    found = _locked(found, by, at)
    policies.check_may_open(found, list(found.measurands.all()), day_of(at, found.organisation.country))
    _become(found, Round.State.OPEN)
    rules = add_rules(found, by, at)
    record("proficiency.round_opened", subject=found, by=by, at=at, payload={"rules": rules.digest})
    return rules


@transaction.atomic
def change_rules(
    *, found: Round, reason: str, by: Membership, at: datetime, version: int | None = None, **changes: Any
) -> RulesVersion:
    """Change days or words of a round that is open or dispatched: a new version, with the reason.

    To whom results go without asking cannot change: laboratories enrolled by what they had read.
    """
    found = _locked(found, by, at, version)
    policies.check_is(found, "open", "dispatched")
    fixed = sorted(set(changes) - set(CHANGEABLE))
    if fixed:
        raise Refused(_("After enrolment began only days and words change."), rule="proficiency.rules")
    said = _reason(reason)
    if found.state == Round.State.DISPATCHED:
        today = day_of(at, found.organisation.country)
        if today > found.results_until:
            raise Refused(
                _("Results are sealed since {day}; the days cannot change any more."), {"day": found.results_until},
                rule="proficiency.sealed", source=policies.RESULTS,
            )  # fmt: skip
    _fill(found, changes)
    _saved(found)
    rules = add_rules(found, by, at, said)
    facts = {"rules": rules.digest, "number": rules.number}
    record("proficiency.rules_changed", subject=found, by=by, at=at, payload=facts)
    return rules


@transaction.atomic
def dispatch(*, found: Round, by: Membership, at: datetime) -> Round:
    """Say that the items are on their way: every material is judged and sufficient, or allowed with its reason."""
    found = _locked(found, by, at)
    policies.check_is(found, "open")
    if not found.participants.filter(withdrawn_at=None).exists():
        raise Refused(_("Nobody is enrolled; there is nobody to send items to."), rule="proficiency.dispatch")
    for one in found.measurands.all():
        check = one.checks.order_by("id").last()
        if check is None:
            raise Refused(
                _("{measurand}: judge the homogeneity of the material first."), {"measurand": one.name},
                rule="proficiency.material", source=policies.ITEMS,
            )  # fmt: skip
        if not check.sufficient and not hasattr(check, "allowance"):
            raise Refused(
                _(
                    "{measurand}: the material is not homogeneous or stable enough. Use another, or choose z′ with its "
                    "uncertainty and say why."
                ),
                {"measurand": one.name}, rule="proficiency.material", source="iso-13528@2022#B",
            )  # fmt: skip
    _become(found, Round.State.DISPATCHED)
    record("proficiency.round_dispatched", subject=found, by=by, at=at, payload={"round": found.public_id})
    return found


@transaction.atomic
def cancel(*, found: Round, reason: str, by: Membership, at: datetime) -> Round:
    """Cancel a round that is not reported; participants read why."""
    found = _locked(found, by, at)
    policies.check_is(found, "draft", "open", "dispatched")
    found.cancelled_because = _reason(reason)
    _become(found, Round.State.CANCELLED)
    record("proficiency.round_cancelled", subject=found, by=by, at=at, payload={"reason": found.cancelled_because})
    return found


def add_rules(found: Round, by: Membership, at: datetime, reason: str = "") -> RulesVersion:
    """Keep the rules as they stand now as the next version."""
    body = rules_of(found)
    return RulesVersion.objects.create(
        round=found, number=found.rules_versions.count() + 1, body=body, digest=digest(body), reason=reason, by=by,
        effective_at=at,
    )  # fmt: skip


def rules_of(found: Round) -> dict[str, Any]:
    """Return what participants agree to. It names no reference value and no group."""
    return {
        "round": found.public_id,
        "provider": found.organisation.public_id,
        "title": found.title,
        "rules": found.rules,
        "accreditors": sorted(found.accreditors.values_list("public_id", flat=True)),
        "admits": found.admits,
        "grouping": found.grouping,
        "replicates": found.replicates,
        "price": None if found.price is None else str(found.price),
        **{name: getattr(found, name).isoformat() for name in DAYS},
        "measurands": [
            {
                "id": one.public_id, "name": one.name, "unit": one.unit, "value_by": one.value_by,
                "sigma_by": one.sigma_by, "sigma_pt": None if one.sigma_pt is None else f"{one.sigma_pt.normalize():f}",
                "score_by": one.score_by,
            }
            for one in found.measurands.all()
        ],
    }  # fmt: skip


def locked(found: Round, by: Membership, at: datetime) -> Round:
    """Return the round, held until the end of the act, for its provider's own."""
    return _locked(found, by, at)


def become(found: Round, state: Round.State) -> None:
    """Move a round along :attr:`Round.NEXT`."""
    _become(found, state)


def _locked(found: Round, by: Membership, at: datetime, version: int | None = None) -> Round:
    found = Round.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=found.pk)
    policies.check_may_run(by, found, at)
    policies.check_version(found, version)
    return found


def _become(found: Round, state: Round.State) -> None:
    if state not in Round.NEXT[found.state]:
        policies.check_is(found)
    found.state = state
    _saved(found)


def _saved(found: Round) -> None:
    found.version += 1
    found.save()


def _fill(found: Round, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if name not in FIELDS:
            raise TypeError(f"A round has no {name}.")
        setattr(found, name, value)
    if not any(found.title.values()):
        raise Refused(_("Give the round a title."), rule="proficiency.round", field="title-en")
    if not 1 <= found.replicates <= 9:
        raise Refused(_("Ask for one to nine results."), rule="proficiency.round", field="replicates")
    if found.price is not None and not 0 <= found.price < 10**9:
        raise Refused(_("A price is 0 or more."), rule="proficiency.round", field="price")
    policies.check_days(found.enrol_until, found.dispatch_on, found.results_until, found.report_on)


def _reason(text: str) -> str:
    said = text.strip()
    if not said or len(said) > 1000:
        raise Refused(_("Say why, in at most 1000 characters."), rule="proficiency.reason", field="reason")
    return said
