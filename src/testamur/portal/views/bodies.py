"""Who issues: bodies, laboratories, accreditors, regulators; what entitles them and what they are late with."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from testamur.kernel.words import Status
from testamur.parties import queries as parties
from testamur.parties.models import Organisation
from testamur.portal import asking, exports, feeds, showing
from testamur.portal.frame import page
from testamur.register import queries as register
from testamur.register.authority import Said
from testamur.register.line_words import lines_words
from testamur.register.models import Attestation
from testamur.register.status import status
from testamur.surveillance.queries import overdue
from testamur.wording.templatetags.say import words


@require_safe
def bodies(request: HttpRequest) -> HttpResponse:
    """List the organisations that issue, or that hold an authority to."""
    asked = asking.text(request, "q")
    rows = _matching(asked)
    if request.GET.get("as") in exports.MEDIA_TYPES:
        return _export(request, rows)
    listed = asking.page_of(request, rows)
    found = [
        {
            "cells": [
                {"text": one.names, "href": reverse("portal:body", args=[one.public_id])},
                [_held_words(held) for held in _authorities(one)[:4]] or "",
                {"number": one.issued.filter(personal=False).count()},
                one.country,
            ]
        }
        for one in listed
    ]
    for row in found:
        held = row["cells"][1]
        row["cells"][1] = _joined(held) if held else {"en": "none on record here", "zh": "本平台无记录"}
    context = {
        "crumbs": [{"label": {"en": "Bodies", "zh": "机构"}}],
        "find": {"action": reverse("portal:bodies"), "q": asked, "target": "list"},
        "page": listed,
        "table": {
            "columns": [
                {"label": {"en": "Name", "zh": "名称"}},
                {"label": {"en": "Authority", "zh": "资格"}},
                {"label": {"en": "Records issued", "zh": "颁发记录数"}, "numeric": True},
                {"label": {"en": "Country", "zh": "国别"}},
            ],
            "rows": found,
        },
        "asked": asked,
        "exports": exports.links(request, "portal:bodies"),
    }
    return page(request, "bodies", context)


def _matching(asked: str) -> QuerySet[Organisation]:
    issuing = Attestation.objects.values("issuer")
    holding = Attestation.objects.filter(
        scheme_id_text__in=showing.authority_schemes(), holder__isnull=False, confidential=False
    ).values("holder")
    rooted = [one.pk for one in parties.roots()]
    rows = Organisation.objects.filter(Q(pk__in=issuing) | Q(pk__in=holding) | Q(pk__in=rooted))
    for word in asked.split()[:8]:
        rows = rows.filter(Q(names__en__icontains=word) | Q(names__zh__icontains=word) | Q(public_id__iexact=word))
    return rows.order_by("names__en", "pk")


def _authorities(organisation: Organisation) -> list[Attestation]:
    return list(
        organisation.held.filter(scheme_id_text__in=showing.authority_schemes(), confidential=False)
        .select_related("current", "issuer")
        .order_by("scheme_id_text", "pk")
    )


def _held_words(attestation: Attestation) -> dict[str, str]:
    form = showing.FORMS[showing.form_of(attestation.scheme_id_text)]
    number = attestation.current.number if hasattr(attestation, "current") else ""
    return {key: f"{form[key]} {number}" for key in ("en", "zh")}


def _joined(texts: list[dict[str, str]]) -> dict[str, str]:
    return {"en": "; ".join(one["en"] for one in texts), "zh": "；".join(one["zh"] for one in texts)}


def _export(request: HttpRequest, rows: QuerySet[Organisation]) -> HttpResponse:
    columns = (("id", "id"), ("name_en", "name (en)"), ("name_zh", "name (zh)"), ("country", "country"),
               ("issued", "issued"), ("address", "page"))  # fmt: skip
    written = [
        {
            "id": one.public_id, "name_en": one.names.get("en", ""), "name_zh": one.names.get("zh", ""),
            "country": one.country, "issued": one.issued.filter(personal=False).count(),
            "address": request.build_absolute_uri(reverse("portal:body", args=[one.public_id])),
        }
        for one in rows[: exports.MOST]
    ]  # fmt: skip
    return exports.export(request.GET["as"], name="testamur-bodies", columns=columns, rows=written)


@require_safe
def body(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show one organisation: what it may do, what it has issued, what it is late with, its keys."""
    organisation = Organisation.objects.filter(public_id=public_id.upper()).first()
    if organisation is None:
        raise Http404
    if organisation.public_id != public_id:
        return redirect("portal:body", organisation.public_id)
    counts, total = _counts(organisation)
    context = {
        "crumbs": [
            {"label": {"en": "Bodies", "zh": "机构"}, "href": reverse("portal:bodies")},
            {"label": organisation.names},
        ],
        "organisation": organisation,
        "follow": feeds.follow("body", organisation.public_id, body=organisation.public_id),
        "other_name": _other_name(organisation),
        "is_root": parties.is_root(organisation),
        "authorities": [_authority(one) for one in _authorities(organisation)],
        "counts": counts,
        "total": total,
        "duties": _duties(organisation),
        "certificates": _certificates(organisation),
        "keys": [
            {
                "kid": parties.kid(key),
                "from": key.from_at,
                "until": key.expires_at,
                "revoked": key.revoked_at,
            }
            for key in organisation.keys.order_by("pk")
        ],
        "did": parties.did(organisation),
        "did_href": f"/org/{organisation.public_id.lower()}/did.json",
        "identifiers": [
            {"label": showing.IDENTIFIERS.get(one.scheme, one.scheme), "value": {"code": one.value}}
            for one in organisation.identifiers.exclude(scheme="source").order_by("scheme")
        ],
    }
    return page(request, "body", context)


def _other_name(organisation: Organisation) -> str:
    mine = words(organisation.names)
    return next((text for text in organisation.names.values() if text and text != mine), "")


def _authority(attestation: Attestation) -> dict[str, Any]:
    standing = status(attestation)
    edition = standing.effective_edition or attestation.editions.order_by("-edition").first()
    assert edition is not None
    lines = list(edition.lines.all())
    pairs = list(zip(lines, lines_words((line.line for line in lines), edition), strict=True))
    titles: list[Any] = []
    for _line, values in pairs:
        titles += [name for name, _value in values if name not in titles]
    rows = [
        {
            "cells": [
                *(next((value for name, value in values if name == title), "") for title in titles),
                {"status": str(standing.lines.get(line.position, standing.status or "none"))},
            ]
        }
        for line, values in pairs
    ]
    return {
        "form": showing.FORMS[showing.form_of(attestation.scheme_id_text)],
        "number": edition.number,
        "href": showing.address(attestation),
        "status": str(standing.status or "none"),
        "issuer": attestation.issuer,
        "from": edition.effective_on,
        "until": edition.expires_on,
        "statement": edition.statement,
        "table": {
            "columns": [*({"label": title} for title in titles), {"label": {"en": "Status", "zh": "状态"}}],
            "rows": rows,
        }
        if rows
        else None,
    }


def _counts(organisation: Organisation) -> tuple[dict[str, Any] | None, int]:
    """Return how many of its attestations have which status, scheme by scheme."""
    titles, rows, total = showing.scheme_titles(), [], 0
    schemes = (
        organisation.issued.filter(personal=False)
        .values_list("scheme_id_text", flat=True)
        .distinct()
        .order_by("scheme_id_text")
    )
    for scheme in schemes:
        facet = register.search(scheme=scheme, issuer=organisation.public_id, size=1)
        by_status = {one.value: one.count for one in facet.facets["status"]}
        address = f"{reverse('portal:search')}?issuer={organisation.public_id}&scheme={scheme}"
        numbers = [{"number": by_status.get(str(one), 0)} for one in Status]
        total += facet.total
        rows.append({"cells": [{"text": titles.get(scheme, scheme), "href": address}, *numbers]})
    if not rows:
        return None, 0
    columns = [
        {"label": {"en": "Scheme", "zh": "认证方案"}},
        *({"label": showing.status_words(one), "numeric": True} for one in Status),
    ]
    return {"columns": columns, "rows": rows}, total


def _duties(organisation: Organisation) -> list[dict[str, Any]]:
    found = []
    for duty in overdue(issuer=organisation)[:50]:
        attestation = duty.due.attestation
        if attestation.confidential or attestation.personal:
            continue
        number = attestation.current.number if hasattr(attestation, "current") else attestation.public_id
        found.append(
            {
                "said": Said(duty.sentence, duty.facts),
                "source": duty.source,
                "number": number,
                "href": showing.address(attestation),
            }
        )
    return found


def _certificates(organisation: Organisation) -> list[dict[str, Any]]:
    """Return what the organisation itself is certified for."""
    rows = organisation.held.exclude(scheme_id_text__in=showing.authority_schemes()).filter(
        confidential=False, personal=False
    )
    titles, today = showing.scheme_titles(), showing.today()
    found = rows.select_related("current__issuer", "current__edition", "current__attestation")[:20]
    return [showing.hit(one.current, today, titles) for one in found if hasattr(one, "current")]
