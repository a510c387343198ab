"""The browser's verifier, run in Chromium on cases that are data: bundle, trust file, instant."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.browser.recording import bundle_of
from tests.shared import ROOT

STATIC = ROOT / "src/testamur/static"
#: An origin that exists nowhere: what it serves are the files of the checkout, and only those.
ORIGIN = "https://verifier.sample.example"

_RUN = """
async (cases) => {
  const load = (name) => import(`/testamur/verify/${name}.js`);
  const [{ validate }, { BundleSite, isBundle }, trustFile, { instant }] = await Promise.all(
    ["path", "site", "trust_file", "entry"].map(load));
  const bytes = (text) => new TextEncoder().encode(text);
  const results = [];
  for (const one of cases) {
    const began = performance.now();
    try {
      const trust = await trustFile.parse(bytes(one.trust));
      const site = new BundleSite(bytes(one.bundle));
      const verdict = await validate(site.credential, {
        site, trust, now: instant(one.now), on: one.on ?? null, atIssue: one.at_issue ?? false,
      });
      results.push({
        result: verdict.result, now: verdict.now, at_issue: verdict.atIssue, on: verdict.on ? verdict.on.code : null,
        reason: verdict.reason.message, assurance: verdict.assurance.map((said) => said.message),
        path: verdict.path.map((link) => [link.kind, link.id, link.status, link.verdict, link.under]),
        witnesses: verdict.asOf.witnesses, index: verdict.asOf.logIndex,
        milliseconds: performance.now() - began,
      });
    } catch (error) {
      results.push({ error: `${error.constructor.name}: ${error.message}`, at: error.stack });
    }
  }
  return results;
}
"""


def page_of(browser: Any, public: Callable[[str], bytes | None] = lambda path: None) -> Any:
    """Return a page at the origin; its context answers every request from the checkout and lets none out.

    ``public`` gives the files that the origin serves as a public site, by path.
    """
    context = browser.new_context()
    page = context.new_page()

    def answer(route: Any) -> None:
        path = urlsplit(route.request.url).path.lstrip("/")
        file = STATIC / path
        if path == "":
            route.fulfill(content_type="text/html", body="<!doctype html><title>verifier</title>")
        elif file.is_file() and route.request.url.startswith(ORIGIN):
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            route.fulfill(content_type=kind, body=file.read_bytes())
        elif (data := public(path)) is not None:
            route.fulfill(content_type="application/octet-stream", body=data)
        else:
            route.fulfill(status=404, body="")

    context.route("**/*", answer)
    page.goto(f"{ORIGIN}/")
    return page


def run(page: Any, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what the browser's verifier says of each case.

    Args:
        page: of :func:`page_of`.
        cases: ``bundle`` and ``trust`` as JSON texts, ``now`` an instant, perhaps ``on`` and ``at_issue``.
    """
    return page.evaluate(_RUN, cases)


def read_folder(folder: Path) -> list[dict[str, Any]]:
    """Return the cases that ``unit.verification.path_cases`` wrote into a folder, each as a bundle and a trust file."""
    found: list[dict[str, Any]] = []
    for name in json.loads((folder / "index.json").read_text(encoding="utf-8")):
        case = json.loads((folder / name).read_text(encoding="utf-8"))
        files = {path: text.encode() for path, text in case["files"].items()}
        bundle = bundle_of(files[case["credential"]], files, case["trust"]["host"])
        found.append({**case, "bundle": bundle, "trust": json.dumps(case["trust"])})
    return found
