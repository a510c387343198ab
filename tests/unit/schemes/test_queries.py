"""Questions about published schemes."""

import pytest

from testamur.schemes.language.library import Library
from testamur.schemes.queries import fact_words

AUDITOR = Library().load("person-auditor@2026-1")


@pytest.mark.parametrize(
    ("fact", "english"),
    [
        ("exam.percent", "mark reached, percent of the full mark"),
        (f"form.{AUDITOR.fields[0].id}", AUDITOR.fields[0].label["en"]),
        (f"form.{AUDITOR.fields[0].id}.count", AUDITOR.fields[0].label["en"]),
        ("nobody.named_it", "nobody.named_it"),
    ],
)
def test_a_fact_is_called_by_its_field_or_the_vocabulary(fact, english):
    assert fact_words(AUDITOR, fact)["en"] == english
