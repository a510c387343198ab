"""What must hold of an installation whatever was killed: between register, lists, log, cosigners and files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings

from testamur.attestation import publishing
from testamur.attestation.models import Series, Slot
from testamur.kernel import clock
from testamur.parties import queries as parties
from testamur.register.models import Attestation, Credential, Edition
from testamur.transparency import custody, publication
from testamur.transparency.models import Checkpoint, Entry, Owed, Tree
from testamur.verification import checkpoint as checkpoints
from testamur.verification import credential, layout, proof, tiles
from testamur.verification.audit import audit
from testamur.verification.entry import parse as parse_entry
from testamur.verification.path import validate
from testamur.verification.site import FolderSite
from testamur.verification.strict_json import parse_object
from testamur.verification.tree import leaf_hash, root_of


def check_register() -> None:
    """Every certificate is logged, once; no two share a place in a list; numbers have no gap."""
    rows = list(Credential.objects.select_related("entry"))
    assert all(one.entry is not None for one in rows), "a certificate without a log entry"
    entries = Entry.objects.filter(type__in=("cert.issue", "acc.issue"))
    logged = Counter(parse_entry(bytes(data)).digest for data in entries.values_list("data", flat=True))
    assert logged == Counter(one.digest for one in rows), "a certificate that is not logged exactly once"
    assert not Edition.objects.filter(attestation__origin="native", credentials=None).exists(), "an edition unsigned"
    slots = Counter(Slot.objects.values_list("issuer", "shard", "index"))
    assert max(slots.values()) == 1, "two certificates share a place in a status list"
    places = set(Slot.objects.values_list("credential", "shard", "index"))
    assert places == {(one.public_id, one.status_shard, one.status_index) for one in rows}, "a place without its owner"
    given = Counter(Edition.objects.filter(edition=1).values_list("number", flat=True))
    assert max(given.values()) == 1, "a number was given twice"
    firsts = Attestation.objects.filter(origin="native", main=None).count()
    assert sum(Series.objects.values_list("last", flat=True)) == firsts, "a gap in the numbers"


def check_log() -> None:
    """The tree in the database is made of its entries, and every tree that was ever signed is a beginning of it."""
    rows = list(Entry.objects.exclude(index=None).order_by("index").values_list("index", "data", "leaf"))
    assert [index for index, _data, _leaf in rows] == list(range(len(rows))), "a gap in the log"
    leaves = [bytes(leaf) for _index, _data, leaf in rows]
    assert leaves == [leaf_hash(bytes(data)) for _index, data, _leaf in rows]
    assert Tree.objects.get().size == len(rows)
    for one in Checkpoint.objects.all():
        assert bytes(one.root) == root_of(leaves[: one.size]), "a signed tree that the log did not grow out of"


def check_files_are_whole() -> None:
    """Every file of the public site, at any instant, is whole: it says what its kind says."""
    root = Path(settings.PUBLIC_DIR)
    for path in root.rglob("*"):
        if path.is_file() and publication.FRESH not in path.parts:
            _check_whole(path.relative_to(root).as_posix(), path.read_bytes())


def _check_whole(path: str, data: bytes) -> None:
    assert data, f"{path} is empty"
    if path.startswith("log/tile/entries/"):
        assert len(tiles.unpack_entries(data)) == _width(path), path
    elif path.startswith("log/tile/"):
        assert len(data) == 32 * _width(path), path
    elif path in (layout.CHECKPOINT, layout.CHECKPOINT_NEXT):
        checkpoints.check(checkpoints.parse(data), custody.log_verifier_key())
    elif path.endswith(".tlog-proof"):
        assert proof.parse(data).includes(), path
    elif path.endswith(".jwt") and not path.startswith("trust/"):
        credential.parse(data)
    elif path.endswith(".json"):
        parse_object(data)


def _width(path: str) -> int:
    return int(path.rpartition(".p/")[2]) if ".p/" in path else tiles.WIDTH


def check_site(since: bytes | None) -> None:
    """The site fits its own log, and the log grew out of the checkpoint that cosigners had signed before.

    Args:
        since: that checkpoint; None where nobody cosigns.
    """
    policy = custody.cosigning_policy()
    report = audit(
        FolderSite(Path(settings.PUBLIC_DIR)), host=settings.HOST, log=custody.log_verifier_key(), since=since,
        cosigners=policy.keys, quorum=policy.quorum,
    )  # fmt: skip
    assert not report.findings, report.findings


def check_published() -> None:
    """After a restart nothing waits or is owed: every certificate's files are there, with their final proofs."""
    assert not Owed.objects.exists()
    assert not Entry.objects.filter(index=None).exists()
    for one in Credential.objects.select_related("edition__attestation__issuer", "entry"):
        for form, data in publishing.files(one).items():
            published = publication.get(f"{'c' if one.kind == CERTIFICATE else 'acc'}/{one.public_id}.{form}")
            if not form.startswith("history.j"):
                assert published == data, (one.public_id, form, "not the file that the database says")
        assert publication.get(layout.bundle(one.public_id)), (one.public_id, "has no bundle")


def check_verdicts() -> None:
    """Whoever has only the public site comes to the verdict that the register comes to."""
    trust, site, now = parties.trust(), FolderSite(Path(settings.PUBLIC_DIR)), clock.now()
    for one in Credential.objects.select_related("edition__attestation__issuer", "entry"):
        verdict = validate(one.jwt.encode(), site=site, trust=trust, now=now)
        wanted = WANTED[_standing(one)]
        assert verdict.result.name == wanted, (one.public_id, verdict.result, verdict.reason)


CERTIFICATE = "DigitalConformityCredential"
WANTED = {"superseded": "SUPERSEDED", "suspended": "SUSPENDED", "valid": "VALID"}


def _standing(one: Credential) -> str:
    slot = Slot.objects.get(credential=one.public_id)
    return "suspended" if slot.suspended else "superseded" if slot.superseded else "valid"


def state() -> dict[str, Any]:
    """Return what may be compared before and after."""
    return {"credentials": Credential.objects.count(), "entries": Entry.objects.count()}
