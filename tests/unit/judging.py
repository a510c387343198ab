"""From a finished audit to a certificate: the steps of review, decision and issue in few words."""

from __future__ import annotations

from datetime import date
from typing import Any

from small_world import PLATFORM, member
from testamur.attestation import actions as attestation
from testamur.decision import actions as decisions
from testamur.decision.models import Decision, Vote
from testamur.determination import actions as determination
from testamur.kernel.clock import travel
from testamur.parties.actions import create_key
from testamur.parties.models import Membership
from testamur.register.models import Attestation
from testamur.review import actions as reviews
from testamur.review.models import Review
from testamur.selection.models import Case
from testamur.selection.queries import agreed_scope
from tests.unit.selection.world import ProcessWorld, at, on

FINISHED, REVIEWED, DECIDED, ISSUED = date(2026, 3, 20), date(2026, 3, 23), date(2026, 3, 24), date(2026, 3, 25)
WORDS = {"en": "Machining of rings and sleeves", "zh": "环套机械加工"}
REASONS = {"en": "The evidence is sufficient", "zh": "证据充分"}


class JudgingWorld(ProcessWorld):
    """A body with every office filled twice where independence needs it, and one case whose audit is finished."""

    def __init__(self) -> None:
        super().__init__()
        self.second_reviewer = member(self.body, "review", name="Kong")
        self.second_decider = member(self.body, "decision", name="Meng")
        self.third_decider = member(self.body, "decision", name="Xun")
        self.signatory = member(self.body, "attestation", "status", name="Tang")
        self.rival = member(self.stranger, "application", "selection", "review", "decision", "attestation", name="Mo")
        with on(date(2025, 12, 1)) as moment:
            create_key(organisation=self.body, by=PLATFORM, at=moment)
        case = self.audited()
        with on(FINISHED) as moment:
            determination.finish(case=case, by=self.lead, at=moment)
        self.case_id = case.pk

    @property
    def case(self) -> Case:
        """Return the case as it stands now."""
        return Case.objects.get(pk=self.case_id)

    def review(self, case: Case | None = None, *, day: date = REVIEWED, hour: int = 1, **more: Any) -> Review:
        case = case or self.case
        whole = {
            "recommends": True, "outcome": "grant", "reasons": "Complete and convincing", "statement": WORDS,
            "scope": list(agreed_scope(case)), "by": self.reviewer, **more,
        }  # fmt: skip
        with travel(at(day, hour)):
            return reviews.review(case=case, at=at(day, hour), **whole)

    def decide(
        self, case: Case | None = None, outcome: str = "grant", *, day: date = DECIDED, **more: Any
    ) -> Decision | Vote:
        whole = {"reasons": REASONS, "by": self.decider, **more}
        with on(day) as moment:
            return decisions.decide(case=case or self.case, outcome=outcome, at=moment, **whole)

    def sign_all(self, made: Decision, day: date = DECIDED) -> None:
        """Give the signatures that the scheme awaits besides the decider's."""
        people = {"lead_auditor": self.lead, "head": self.head}
        from testamur.decision.queries import roles_to_sign

        with on(day) as moment:
            for role in roles_to_sign(made):
                decisions.sign(decision=made, role=role, by=people[role], at=moment)

    @property
    def head(self) -> Membership:
        """Return who heads the body, whatever functions the scheme wants of that role."""
        role = self.case.scheme.definition.role("head")
        found = self.body.memberships.filter(title={"en": "Head"}).first()
        if found is None:
            found = member(self.body, *role.functions, name="Yan")
            found.title = {"en": "Head"}
            found.save(update_fields=["title"])
        return found

    def issue(self, made: Decision, day: date = ISSUED, **more: Any) -> Attestation:
        with on(day) as moment:
            return attestation.carry_out(decision=made, by=self.signatory, at=moment, **more).attestation

    def certified(self) -> Attestation:
        """Walk the case to its certificate."""
        self.review()
        made = self.decide()
        assert isinstance(made, Decision)
        self.sign_all(made)
        return self.issue(made)


class CertifiedWorld(JudgingWorld):
    """The same, after the certificate was issued: ``world.certificate``; a second pair of clients looks on."""

    def __init__(self) -> None:
        super().__init__()
        self.certificate_id = self.certified().pk

    @property
    def certificate(self) -> Attestation:
        """Return the certificate as it stands now."""
        return Attestation.objects.get(pk=self.certificate_id)

    def act(self, verb: str, day: date, ground: str = "", **more: Any) -> Any:
        """Suspend, restore, withdraw, cancel, reduce or change the certificate on a day."""
        named = {"ground": ground} if ground else {}
        whole = {"reasons": REASONS, "by": self.status_decider, **more}
        with on(day) as moment:
            return getattr(attestation, verb)(attestation=self.certificate, at=moment, **named, **whole)

    @property
    def status_decider(self) -> Membership:
        """Return who decides on a status and carries it out."""
        found = self.body.memberships.filter(person__names__en="Sample Both").first()
        return found or member(self.body, "decision", "attestation", "status", name="Both")
