"""The synthetic country taken into the register: by the actions by which every source reports, and by no other way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings

from testamur.kernel import clock
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Platform
from testamur.register.actions import deliveries, sources
from testamur.register.reporting import mapping as mappings

#: Who reports: nobody in the country exists, so the platform does it for them.
BY = Platform("sample.country")


def report(folder: Path, described: Mapping[str, Any]) -> Iterator[str]:
    """Report every list of a country in its turn, and yield a line about each.

    Raises:
        Refused: this is no sample platform; a list is refused.
    """
    if not settings.SAMPLE:
        raise Refused(
            _("A synthetic country is taken into a sample platform only; this one is real."), rule="sample.country",
            source="testamur@2026-1#sample",
        )  # fmt: skip
    mapping = mappings.load(folder / "mapping.toml")
    source = sources.name_source(mapping=mapping, by=BY, at=clock.now())
    saved = source.mappings.latest("version")
    for one in described["deliveries"]:
        received = deliveries.receive(
            source=source, mapping=saved, content=folder / one["file"], name=one["file"],
            as_of=date.fromisoformat(one["as_of"]), whole=one["whole"], by=BY, at=clock.now(), once=one["sha256"],
        )  # fmt: skip
        if received.state == "refused":
            raise Refused(received.refusal["message"], received.refusal.get("facts", {}))
        done = deliveries.commit(delivery=received, by=BY, at=clock.now())
        # ``codes`` counts the remarks by what they say; they stand on the page of the delivery.
        counted = ", ".join(f"{name} {count:,}" for name, count in done.counts.items() if name != "codes" and count)
        yield f"{one['file']}: {counted}"
