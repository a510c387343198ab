"""Pages of the management system, drawn from a works that kept it for a year: no barrier, in both languages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.cache import cache

from small_world import World as Small
from small_world import member, organisation
from testamur.improvement.models import (
    AuditProgramme,
    ControlledDocument,
    InternalAudit,
    ManagementReview,
    Objective,
    Supplier,
)
from testamur.kernel import clock
from testamur.sample import system
from testamur.sample.founding import World
from testamur.sample.walk import Walk
from tests.browser.test_pages import WIDTHS
from tests.unit.workspace.forms import Desk

TODAY = date(2026, 11, 23)


@pytest.fixture
def manager(db: None) -> Any:
    clock.permit_travel(True)
    cache.clear()
    works, springs = organisation("Works"), organisation("Springs")
    small = Small()
    small.licence()
    small.certificate(holder=springs, until=date(2026, 12, 31))
    one = member(works, "quality", name="Wu")
    system.keep(Walk(World(firms={"precision": works, "springs": springs}, members={"applicant": one})))
    return one


@pytest.mark.parametrize("language", WIDTHS)
def test_the_lists_have_no_barrier(manager, drawn, language) -> None:
    desk = Desk(manager, TODAY, language)
    for name in ("", "-objectives", "-documents", "-readings", "-audits", "-reviews", "-suppliers", "-processes"):
        shown = desk.get(f"workshop{name}")
        assert shown.status == 200 and drawn(shown.page, 200, language) == []


@pytest.mark.parametrize("language", WIDTHS)
def test_the_pages_of_one_thing_have_no_barrier(manager, drawn, language) -> None:
    desk = Desk(manager, TODAY, language)
    agreed = Objective.objects.exclude(agreed_at=None).order_by("id")[0]
    draft = Objective.objects.filter(agreed_at=None)[0]
    waiting = ControlledDocument.objects.get(number="WI-112")
    for name, ident in (
        ("objective", agreed.public_id),
        ("objective", draft.public_id),
        ("document", waiting.public_id),
        ("document-reading", waiting.public_id),
        ("programme", AuditProgramme.objects.get().public_id),
        ("audit", InternalAudit.objects.get(number="2026-2").public_id),
        ("review", ManagementReview.objects.get().public_id),
        ("supplier", Supplier.objects.get(risk="high").public_id),
    ):
        shown = desk.get(f"workshop-{name}", ident)
        assert shown.status == 200, name
        assert drawn(shown.page, 200, language) == [], name


@pytest.mark.parametrize("language", WIDTHS)
def test_the_forms_have_no_barrier_and_say_what_is_wrong(manager, drawn, language) -> None:
    desk = Desk(manager, TODAY, language)
    for name in ("objective", "document", "programme", "review", "supplier"):
        shown = desk.get(f"workshop-{name}-new")
        assert drawn(shown.page, 200, language) == [], name
