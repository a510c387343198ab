"""Main attestation and parts: a part never outlives or out-scopes its main, and follows it in the same act (A6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from testamur.attestation import credentials, documents, numbers, statements
from testamur.journal.actions import record
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Origin, Status
from testamur.parties.models import Membership, Organisation, Platform, Site
from testamur.register import policies as register
from testamur.register import replay
from testamur.register.documents import Document
from testamur.register.models import Attestation, Edition, StatusChange
from testamur.register.status import status
from testamur.register.writing import write_attestation, write_current, write_edition
from testamur.transparency.actions import append

Actor = Membership | Platform


def living(main: Attestation) -> list[Attestation]:
    """Return the parts of an attestation that have not ended."""
    rows = main.parts.select_related("issuer", "main").order_by("pk")
    return [part for part in rows if status(part).recorded not in replay.ENDED]


def issue_for_sites(main: Edition, sites: Iterable[Site], *, by: Actor, at: datetime) -> list[Attestation]:
    """Issue a sub-certificate for each of some sites of a main certificate's list."""
    wanted, made = list(sites), []
    if not wanted:
        return []
    document = Document.of(main)
    count = main.attestation.parts.count()
    for place, site in enumerate(wanted, count + 1):
        if not any(one.site is not None and one.site.pk == site.pk for one in document.sites):
            raise Refused(
                _("{site} is not on the site list of {number}; a sub-certificate is for a site of the list."),
                {"site": site.names, "number": main.number},
                rule="register.family",
                source="iaf-md1@2023#8",
            )
        assert main.scheme is not None
        own = documents.for_site(document, site, numbers.of_part(main, place), main.scheme)
        made.append(_issue(main, own, by=by, at=at))
    return made


def _issue(main: Edition, document: Document, *, by: Actor, at: datetime) -> Attestation:
    attestation = main.attestation
    register.check_within_main(document, attestation)
    part, edition, change = write_attestation(
        issuer=attestation.issuer,
        scheme_id=attestation.scheme_id_text,
        document=document,
        holder=attestation.holder,
        person=attestation.person,
        origin=Origin.NATIVE,
        main=attestation,
        part=Attestation.Part.SUB_CERTIFICATE,
        confidential=attestation.confidential,
        personal=attestation.personal,
        sample=attestation.sample,
    )
    one, fields = credentials.make(edition)
    event = record(
        "attestation.part_issued",
        subject=edition,
        by=by,
        at=at,
        payload={"main": attestation.public_id, "attestation": part.public_id, "number": edition.number},
        entry=(credentials.entry_type(one, "issue"), fields),
    )
    one.entry = event.entry
    one.save()
    statements.begin(one, change)
    return part


def _sign(edition: Edition) -> None:
    """Sign and log the edition of a part that follows its main; the main's act is the event."""
    one, fields = credentials.make(edition)
    one.entry = append(credentials.entry_type(one, "issue"), fields)
    one.save()


def follow_edition(main: Edition, *, reason: str, by: Actor, at: datetime) -> list[Attestation]:
    """Write the next edition of every living part after its main's; a part without scope left ends with this act."""
    document = Document.of(main)
    touched = []
    for part in living(main.attestation):
        before = part.editions.order_by("-edition").first()
        assert before is not None and main.scheme is not None
        site = next((row.site for row in before.sites.select_related("site") if row.site is not None), None)
        own = documents.for_site(document, site, before.number, main.scheme) if site else Document.of(before)
        if site is not None and (not own.lines or not own.sites):
            end(part, main, by=by)
        else:
            edition = write_edition(part, own.with_(effective_at=None), reason=reason, reason_text=main.reason_text)
            _sign(edition)
        write_current(part)
        touched.append(part)
    return touched


def end(part: Attestation, main: Edition, *, by: Actor) -> None:
    """End a part because its main no longer covers it."""
    StatusChange.objects.create(
        attestation=part,
        status=Status.CANCELLED,
        reason={"en": "The main certificate no longer covers this site.", "zh": "主证书不再覆盖该场所。"},
        decision=main.decision,
        effective_at=main.effective_at,
    )


def check_continued(old: Attestation, issuer: Organisation) -> None:
    """An attestation of the same issuer that is still valid is renewed or changed, never issued a second time."""
    if old.issuer_id == issuer.pk and status(old).status is Status.VALID:
        raise Refused(
            _("The attestation that is continued is still valid; it is renewed or changed, not issued a second time."),
            rule="register.no_return",
            source="testamur@2026-1#register.editions",
        )
