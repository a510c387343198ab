"""A Chromium of this machine, driven by Playwright; every test in this folder is a browser test."""

from __future__ import annotations

import mimetypes
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser import demo as demos
from tests.shared import ROOT

AXE = ROOT / "node_modules/axe-core/axe.min.js"
STATIC = ROOT / "src/testamur/static"
HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Start the browser once. Its absence is a failure and no skip: `make setup` installs it."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.fail("Chromium is missing: `make setup` installs it, or apt-get install chromium.")
    with sync_playwright() as playwright:
        # Without the sandbox, because root has none; the pages are our own.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo(chromium, tmp_path_factory) -> Iterator[demos.Demo]:
    """Make the sample world once and serve it until the tests have ended.

    While writing tests, TESTAMUR_TEST_DEMO="http://127.0.0.1:8000 var/demo" names a demo that runs already.
    """
    if already := os.environ.get("TESTAMUR_TEST_DEMO"):
        url, folder = already.split()
        yield demos.Demo(url, Path(folder), chromium)
        return
    with demos.running(tmp_path_factory.mktemp("demo"), chromium) as one:
        yield one


@pytest.fixture
def page(chromium, live_server, settings) -> Iterator[Any]:
    """Open a page on a server of this test's data; fails the test on any script error or refused resource."""
    settings.ALLOWED_HOSTS = ["*"]
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    context = chromium.new_context(base_url=live_server.url, locale="en-GB", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    page.on(
        "console",
        lambda line: complaints.append(f"console: {line.text}") if "Content Security Policy" in line.text else None,
    )
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def barriers() -> Any:
    """Return a function page → what axe finds in the way of people with disabilities (WCAG 2.2 A and AA)."""

    def look(page: Any) -> list[str]:
        page.evaluate(AXE.read_text(encoding="utf-8"))
        size = page.viewport_size
        # The whole page at once: what its fixed head and foot cover only until one scrolls is no small target, and
        # which link lies under them depends on the day and the fonts. What they cover for good still shows.
        tall = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": size["width"], "height": max(tall, size["height"])})
        page.evaluate("window.scrollTo(0, 0)")
        found = page.evaluate(
            "async (tags) => (await axe.run(document, {runOnly: tags, resultTypes: ['violations']})).violations",
            ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
        )
        page.set_viewport_size(size)
        return [f"{rule['id']}: {rule['help']} ({node['html'][:100]})" for rule in found for node in rule["nodes"]]

    return look


@pytest.fixture
def drawn(chromium: Any, barriers: Any) -> Callable[[str, int, str], list[str]]:
    """Return a function: the server's answer, its status and its language → what is wrong with the page.

    The answer is drawn as it stands, with the project's styles and scripts, and no server behind it.
    TESTAMUR_TEST_PICTURES="var/pictures" keeps what was drawn, to be looked at.
    """
    from tests.browser.test_pages import look

    def draw(html: str, status: int, language: str) -> list[str]:
        context = chromium.new_context(base_url="http://drawn.example", locale=demos.LOCALES[language])

        def fulfil(route: Any) -> None:
            path = urlsplit(route.request.url).path
            if not path.startswith("/static/"):
                route.fulfill(status=status, content_type="text/html; charset=utf-8", body=html)
                return
            file = STATIC / re.sub(r"\.[0-9a-f]{12}(?=\.\w+$)", "", path.removeprefix("/static/"))
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            route.fulfill(content_type=kind, body=file.read_bytes())

        context.route("**/*", fulfil)
        page = context.new_page()
        heard = demos.complaints(page)
        found = look(page, "/drawn", language, barriers, status=status)
        if folder := os.environ.get("TESTAMUR_TEST_PICTURES"):
            name = re.sub(r"\W+", "-", os.environ["PYTEST_CURRENT_TEST"].split("::")[-1].split(" ")[0])
            Path(folder).mkdir(parents=True, exist_ok=True)
            for width in (1280, 390):
                page.set_viewport_size({"width": width, "height": 900})
                count = len(list(Path(folder).glob(f"{name}-{width}-*")))
                page.screenshot(path=f"{folder}/{name}-{width}-{count}.png", full_page=True)
        context.close()
        return found + [one for one in heard if f"status of {status}" not in one]

    return draw
