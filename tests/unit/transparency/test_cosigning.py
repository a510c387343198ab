"""The platform asks its cosigners after each checkpoint, waits for none of them, and says honestly who signed."""

from __future__ import annotations

import socket
import time

import pytest
from django.core.exceptions import ImproperlyConfigured

from testamur.kernel import multibase
from testamur.kernel.refusal import Refused
from testamur.transparency import actions, cosigning, custody, publication, queries, sequencer
from testamur.transparency.models import Checkpoint, Cosignature, Cosigner, Entry, Tree
from testamur.verification import checkpoint as checkpoints
from testamur.verification import layout, policy, proof

pytestmark = pytest.mark.django_db


def append(count: int, prefix: str = "E") -> None:
    for number in range(count):
        data = f"{prefix}{number}".encode()
        actions.append("process.event", {"id": f"{prefix}{number}", "d": multibase.digest(data)})
    actions.sequence()


def published(path: str = layout.CHECKPOINT) -> checkpoints.Checkpoint:
    return checkpoints.parse(publication.get(path))


def check_witnessed(found: checkpoints.Checkpoint) -> None:
    assert len(checkpoints.check(found, custody.log_verifier_key(), custody.cosigning_policy().keys, 2)) == 2


def test_a_checkpoint_is_cosigned_by_both_and_every_proof_carries_it(cosigners):
    append(300)
    assert queries.state().quorum == 2 and not queries.state().witnessed

    assert actions.cosign() == 300

    state = queries.state()
    assert (state.cosigners, state.appointed, state.cosigned_size, state.witnessed) == (2, 2, 300, True)
    check_witnessed(published())
    for entry in Entry.objects.all():
        found = proof.parse(entry.proof)
        assert found.includes() and found.index == entry.index and found.entry == bytes(entry.data)
        check_witnessed(found.checkpoint)
    assert queries.cosignatures_of(entry) == (2, 2)


def test_growth_is_proven_to_cosigners_and_a_final_proof_never_changes(cosigners):
    append(10)
    actions.cosign()
    first = {entry.index: entry.proof for entry in Entry.objects.all()}
    for count in (1, 300, 7):
        append(count, f"more{count}-")
        assert actions.cosign() == count

    assert published().size == 318
    assert {entry.index: entry.proof for entry in Entry.objects.filter(index__lt=10)} == first
    assert all(proof.parse(entry.proof).includes() for entry in Entry.objects.all())
    assert actions.cosign() == 0


def test_without_a_quorum_the_witnessed_head_stays_and_the_newest_is_published_beside_it(cosigners):
    append(5)
    actions.cosign()
    cosigners[1].stop()
    append(3, "later")
    actions.cosign()

    assert published().size == 5
    assert published(layout.CHECKPOINT_NEXT).size == 8
    state = queries.state()
    assert (state.size, state.cosigners, state.witnessed, state.cosigned_size) == (8, 1, False, 5)
    last = Entry.objects.get(index=7)
    assert queries.cosignatures_of(last) == (0, 2) and last.cosigned_at is None

    cosigners[1].start()
    Cosigner.objects.update(asked_at=None)
    assert actions.cosign() == 3
    assert published().size == 8


def test_before_anybody_cosigned_the_newest_head_is_shown_as_it_is(cosigners):
    append(2)

    assert published().size == 2
    assert b"witness" not in publication.get(layout.CHECKPOINT)


def test_a_silent_cosigner_shows_as_such_and_is_asked_less_and_less_often(cosigners, monkeypatch):
    cosigners[0].stop()
    append(2)
    actions.cosign()

    shown = {one.name: one for one in queries.cosigners()}
    assert not shown["w1.example/witness"].answers and shown["w1.example/witness"].problem.startswith("does not answer")
    assert shown["w2.example/witness"].signed
    asked = []
    monkeypatch.setattr(cosigning, "_ask", lambda address, body: asked.append(address))
    actions.cosign()
    assert asked == []
    row = Cosigner.objects.get(key=str(cosigners[0].key))
    waits = []
    for failures in (1, 2, 3, 20):
        row.failures = failures
        for seconds in range(0, 1000, 5):
            if cosigning._is_due(row, row.asked_at + cosigning.timedelta(seconds=seconds), set()):
                waits.append(seconds)
                break
    assert waits == [5, 10, 20, 600]


def test_a_cosigner_that_stops_while_nothing_grows_shows_too(cosigners, monkeypatch, client):
    append(2)
    actions.cosign()
    cosigners[0].stop()
    actions.cosign()
    assert all(one.answers for one in queries.cosigners())  # asked a moment ago

    monkeypatch.setattr(cosigning, "ALIVE", 0)
    actions.cosign()
    assert [one.answers for one in queries.cosigners()] == [False, True]
    assert queries.state().witnessed  # what it signed stays signed
    ready = client.get("/readyz").json()
    assert ready["ready"] and ready["cosigners"].endswith("no answer from w1.example/witness")
    page = client.get("/log").content.decode()
    assert "Witnessed by 2 of 2" in page and "does not answer" in page


def test_a_cosigner_that_never_answers_holds_nobody_up_for_longer_than_its_time(cosigners, monkeypatch):
    monkeypatch.setattr(cosigning, "TIMEOUT", 0.3)
    cosigners[0].stop()
    with socket.socket() as mute:
        mute.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        mute.bind(("127.0.0.1", cosigners[0].port))
        mute.listen()
        append(2)
        began = time.monotonic()
        actions.cosign()
        assert time.monotonic() - began < 3
        append(1, "issued meanwhile")
    assert Entry.objects.filter(index__isnull=True).count() == 0


def test_an_answer_lost_on_its_way_is_asked_for_again(cosigners):
    append(4)
    actions.cosign()
    append(2, "more")
    Cosignature.objects.all().delete()
    Cosigner.objects.update(size=0)  # as if the first answer had never arrived

    assert actions.cosign() == 2
    assert queries.state().witnessed


def test_a_signature_of_somebody_else_is_not_taken(cosigners, monkeypatch):
    append(2)
    real = cosigning._ask

    def swapped(address, body):
        port = cosigners[0].port if str(cosigners[1].port) in address else cosigners[1].port
        return real(f"http://127.0.0.1:{port}/add-checkpoint", body)

    monkeypatch.setattr(cosigning, "_ask", swapped)
    actions.cosign()

    assert not Cosignature.objects.exists()
    assert all("not its cosignature" in one.problem for one in queries.cosigners())


def test_a_database_and_site_restored_together_are_recognised_by_what_a_cosigner_remembers(cosigners, settings):
    append(5)
    actions.cosign()
    old = {path: publication.get(path) for path in (layout.CHECKPOINT, layout.CHECKPOINT_NEXT)}
    tree = Tree.objects.values("size", "frontier").get()
    append(4, "lost")
    actions.cosign()
    # The backup of before: rows, files and all.
    Checkpoint.objects.filter(size__gt=5).delete()
    Entry.objects.filter(index__gte=5).delete()
    Tree.objects.update(**tree)
    Cosigner.objects.update(size=5)
    for path, data in old.items():
        publication.put(path, data)

    append(2, "after the restore")  # nothing shows yet: file and database agree
    actions.cosign()

    assert Cosigner.objects.exclude(contradiction="").count() == 2
    actions.append("process.event", {"id": "X", "d": multibase.digest(b"X")})
    with pytest.raises(Refused, match="older backup"):
        actions.sequence()


def test_a_false_claim_of_having_seen_more_stops_nothing(cosigners, monkeypatch):
    append(2)
    monkeypatch.setattr(cosigning, "_ask", lambda *_: cosigning.Answered(409, b"999\n", "text/x.tlog.size"))
    actions.cosign()
    monkeypatch.undo()

    append(2, "goes on")
    assert not Cosigner.objects.exclude(contradiction="").exists()
    assert Checkpoint.objects.count() == 2


def test_a_later_version_keeps_its_own_proof_when_an_older_one_is_completed(cosigners):
    seen = []
    sequencer.after_sequencing(lambda entries: seen.append([one.index for one in entries]), "status.publish")
    try:
        for _turn in (1, 2):
            actions.append("status.publish", {"id": "list", "d": multibase.digest(b"list")})
            actions.sequence()
        actions.cosign()
    finally:
        sequencer._after.pop()

    assert seen == [[0], [1], [1]]


def test_the_public_policy_names_the_log_and_no_address(cosigners):
    append(1)

    text = publication.get(layout.LOG_POLICY).decode()
    assert "127.0.0.1" not in text and text.startswith(f"log {custody.log_verifier_key()}\n")
    assert policy.parse(text).quorum == 2


def test_a_policy_that_cannot_be_read_stops_the_start_but_not_the_work(cosigners, settings, tmp_path):
    append(1)
    assert custody.cosigning_policy().quorum == 2
    settings.LOG_POLICY.write_text("nonsense\n")
    assert custody.cosigning_policy().quorum == 2

    settings.LOG_POLICY = tmp_path / "another"
    settings.LOG_POLICY.write_text("nonsense\n")
    with pytest.raises(ImproperlyConfigured, match="line 1"):
        custody.cosigning_policy()
