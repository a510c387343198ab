"""What a record says on other people's pages: the badge, and the description for machines."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.browser.demo import complaints, hrefs


@pytest.fixture(scope="module")
def address(demo) -> str:
    context = demo.visitor()
    page = context.new_page()
    page.goto("/search?status=valid")
    found = hrefs(page, r"/c/[0-9A-Z]{10}")[0]
    context.close()
    return found


@contextmanager
def elsewhere(demo: Any, body: str, policy: str) -> Iterator[Any]:
    """Open a page of another origin that holds the markup, under a policy of its own."""

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(f"<!doctype html><title>x</title><link rel=icon href=data:,>{body}".encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        context = demo.browser.new_context()
        page = context.new_page()
        page.heard = complaints(page)
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        yield page
        context.close()
        server.shutdown()


def test_the_snippets_of_the_page_work_on_another_site_under_a_strict_policy(demo, address):
    context = demo.visitor()
    mine = context.new_page()
    heard = complaints(mine)
    mine.goto(address)
    snippets = mine.locator("#badge pre").all_text_contents()
    number = mine.locator("#verdict .t-no").first.inner_text()
    assert heard == []
    policy = f"default-src 'none'; script-src {demo.url}; connect-src {demo.url}; img-src data: {demo.url}"
    with elsewhere(demo, "\n".join(snippets), policy) as page:
        page.wait_for_selector("testamur-badge[data-answer=valid]", state="attached")
        picture = page.locator("img")

        assert picture.evaluate("(image) => image.complete && image.naturalWidth > 0")
        assert picture.evaluate("(image) => image.parentElement.href") == demo.url + address
        assert page.heard == []
        shown = page.request.get(f"{demo.url}{address}/badge.json?lang=zh").json()
        assert shown["number"] == number and shown["state"] == "有效" and shown["holder"]
        drawn = page.request.get(picture.get_attribute("src"))
        assert number[:20] in drawn.text() and "max-age=300" in drawn.headers["cache-control"]
        assert drawn.headers["access-control-allow-origin"] == "*"
        assert drawn.headers["cross-origin-resource-policy"] == "cross-origin"
    context.close()


def test_a_badge_of_nothing_says_that_there_is_no_record(demo):
    body = (
        f'<script type=module src="{demo.url}/badge.js"></script><testamur-badge record="0000000000"></testamur-badge>'
    )
    with elsewhere(demo, body, "default-src * 'unsafe-inline'; img-src * data:") as page:
        page.wait_for_selector("testamur-badge[data-answer=no_such_record]", state="attached")

        answer = page.request.get(f"{demo.url}/c/0000000000/badge.svg")
        assert answer.status == 404 and "No such record" in answer.text()


def test_the_description_for_machines_is_data_that_the_policy_lets_stand(demo, address):
    context = demo.visitor()
    page = context.new_page()
    heard = complaints(page)
    page.goto(address)

    blocks = page.locator('script[type="application/ld+json"]').all_text_contents()

    assert heard == []
    facts = json.loads(blocks[0])
    assert facts["@type"] == "Certification" and facts["certificationStatus"] == "CertificationActive"
    assert facts["url"] == demo.url + address and re.fullmatch(r"\d{4}-\d\d-\d\d", facts["validFrom"])
    assert {"issuedBy", "about", "name", "certificationIdentification"} <= set(facts)
    # The policy would have refused it, had it been a script: a block of the same page that runs is refused.
    page.evaluate("""() => { const one = document.createElement("script"); one.textContent = "window.ran = 1";
                             document.head.append(one); }""")
    assert page.evaluate("window.ran") is None and any("Content Security Policy" in line for line in heard)
    context.close()
