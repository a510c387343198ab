"""The index of positions knows every path that tomllib parsed, and the right line for it."""

from __future__ import annotations

import tomllib

import pytest

from testamur.schemes.language.library import SHIPPED
from testamur.schemes.language.positions import positions

NASTY = """a.b = 1
"q.r" = [ # c ]
  1, "x]",
  '''y
[no]''',
]
[t]
z = { k = \"\"\"m
[[n]]\\\"\"\"\"\"\", l = [ { w = 1 }, 2 ] }
[[t.u]]
[[t.u.v]]
i = 1
[[t.u]]
[[t.u.v]]
i = 2
[t.u.w]
j = 2026-01-01 # d
"""


def paths_of(data, path=()):
    for word, value in data.items() if isinstance(data, dict) else enumerate(data):
        yield (*path, word)
        if isinstance(value, (dict, list)):
            yield from paths_of(value, (*path, word))


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*/*/*.toml")), ids=lambda path: "/".join(path.parts[-2:]))
def test_every_path_of_a_library_file_has_a_line(path):
    text = path.read_text("utf-8")

    assert not set(paths_of(tomllib.loads(text))) - set(positions(text))


def test_a_nasty_text_has_the_right_lines():
    lines = positions(NASTY)

    assert not set(paths_of(tomllib.loads(NASTY))) - set(lines)
    assert lines[("q.r", 2)] == 4
    assert lines[("t", "z", "l", 0, "w")] == 9
    assert lines[("t", "u", 1, "v", 0, "i")] == 15
    assert lines[("t", "u", 1, "w", "j")] == 17


def test_a_triple_quoted_string_may_end_in_a_quote():
    lines = positions('a = """x""""\nb = 1\n')

    assert lines[("b",)] == 2
