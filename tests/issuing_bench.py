"""A world with keys, and a short way to a decision that waits to be carried out."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count
from types import SimpleNamespace
from typing import Any

from django.conf import settings

from small_world import EMS, PLATFORM, QMS, World, both, instant, member, node
from testamur.attestation import actions
from testamur.decision.models import Decision, Signature
from testamur.kernel import clock
from testamur.parties.models import Organisation, Site, actor
from testamur.register.models import Attestation
from testamur.schemes.extract import authority_extract
from testamur.schemes.models import Scheme
from testamur.selection.models import Application, Case
from testamur.transparency import publication
from testamur.transparency.actions import append
from testamur.verification import jcs, layout
from testamur.verification.entry import document_digest

_numbers = count(1)


def line(document: str = QMS, **more: Any) -> dict[str, Any]:
    return {"document": node(document), **more}


def full(sector: str = "17", site: Any = "all", document: str = QMS) -> dict[str, Any]:
    return line(document, sector={"tree": "sectors@test", "node": sector}, site=site)


def publish_extract(scheme: Scheme) -> None:
    """Log the authority extract of a scheme and write it, as publishing a scheme does."""
    extract = authority_extract(
        scheme.definition, SimpleNamespace(words=SimpleNamespace(trees={}, crosswalks=[]), scope_of=lambda _id: None)
    )
    id = layout.scheme_id(settings.HOST, scheme.scheme_id, scheme.version)
    append("scheme.publish", {"d": document_digest(extract), "id": id})
    publication.put(layout.scheme_extract(scheme.scheme_id, scheme.version), jcs.canonical(extract))


class Bench(World):
    """The small world with keys, and a short way to a decision that waits to be carried out."""

    def __init__(self) -> None:
        with clock.travel(date(2026, 1, 2)):
            super().__init__(keys=True)
            for one in (self.licences, self.accreditations, self.qms):
                publish_extract(one)
        self.signatory = member(self.body, "attestation", "status", "decision", name="Signatory")
        self.regulator_signatory = member(self.regulator, "attestation", "status", "decision", name="Regulator")
        self.accreditor_signatory = member(self.accreditor, "attestation", "status", "decision", name="Accreditor")
        self.head = Site.objects.create(
            organisation=self.client, names=both("Head office"), address=both("1 Road"), central=True
        )
        self.branch = Site.objects.create(organisation=self.client, names=both("Branch"), address=both("2 Road"))

    def case(self, scheme: Scheme, issuer: Organisation, **more: Any) -> Case:
        day = more.pop("day", date(2026, 3, 1))
        answers = more.pop("answers", None)
        made = Case.objects.create(
            number=f"A-{next(_numbers):05}",
            occasion=more.pop("occasion", "initial"),
            scheme=scheme,
            issuer=issuer,
            client=more.pop("client", self.client if "person" not in more else None),
            stage=Case.Stage.ATTESTATION,
            stage_from=day,
            opened_on=day,
            **more,
        )
        if answers is not None:
            Application.objects.create(case=made, answers=answers, state="accepted", submitted_at=instant(day))
        return made

    def decision(self, case: Case, outcome: str = "grant", **more: Any) -> Decision:
        day = more.pop("day", date(2026, 3, 1))
        signed = more.pop("signed", True)
        decision = Decision.objects.create(
            case=case,
            attestation=case.attestation,
            outcome=outcome,
            reasons=both("reasons"),
            decided_on=day,
            scope=more.pop("scope", [full()]),
            statement=more.pop("statement", {"en": "Making of valves", "zh": "阀门制造"}),
            effective_at=instant(day),
            **actor(PLATFORM),
            **more,
        )
        if signed:
            for role in case.scheme.definition.decision.signed_by:
                Signature.objects.create(decision=decision, role=role, effective_at=instant(day), **actor(PLATFORM))
        return decision

    def licensed(self, *documents: str, day: date = date(2026, 1, 5)) -> Attestation:
        case = self.case(self.licences, self.regulator, client=self.body, day=day)
        decision = self.decision(case, scope=[line(one) for one in documents or (QMS, EMS)], day=day)
        with clock.travel(day):
            return actions.carry_out(decision=decision, by=self.regulator_signatory, at=instant(day)).attestation

    def accredited(self, *sectors: str, day: date = date(2026, 1, 6)) -> Attestation:
        values = [{"tree": "sectors@test", "node": sector} for sector in sectors] or ["all"]
        case = self.case(self.accreditations, self.accreditor, client=self.body, day=day)
        decision = self.decision(case, scope=[line(sector=value) for value in values], day=day)
        with clock.travel(day):
            return actions.carry_out(decision=decision, by=self.accreditor_signatory, at=instant(day)).attestation

    def granted(self, *, day: date = date(2026, 3, 1), sites: Any = (), **more: Any) -> Attestation:
        case = self.case(
            more.pop("scheme", self.qms), more.pop("issuer", self.body), day=day,
            **{name: more.pop(name) for name in ("client", "person", "answers") if name in more},
        )  # fmt: skip
        decision = self.decision(case, day=day, **more)
        return self.carried_out(decision, day=day, sites=sites).attestation

    def carried_out(self, decision: Decision, *, day: date = date(2026, 3, 1), **more: Any) -> Any:
        with clock.travel(day):
            return actions.carry_out(decision=decision, by=self.signatory, at=at(day), **more)


def at(day: date) -> datetime:
    return instant(day, 2)
