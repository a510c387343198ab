"""A provider with two members, laboratories, an accreditor, and a round that can be walked step by step."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal

from django.conf import settings
from django.test import Client

from small_world import PLATFORM, instant, member, organisation
from testamur.kernel import clock
from testamur.parties.actions import open_account
from testamur.proficiency.actions import editions, material, participants, results, rounds
from testamur.proficiency.models import Participant, Round

HOME = "/w/workshop/proficiency/"
AFTER = date(2026, 4, 20)
ENROL, DISPATCH, RESULTS, REPORT = date(2026, 3, 10), date(2026, 3, 16), date(2026, 4, 10), date(2026, 5, 8)
HOMOGENEOUS = "\n".join(f"{12 + d / 1000:.3f}\t{12.001 + d / 1000:.3f}" for d in (1, -2, 0, 3, -1, 2, -3, 1, 0, -1))
UNEVEN = "\n".join(f"{12 + d / 4:.3f}\t{12.01 + d / 4:.3f}" for d in (1, -2, 0, 3, -1, 2, -3, 1, 0, -1))
VALUES = (
    "12.02", "11.95", "12.10", "11.88", "12.05", "12.00", "11.97", "12.08", "11.91", "12.03", "12.01", "11.99", "13.40",
    "11.50",
)  # fmt: skip


@contextmanager
def on(day: date, hour: int = 2):
    clock.permit_travel(True)
    at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    with clock.travel(at):
        yield at


def signed_in(one, language="en"):
    account = open_account(
        person=one.person, email=f"{one.public_id.lower()}@sample.example", by=PLATFORM,
        at=instant(date(2026, 1, 1)), verified=True,
    )  # fmt: skip
    client = Client(SERVER_NAME="localhost", headers={"Accept-Language": language})
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def address(found: Round, more: str = "") -> str:
    return f"{HOME}{found.public_id}/{more}"


class Bench:
    def __init__(self, **more):
        self.provider = organisation("Proficiency Services")
        self.keeper = member(self.provider, "quality", name="Su")
        self.second = member(self.provider, "quality", name="Du")
        self.accreditor = organisation("Accreditation Service")
        self.assessor = member(self.accreditor, "supervision", name="Tan")
        self.other_accreditor = organisation("Other Accreditor")
        self.outsider = member(self.other_accreditor, "supervision", "quality", name="Ou")
        self.labs = [member(organisation(f"Laboratory {n}"), "quality", name=f"Lab{n}") for n in range(1, 15)]
        self.more = more

    def draft(self, **more) -> Round:
        with on(date(2026, 2, 2)) as at:
            facts = {
                "title": {"en": "Lead in water", "zh": "水中铅"},
                "rules": {"en": "One result each, by 10 April.", "zh": "每个被测量报一个结果，4月10日前提交。"},
                "enrol_until": ENROL, "dispatch_on": DISPATCH, "results_until": RESULTS, "report_on": REPORT,
                **self.more, **more,
            }  # fmt: skip
            measurand = facts.pop("measurand", {})
            found = rounds.draft(by=self.keeper, at=at, **facts)
            wanted = {"name": {"en": "Lead", "zh": "铅"}, "unit": "µg/L", "sigma_pt": Decimal("0.2"), **measurand}
            self.measurand = rounds.set_measurand(found=found, by=self.keeper, at=at, **wanted)
        return found

    def opened(self, **more) -> Round:
        found = self.draft(**more)
        with on(date(2026, 2, 9)) as at:
            rounds.open_round(found=found, by=self.keeper, at=at)
        found.refresh_from_db()
        return found

    def enrol(self, found: Round, lab) -> Participant:
        with on(date(2026, 3, 2)) as at:
            digest = found.rules_versions.latest("number").digest
            return participants.enrol(found=found, rules=digest, by=lab, at=at)

    def dispatched(self, labs=None, **more) -> Round:
        found = self.opened(**more)
        for lab in self.labs if labs is None else labs:
            self.enrol(found, lab)
        with on(date(2026, 3, 12)) as at:
            material.judge(measurand=self.measurand, homogeneity=HOMOGENEOUS, by=self.keeper, at=at)
        with on(DISPATCH) as at:
            rounds.dispatch(found=found, by=self.keeper, at=at)
        found.refresh_from_db()
        return found

    def send(self, found: Round, lab, value: str, day=date(2026, 3, 30), **more):
        part = found.participants.get(organisation=lab.organisation)
        entry = {"values": [value], "U": "0.16", "k": "2", "method": "ICP-MS", **more}
        with on(day) as at:
            return results.send(participant=part, entries={self.measurand.public_id: entry}, by=lab, at=at)

    def sealed(self, **more) -> Round:
        found = self.dispatched(**more)
        taking = set(found.participants.values_list("organisation", flat=True))
        for lab, value in zip(self.labs, VALUES, strict=True):
            if lab.organisation_id in taking:
                self.send(found, lab, value)
        return found

    def propose(self, found: Round, **more):
        with on(date(2026, 4, 20)) as at:
            wanted = {"exclusions": [], "comment": {}, **more}
            return editions.propose(found=found, by=self.keeper, at=at, **wanted)

    def reported(self, **more) -> Round:
        found = self.sealed(**more)
        edition = self.propose(found)
        with on(date(2026, 4, 28)) as at:
            editions.issue(edition=edition, by=self.second, at=at)
        found.refresh_from_db()
        return found
