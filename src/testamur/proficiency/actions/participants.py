"""Who takes part: groups, invitations, enrolment with a blinded code, withdrawal."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel import clock
from testamur.kernel.days import day_of
from testamur.kernel.identity import ALPHABET
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership, Organisation
from testamur.proficiency import policies
from testamur.proficiency.actions.rounds import locked
from testamur.proficiency.models import Group, Invitation, Participant, Round, RulesVersion

#: Characters of a code: a million codes, drawn at random for every round.
CODE = 4


@transaction.atomic
def make_group(*, found: Round, name: str, blind: bool, by: Membership, at: datetime) -> Group:
    """Make a group whose members see nothing of the others: no name, no code, no count.

    Args:
        blind: its results are shown to no accreditor.
    """
    found = locked(found, by, at)
    policies.check_is(found, "draft", "open")
    if found.grouping == Round.Grouping.ONE:
        raise Refused(
            _("By its rules this round is one group."), rule="proficiency.group", source=policies.SECRECY, field="name"
        )
    called = " ".join(name.split())
    if not called or len(called) > 80 or found.groups.filter(name=called).exists():
        raise Refused(
            _("Give the group a name of its own, in at most 80 characters."), rule="proficiency.group", field="name"
        )
    group = Group.objects.create(round=found, name=called, blind=blind, by=by, effective_at=at)
    record("proficiency.group_made", subject=found, by=by, at=at, payload={"group": group.public_id, "blind": blind})
    return group


@transaction.atomic
def invite(*, found: Round, laboratory: Organisation, group: Group, by: Membership, at: datetime) -> Invitation:
    """Ask a laboratory to take part, and say in which group it would be."""
    found = locked(found, by, at)
    policies.check_is(found, "draft", "open")
    if group.round_id != found.pk:
        raise Refused(_("This group is of another round."), rule="proficiency.group", field="group")
    if laboratory.pk == found.organisation_id:
        raise Refused(_("A provider takes no part in its own round."), rule="proficiency.enrolment", field="laboratory")
    if found.invitations.filter(organisation=laboratory).exists():
        raise Refused(
            _("{organisation} is invited already."), {"organisation": laboratory.names},
            rule="proficiency.enrolment", field="laboratory",
        )  # fmt: skip
    if found.participants.filter(organisation=laboratory).exists():
        raise Refused(
            _("{organisation} is enrolled in this round already."), {"organisation": laboratory.names},
            rule="proficiency.enrolment", field="laboratory",
        )  # fmt: skip
    made = Invitation.objects.create(round=found, organisation=laboratory, group=group, by=by, effective_at=at)
    facts = {"laboratory": laboratory.public_id, "group": group.public_id}
    record("proficiency.laboratory_invited", subject=found, by=by, at=at, payload=facts)
    return made


@transaction.atomic
def enrol(*, found: Round, rules: str, by: Membership, at: datetime) -> Participant:
    """Take part in a round, by the rules that were read.

    Args:
        rules: digest of the rules on the page; it must be that of the rules in force.
    """
    found = Round.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=found.pk)
    laboratory = by.organisation
    policies.check_may_act_for(by, laboratory, at)
    invitation = found.invitations.filter(organisation=laboratory).first()
    policies.check_may_enrol(found, laboratory, invitation is not None, day_of(at, found.organisation.country))
    in_force = _rules(found, rules)
    made = Participant.objects.create(
        round=found, organisation=laboratory, group=invitation.group if invitation else found.groups.earliest("id"),
        code=_code(found), rules=in_force, seen=in_force, by=by, effective_at=at,
    )  # fmt: skip
    facts = {"participant": made.public_id, "rules": in_force.digest}
    record("proficiency.laboratory_enrolled", subject=made, by=by, at=at, payload=facts)
    return made


@transaction.atomic
def see_rules(*, participant: Participant, rules: str, by: Membership, at: datetime) -> Participant:
    """Note that a participant has read a later version. To whom results go stays as it was at enrolment."""
    participant = _own(participant, by, at)
    participant.seen = _rules(participant.round, rules)
    participant.save(update_fields=["seen"])
    record("proficiency.rules_seen", subject=participant, by=by, at=at, payload={"rules": participant.seen.digest})
    return participant


@transaction.atomic
def withdraw(*, participant: Participant, reason: str, by: Membership, at: datetime) -> Participant:
    """Leave a round before results are sealed; what was sent takes no part in it."""
    participant = _own(participant, by, at)
    found = participant.round
    policies.check_is(found, "open", "dispatched")
    if participant.withdrawn_at is not None:
        raise Refused(_("You withdrew from this round."), rule="proficiency.enrolment")
    if day_of(at, found.organisation.country) > found.results_until:
        raise Refused(
            _("Results are sealed since {day}; nobody leaves the round any more."), {"day": found.results_until},
            rule="proficiency.sealed", source=policies.EVALUATION,
        )  # fmt: skip
    if not reason.strip() or len(reason) > 1000:
        raise Refused(_("Say why, in at most 1000 characters."), rule="proficiency.reason", field="reason")
    participant.withdrawn_at, participant.withdrawn_because = clock.now(), reason.strip()
    participant.save(update_fields=["withdrawn_at", "withdrawn_because"])
    facts = {"participant": participant.public_id}
    record("proficiency.laboratory_withdrawn", subject=participant, by=by, at=at, payload=facts)
    return participant


def _own(participant: Participant, by: Membership, at: datetime) -> Participant:
    rows = Participant.objects.select_for_update(of=("self",)).select_related("round__organisation", "organisation")
    participant = rows.get(pk=participant.pk)
    policies.check_may_act_for(by, participant.organisation, at)
    return participant


def _rules(found: Round, told: str) -> RulesVersion:
    in_force = found.rules_versions.latest("number")
    if in_force.digest != told:
        raise Refused(
            _("The rules changed while you read them. Read the new version first."),
            rule="proficiency.rules", source=policies.ENROLMENT,
        )  # fmt: skip
    return in_force


def _code(found: Round) -> str:
    """Draw a code that nobody has in this round. It is drawn, never computed: nothing leads from it to a name."""
    taken = set(found.participants.values_list("code", flat=True))
    while True:
        code = "".join(secrets.choice(ALPHABET) for _place in range(CODE))
        if code not in taken and not code.isdigit():
            return code
