"""Verify by number, many at once and by a code, what hangs on something, in both languages and widths; and a code read
from a picture by the page's own script."""

from __future__ import annotations

import io
import mimetypes
import re
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pytest
import segno
from django.core.cache import cache
from django.test import Client

from small_world import organisation
from testamur.kernel.words import Origin, Status
from testamur.register import dependants
from tests.browser.conftest import STATIC
from tests.browser.test_pages import WIDTHS
from told_world import deliver, source

LANGUAGES = {"en": "en", "zh": "zh-hans"}
LAB = {"kind": "laboratory", "key": "CNAS L0001", "names": {"en": "Sample Lab", "zh": "示例实验室"}}
SAID = {
    "parties": [{"role": "holder", "names": {"en": "Sample Lamps Co., Ltd.", "zh": "示例灯具有限公司"}}],
    "requirements": [{"key": "GB 7000.1-2015", "designation": "GB 7000.1-2015"}],
    "rests_on": [LAB],
}
ROW = {"effective_on": date(2025, 1, 1), "expires_on": date(2030, 1, 1), "said": SAID}


@pytest.fixture
def told(db: None) -> Any:
    cache.clear()
    issuer = organisation("Issuer")
    mirror = source(issuer)
    rows = [{"key": f"K-{place}", "number": f"016ZB23Q1{place:04d}R0M", **ROW} for place in range(12)]
    rows[1] |= {"status": Status.SUSPENDED}
    rows[2] |= {"expires_on": date(2026, 1, 1)}
    deliver(mirror, issuer, date(2026, 3, 1), rows)
    deliver(mirror, issuer, date(2026, 4, 1), [{**rows[0], "status": Status.WITHDRAWN}, *rows[1:]])
    own = source(issuer, "own", origin=Origin.REPORTED)
    deliver(own, issuer, date(2026, 4, 1), [{**ROW, "key": "W", "number": rows[0]["number"]}], whole=False)
    dependants.follow()
    return rows


def public(language: str) -> Client:
    client = Client()
    client.cookies["language"] = LANGUAGES[language]
    return client


@pytest.mark.parametrize("language", WIDTHS)
def test_verifying_by_number_has_no_barrier(told, drawn, language) -> None:
    for query in ("", "number=016ZB23Q10003R0M&standard=GB 7000.1-2015&model=M1", "number=016zb23q1 0000 r0m",
                  "number=NOBODY&on=2026-31-31", "number=NOBODY"):  # fmt: skip
        answer = public(language).get(f"/verify/number?{query}")
        assert drawn(answer.content.decode(), 200, language) == []


@pytest.mark.parametrize("language", WIDTHS)
def test_verifying_many_has_no_barrier(told, drawn, language) -> None:
    numbers = "number,standard\n" + "\n".join(f"{row['number']},GB 7000.1-2015" for row in told) + "\nX-1,GB 9\n,\n"
    for given in (None, {"numbers": ""}, {"numbers": numbers, "sort": "answer"}):
        client = public(language)
        answer = client.get("/verify/many") if given is None else client.post("/verify/many", given)
        assert drawn(answer.content.decode(), 200, language) == []


@pytest.mark.parametrize("language", WIDTHS)
def test_what_hangs_on_something_has_no_barrier(told, drawn, language) -> None:
    for address in ("/rests-on/laboratory/CNAS L0001", "/rests-on/standard/GB 7000.1-2015?on=2026-03-15",
                    "/rests-on/body/NOBODY", "/rests-on/laboratory/CNAS L0001?on=x"):  # fmt: skip
        answer = public(language).get(address)
        assert drawn(answer.content.decode(), 200, language) == []


CODES = {
    "http://drawn.example/c/ABCDE12345?edition=2#x": "/c/ABCDE12345?edition=2#x",
    "https://elsewhere.example/c/ABCDE12345": "The code does not lead here",
    "016ZB23Q10003R0M": "The code holds no address",
    "javascript:alert(1)": "The code holds no address",
    "": "There is no code in this picture",
}


@pytest.mark.parametrize("text", CODES)
def test_a_code_is_read_from_a_picture_by_the_browser(told, chromium, text) -> None:
    html = public("en").get("/verify").content.decode()
    picture = io.BytesIO()
    segno.make(text or "x", micro=False).save(picture, kind="png", scale=6 if text else 1, border=4 if text else 0)
    context = chromium.new_context(base_url="http://drawn.example")

    def fulfil(route: Any) -> None:
        path = urlsplit(route.request.url).path
        if not path.startswith("/static/"):
            route.fulfill(content_type="text/html; charset=utf-8", body=html)
            return
        file = STATIC / re.sub(r"\.[0-9a-f]{12}(?=\.\w+$)", "", path.removeprefix("/static/"))
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        route.fulfill(content_type=kind, body=file.read_bytes())

    context.route("**/*", fulfil)
    page = context.new_page()
    page.goto("/verify")
    file = {"name": "c.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    page.set_input_files("[data-code-picture]", file)
    expected = CODES[text]
    if expected.startswith("/"):
        page.wait_for_url(f"http://drawn.example{expected}")
    else:
        answer = page.locator("[data-code-answer]")
        answer.get_by_text(expected).wait_for()
        assert not text or text in answer.inner_text()
    context.close()
