"""Files and paper of a certificate: what was handed out, on which sheets, and which of them count no longer."""

from __future__ import annotations

from datetime import date

import pytest

from kept_world import world_fixture
from testamur.attestation import paper, renditions
from testamur.attestation.models import PrintRun, VoidedCopies
from testamur.files import typesetting
from testamur.kernel import clock
from testamur.register.models import Credential
from tests.unit.judging import CertifiedWorld
from tests.unit.workspace.forms import Desk

kept_world = world_fixture(CertifiedWorld)
APRIL = date(2026, 4, 1)


def desk(world, who="signatory"):
    return Desk(getattr(world, who), APRIL)


def printed(world, first, last, series="a", who="signatory"):
    at_desk = desk(world, who)
    form = at_desk.form("certificate-renditions", world.certificate.public_id, act="print")
    return at_desk.send(form, series=series, first=first, last=last)


def voided(world, first, last, reason="Misprinted"):
    at_desk = desk(world)
    form = at_desk.form("certificate-renditions", world.certificate.public_id, act="void")
    run = PrintRun.objects.get()
    return at_desk.send(form, **{"run": run.pk, "from": first, "to": last, "reason": reason})


def test_a_print_run_and_its_voided_copies_stand_on_the_page_and_in_the_journal(world):
    page = desk(world).get("certificate-renditions", world.certificate.public_id)
    assert "No printed copies are recorded." in page.text and "PDF/A-3b" in page.text

    run = printed(world, 101, 105)
    gone = voided(world, 103, 103)

    assert (run.status, run.events) == (302, ["attestation.printed"])
    assert (gone.status, gone.events) == (302, ["attestation.copies_voided"])
    assert "A101–A105" in gone.text and "4 copies out" in gone.text and "Misprinted" in gone.text
    [one] = paper.of(world.certificate)
    assert (one.run.series, one.run.first, one.run.last, one.valid) == ("A", 101, 105, 4)
    assert one.run.by == world.signatory


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (105, 110, "were printed for"),
        (101, 101, "were printed for"),
        (9, 3, "A print run is from 1 to"),
        (0, 3, "A print run is from 1 to"),
        (1, 20_000, "A print run is from 1 to"),
        (10**12, 10**12, "A print run is from 1 to"),
        ("", "x", "A print run is from 1 to"),
    ],
)
def test_a_sheet_is_printed_once_and_a_run_is_a_run(world, first, last, says):
    printed(world, 101, 105)

    refused = printed(world, first, last)

    assert refused.status == 200 and says in refused.text
    assert PrintRun.objects.count() == 1
    assert printed(world, 101, 105, series="b").status == 302


@pytest.mark.parametrize(
    ("first", "last", "reason", "says"),
    [
        (100, 101, "Lost", "The run has the sheets"),
        (104, 106, "Lost", "The run has the sheets"),
        (102, 103, "Lost", "are void already"),
        (104, 104, " ", ""),
    ],
)
def test_only_sheets_of_the_run_are_voided_and_each_once(world, first, last, reason, says):
    printed(world, 101, 105)
    voided(world, 103, 103)

    refused = voided(world, first, last, reason)

    assert refused.status == 200 and says in refused.text
    assert VoidedCopies.objects.count() == 1


def test_holders_see_the_paper_and_record_none_and_strangers_see_nothing(world):
    printed(world, 101, 105)
    holder = desk(world, "applicant")
    page = holder.get("certificate-renditions", world.certificate.public_id)

    assert "A101–A105" in page.text and "Record copies" not in page.text
    sent = holder.post("certificate-renditions", world.certificate.public_id, act="print", first=1, last=2)
    assert sent.status == 404 and PrintRun.objects.count() == 1
    assert desk(world, "rival").get("certificate-renditions", world.certificate.public_id).status == 404


@pytest.mark.skipif(bool(typesetting.lacking()), reason="nothing prints on this machine")
def test_the_sheet_can_be_fetched_with_what_it_says_of_itself(world):
    with clock.travel(APRIL):
        made = renditions.render(Credential.objects.filter(edition__attestation=world.certificate).get())

    page = desk(world).get("certificate-renditions", world.certificate.public_id)
    file = desk(world).get("certificate-file", world.certificate.public_id, "pdf")

    assert made.digest in page.text and "No seal; it bears the issuer's mark." in page.text
    assert file.status == 200


def test_every_format_in_the_registry_makes_bytes_or_says_what_is_missing(world):
    one = Credential.objects.filter(edition__attestation=world.certificate).get()

    for maker in renditions.MAKERS.values():
        if not maker.lacking():
            with clock.travel(APRIL):
                content, seals = maker(one)
            assert content and seals == [] and maker.standard and maker.seals
