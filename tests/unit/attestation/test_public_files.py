"""What leaves the house: files that a stranger verifies offline, with the platform's own verifier."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from issuing_bench import at, full, line, publish_extract
from shared import shared
from small_world import both, person_scheme
from testamur.attestation import actions, credentials, publishing, statements, status_lists, tasks
from testamur.attestation.models import Slot, Statement, StatusList
from testamur.cli import witness as command
from testamur.cli import worker
from testamur.kernel import clock
from testamur.kernel.multibase import b64url
from testamur.kernel.words import Status
from testamur.parties import queries as parties
from testamur.parties.actions.keys import publish_did, publish_roots
from testamur.parties.models import Key, Person
from testamur.register.models import Attestation
from testamur.transparency import publication, safekeeping
from testamur.transparency.actions import sequence
from testamur.transparency.models import Entry, Owed
from testamur.verification import credential as formats
from testamur.verification import history, layout, status_list
from testamur.verification.path import validate
from testamur.verification.policy import Cosigner, Policy
from testamur.verification.site import BundleSite, FolderSite
from testamur.verification.untp import v0_7
from testamur.verification.untp.names import CERTIFICATE
from testamur.verification.verdict import Code

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate(bench):
    bench.licensed()
    bench.accredited("17")
    return bench.granted()


def verified(attestation, settings, now, *, edition=1, bundled=False, **more):
    """Publish what waits, then verify an edition's file as a stranger would at an instant."""
    one = attestation.editions.get(edition=edition).credentials.get()
    with clock.travel(now - timedelta(hours=1)):
        actions.publish_lists()
        sequence()
        publishing.refresh_statements()
        for key in Key.objects.select_related("organisation"):
            publish_did(key.organisation)
        publishing.publish_revoked_keys()
        publishing.publish_bundle(one)
    site = FolderSite(settings.PUBLIC_DIR)
    if bundled:
        site = BundleSite((settings.PUBLIC_DIR / layout.bundle(one.public_id)).read_bytes())
    data = site.read(credentials.path(one))
    assert data is not None
    return validate(data, site=site, trust=parties.trust(), now=now, **more)


def noon(day):
    return at(day) + timedelta(hours=3)


def test_a_stranger_says_valid_and_sees_the_line_of_authority_to_the_roots(bench, certificate, settings):
    verdict = verified(certificate, settings, noon(date(2026, 3, 1)))

    assert verdict.result is Code.VALID, str(verdict)
    kinds = [link.kind for link in verdict.path]
    assert "licence" in kinds and "accreditation" in kinds


def test_a_bundle_taken_before_the_cosigners_signed_holds_what_a_check_reads(client, certificate, settings, tmp_path):
    now = noon(date(2026, 3, 1))
    verified(certificate, settings, now)
    key = command.make(tmp_path / "w1", "w1.example/witness", sample=True)
    settings.LOG_POLICY = tmp_path / "log-policy"
    settings.LOG_POLICY.write_text(Policy((Cosigner("w1", key, "http://127.0.0.1:9"),), 1).text())
    publish_roots()
    one = certificate.editions.get(edition=1).credentials.get()

    with clock.travel(now):
        taken = [BundleSite(client.get(f"/c/{code}/bundle").content) for code in (certificate.public_id, one.public_id)]
        trust = parties.trust()

    assert taken[0].facts["files"] == taken[1].facts["files"]
    unsigned = validate(one.jwt.encode(), site=taken[0], trust=trust, now=now)
    assert unsigned.result is not Code.VALID and "download it again" in unsigned.reason.sentence()
    alone = replace(trust, witnesses=(), quorum=0)
    assert validate(one.jwt.encode(), site=taken[0], trust=alone, now=now).result is Code.VALID


def test_the_bundle_alone_is_enough(bench, certificate, settings):
    assert verified(certificate, settings, noon(date(2026, 3, 1)), bundled=True).result is Code.VALID


def test_both_forms_share_one_digest_and_one_entry(bench, certificate):
    one = certificate.editions.get().credentials.get()
    jwt = formats.parse(one.jwt.encode())
    twin = formats.parse(json.dumps(one.twin).encode())

    assert jwt.digest == twin.digest == one.digest
    assert json.loads(bytes(one.entry.data))["d"] == one.digest
    assert jwt.payload["type"][0] == CERTIFICATE and jwt.payload["sample"] is True
    assert len(one.nonce) == 32


def test_what_was_really_issued_passes_untps_schemas_through_the_documented_shim(bench, certificate):
    jsonschema = pytest.importorskip("jsonschema")
    licence = Attestation.objects.get(issuer=bench.regulator)

    for attestation, schema in ((certificate, "dcc"), (licence, "dia")):
        published = json.loads(shared("cases/trust/vectors", f"untp-{schema}-0.7.0.schema.json").read_text())
        body = attestation.editions.get().credentials.get().body
        jsonschema.Draft202012Validator(published).validate(v0_7.for_schema(body))


def test_civil_days_become_instants_of_the_area(bench, certificate):
    body = certificate.editions.get().credentials.get().body

    assert (body["validFrom"], body["validUntil"]) == ("2026-02-28T16:00:00Z", "2029-03-01T15:59:59Z")


@pytest.mark.parametrize(
    ("verb", "ground", "code"),
    [
        ("suspend", "surveillance_missed", Code.SUSPENDED),
        ("withdraw", "not_restored", Code.REVOKED),
        ("cancel", "given_up", Code.REVOKED),
    ],
)
def test_a_stranger_sees_a_change_of_status_after_the_next_list(bench, certificate, settings, verb, ground, code):
    day = date(2026, 4, 1)
    with clock.travel(day):
        getattr(actions, verb)(
            attestation=certificate, ground=ground, reasons=both("r"), by=bench.signatory, at=at(day)
        )

    assert verified(certificate, settings, noon(day)).result is code
    past = verified(certificate, settings, noon(day), on=date(2026, 3, 15))
    assert past.result is Code.VALID, str(past)


def test_a_replaced_edition_is_superseded_and_never_revoked(bench, certificate, settings):
    day = date(2026, 5, 4)
    with clock.travel(day):
        actions.change(
            attestation=certificate, reasons=both("r"), by=bench.signatory, at=at(day), names={"en": "Sample New"}
        )

    assert verified(certificate, settings, noon(day)).result is Code.SUPERSEDED
    assert verified(certificate, settings, noon(day), edition=2).result is Code.VALID


def test_losing_the_licence_shows_in_the_verdict_of_every_certificate(bench, settings):
    licence = bench.licensed()
    certificate = bench.granted()
    day = date(2026, 6, 1)
    with clock.travel(day):
        actions.withdraw(
            attestation=licence, ground="serious", reasons=both("r"), by=bench.regulator_signatory, at=at(day)
        )

    assert verified(certificate, settings, noon(day)).result is Code.ACCREDITATION_INVALID
    assert verified(certificate, settings, noon(day), at_issue=True).result is Code.VALID


def test_a_certificate_from_a_licence_obtained_by_fraud_was_never_rightly_issued(bench, settings):
    licence = bench.licensed()
    one = licence.editions.get().credentials.get()
    day = date(2026, 6, 1)
    with clock.travel(day):
        actions.withdraw(
            attestation=licence, ground="by_fraud", reasons=both("r"), by=bench.regulator_signatory, at=at(day)
        )

    changes = statements.changes(one)

    assert history.at(changes, at(date(2026, 2, 1)))[0] == "withdrawn"
    assert history.at(changes, at(date(2026, 7, 1)))[0] == "withdrawn"


def test_void_from_the_start_leaves_no_day_valid_however_often_it_was_restored(bench):
    licence = bench.licensed()
    one = licence.editions.get().credentials.get()
    from testamur.register.models import StatusChange

    for day, word in ((date(2026, 2, 1), "suspended"), (date(2026, 3, 1), "valid")):
        StatusChange.objects.create(attestation=licence, status=word, effective_at=at(day))
    StatusChange.objects.create(
        attestation=licence, status="withdrawn", effective_at=at(date(2026, 6, 1)), from_start=True
    )

    changes = statements.changes(one)

    days = [date(2026, month, 15) for month in (1, 2, 3, 6, 7)]
    assert {history.at(changes, at(day))[0] for day in days} == {"withdrawn"}


def test_what_the_history_statement_says_equals_the_replay(bench, certificate):
    one = certificate.editions.get().credentials.get()
    acts = [
        (date(2026, 4, 1), "suspend", {"ground": "surveillance_missed"}),
        (date(2026, 5, 1), "restore", {}),
        (date(2026, 6, 1), "cancel", {"ground": "given_up"}),
    ]
    for day, verb, more in acts:
        with clock.travel(day):
            getattr(actions, verb)(attestation=certificate, reasons=both("r"), by=bench.signatory, at=at(day), **more)
    from testamur.register.status import status

    changes = statements.changes(one)

    for month in range(3, 9):
        day = date(2026, month, 20)
        assert history.at(changes, at(day))[0] == status(certificate, day).status


def test_each_change_of_status_logs_a_new_statement_and_nothing_else_does(bench, certificate):
    one = certificate.editions.get().credentials.get()
    assert Statement.objects.filter(credential=one).count() == 1

    assert statements.write(certificate) == []
    with clock.travel(date(2026, 4, 1)):
        actions.suspend(
            attestation=certificate, ground="surveillance_missed", reasons=both("r"), by=bench.signatory,
            at=at(date(2026, 4, 1)),
        )  # fmt: skip

    assert [row.entry.type for row in Statement.objects.filter(credential=one)] == ["cert.status", "cert.status"]


def test_the_bits_of_a_published_list_are_those_of_its_slots(bench, certificate, published):
    with clock.travel(date(2026, 4, 1)):
        actions.suspend(
            attestation=certificate, ground="surveillance_missed", reasons=both("r"), by=bench.signatory,
            at=at(date(2026, 4, 1)),
        )  # fmt: skip
    published()
    slot = Slot.objects.get(credential=certificate.editions.get().credentials.get().public_id)

    found = {}
    for purpose in layout.PURPOSES:
        place = layout.status_list(bench.body.public_id.lower(), purpose)
        payload = formats.parse(publication.get(place)).payload
        listed = status_list.decode(payload["credentialSubject"]["encodedList"])
        found[purpose] = status_list.get_bit(listed, slot.index)

    assert found == {layout.REVOCATION: False, layout.SUSPENSION: True, layout.SUPERSEDED: False}


def test_lists_are_signed_again_and_each_version_is_logged(bench, certificate):
    before = StatusList.objects.count()

    signed = tasks.publish_lists()

    assert signed == 9  # three issuers, three purposes
    assert StatusList.objects.count() == before + 9
    assert Entry.objects.filter(type="status.publish").count() == before + 9
    newest = StatusList.objects.order_by("-id").first()
    assert newest.valid_until - newest.valid_from == timedelta(hours=24)


def lose_key(organisation):
    """Take the private part away, as a hardware module does that is unplugged."""
    key = organisation.keys.get()
    safekeeping._signers.clear()
    safekeeping._path(key.thumbprint).unlink()


def test_an_issuer_whose_key_does_not_answer_keeps_no_other_issuers_lists_from_being_signed(bench, certificate):
    lose_key(bench.body)

    assert tasks.publish_lists() == 6

    signed = StatusList.objects.order_by("-id")[:6]
    assert {one.issuer for one in signed} == {bench.regulator, bench.accreditor}


def test_what_takes_effect_is_recorded_also_where_its_list_cannot_be_signed_yet(bench, certificate):
    day = date(2026, 3, 9)
    with clock.travel(date(2026, 3, 2)):
        actions.suspend(
            attestation=certificate,
            ground="surveillance_missed",
            reasons=both("later"),
            by=bench.signatory,
            at=at(day),
        )
    lose_key(bench.body)

    with clock.travel(date(2026, 3, 10)):
        actions.take_effect()

    certificate.current.refresh_from_db()
    assert certificate.current.status == Status.SUSPENDED
    assert Slot.objects.get(credential=certificate.editions.get().credentials.get().public_id).suspended


def test_files_of_one_issuer_do_not_wait_for_the_key_of_another(bench):
    bench.licensed()
    bench.accredited("17")
    certificate = bench.granted()
    lose_key(bench.body)
    accreditation = bench.accredited("18")
    sequence()

    here, there = (one.editions.get().credentials.get() for one in (certificate, accreditation))
    assert publication.get(credentials.path(here)) is not None
    assert publication.get(credentials.path(here, "history.jwt")) is None
    assert publication.get(credentials.path(there, "history.jwt")) is not None
    assert not Owed.objects.exists()


def test_the_worker_signs_lists_anew_long_before_they_end_and_serves_the_version_that_is_logged(
    bench, certificate, published, monkeypatch
):
    monkeypatch.setattr("django.db.close_old_connections", lambda: None)
    assert 2 * timedelta(seconds=worker.EVERY["lists"]) <= status_lists.VALID_FOR / 2
    published()
    place = layout.status_list(bench.body.public_id.lower(), layout.REVOCATION, 1)
    before = publication.get(place)

    with clock.travel(clock.now() + timedelta(seconds=worker.EVERY["lists"])):
        assert worker._run("lists", worker._works()["lists"])
        publishing.publish_lists(StatusList.objects.filter(entry__index=None))
        assert publication.get(place) == before, "a version was served before it was logged"
        published()

    served = StatusList.objects.get(jwt=publication.get(place).decode())
    assert served.entry.index is not None
    assert served.valid_until > StatusList.objects.get(jwt=before.decode()).valid_until


def test_a_list_takes_the_shorter_of_two_packings_and_both_can_be_read():
    for share in (0, 0.01, 0.05, 0.5):
        bits = status_list.new_bits()
        for index in random.Random(1).sample(range(status_list.LENGTH), int(status_list.LENGTH * share)):
            status_list.set_bit(bits, index)
        text = status_list.encode(bits)
        assert status_list.decode(text) == bytes(bits)
        assert len(text) <= len("u" + b64url(gzip.compress(bytes(bits), 9, mtime=0)))


def test_a_lost_disk_is_written_again_from_the_database(bench, certificate, published, settings):
    before = published()
    one = certificate.editions.get().credentials.get()
    jwt = publication.get(credentials.path(one))
    for form in ("jwt", "json", "tlog-proof"):
        (settings.PUBLIC_DIR / credentials.path(one, form)).unlink()

    assert tasks.publish_waiting() == 1
    assert tasks.publish_waiting() == 0

    assert publication.get(credentials.path(one)) == jwt
    assert before <= {str(path.relative_to(settings.PUBLIC_DIR)) for path in settings.PUBLIC_DIR.rglob("*")}


def test_a_confidential_certificate_stands_in_the_lists_and_nowhere_else(bench, settings, published):
    bench.licensed()
    certificate = bench.granted(answers={"confidential": True})

    files = published()

    one = certificate.editions.get().credentials.get()
    assert certificate.confidential
    assert not [path for path in files if one.public_id in path]
    assert set(json.loads(bytes(one.entry.data))) == {"d", "id", "sample", "t", "ts", "v"}


def test_a_person_proves_a_registration_with_an_open_badge_that_the_site_does_not_hold(bench, settings):
    scheme = person_scheme()
    publish_extract(scheme)
    person = Person.objects.create(names=both("Wang"), sample=True)
    day = date(2026, 3, 1)
    case = bench.case(scheme, bench.regulator, person=person, day=day)
    with clock.travel(day):
        decision = bench.decision(case, scope=[line()], day=day)
        made = actions.carry_out(decision=decision, by=bench.regulator_signatory, at=at(day)).attestation
        actions.publish_lists()
        sequence()
        for key in Key.objects.select_related("organisation"):
            publish_did(key.organisation)
        publishing.publish_revoked_keys()
    held = publishing.files(made.editions.get().credentials.get())
    site, trust = FolderSite(settings.PUBLIC_DIR), parties.trust()

    def said(data):
        return validate(data, site=site, trust=trust, now=noon(day), proof=held["tlog-proof"])

    assert said(held["jwt"]).result is Code.VALID, str(said(held["jwt"]))
    assert said(held["json"]).result is Code.VALID
    assert said(held["json"].replace(b"Wang", b"Wong")).result is Code.INVALID_SIGNATURE
    assert not [path for path in settings.PUBLIC_DIR.rglob("*") if path.is_file() and b"Wang" in path.read_bytes()]
    badge = json.loads(held["json"])
    assert badge["credentialSubject"]["licenseNumber"] == "P-000001"
    assert badge["credentialSubject"]["achievement"]["type"] == ["Achievement"]


def test_the_same_place_is_given_once(bench):
    bench.licensed()
    for name in "ABC":
        bench.granted(client=bench.body, scope=[full()], statement={"en": name})

    places = [(slot.issuer_id, slot.shard, slot.index) for slot in Slot.objects.all()]

    assert len(places) == len(set(places)) == 4
    assert Slot.objects.filter(revoked=True).count() == 0
    assert Status.VALID == "valid"
