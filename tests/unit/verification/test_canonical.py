"""Our canonical JSON beside somebody else's: the same bytes for whatever JSON can hold (RFC 8785)."""

from __future__ import annotations

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as some

from testamur.verification import jcs
from testamur.verification.strict_json import Malformed

TEXT = some.text(some.characters(exclude_categories=["Cs"]))
ONE = (
    some.none()
    | some.booleans()
    | some.integers(-jcs.INTEGER_MOST, jcs.INTEGER_MOST)
    | some.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
VALUES = some.recursive(ONE, lambda inner: some.lists(inner) | some.dictionaries(TEXT, inner), max_leaves=20)


@given(VALUES)
def test_two_implementations_write_the_same_bytes(value):
    assert jcs.canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [2**53, float("inf"), float("nan"), "\ud800", {1: "a"}, {"a": {1, 2}}])
def test_what_json_cannot_hold_is_refused(value):
    with pytest.raises(Malformed):
        jcs.canonical(value)
