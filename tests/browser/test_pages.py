"""Every kind of page, for everybody who opens it, on a wide screen and a telephone, in English and in Chinese."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.demo import NAMES, TAGS, Demo, complaints, hrefs

#: Language → width at which barriers are looked for, then the width to which the open page is drawn.
WIDTHS = {"en": (1280, 390), "zh": (390, 1280)}
#: The certificates of the sample world that live through something.
FATES = ("00126Q00002R0S", "00126Q00003R0S", "00126Q00004R0S", "00126Q00005R0S", "LAMP-2026-000001")
TURN = r"/w/(cases|certificates|decisions|appeals|oversight)/[^?#]+"
CASE, ATTESTATION = r"/w/cases/[0-9A-Z]{10}/", r"/w/certificates/[0-9A-Z]{10}/"


@pytest.fixture(scope="module")
def public(demo: Demo) -> dict[str, str]:
    """Return name → address of one page of every public kind, found as a visitor finds them: by links."""
    context = demo.visitor()
    page = context.new_page()
    found = {
        "home": "/", "about": "/about", "verify": "/verify", "log": "/log", "sign in": "/accounts/login/",
        "join": "/join/", "demo": "/demo/", "nothing found": "/search?q=no+such+record",
        "no record": "/answer?number=00126Q99999R0S",
        "search": "/search?q=Sample",
    }  # fmt: skip
    for name, address, pattern in (
        ("body", "/bodies", r"/bodies/[0-9A-Z]{10}"),
        ("scheme", "/schemes", r"/schemes/[^/?]+/[^/?]+"),
        ("rule", "/calculators", r"/calculators/[^?]+"),
        ("standard", "/standards", r"/standards/[^?]+"),
        ("authority", "/changes", r"/acc/[0-9A-Z]{10}"),
    ):
        page.goto(address)
        found[f"{name}, the list"] = address
        found[name] = hrefs(page, pattern)[0]
    page.goto("/changes")
    for link in page.locator("main a[href^='/c/']").all():
        if (number := link.inner_text().strip()) in FATES:
            found.setdefault(f"certificate {number}", link.get_attribute("href"))
    assert len([name for name in found if name.startswith("certificate")]) == len(FATES)
    # Where the code on the paper of the first edition leads to.
    found["an earlier edition"] = f"{found['certificate 00126Q00003R0S']}?edition=1"
    context.close()
    return found


def own(demo: Demo, role: str) -> dict[str, str]:
    """Return name → address of the pages a role lives with; what looks alike for all is looked at once."""
    context = demo.visitor(role)
    page = context.new_page()
    page.goto("/w/")
    found = {"inbox": "/w/", "cases": "/w/cases/", "certificates": "/w/certificates/"}
    menu = page.eval_on_selector_all("a[href^='/w/']", "links => links.map(link => link.getAttribute('href'))")
    found |= {name: f"/w/{name}/" for name in ("organisation", "oversight", "people") if f"/w/{name}/" in menu}
    if turns := hrefs(page, TURN):
        found["first turn"] = turns[0]
    for name, address, pattern in (("case", "/w/cases/", CASE), ("certificate", "/w/certificates/", ATTESTATION)):
        page.goto(address)
        if some := hrefs(page, pattern):
            found[name] = some[0]
    if role == "applicant":
        found |= {f"case, {part}": f"{found['case']}{part}/" for part in ("events", "files", "findings")}
        found |= {"help": "/w/help/", "schemes": "/w/schemes/", "apply": "/w/apply/"}
        found["apply, begin"] = "/w/apply/cn-qms/"
    context.close()
    return found


def too_wide(page: Any) -> list[str]:
    """Return by how much a page must be moved sideways to be read."""
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{over} px too wide at {page.viewport_size['width']}"] if over else []


def look(page: Any, address: str, language: str, barriers: Any) -> list[str]:
    """Return what is wrong with a page."""
    first, second = WIDTHS[language]
    page.set_viewport_size({"width": first, "height": 900})
    answer = page.goto(address)
    wrong = [] if answer.status == 200 else [f"status {answer.status}"]
    if (tag := page.locator("html").get_attribute("lang")) != TAGS[language]:
        wrong.append(f"lang is {tag}")
    if (count := page.locator("h1").count()) != 1:
        wrong.append(f"{count} headings of the first level")
    page.keyboard.press("Tab")
    if not page.evaluate("document.activeElement.matches('a[href^=\"#\"]') && document.activeElement.offsetWidth > 1"):
        wrong.append("the first Tab does not reach the link past the navigation")
    wrong += too_wide(page) + barriers(page)
    page.set_viewport_size({"width": second, "height": 900})
    return wrong + too_wide(page)


def walk(demo: Demo, role: str, pages: dict[str, str], language: str, barriers: Any) -> dict[str, list[str]]:
    """Open pages one after the other; returns address → what was wrong."""
    context = demo.visitor(role, language=language)
    page = context.new_page()
    heard = complaints(page)
    wrong: dict[str, list[str]] = {}
    for name, address in pages.items():
        found = look(page, address, language, barriers) + heard
        heard.clear()
        if found:
            wrong[f"{language}, {name}: {address}"] = found
    context.close()
    return wrong


@pytest.mark.parametrize("language", WIDTHS)
def test_a_public_page_is_whole_and_has_no_barrier(demo, public, barriers, language) -> None:
    assert walk(demo, "", public, language, barriers) == {}


@pytest.mark.parametrize("role", NAMES)
def test_a_page_of_the_workspace_is_whole_and_has_no_barrier(demo, barriers, role) -> None:
    pages = own(demo, role)
    assert walk(demo, role, pages, "en", barriers) | walk(demo, role, pages, "zh", barriers) == {}


@pytest.mark.parametrize(
    ("number", "en", "zh"),
    [
        ("00126Q00002R0S", "Valid", "有效"),
        ("00126Q00004R0S", "Not valid: suspended", "暂停"),
        ("00126Q00005R0S", "Not valid: withdrawn", "撤销"),
    ],
)
def test_a_certificates_page_begins_with_its_status(demo, public, number, en, zh) -> None:
    for language, word in (("en", en), ("zh", zh)):
        context = demo.visitor(language=language)
        page = context.new_page()
        page.goto(public[f"certificate {number}"])
        assert word in page.locator("main").inner_text()[:400]
        context.close()


def test_an_earlier_edition_says_that_a_later_one_replaced_it(demo, public) -> None:
    context = demo.visitor()
    page = context.new_page()
    page.goto(public["an earlier edition"])
    assert "a newer edition is current" in page.locator("main").inner_text()
    context.close()


def test_changing_the_language_stays_on_the_page(demo, public) -> None:
    certificate = public["certificate 00126Q00004R0S"]
    for role, address in (("", certificate), ("", "/search?q=Sample"), ("regulator", "/w/cases/")):
        context = demo.visitor(role)
        page = context.new_page()
        page.goto(address)
        page.get_by_role("button", name="中文").first.click()
        page.wait_for_load_state()
        assert page.url == demo.url + address
        assert page.locator("html").get_attribute("lang") == "zh-Hans"
        context.close()
