"""Go's golang.org/x/mod/sumdb, which reads the checksum database of all Go modules, reads Testamur's log as well."""

from __future__ import annotations

import pytest

from testamur.verification import layout

from .conftest import read_log

pytestmark = [pytest.mark.peer, pytest.mark.django_db]


def test_go_accepts_the_checkpoint_every_entry_its_growth_and_the_proofs_of_certificates(site, log_reader):
    proofs = [site.folder / f"{site.paths[name]}.tlog-proof" for name in ("valid", "suspended", "licence", "by_p256")]

    status, said = read_log(log_reader, site, *proofs)

    sizes = [int(checkpoint.split(b"\n")[1]) for checkpoint in (_checkpoint(site), site.earlier)]
    assert (status, said) == (0, f"ok {sizes[0]} {sizes[1]}\n")
    assert 1 < sizes[1] < sizes[0]


def _checkpoint(site):
    return (site.folder / layout.CHECKPOINT).read_bytes()


def changed(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def newest(site, folder: str):
    """Return the widest file of a folder of tiles: the one that the newest checkpoint needs."""
    return max((site.folder / "log/tile" / folder).rglob("*"), key=lambda path: path.is_file() and path.stat().st_size)


@pytest.mark.parametrize(
    ("what", "names"),
    [("entry", "entry 0"), ("tile", "refused: tiles"), ("checkpoint", "log/checkpoint"), ("root", "consistency"),
     ("proof", "tlog-proof")],
)  # fmt: skip
def test_go_refuses_one_changed_byte_and_says_where(site, log_reader, tmp_path, what, names):
    broken = site.copy(tmp_path / "public")
    proof = broken.folder / f"{broken.paths['valid']}.tlog-proof"
    if what == "root":
        # Another log with the same name and key: its old checkpoint is rightly signed and not what this one grew from.
        broken.earlier = site.forked
    else:
        place = {
            "entry": newest(broken, "entries"), "tile": newest(broken, "0"), "proof": proof,
            "checkpoint": broken.folder / layout.CHECKPOINT,
        }[what]  # fmt: skip
        data = place.read_bytes()
        after = {"entry": b'"d":"', "tile": b"", "proof": b"extra ", "checkpoint": b"\n"}[what]
        place.write_bytes(changed(data, data.index(after) + len(after) + 5))

    status, said = read_log(log_reader, broken, proof)

    assert status == 1 and names in said, said
