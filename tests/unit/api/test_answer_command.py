"""``testamur verify --answer``: what the API signed, checked on one's own machine with the DID document of the host."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from small_world import organisation
from testamur.cli import verify
from testamur.transparency import publication
from testamur.verification import layout
from told_world import deliver, source


@pytest.fixture
def given(public, tmp_path):
    """Two records, their answers as they came, and the DID document, in files."""
    issuer = organisation("Issuer")
    rows = [{"key": key, "effective_on": date(2026, 1, 1)} for key in ("S-1", "S-2")]
    deliver(source(issuer), issuer, date(2026, 3, 1), rows)
    one = public.get("/verifications/S-1?model=M1")
    items = {"items": [{"number": "S-1"}, {"number": "S-9"}, {"number": ""}]}
    many = public.post("/verifications", items, Accept="application/jsonl")
    (tmp_path / "one.json").write_bytes(one.content)
    (tmp_path / "many.jsonl").write_bytes(b"".join(many.streaming_content))
    (tmp_path / "did.json").write_bytes(publication.get(layout.OPERATOR_DID_DOCUMENT) or b"")
    return tmp_path


def run(folder: Path, *names: str, did: str = "did.json") -> int:
    return verify.main(["--answer", *(str(folder / name) for name in names), "--did", str(folder / did)])


def test_both_parts_are_checked_and_said_with_their_key(given, capsys):
    assert run(given, "one.json") == 0

    status, coverage = capsys.readouterr().out.splitlines()
    assert "status: valid, as of " in status and "coverage: cannot_be_told, as of " in coverage
    assert all("signed by did:web:sample.testamur.example#answers-" in line for line in (status, coverage))


def test_the_answers_to_many_are_checked_by_their_last_line(given, capsys):
    assert run(given, "many.jsonl") == 0
    assert "3 items, as of " in capsys.readouterr().out

    lines = (given / "many.jsonl").read_bytes().splitlines(keepends=True)
    for name, changed in {
        "word": [lines[0].replace(b"valid", b"xalid"), *lines[1:]],
        "order": [lines[1], lines[0], *lines[2:]],
        "short": lines[:-1],
        "alone": lines[-1:],
        "empty": [],
    }.items():
        (given / name).write_bytes(b"".join(changed))
        assert run(given, name) == 1, name


@pytest.mark.parametrize(
    "spoil",
    [
        lambda answer: answer["answers"][0]["status"].update(answer="not_valid"),
        lambda answer: answer["answers"][0]["coverage"].update(coverage="covered"),
        lambda answer: answer["answers"][0]["status"].pop("signature"),
        lambda answer: answer["answers"][0].pop("status"),
        lambda answer: answer["answers"].clear(),
        lambda answer: answer.pop("answers"),
    ],
    ids=["answer", "coverage", "unsigned", "no part", "no answer", "no list"],
)
def test_whatever_is_not_what_was_signed_is_named_and_ends_with_1(given, capsys, spoil):
    answer = json.loads((given / "one.json").read_bytes())
    spoil(answer)
    (given / "spoilt.json").write_text(json.dumps(answer), encoding="utf-8")

    assert run(given, "one.json", "spoilt.json") == 1
    assert "spoilt.json: " in capsys.readouterr().out


def test_the_answer_of_another_host_is_not_taken(given, capsys):
    document = json.loads((given / "did.json").read_bytes())
    document["id"] = "did:web:other.example"
    (given / "other.json").write_text(json.dumps(document), encoding="utf-8")

    assert run(given, "one.json", did="other.json") == 1


def test_what_cannot_be_read_ends_with_2(given, capsys):
    (given / "text").write_text("no JSON", encoding="utf-8")

    assert verify.main(["--answer", str(given / "one.json")]) == 2
    assert "--did" in capsys.readouterr().err
    assert run(given, "missing.json") == 2
    assert run(given, "one.json", did="text") == 2
