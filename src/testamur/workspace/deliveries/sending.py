"""A file that is uploaded: checked, kept, and read by the mapping that is saved; without one its columns come first."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.files.actions import keep, path_of
from testamur.files.models import StoredFile
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.kernel.refusal import _ as marked
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.register.actions import name_source, receive
from testamur.register.models import Delivery, Mapping, Source
from testamur.register.policies_reporting import mirrors
from testamur.register.queries_reporting import sources_of
from testamur.register.reporting import files
from testamur.register.reporting import mapping as mappings
from testamur.register.reporting.library import library
from testamur.wording.templatetags.say import words
from testamur.workspace import case_pages
from testamur.workspace.answers import Answers, options

#: What a file may be called; what it is, its bytes say.
ACCEPTED = ("csv", "txt", "xlsx", "json", "jsonl", "gz")
#: How long a file waits for its columns to be described, seconds.
WAITS = 7 * 24 * 3600
_SALT = "testamur.deliveries.upload"
OWN, LIBRARY = "own", "mapping:"


@dataclass(frozen=True)
class Upload:
    """A file that waits until somebody says what its columns are.

    Attributes:
        by: membership that sent it; nobody else sees it.
    """

    sha256: str
    name: str
    as_of: str
    whole: bool
    by: int
    once: str
    feed: bool = False

    @property
    def token(self) -> str:
        """Return it as an address carries it, signed."""
        return signing.dumps(asdict(self), salt=_SALT, compress=True)


def upload_of(token: str, membership: Membership) -> Upload:
    """Return the upload that an address names; to everybody but its sender there is none."""
    try:
        found = Upload(**signing.loads(token, salt=_SALT, max_age=WAITS))
    except (signing.BadSignature, TypeError):
        raise Http404 from None
    if found.by != membership.pk or not StoredFile.objects.filter(sha256=found.sha256).exists():
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
@acting.requires(Function.RECORDS)
def new(request: HttpRequest) -> HttpResponse:
    """Take a file in and look at it, or lead to the page on which its columns are described."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    today = case_pages.today_cn()
    offered = _offered(membership)
    chosen = request.GET.get("source", "")
    answers = Answers(
        request, "send",
        {"source": chosen if chosen in offered else next(iter(offered)), "as_of": today.isoformat(), "whole": "false"},
    )  # fmt: skip
    if answers.sent:
        sent = _sent(answers, membership, offered, today)
        if sent is not None:
            return sent
    told = {"id": "feed", "label": _("What happened, row by row"),
            "note": _("A change feed: each row says what became of a record, and on which day.")}  # fmt: skip
    questions = [
        answers.ask("file", "file", _("File"), accept=ACCEPTED, max_mb=settings.LARGEST_FILE // 1024**2,
                    help=_("CSV, XLSX or JSON Lines, also packed with gzip. It is read, never executed.")),
        answers.ask("as_of", "date", _("The rows hold as of"), help=_("The day for which you state them.")),
        answers.ask("whole", "choice", _("What the file lists"), options=[
            {"id": "false", "label": _("What is new or has changed"),
             "note": _("What it does not name stays as it is.")},
            {"id": "true", "label": _("Everything there is"),
             "note": _("What it does not name is gone from that day on.")},
            *([told] if any(_reads_feeds(one, membership) for one in offered) else []),
        ]),
    ]  # fmt: skip
    if len(offered) > 1:
        questions.insert(0, answers.ask("source", "choice", _("Whose list it is"), options=options(offered.items())))
    return render(
        request,
        "deliveries/new.html",
        {
            "head": {"title": _("Upload a file"), "facts": [
                _("Nothing of the register changes yet: you first see what would.")]},
            "crumbs": [
                {"label": _("Reporting in"), "href": reverse("workspace:deliveries")}, {"label": _("Upload a file")},
            ],
            "answers": answers,
            "questions": questions,
        },
    )  # fmt: skip


def _offered(membership: Membership) -> dict[str, Any]:
    """Return source → names: the organisation's own, the registers that are mirrored, and those that can be."""
    found: dict[str, Any] = {OWN: membership.organisation.names}
    known = {one.key: one for one in sources_of(membership) if one.organisation_id is None}
    found |= {one.public_id: one.names for one in known.values()}
    if mirrors(membership):
        described = {stem: mappings.load(path).source for stem, path in library().items()}
        found |= {f"{LIBRARY}{stem}": one["names"] for stem, one in described.items() if one["id"] not in known}
    return found


def _sent(
    answers: Answers, membership: Membership, offered: dict[str, Any], today: date
) -> HttpResponse | None:  # fmt: skip
    source = answers.chosen("source", {key: key for key in offered}) if len(offered) > 1 else OWN
    as_of = answers.day("as_of")
    lists = answers.chosen("whole", {"true": "whole", "false": "part", "feed": "feed"})
    given = answers.request.FILES.get("file")
    try:
        if as_of is not None and as_of > today:
            raise Refused(marked("Nobody can state what will hold; choose today or an earlier day."), field="as_of")
        if given is None:
            raise Refused(marked("Choose a file."), field="file")
        if (given.size or 0) > settings.LARGEST_FILE:
            raise Refused(
                marked("The file has {size} MB; at most {most} MB are taken here. Send larger lists by program."),
                {"size": -(-(given.size or 0) // 1024**2), "most": settings.LARGEST_FILE // 1024**2}, field="file",
            )  # fmt: skip
        if answers.errors or source is None or as_of is None or lists is None:
            return None
        if lists == "feed" and not _reads_feeds(source, membership):
            raise Refused(
                marked("The mapping of this source does not say how a change feed is read; give it a table [feed]."),
                field="whole",
            )
        stored = keep(given.file, media_type="application/octet-stream")  # type: ignore[arg-type]
        files.kind_of(path_of(stored.sha256))
        upload = Upload(
            stored.sha256, (given.name or "")[:200], as_of.isoformat(), lists == "whole", membership.pk, answers.once,
            lists == "feed",
        )  # fmt: skip
        saved = _saved(source, membership)
        if saved is None:
            return redirect(f"{reverse('workspace:delivery-columns')}?upload={upload.token}")
        return taken(answers.request, upload, saved, membership)
    except Refused as refused:
        answers.refuse(refused)
        return None


def _reads_feeds(source: str, membership: Membership) -> bool:
    """Say whether the mapping of an offered source reads change feeds."""
    if source.startswith(LIBRARY):
        return bool(mappings.load(library()[source.removeprefix(LIBRARY)]).feed)
    named = sources_of(membership)
    rows = named.filter(organisation=membership.organisation_id) if source == OWN else named.filter(public_id=source)
    newest = Mapping.objects.filter(source__in=rows).order_by("-version").first()
    return newest is not None and "feed" in newest.body


def _saved(source: str, membership: Membership) -> Mapping | None:
    """Return the mapping by which a source is read; None where nobody described its columns yet."""
    if source.startswith(LIBRARY):
        read = mappings.load(library()[source.removeprefix(LIBRARY)])
        named: Source | None = name_source(mapping=read, by=membership, at=clock.now())
    elif source == OWN:
        named = Source.objects.filter(organisation=membership.organisation_id).first()
    else:
        named = sources_of(membership).get(public_id=source)
    return named.mappings.order_by("-version").first() if named is not None else None


def taken(request: HttpRequest, upload: Upload, saved: Mapping, membership: Membership) -> HttpResponse:
    """Have an upload judged, and lead to what would change.

    Raises:
        Refused: whoever sends it may not.
    """
    delivery = receive(
        source=saved.source, mapping=saved, content=path_of(upload.sha256), name=upload.name,
        as_of=date.fromisoformat(upload.as_of), whole=upload.whole, by=membership, at=clock.now(), once=upload.once,
        feed=upload.feed,
    )  # fmt: skip
    if delivery.state == Delivery.State.COMMITTED:
        messages.info(request, _("Exactly these rows for this day were taken in before; nothing changes."))
    elif delivery.state == Delivery.State.REFUSED and delivery.refusal.get("rule") == "register.columns":
        return redirect("workspace:delivery-columns-again", delivery_id=delivery.public_id)
    return redirect("workspace:delivery", delivery_id=delivery.public_id)


def whose(membership: Membership, source: Source | None) -> str:
    """Return the name of who states a list."""
    return words(source.names if source is not None else membership.organisation.names)
