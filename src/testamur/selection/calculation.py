"""The rules of the scheme that answer at application review, each after those it builds on, with the whole working."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from testamur import rules
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Occasion
from testamur.register import authority
from testamur.register.models import Attestation
from testamur.register.status import status
from testamur.rules.engine import Result
from testamur.schemes.language.tables import Rule
from testamur.selection.facts import facts as facts_of
from testamur.selection.models import Case
from testamur.selection.moments import today
from testamur.selection.roles import cite
from testamur.selection.turns import plain
from testamur.transparency.queries import newest_checkpoint

#: Questions in the order in which one answer feeds the next. Questions of later functions are asked there.
ORDER = (
    "eligibility",
    "reapply_after",
    "transfer",
    "sector",
    "personnel",
    "audit_time",
    "onsite_time",
    "surveillance_time",
    "renewal_time",
    "integrated_time",
    "site_sample",
    "site_random",
    "sample_size",
    "random_draw",
    "late_renewal",
)
#: Which answer is the time of an occasion's work; the audit time itself where nothing else says so.
TIME_OF = {Occasion.SURVEILLANCE: "surveillance_time", Occasion.RENEWAL: "renewal_time"}


@dataclass
class Calculation:
    """What the rules answered.

    Attributes:
        results: rule id of the scheme → what it answered.
        open: rule id of the scheme → why it could not answer yet (an input nobody gave).
        facts: the facts it rests on, with ``rule.<id>``.
        refusals: answers that stand against the application, each with its clause.
    """

    results: dict[str, tuple[Rule, Result]] = field(default_factory=dict)
    open: dict[str, tuple[Rule, Refused]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    refusals: list[Refused] = field(default_factory=list)

    def answer(self, question: str) -> Any:
        """Return the first part of the answer to a question, None where no rule answered it."""
        for rule, result in self.results.values():
            if rule.decides == question:
                return first_output(result)
        return None

    def output(self, question: str) -> dict[str, Any]:
        """Return the whole answer to a question, empty where no rule answered it."""
        for rule, result in self.results.values():
            if rule.decides == question:
                return result.output
        return {}

    def days(self, occasion: str) -> Decimal | None:
        """Return the audit time of an occasion, in days of 8 hours."""
        value = self.answer(TIME_OF.get(Occasion(occasion), "audit_time"))
        value = value if value is not None else self.answer("audit_time")
        return Decimal(str(value)) if value is not None else None

    def to_json(self) -> list[dict[str, Any]]:
        """Return every step as it is kept with the application review: rule, question, inputs, answer,
        working, sources."""
        rows = []
        for rule, result in self.results.values():
            whole = plain(result.to_json())
            rows.append({"id": rule.id, "decides": rule.decides, "cited": cite(rule), **whole})
        for rule, why in self.open.values():
            rows.append(
                {
                    "id": rule.id,
                    "decides": rule.decides,
                    "cited": cite(rule),
                    "rule": rule.rule,
                    "open": {"sentence": why.message_id, "facts": plain(why.facts), "field": why.field},
                }
            )
        return rows


def first_output(result: Result) -> Any:
    """Return the part of an answer that stands first in the rule's own list."""
    name = next(iter(result.rule.outputs))
    return result.output.get(name)


def calculate(
    case: Case,
    *,
    adjustments: Sequence[Mapping[str, Any]] = (),
    given: Mapping[str, Any] | None = None,
    on: date | None = None,
) -> Calculation:
    """Answer every question of the scheme that selection asks on the occasion of a case.

    Args:
        adjustments: ``{"reason": {bcp47: text}, "share": "-0.10"}``; shares, a reduction is negative.
        given: inputs that only the planner knows, e.g. ``{"N": 1200}`` for a sample size.
        on: day whose parameters hold; default: the day of submission, else today.
    """
    known = facts_of(case, on)
    day = on or _application_day(case)
    done = Calculation(facts=known)
    definitions = [case.scheme.definition]
    if case.integrated is not None:
        definitions.append(case.integrated.definition)
    for question in ORDER:
        for definition in definitions:
            for rule in definition.rules_for(question, case.occasion):
                _answer(case, rule, done, adjustments=adjustments, given=given or {}, day=day)
    return done


def _application_day(case: Case) -> date:
    from testamur.kernel import days

    application = getattr(case.leader, "application", None)
    if application is not None and application.submitted_at:
        return days.day_of(application.submitted_at, case.scheme.definition.area)
    return today(case)


def _answer(
    case: Case,
    rule: Rule,
    done: Calculation,
    *,
    adjustments: Sequence[Mapping[str, Any]],
    given: Mapping[str, Any],
    day: date,
) -> None:
    known = rules.find(rule.rule)
    supplied = _supplied(case, rule, done, adjustments, day) | dict(given)
    if supplied.get("nothing_to_ask"):
        return
    inputs = {name: value for name, value in supplied.items() if name in known.inputs}
    inputs |= dict(rule.with_)
    for name, fact in rule.from_.items():
        value = [done.facts.get(one) for one in fact] if isinstance(fact, tuple) else done.facts.get(fact)
        inputs[name] = _as_share(case, rule, name, fact, value)
    try:
        result = rules.evaluate(rule.rule, inputs, on=day)
    except Refused as refused:
        done.open[rule.id] = (rule, refused)
        if rule.decides in ("eligibility", "transfer"):
            refused.source = cite(rule) or refused.source
            done.refusals.append(refused)
        return
    done.results[rule.id] = (rule, result)
    done.facts[f"rule.{rule.id}"] = first_output(result)
    done.refusals += _against(case, rule, result, day)


def _as_share(case: Case, rule: Rule, name: str, fact: Any, value: Any) -> Any:
    """Percent as a form asks for it is a share where the rule asks for one."""
    if not isinstance(fact, str) or not fact.startswith("form.") or value is None:
        return value
    kind = rules.find(rule.rule).inputs[name]
    for definition in [case.scheme.definition, *([case.integrated.definition] if case.integrated else [])]:
        for one in definition.fields:
            if f"form.{one.id}" == fact and one.unit == "percent" and getattr(kind, "maximum", None) == 1:
                return Decimal(str(value)) / 100
    return value


def _supplied(
    case: Case, rule: Rule, done: Calculation, adjustments: Sequence[Mapping[str, Any]], day: date
) -> dict[str, Any]:
    """Return what the engine itself knows for a question."""
    question = rule.decides
    if question == "eligibility":
        return {"application_date": day}
    if question == "audit_time":
        return {"adjustments": [str(one["share"]) for one in adjustments]}
    if question == "onsite_time":
        time = done.days(case.occasion)
        return {"audit_days": time} if time is not None else {"nothing_to_ask": True}
    if question in ("surveillance_time", "renewal_time"):
        time = done.answer("audit_time")
        return {"initial_days": time} if time is not None else {"nothing_to_ask": True}
    if question == "integrated_time":
        parts = [one for one in (_own_days(member, case, done) for member in case.group) if one is not None]
        return {"parts": parts} if len(parts) > 1 else {"nothing_to_ask": True}
    if question == "site_sample":
        return {} if done.facts.get("form.sites.count", 0) > 1 or not _asks_sites(rule) else {"nothing_to_ask": True}
    if question == "site_random":
        size = sample_of(done.output("site_sample"), case.occasion)
        return {"sample": size} if size is not None else {"nothing_to_ask": True}
    if question == "random_draw":
        ids = drawable(case)
        if not ids:
            return {"nothing_to_ask": True}
        wanted = len({str(line.get("document")) for line in _lines(case, done)}) or 1
        return {
            "round_id": f"{case.public_id}/{case.occasion}",
            "beacon": beacon(case),
            "ids": ids,
            "k": min(wanted, len(ids)),
        }
    if question == "reapply_after":
        ended = _registration_withdrawn(case)
        return {"date": ended} if ended else {"nothing_to_ask": True}
    if question == "transfer":
        return transfer_inputs(case, day)
    if question == "late_renewal":
        expiry = _expiry(case)
        if expiry is None or day <= expiry:
            return {"nothing_to_ask": True}
        return {"expiry": expiry, "completed_on": day, "onsite_done_before_expiry": False}
    return {}


def _asks_sites(rule: Rule) -> bool:
    return any(str(fact).startswith("form.sites") for fact in rule.from_.values())


def _lines(case: Case, done: Calculation) -> list[dict[str, Any]]:
    from testamur.selection.scope import proposed

    return proposed(case, done.facts)


def _own_days(member: Case, case: Case, done: Calculation) -> Decimal | None:
    """Return a member's audit time by itself: just calculated for this case, as reviewed or recalculated for
    the others."""
    if member.pk == case.pk:
        return done.days(case.occasion)
    reviewed = member.application_reviews.filter(accepted=True).order_by("-id").first()
    if reviewed is not None and reviewed.days is not None:
        return reviewed.days
    alone = Calculation(facts=facts_of(member))
    for question in ("personnel", "audit_time", "surveillance_time", "renewal_time"):
        for rule in member.scheme.definition.rules_for(question, member.occasion):
            _answer(member, rule, alone, adjustments=(), given={}, day=_application_day(member))
    return alone.days(member.occasion)


def sample_of(output: Mapping[str, Any], occasion: str) -> int | None:
    """Return how many sites besides the central one are visited on an occasion."""
    name = {Occasion.SURVEILLANCE: "surveillance", Occasion.RENEWAL: "recert"}.get(Occasion(occasion), "initial")
    value = output.get(name)
    return int(value) if value is not None else None


def drawable(case: Case) -> list[str]:
    """Return what a random draw chooses from: certificates of the applicant, one of whose audits will be witnessed."""
    if case.client_id is None:
        return []
    rows = Attestation.objects.filter(issuer_id=case.client_id, confidential=False, personal=False)
    return sorted(rows.values_list("public_id", flat=True))


def beacon(case: Case) -> str:
    """Return a public random value that no planner chose: the root of the log at the first review of the application.

    A later review uses the same one: nobody draws again until the draw pleases.
    """
    for review in case.application_reviews.order_by("id"):
        for step in review.calculation:
            drawn = (step.get("inputs") or {}).get("beacon")
            if drawn:
                return str(drawn)
    newest = newest_checkpoint()
    if newest is not None:
        return bytes(newest.root).hex()
    return hashlib.sha256(f"{case.public_id}|{case.opened_on.isoformat()}".encode()).hexdigest()


def _registration_withdrawn(case: Case) -> date | None:
    """Return the day on which the applicant's own attestation under this scheme was last withdrawn."""
    from testamur.kernel import days

    party = {"person": case.person} if case.person_id else {"holder": case.client}
    rows = Attestation.objects.filter(**party, scheme_id_text=case.scheme.scheme_id)
    found = [
        days.day_of(change.effective_at, case.scheme.definition.area)
        for row in rows
        for change in row.changes.filter(status="withdrawn", annulled_by=None, corrected_by=None, lines__isnull=True)
    ]
    return max(found, default=None)


def _expiry(case: Case) -> date | None:
    if case.attestation is None:
        return None
    edition = case.attestation.editions.order_by("-edition").first()
    return edition.expires_on if edition else None


def transfer_inputs(case: Case, day: date) -> dict[str, Any]:
    """Return what IAF MD 2 asks of a certificate that is to be transferred."""
    if case.attestation is None:
        return {"nothing_to_ask": True}
    standing = status(case.attestation, day)
    table = next((one for one in case.scheme.definition.authorities_of("issuer") if one.kind == "accreditation"), None)
    had = authority.candidates(case.attestation.issuer, schemes=table.any_of, on=day) if table else []
    state, changed = "operating", None
    covered = any(one.valid for _row, one in had)
    if had and not covered:
        last = had[-1][1]
        word = last.status.value if last.status else "expired"
        state = {"suspended": "accreditation_suspended", "expired": "accreditation_expired"}.get(
            word, "accreditation_withdrawn"
        )
        changed = (
            last.change.effective_at.date()
            if last.change and word != "expired"
            else (last.expires_on or day) + timedelta(days=1)
        )
    return {
        "status": standing.status.value if standing.status else "expired",
        "accredited_under_mla": bool(had),
        "issuing_cb_state": state,
        "cb_event_date": changed,
        "expiry": standing.expires_on or day,
    }


def _against(case: Case, rule: Rule, result: Result, day: date) -> list[Refused]:
    """Return what an answer says against the application, one refusal per reason, each with the scheme's clause."""
    source = cite(rule) or (result.source[0] if result.source else "")
    if rule.decides == "eligibility" and first_output(result) is False:
        codes = next((value for value in result.output.values() if isinstance(value, (list, tuple))), [])
        said = {str(step.value): step.words for step in result.working if isinstance(step.value, str)}
        return [
            Refused(
                _("The application cannot be accepted: {reason}"),
                {"reason": said.get(str(code), str(code))},
                rule=result.rule.id,
                source=source,
                who=_("the applicant, when the condition is met"),
                field=str(code),
            )
            for code in codes
        ] or [
            Refused(
                _("The application cannot be accepted: {reason}"),
                {"reason": result.conclusion},
                rule=result.rule.id,
                source=source,
            )
        ]
    if rule.decides == "transfer" and first_output(result) is False:
        return [
            Refused(
                _("The certificate cannot be transferred: {reason}"),
                {"reason": result.conclusion},
                rule=result.rule.id,
                source=source,
            )
        ]
    if rule.decides == "reapply_after":
        until = first_output(result)
        if until == "permanent" or (isinstance(until, date) and day < until):
            return [
                Refused(
                    _("The application cannot be accepted: {reason}"),
                    {"reason": result.conclusion},
                    rule=result.rule.id,
                    source=source,
                    until=until if isinstance(until, date) else None,
                )
            ]
    return []
