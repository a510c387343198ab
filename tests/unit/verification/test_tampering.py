"""Change a byte anywhere in what a verdict rests on: the verdict changes, or the bytes meant nothing."""

import json
import random

import pytest

from testamur.verification import layout
from testamur.verification.path import validate
from testamur.verification.verdict import Code
from unit.verification.universe import ACC, CERT, COMP, LICENCE, NOW, World

BUILT = World().build()
TRUST = BUILT.trust
READ = [
    layout.certificate(CERT),
    layout.certificate(CERT, "tlog-proof"),
    layout.certificate(CERT, "history.jwt"),
    layout.certificate(CERT, "history.tlog-proof"),
    layout.authority(ACC),
    layout.authority(ACC, "tlog-proof"),
    layout.authority(LICENCE),
    layout.authority(COMP),
    layout.did_document("cb1"),
    layout.did_proof("cb1"),
    layout.did_document("root"),
    layout.status_list("cb1", "revocation"),
    layout.status_list("ab", "suspension"),
    layout.REVOKED_KEYS,
    layout.scheme_extract("cn-qms", "2026-1"),
    layout.scheme_extract("accreditation-cb", "2026-1", "authority.tlog-proof"),
    layout.table("sectors@1"),
    layout.table("documents-fields@1"),
]


class Files(dict):
    def read(self, path):
        return self.get(path)


@pytest.mark.parametrize("path", READ)
def test_no_changed_byte_goes_unnoticed(path):
    chance = random.Random(path)
    whole = BUILT.files[path]
    for _try in range(25):
        place = chance.randrange(len(whole))
        changed = whole[:place] + bytes([whole[place] ^ (1 << chance.randrange(8))]) + whole[place + 1 :]
        files = Files({**BUILT.files, path: changed})
        found = validate(files[layout.certificate(CERT)], site=files, trust=TRUST, now=NOW)
        if found.result is Code.VALID and found.at_issue is Code.VALID:
            assert _same_meaning(path, whole, changed), (place, whole[max(0, place - 20) : place + 20])


def _same_meaning(path, before, after):
    """Say whether the bytes spell the same: white space around JSON, or the case of nothing at all."""
    if path.endswith(".json"):
        return json.loads(before) == json.loads(after)
    return before.strip() == after.strip()


@pytest.mark.parametrize("path", READ)
def test_garbage_in_any_file_is_a_verdict_and_never_an_exception(path):
    chance = random.Random(path + "garbage")
    samples = [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"id":1}',
        b"\xff\xfe",
        b"a.b.c",
        b"e30.e30.e30",
        b"[" * 5000,
        json.dumps({"head": {"name": 1}, "proven": [[1, 2, 3]]}).encode(),
        bytes(chance.randrange(256) for _ in range(300)),
    ]
    for sample in samples:
        files = Files({**BUILT.files, path: sample})
        found = validate(files[layout.certificate(CERT)], site=files, trust=TRUST, now=NOW)
        assert (found.result, found.at_issue) != (Code.VALID, Code.VALID), (path, sample[:20])
