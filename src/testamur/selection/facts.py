"""Facts that conditions and rules ask for: ``form.*``, ``scheme.*``, ``register.*``, ``history.*`` (language.md 2).

What determination finds (``exam.*``, ``test.*``, ``score.*`` …) is added by ``determination.queries.facts``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q

from testamur.kernel import days
from testamur.parties.models import Bar, Fact, Organisation, Person
from testamur.register.models import Attestation, StatusChange
from testamur.schemes.language.definition import Definition
from testamur.schemes.language.kinds import Condition
from testamur.selection import fields
from testamur.selection.models import Application, Case


def definitions_of_form(case: Case) -> list[Definition]:
    """Return the definitions whose parts make the form: of an integrated group all of them, the integrated one last."""
    if case.integrated_id and case.integrated is not None:
        return [*(one.scheme.definition for one in case.leader.group), case.integrated.definition]
    return [case.scheme.definition]


def application_of(case: Case) -> Application | None:
    """Return the application whose answers speak for a case: its own, the group's, or the last one about its
    attestation.

    A surveillance asks nothing anew: what was answered before still holds until it is answered again.
    """
    leader = case.leader
    own = Application.objects.filter(case=leader).first()
    if own is not None:
        own.case = leader  # read already
        return own
    if case.attestation_id is None:
        return None
    earlier = Application.objects.filter(state=Application.State.ACCEPTED).exclude(case=case)
    about = Q(case__attestation_id=case.attestation_id)
    decided = (
        list(case.attestation.editions.exclude(decision="").values_list("decision", flat=True))
        if case.attestation
        else []
    )
    if decided:
        about |= Q(case__decisions__public_id__in=decided)
    return earlier.filter(about).order_by("-submitted_at").first()


def form_facts(
    definitions: list[Definition], answers: dict[str, Any], reasons: dict[str, str], on: date
) -> dict[str, Any]:
    """Return ``form.<field>`` for every answer that can be read, and the aspects of composite ones."""
    found: dict[str, Any] = {}
    for definition in definitions:
        for field in definition.fields:
            raw = answers.get(field.id)
            if fields.empty(raw):
                continue
            value, _problems = fields.read(field, raw, definition=definition, reason=reasons.get(field.id, ""), on=on)
            if value is None:
                continue
            found[f"form.{field.id}"] = value
            if field.type in ("sites", "people", "products"):
                found[f"form.{field.id}.count"] = len(value)
            if field.type == "sites":
                found[f"form.{field.id}.without_central"] = sum(1 for site in value if not site.get("central"))
    return found


def register_facts(
    definition: Definition, party: Organisation | Person, on: date, attestation: Attestation | None
) -> dict[str, Any]:
    """Return what the register and the supervising authorities know of an applicant; nobody is asked what is known.

    Source: amendments B9; cnca-qms-01@2025#5.1.2.
    """
    side = {"person": party} if isinstance(party, Person) else {"organisation": party}
    bars = Bar.objects.filter(**side, from_day__lte=on).filter(Q(until_day=None) | Q(until_day__gte=on))
    grounds = set(bars.filter(Q(lifted_on=None) | Q(lifted_on__gt=on)).values_list("ground", flat=True))
    own_lost, revoked = _lost(definition, party, on, attestation)
    return {
        "scheme.regime": definition.scheme.regime,
        "register.dishonesty_list": "dishonesty_list" in grounds,
        "register.conduct_breach": "conduct_breach" in grounds,
        "register.national_sampling_failed_on": _reported_day(party, "register.national_sampling_failed_on", on),
        "register.own_cert_lost_on": own_lost,
        "register.former_cb_revoked_on": revoked,
    }


def _reported_day(party: Organisation | Person, name: str, on: date) -> date | None:
    """Return a day that somebody else than the party itself reported."""
    side = {"person": party} if isinstance(party, Person) else {"organisation": party}
    rows = Fact.objects.filter(**side, name=name, stated_on__lte=on).select_related("by")
    if isinstance(party, Organisation):
        rows = rows.exclude(by__organisation=party)
    row = rows.order_by("-stated_on", "-id").first()
    return date.fromisoformat(row.value) if row and isinstance(row.value, str) and row.value else None


def _held(definition: Definition, party: Organisation | Person) -> Q:
    documents = [requirement.document for requirement in definition.requirements if requirement.used_as == "criteria"]
    same = Q(attestation__scheme_id_text=definition.id)
    if documents:
        same |= Q(attestation__editions__lines__nodes__node__in=documents)
    own = Q(attestation__person=party) if isinstance(party, Person) else Q(attestation__holder=party)
    return same & own


def _lost(
    definition: Definition, party: Organisation | Person, on: date, attestation: Attestation | None
) -> tuple[date | None, date | None]:
    """Return the day on which the party's own certificate was last suspended or withdrawn for its own reasons, and the
    day on which the approval of a former body of its was revoked; None where neither is on record."""
    area = definition.area
    changes = (
        StatusChange.objects.filter(_held(definition, party), annulled_by=None, corrected_by=None, annuls=None)
        .filter(status__in=["suspended", "withdrawn"], effective_at__lte=days.last_second(on, area))
        .distinct()
    )
    if attestation is not None:
        changes = changes.exclude(attestation=attestation)
    own = [days.day_of(change.effective_at, area) for change in changes if change.cause in ("holder", "both")]
    held = (
        Attestation.objects.filter(holder=party)
        if isinstance(party, Organisation)
        else Attestation.objects.filter(person=party)
    )
    former = held.filter(scheme_id_text=definition.id).values_list("issuer_id", flat=True)
    licences = {
        scheme for table in definition.authorities_of("issuer") if table.kind == "licence" for scheme in table.any_of
    }
    revoked = StatusChange.objects.filter(
        attestation__holder_id__in=list(former),
        attestation__scheme_id_text__in=licences,
        status="withdrawn",
        annulled_by=None,
        corrected_by=None,
        annuls=None,
        effective_at__lte=days.last_second(on, area),
    )
    lost_licence = [days.day_of(change.effective_at, area) for change in revoked]
    return max(own, default=None), max(lost_licence, default=None)


def history_facts(case: Case, on: date) -> dict[str, Any]:
    """Return ``history.*`` of the attestation a case is about; of a first application, a clean sheet."""
    years = suspensions = 0
    area = case.scheme.definition.area
    if case.attestation is not None:
        first = case.attestation.editions.order_by("edition").first()
        if first is not None:
            start = first.effective_on
            years = max(0, on.year - start.year - ((on.month, on.day) < (start.month, start.day)))
        since = days.add_months(on, -36)
        suspensions = sum(
            1
            for change in case.attestation.changes.filter(status="suspended", annulled_by=None)
            if days.day_of(change.effective_at, area) >= since
        )
    party = case.client or case.person
    side = {"person": party} if isinstance(party, Person) else {"organisation": party}
    failed = Fact.objects.filter(
        **side, name="register.national_sampling_failed_on", stated_on__gte=days.add_months(on, -24), stated_on__lte=on
    )
    if isinstance(party, Organisation):
        failed = failed.exclude(by__organisation=party)
    return {"history.years_held": years, "history.suspensions": suspensions, "history.failed_samplings": failed.count()}


def facts(case: Case, on: date | None = None) -> dict[str, Any]:
    """Return every fact that selection knows of a case on a day (default: the day of submission, else today)."""
    application = application_of(case)
    day = on or _day_of(case, application)
    party = case.client or case.person
    assert party is not None  # the constraint case_has_a_client
    found = answered(case, application, day)
    return found | register_facts(case.scheme.definition, party, day, case.attestation) | history_facts(case, day)


def facts_for(case: Case, conditions: Iterable[Condition]) -> dict[str, Any]:
    """Return the facts that the conditions ask for, without looking up what none of them names."""
    families = {condition.fact.split(".")[0] for condition in conditions}
    if not families:
        return {}
    if families <= {"form", "scheme"}:
        application = application_of(case)
        regime = {"scheme.regime": case.scheme.definition.scheme.regime}
        return answered(case, application, _day_of(case, application)) | regime
    return facts(case)


def _day_of(case: Case, application: Application | None) -> date:
    from testamur.selection.moments import today

    if application is not None and application.submitted_at:
        return days.day_of(application.submitted_at, case.scheme.definition.area)
    return today(case)


def answered(case: Case, application: Application | None, on: date) -> dict[str, Any]:
    """Return ``form.*`` of the questions that are asked; one that is not asked any more says nothing."""
    found: dict[str, Any] = {}
    if application is not None:
        definitions = definitions_of_form(application.case)
        found |= form_facts(definitions, application.answers, application.reasons, on)
        for definition_ in definitions:  # a question that was not asked says nothing
            for field in definition_.fields:
                if f"form.{field.id}" in found and not asked(definition_, field.id, found, application.case.occasion):
                    for name in [
                        name for name in found if name == f"form.{field.id}" or name.startswith(f"form.{field.id}.")
                    ]:
                        del found[name]
    return found


def asked(definition: Definition, field_id: str, known: dict[str, Any], occasion: str) -> bool:
    """Say whether a field is asked: its part is of the occasion, and the conditions of part and field hold."""
    field = definition.field(field_id)
    part = definition.part(field.part)
    return (
        occasion in part.asked_on
        and all(condition.holds(known) for condition in part.when)
        and all(condition.holds(known) for condition in field.when)
    )
