"""Acts on sources: naming one, and saving how its rows are read."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Origin
from testamur.parties.models import Membership, Organisation, Platform
from testamur.register.models import Mapping, Source
from testamur.register.policies_reporting import check_may_deliver
from testamur.register.reporting.mapping import RegisterMapping

Actor = Membership | Platform
#: Days within which a body reports again, where nothing shorter was agreed: the monthly duty.
MONTHLY = 31


@transaction.atomic
def name_source(
    *, mapping: RegisterMapping, by: Actor, at: datetime, organisation: Organisation | None = None
) -> Source:
    """Return the source that a mapping names, entered where it is new, with this mapping saved.

    Args:
        organisation: the body that reports its own attestations; None for a register that is mirrored, or paper.

    Raises:
        Refused: somebody names another's source, or says of records what they are not.
    """
    check_may_deliver(by, organisation, at)
    if (mapping.origin is Origin.REPORTED) != (organisation is not None):
        raise Refused(
            _("Records are reported by the body that issued them, and by nobody else; others are mirrored."),
            rule="register.origin", source="testamur@2026-1#register.origin", field="mapping",
        )  # fmt: skip
    key = organisation.public_id if organisation is not None else str(mapping.source["id"])
    source, made = Source.objects.get_or_create(
        key=key,
        defaults={
            "origin": mapping.origin, "organisation": organisation, "names": dict(mapping.source["names"]),
            "attribution": str(mapping.source.get("attribution", "")),
            "duty_days": mapping.source.get("duty_days") or (MONTHLY if organisation is not None else None),
        },
    )  # fmt: skip
    if made:
        record("register.source_named", subject=source, by=by, at=at, payload={"key": key, "origin": source.origin})
    save_mapping(source=source, mapping=mapping, by=by, at=at)
    return source


@transaction.atomic
def save_mapping(*, source: Source, mapping: RegisterMapping, by: Actor, at: datetime) -> Mapping:
    """Save how the rows of a source are read, as a new version; the one saved last stays where it is the same.

    Raises:
        Refused: it is another body's source.
    """
    check_may_deliver(by, source.organisation, at)
    newest = source.mappings.order_by("-version").first()
    if newest is not None and newest.digest == mapping.digest:
        return newest
    version = newest.version + 1 if newest is not None else 1
    saved = Mapping.objects.create(source=source, version=version, body=dict(mapping.body), digest=mapping.digest)
    record(
        "register.mapping_saved", subject=saved, by=by, at=at,
        payload={"source": source.key, "version": version, "digest": saved.digest},
    )  # fmt: skip
    return saved
