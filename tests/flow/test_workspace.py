"""Every page of the workspace, in the sample world: for whoever may see it, in both languages, and for nobody else."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from testamur.determination.models import Finding
from testamur.parties.models import Account, Membership, Organisation, Person
from testamur.register.models import Attestation
from testamur.selection.models import Application, Case

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
ROLES = ("applicant", "planner", "lead_auditor", "reviewer", "decider", "accreditor", "regulator")
EVIL = "<script>alert(1)</script>"


def signed_in(role: str, language: str = "en") -> Client:
    client = Client()
    client.force_login(Account.objects.get(demo_role=role), backend=BACKEND)
    client.cookies["django_language"] = "zh-hans" if language == "zh" else "en"
    return client


@pytest.fixture
def stranger() -> Client:
    person = Person.objects.create(names={"en": "Sample Stranger", "zh": "示例陌"}, sample=True)
    house = Organisation.objects.create(names={"en": "Sample Elsewhere", "zh": "示例他处"}, sample=True)
    Membership.objects.create(person=person, organisation=house, functions=["application"], from_day=date(2020, 1, 1))
    account = Account.objects.create_user("stranger@sample.example", "a long sample password", person=person)
    client = Client()
    client.force_login(account, backend=BACKEND)
    return client


def pages_of(case: Case) -> list[str]:
    names = (
        "case", "case-events", "case-files", "case-ending", "application", "application-check", "application-review",
        "team", "plan", "determination", "findings", "review", "decision", "attestation",
    )  # fmt: skip
    return [reverse(f"workspace:{name}", args=[case.public_id]) for name in names]


def once() -> str:
    from django.utils.crypto import get_random_string

    return get_random_string(16)


@pytest.mark.parametrize(
    ("role", "language"), [*((role, "en") for role in ROLES), ("applicant", "zh"), ("planner", "zh")]
)
def test_every_page_a_role_is_led_to_opens(role: str, language: str) -> None:
    client = signed_in(role, language)
    waiting, seen, kinds = ["/w/"], set(), {}
    while waiting:
        address = waiting.pop(0)
        kind = re.sub(r"[0-9A-Z]{10}|\d+|\?.*", "*", address)
        if address in seen or kinds.get(kind, 0) >= 1:
            continue
        seen.add(address)
        kinds[kind] = kinds.get(kind, 0) + 1
        response = client.get(address)
        assert response.status_code == 200, (role, address)
        if response["Content-Type"].startswith("text/html"):
            page = response.content.decode()
            assert page.count("<h1") == 1, address
            waiting += [one.replace("&amp;", "&") for one in re.findall(r'href="(/w/[^"#]*)"', page)]
    assert len(seen) > 10


def test_a_stranger_finds_no_case_and_no_certificate(stranger: Client) -> None:
    for case in Case.objects.all()[:4]:
        for address in pages_of(case):
            assert stranger.get(address).status_code == 404, address
    for finding in Finding.objects.select_related("case")[:2]:
        address = reverse("workspace:finding", args=[finding.case.public_id, finding.public_id])
        assert stranger.get(address).status_code == 404
    for attestation in Attestation.objects.all()[:3]:
        assert stranger.get(reverse("workspace:certificate", args=[attestation.public_id])).status_code == 404
        assert (
            stranger.get(reverse("workspace:certificate-act", args=[attestation.public_id, "suspension"])).status_code
            == 404
        )


def test_nobody_sees_a_page_without_signing_in() -> None:
    case = Case.objects.first()
    for address in ["/w/", "/w/cases/", "/w/certificates/", "/w/people/", *pages_of(case)]:
        response = Client().get(address)
        assert response.status_code == 302
        assert "/w/cases" not in response["Location"].split("?")[0]


def test_a_client_is_not_shown_the_reviewers_page_of_its_own_case() -> None:
    account = Account.objects.get(demo_role="applicant")
    case = Case.objects.filter(client__memberships__person=account.person, reviews__isnull=False).first()
    client = signed_in("applicant")
    assert client.get(reverse("workspace:case", args=[case.public_id])).status_code == 200
    assert client.get(reverse("workspace:review", args=[case.public_id])).status_code == 404
    assert client.get(reverse("workspace:team", args=[case.public_id])).status_code == 404


def test_someone_who_took_part_reads_why_they_cannot_decide() -> None:
    case = Case.objects.filter(stage="decision").first()
    lead = case.assignments.filter(removed_at=None).order_by("id").first().membership
    lead.functions = [*lead.functions, "decision", "review"]
    lead.save(update_fields=["functions"])
    client = Client()
    account = Account.objects.filter(person=lead.person).first() or Account.objects.create_user(
        "lead@sample.example", "a long sample password", person=lead.person
    )
    client.force_login(account, backend=BACKEND)
    page = client.get(reverse("workspace:decision", args=[case.public_id])).content.decode()
    assert 'aria-disabled="true"' in page
    assert "ISO/IEC 17021-1" in page or "17065" in page or "source" in page


def draft_of(client: Client) -> Application:
    answer = client.post(
        reverse("workspace:apply-start", args=["cn-qms"]),
        {"act": "", "once": once(), "issuer": _issuer(client), "together": ""},
    )
    assert answer.status_code == 302, answer.content.decode()[:2000]
    case = Case.objects.order_by("-id").first()
    assert case.public_id in answer["Location"]
    return case.application


def _issuer(client: Client) -> str:
    page = client.get(reverse("workspace:apply-start", args=["cn-qms"])).content.decode()
    return re.search(r'name="issuer" value="([0-9A-Z]+)"', page)[1]


def test_a_draft_is_kept_with_what_is_wrong_in_it_and_says_so() -> None:
    client = signed_in("applicant")
    application = draft_of(client)
    address = reverse("workspace:application", args=[application.case.public_id])
    client.post(
        address, {"version": application.version, "uscc": "91350100M000100Y48", "activities": EVIL, "_go": "save"}
    )
    application.refresh_from_db()
    assert application.answers["uscc"] == "91350100M000100Y48"
    page = client.get(address).content.decode()
    assert "91350100M000100Y48" in page
    assert 'role="alert"' in page
    assert EVIL not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_stale_form_overwrites_nobody_and_keeps_what_was_typed() -> None:
    client = signed_in("applicant")
    application = draft_of(client)
    address = reverse("workspace:application", args=[application.case.public_id])
    client.post(address, {"version": application.version, "activities": "first words", "_go": "save"})
    page = client.post(address, {"version": application.version, "activities": "second words", "_go": "save"})
    assert page.status_code == 200
    assert "changed this at" in page.content.decode()
    assert "second words" in page.content.decode()
    application.refresh_from_db()
    assert application.answers["activities"] == "first words"


def test_the_same_application_form_sent_twice_opens_one_case() -> None:
    client = signed_in("applicant")
    form = {"act": "", "once": once(), "issuer": _issuer(client), "together": ""}
    before = Case.objects.count()
    for _press in range(2):
        assert client.post(reverse("workspace:apply-start", args=["cn-qms"]), form).status_code == 302
    assert Case.objects.count() == before + 1


def test_an_incomplete_application_lists_every_gap_and_cannot_be_handed_in() -> None:
    client = signed_in("applicant")
    application = draft_of(client)
    address = reverse("workspace:application-check", args=[application.case.public_id])
    page = client.post(address, {"version": application.version}).content.decode()
    assert 'role="alert"' in page
    assert page.count("ws-error") > 3
    application.refresh_from_db()
    assert application.state == Application.State.DRAFT


def test_a_one_more_button_adds_a_row_without_scripts() -> None:
    client = signed_in("applicant")
    application = draft_of(client)
    address = reverse("workspace:application", args=[application.case.public_id])
    sent = client.post(
        address, {"version": application.version, "sites-0-name": "Sample Hall", "_more": "sites"}, follow=True
    )
    page = sent.content.decode()
    assert 'name="sites-1-name"' in page
    assert "Sample Hall" in page


def test_an_empty_file_is_refused_at_its_field_and_the_draft_stays() -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = signed_in("applicant")
    application = draft_of(client)
    address = reverse("workspace:application", args=[application.case.public_id])
    field = next(one.id for one in application.case.scheme.definition.fields if one.type in ("file", "files"))
    empty = SimpleUploadedFile("manual.pdf", b"")
    page = client.post(address, {"version": application.version, "activities": "kept", field: empty}).content.decode()
    assert "0 bytes" in page
    application.refresh_from_db()
    assert application.answers["activities"] == "kept"


def test_a_suspension_without_a_reason_is_refused_in_place_and_nothing_is_written() -> None:
    client = signed_in("decider")
    house = Account.objects.get(demo_role="decider").person.memberships.first().organisation
    attestation = Attestation.objects.filter(
        issuer=house, main=None, current__status="valid", scheme_id_text="cn-qms"
    ).first()
    address = reverse("workspace:certificate-act", args=[attestation.public_id, "suspension"])
    page = client.get(address).content.decode()
    ground = re.search(r'name="ground" value="([a-z0-9_]+)"', page)[1]
    before = attestation.changes.count()
    day = re.search(r'name="on"[^>]*value="(\d{4}-\d{2}-\d{2})"', page)[1]
    sent = {"act": "", "once": once(), "ground": ground, "on": day, "reason-zh": "", "reason-en": "", "go": "do"}
    refused = client.post(address, sent)
    assert refused.status_code == 200
    assert 'role="alert"' in refused.content.decode()
    assert attestation.changes.count() == before
    shown = client.post(address, {**sent, "reason-en": "the holder did not pay", "go": "preview"}).content.decode()
    assert "the holder did not pay" in shown
    assert attestation.changes.count() == before
    done = client.post(address, {**sent, "once": once(), "reason-en": "the holder did not pay"})
    assert done.status_code == 302
    assert attestation.changes.count() == before + 1


def test_a_list_leaves_as_a_file_whose_cells_run_no_formula() -> None:
    client = signed_in("planner")
    house = Account.objects.get(demo_role="planner").person.memberships.first().organisation
    case = Case.objects.filter(issuer=house, client__isnull=False).first()
    case.client.names = {"en": "=cmd|' /C calc'!A0", "zh": "=cmd|' /C calc'!A0"}
    case.client.save(update_fields=["names"])
    for kind in ("csv", "xlsx", "json"):
        assert client.get(f"/w/cases/?format={kind}").status_code == 200
    text = client.get("/w/cases/?format=csv").content.decode("utf-8-sig")
    assert "'=cmd" in text
    assert ",=cmd" not in text


def test_a_name_with_markup_is_shown_as_text() -> None:
    case = Case.objects.filter(client__isnull=False, stage="done").first()
    case.client.names = {"en": EVIL, "zh": EVIL}
    case.client.save(update_fields=["names"])
    client = signed_in("planner")
    for address in ("/w/", "/w/cases/", reverse("workspace:case", args=[case.public_id])):
        assert EVIL not in client.get(address).content.decode()
