"""Acts on an attestation: suspend, restore, reduce, withdraw, cancel, change (ISO/IEC 17021-1:2015, 9.6.5)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.attestation import actions
from testamur.decision import policies as deciding
from testamur.decision import queries as decisions
from testamur.kernel import clock, days
from testamur.kernel.refusal import Refused, refusal_of
from testamur.kernel.words import Outcome, Status
from testamur.parties import acting
from testamur.parties.models import Membership, Site
from testamur.register import status as register_status
from testamur.register.models import Attestation, Edition
from testamur.wording.templatetags.say import translated, words
from testamur.workspace import working
from testamur.workspace.answers import Answers, in_its_language, options
from testamur.workspace.certificate_pages import crumbs, holder_of, open_certificate
from testamur.workspace.said import ACTS

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


def acts_of(found: Attestation, membership: Membership, definition: Any, standing: Any) -> list[dict[str, Any]]:
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
    found, membership = open_certificate(request, attestation_id)
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
        if answers.result is None and not answers.again and found.issuer.two_to_issue:
            messages.success(
                request, _("It is decided and proposed. A second person of your organisation has to issue it.")
            )
        else:
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
            "head": {"title": translated(ACTS[act][0]), "number": edition.number, "facts": [holder_of(found)]},
            "crumbs": crumbs(found, edition.number, translated(ACTS[act][0])),
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
            lines = [int(one) for one in picked if one.isdecimal()] or None
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
    names = (
        {key: str(answers.raw(f"name-{key}") or "") for key in ("zh", "en")} if act == "change" else holder_of(found)
    )
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
            {"label": _("Holder"), "value": holder_of(found)},
        ],
        "button": translated(ACTS[act][0]),
        "name": "go",
        "value": "do",
        "icon": "gavel",
        "back_href": reverse("workspace:certificate", args=[found.public_id]),
    }
