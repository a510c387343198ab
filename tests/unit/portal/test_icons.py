"""The sprite is made from tools/icons.txt: an icon that is named anywhere must be in it."""

from __future__ import annotations

import re

from testamur.portal.templatetags import shell
from testamur.wording.templatetags import say
from testamur.workspace.templatetags import work
from tests.shared import ROOT

LISTED = {line for line in (ROOT / "tools/icons.txt").read_text().splitlines() if line and not line.startswith("#")}


def test_every_icon_a_template_draws_is_in_the_sprite():
    drawn = set()
    for file in (ROOT / "src/testamur").rglob("templates/**/*.html"):
        text = file.read_text(encoding="utf-8")
        drawn |= set(re.findall(r'\{% icon "([^"]+)"', text))
        drawn |= set(re.findall(r'symbol=\w[\w.]*\|default:"([^"]+)"', text))

    assert len(drawn) > 30
    assert drawn - LISTED == set()


def test_every_icon_that_code_chooses_is_in_the_sprite():
    chosen = {symbol for _colour, symbol, _word in say.STATUSES.values()}
    chosen |= {say.answer_icon(code) for code in ("bad", "held", "silent", "none", "unknown")}
    chosen |= {symbol for _name, _word, symbol in shell.WORK} | set(work.TONE_ICONS.values())

    assert chosen - LISTED == set()
