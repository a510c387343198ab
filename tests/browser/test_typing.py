"""Forms, each sent once with what is wrong and once with what is right; last, because it changes the sample world."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.demo import hrefs
from tests.browser.test_path import at_desk, led_to, paper, press, said

ATTESTATION = r"/w/certificates/[0-9A-Z]{10}/"


def refused(page: Any) -> str:
    """Return the summary of what is wrong: it has the focus, and each of its links leads to a field of the page."""
    summary = page.locator("#errors")
    summary.wait_for()
    assert page.evaluate("document.activeElement.id") == "errors"
    for target in page.eval_on_selector_all("#errors a[href^='#']", "links => links.map(link => link.hash.slice(1))"):
        assert page.locator(f"[id='{target}']").count() == 1, f"{target} leads nowhere"
    assert "Traceback" not in said(page)
    return summary.inner_text()


def held(page: Any, number: str = "00126Q00001R0S") -> str:
    """Return the address of a certificate of the list, in the workspace of whoever sits here."""
    page.goto(f"/w/certificates/?q={number}")
    return hrefs(page, ATTESTATION)[0]


def test_a_complaint_wants_its_kind_and_its_words(demo) -> None:
    page = at_desk(demo, "applicant")
    page.goto(f"{held(page)}report/")
    press(page, "Send")
    assert "2 answers need another look" in refused(page)
    page.locator("main input[type=radio]").first.check()
    page.locator("main textarea").first.fill("A buyer says that the parts of lot 7 were never measured.")
    press(page, "Send")
    assert "Your report is with the issuer" in said(page)
    page.context.close()


def test_an_application_explains_a_wrong_code_and_keeps_it(demo) -> None:
    page = at_desk(demo, "applicant")
    page.goto("/w/apply/cn-qms/")
    page.locator("main button[type=submit]").last.click()
    page.wait_for_url("**/application/")
    page.locator("[name=uscc]").fill("91330200MAX0002180")
    page.locator("[name=full_time]").fill("many")
    press(page, "Check my answers")
    read = said(page)
    assert "The last character should be" in read
    page.get_by_role("link", name="Change something").first.click()
    page.wait_for_url("**/application/")
    assert page.locator("[name=uscc]").input_value() == "91330200MAX0002180"
    assert page.locator("[name=full_time]").input_value() == "many"
    page.locator("[name=uscc]").fill("91330200MAX000218A")
    press(page, "Check my answers")
    assert "The last character should be" not in said(page)
    page.context.close()


def test_a_site_wants_a_name(demo) -> None:
    page = at_desk(demo, "applicant")
    page.goto("/w/organisation/sites/new/")
    with page.expect_navigation():
        page.locator("main button[type=submit]").last.click()
    assert page.locator("main [name=name_zh][aria-invalid=true], main [name=name_en][aria-invalid=true]").count()
    page.locator("main [name=name_en]").fill("Sample third works")
    press(page, "Add the site")
    # A name in one script is enough; what is wrong now is the address.
    assert not page.locator("main [name=name_zh][aria-invalid=true], main [name=name_en][aria-invalid=true]").count()
    assert "Give the address in at least one script." in said(page)
    for field, text in (("address_zh", "宁波市示例工业区23号"), ("headcount", "12")):
        page.locator(f"main [name={field}]").fill(text)
    press(page, "Add the site")
    assert page.locator("main .t-error").count() == 0, page.locator("main .t-error").all_inner_texts()
    page.goto("/w/organisation/")
    assert "Sample third works" in said(page)
    page.context.close()


def test_an_application_is_not_accepted_before_its_questions_are_answered(demo) -> None:
    page = at_desk(demo, "planner")
    address = led_to(page, r"/w/cases/[0-9A-Z]{10}/application-review/")
    page.goto(address)
    press(page, "Accept and plan")
    refused(page)
    for yes in page.locator("main input[type=radio][value=true]").all():
        yes.check()
    press(page, "Accept and plan")
    assert page.locator("#errors").count() == 0, refused(page)
    page.context.close()


def test_a_visit_does_not_end_before_it_begins(demo) -> None:
    page = at_desk(demo, "planner")
    page.goto("/w/cases/?stage=selection")
    for case in hrefs(page, r"/w/cases/[0-9A-Z]{10}/"):
        if page.goto(f"{case}team/").status == 200:
            break
    form = page.locator("main form").filter(has=page.get_by_role("button", name="Plan the visit"))
    form.locator("input[type=checkbox]").first.check()
    form.locator("input[type=date]").nth(0).fill("2027-03-04")
    form.locator("input[type=date]").nth(1).fill("2027-03-02")
    press(page, "Plan the visit")
    refused(page)
    form.locator("input[type=date]").nth(1).fill("2027-03-05")
    press(page, "Plan the visit")
    assert "4 Mar 2027" in said(page)
    page.context.close()


def test_competence_is_judged_in_something(demo) -> None:
    page = at_desk(demo, "planner")
    page.goto("/w/people/")
    page.get_by_role("link", name="Sample Lin").click()
    page.wait_for_url("**/w/people/*/")
    page.locator("[name=role]").select_option(label="Lead auditor")
    page.locator("[name=evidence]").fill("Six audits seen; file 12.")
    press(page, "Record the judgement")
    assert "competence is for something" in refused(page)
    page.get_by_label("GB/T 24001-2016").first.check()
    page.get_by_label(re.compile("^28 ")).first.check()
    press(page, "Record the judgement")
    assert "The judgement is recorded" in said(page)
    page.context.close()


def test_a_suspension_wants_a_ground_and_shows_first_what_the_public_will_see(demo) -> None:
    page = at_desk(demo, "decider")
    address = held(page, "00126Q00002R0S")
    page.goto(f"{address}suspension/")
    press(page, "^Suspend the certificate")
    refused(page)
    page.locator("main input[name=ground]").first.check()
    page.locator("[name='reason-en']").fill("The special assessment was not done in its time.")
    press(page, "Show what the public will see")
    assert "suspended" in said(page)
    press(page, "^Suspend the certificate")
    assert "Done, logged and published" in said(page)

    holder = at_desk(demo, "regulator")
    holder.goto("/search?q=00126Q00002R0S")
    assert "suspended" in said(holder)
    page.context.close()
    holder.context.close()


def test_looking_into_a_case_wants_a_reason(demo) -> None:
    page = at_desk(demo, "regulator")
    page.goto("/w/oversight/")
    row = page.locator("details.ws-look").first
    row.locator("summary").click()
    row.get_by_role("button").click()
    assert row.locator("input[name=reason]:invalid").count() == 1
    row.locator("input[name=reason]").fill("Complaint 2026-17 names this case.")
    with page.expect_navigation():
        row.get_by_role("button").click()
    assert page.locator("h1").count() == 1
    page.goto("/w/oversight/")
    assert "open to you for a day" in said(page)
    page.context.close()


def test_a_wrong_code_of_an_authenticator_is_said(demo) -> None:
    page = at_desk(demo, "applicant")
    page.goto("/accounts/2fa/totp/activate/")
    page.locator("input[name=code]").fill("000000")
    with page.expect_navigation():
        page.locator("main button[type=submit]").last.click()
    assert page.locator("main [aria-invalid=true]").count() == 1
    page.context.close()


@pytest.mark.parametrize(
    ("address", "bad", "good", "answer"),
    [
        ("/calculators/CN.uscc", {"code": "9133"}, {"code": "91330200MAX000218A"}, "in order"),
        ("/calculators/MD5.audit_time", {"personnel": "many"}, {"personnel": "30"}, "5.5"),
    ],
)
def test_a_calculator_says_what_it_lacks_and_shows_its_working(demo, address, bad, good, answer) -> None:
    page = demo.visitor().new_page()
    page.goto(address)
    for typed, expected in ((bad, ""), (good, answer)):
        for choice, index in zip(page.locator("main form select").all(), (2, 2), strict=False):
            choice.select_option(index=index)  # environmental management of medium complexity
        for name, text in typed.items():
            page.locator(f"main form [name={name}]").fill(text)
        with page.expect_response(lambda answer: address in answer.url):
            page.get_by_role("button", name="Calculate").click()
        page.wait_for_timeout(100)  # until the answer stands in its place
        result = page.locator("#result").inner_text()
        assert "Traceback" not in result
        assert expected in result
    assert page.locator("#result .source").count() >= 1
    page.context.close()


def test_an_empty_file_and_a_text_are_no_credentials(demo) -> None:
    page = demo.visitor().new_page()
    for content in (b"", b"This is no credential."):
        page.goto("/verify")
        page.wait_for_selector("html[data-verifier=ready]", state="attached")
        page.locator("#drop-file").set_input_files(paper("certificate.jwt", content))
        page.get_by_role("button", name="Check this file").click()
        page.wait_for_selector("[data-verify-answer] [data-code], [data-verify-answer] [role=alert]")
        read = said(page)
        assert "Traceback" not in read
        assert page.locator("h1").count() == 1
        assert re.search("empty|0 bytes|not a credential|cannot be read|no credential|not readable", read), read[:400]
    page.context.close()
