"""How the public site's files are served: what they are, to whom, and for how long a copy may be kept."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest

from testamur.kernel import clock
from testamur.keys.signer import MemorySigner
from testamur.transparency import publication
from testamur.verification import credential, layout, status_list

LIST = layout.status_list("cb1", layout.REVOCATION)
TILE = "log/tile/0/000.p/5"
FOREVER = "public, max-age=31536000, immutable"


def signed_list(valid_for: timedelta) -> bytes:
    now = clock.now()
    payload = status_list.payload(
        id="https://sample.example/status/cb1-revocation-1", issuer="did:web:sample.example:org:cb1",
        purpose=layout.REVOCATION, bits=status_list.new_bits(), valid_from=now, valid_until=now + valid_for,
    )  # fmt: skip
    signer = MemorySigner.generate(sample=True)
    return credential.sign_jwt(payload, signer, "did:web:sample.example:org:cb1#k1").encode()


def served(client, path: str, content: bytes = b"x"):
    publication.put(path, content)
    return client.get(f"/{path}")


def age(response) -> int:
    return int(re.fullmatch(r"public, max-age=(\d+)", response["Cache-Control"])[1])


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("c/ABCDEFGHJK.jwt", "application/vc+jwt"),
        ("c/ABCDEFGHJK.history.jwt", "application/vc+jwt"),
        ("acc/ABCDEFGHJK.jwt", "application/vc+jwt"),
        (LIST, "application/vc+jwt"),
        ("c/ABCDEFGHJK.json", "application/json"),
        ("c/ABCDEFGHJK.pdf", "application/pdf"),
        ("c/ABCDEFGHJK.tlog-proof", "text/plain; charset=utf-8"),
        ("bundle/ABCDEFGHJK.json", "application/json"),
        ("org/cb1/did.json", "application/json"),
        (layout.CONTEXT, "application/ld+json"),
        (layout.CHECKPOINT, "text/plain; charset=utf-8"),
        (layout.CHECKPOINT_NEXT, "text/plain; charset=utf-8"),
        (layout.LOG_POLICY, "text/plain; charset=utf-8"),
        (layout.LOG_KEY, "text/plain; charset=utf-8"),
        (TILE, "application/octet-stream"),
        ("log/tile/entries/000.p/5", "application/octet-stream"),
    ],
)
def test_each_file_says_what_it_is_and_any_origin_may_read_it(client, path, media_type):
    answer = served(client, path)

    assert (answer.status_code, answer["Content-Type"]) == (200, media_type)
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["X-Content-Type-Options"] == "nosniff"
    again = client.get(f"/{path}", headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again["Access-Control-Allow-Origin"]) == (304, "*")


@pytest.mark.parametrize("path", [TILE, "log/tile/1/000", "log/tile/entries/000.p/5"])
def test_tiles_never_change_and_checkpoints_are_asked_for_every_few_seconds(client, path):
    assert served(client, path)["Cache-Control"] == FOREVER
    for head in (layout.CHECKPOINT, layout.CHECKPOINT_NEXT):
        assert age(served(client, head)) <= 5


def test_keys_are_kept_for_minutes(client):
    assert 5 * 60 <= age(served(client, "org/cb1/did.json")) <= 60 * 60


@pytest.mark.parametrize(
    ("valid_for", "least", "most"),
    [
        (timedelta(hours=24), 60, 3600),
        (timedelta(minutes=4), 1, 240),
        (timedelta(seconds=-100), 0, 0),
    ],
)
def test_a_copy_of_a_status_list_does_not_outlive_the_list(client, valid_for, least, most):
    assert least <= age(served(client, LIST, signed_list(valid_for))) <= most


def test_what_cannot_be_read_as_a_list_is_not_kept_at_all(client):
    assert age(served(client, LIST.replace(".jwt", ".json"), json.dumps({"a": 1}).encode())) == 0


def test_a_missing_file_is_not_cached_as_missing(client):
    answer = client.get("/log/tile/0/001.p/7")

    assert answer.status_code == 404
    assert "max-age" not in answer.get("Cache-Control", "")
