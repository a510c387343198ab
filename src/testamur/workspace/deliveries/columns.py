"""The page on which somebody says what the columns of a file are: once, and again where a column was renamed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.files.actions import path_of
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.kernel.refusal import _ as marked
from testamur.kernel.words import Function, Origin
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.register.actions import give_up, name_source, save_mapping
from testamur.register.models import Delivery, Source
from testamur.register.models import Mapping as Saved
from testamur.register.queries_reporting import visible_to
from testamur.register.reporting import drafting, revising
from testamur.register.reporting import mapping as mappings
from testamur.register.reporting.files import ENCODINGS
from testamur.register.reporting.looking import SEPARATORS, Look, look
from testamur.workspace.answers import Answers, without_nul
from testamur.workspace.deliveries.drafts import Draft, language_of, published
from testamur.workspace.deliveries.sending import Upload, taken, upload_of, whose

#: States in which a delivery can still be read otherwise.
OPEN = (Delivery.State.RECEIVED, Delivery.State.JUDGED, Delivery.State.REFUSED)


@require_http_methods(["GET", "POST"])
@acting.requires(Function.RECORDS)
def first(request: HttpRequest) -> HttpResponse:
    """Describe the columns of a file that was uploaded."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    upload = upload_of(request.GET.get("upload", ""), membership)
    source = Source.objects.filter(organisation=membership.organisation_id).first()
    return _page(request, membership, upload, source, None)


@require_http_methods(["GET", "POST"])
@acting.requires(Function.RECORDS)
def again(request: HttpRequest, delivery_id: str) -> HttpResponse:
    """Describe the columns of a delivery anew: it is given up, and its file is read by the newer mapping."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    rows = visible_to(membership).select_related("source", "mapping", "file")
    delivery = rows.filter(public_id=delivery_id.upper()).first()
    if delivery is None or delivery.file is None or delivery.state not in OPEN:
        raise Http404
    once = Answers(request).once
    upload = Upload(
        delivery.file.sha256, delivery.name, delivery.as_of.isoformat(), delivery.whole, membership.pk, once,
        delivery.feed,
    )  # fmt: skip
    return _page(request, membership, upload, delivery.source, delivery)


def _page(
    request: HttpRequest, membership: Membership, upload: Upload, source: Source | None, delivery: Delivery | None
) -> HttpResponse:
    answers = Answers(request)
    newest = source.mappings.order_by("-version").first() if source is not None else None
    try:
        seen = look(
            path_of(upload.sha256),
            encoding=_among(request.POST.get("encoding", ""), ENCODINGS),
            separator=_among(request.POST.get("separator", ""), SEPARATORS),
        )
    except Refused as refused:
        answers.refuse(refused)
        answers.sent = True
        return render(request, "deliveries/columns.html", {**_head(upload, membership, source), "answers": answers})
    if newest is not None and not revising.is_chosen(newest.body):
        return _renaming(request, answers, membership, upload, newest, seen, delivery)
    before = revising.choices_of(newest.body) if newest is not None else {}
    reports = source is None or source.organisation_id is not None
    begun = revising.continued(seen, before) if before else drafting.guessed(seen, reports=reports)
    if answers.sent:
        draft = Draft.of_post(without_nul(request.POST), seen, begun, reports=reports)
        if "_look" not in request.POST:
            done = _saved(answers, membership, upload, source, draft, delivery)
            if done is not None:
                return done
    else:
        told: Mapping[str, Any] = newest.body["source"] if newest is not None else {}
        scheme = str(told.get("scheme") or next((key for key, _title in published()), ""))
        language = str(told.get("statement_language") or language_of(seen))
        draft = Draft(seen, begun, scheme=scheme, language=language, reports=reports)
    gone = revising.likely(list(before), seen) if before else {}
    return render(
        request,
        "deliveries/columns.html",
        {
            **_head(upload, membership, source),
            "answers": answers,
            "look": seen,
            "draft": draft,
            "first": newest is None,
            "gone": [{"name": name, "near": near} for name, near in gone.items()],
        },
    )


def _head(upload: Upload, membership: Membership, source: Source | None) -> dict[str, Any]:
    return {
        "head": {
            "title": _("What the columns are"),
            "facts": [upload.name, whose(membership, source)],
        },
        "crumbs": [{"label": _("Reporting in"), "href": reverse("workspace:deliveries")}, {"label": _("Columns")}],
    }


def _among(given: str, known: Any) -> str:
    return given if given in known else ""


def _saved(
    answers: Answers, membership: Membership, upload: Upload, source: Source | None, draft: Draft,
    delivery: Delivery | None,
) -> HttpResponse | None:  # fmt: skip
    """Save the mapping that was chosen and have the file judged by it; None: what is wrong stands on the page."""
    organisation = membership.organisation if draft.reports else None
    try:
        if draft.scheme not in dict(published()):
            raise Refused(marked("Choose the scheme of the certificates."), field="scheme")
        head = dict(source.mappings.latest("version").body["source"]) if source is not None else {}
        if organisation is not None:
            head |= {"id": organisation.public_id, "names": organisation.names, "origin": str(Origin.REPORTED)}
        head.setdefault("title", {"en": "Certificate", "zh": "证书"})
        chosen, found = (answers.request.POST.get(name, "") for name in ("separator", "was-separator"))
        draft.separator = chosen if chosen != found and draft.look.kind == "csv" else ""
        body = draft.body(head, organisation.public_id if organisation is not None else "")
        read = mappings.read(body, upload.name)
        named = name_source(mapping=read, by=membership, at=clock.now(), organisation=organisation)
        return _judged(answers, membership, upload, named.mappings.latest("version"), delivery)
    except Refused as refused:
        answers.refuse(refused)
        return None


def _judged(
    answers: Answers, membership: Membership, upload: Upload, saved: Saved, delivery: Delivery | None
) -> HttpResponse:
    if delivery is not None and delivery.state in OPEN:
        give_up(delivery=delivery, by=membership, at=clock.now())
    return taken(answers.request, upload, saved, membership)


def _renaming(
    request: HttpRequest, answers: Answers, membership: Membership, upload: Upload, newest: Saved, seen: Look,
    delivery: Delivery | None,
) -> HttpResponse:  # fmt: skip
    """Show a mapping that was written as a file: only the names of its columns are chosen here."""
    read = mappings.read(newest.body)
    if upload.feed and read.feed:
        read = read.for_feed
    wanted = [one for one in read.columns if one not in read.optional]
    gone = revising.likely(wanted, seen)
    if answers.sent:
        there = {one.name for one in seen.columns}
        names = {
            old: new for place, old in enumerate(gone) if (new := request.POST.get(f"new-{place}", "")) in there
        }  # fmt: skip
        if not names and gone:
            answers.refuse(
                Refused(marked("Choose for each missing column the one that holds it now."), field="columns")
            )
        else:
            try:
                changed = mappings.read(revising.renamed(newest.body, names))
                saved = save_mapping(source=newest.source, mapping=changed, by=membership, at=clock.now())
                return _judged(answers, membership, upload, saved, delivery)
            except Refused as refused:
                answers.refuse(refused)
    columns = [one.name for one in seen.columns]
    return render(
        request,
        "deliveries/renamed.html",
        {
            **_head(upload, membership, newest.source),
            "answers": answers,
            "gone": [
                {"place": place, "name": old, "near": near, "options": [(one, one == near) for one in columns]}
                for place, (old, near) in enumerate(gone.items())
            ],
            "columns": [
                {"name": one.name, "samples": one.samples, "read": one.name in read.columns} for one in seen.columns
            ],
            "version": newest.version,
        },
    )
