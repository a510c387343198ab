"""Facts stated once, ties between parties, and bars."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction

from testamur import rules
from testamur.files.models import StoredFile
from testamur.journal.actions import record
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.parties import policies
from testamur.parties.models import Bar, Engagement, Fact, FactFile, Organisation, Person, Platform
from testamur.parties.policies import Actor, Party


@transaction.atomic
def state_fact(
    *,
    party: Party,
    name: str,
    value: Any,
    by: Actor,
    at: datetime,
    stated_on: date | None = None,
    files: Iterable[tuple[StoredFile, str]] = (),
) -> Fact:
    """Keep an answer, so that it is offered again instead of asked again.

    Args:
        name: ``organisation.premises`` …
        value: JSON.
        stated_on: default is the day of ``at``; never after it.
        files: stored files that belong to the answer, each with its name.
    """
    policies.check_may_state(by, party, at)
    today = day_of(at, party.country)
    if stated_on is not None and stated_on > today:
        raise Refused(
            _("A fact cannot be stated on {day}, which is still to come."), {"day": stated_on}, rule="parties.fact"
        )
    side = {"person": party} if isinstance(party, Person) else {"organisation": party}
    fact = Fact.objects.create(
        **side, name=name, value=value, stated_on=stated_on or today, by=None if isinstance(by, Platform) else by
    )
    FactFile.objects.bulk_create(FactFile(fact=fact, file=file, name=called) for file, called in files)
    record("fact.stated", subject=fact, by=by, at=at, payload={"name": name})
    return fact


@transaction.atomic
def record_engagement(
    *,
    client: Organisation,
    kind: Engagement.Kind | str,
    from_day: date,
    source: str,
    by: Actor,
    at: datetime,
    person: Person | None = None,
    organisation: Organisation | None = None,
    until_day: date | None = None,
    client_specific: bool = True,
) -> Engagement:
    """Record who advised, trained, audited internally or employed whom.

    Args:
        person, organisation: one of the two: who was engaged.
        until_day: last day included; None where it goes on.
        client_specific: False for generic information, which threatens no impartiality (ISO/IEC 17021-1, 3.3 note 2).
        source: who said so, or which record.
    """
    if (person is None) == (organisation is None):
        raise TypeError("An engagement has either a person or an organisation.")
    policies.check_may_record_engagement(by, person, organisation, client, at)
    if until_day is not None and until_day < from_day:
        raise Refused(_("The last day lies before the first."), rule="parties.engagement", field="until_day")
    if not source.strip():
        raise Refused(_("Say who said so, or which record shows it."), rule="parties.engagement", field="source")
    row = Engagement.objects.create(
        person=person,
        organisation=organisation,
        client=client,
        kind=Engagement.Kind(kind),
        client_specific=client_specific,
        from_day=from_day,
        until_day=until_day,
        source=source,
    )
    record(
        "engagement.recorded", subject=row, by=by, at=at, payload={"kind": str(row.kind), "client": client.public_id}
    )
    return row


@transaction.atomic
def bar(
    *,
    party: Party,
    ground: str,
    from_day: date,
    source: str,
    by: Actor,
    at: datetime,
    until_day: date | None = None,
    for_good: bool = False,
) -> Bar:
    """Bar a person or organisation from acting or applying.

    Args:
        ground: of ``CN.person_bar`` (its rule then gives the end), or a scheme's own.
        until_day: last day included, where the ground's rule does not give it.
        for_good: without end, where the ground's rule does not say so.
        source: the decision or clause it rests on.
    """
    policies.check_may_bar(by, at)
    if until_day is None and not for_good:
        answer = rules.evaluate("CN.person_bar", {"ground": ground, "date": from_day}, on=from_day).output["until"]
        until_day = None if answer == "permanent" else _day(answer)
    if until_day is not None and until_day < from_day:
        raise Refused(_("The last day lies before the first."), rule="parties.bar", field="until_day")
    side = {"person": party} if isinstance(party, Person) else {"organisation": party}
    row = Bar.objects.create(**side, ground=ground, from_day=from_day, until_day=until_day, source=source)
    payload = {"ground": ground, "party": party.public_id, "until": until_day.isoformat() if until_day else ""}
    record("bar.set", subject=row, by=by, at=at, payload=payload, rule="CN.person_bar", source=source)
    return row


def _day(answer: date | str) -> date:
    return answer if isinstance(answer, date) else date.fromisoformat(answer)


@transaction.atomic
def lift_bar(*, bar: Bar, by: Actor, at: datetime, on: date | None = None) -> Bar:
    """End a bar before its time, from a day on."""
    policies.check_may_bar(by, at)
    bar = Bar.objects.select_for_update(of=("self",)).get(pk=bar.pk)
    if bar.lifted_on is not None:
        raise Refused(_("This bar was lifted on {day}."), {"day": bar.lifted_on}, rule="parties.bar")
    bar.lifted_on = on or day_of(at)
    bar.save(update_fields=["lifted_on"])
    record("bar.lifted", subject=bar, by=by, at=at, payload={"on": bar.lifted_on.isoformat()})
    return bar
