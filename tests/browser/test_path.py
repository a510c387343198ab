"""The path of a certificate as people walk it in their browsers, from an audit's findings to a stranger's own check."""

from __future__ import annotations

import base64
import json
import re
import time
from typing import Any

import pytest

from tests.browser.demo import Demo, complaints, hrefs

CASE, FINDING = r"/w/cases/[0-9A-Z]{10}/", r"/w/cases/[0-9A-Z]{10}/findings/[0-9A-Z]{10}/"
PAPER = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
#: The file of a browser that has signed in as somebody who has no card on the demo's page of roles.
SIGN_IN = """
from django.test import Client
from testamur.parties.models import Account
client = Client()
client.force_login(Account.objects.get(email="{email}"), backend="django.contrib.auth.backends.ModelBackend")
print("cookie", client.cookies["sessionid"].value)
"""


def paper(name: str, content: bytes = PAPER) -> dict[str, Any]:
    return {"name": name, "mimeType": "application/pdf", "buffer": content}


def at_desk(demo: Demo, role: str, **wishes: Any) -> Any:
    return demo.visitor(role, **wishes).new_page()


def as_head(demo: Demo) -> Any:
    said = demo.command("manage", "shell", "-c", SIGN_IN.format(email="head@sample.testamur.example"))
    context = demo.visitor()
    context.add_cookies([{"name": "sessionid", "value": said.split("cookie ")[1].split()[0], "url": demo.url}])
    return context.new_page()


def press(page: Any, name: str) -> None:
    """Press the first button of a name and wait for the page that follows; a load state may be the old page's."""
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile(name)).first.click()


def said(page: Any) -> str:
    return page.locator("main").inner_text()


def led_to(page: Any, pattern: str) -> str:
    """Return where the list of what is one's turn leads to."""
    page.goto("/w/")
    return hrefs(page, pattern)[0]


def answer(page: Any, address: str, *, file: dict[str, Any]) -> None:
    page.goto(address)
    page.get_by_label("Correction: what you did at once").fill("Line C stopped; the lot of 20 October is held back.")
    page.get_by_label("Cause: why it could happen").fill("The new oven was not in the list of validated processes.")
    page.get_by_label("Corrective action: what keeps it").fill("No line starts without an entry in that list.")
    page.locator("input[type=file]").set_input_files(file)
    press(page, "Send the answer")


@pytest.fixture(scope="module")
def extension(demo: Demo) -> str:
    """Return the address of the case whose two findings wait for the applicant."""
    page = at_desk(demo, "applicant")
    address = led_to(page, r"/w/cases/[0-9A-Z]{10}/findings/").removesuffix("findings/")
    page.context.close()
    return address


def test_an_empty_file_is_explained_and_nothing_typed_is_lost(demo, extension) -> None:
    page = at_desk(demo, "applicant")
    page.goto(f"{extension}findings/")
    address = hrefs(page, FINDING)[0]
    answer(page, address, file=paper("Records.pdf", b""))

    assert "0 bytes" in said(page)
    assert "Line C stopped" in page.get_by_label("Correction: what you did at once").input_value()
    page.goto(address)
    assert page.get_by_role("button", name="Send the answer").count() == 1, "the answer was recorded without its file"
    page.context.close()


def test_findings_are_answered_once_however_often_the_form_is_sent(demo, extension) -> None:
    page = at_desk(demo, "applicant")
    page.goto(f"{extension}findings/")
    first, second = hrefs(page, FINDING)
    page.goto(first)
    form = {name: page.locator(f"main input[name={name}]").first.input_value()
            for name in ("csrfmiddlewaretoken", "act", "once")}  # fmt: skip
    page.get_by_label("Correction: what you did at once").fill("Line C stopped; the lot of 20 October is held back.")
    page.get_by_label("Cause: why it could happen").fill("The new oven was not in the list of validated processes.")
    page.get_by_label("Corrective action: what keeps it").fill("No line starts without an entry in that list.")
    page.locator("input[type=file]").set_input_files(paper("Records of line C.pdf"))
    press(page, "Send the answer")
    assert "Your answer is with the auditor" in said(page)

    # What "Back" and "send again" do: the very same form a second time.
    typed = dict.fromkeys(("correction", "cause", "corrective_action"), "The same form again.")
    again = page.request.post(first, form={**form, **typed}, headers={"Referer": demo.url + first})
    assert again.status == 200, again.text()[:500]
    assert "The same form again." not in page.goto(first).text()
    page.go_back()
    assert page.locator("h1").count() == 1
    answer(page, second, file=paper("Training records.pdf"))
    page.goto(f"{extension}findings/")
    assert page.get_by_text("waits for the client").count() == 0
    page.context.close()


def test_the_lead_auditor_verifies_and_finishes(demo, extension) -> None:
    page = at_desk(demo, "lead_auditor")
    page.goto(f"{extension}findings/")
    for address in hrefs(page, FINDING):
        page.goto(address)
        assert "No line starts without an entry" in said(page)
        page.get_by_label("Accept, and its effect is verified").check()
        page.get_by_label("What it rests on").fill("Records of both shifts seen; the oven holds 170 °C.")
        press(page, "Record the judgement")
        assert page.get_by_text("closed").count() >= 1
    page.goto(f"{extension}determination/")
    press(page, "Finish determination")
    assert "the dossier is with the reviewer" in said(page)
    page.context.close()


def test_the_reviewer_recommends_and_a_double_click_records_one_review(demo, extension) -> None:
    page = at_desk(demo, "reviewer")
    page.goto(f"{extension}review/")
    page.get_by_label("Yes", exact=True).check()
    page.get_by_role("radio", name=re.compile("Extend the scope")).check()
    page.get_by_label("Reasons for the record").fill("Evidence is sufficient for the wider scope.")
    page.get_by_role("button", name="Record the review").first.dblclick()
    page.get_by_text("The review is recorded").first.wait_for()  # whichever of the two answers the browser shows
    page.goto(f"{extension}events/")
    assert said(page).count("Evidence reviewed") == 1
    page.context.close()


def test_the_decider_extends_and_cannot_issue_before_the_signatures(demo, extension) -> None:
    page = at_desk(demo, "decider")
    page.goto(f"{extension}decision/")
    page.get_by_role("radio", name=re.compile("Extend the scope")).check()
    page.get_by_label("Reasons for the record").fill("Review and record agree; nothing is open.")
    page.get_by_label("I took no part in this assessment").check()
    press(page, "Record this decision")
    assert "The decision is recorded and logged" in said(page)
    head = as_head(demo)
    head.goto(f"{extension}attestation/")
    assert head.get_by_role("button", name="Issue and publish").get_attribute("aria-disabled") == "true"
    assert "art. 22" in said(head)
    page.context.close()
    head.context.close()


@pytest.fixture(scope="module")
def issued(demo: Demo, extension: str) -> str:
    """Sign as lead auditor and head, issue, and return the address of the certificate in the workspace."""
    lead, head = at_desk(demo, "lead_auditor"), as_head(demo)
    for page in (lead, head):
        page.goto(f"{extension}decision/")
        press(page, "Sign as")
        assert "Your signature is recorded" in said(page)
    head.goto(f"{extension}attestation/")
    press(head, "Issue and publish")
    assert "It is issued, signed, published and logged." in said(head)
    address = head.url.removeprefix(demo.url)
    lead.context.close()
    head.context.close()
    return address


@pytest.fixture(scope="module")
def files(demo: Demo, issued: str, tmp_path_factory: Any) -> Any:
    """Return a folder with the offline bundle, the credential and the trust file, as a visitor downloads them."""
    page = demo.visitor().new_page()
    page.goto(f"/c/{issued.rstrip('/').rsplit('/', 1)[-1]}")
    until = time.monotonic() + 90  # the background work numbers a new entry, then its cosigners are asked
    while "Witnessed by 2 of 2 cosigners" not in said(page):
        assert time.monotonic() < until, said(page)
        time.sleep(1)
        page.reload()
    assert "Valid" in said(page)[:400]
    folder = tmp_path_factory.mktemp("downloads")
    links = {
        "bundle.json": hrefs(page, r"/c/[0-9A-Z]{10}/bundle")[0],
        "certificate.jwt": hrefs(page, r"/c/[0-9A-Z]{10}\.jwt")[0],
        "trust.json": "/trust/roots.json",
    }
    for name, address in links.items():
        got = page.request.get(address)
        assert got.ok, (address, got.status)
        (folder / name).write_bytes(got.body())
    page.context.close()
    return folder


def test_a_stranger_without_the_platform_finds_the_new_edition_valid(demo, files) -> None:
    told = demo.command("verify", str(files / "bundle.json"), "--trust", str(files / "trust.json"), "--json")
    verdict = json.loads(told)
    assert (verdict["result"], verdict["at_issue"]) == ("VALID", "VALID"), verdict


def test_an_altered_credential_is_told_from_the_right_one(demo, files) -> None:
    context = demo.visitor()
    page = context.new_page()
    heard = complaints(page)
    right = (files / "certificate.jwt").read_bytes()
    head, body, signature = right.strip().split(b".")
    claims = base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4))
    assert b"Sample Precision" in claims
    forged = base64.urlsafe_b64encode(claims.replace(b"Sample Precision", b"Simple Precision")).rstrip(b"=")
    wrong = b".".join([head, forged, signature])
    for content, verdict in ((wrong, "INVALID_SIGNATURE"), (right, "VALID")):
        page.goto("/verify")
        page.locator("#drop-file").set_input_files(
            {"name": "certificate.jwt", "mimeType": "text/plain", "buffer": content}
        )
        page.wait_for_selector("html[data-verifier=ready]", state="attached")
        page.get_by_role("button", name="Check this file").click()
        page.wait_for_selector(f"main [data-code={verdict}]")
    assert heard == []
    context.close()


def test_a_wrong_organisation_code_is_explained_at_its_field(demo) -> None:
    context = demo.visitor()
    page = context.new_page()
    page.goto("/join/")
    for name, value in {
        "name_zh": "示例轴承有限公司", "name_en": "Sample Bearings Co., Ltd.", "uscc": "91350100M000100Y48",
        "address_zh": "示例市示例路8号", "person_zh": "示例郑", "email": "zheng@sample.example",
        "password": "a long sample password", "password_again": "a long sample password",
    }.items():  # fmt: skip
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=allowed]").check()
    press(page, "Register")
    assert "The last character should be 3, not 8" in said(page)
    assert page.locator("[name=uscc]").input_value() == "91350100M000100Y48"
    assert page.locator("[name=uscc]").get_attribute("aria-invalid") == "true"
    assert page.locator("[name=name_zh]").input_value() == "示例轴承有限公司"
    context.close()


def test_who_audited_reads_by_which_clause_they_may_not_decide(demo) -> None:
    page = at_desk(demo, "decider")
    address = led_to(page, r"/w/cases/[0-9A-Z]{10}/decision/")
    page.context.close()
    demo.command("manage", "shell", "-c", _GIVE.format(functions=["determination", "surveillance", "decision"]))
    try:
        page = at_desk(demo, "lead_auditor")
        page.goto(address)
        assert page.locator("main button[aria-disabled=true]").count() == 1
        assert page.locator("input[name=outcome]").count() == 0
        assert "took part in the determination of this case and cannot act here" in said(page)
        assert "Regulations on Certification and Accreditation, art. 22" in said(page)
        page.context.close()
    finally:
        demo.command("manage", "shell", "-c", _GIVE.format(functions=["determination", "surveillance"]))


_GIVE = """
from testamur.parties.models import Account, Membership
lead = Account.objects.get(demo_role="lead_auditor").person
assert Membership.objects.filter(person=lead).update(functions={functions}) == 1
"""


def test_somebody_elses_case_is_no_page(demo) -> None:
    planner, applicant = at_desk(demo, "planner"), at_desk(demo, "applicant")
    planner.goto("/w/cases/")
    applicant.goto("/w/cases/")
    others = set(hrefs(planner, CASE)) - set(hrefs(applicant, CASE))
    assert others
    for address in sorted(others)[:3]:
        for part in ("", "findings/", "files/"):
            assert applicant.goto(f"{address}{part}").status == 404
    planner.context.close()
    applicant.context.close()


def test_an_application_is_filled_in_and_handed_in_without_scripts(demo) -> None:
    page = at_desk(demo, "applicant", scripts=False)
    page.goto("/w/apply/cn-ems/")
    page.locator("input[name=issuer]").first.check()
    page.locator("input[name=together]").first.check()
    press(page, "Open the application")
    for field in ("applicant", "sites"):  # what the register knows is offered
        page.locator(f"button[name=_take][value={field}]").click()
    page.locator("[name=activities]").fill("Manufacture of turned metal parts")
    press(page, "Save the draft")
    press(page, "Check my answers")
    assert page.get_by_role("button", name="Hand in the application").first.get_attribute("aria-disabled") == "true"
    assert "“Industry” needs an answer." in said(page)
    page.get_by_role("link", name="Change something").click()
    assert page.locator("[name=activities]").input_value() == "Manufacture of turned metal parts"
    page.locator("input[name=nace][value='25.62']").check()
    page.locator("[name=full_time]").fill("128")
    page.locator("[name=system_started]").fill("2025-11-01")
    page.locator("[name=manual]").set_input_files(paper("Manual.pdf"))
    press(page, "Check my answers")
    press(page, "Hand in the application")
    assert "The application is handed in" in said(page)
    page.context.close()
