"""A demo of the tests' own, as ``testamur demo`` starts it: the sample world on a free port of this machine."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.shared import ROOT

#: Seconds that making the world may take on a slow and busy machine.
PATIENCE = 300
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
#: What the page calls each language.
TAGS = {"en": "en", "zh": "zh-Hans"}
#: Who can be entered as, in the words of the page ``/demo/``.
NAMES = {
    "applicant": "Sample Wu",
    "planner": "Sample Zhao",
    "lead_auditor": "Sample Lin",
    "reviewer": "Sample Li",
    "decider": "Sample Sun",
    "accreditor": "Sample Tan",
    "regulator": "Sample Song",
}


def environment(folder: Path) -> dict[str, str]:
    """Return this process's environment without what the tests set for themselves."""
    mine = {key: value for key, value in os.environ.items() if not key.startswith(("TESTAMUR_", "DJANGO_"))}
    return {**mine, "TESTAMUR_VAR": str(folder), "PYTHONPATH": str(ROOT / "src")}


@dataclass
class Demo:
    """A running demo.

    Attributes:
        url: where it answers, without a slash at the end.
        folder: its TESTAMUR_VAR.
    """

    url: str
    folder: Path
    browser: Any
    _states: dict[str, Any] = field(default_factory=dict)

    def visitor(self, role: str = "", *, language: str = "en", width: int = 1280, scripts: bool = True) -> Any:
        """Return a browser context of a role of the demo, or of the public for an empty role."""
        context = self.browser.new_context(
            base_url=self.url,
            locale=LOCALES[language],
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
            storage_state=self.signed_in(role) if role else None,
        )
        context.set_default_timeout(15_000)  # milliseconds
        if role:  # an account keeps its own language; a browser that was asked goes before it
            context.add_cookies([{"name": "language", "value": TAGS[language].lower(), "url": self.url}])
        return context

    def signed_in(self, role: str) -> Any:
        """Enter as a role once; later visitors come with its cookie, in whatever language their browser asks for."""
        if role not in self._states:
            context = self.browser.new_context(base_url=self.url, locale="en-GB")
            page = context.new_page()
            page.goto("/demo/")
            page.get_by_role("button", name=re.compile(rf"{NAMES[role]}$")).click()
            page.wait_for_url("**/w/")
            state = context.storage_state()
            state["cookies"] = [one for one in state["cookies"] if one["name"] != "language"]
            self._states[role] = state
            context.close()
        return self._states[role]

    def command(self, *arguments: str) -> str:
        """Run ``testamur`` on this demo's folder and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "testamur.cli", *arguments],
            env={**environment(self.folder), "TESTAMUR_SAMPLE": "1", "TESTAMUR_ORIGIN": self.url,
                 "TESTAMUR_BIND": self.url.removeprefix("http://"), "TESTAMUR_LOG_LEVEL": "ERROR"},
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(folder: Path, browser: Any) -> Iterator[Demo]:
    """Make the sample world in a folder, serve it, and stop it at the end with everything it started."""
    port = free_port()
    said = folder / "demo.log"
    with said.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "testamur.cli", "demo", "--port", str(port)],
            env=environment(folder), cwd=folder, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(process, url, said)
        yield Demo(url, folder, browser)
    finally:
        _stop(process)


def _wait(process: subprocess.Popen[bytes], url: str, said: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, f"The demo ended: {said.read_text()[-2000:]}"
        if b"is ready" in said.read_bytes():
            try:
                with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
                    assert answer.status == 200
                    return
            except OSError:
                pass  # it has said its address and is about to listen there
        time.sleep(0.5)
    raise AssertionError(f"The demo was not ready in {PATIENCE} s: {said.read_text()[-2000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)  # its own session: the server, its workers, the background work
        except ProcessLookupError:
            return
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            continue


def hrefs(page: Any, pattern: str) -> list[str]:
    """Return the addresses of links in the page's main part that match a pattern wholly, each once, in order."""
    found = page.eval_on_selector_all("main a[href]", "links => links.map(link => link.getAttribute('href'))")
    return [one for one in dict.fromkeys(found) if re.fullmatch(pattern, one)]


def complaints(page: Any) -> list[str]:
    """Return a list that fills with the page's script errors and refused resources as they happen."""
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(f"script: {error}"))
    page.on("console", lambda line: heard.append(f"console: {line.text}") if line.type == "error" else None)
    return heard
