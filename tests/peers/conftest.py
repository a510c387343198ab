"""A world that really issued, as the public site shows it to strangers, and the programs by which they check it.

Everything is issued once for all tests of this folder, dated to be valid on the day of the run: some of the peers ask
the machine's clock and cannot be told another instant.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import override_settings

from issuing_bench import Bench, line, publish_extract
from shared import ROOT, shared
from small_world import PLATFORM, both, instant, member, organisation, person_scheme
from testamur.attestation import actions, credentials, publishing, queries
from testamur.kernel import clock
from testamur.parties.actions.keys import create_key, name_root, publish_did
from testamur.parties.models import Key, Person
from testamur.transparency import custody
from testamur.transparency.actions import sequence
from testamur.verification import checkpoint, layout, tree

HERE = Path(__file__).resolve().parent


@dataclass
class Site:
    """The public site as a folder, what was issued in it by name, and the log as it stood earlier.

    Args:
        folder: as any web server would serve it.
        paths: site paths of credentials without their ending: ``valid suspended licence accreditation by_p256``.
        held: files of the person's registration, which the site does not have, by ending.
        earlier: checkpoint of the log when it was smaller.
        forked: checkpoint of that size, signed by the log over another tree.
        log_key: verifier key of the log.
    """

    folder: Path
    host: str
    paths: dict[str, str] = field(default_factory=dict)
    held: dict[str, bytes] = field(default_factory=dict)
    earlier: bytes = b""
    forked: bytes = b""
    log_key: str = ""

    def jwt(self, name: str) -> str:
        return (self.folder / f"{self.paths[name]}.jwt").read_text()

    def twin(self, name: str) -> dict[str, Any]:
        return json.loads((self.folder / f"{self.paths[name]}.json").read_text())

    def copy(self, folder: Path) -> Site:
        shutil.copytree(self.folder, folder)
        return replace(self, folder=folder)


@pytest.fixture(scope="package")
def site(tmp_path_factory, django_db_setup, django_db_blocker) -> Site:
    folder = tmp_path_factory.mktemp("installation")
    places = {"PUBLIC_DIR": folder / "public", "KEYS_DIR": folder / "keys", "FILES_DIR": folder / "files"}
    with django_db_blocker.unblock(), override_settings(**places), transaction.atomic():
        made = _issued(Site(folder / "public", settings.HOST))
        transaction.set_rollback(True)
    return made


def _issued(site: Site) -> Site:
    today = clock.now().date() - timedelta(days=2)  # so that it is in force in every zone
    bench = Bench()
    made = {"licence": bench.licensed(day=today), "accreditation": bench.accredited("17", day=today)}
    made["valid"] = bench.granted(day=today)
    sequence()
    site.earlier = (site.folder / layout.CHECKPOINT).read_bytes()
    made["suspended"] = bench.granted(day=today, client=bench.accreditor)
    actions.suspend(
        attestation=made["suspended"], ground="surveillance_missed", reasons=both("r"), by=bench.signatory,
        at=clock.now(),
    )  # fmt: skip
    made["by_p256"] = _licence_by_p256(bench, today)
    person = _registered_person(bench, today)
    actions.publish_lists()
    sequence()
    for key in Key.objects.select_related("organisation"):
        publish_did(key.organisation)
    publishing.publish_context()
    for name, attestation in made.items():
        one = attestation.editions.get().credentials.get()
        site.paths[name] = credentials.path(one).removesuffix(".jwt")
    site.held = queries.files_of(person.editions.get().credentials.get())
    size = int(site.earlier.split(b"\n")[1])
    forked = checkpoint.sign(custody.log_name(), size, tree.leaf_hash(b"another tree"), custody.log_signer())
    site.forked = forked.encode()
    site.log_key = str(custody.log_verifier_key())
    return site


def _licence_by_p256(bench: Bench, day: date) -> Any:
    """A licence by a regulator whose key is P-256, as a hardware module without Ed25519 would hold it."""
    office = organisation("Second regulator")
    name_root(organisation=office, by=PLATFORM, at=instant(date(2024, 1, 1)))
    with override_settings(KEY_ALGORITHM="ES256"):
        create_key(organisation=office, by=PLATFORM, at=instant(date(2024, 1, 1)))
    signatory = member(office, "attestation", name="P-256")
    case = bench.case(bench.licences, office, client=bench.body, day=day)
    with clock.travel(day):
        decision = bench.decision(case, scope=[line()], day=day)
        return actions.carry_out(decision=decision, by=signatory, at=instant(day)).attestation


def _registered_person(bench: Bench, day: date) -> Any:
    person = Person.objects.create(names=both("Wang"), sample=True)
    scheme = person_scheme()
    publish_extract(scheme)
    case = bench.case(scheme, bench.regulator, person=person, day=day)
    decision = bench.decision(case, scope=[line()], day=day)
    with clock.travel(day):
        return actions.carry_out(decision=decision, by=bench.regulator_signatory, at=instant(day, 2)).attestation


def node(program: str, facts: dict[str, Any]) -> list[dict[str, Any]]:
    """Run one of the Node programs of this folder on facts and return what it says of each thing asked about."""
    if not (ROOT / "node_modules/jose").is_dir():
        pytest.skip("the peers of npm are not installed (tools/setup test does)")
    runtime = shutil.which("node") or shutil.which("node", path=str(ROOT / ".venv/bin"))
    if runtime is None:
        pytest.skip("Node.js is not installed (tools/setup test does)")
    run = subprocess.run(
        [runtime, str(HERE / program)], input=json.dumps(facts), capture_output=True, text=True, timeout=120
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout)


def contexts() -> dict[str, str]:
    """Return the files of the contexts by address: pinned copies, never fetched."""
    folder = shared("cases", "trust", "untp", "v0.7.0", "contexts")
    return {
        "https://www.w3.org/ns/credentials/v2": str(folder / "credentials-v2.jsonld"),
        "https://vocabulary.uncefact.org/untp/0.7.0/context/": str(folder / "untp.jsonld"),
    }


@pytest.fixture(scope="session")
def log_reader(tmp_path_factory) -> Path:
    """Compile the program that reads logs with Go's own library, as Debian packages it; nothing is fetched."""
    library = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb")
    if shutil.which("go") is None or not library.is_dir():
        pytest.skip("golang-go and golang-golang-x-mod-dev are not installed (tools/setup test does)")
    program = tmp_path_factory.mktemp("go") / "log_reader"
    offline = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "", "GOPROXY": "off"}
    environment = {**os.environ, **offline, "GOCACHE": str(program.parent / "cache")}
    run = subprocess.run(
        ["go", "build", "-o", str(program), "."],
        cwd=HERE / "log_reader", env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return program


def read_log(program: Path, site: Site, *proofs: Path) -> tuple[int, str]:
    """Return the exit status of the log reader and what it said."""
    old = site.folder.parent / "earlier-checkpoint"
    old.write_bytes(site.earlier)
    run = subprocess.run(
        [str(program), site.log_key, str(site.folder), str(old), *map(str, proofs)], capture_output=True, text=True
    )  # fmt: skip
    return run.returncode, run.stdout + run.stderr


__all__ = ["Site", "contexts", "node", "read_log"]
