"""Every public page answers, in both languages, whatever a person types; names never become markup."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from small_world import PLATFORM, both, given, instant, node, organisation
from testamur.kernel import clock
from testamur.kernel.words import Origin, Status
from testamur.notices import tasks
from testamur.register import actions
from testamur.register.documents import Document, NamedParty
from testamur.register.models import Attestation
from testamur.requirements.models import Classification, Supersession
from testamur.requirements.models import Document as Standard
from tests.unit.portal.conftest import EVIL

pytestmark = pytest.mark.django_db


def page(client, address: str, *, language: str = "en", status: int = 200, follow: bool = False) -> str:
    client.cookies["language"] = "zh-hans" if language == "zh" else "en"
    response = client.get(address, follow=follow)
    assert response.status_code == status, (address, response.status_code)
    text = response.content.decode()
    assert not re.search(r"<script(?![^>]*src=)(?![^>]*type=\"application/ld\+json\")", text), "an inline script"
    return text


def headline(text: str) -> str:
    return re.sub(r"<[^>]+>", "", re.search(r"<h1[^>]*>(.*?)</h1>", text, re.DOTALL)[1]).strip()


def at(attestation) -> str:
    return reverse("portal:certificate", args=[attestation.public_id])


# ---------------------------------------------------------------- every page


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_without_an_object_answers(client, world, language):
    for name in ("home", "search", "answer", "verify", "bodies", "schemes", "calculators", "standards", "log", "about",
                 "changes"):  # fmt: skip
        text = page(client, reverse(f"portal:{name}"), language=language)

        assert headline(text)
        assert text.count("<h1") == 1, name
        assert f'<html lang="{"zh-Hans" if language == "zh" else "en"}"' in text


NASTY = [
    "'; DROP TABLE register_current; --\"%_\\", "\x00\u202e", "🦊🦊", "x" * 10_000, "<script>{{ 7*7 }}", "１２３", "-1",
    "9" * 400, "../../etc/passwd",
]  # fmt: skip


@pytest.mark.parametrize("typed", NASTY, ids=range(len(NASTY)))
def test_whatever_is_typed_gets_an_answer(client, world, typed):
    certificate = world.certificate()
    for name, field in (("search", "q"), ("answer", "number"), ("bodies", "q"), ("schemes", "q"), ("standards", "q"),
                        ("standards", "ics"), ("calculators", "q"), ("log", "entry"), ("search", "status"),
                        ("search", "issuer"), ("search", "scheme"), ("search", "sort"), ("search", "page"),
                        ("standards", "page")):  # fmt: skip
        response = client.get(reverse(f"portal:{name}"), {field: typed}, follow=True)

        assert response.status_code == 200, (name, field)
        assert "<script>" not in response.content.decode()
    for field in ("on", "known", "model", "made_on", "holder", "destination"):
        assert client.get(at(certificate), {field: typed}).status_code == 200, field
    assert client.get("/calculators/MD5.audit_time", {"on": typed, "ask": "1"}).status_code == 200


def test_an_unknown_address_gets_our_page_and_says_nothing_about_a_certificate(client, world, settings):
    settings.DEBUG = False
    for address in ("/nowhere", "/bodies/NOBODY1234", "/schemes/none", "/schemes/none/1", "/calculators/NO.rule",
                    "/standards/none@1", "/sources/none@1"):  # fmt: skip
        text = page(client, address, status=404)

        assert "This says nothing about any certificate." in text


# ---------------------------------------------------------------- the five answers


def test_a_valid_certificate_says_so_with_its_line_of_authority(client, world):
    certificate = world.certificate("17")

    text = page(client, at(certificate))

    assert headline(text) == "Valid"
    assert "Sample Valves" in text and "Sample Body" in text
    assert "t-tree--wide" in text and "t-chain" in text
    assert "Licence" in text and "Accreditation" in text


@pytest.mark.parametrize(
    ("to", "english", "chinese"),
    [
        (Status.SUSPENDED, "Not valid: suspended", "暂停"),
        (Status.WITHDRAWN, "Not valid: withdrawn", "撤销"),
        (Status.CANCELLED, "Not valid: cancelled", "注销"),
    ],
)
def test_a_certificate_that_is_not_valid_says_why_and_since_when(client, world, suspend, to, english, chinese):
    certificate = world.certificate("17")
    suspend(certificate, to=to)

    assert headline(page(client, at(certificate))) == english
    assert "Surveillance overdue" in page(client, at(certificate))
    assert chinese in headline(page(client, at(certificate), language="zh"))


def test_an_expired_certificate_is_expired_by_the_calendar_alone(client, world):
    certificate = world.certificate(until=date(2025, 12, 31))

    assert headline(page(client, at(certificate))) == "Not valid: expired"


def test_a_confidential_certificate_is_withheld_and_shows_number_and_status_only(client, world):
    certificate = world.certificate(confidential=True)
    number = certificate.editions.get().number

    text = page(client, at(certificate))

    assert headline(text) == "Withheld"
    assert number in text
    assert "Sample Valves" not in text and "Design of valves" not in text
    assert "noindex" in text


def test_an_issuer_that_fell_silent_is_not_called_invalid(client, world):
    certificate = world.certificate()
    with clock.travel(date(2026, 1, 5)):
        reported(certificate, date(2025, 6, 1))

    assert headline(page(client, at(certificate))) == "Issuer not reporting"


def reported(attestation, day):
    """Let a record be one that its issuer last reported on a day."""
    from testamur.register.models import Attestation, Current, Delivery, Mapping, Source

    source = Source.objects.create(
        key=attestation.issuer.public_id, origin=Origin.REPORTED, organisation=attestation.issuer,
        names={"en": "Sample register"}, duty_days=31,
    )  # fmt: skip
    mapping = Mapping.objects.create(source=source, version=1, body={}, digest="0" * 64)
    delivery = Delivery.objects.create(
        source=source, mapping=mapping, as_of=day, state=Delivery.State.COMMITTED, digest="0" * 64
    )
    Attestation.objects.filter(pk=attestation.pk).update(source=source, origin=Origin.REPORTED, origin_key="1")
    Current.objects.filter(attestation=attestation).update(since=day, delivery=delivery)


def test_no_such_record_never_says_fake_and_says_what_to_do(client, world):
    world.certificate(number="LAMP-2026-000001")

    for language in ("en", "zh"):
        text = page(client, "/search?q=LAMP-2026-777777", language=language, follow=True)

        assert headline(text) == {"en": "No such record", "zh": "查无记录"}[language]
        assert "fake" not in text.lower() and "假证" not in text
    assert "never issued" not in page(client, "/answer?number=LAMP-2026-777777").lower()
    assert page(client, "/c/ZZZZZZZZZZ", status=404).count("No such record") >= 1


def test_a_slip_of_one_character_is_offered_as_what_was_meant(client, world):
    world.certificate(number="LAMP-2026-000001")

    assert "LAMP-2026-000001" in page(client, "/answer?number=LAMP-2026-000010")
    assert "LAMP-2026-000001" not in page(client, "/answer?number=LAMP-1999-555555")


# ---------------------------------------------------------------- search


def test_a_number_that_one_record_bears_leads_to_its_page(client, world):
    certificate = world.certificate(number="LAMP-2026-000001")

    response = client.get("/search", {"q": "lamp 2026 000001"})

    assert (response.status_code, response["Location"]) == (302, at(certificate))


def test_a_number_that_several_bear_lists_them_all(client, world):
    for _n in range(2):
        world.certificate(number="LAMP-1", holder=organisation("Twin"))

    text = page(client, "/search?q=LAMP-1")

    assert "Several records bear this number" in text
    assert text.count("LAMP-1</code>") == 2


def test_the_address_in_a_qr_code_leads_to_the_page(client, world):
    certificate = world.certificate()

    response = client.get("/search", {"q": f"https://sample.testamur.example/c/{certificate.public_id.lower()}"})

    assert response["Location"] == at(certificate)


def test_words_are_found_narrowed_sorted_and_paged(client, world, suspend):
    for n in range(25):
        world.certificate(holder=organisation(f"Valve {n:02}"), number=f"V-{n:05}")
    suspend(Attestation.objects.get(current__number="V-00007"))

    assert "27 records" in page(client, "/search?q=valve")
    assert "1 record<" in page(client, "/search?q=valve&status=suspended")
    assert "1 to 20 of 27" in page(client, "/search?q=valve&sort=number")
    assert page(client, "/search?q=valve&sort=number").index("V-00000") > 0
    assert "V-00024" in page(client, "/search?q=valve&sort=-number")
    assert "Nothing matches" in page(client, "/search?q=zebra")


def test_a_person_is_found_by_number_and_name_only(client, world):
    from testamur.parties.models import Person

    person = Person.objects.create(names={"en": "Sample Wei", "zh": "示例魏"}, sample=True)
    given(world.qms, issuer=world.body, person=person, lines=[], number="P-000001", personal=True)

    assert "Sample Wei" not in page(client, "/search?q=Wei")
    assert headline(page(client, "/answer?number=P-000001")) == "No such record"
    response = client.get("/answer", {"number": "P-000001", "holder": "sample wei"})
    assert response.status_code == 302
    assert "Sample Wei" in page(client, response["Location"])
    bare = page(client, response["Location"].partition("?")[0])
    assert "Sample Wei" not in bare and "noindex" in bare


# ---------------------------------------------------------------- the certificate page


def test_a_name_with_markup_stays_a_name_on_every_page(client, world):
    evil = organisation("x")
    evil.names = {"en": EVIL, "zh": EVIL}
    evil.save()
    certificate = world.certificate(holder=evil, statement={"en": EVIL, "zh": EVIL})

    for address in (at(certificate), "/search?q=alert", "/search", "/changes", "/", f"/bodies/{world.body.public_id}"):
        assert "<script>alert" not in page(client, address), address
    assert "&lt;script&gt;alert" in page(client, at(certificate))


def test_another_day_and_another_knowledge_are_answered_in_words(client, world, suspend):
    with clock.travel(date(2025, 1, 2)):
        certificate = world.certificate()
    with clock.travel(date(2026, 3, 20)):
        suspend(certificate, on=date(2026, 3, 1))

    late = page(client, f"{at(certificate)}?on=2026-03-05&known=2026-03-10")
    now = page(client, f"{at(certificate)}?on=2026-03-05")

    assert "On 5 Mar 2026: valid as the register knew on 10 Mar 2026. By all that is recorded today: suspended." in late
    assert headline(late) == "Valid" and headline(now) == "Not valid: suspended"
    assert "19 days late" in now
    assert "This is no day" in page(client, f"{at(certificate)}?on=2026-02-30")


def test_a_claim_is_answered_part_by_part_and_the_larger_word_is_the_worse(client, world):
    certificate = world.certificate(shown={"models": ["V-100"]})

    covered = page(client, f"{at(certificate)}?model=v100&standard=GB/T 19001-2016")
    missing = page(client, f"{at(certificate)}?model=V-999")

    assert "Model v100 is listed." in covered
    assert headline(missing) == "Valid, but does not cover what you ask"
    assert "Model V-999 is not among the models listed: V-100." in missing


def test_a_newer_edition_supersedes_and_does_not_withdraw(client, world):
    certificate = world.certificate(until=date(2029, 12, 31))
    first = certificate.editions.get()
    actions.add_edition(
        attestation=certificate,
        document=replace(Document.of(first), issued_on=date(2026, 2, 1), effective_on=date(2026, 2, 1)),
        reason="change", reason_text=both("new address"), by=PLATFORM, at=instant(date(2026, 2, 1)),
    )  # fmt: skip

    text = page(client, at(certificate))

    assert headline(text) == "Valid"
    assert "Edition 2" in text and "superseded" in text and "new address" in text


def test_a_foreign_record_says_who_vouches_and_that_its_authority_is_not_held_here(client, world):
    foreign = given(
        None, issuer=organisation("Abroad", country="DE"), holder=world.client, lines=[], scheme_id="sample-cc",
        origin=Origin.MIRRORED, origin_name="Sample Register Abroad",
    )  # fmt: skip

    text = page(client, at(foreign))

    assert "Mirrored from Sample Register Abroad" in text
    assert "does not hold the authority" in text
    assert "not made here" in text and "No credential here" in text


def test_a_certificate_to_a_withdrawn_edition_says_so(client, world):
    old = Standard.objects.create(key="gbt-19001@2016", designation="GB/T 19001-2016", status="withdrawn",
                                  withdrawn_on=date(2026, 1, 1))  # fmt: skip
    new = Standard.objects.create(key="gbt-19001@2026", designation="GB/T 19001-2026")
    Supersession.objects.create(old=old, new=new)

    text = page(client, at(world.certificate()))

    assert "The edition it rests on is withdrawn" in text and "GB/T 19001-2026" in text


def test_main_certificate_and_part_name_each_other(client, world):
    main = world.certificate("17", number="MAIN-1")
    part = world.certificate("17", number="SUB-1", main=main, part="sub_certificate")

    assert "SUB-1" in page(client, at(main))
    assert "MAIN-1" in page(client, at(part))


def test_an_authority_has_its_page_at_acc_and_a_certificate_at_c(client, world):
    licence = Attestation.objects.get(scheme_id_text="sample-licence")

    assert client.get(at(licence))["Location"] == f"/acc/{licence.public_id}"
    assert headline(page(client, f"/acc/{licence.public_id}")) == "Valid"


def test_the_qr_code_is_a_drawing_of_the_address(client, world):
    response = client.get(f"{at(world.certificate())}/qr.svg")

    assert response["Content-Type"] == "image/svg+xml"
    assert response.content.startswith(b"<?xml") and b"<path" in response.content


# ---------------------------------------------------------------- taking away


def rows_of(response) -> list[list]:
    from openpyxl import load_workbook

    return [[cell.value for cell in row] for row in load_workbook(io.BytesIO(response.content)).active.iter_rows()]


def test_a_list_is_taken_away_filtered_and_its_formulas_are_neutralised(client, world):
    evil = organisation("y")
    evil.names = {"en": "=HYPERLINK(1)", "zh": "=HYPERLINK(1)"}
    evil.save()
    world.certificate(holder=evil, number="F-1", statement={"en": "zinc", "zh": "zinc"})
    world.certificate(number="F-2")

    csv = client.get("/search", {"q": "zinc", "as": "csv"}).content.decode("utf-8-sig")
    sheet = rows_of(client.get("/search", {"q": "zinc", "as": "xlsx"}))
    body = json.loads(client.get("/search", {"q": "zinc", "as": "json"}).content)

    assert "'=HYPERLINK(1)" in csv and "F-2" not in csv
    assert sheet[1][1].startswith("'=HYPERLINK") and len(sheet) == 2
    assert body["rows"][0]["number"] == "F-1" and body["q"] == "zinc"


def test_confidential_and_personal_holders_are_in_no_export(client, world):
    world.certificate(number="C-1", confidential=True)

    assert "C-1" not in client.get("/search", {"as": "csv"}).content.decode("utf-8-sig")


def test_changes_are_told_as_pages_json_and_atom(client, world, suspend):
    certificate = world.certificate(number="N-1")
    suspend(certificate)
    tasks.tell()

    assert "N-1" in page(client, "/changes") and "Suspended" in page(client, "/changes")
    told = client.get("/changes.json").json()
    assert {row["status"] for row in told["changes"] if row["number"] == "N-1"} == {None, "suspended"}
    later = (clock.now() + timedelta(days=1)).isoformat()
    assert client.get("/changes.json", {"since": later}).json()["changes"] == []
    assert client.get("/changes.json", {"since": "yesterday"}).status_code == 400
    assert b"N-1" in client.get("/changes.atom").content


# ---------------------------------------------------------------- bodies, standards, limits


def test_a_body_shows_what_entitles_it_and_what_it_issued(client, world, suspend):
    suspend(world.certificate("17"))

    text = page(client, f"/bodies/{world.body.public_id}")

    assert "Licence" in text and "Accreditation" in text and "sample-qms" in text
    assert "Sample Body" in page(client, "/bodies?q=body")
    assert "A root of trust" in page(client, f"/bodies/{world.regulator.public_id}")


def test_a_standard_shows_its_chain_and_the_ics_is_walked_level_by_level(client, world):
    old = Standard.objects.create(key="s@1", designation="S 1:2015", status="withdrawn", published_on=date(2015, 1, 1))
    new = Standard.objects.create(key="s@2", designation="S 1:2026", published_on=date(2026, 1, 1))
    Supersession.objects.create(old=old, new=new)
    for one, code in ((old, "03.120.10"), (new, "03.120.20")):
        Classification.objects.create(document=one, ics=code)

    assert "This edition is withdrawn" in page(client, "/standards/s@1")
    assert "S 1:2026" in page(client, "/standards/s@1")
    assert "03 Services" in page(client, "/standards")
    assert "03.120" in page(client, "/standards?ics=03")
    assert "03.120.20" in page(client, "/standards?ics=03.120")
    last = page(client, "/standards?ics=03.120.20")
    assert "S 1:2026" in last and "S 1:2015" not in last
    assert "S 1:2015" in page(client, "/standards?q=2015&status=withdrawn")


def test_who_asks_too_often_is_told_so_in_plain_words(client, world, monkeypatch):
    one = datetime(2026, 11, 1, 12, tzinfo=UTC)  # all within one minute, however slow the machine is
    monkeypatch.setattr(clock, "real_now", lambda: one)
    answers = [client.get("/verify").status_code for _n in range(62)]

    assert answers[0] == 200 and answers[-1] == 429
    assert "Too many tries" in client.get("/verify").content.decode()
    assert client.get("/about").status_code == 200


def test_a_scheme_that_makes_nothing_public_but_the_number_hides_the_holder(client, world):
    from small_world import scheme

    quiet = scheme(
        "sample-quiet", scope=[], disclosure={"public": ["number", "status"], "keep": ["6 years"]},
        attestation={"form": "certificate", "number": "Q-{serial:3}", "effective": "decided", "template": "plain",
                     "until": "3 years after decided", "credential": "DigitalConformityCredential",
                     "shows": ["number"]},
    )  # fmt: skip
    certificate = given(quiet, issuer=world.body, holder=world.client, lines=[], number="Q-001")

    text = page(client, at(certificate))

    assert "Q-001" in text
    assert "Sample Valves" not in text and "Design of valves" not in text


def test_parties_in_their_roles_and_sites_are_listed_as_named(client, world):
    from small_world import site

    certificate = world.certificate(
        parties=(NamedParty("factory", both("Works"), address=both("2 Road")),),
        sites=(site(both("Head office"), central=True), site(both("Plant"), statement=both("casting"))),
    )

    text = page(client, at(certificate))

    assert "Factory" in text and "Head office" in text and "central function" in text and "casting" in text
    assert node()["tree"] not in text


def test_the_code_on_an_old_paper_leads_to_the_record_and_says_that_a_newer_edition_is_current(client, world):
    from testamur.register.models import Credential

    certificate = world.certificate(until=date(2029, 12, 31))
    first = certificate.editions.get()
    paper = Credential.objects.create(
        edition=first, kind="DigitalConformityCredential", body={}, jwt="", digest="d", thumbprint="t", status_index=1
    )
    assert headline(page(client, f"/c/{paper.public_id}", follow=True)) == "Valid"
    actions.add_edition(
        attestation=certificate,
        document=replace(Document.of(first), issued_on=date(2026, 2, 1), effective_on=date(2026, 2, 1)),
        reason="change", reason_text=both("new address"), by=PLATFORM, at=instant(date(2026, 2, 1)),
    )  # fmt: skip

    text = page(client, f"/c/{paper.public_id}", follow=True)

    assert headline(text) == "Valid, and a newer edition is current"
    assert "You hold edition 1; edition 2 of 1 Feb 2026 is current" in text
    assert "withdrawn" not in headline(text)
