"""What can be watched: its name, its page, and which changes are its."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode

from testamur.notices import searches
from testamur.notices.models import ChangedStandard, Watch
from testamur.notices.queries import Asked
from testamur.parties.models import Organisation
from testamur.register.models import Attestation
from testamur.requirements.models import Document

Kind = Watch.Subject
KINDS: dict[str, dict[str, str]] = {
    Kind.CERTIFICATE: {"en": "Certificate", "zh": "证书"},
    Kind.BODY: {"en": "Body", "zh": "机构"},
    Kind.STANDARD: {"en": "Standard", "zh": "标准"},
    Kind.SEARCH: {"en": "Search", "zh": "检索"},
}


@dataclass(frozen=True)
class Subject:
    """Something that can be watched.

    Attributes:
        key: in its one spelling. names: in both languages. page: address without the host.
        asked: what narrows the line of changes to it.
    """

    kind: str
    key: str
    names: dict[str, str]
    page: str
    asked: Asked

    @property
    def kind_words(self) -> dict[str, str]:
        """Return what kind of thing it is, in both languages."""
        return KINDS[self.kind]


def find(kind: str, key: str) -> Subject | None:
    """Return what somebody wants to watch; None where no such thing is public here."""
    key = " ".join(key.replace("\0", "").split())[: searches.LONGEST]
    if not key:
        return None
    if kind == Kind.CERTIFICATE:
        return _certificate(key.upper())
    if kind == Kind.BODY:
        body = Organisation.objects.filter(public_id=key.upper()).first()
        if body is None:
            return None
        return Subject(
            kind, body.public_id, body.names, reverse("portal:body", args=[body.public_id]), Asked(body=body.pk)
        )
    if kind == Kind.STANDARD:
        return _standard(key)
    if kind == Kind.SEARCH:
        search = searches.of_key(key)
        if not search or len(search.key) > searches.LONGEST:
            return None
        named = ", ".join(part for part in (search.text, *_narrowings(search)) if part)
        return Subject(
            kind, search.key, {"en": f"Search: {named}", "zh": f"检索：{named}"},
            f"{reverse('portal:search')}?{search.key}", Asked(search=search),
        )  # fmt: skip
    return None


def of_watch(watch: Watch) -> Subject | None:
    """Return what a watch is of; None where it is public no more."""
    return find(watch.subject, watch.key)


def _certificate(key: str) -> Subject | None:
    rows = Attestation.objects.filter(public_id=key, confidential=False, personal=False)
    one = rows.filter(current__personal=False).select_related("current").first()
    if one is None:
        return None
    number = one.current.number or one.public_id
    return Subject(
        Kind.CERTIFICATE, one.public_id, {"en": number, "zh": number},
        reverse("portal:certificate", args=[one.public_id]), Asked(certificate=one.pk),
    )  # fmt: skip


def _standard(key: str) -> Subject | None:
    document = Document.objects.filter(key=key).first() or Document.objects.filter(designation=key).first()
    designation = document.designation if document is not None else key
    if document is None and not ChangedStandard.objects.filter(standard=key).exists():
        return None
    page = (
        reverse("portal:standard", args=[document.key])
        if document is not None
        else f"{reverse('portal:changes')}?{urlencode({'standard': designation})}"
    )
    return Subject(
        Kind.STANDARD, designation, {"en": designation, "zh": designation}, page, Asked(standard=designation)
    )


def _narrowings(search: searches.Search) -> list[str]:
    given = dict(searches.parse_qsl(search.key))
    return [value for name, value in sorted(given.items()) if name != "q"]
