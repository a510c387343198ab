"""Changing keys while certificates live: rotation, revocation, and what a stranger says of each certificate then."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest

from issuing_bench import Bench, at
from small_world import member
from testamur.attestation import actions, credentials, key_changes
from testamur.journal.models import Event
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.parties import queries
from testamur.parties.actions import create_key, revoke_key, rotate_key, signer
from testamur.parties.actions.key_changes import IN_FLIGHT, carry_on
from testamur.parties.models import Key
from testamur.transparency import publication, safekeeping
from testamur.transparency.actions import sequence
from testamur.transparency.models import Checkpoint, Entry
from testamur.verification import did, layout
from testamur.verification.entry import document_digest, instant
from testamur.verification.path import validate
from testamur.verification.proof import parse as parse_proof
from testamur.verification.site import BundleSite, FolderSite
from testamur.verification.strict_json import parse_object
from testamur.verification.verdict import Code

pytestmark = pytest.mark.django_db(transaction=True)
MARCH, MAY = date(2026, 3, 1), date(2026, 5, 4)


@pytest.fixture
def bench() -> Bench:
    world = Bench()
    world.licensed()
    world.accredited("17")
    world.keeper = member(world.body, "administration", name="Keeper")
    return world


def changed(world, verb, day=MAY, **more):
    with clock.travel(day):
        done = verb(by=world.keeper, at=at(day), **more)
        sequence()
        key_changes.carry_on()
        sequence()
    return done


def said(attestation, settings, now, *, bundled=False):
    """Say what a stranger says of a certificate's newest credential."""
    one = credentials.of(attestation)[-1]
    with clock.travel(now - timedelta(hours=1)):
        actions.publish_lists()
        sequence()
    site = FolderSite(settings.PUBLIC_DIR)
    if bundled:
        site = BundleSite(publication.get(layout.bundle(one.public_id)))
    return validate(site.read(credentials.path(one)), site=site, trust=queries.trust(), now=now)


def active(body):
    return queries.active_key(body)


# ---------------------------------------------------------------------- rotation


def test_a_rotated_key_signs_what_comes_and_what_it_replaced_stays_good(bench, settings):
    before = bench.granted()
    old = active(bench.body)

    new = changed(bench, rotate_key, organisation=bench.body)
    after = bench.granted(day=MAY + timedelta(days=1), client=bench.regulator)

    new.refresh_from_db()
    old.refresh_from_db()
    assert active(bench.body) == new and new.from_at is not None
    assert old.expires_at == new.from_at + IN_FLIGHT
    assert credentials.of(after)[-1].thumbprint == new.thumbprint
    assert said(before, settings, at(date(2026, 6, 1))).result is Code.VALID
    assert said(after, settings, at(date(2026, 6, 1))).result is Code.VALID
    assert said(after, settings, at(date(2026, 6, 1)), bundled=True).result is Code.VALID


def test_the_new_key_signs_nothing_before_the_log_shows_it(bench, monkeypatch):
    old = active(bench.body)
    with clock.travel(MAY):
        monkeypatch.setattr("testamur.transparency.actions.sequencer.soon", lambda: None)
        new = rotate_key(organisation=bench.body, by=bench.keeper, at=at(MAY))
        assert carry_on() == 0

        assert active(bench.body) == old and queries.waiting_key(bench.body) == new
        with pytest.raises(Refused, match="published already and signs as soon as the log shows it"):
            rotate_key(organisation=bench.body, by=bench.keeper, at=at(MAY))
        sequence()
        assert carry_on() == 1
        assert active(bench.body) == new


def test_with_cosigners_the_new_key_waits_until_they_signed_a_checkpoint_that_holds_it(bench, monkeypatch):
    asked = SimpleNamespace(cosigning_policy=lambda: SimpleNamespace(quorum=1))
    monkeypatch.setattr("testamur.transparency.queries.custody", asked)
    with clock.travel(MAY):
        new = rotate_key(organisation=bench.body, by=bench.keeper, at=at(MAY))
        assert carry_on() == 0 and queries.waiting_key(bench.body) == new

        newest = Checkpoint.objects.order_by("-size").first()
        Checkpoint.objects.filter(pk=newest.pk).update(cosigned_at=clock.real_now(), proves_from=0, proves=newest.note)
        assert carry_on() == 1
    assert active(bench.body) == new


def test_the_old_private_part_is_destroyed_once_it_expired_and_not_before(bench, settings):
    old = active(bench.body)
    path = safekeeping._path(old.thumbprint)
    changed(bench, rotate_key, organisation=bench.body)
    assert path.exists()

    with clock.travel(at(MAY) + timedelta(hours=1)):
        assert carry_on() == 1
        assert carry_on() == 0

    old.refresh_from_db()
    assert not path.exists() and old.destroyed_at is not None
    assert Event.objects.get(kind="key.destroyed").payload == {"key": "k1", "was_there": True}
    document = did.parse(publication.get(layout.did_document(bench.body.public_id.lower())))
    assert {queries.kid(old), queries.kid(active(bench.body))} <= set(document.methods)


@pytest.mark.parametrize("step", ["_switch", "_destroy"])
def test_a_crash_in_the_middle_of_a_rotation_is_completed_by_the_next_run(bench, monkeypatch, step):
    """The act is committed, then the process dies inside a step: nothing of the step is left, the next run does it."""
    from testamur.parties.actions import key_changes as changes

    old = active(bench.body)
    known = changes.record

    def dying(kind, **more):
        known(kind, **more)
        raise KeyboardInterrupt

    with clock.travel(MAY):
        if step == "_switch":
            with monkeypatch.context() as patch:
                patch.setattr(changes, "carry_on", lambda organisation=None: 0)
                new = rotate_key(organisation=bench.body, by=bench.keeper, at=at(MAY))
        else:
            new = rotate_key(organisation=bench.body, by=bench.keeper, at=at(MAY))
    with clock.travel(at(MAY) + timedelta(hours=1)):
        with monkeypatch.context() as patch:
            patch.setattr(changes, "record", dying)
            with pytest.raises(KeyboardInterrupt):
                carry_on()
        if step == "_switch":
            assert active(bench.body) == old
        sequence()
        carry_on()
        with clock.travel(at(MAY) + timedelta(hours=2)):
            carry_on()

    old.refresh_from_db()
    assert active(bench.body) == new and old.destroyed_at is not None
    assert Event.objects.filter(kind="key.rotated").count() == 1
    assert Event.objects.filter(kind="key.destroyed").count() == 1


# ---------------------------------------------------------------------- revocation


def test_after_a_revocation_what_was_logged_before_stays_good_and_says_so(bench, settings):
    certificate = bench.granted()
    stolen = active(bench.body)

    new = changed(bench, revoke_key, key=stolen, because="stolen")

    stolen.refresh_from_db()
    entry = Entry.objects.get(type="key.revoke")
    assert stolen.revoked_at_index == entry.index and stolen.followed_at is not None
    assert active(bench.body) == new and new.thumbprint != stolen.thumbprint
    for bundled in (False, True):
        verdict = said(certificate, settings, at(date(2026, 6, 1)), bundled=bundled)
        assert verdict.result is Code.VALID, str(verdict)
        assert any("was revoked on" in one.sentence() for one in verdict.assurance)
    listed = parse_object(_payload(publication.get(layout.REVOKED_KEYS)))
    assert [(one["thumbprint"], one["logIndex"]) for one in listed["keys"]] == [(stolen.thumbprint, entry.index)]


def _payload(jwt):
    from testamur.kernel.multibase import from_b64url

    return from_b64url(jwt.decode().split(".")[1])


def test_a_back_dated_certificate_signed_with_the_stolen_key_fails_and_the_sentence_says_why(bench, settings):
    bench.granted()
    stolen = active(bench.body)
    thief = signer(bench.body, stolen)
    changed(bench, revoke_key, key=stolen, because="stolen")
    Key.objects.filter(pk=stolen.pk).update(revoked_at=None, revoked_because="", revoked_at_index=None)
    Key.objects.exclude(pk=stolen.pk).filter(organisation=bench.body).update(from_at=None)
    safekeeping._signers["file", str(safekeeping._path(stolen.thumbprint))] = thief
    forged = bench.granted(day=date(2026, 4, 1), client=bench.regulator)  # a month before the theft was noticed
    entry = Entry.objects.get(type="key.revoke")
    Key.objects.filter(pk=stolen.pk).update(revoked_at=at(MAY), revoked_because="stolen", revoked_at_index=entry.index)
    Key.objects.exclude(pk=stolen.pk).filter(organisation=bench.body).update(from_at=at(MAY))

    verdict = said(forged, settings, at(date(2026, 6, 1)))

    assert credentials.of(forged)[-1].entry.index > entry.index
    assert verdict.result is Code.KEY_INVALID
    assert "was revoked, and this was logged afterwards, whatever day it claims" in verdict.reason.sentence()


def test_the_body_sees_what_a_revocation_reaches_and_signs_it_anew(bench, settings):
    untouched = bench.granted()
    stolen = active(bench.body)
    with clock.travel(MAY):
        # Issued in the same moment: it signs with the old key and is numbered after the revocation.
        late = bench.granted(client=bench.regulator)
        one = credentials.of(late)[-1]
        revoke_key(key=stolen, because="suspected", by=bench.keeper, at=at(MAY))
        Key.objects.filter(pk=stolen.pk).update(revoked_at_index=one.entry.index)
    assert list(key_changes.affected(bench.body)) == [one]
    assert not key_changes.may_sign_anew(credentials.of(untouched)[-1])

    with clock.travel(MAY + timedelta(days=1)):
        with pytest.raises(Refused, match="does not hold"):
            key_changes.sign_anew(credential=one, by=bench.signatory, at=at(MAY))
        made = key_changes.sign_anew(credential=one, by=bench.keeper, at=at(MAY))
        with pytest.raises(Refused, match="signed anew already"):
            key_changes.sign_anew(credential=one, by=bench.keeper, at=at(MAY))

    assert made.edition == one.edition and made.thumbprint == active(bench.body).thumbprint
    assert not key_changes.affected(bench.body).exists()
    assert said(late, settings, at(date(2026, 6, 1))).result is Code.VALID


def test_a_revocation_goes_through_though_no_new_key_can_be_made(bench, settings):
    stolen = active(bench.body)
    settings.KEYS_IN = "hsm"  # and no module is configured

    assert changed(bench, revoke_key, key=stolen, because="lost") is None

    stolen.refresh_from_db()
    assert stolen.revoked_at_index is not None and active(bench.body) is None
    assert stolen.followed_at is None  # its lists wait for a key
    settings.KEYS_IN = "file"
    changed(bench, create_key, organisation=bench.body)
    stolen.refresh_from_db()
    assert stolen.followed_at is not None


def test_a_crash_after_a_revocation_is_completed_by_the_next_run(bench, monkeypatch, settings):
    certificate = bench.granted()
    stolen = active(bench.body)
    with clock.travel(MAY), monkeypatch.context() as patch:
        patch.setattr("testamur.transparency.actions.sequencer.soon", lambda: None)
        patch.setattr("testamur.parties.actions.key_changes._after", lambda organisation: None)
        revoke_key(key=stolen, because="stolen", by=bench.keeper, at=at(MAY))
    assert Key.objects.get(pk=stolen.pk).revoked_at_index is None

    with clock.travel(at(MAY) + timedelta(hours=1)):
        sequence()
        key_changes.carry_on()

    stolen.refresh_from_db()
    assert stolen.revoked_at_index == Entry.objects.get(type="key.revoke").index
    assert stolen.destroyed_at is not None and stolen.followed_at is not None
    assert said(certificate, settings, at(date(2026, 6, 1))).result is Code.VALID


def test_only_an_administrator_of_the_body_rotates_or_revokes(bench):
    stolen = active(bench.body)
    for wrong in (bench.signatory, member(bench.regulator, "administration", name="Other")):
        with pytest.raises(Refused):
            rotate_key(organisation=bench.body, by=wrong, at=at(MAY))
        with pytest.raises(Refused):
            revoke_key(key=stolen, because="stolen", by=wrong, at=at(MAY))
    with pytest.raises(Refused, match="Say why"):
        revoke_key(key=stolen, because="", by=bench.keeper, at=at(MAY))
    changed(bench, revoke_key, key=stolen, because="stolen")
    with pytest.raises(Refused, match="was revoked on"):
        revoke_key(key=stolen, because="stolen", by=bench.keeper, at=at(MAY))


# ---------------------------------------------------------------------- history of did.json


def test_every_version_of_the_keys_ever_published_stays_findable_and_provable(bench, settings):
    changed(bench, rotate_key, organisation=bench.body)
    changed(bench, revoke_key, key=active(bench.body), because="stolen", day=MAY + timedelta(days=3))
    place = bench.body.public_id.lower()
    versions = list(bench.body.key_documents.order_by("number"))

    assert len(versions) == Entry.objects.filter(type="did.update", subject=queries.did(bench.body)).count() >= 5
    for version in versions:
        document = parse_object(publication.get(layout.did_version(place, version.number)))
        proof = parse_proof(publication.get(layout.did_version(place, version.number, "tlog-proof")))
        assert proof.includes()
        assert parse_object(proof.entry)["d"] == document_digest(document) == version.digest
    newest = parse_object(publication.get(layout.did_document(place)))
    assert newest == versions[-1].body
    names = [{method["id"] for method in version.body["verificationMethod"]} for version in versions]
    assert all(before <= after for before, after in pairwise(names))  # no key ever left


# ---------------------------------------------------------------------- keys in a hardware module


@pytest.mark.parametrize("algorithm", ["Ed25519", "ES256"])
def test_a_key_of_a_hardware_module_issues_a_certificate_that_a_stranger_says_is_valid(
    bench, kept_in_token, settings, algorithm
):
    settings.KEY_ALGORITHM = algorithm

    key = changed(bench, rotate_key, organisation=bench.body, day=date(2026, 2, 1))
    certificate = bench.granted()

    key.refresh_from_db()
    one = credentials.of(certificate)[-1]
    assert (key.kept_in, key.algorithm) == ("hsm", algorithm) and one.thumbprint == key.thumbprint
    assert not safekeeping._path(key.thumbprint).exists()
    for bundled in (False, True):
        verdict = said(certificate, settings, at(date(2026, 6, 1)), bundled=bundled)
        assert verdict.result is Code.VALID, str(verdict)
    safekeeping._signers.clear()  # as after a restart: found again by its label
    assert signer(bench.body).thumbprint == key.thumbprint


def test_destroying_an_old_key_takes_it_out_of_the_hardware_module(bench, kept_in_token, settings):
    first = changed(bench, rotate_key, organisation=bench.body)
    changed(bench, rotate_key, organisation=bench.body, day=MAY + timedelta(days=1))
    with clock.travel(MAY + timedelta(days=2)):
        carry_on()

    first.refresh_from_db()
    assert first.destroyed_at is not None
    safekeeping._signers.clear()
    with pytest.raises(Refused, match="holds no key"):
        signer(bench.body, first)


# ---------------------------------------------------------------------- the list of revoked keys


def test_the_list_of_revoked_keys_counts_for_a_day_and_the_worker_signs_it_anew(bench):
    from testamur.cli.worker import EVERY, _works

    def span():
        facts = parse_object(_payload(publication.get(layout.REVOKED_KEYS)))
        return instant(facts["validFrom"]), instant(facts["validUntil"])

    with clock.travel(MAY):
        _works()["lists"]()
    first = span()
    with clock.travel(at(MAY) + timedelta(seconds=EVERY["lists"])):
        _works()["lists"]()
    second = span()

    assert first[1] - first[0] == second[1] - second[0] == timedelta(hours=24)
    assert first[0] < second[0] < first[1]  # always one that counts
