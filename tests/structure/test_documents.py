"""Pages lead somewhere, are led to, and say what the code says."""

from __future__ import annotations

import re
import sys

from tests.shared import ROOT

sys.path.insert(0, str(ROOT / "tools"))

import reference

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def links(page):
    """Yield the files that a page links to, inside this checkout."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target and not target.startswith("mailto:"):
            yield (page.parent / target).resolve()


def test_every_link_between_pages_leads_to_a_file():
    broken = [f"{page.relative_to(ROOT)}: {target}" for page in PAGES for target in links(page) if not target.exists()]

    assert broken == []


def test_every_page_is_reached_from_the_index():
    seen, waiting = set(), [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page not in seen and page.suffix == ".md" and page.exists():
            seen.add(page)
            waiting += links(page)

    assert [str(page.relative_to(ROOT)) for page in DOCS.rglob("*.md") if page not in seen] == []


def test_the_reference_pages_say_what_the_code_says():
    assert reference.differing() == []


def test_every_decision_says_why_and_what_follows_on_one_screen():
    wrong = []
    for page in sorted((DOCS / "adr").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        parts = ["Status:", "**Context.**", "**Decision.**", "**Consequences.**", "**Alternatives.**"]
        if any(part not in text for part in parts) or len(text.splitlines()) > 50:
            wrong.append(page.name)

    assert wrong == []
