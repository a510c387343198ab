"""One attestation: what it says, where it stands, what falls due, its files and its life."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from testamur.attestation import credentials, renditions
from testamur.attestation import queries as attestation_queries
from testamur.decision import queries as decisions
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.portal.showing import ORIGINS
from testamur.register import status as register_status
from testamur.register.answering.assurance import assurance_of
from testamur.register.models import Attestation, Edition
from testamur.surveillance import queries as surveillance
from testamur.surveillance.models import Due
from testamur.wording.templatetags.say import refusal, translated, words
from testamur.workspace import case_pages, working
from testamur.workspace.certificate_pages import holder_of, number_of, open_certificate, visible
from testamur.workspace.said import DUES, OCCASIONS, OUTCOMES, said
from testamur.workspace.views.acts import acts_of
from testamur.workspace.views.apply import possible
from testamur.workspace.views.duties import triggers_of


@require_safe
@acting.requires()
def certificate(request: HttpRequest, attestation_id: str) -> HttpResponse:
    """One attestation: what it says, where it stands, what falls due, what may be done, its files and its life."""
    reported = visible(request.membership).filter(public_id=attestation_id, source__isnull=False)  # type: ignore[attr-defined]
    if reported.exists():
        return redirect("portal:certificate", public_id=attestation_id)
    found, membership = open_certificate(request, attestation_id)
    standing = register_status.status(found)
    editions = list(found.editions.select_related("scheme").order_by("-edition"))
    edition = standing.effective_edition or editions[0]
    issuer_side = membership.organisation_id == found.issuer_id
    holder_side = membership.organisation_id == found.holder_id or membership.person_id == found.person_id
    definition = edition.scheme.definition if edition.scheme else None
    today = register_status.today(found)
    overdue = surveillance.overdue(attestation=found, today=today)
    waiting = list(surveillance.waiting().filter(attestation=found))
    return render(
        request,
        "workspace/certificate.html",
        {
            "head": {
                "title": edition.title or (edition.scheme.title if edition.scheme else edition.number),
                "number": edition.number,
                "pills": [{"status": str(standing.status)}] if standing.status else [],
                "facts": [holder_of(found), found.issuer.names],
                "actions": _public(found),
            },
            "crumbs": [
                {"label": _("Certificates"), "href": reverse("workspace:certificates")},
                {"label": edition.number, "mono": True},
            ],
            "attestation": found,
            "edition": edition,
            "editions": editions,
            "standing": standing,
            "facts": [*_facts(found, edition, standing), _origin(found)],
            "lines": working.lines_in_words(definition, [line.line for line in edition.lines.all()])
            if definition
            else [],
            "parts": [(part, number_of(part)) for part in found.parts.order_by("id")],
            "acts": acts_of(found, membership, definition, standing) if issuer_side else [],
            "may_ask": [(one, translated(OCCASIONS[one])) for one in possible(found)] if holder_side else [],
            "triggers": triggers_of(found, membership, definition, holder_side),
            "files": _files(found, edition, membership),
            "dues": [_due(due, today, membership) for due in waiting],
            "overdue": overdue,
            "history": register_status.history(found),
            "decisions": list(decisions.visible_to(membership).filter(attestation=found).order_by("-id")[:20]),
            "outcome_words": {key: translated(value[0]) for key, value in OUTCOMES.items()},
            "today": today,
            "issuer_side": issuer_side,
            "holder_side": holder_side,
            "next": _next(found, waiting, overdue, membership, today),
            "cases": list(case_pages.queries.cases(membership).filter(attestation=found).order_by("-id")[:10]),
        },
    )


def _origin(found: Attestation) -> dict[str, Any]:
    """Say how the attestation came here, and no more than that."""
    assurance = assurance_of(found, register_status.today(found))
    return {"label": _("Origin"), "value": {"text": ORIGINS[found.origin], "note": refusal(assurance.said)}}


def _public(found: Attestation) -> list[dict[str, Any]]:
    try:
        href = reverse("portal:certificate", args=[found.public_id])
    except NoReverseMatch:
        href = f"/c/{found.public_id}"
    return [{"label": _("How the public sees it"), "href": href, "icon": "external-link"}]


def _facts(found: Attestation, edition: Edition, standing: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    labels = {
        "holder": _("Holder"),
        "client": _("Client"),
        "manufacturer": _("Manufacturer"),
        "factory": _("Factory"),
        "brand_owner": _("Brand owner"),
        "importer": _("Importer"),
        "agent": _("Agent"),
    }
    for party in edition.parties.order_by("id"):
        rows.append({"label": labels[party.role], "value": party.names})
        if party.address:
            rows.append({"label": _("Address"), "value": party.address})
    rows.append({"label": _("Scope"), "value": edition.statement})
    for site in edition.sites.order_by("id"):
        rows.append({"label": _("Site"), "value": {"text": site.names, "note": words(site.address)}})
    if edition.requirements:
        rows.append(
            {
                "label": _("Requirements"),
                "value": ", ".join(str(row.get("designation") or row.get("key")) for row in edition.requirements),
            }
        )
    rows += [
        {"label": _("Issued"), "value": edition.issued_on},
        {"label": _("Valid from"), "value": edition.effective_on},
        {"label": _("Valid until"), "value": edition.expires_on or _("no end")},
        {"label": _("Edition"), "value": edition.edition},
    ]
    if edition.grade and edition.scheme:
        rows.append({"label": _("Grade"), "value": edition.scheme.definition.grade(edition.grade).title})
    if standing.change is not None and standing.change.reason:
        rows.append({"label": _("Reason of the status"), "value": standing.change.reason})
    credential = attestation_queries.credential_of(edition)
    if credential is not None and credential.entry is not None and credential.entry.index is not None:
        rows.append({"label": _("Log entry"), "value": f"#{credential.entry.index}", "mono": True})
    if found.main is not None:
        rows.append(
            {
                "label": _("Part of"),
                "value": {
                    "text": number_of(found.main),
                    "href": reverse("workspace:certificate", args=[found.main.public_id]),
                },
            }
        )
    return rows


def _files(found: Attestation, edition: Edition, membership: Membership) -> list[dict[str, Any]]:
    if not attestation_queries.may_download(found, membership):
        return []
    credential = attestation_queries.credential_of(edition)
    if credential is None:
        return []
    names = {
        "jwt": _("Credential, signed (vc+jwt)"),
        "json": _("Credential, JSON twin"),
        "tlog-proof": _("Proof of its place in the log"),
        "history.jwt": _("Statement of its history, signed"),
        "history.tlog-proof": _("Proof of the history's place in the log"),
    }
    rows = [
        {
            "name": names.get(ending, ending),
            "size": len(content),
            "icon": "file-certificate",
            "href": reverse("workspace:certificate-file", args=[found.public_id, ending]),
        }
        for ending, content in attestation_queries.files_of(credential).items()
    ]
    if renditions.of(credential) is not None:
        row = {"name": _("Certificate to print (PDF)"), "icon": "file-type-pdf", "size": None}
        rows.insert(0, {**row, "href": reverse("workspace:certificate-file", args=[found.public_id, "pdf"])})
    if not credentials.opaque(found):
        rows.append(
            {
                "name": _("Everything for checking it offline"),
                "icon": "package",
                "size": None,
                "href": reverse("workspace:certificate-file", args=[found.public_id, "bundle.json"]),
            }
        )
    return rows


MEDIA = {
    "pdf": "application/pdf",
    "jwt": "application/vc+jwt",
    "json": "application/json",
    "bundle.json": "application/json",
}


@require_safe
@acting.requires()
def certificate_file(request: HttpRequest, attestation_id: str, ending: str) -> HttpResponse:
    """Hand over one file of the newest credential, to holder and issuer also where it is not public."""
    found, membership = open_certificate(request, attestation_id)
    edition = found.editions.order_by("-edition").first()
    credential = attestation_queries.credential_of(edition) if edition else None
    if credential is None or not attestation_queries.may_download(found, membership):
        raise Http404
    content: bytes | None
    if ending == "bundle.json":
        content = attestation_queries.bundle_of(credential)
    elif ending in renditions.MAKERS:
        made = renditions.of(credential, ending)
        content = renditions.content_of(made) if made is not None else None
    else:
        content = attestation_queries.files_of(credential).get(ending)
    if content is None:
        raise Http404
    response = HttpResponse(
        content, content_type=MEDIA.get(ending.removeprefix("history."), "text/plain; charset=utf-8")
    )
    response["Content-Disposition"] = f'attachment; filename="{found.public_id}.{ending}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _due(due: Due, today: date, membership: Membership) -> dict[str, Any]:
    opens = membership.organisation_id == due.attestation.issuer_id and membership.holds("selection") and due.may_open
    return {
        "due": due,
        "what": translated(DUES[due.kind]),
        "late": due.due_on < today,
        "source": str(due.because.get("source", "")),
        "may_open": opens,
        "case": due.case
        if due.case is not None and case_pages.queries.cases(membership).filter(pk=due.case.pk).exists()
        else None,
    }


def _next(
    found: Attestation, waiting: list[Due], overdue: list[Any], membership: Membership, today: date
) -> dict[str, Any] | None:
    if overdue:
        first = overdue[0]
        return {
            "step": said(first.sentence, first.facts),
            "who": found.issuer.names,
            "by": first.due.due_on,
            "tone": "bad",
            "source": first.source,
        }
    if not waiting:
        return None
    due = waiting[0]
    return {
        "step": translated(DUES[due.kind]),
        "who": found.issuer.names,
        "by": due.due_on,
        "left": case_pages.left_words((due.due_on - today).days, "day"),
        "source": str(due.because.get("source", "")),
        "tone": "" if membership.organisation_id == found.issuer_id else "wait",
    }
