"""A cosigner signs consistent growth, refuses a fork or a shrink, and remembers whatever happens to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from testamur.cli import witness as command
from testamur.keys.signer import MemorySigner
from testamur.verification import checkpoint, note, policy, tree
from testamur.verification.note import VerifierKey
from testamur.verification.signature import PublicKey
from testamur.verification.strict_json import Malformed
from testamur.verification.witness import EVIDENCE, MEMORY, Unusable, Witness, format_request, memory_name

LOG, OTHER, COSIGNER = (MemorySigner.generate(sample=True) for _ in range(3))
ORIGIN = "sample.testamur.example/log"
LOG_KEY = VerifierKey.of(ORIGIN, PublicKey.from_jwk(LOG.public_jwk))
TIME = 1_790_000_000
LEAVES = [tree.leaf_hash(str(number).encode()) for number in range(40)]
FORKED = [*LEAVES[:5], *(tree.leaf_hash(f"forged {number}".encode()) for number in range(35))]


def reader(leaves):
    return lambda level, index: tree.root_of(leaves[index << level : (index + 1) << level])


def signed(size, leaves=LEAVES, signer=LOG, origin=ORIGIN):
    return checkpoint.sign(origin, size, tree.root_of(leaves[:size]), signer)


def request(old, size, leaves=LEAVES, **more):
    proof = tree.consistency_proof(old, size, reader(leaves)) if 0 < old < size else []
    return format_request(old, proof, signed(size, leaves, **more))


def open_witness(folder, signer=COSIGNER):
    return Witness(folder, "w1.example/witness", signer, [LOG_KEY], now=lambda: TIME)


@pytest.fixture
def cosigner(tmp_path):
    made = open_witness(tmp_path / "w1")
    yield made
    made.close()


def test_growth_is_cosigned_and_the_cosignature_stands(cosigner):
    for old, size in ((0, 3), (3, 3), (3, 17), (17, 40)):
        answer = cosigner.add_checkpoint(request(old, size))
        assert answer.status == 200
        whole = checkpoint.parse(signed(size) + answer.body)
        assert checkpoint.check(whole, LOG_KEY, [cosigner.key], 1) == [("w1.example/witness", TIME)]
    assert cosigner.seen(ORIGIN).size == 40


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (request(10, 20, FORKED), 422, "does not show"),
        (request(10, 10, FORKED), 409, "10\n"),
        (request(5, 7), 409, "10\n"),
        (request(0, 20), 409, "10\n"),
        (request(12, 20), 409, "10\n"),
        (format_request(20, [], signed(12)), 400, "larger"),
        (format_request(10, [LEAVES[0]], signed(10)), 422, "nothing grew"),
        (format_request(10, [], signed(20)), 422, "does not show"),
        (request(10, 20, signer=OTHER), 403, "not signed"),
        (request(10, 20, origin="other.example/log"), 404, "does not know"),
        (b"", 400, "begins with"),
        (b"old 010\n\n" + signed(20).encode(), 400, "not a number"),
        (b"old 10\nAAAA\n\n" + signed(20).encode(), 400, "32 bytes"),
        (b"old 10\n?\n\n" + signed(20).encode(), 400, "base64"),
        (b"old 10\n" + b"A" * 43 + b"=\n" * 70 + b"\n" + signed(20).encode(), 400, ""),
        (b"old 10\n\nno note", 400, ""),
        (b"\xff\xfe\n\n", 400, "UTF-8"),
        (b"old 0\n\n" + b"x" * 70_000, 400, "too large"),
    ],
)
def test_everything_but_growth_is_refused_with_the_protocols_answer_and_changes_nothing(cosigner, body, status, says):
    assert cosigner.add_checkpoint(request(0, 10)).status == 200

    answer = cosigner.add_checkpoint(body)

    assert answer.status == status and says in answer.body
    assert "—" not in answer.body
    assert cosigner.seen(ORIGIN).size == 10


def test_a_fork_that_the_log_signed_is_kept_as_evidence(cosigner):
    cosigner.add_checkpoint(request(0, 10))
    cosigner.add_checkpoint(request(10, 20, FORKED))
    cosigner.add_checkpoint(request(10, 10, FORKED))

    kept = [checkpoint.parse(path.read_bytes()) for path in sorted((cosigner.folder / EVIDENCE).iterdir())]
    assert [one.size for one in kept] == [10, 20]
    assert all(note.verifies(one.note, LOG_KEY) for one in kept)


def test_it_remembers_across_restarts(tmp_path):
    first = open_witness(tmp_path)
    first.add_checkpoint(request(0, 20))
    first.close()

    again = open_witness(tmp_path)
    assert again.add_checkpoint(request(0, 10)).status == 409
    assert again.add_checkpoint(request(20, 40, FORKED)).status == 422
    assert again.add_checkpoint(request(20, 40)).status == 200
    again.close()


def test_killed_between_writing_and_answering_it_has_forgotten_nothing(tmp_path):
    class Killed(MemorySigner):
        """Signing comes after writing; this one never comes back from it."""

        def sign(self, data):
            os.kill(os.getpid(), signal.SIGKILL)

    signer = Killed(COSIGNER._private, sample=True)
    for size in (7, 20):
        child = os.fork()
        if child == 0:
            made = open_witness(tmp_path, signer)
            seen = made.seen(ORIGIN)
            made.add_checkpoint(request(seen.size if seen else 0, size))
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL

    again = open_witness(tmp_path)
    assert again.seen(ORIGIN).size == 20
    assert again.add_checkpoint(request(7, 20, FORKED)).body == "20\n"
    assert again.add_checkpoint(request(20, 20)).status == 200
    again.close()


def test_killed_while_writing_it_holds_what_it_held(tmp_path):
    made = open_witness(tmp_path)
    made.add_checkpoint(request(0, 10))
    made.close()
    (tmp_path / MEMORY / (memory_name(ORIGIN) + ".new")).write_text("half a chec")

    again = open_witness(tmp_path)
    assert again.seen(ORIGIN).size == 10
    again.close()


@pytest.mark.parametrize("damage", [b"", b"garbage", signed(10, signer=OTHER).encode(), b"\xff"])
def test_a_damaged_memory_is_no_reason_to_begin_again(tmp_path, damage):
    made = open_witness(tmp_path)
    made.add_checkpoint(request(0, 10))
    made.close()
    (tmp_path / MEMORY / memory_name(ORIGIN)).write_bytes(damage)

    with pytest.raises(Unusable):
        open_witness(tmp_path)


def test_two_processes_cannot_share_one_memory(cosigner):
    with pytest.raises(Unusable, match="another process"):
        open_witness(cosigner.folder)


# ---------------------------------------------------------------------- the command


def call(*arguments):
    return command.main([*arguments, "--language", "en"])


def test_the_command_makes_a_cosigner_that_runs_without_the_platform(tmp_path, capsys):
    folder = str(tmp_path / "w")
    assert call("init", "--folder", folder, "--name", "w1.example/witness", "--sample") == 0
    key = VerifierKey.parse(capsys.readouterr().out.splitlines()[0])
    assert key.name == "w1.example/witness" and key.algorithm == note.COSIGNATURE_V1
    assert call("add-log", str(LOG_KEY), "--folder", folder) == 0
    assert ORIGIN in capsys.readouterr().out
    code = (
        "import sys; sys.modules['django'] = None\nfrom testamur.cli import main\n"
        f"sys.exit(main(['witness', 'run', '--folder', {folder!r}, '--bind', '127.0.0.1:0',"
        " '--until-stdin-closes', '--language', 'en']))"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        address = child.stdout.readline().split()[-1].rstrip("/")
        posted = urllib.request.Request(f"{address}/add-checkpoint", data=request(0, 10), method="POST")
        with urllib.request.urlopen(posted, timeout=10) as answer:
            line = answer.read().decode()
        whole = checkpoint.parse(signed(10) + line)
        assert checkpoint.check(whole, LOG_KEY, [key], 1)[0][0] == key.name
        with urllib.request.urlopen(f"{address}/key", timeout=10) as answer:
            assert answer.read().decode().strip() == str(key)
        with urllib.request.urlopen(f"{address}/checkpoint/{memory_name(ORIGIN)}", timeout=10) as answer:
            assert answer.read().decode() == signed(10)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(
                urllib.request.Request(f"{address}/add-checkpoint", data=request(5, 10, FORKED)), timeout=10
            )
        assert refused.value.code == 409 and refused.value.headers["Content-Type"] == "text/x.tlog.size"
        refused.value.close()
        with pytest.raises(urllib.error.HTTPError) as missing:
            urllib.request.urlopen(f"{address}/etc/passwd", timeout=10)
        assert missing.value.code == 404
        missing.value.close()
        child.stdin.close()
        assert child.wait(timeout=10) == 0
    finally:
        child.kill()
        child.stdout.close()
    assert call("show", "--folder", folder) == 0
    assert "10 entries seen" in capsys.readouterr().out


def test_what_cannot_be_used_is_said_in_a_sentence(tmp_path, capsys):
    folder = str(tmp_path / "w")
    assert call("run", "--folder", folder) == 2
    assert call("init", "--folder", folder, "--name", "two words") == 2
    assert call("init", "--folder", folder, "--name", "w", "--sample") == 0
    key = capsys.readouterr().out.splitlines()[0]
    assert call("add-log", key, "--folder", folder) == 2
    assert "a log's is needed" in capsys.readouterr().err
    assert call("run", "--folder", folder, "--bind", "8101") == 2
    assert "127.0.0.1:8101" in capsys.readouterr().err


# ---------------------------------------------------------------------- the policy file

W1, W2 = (
    VerifierKey.of(f"{name}.example/witness", PublicKey.from_jwk(signer.public_jwk), note.COSIGNATURE_V1)
    for name, signer in (("w1", COSIGNER), ("w2", OTHER))
)
HEAD = f"witness w1 {W1} http://127.0.0.1:1/\nwitness w2 {W2}\n"


@pytest.mark.parametrize(
    ("text", "quorum", "count"),
    [
        (HEAD + "group both all w1 w2\nquorum both\n", 2, 2),
        (HEAD + "group one any w1 w2\n# why\nquorum one\n", 1, 2),
        (HEAD + "quorum w2\n", 1, 1),
        (HEAD + "quorum none\n", 0, 2),
        (f"log {LOG_KEY}\nquorum none\n", 0, 0),
    ],
    ids=["both", "one of two", "the second", "none of two", "nobody"],  # keys are drawn anew, names of tests are not
)
def test_a_policy_says_who_and_how_many_and_is_written_as_it_is_read(text, quorum, count):
    found = policy.parse(text)
    assert (found.quorum, len(found.cosigners)) == (quorum, count)
    assert policy.parse(found.text(LOG_KEY)) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEAD,
        HEAD + "quorum w3\n",
        HEAD + "group g 3 w1 w2\nquorum g\n",
        HEAD + "group g 0 w1 w2\nquorum g\n",
        HEAD + "group g 1 w1 w1\nquorum g\n",
        HEAD + "group g 1 w9\nquorum g\n",
        HEAD + "quorum w1\nquorum w2\n",
        f"witness w1 {LOG_KEY}\nquorum w1\n",
        f"witness w1 {W1}\nwitness w3 {W1}\nquorum w1\n",
        f"witness w1 {W1} ftp://x/\nquorum w1\n",
        "witness w1 nonsense\nquorum w1\n",
        "nonsense\nquorum none\n",
    ],
)
def test_a_policy_that_means_nothing_is_refused(text):
    with pytest.raises(Malformed):
        policy.parse(text)
