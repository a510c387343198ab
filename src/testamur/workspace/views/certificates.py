"""Certificates and other attestations: issuing one, the portfolio, one with its acts, files and duties."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from testamur.attestation import actions, credentials, policies
from testamur.attestation import queries as attestation_queries
from testamur.decision import policies as deciding
from testamur.decision import queries as decisions
from testamur.files import tables
from testamur.kernel import clock, days
from testamur.kernel.refusal import Refused, refusal_of
from testamur.kernel.words import Outcome, Status
from testamur.parties import acting
from testamur.parties.models import Membership, Site
from testamur.parties.templatetags.parties_words import sentence
from testamur.register import queries as register
from testamur.register import status as register_status
from testamur.register.models import Attestation, Current, Edition
from testamur.surveillance import actions as surveillance_actions
from testamur.surveillance import queries as surveillance
from testamur.surveillance.models import Due
from testamur.wording.templatetags.say import status_word, translated, words
from testamur.workspace import case_pages, working
from testamur.workspace.answers import Answers, options
from testamur.workspace.said import ACTS, DUES, OCCASIONS, OUTCOMES
from testamur.workspace.views.apply import possible

PAGE = 50
SORTS = {
    "number": "number",
    "holder": "holder_text",
    "expiry": "expires_on",
    "from": "effective_on",
    "changed": "changed_at",
}


def visible(membership: Membership) -> QuerySet[Attestation]:
    """Return the attestations that are somebody's work or own; who supervises sees all that are not confidential."""
    mine = Q(issuer=membership.organisation_id) | Q(holder=membership.organisation_id) | Q(person=membership.person_id)
    if membership.holds("supervision"):
        mine |= Q(confidential=False, personal=False)
    return register.visible_to(membership).filter(mine)


# Issue ---------------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@acting.requires()
def issue(request: HttpRequest, case_id: str) -> HttpResponse:
    """Carry a decision out: issue the statement, sign it, publish and log it."""
    case, membership, _side = case_pages.open_case(request, case_id, "attestation")
    made = case.decisions.order_by("-id").first()
    if made is None:
        raise Http404
    own = {site.public_id: site for site in case.client.sites.filter(closed_on=None)} if case.client else {}
    answers = Answers(request)
    chosen = [own[key] for key in answers.several("site") if key in own] if answers.sent else []
    if answers.attempt(lambda: actions.carry_out(decision=made, by=membership, at=clock.now(), sites=chosen)):
        messages.success(request, _("It is issued, signed, published and logged."))
        done = answers.result
        if done is not None:
            return redirect("workspace:certificate", done.attestation.public_id)
        return redirect("workspace:case", case.public_id)
    refusal = refusal_of(_check, made, membership)
    questions = []
    if own and made.outcome == Outcome.GRANT and len(own) > 1:
        rows = [(key, site.names) for key, site in own.items()]
        questions.append(
            answers.ask(
                "site",
                "choices",
                _("Sites that get a sub-certificate of their own"),
                required=False,
                options=options(rows),
                help=_("All sites stand in the list of the main certificate in any case."),
            )
        )
    waiting = case.stage == "attestation"
    done_ = actions.carried_out(made)
    return case_pages.show(
        request,
        case,
        "attestation",
        "workspace/attestation.html",
        title=_("Attestation"),
        decision=made,
        answers=answers,
        questions=questions,
        refusal=refusal if waiting else None,
        may=waiting and refusal is None,
        outcome=translated(OUTCOMES[made.outcome][0]),
        means=translated(OUTCOMES[made.outcome][1]),
        lines=working.lines_in_words(case.scheme.definition, made.scope),
        done=done_,
        shows=_shows(case, made),
    )


def _check(made: Any, by: Membership) -> None:
    policies.check_outcome(made)
    policies.check_signed(made)
    policies.check_may_carry_out(made, by, clock.now())


def _shows(case: Any, made: Any) -> list[dict[str, Any]]:
    party = case.client or case.person
    return [
        {"label": _("Holder"), "value": party.names},
        {"label": _("Scheme"), "value": case.scheme.title},
        {"label": _("Scope"), "value": made.statement},
        {"label": _("Decided"), "value": made.decided_on},
        {"label": _("Issuer"), "value": case.issuer.names},
    ]


# The list ------------------------------------------------------------------------------------------------------------


@require_safe
@acting.requires()
def certificates(request: HttpRequest) -> HttpResponse:
    """List what one's organisation issued and holds: status, last day, next duty; also as a file."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    today = case_pages.today_cn()
    side = request.GET.get("side", "")
    own = Q(attestation__issuer=membership.organisation_id)
    held = Q(attestation__holder=membership.organisation_id) | Q(attestation__person=membership.person_id)
    rows = Current.objects.filter({"issued": own, "held": held}.get(side, own | held))
    counts = {"issued": Current.objects.filter(own).count(), "held": Current.objects.filter(held).count()}
    text, status, scheme = (request.GET.get(key, "").strip()[:100] for key in ("q", "status", "scheme"))
    if text:
        rows = rows.filter(Q(number__icontains=text) | Q(holder_text__icontains=text) | Q(search__icontains=text))
    over = Q(expires_on__lt=today) & Q(status__in=[Status.VALID, Status.SUSPENDED])
    if status == Status.EXPIRED:
        rows = rows.filter(over)
    elif status in set(Status):
        rows = rows.filter(status=status).exclude(over)
    if scheme:
        rows = rows.filter(scheme=scheme)
    sort = request.GET.get("sort", "-changed")
    key = SORTS.get(sort.lstrip("-"), "changed_at")
    rows = rows.select_related("attestation", "edition__scheme", "issuer").order_by(
        f"-{key}" if sort.startswith("-") else key, "pk"
    )
    kind = request.GET.get("format", "")
    if kind in tables.WRITERS:
        columns = ["number", "id", "holder", "scheme", "status", "from", "until", "standards", "issuer"]
        listed = (
            [
                row.number,
                row.attestation.public_id,
                row.holder_text,
                row.scheme,
                str(register.status_of(row, today)),
                row.effective_on,
                row.expires_on,
                row.standards,
                words(row.issuer.names),
            ]
            for row in rows.iterator()
        )
        return tables.as_file(kind, columns, listed, name="certificates")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    late = {duty.due.attestation_id for duty in surveillance.overdue(issuer=membership.organisation, today=today)}
    chips = [
        {"label": _("All"), "href": "?", "count": None, "current": side not in counts},
        {"label": _("Issued by us"), "href": "?side=issued", "count": counts["issued"], "current": side == "issued"},
        {"label": _("Held by us"), "href": "?side=held", "count": counts["held"], "current": side == "held"},
    ]
    return render(
        request,
        "workspace/certificates.html",
        {
            "head": {
                "title": _("Certificates"),
                "facts": [_("Certificates, licences, accreditations and registrations: issued and held.")],
            },
            "crumbs": [{"label": _("Certificates")}],
            "chips": chips if all(counts.values()) else [],
            "text": text,
            "status": status,
            "scheme": scheme,
            "side": side,
            "statuses": [(str(one), status_word(one)) for one in Status],
            "schemes": sorted(set(Current.objects.filter(own | held).values_list("scheme", flat=True))),
            "table": {
                "columns": _columns(),
                "sorted": sort,
                "rows": [_row(row, today, late) for row in page],
                "caption": _("Certificates"),
            },
            "page": page,
            "query": _query(request),
            "filtered": bool(text or status or scheme),
            "figures": _figures(membership, today) if counts["issued"] else [],
            "today": today,
        },
    )


def _query(request: HttpRequest) -> str:
    kept = request.GET.copy()
    for name in ("format", "page"):
        kept.pop(name, None)
    return kept.urlencode()


def _columns() -> list[dict[str, Any]]:
    return [
        {"label": _("Number"), "sort": "number"},
        {"label": _("Holder"), "sort": "holder"},
        {"label": _("Scheme")},
        {"label": _("Status")},
        {"label": _("Valid until"), "sort": "expiry"},
        {"label": _("Duty")},
    ]


def _row(row: Current, today: date, late: set[int]) -> dict[str, Any]:
    edition = row.edition
    title: Any = edition.scheme.title if edition and edition.scheme else row.scheme
    return {
        "id": row.attestation.public_id,
        "href": reverse("workspace:certificate", args=[row.attestation.public_id]),
        "cells": [
            row.number,
            row.holder_text,
            title,
            {"status": str(register.status_of(row, today))},
            row.expires_on,
            _("overdue") if row.attestation_id in late else "",
        ],
    }


def _figures(membership: Membership, today: date) -> list[dict[str, Any]]:
    mine = Current.objects.filter(attestation__issuer=membership.organisation_id)
    living = Q(expires_on__gte=today) | Q(expires_on=None)
    overdue = surveillance.overdue(issuer=membership.organisation, today=today)
    soon = mine.filter(status=Status.VALID, expires_on__gte=today, expires_on__lte=days.add_months(today, 6))
    return [
        {
            "label": _("Valid"),
            "value": mine.filter(living, status=Status.VALID).count(),
            "href": "?side=issued&status=valid",
            "note": _("show"),
        },
        {
            "label": _("Suspended"),
            "value": mine.filter(living, status=Status.SUSPENDED).count(),
            "href": "?side=issued&status=suspended",
            "note": _("show"),
        },
        {
            "label": _("End within six months"),
            "value": soon.count(),
            "href": "?side=issued&sort=expiry",
            "note": _("show"),
        },
        {
            "label": _("Overdue duties"),
            "value": len(overdue),
            "href": reverse("workspace:oversight"),
            "note": _("show"),
        },
    ]


# One -----------------------------------------------------------------------------------------------------------------


def _one(request: HttpRequest, attestation_id: str) -> tuple[Attestation, Membership]:
    membership: Membership = request.membership  # type: ignore[attr-defined]
    rows = visible(membership).select_related("issuer", "holder", "person", "main")
    return get_object_or_404(rows, public_id=attestation_id), membership


@require_safe
@acting.requires()
def certificate(request: HttpRequest, attestation_id: str) -> HttpResponse:
    """One attestation: what it says, where it stands, what falls due, what may be done, its files and its life."""
    found, membership = _one(request, attestation_id)
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
                "facts": [_holder(found), found.issuer.names],
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
            "facts": _facts(found, edition, standing),
            "lines": working.lines_in_words(definition, [line.line for line in edition.lines.all()])
            if definition
            else [],
            "parts": [(part, _number(part)) for part in found.parts.order_by("id")],
            "acts": _acts(found, membership, definition, standing) if issuer_side else [],
            "may_ask": [(one, translated(OCCASIONS[one])) for one in possible(found)] if holder_side else [],
            "triggers": _triggers(found, membership, definition, holder_side),
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


def _number(part: Attestation) -> str:
    edition = part.editions.order_by("-edition").first()
    return edition.number if edition else part.public_id


def _holder(found: Attestation) -> Any:
    party = found.holder or found.person
    return party.names if party else ""


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
                    "text": _number(found.main),
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


MEDIA = {"jwt": "application/vc+jwt", "json": "application/json", "bundle.json": "application/json"}


@require_safe
@acting.requires()
def certificate_file(request: HttpRequest, attestation_id: str, ending: str) -> HttpResponse:
    """Hand over one file of the newest credential, to holder and issuer also where it is not public."""
    found, membership = _one(request, attestation_id)
    edition = found.editions.order_by("-edition").first()
    credential = attestation_queries.credential_of(edition) if edition else None
    if credential is None or not attestation_queries.may_download(found, membership):
        raise Http404
    if ending == "bundle.json":
        content = attestation_queries.bundle_of(credential)
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
    opens = (
        membership.organisation_id == due.attestation.issuer_id
        and membership.holds("selection")
        and due.case is None
        and due.kind in (Due.Kind.ROUND, Due.Kind.TRIGGER, Due.Kind.RENEWAL)
    )
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
        from testamur.workspace.said import said

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


# Acts ----------------------------------------------------------------------------------------------------------------

#: Act of the address → outcome that is decided.
OUTCOME_OF = {
    "suspension": Outcome.SUSPEND,
    "restoration": Outcome.RESTORE,
    "reduction": Outcome.REDUCE,
    "withdrawal": Outcome.WITHDRAW,
    "cancellation": Outcome.CANCEL,
    "change": Outcome.MAINTAIN,
}
GROUND_TO = {"suspension": "suspended", "reduction": "reduced", "withdrawal": "withdrawn", "cancellation": "cancelled"}


def _grounds(definition: Any, act: str) -> list[Any]:
    return [row for row in definition.grounds if row.to == GROUND_TO.get(act)]


def _acts(found: Attestation, membership: Membership, definition: Any, standing: Any) -> list[dict[str, Any]]:
    """Return what the issuer may do, each allowed or blocked with its reason; what cannot come next is left out."""
    if definition is None:
        return []
    governing = decisions.governing_definition(found, register_status.today(found))
    rows = []
    for act, outcome in OUTCOME_OF.items():
        grounds = _grounds(governing, act)
        if act in GROUND_TO and not grounds:
            continue
        if (act == "restoration") != (standing.status == Status.SUSPENDED) and act in ("restoration", "suspension"):
            continue
        refused = refusal_of(
            deciding.check_may_decide_status,
            found,
            membership,
            outcome=str(outcome),
            ground=grounds[0].id if grounds else "",
            status=standing.status,
            definition=governing,
        )
        rows.append(
            {
                "label": translated(ACTS[act][0]),
                "note": translated(ACTS[act][1]),
                "href": reverse("workspace:certificate-act", args=[found.public_id, act]),
                "refused": refused,
                "ident": f"act-{act}",
            }
        )
    return rows


@require_http_methods(["GET", "POST"])
@acting.requires()
def act(request: HttpRequest, attestation_id: str, act: str) -> HttpResponse:
    """Suspend, restore, reduce, withdraw, cancel or change: ground, reason, day, and what the public will see."""
    found, membership = _one(request, attestation_id)
    if membership.organisation_id != found.issuer_id or act not in OUTCOME_OF:
        raise Http404
    edition = found.editions.select_related("scheme").order_by("-edition").first()
    if edition is None or edition.scheme is None:
        raise Http404  # what was not made here is not changed here
    today = register_status.today(found)
    definition = decisions.governing_definition(found, today)
    grounds = _grounds(definition, act)
    answers = Answers(request, initial=_initial(found, edition, act, today, grounds))
    preview = answers.sent and request.POST.get("go") == "preview"
    if answers.sent and not preview and answers.attempt(lambda: _do(found, edition, membership, act, answers, today)):
        messages.success(request, _("Done, logged and published. This is how it stands now."))
        return redirect("workspace:certificate", found.public_id)
    refusal = refusal_of(
        deciding.check_may_decide_status,
        found,
        membership,
        outcome=str(OUTCOME_OF[act]),
        ground=grounds[0].id if grounds else "",
        status=register_status.status(found).status,
        definition=definition,
    )
    questions = _act_questions(found, edition, act, answers, grounds)
    return render(
        request,
        "workspace/certificate_act.html",
        {
            "head": {"title": translated(ACTS[act][0]), "number": edition.number, "facts": [_holder(found)]},
            "crumbs": [
                {"label": _("Certificates"), "href": reverse("workspace:certificates")},
                {
                    "label": edition.number,
                    "href": reverse("workspace:certificate", args=[found.public_id]),
                    "mono": True,
                },
                {"label": translated(ACTS[act][0])},
            ],
            "attestation": found,
            "edition": edition,
            "answers": answers,
            "questions": questions,
            "refusal": refusal,
            "preview": _preview(found, edition, act, answers, today),
            "confirm": _confirm(found, edition, act),
            "means": translated(ACTS[act][1]),
            "grounds": grounds,
            "today": today,
        },
    )


def _initial(found: Attestation, edition: Edition, act: str, today: date, grounds: list[Any]) -> dict[str, Any]:
    initial: dict[str, Any] = {"on": today.isoformat(), "ground": grounds[0].id if len(grounds) == 1 else ""}
    lines = list(edition.lines.all())
    initial["line"] = [str(line.position) for line in lines] if act == "reduction" else []
    if act in ("change", "reduction"):
        initial |= {f"statement-{key}": text for key, text in edition.statement.items()}
    if act == "change":
        holder = edition.parties.filter(role="holder").first() or edition.parties.order_by("id").first()
        now = found.holder
        initial |= {f"name-{key}": text for key, text in (now.names if now else holder.names if holder else {}).items()}
        initial |= {
            f"address-{key}": text for key, text in (now.address if now else holder.address if holder else {}).items()
        }
        initial["sites"] = [
            {"name": words(row.names), "address": words(row.address), "central": "true" if row.central else ""}
            for row in edition.sites.order_by("id")
        ]
    return initial


def _act_questions(
    found: Attestation, edition: Edition, act: str, answers: Answers, grounds: list[Any]
) -> list[dict[str, Any]]:
    questions: list[dict[str, Any]] = []
    if grounds:
        rows = [{"id": one.id, "label": one.means, "note": one.legal_kind or ""} for one in grounds]
        questions.append(
            answers.ask(
                "ground", "choice", _("Ground of the scheme"), options=rows, help=_("The public page names it.")
            )
        )
    labels = (
        working.lines_in_words(edition.scheme.definition, [line.line for line in edition.lines.all()])
        if edition.scheme
        else []
    )
    positions = [str(line.position) for line in edition.lines.all()]
    if act == "reduction":
        questions.append(
            answers.ask(
                "line", "choices", _("Scope lines that stay"), options=options(zip(positions, labels, strict=True))
            )
        )
    elif act == "suspension" and len(positions) > 1:
        questions.append(
            answers.ask(
                "line",
                "choices",
                _("Only these scope lines"),
                required=False,
                options=options(zip(positions, labels, strict=True)),
                help=_("Nothing chosen: the whole is suspended."),
            )
        )
    if act == "change":
        questions += [
            answers.ask("name-zh", "text", _("Name of the holder, Chinese"), required=False),
            answers.ask("name-en", "text", _("Name of the holder, English"), required=False),
            answers.ask("address-zh", "text", _("Address, Chinese"), required=False),
            answers.ask("address-en", "text", _("Address, English"), required=False),
            answers.ask(
                "sites",
                "sites",
                _("Sites on the list"),
                required=False,
                columns=[
                    {"id": "name", "label": _("Name of the site"), "type": "text"},
                    {"id": "address", "label": _("Address"), "type": "text"},
                    {"id": "central", "label": _("Central function"), "type": "yes_no"},
                ],
            ),
        ]
    if act in ("change", "reduction"):
        questions += [
            answers.ask("statement-zh", "long_text", _("Scope in words, Chinese"), required=False),
            answers.ask("statement-en", "long_text", _("Scope in words, English"), required=False),
        ]
    if act not in ("change", "reduction"):
        questions.append(
            answers.ask(
                "on",
                "date",
                _("Takes effect on"),
                help=_("An earlier day is recorded as such: both clocks are public."),
            )
        )
    questions += [
        answers.ask(
            "reason-zh",
            "long_text",
            _("Reason, Chinese"),
            required=False,
            help=_("The public page and the holder see it."),
        ),
        answers.ask("reason-en", "long_text", _("Reason, English"), required=False),
    ]
    return questions


def _do(found: Attestation, edition: Edition, by: Membership, act: str, answers: Answers, today: date) -> Any:
    reasons = answers.both("reason")
    ground = str(answers.raw("ground") or "")
    at: datetime = clock.now()
    if act not in ("change", "reduction"):
        on = answers.day("on")
        if on is None:
            return None
        at = at if on == today else days.first_instant(on, register_status.area_of(edition))
    picked = answers.several("line")
    statement = answers.both("statement")
    try:
        if act == "suspension":
            lines = [int(one) for one in picked if one.isdigit()] or None
            if lines is not None and len(lines) == edition.lines.count():
                lines = None
            return actions.suspend(attestation=found, ground=ground, reasons=reasons, by=by, at=at, lines=lines)
        if act == "restoration":
            return actions.restore(attestation=found, reasons=reasons, by=by, at=at)
        if act == "withdrawal":
            return actions.withdraw(attestation=found, ground=ground, reasons=reasons, by=by, at=at)
        if act == "cancellation":
            return actions.cancel(attestation=found, ground=ground, reasons=reasons, by=by, at=at)
        if act == "reduction":
            scope = [line.line for line in edition.lines.all() if str(line.position) in picked]
            return actions.reduce(
                attestation=found,
                scope=scope,
                reasons=reasons,
                by=by,
                at=at,
                ground=ground,
                statement=statement or None,
            )
        return actions.change(attestation=found, reasons=reasons, by=by, at=at, **_changes(edition, answers))
    except Refused as refused:
        if refused.field == "reasons":
            refused.field = "reason-zh"
        raise


def _changes(edition: Edition, answers: Answers) -> dict[str, Any]:
    """Return what is written differently from the present edition; nothing else is touched."""
    from testamur.workspace.answers import in_its_language

    holder = edition.parties.filter(role="holder").first() or edition.parties.order_by("id").first()
    found: dict[str, Any] = {}
    names, address, statement = answers.both("name"), answers.both("address"), answers.both("statement")
    if holder is not None and names and names != holder.names:
        found["names"] = names
    if holder is not None and address and address != holder.address:
        found["address"] = address
    if statement and statement != edition.statement:
        found["statement"] = statement
    before = list(edition.sites.select_related("site").order_by("id"))
    known = {text: row for row in before for text in row.names.values()}
    sites = []
    for row in answers.rows("sites"):
        old = known.get(row.get("name", ""))
        own = Site.objects.filter(organisation=edition.attestation.holder, closed_on=None)
        site = old.site if old else next((one for one in own if row.get("name") in one.names.values()), None)
        names_ = old.names if old else site.names if site else in_its_language(row.get("name", ""))
        written = row.get("address", "")
        address_ = old.address if old and words(old.address) == written else in_its_language(written)
        sites.append(
            {
                "names": names_,
                "address": address_,
                "central": row.get("central") == "true",
                "site": site.public_id if site else "",
                "statement": old.statement if old else {},
            }
        )
    same = [(row.names, row.address, row.central) for row in before] == [
        (row["names"], row["address"], row["central"]) for row in sites
    ]
    if not same and (sites or before):
        found["sites"] = sites
    return found


def _preview(found: Attestation, edition: Edition, act: str, answers: Answers, today: date) -> dict[str, Any]:
    """Return what the public page will say, from what is typed now."""
    after = {
        "suspension": Status.SUSPENDED,
        "withdrawal": Status.WITHDRAWN,
        "cancellation": Status.CANCELLED,
        "restoration": Status.VALID,
    }.get(act, register_status.status(found).status)
    reason = {key: str(answers.raw(f"reason-{key}") or "") for key in ("zh", "en")}
    statement = (
        {key: str(answers.raw(f"statement-{key}") or "") for key in ("zh", "en")}
        if act in ("change", "reduction")
        else {}
    )
    names = {key: str(answers.raw(f"name-{key}") or "") for key in ("zh", "en")} if act == "change" else _holder(found)
    return {
        "status": str(after),
        "number": edition.number,
        "holder": names,
        "statement": {key: text for key, text in statement.items() if text} or edition.statement,
        "reason": {key: text for key, text in reason.items() if text},
        "on": str(answers.raw("on") or "") if act not in ("change", "reduction") else today.isoformat(),
        "edition": edition.edition + 1 if act in ("change", "reduction") else edition.edition,
        "superseded": edition.edition if act in ("change", "reduction") else None,
    }


def _confirm(found: Attestation, edition: Edition, act: str) -> dict[str, Any]:
    return {
        "title": translated(ACTS[act][0]),
        "text": _("This is written to the public log and cannot be deleted; a mistake is corrected by a later act."),
        "facts": [
            {"label": _("Number"), "value": edition.number, "mono": True},
            {"label": _("Holder"), "value": _holder(found)},
        ],
        "button": translated(ACTS[act][0]),
        "name": "go",
        "value": "do",
        "icon": "gavel",
        "back_href": reverse("workspace:certificate", args=[found.public_id]),
    }


# Duties and reports --------------------------------------------------------------------------------------------------


@require_POST
@acting.requires()
def open_due(request: HttpRequest, due_id: int) -> HttpResponse:
    """Open the case of a round, a trigger or a renewal; a second press leads to the same case."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    due = get_object_or_404(surveillance.visible_to(membership), pk=due_id)
    try:
        case = surveillance_actions.open_follow_up(due=due, by=membership, at=clock.now())
    except Refused as refused:
        messages.error(request, sentence(refused))
        return redirect("workspace:certificate", due.attestation.public_id)
    messages.success(request, _("The case is open."))
    return redirect("workspace:case", case.public_id)


def _triggers(found: Attestation, membership: Membership, definition: Any, holder_side: bool) -> list[Any]:
    """Return what may be reported from here."""
    if definition is None:
        return []
    governing = decisions.governing_definition(found, register_status.today(found))
    issuer = membership.organisation_id == found.issuer_id
    allowed = (
        {"anyone"}
        | ({"holder"} if holder_side else set())
        | ({"regulator", "accreditor"} if membership.holds("supervision") else set())
    )
    return [one for one in governing.triggers if issuer or one.told_by in allowed]


@require_http_methods(["GET", "POST"])
@acting.requires()
def report(request: HttpRequest, attestation_id: str) -> HttpResponse:
    """Report a change, a complaint or another event that sets work off."""
    found, membership = _one(request, attestation_id)
    edition = found.editions.select_related("scheme").order_by("-edition").first()
    definition = edition.scheme.definition if edition and edition.scheme else None
    holder_side = membership.organisation_id == found.holder_id or membership.person_id == found.person_id
    triggers = {one.id: one for one in _triggers(found, membership, definition, holder_side)}
    if not triggers:
        raise Http404
    answers = Answers(request)
    trigger = answers.chosen("trigger", triggers) if answers.sent else None
    what = answers.texts("what", required=True) if answers.sent else {}
    if answers.attempt(
        lambda: surveillance_actions.tell(
            attestation=found, trigger=trigger.id, what=what, by=membership, at=clock.now()
        )
    ):
        messages.success(request, _("Your report is with the issuer; what is to be done and by when shows here."))
        return redirect("workspace:certificate", found.public_id)
    rows = [{"id": key, "label": one.event} for key, one in triggers.items()]
    return render(
        request,
        "workspace/report.html",
        {
            "head": {"title": _("Report what happened"), "number": _number(found), "facts": [_holder(found)]},
            "crumbs": [
                {"label": _("Certificates"), "href": reverse("workspace:certificates")},
                {
                    "label": _number(found),
                    "href": reverse("workspace:certificate", args=[found.public_id]),
                    "mono": True,
                },
                {"label": _("Report")},
            ],
            "answers": answers,
            "questions": [
                answers.ask("trigger", "choice", _("What happened?"), options=rows),
                answers.ask("what", "long_text", _("In your words: what, when, where")),
            ],
            "back": reverse("workspace:certificate", args=[found.public_id]),
            "today": case_pages.today_cn(),
        },
    )
