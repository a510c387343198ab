"""A stranger with the public files, or with one bundle alone, gets the verdict that the register gives."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from testamur.kernel import clock
from testamur.register.models import Attestation, Credential
from testamur.verification import layout, path, trust_file
from testamur.verification.site import BundleSite, FolderSite

pytestmark = pytest.mark.django_db


def verdict(credential: Credential) -> str:
    site = FolderSite(settings.PUBLIC_DIR)
    trust = trust_file.parse((Path(settings.PUBLIC_DIR) / layout.TRUST_ROOTS).read_bytes())
    proof = credential.entry.proof.encode()
    return path.validate(credential.jwt.encode(), site=site, trust=trust, proof=proof, now=clock.real_now()).result


def expected(credential: Credential) -> str:
    attestation = credential.edition.attestation
    current = attestation.editions.latest("edition") == credential.edition
    status = attestation.current.status
    if status == "suspended":
        return "SUSPENDED"
    if status in ("withdrawn", "cancelled"):
        return "REVOKED"
    return "VALID" if current else "SUPERSEDED"


def test_every_public_credential_has_the_verdict_of_the_register():
    public = Credential.objects.filter(edition__attestation__personal=False).select_related(
        "edition__attestation", "entry"
    )
    found = {one.public_id: verdict(one) for one in public}

    assert found == {one.public_id: expected(one) for one in public}
    assert {"VALID", "SUSPENDED", "REVOKED", "SUPERSEDED"} <= set(found.values())


def test_a_bundle_alone_is_enough_and_the_command_says_so():
    main = Attestation.objects.get(holder__names__en__startswith="Sample Precision", scheme_id_text="cn-qms", main=None)
    credential = main.editions.latest("edition").credentials.get()
    bundle = Path(settings.PUBLIC_DIR) / layout.bundle(credential.public_id)
    trust = Path(settings.PUBLIC_DIR) / layout.TRUST_ROOTS

    assert BundleSite(bundle.read_bytes()).credential
    command = [sys.executable, "-m", "testamur.cli", "verify", str(bundle), "--trust", str(trust), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    answer = json.loads(done.stdout)
    assert (done.returncode, answer["result"]) == (0, "VALID")
    kinds = {link["kind"] for link in _links(answer["path"])}
    assert {"accreditation", "licence", "competence"} <= kinds


def _links(path: list[dict]) -> list[dict]:
    return [link for one in path for link in (one, *_links(one.get("above") or one.get("children") or []))]


def test_one_changed_byte_of_a_credential_is_noticed():
    credential = Credential.objects.filter(edition__attestation__personal=False).latest("id")
    head, body, signature = credential.jwt.split(".")
    credential.jwt = ".".join([head, body[:-2] + ("A" if body[-2] != "A" else "B") + body[-1], signature])

    assert verdict(credential) in {"INVALID_SIGNATURE", "MALFORMED"}


def test_nothing_of_a_person_is_on_the_public_site():
    personal = Credential.objects.filter(edition__attestation__personal=True)
    assert personal.exists()
    written = {file.name.partition(".")[0] for file in Path(settings.PUBLIC_DIR).rglob("*") if file.is_file()}
    assert not written & {one.public_id for one in personal}
