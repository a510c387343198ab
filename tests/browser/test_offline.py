"""A visitor's own browser checks certificates: on the page of one, from a file, and with the network switched off."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

from testamur.files import typesetting
from tests.browser.demo import complaints, hrefs


@pytest.fixture(scope="module")
def visitor(demo) -> Any:
    context = demo.visitor()
    yield context
    context.close()


@pytest.fixture(scope="module")
def certificate(demo, visitor) -> str:
    """Return the address of a certificate that is valid today and has public files."""
    page = visitor.new_page()
    page.goto("/search?status=valid")
    for address in hrefs(page, r"/c/[0-9A-Z]{10}"):
        page.goto(address)
        if page.locator("[data-browser-check]").count() and "Valid" in page.locator("#verdict-word").inner_text():
            page.close()
            return address
    raise AssertionError("the sample world shows no valid certificate with public files")


def settled(page: Any) -> None:
    page.wait_for_selector("html[data-verifier=ready], [data-browser-check][data-done]", state="attached")


def test_the_page_of_a_certificate_is_checked_by_the_browser_itself(visitor, certificate):
    page = visitor.new_page()
    heard = complaints(page)

    page.goto(certificate)
    settled(page)

    assert page.locator("[data-browser-check]").get_attribute("data-code") == "VALID"
    assert page.locator("[data-browser-check] .t-checks > .t-c--valid").count() == 7
    assert page.locator("[data-browser-check] .t-branch li").count() >= 3
    assert heard == []
    page.close()


def digests(page: Any) -> dict[str, str]:
    return json.loads(page.locator("[data-browser-check]").get_attribute("data-digests"))


def test_the_code_on_a_paper_is_compared_with_what_the_page_serves(visitor, certificate):
    page = visitor.new_page()
    page.goto(certificate)
    right = list(digests(page).values())[-1][:16]
    wrong = right[:-4] + ("AAAA" if right[-4:] != "AAAA" else "BBBB")

    page.goto("/about")
    page.goto(f"{certificate}#{right}")
    settled(page)
    assert "the very document whose code you scanned" in page.locator("[data-browser-check]").inner_text()
    page.goto("/about")
    page.goto(f"{certificate}#{wrong}")
    settled(page)

    assert page.locator("[data-browser-check]").get_attribute("data-code") == "SWAPPED"
    assert page.locator("[data-browser-check] [role=alert]").count() == 1
    page.close()


def test_the_code_of_an_earlier_edition_opens_that_edition(demo, visitor):
    page = visitor.new_page()
    page.goto("/search?status=valid")
    for address in hrefs(page, r"/c/[0-9A-Z]{10}"):
        page.goto(address)
        if page.locator("[data-browser-check]").count() and len(known := digests(page)) > 1:
            break
    else:
        raise AssertionError("the sample world shows no certificate with two editions")
    first = min(known, key=int)

    page.goto("/about")
    page.goto(f"{address}#{known[first][:16]}")
    page.wait_for_url(re.compile(rf"edition={first}"))
    settled(page)

    assert page.locator("[data-browser-check]").get_attribute("data-code") == "SUPERSEDED"
    page.close()


def hand_in(page: Any, name: str, data: bytes) -> str:
    """Choose a file on the verifier's page and return the code it says."""
    page.locator("[data-verify-answer]").evaluate("(place) => place.replaceChildren()")
    page.locator("#drop-file").set_input_files({"name": name, "mimeType": "application/json", "buffer": data})
    page.locator("[data-verify-form] button[type=submit]").click()
    page.wait_for_selector("[data-verify-answer] [data-code], [data-verify-answer] [role=alert]")
    found = page.locator("[data-verify-answer] [data-code]")
    return found.get_attribute("data-code") if found.count() else page.locator("[data-verify-answer]").inner_text()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_after_one_visit_a_bundle_is_checked_with_the_network_off(demo, certificate, language):
    context = demo.visitor(language=language)
    page = context.new_page()
    bundle = page.request.get(f"{certificate}/bundle").body()
    page.goto("/verify")
    settled(page)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method != "GET" else None)

    context.set_offline(True)
    page.goto("/verify")
    settled(page)

    assert hand_in(page, "a.bundle.json", bundle) == "VALID"
    assert {"en": "Valid", "zh": "有效"}[language] == page.locator("#browser-verdict-word").inner_text()
    facts = json.loads(bundle)
    path = facts["credential"]
    signature = facts["files"][path][2]
    facts["files"][path][2] = signature[:-6] + ("AAAAAA" if signature[-6:] != "AAAAAA" else "BBBBBB")
    assert hand_in(page, "b.bundle.json", json.dumps(facts).encode()) in ("INVALID_SIGNATURE", "MALFORMED")
    assert sent == []
    context.close()


def test_the_address_on_a_paper_opens_without_network_what_was_kept(demo, certificate):
    context = demo.visitor()
    page = context.new_page()
    page.goto(certificate)
    settled(page)

    context.set_offline(True)
    page.goto(certificate)
    settled(page)

    assert page.locator("[data-verify-answer] [data-code]").get_attribute("data-code") == "VALID"
    context.close()


def test_a_persons_own_trust_file_decides(demo, certificate, barriers):
    context = demo.visitor()
    page = context.new_page()
    bundle = page.request.get(f"{certificate}/bundle").body()
    trust = json.loads(page.request.get("/trust/roots.json").body())
    page.goto("/verify")
    settled(page)
    digest = page.locator("[data-verify-trust] dd").nth(1).inner_text()

    stranger = {**trust, "roots": [f"did:web:{trust['host']}:org:nobody"]}
    page.locator("#own-trust").set_input_files(
        {"name": "trust.json", "mimeType": "application/json", "buffer": json.dumps(stranger).encode()}
    )
    page.get_by_text("your own file").wait_for()

    assert page.locator("[data-verify-trust] dd").nth(1).inner_text() != digest
    assert hand_in(page, "a.bundle.json", bundle) == "UNTRUSTED_ISSUER"
    assert barriers(page) == []
    page.get_by_role("button", name="Use this site's again").click()
    page.get_by_text("kept since your first visit").wait_for()
    assert hand_in(page, "a.bundle.json", bundle) == "VALID"
    context.close()


def test_a_site_that_changes_its_trust_file_is_asked_about(demo, certificate):
    context = demo.visitor()
    page = context.new_page()
    page.goto("/verify")
    settled(page)
    trust = json.loads(page.request.get("/trust/roots.json").body())
    other = json.dumps({**trust, "roots": [*trust["roots"], f"did:web:{trust['host']}:org:new"]})
    context.route("**/trust/roots.json", lambda route: route.fulfill(content_type="application/json", body=other))

    page.goto("/verify")
    settled(page)

    assert "This site now serves another trust file" in page.locator("[data-verify-trust]").inner_text()
    page.get_by_role("button", name="Take the new one").click()
    page.get_by_text("org:new").wait_for()
    context.close()


def test_a_credential_alone_is_completed_with_the_files_of_the_site(demo, certificate):
    context = demo.visitor()
    page = context.new_page()
    page.goto(certificate)
    address = hrefs(page, r"/c/[0-9A-Z]{10}\.jwt")[0]
    credential = page.request.get(address).body()
    heard = complaints(page)
    page.goto("/verify")
    settled(page)

    assert hand_in(page, "a.jwt", credential) == "VALID"
    head, body, signature = credential.split(b".")
    other = b".".join([head, body, signature[:10] + bytes([signature[10] ^ 1]) + signature[11:]])
    assert hand_in(page, "b.jwt", other) in ("INVALID_SIGNATURE", "MALFORMED")
    assert heard == []
    assert "This is a PDF" in hand_in(page, "a.pdf", b"%PDF-1.7")
    context.close()


def test_the_verdict_on_a_bundle_comes_within_300_ms(demo, certificate):
    context = demo.visitor()
    page = context.new_page()
    bundle = page.request.get(f"{certificate}/bundle").body()
    page.goto("/verify")
    settled(page)
    took = page.evaluate(
        """async (text) => {
          const load = (name) => import(`/static/testamur/verify/${name}.js`);
          const [{ check }, trusts] = await Promise.all(["check", "trust"].map(load));
          const { trust } = await trusts.current();
          const times = [];
          const data = new TextEncoder().encode(text);
          for (let run = 0; run < 7; run += 1) times.push((await check(data, { trust })).took);
          return times.sort((a, b) => a - b);
        }""",
        bundle.decode(),
    )
    context.close()

    assert took[len(took) // 2] <= 300


def test_a_certificate_to_hang_on_the_wall_is_checked_by_the_command_and_a_changed_byte_is_named(
    demo, certificate, tmp_path
):
    if lacking := typesetting.lacking():
        pytest.skip(f"{lacking} is not installed: nothing prints")
    context = demo.visitor()
    page = context.new_page()
    until = time.monotonic() + 120  # the background work prints newest first, some at a time
    while not (found := (page.goto(certificate), hrefs(page, r"/c/[0-9A-Z]{10}\.pdf"))[1]):
        assert time.monotonic() < until, "no sheet was made"
        time.sleep(3)
    answer = page.request.get(found[0])
    assert answer.headers["content-type"] == "application/pdf"
    paper, altered, trust = tmp_path / "c.pdf", tmp_path / "d.pdf", tmp_path / "trust.json"
    paper.write_bytes(answer.body())
    trust.write_bytes(page.request.get("/trust/roots.json").body())
    data = bytearray(answer.body())
    data[len(data) // 2] ^= 1
    altered.write_bytes(bytes(data))
    context.close()

    told = demo.command("verify", str(paper), "--site", demo.url, "--trust", str(trust), "--json")
    assert json.loads(told)["result"] == "VALID"
    with pytest.raises(AssertionError, match=r"INVALID_SIGNATURE|MALFORMED"):
        demo.command("verify", str(altered), "--site", demo.url, "--trust", str(trust), "--json")
