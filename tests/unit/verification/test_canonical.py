"""Our canonical JSON beside somebody else's: the same bytes for whatever JSON can hold (RFC 8785)."""

from __future__ import annotations

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as some

from testamur.verification import jcs, strict_json
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


NAMES = some.sampled_from(["a", "b", "zz", "é", "\U0001f600", "ﬁ"])
FEW = some.recursive(
    some.sampled_from(["", "x", "示例", "\U0001f600", 'q"', "\n", 0, 1, 12, None, True, False, 1.5]),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
#: Documents of one issuer, of which the first is canonical and the others are the same one with something changed.
CHANGES = some.lists(
    some.sampled_from(
        [('"x"', '"y"'), ('"x"', '"\x01"'), ('"x"', '"\\u0078"'), ('"a"', '"zz"'), ('"b"', '"a"'), (":", ": "),
         ("12", "-12"), ("1", "1.0"), ("0", "-0"), ("}", "},"), ("]", " ]"), ('"x"', '"\U0001f600"'), ("true", "NaN")]
    ),
    max_size=3,
)  # fmt: skip


def _strictly(data: bytes):
    try:
        value = strict_json.parse_object(data)
    except Malformed:
        return None
    try:
        canonical = jcs.canonical(value) == data
    except Malformed:
        canonical = False
    return repr(value), canonical


@given(some.dictionaries(NAMES, FEW, min_size=2, max_size=4), some.lists(CHANGES, min_size=1, max_size=4))
def test_a_text_like_one_read_before_is_read_as_strictly_as_the_first(value, changes):
    first = jcs.canonical(value).decode()
    texts = [first, json.dumps(value, ensure_ascii=False), first, f'{first}"', f'{first}"x', f'{first}"x"', first]
    for listed in changes:
        changed = first
        for old, new in listed:
            changed = changed.replace(old, new)
        texts.append(changed)
    for text in texts:
        data = text.encode()
        try:
            found, canonical = jcs.read(data)
        except Malformed:
            assert _strictly(data) is None
            continue
        # What has a canonical spelling may be left for others to spell; what is said to be canonical is.
        assert _strictly(data) in [(repr(found), True), (repr(found), canonical is not None)]
        assert canonical in (None, data)
