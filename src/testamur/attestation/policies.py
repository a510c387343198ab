"""May this be issued, or changed, now and by this person? Each check raises ``Refused`` with its clause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from testamur.attestation.models import StandingInstruction
from testamur.decision import queries as decisions
from testamur.decision.models import Decision
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function, Outcome
from testamur.parties.models import Membership, Organisation, Person, Platform
from testamur.parties.policies import check_lives, check_not_barred
from testamur.register.authority import check_all
from testamur.schemes.language.definition import Definition
from testamur.selection.roles import cite

Actor = Membership | Platform

#: Outcomes that change a status; all others that are carried out write an edition.
STATUS_OUTCOMES = frozenset({Outcome.SUSPEND, Outcome.RESTORE, Outcome.WITHDRAW, Outcome.CANCEL})
EDITION_OUTCOMES = frozenset({Outcome.GRANT, Outcome.RENEW, Outcome.EXTEND, Outcome.REDUCE, Outcome.MAINTAIN})


def issuer_of(decision: Decision) -> Organisation:
    """Return the organisation in whose name a decision is carried out."""
    if decision.case is not None:
        return decision.case.issuer
    assert decision.attestation is not None
    return decision.attestation.issuer


def check_may_carry_out(decision: Decision, by: Actor, at: datetime) -> None:
    """A member of the issuer who signs or keeps status; the platform only under a standing instruction, or where the
    law itself decided: a renewal by silence."""
    issuer = issuer_of(decision)
    if isinstance(by, Platform):
        if not (decision.case_id and decision.by_id is None and decision.by_rule == by.rule == _silence(decision)):
            check_standing(decision, by)
        return
    check_lives(by, at)
    wanted = (Function.STATUS, Function.ATTESTATION) if _is_status(decision) else (Function.ATTESTATION,)
    if by.organisation_id != issuer.pk or not any(by.holds(function) for function in wanted):
        raise Refused(
            _("{person} does not sign for {issuer}."),
            {"person": by.person.names, "issuer": issuer.names},
            rule="attestation.who",
            source="iso-17000@2020#7.3",
            who=_("a member of the issuer with the function attestation"),
        )


def _silence(decision: Decision) -> str:
    """Return the rule in whose name a renewal by silence is decided and carried out; "" where the scheme has none."""
    rows = decisions.definition_of(decision).deadlines
    return next((f"deadline.{row.id}" for row in rows if row.deems == "renewal"), "")


def _is_status(decision: Decision) -> bool:
    return Outcome(decision.outcome) in STATUS_OUTCOMES


def check_standing(decision: Decision, by: Platform) -> None:
    """The platform acts in a body's name only where the body signed beforehand that it should (amendments A2)."""
    attestation = decision.attestation
    signed = (
        attestation is not None
        and StandingInstruction.objects.filter(
            issuer=attestation.issuer,
            scheme=attestation.scheme_id_text,
            ground=decision.ground,
            from_day__lte=decision.decided_on,
        )
        .exclude(until_day__lt=decision.decided_on)
        .exists()
    )
    if not signed:
        raise Refused(
            _(
                "The platform suspends and withdraws nothing by itself; "
                "the issuer signed no standing instruction for this."
            ),
            rule="attestation.standing",
            source="cn-rca@2023-07-20#art. 26",
            who=_("the issuer's decider"),
        )


def check_standing_may_be_signed(definition: Definition, ground: str) -> None:
    """Only a ground for which the scheme says ``standing`` may be signed beforehand."""
    found = next((row for row in definition.grounds if row.id == ground), None)
    if found is None or not found.standing:
        raise Refused(
            _("The scheme does not let the platform carry out the ground “{ground}” in a body's name."),
            {"ground": ground},
            rule="attestation.standing",
            source=cite(found) if found else "testamur@2026-1#attestation.standing",
        )


def check_signed(decision: Decision) -> None:
    """Every signature that the scheme's ``signed_by`` demands stands under the conclusion (Regulations art. 22)."""
    awaited = decisions.roles_to_sign(decision)
    if awaited:
        definition = decisions.definition_of(decision)
        titles = [definition.role(role).title for role in awaited]
        raise Refused(
            _("The conclusion is not signed yet by: {roles}."),
            {"roles": {language: "、".join(t[language] for t in titles) for language in ("zh", "en")}},
            rule="decision.signed_by",
            source=cite(definition.decision),
            who=_("those who sign the conclusion"),
        )


def check_outcome(decision: Decision) -> Outcome:
    """Return the outcome to carry out; a refusal, and maintaining without any change, leave nothing to issue."""
    outcome = Outcome(decision.outcome)
    changes = bool(decision.changes) or (
        decision.case is not None and decision.case.occasion in ("change", "transition")
    )
    if outcome is Outcome.REFUSE or (outcome is Outcome.MAINTAIN and not changes):
        raise Refused(
            _("The decision “{outcome}” leaves nothing to issue."),
            {"outcome": outcome.value},
            rule="attestation.outcome",
            source="iso-17000@2020#7.3",
        )
    return outcome


def check_parties(*, issuer: Organisation, holder: Organisation | Person, on: date) -> None:
    """Neither issuer nor holder is barred on the day."""
    check_not_barred(issuer, holder, on=on)


def authorities_on(
    definition: Definition, *, issuer: Organisation, claim: Sequence[Mapping[str, Any]], on: date
) -> list[dict[str, str]]:
    """Return the authorities that the issuer holds on the day for exactly this scope, as the document will show them.

    Raises:
        Refused: one that the scheme demands is missing, has ended, is suspended, or does not cover a scope line.
    """
    found = check_all(definition, of="issuer", holder=issuer, claim=claim, on=on)
    shown = []
    for demand, attestation in found.items():
        if attestation is None:
            continue
        number = max(attestation.editions.all(), key=lambda edition: edition.edition).number
        shown.append(
            {
                "demand": demand,
                "kind": definition.authority(demand).kind,
                "attestation": attestation.public_id,
                "number": number,
            }
        )
    return shown


def check_scope(definition: Definition, lines: Sequence[Mapping[str, Any]]) -> None:
    """The decided scope names the scheme's dimensions and nothing else; a dimension with ``many = false`` one node."""
    known = {scope.id: scope for scope in definition.scopes}
    unknown = sorted({name for line in lines for name in line} - set(known))
    if not lines or unknown:
        raise Refused(
            _("The decided scope is empty or names dimensions that the scheme does not have: {names}."),
            {"names": unknown or "–"},
            rule="attestation.scope",
            source="testamur@2026-1#attestation.scope",
        )
    for scope in definition.scopes:
        values = {str(line[scope.id]) for line in lines if scope.id in line}
        if not scope.many and len(values) > 1:
            raise Refused(
                _("One attestation of this scheme names exactly one {dimension}; the decision names {count}."),
                {"dimension": scope.title, "count": len(values)},
                rule="attestation.scope",
                source=cite(scope),
            )


def ground_of(definition: Definition, ground: str) -> Any:
    """Return a ground of the scheme, None where the act names none (restoration)."""
    return next((row for row in definition.grounds if row.id == ground), None)
