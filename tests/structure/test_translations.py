"""Everything shown is there in English and in Chinese, with the same facts in it."""

from __future__ import annotations

import re
import sys

from tests.shared import ROOT

sys.path.insert(0, str(ROOT / "tools"))

import catalogue
import messages
import words

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*(?:![rs])?(?::[^{}]*)?\}")


def test_every_message_has_its_chinese():
    assert messages.missing() == []


def test_the_words_that_travel_with_the_verifier_are_the_catalogues():
    assert words.TARGET.read_text(encoding="utf-8") == words.text(), "run tools/words.py"


def test_no_message_is_put_together_before_it_can_be_translated():
    _, problems = messages.all_messages()

    assert problems == []


def test_the_parts_of_the_catalogue_do_not_contradict_each_other():
    _, problems = catalogue.parts()

    assert problems == []


def test_a_translation_names_the_same_facts_as_its_message():
    known, _ = catalogue.parts()
    different = []
    for message, translation in known.items():
        _, _, many = message.rpartition("|||")
        if set(PLACEHOLDER.findall(many)) != set(PLACEHOLDER.findall(translation)):
            different.append(f"{message!r} = {translation!r}")

    assert known
    assert different == []


def test_the_reader_finds_messages_in_python_and_in_templates(tmp_path):
    (tmp_path / "templates").mkdir()
    (tmp_path / "a.py").write_text(
        'raise Refused("No {x}.", who=_("the planner"))\nngettext("one", "{n}", 2)\n_(f"a{b}")'
    )
    (tmp_path / "templates" / "a.html").write_text(
        '{% load i18n %}<p title="{% trans "Title" %}">{% blocktrans trimmed count n=n %}\n one {{ x }}\n'
        '{% plural %}{{ n }} things{% endblocktrans %}{{ _("It\'s") }}{% trans "open" context "door" %}</p>'
    )

    found, problems = messages.all_messages(tmp_path)

    assert set(found) == {
        "No {x}.",
        "the planner",
        "one|||{n}",
        "Title",
        "one %(x)s|||%(n)s things",
        "It's",
        "door\x04open",
    }
    assert len(problems) == 1


def test_the_compiled_catalogue_speaks_chinese():
    from django.utils.translation import gettext, override

    with override("zh-hans"):
        assert gettext("withdrawn") == "撤销"
