"""How large what a verifier fetches is: a status list of a whole shard, and a bundle whose lists are in use."""

from __future__ import annotations

import gzip
import random
import sys
import tempfile
from pathlib import Path

from bench.figures import Figure

#: Shares of places that are set, in a list and in the lists of a bundle.
IN_LIST, IN_BUNDLE = 0.05, 0.01


def figures() -> list[Figure]:
    """Return sizes as served; nothing here depends on the machine."""
    from bench.measure_issuing import _configure

    with tempfile.TemporaryDirectory() as folder:
        _configure(Path(folder))
        return [_list(), _bundle()]


def _list() -> Figure:
    from datetime import UTC, datetime, timedelta

    from testamur.keys.signer import MemorySigner
    from testamur.verification import credential, layout, status_list

    bits = status_list.new_bits()
    for index in random.Random(1).sample(range(status_list.LENGTH), int(status_list.LENGTH * IN_LIST)):
        status_list.set_bit(bits, index)
    now, id = datetime(2026, 3, 1, tzinfo=UTC), layout.status_list_id("sample.testamur.example", "cb1", "revocation", 1)
    payload = status_list.payload(
        id=id, issuer="did:web:sample.testamur.example:org:cb1", purpose="revocation", bits=bits,
        valid_from=now, valid_until=now + timedelta(days=1),
    )  # fmt: skip
    signer = MemorySigner.generate(sample=True)
    served = credential.sign_jwt(payload, signer, "did:web:sample.testamur.example:org:cb1#k1")
    packed = len(gzip.compress(bytes(bits), 9))
    return Figure(
        f"status list of {status_list.LENGTH:,} places, {IN_LIST:.0%} set, as served",
        len(served) / 1000, "kB", "≤ 12 kB", f"its bits, packed: {packed / 1000:.1f} kB",
    )  # fmt: skip


def _bundle() -> Figure:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
    from datetime import date

    from issuing_bench import Bench
    from testamur.attestation import actions, publishing
    from testamur.attestation.models import Slot
    from testamur.kernel import clock
    from testamur.parties.actions.keys import publish_did
    from testamur.parties.models import Key
    from testamur.transparency import sequencer
    from testamur.verification import status_list

    with sequencer.held():
        bench = Bench()
        bench.licensed()
        bench.accredited("17")
        given = bench.granted()
    draw = random.Random(1)
    for issuer in (bench.regulator, bench.accreditor, bench.body):
        taken = set(Slot.objects.filter(issuer=issuer).values_list("index", flat=True))
        places = [place for place in range(status_list.LENGTH) if place not in taken]
        set_once = {
            name: set(draw.sample(places, int(status_list.LENGTH * IN_BUNDLE)))
            for name in ("revoked", "suspended", "superseded")
        }
        Slot.objects.bulk_create(
            Slot(issuer=issuer, index=place, **{name: place in chosen for name, chosen in set_once.items()})
            for place in sorted(set.union(*set_once.values()))
        )
    with clock.travel(date(2026, 3, 2)):
        actions.publish_lists()
        for key in Key.objects.select_related("organisation"):
            publish_did(key.organisation)
        made = publishing.make_bundle(given.editions.get().credentials.get())
    if made is None:
        raise SystemExit("bench: the bundle could not be made")
    return Figure(
        f"bundle of a certificate, {IN_BUNDLE:.0%} of every list set", len(made) / 1000, "kB", "≤ 60 kB",
        f"compressed as a server sends it {len(gzip.compress(made)) / 1000:.0f} kB",
    )  # fmt: skip
