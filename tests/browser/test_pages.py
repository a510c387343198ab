"""Every kind of page, for everybody who opens it, on a wide screen and a telephone, in English and in Chinese."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.demo import NAMES, TAGS, Demo, complaints, hrefs

#: Language → width at which barriers are looked for, then the width to which the open page is drawn.
WIDTHS = {"en": (1280, 390), "zh": (390, 1280)}
#: The certificates of the sample world that live through something.
FATES = ("00126Q00002R0S", "00126Q00003R0S", "00126Q00004R0S", "00126Q00005R0S", "LAMP-2026-000001")
TURN = r"/w/(cases|certificates|decisions|appeals|oversight)/[^?#]+"
CASE, ATTESTATION = r"/w/cases/[0-9A-Z]{10}/", r"/w/certificates/[0-9A-Z]{10}/"
ACTS = ("suspension", "restoration", "reduction", "withdrawal", "cancellation", "change")
#: What a page in Chinese may say in Latin letters alone: names of the sample world, what people typed or called their
#: files, addresses, names of file formats and of products, designations of documents, a number with its unit.
LATIN = (
    r"Sample .*|Testamur|Atom|ICS|Excel（XLSX）|https?://\S+|/\S+|did:\S+|[\w-]+@[\w.-]+|"
    r"[\w .-]+\.(pdf|png|docx|xlsx|zip)|(IAF|ISO|IEC|GB|CNCA|CNAS|CCAA)\b.*|Regulations on Certification .*|"
    r"\(invented for.*|.*\bSample standard for lamps.*|"
    r"The new coating line .*|Two operators .*|Line C, .*|Evidence is sufficient .*|Development of .*|"
    r"[\d.,]+ min|(– … · )?Sample file .*|Attendance|Documents|Checklist|Photographs"
)
#: Symbols of ISO 13528 that every language writes so.
SYMBOLS = re.compile(r"\b[xu]_pt\b")
#: Text of the page a person reads, each piece apart; codes, numbers in fixed width and other languages say themselves.
PIECES = """() => {
  const apart = 'script,style,noscript,code,pre,kbd,textarea,option,.ws-mono,.t-hash,svg title,svg desc,[lang=en]';
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim();
    if (text && !walk.currentNode.parentElement.closest(apart)) found.push(text);
  }
  return found;
}"""


#: Navigation of which a part is seen only when it is moved sideways.
SIDEWAYS = """() => [...document.querySelectorAll('nav, nav ul, .ws-tabs, .ws-filters')]
  .filter(one => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible')
  .map(one => one.className || one.getAttribute('aria-label'))"""


@pytest.fixture(scope="module")
def public(demo: Demo) -> dict[str, str]:
    """Return name → address of one page of every public kind, found as a visitor finds them: by links."""
    context = demo.visitor()
    page = context.new_page()
    found = {
        "home": "/", "about": "/about", "verify": "/verify", "log": "/log", "sign in": "/accounts/login/",
        "join": "/join/", "demo": "/demo/", "nothing found": "/search?q=no+such+record",
        "forgotten": "/accounts/password/reset/",
        "a code refused": "/calculators/CN.uscc?ask=1&code=91350100M000100Y48", "an entry": "/log?entry=1",
        "a scheme's versions": "/schemes/cn-qms/differences", "a cited source": "/sources/iso-17021-1@2015",
        "no record": "/answer?number=00126Q99999R0S",
        "working": "/calculators/MD5.audit_time?ask=1&scheme=EMS&personnel=112&complexity=medium",
        "working of a sample": "/calculators/MD1.sample?ask=1&n=25",
        "methods": "/methods", "method": "/methods/xbar_r", "method without data": "/methods/control_chart_constants",
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
    for listed in ("/changes?scheme=voluntary-product-type5", "/changes?scheme=cn-qms", "/changes"):
        page.goto(listed)
        for link in page.locator("main a[href^='/c/']").all():
            if (number := link.inner_text().strip()) in FATES:
                found.setdefault(f"certificate {number}", link.get_attribute("href"))
    assert len([name for name in found if name.startswith("certificate")]) == len(FATES)
    # Where the code on the paper of the first edition leads to.
    found["an earlier edition"] = f"{found['certificate 00126Q00003R0S']}?edition=1"
    context.close()
    return found


def own(demo: Demo, role: str) -> dict[str, str]:
    """Return name → address of the pages a role lives with; what looks alike for all is looked at for one."""
    context = demo.visitor(role)
    page = context.new_page()
    page.goto("/w/")
    found = {"inbox": "/w/"}
    turns = hrefs(page, TURN)
    found |= {f"turn {number}": address for number, address in enumerate(turns[:2])}
    for name, address, pattern in (("case", "/w/cases/", CASE), ("certificate", "/w/certificates/", ATTESTATION)):
        page.goto(address)
        if some := hrefs(page, pattern):
            found[name] = some[0]
    if "case" in found and role in ("lead_auditor", "regulator"):
        found |= {"cases": "/w/cases/", "certificates": "/w/certificates/"}
    if role in OWN:
        found |= OWN[role](page, found)
    context.close()
    return found


def _of_the_applicant(page: Any, found: dict[str, str]) -> dict[str, str]:
    page.goto("/w/apply/cn-ems/")
    page.locator("main button[type=submit]").last.click()
    page.wait_for_url("**/application/")
    draft = hrefs(page, CASE)[0]
    extension = next(address for name, address in found.items() if name.startswith("turn")).split("findings/")[0]
    page.goto(f"{extension}findings/")
    return {
        **{f"case, {part}": f"{extension}{part}/" for part in ("events", "files", "findings", "plan", "determination")},
        "finding": hrefs(page, f"{extension}findings/[0-9A-Z]+/")[0],
        "draft": f"{draft}application/", "draft, check": f"{draft}application/check/", "draft, overview": draft,
        "report": f"{found['certificate']}report/",
        "help": "/w/help/", "schemes": "/w/schemes/", "apply": "/w/apply/", "apply, begin": "/w/apply/cn-qms/",
        "search": "/w/search/?q=Sample", "search, nothing": "/w/search/?q=zzzz",
        **{f"organisation, {part}": f"/w/organisation/{part}"
           for part in ("", "people/", "details/", "code/", "owners/", "sites/new/", "people/invitation/", "tokens/",
                        "tokens/new/", "keys/")},
        **{f"account, {part}": f"/accounts/{part}/"
           for part in ("2fa", "2fa/totp/activate", "2fa/webauthn/add", "email", "password/set", "logout")},
    }  # fmt: skip


def _of_the_planner(page: Any, found: dict[str, str]) -> dict[str, str]:
    page.goto("/w/people/")
    person = hrefs(page, r"/w/people/[0-9A-Z]+/")[1]
    page.goto("/w/")
    case = next(one for one in hrefs(page, TURN) if "application-review" in one).removesuffix("application-review/")
    page.goto("/w/cases/?stage=determination")
    later = hrefs(page, CASE)[0]
    return {
        "people": "/w/people/", "person": person, "application": f"{case}application/",
        "application review": f"{case}application-review/", "team": f"{later}team/", "plan": f"{later}plan/",
    }  # fmt: skip


def _of_the_auditor(page: Any, found: dict[str, str]) -> dict[str, str]:
    case = found["turn 0"].split("determination/")[0]
    page.goto(f"{case}determination/")
    activities = hrefs(page, f"{case}determination/[0-9A-Z]+/")
    page.goto("/w/cases/?stage=done")
    issued = hrefs(page, CASE)[0]
    return {
        **({"activity": activities[0]} if activities else {}),
        "decided": f"{issued}decision/",
        "issued": f"{issued}attestation/",
    }


def _of_the_decider(page: Any, found: dict[str, str]) -> dict[str, str]:
    acts = {}
    for status in ("valid", "suspended"):
        page.goto(f"/w/certificates/?status={status}")
        for certificate in hrefs(page, ATTESTATION):
            page.goto(certificate)
            for address in hrefs(page, f"{certificate}({'|'.join(ACTS)})/"):
                acts.setdefault(address.split("/")[-2], address)
    assert set(acts) == set(ACTS)
    return acts


def _of_the_regulator(_page: Any, _found: dict[str, str]) -> dict[str, str]:
    return {
        "oversight": "/w/oversight/", "keys": "/w/organisation/keys/", "key": "/w/organisation/keys/k1/revocation/",
    }  # fmt: skip


OWN = {
    "applicant": _of_the_applicant,
    "planner": _of_the_planner,
    "decider": _of_the_decider,
    "lead_auditor": _of_the_auditor,
    "regulator": _of_the_regulator,
}


def too_wide(page: Any) -> list[str]:
    """Return by how much a page must be moved sideways to be read."""
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    wide = page.viewport_size["width"]
    found = [f"{over} px too wide at {wide}"] if over else []
    return found + [f"navigation is moved sideways at {wide}: {one}" for one in page.evaluate(SIDEWAYS)]


def untranslated(page: Any) -> list[str]:
    """Return what a page in Chinese says in Latin letters alone, and ids of data that stand in a sentence."""
    found = []
    for piece in page.evaluate(PIECES):
        piece = SYMBOLS.sub("x", piece)
        chinese = re.search(r"[\u4e00-\u9fff]", piece)
        if not chinese and re.search(r"[a-z]{3}", piece) and not re.fullmatch(LATIN, piece, re.DOTALL):
            found.append(f"not in Chinese: {piece[:80]}")
        elif chinese and re.search(r"\b[a-z]+_[a-z]+\b|\b[a-z]{2,}\.[a-z]{2,}\b(?!\.\w)|[a-z]-\d+@", piece):
            found.append(f"an id: {piece[:80]}")
    return list(dict.fromkeys(found))


def look(page: Any, address: str, language: str, barriers: Any, status: int = 200) -> list[str]:
    """Return what is wrong with a page."""
    first, second = WIDTHS[language]
    page.set_viewport_size({"width": first, "height": 900})
    answer = page.goto(address)
    wrong = [] if answer.status == status else [f"status {answer.status}"]
    if (tag := page.locator("html").get_attribute("lang")) != TAGS[language]:
        wrong.append(f"lang is {tag}")
    if (count := page.locator("h1").count()) != 1:
        wrong.append(f"{count} headings of the first level")
    led = page.evaluate("document.activeElement.id") == "errors"  # what is wrong with a form has the focus already
    page.keyboard.press("Tab")
    skips = page.evaluate("document.activeElement.matches('a[href^=\"#\"]') && document.activeElement.offsetWidth > 1")
    if not led and not skips:
        wrong.append("the first Tab does not reach the link past the navigation")
    wrong += too_wide(page) + barriers(page) + (untranslated(page) if language == "zh" else [])
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
        with page.expect_navigation():
            page.get_by_role("button", name="中文").first.click()
        assert page.url == demo.url + address
        assert page.locator("html").get_attribute("lang") == "zh-Hans"
        context.close()


def test_the_links_of_the_workspace_unfold_by_keyboard_on_a_telephone_and_lie_open_beside_a_wide_page(demo) -> None:
    for scripts in (True, False):
        context = demo.visitor("planner", width=390, scripts=scripts)
        page = context.new_page()
        page.goto("/w/cases/")
        menu, link = page.locator(".ws-nav summary"), page.locator(".ws-nav a[href='/w/people/']")
        assert (menu.is_visible(), link.is_visible()) == (True, False)
        menu.focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert link.is_visible()
        assert page.locator(":focus").evaluate("one => Boolean(one.closest('.ws-nav'))")
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto("/w/cases/")
        assert (menu.is_visible(), link.is_visible()) == (False, True)
        link.click()
        page.wait_for_url("**/w/people/")
        context.close()


def test_an_address_that_leads_nowhere_says_so_and_leads_on(demo, barriers) -> None:
    for role, address, language in (
        ("", "/nothing", "en"),
        ("", "/bodies/0000000000", "zh"),
        ("planner", "/w/cases/0/", "zh"),
    ):
        context = demo.visitor(role, language=language, width=390)
        page = context.new_page()
        assert page.goto(address).status == 404
        assert page.locator("h1").inner_text() == {"en": "No such page", "zh": "没有此页面"}[language]
        assert page.locator("main a[href='/w/']").count() == (1 if role else 0)
        assert too_wide(page) + barriers(page) == []
        context.close()
