"""What every page of proficiency needs: the rows somebody may see, and the parts a page is made of."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership, Organisation
from testamur.proficiency import queries
from testamur.proficiency.models import Participant, Round
from testamur.tqm.figures.of import figure_of
from testamur.tqm.figures.svg import to_svg
from testamur.wording.templatetags.say import language
from testamur.workspace.workshop.proficiency.said import RATINGS, STATES


def member_of(request: HttpRequest) -> Membership:
    """Return under which membership the request is made."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    return membership


def run(request: HttpRequest, round_id: str) -> Round:
    """Return a round of one's own organisation; to others there is none."""
    rows = queries.run_by(member_of(request)).select_related("organisation")
    return get_object_or_404(rows, public_id=round_id)


def part(request: HttpRequest, round_id: str) -> Participant:
    """Return one's own part in a round; to others there is none."""
    return get_object_or_404(queries.participations(member_of(request)), round__public_id=round_id)


def page(
    request: HttpRequest,
    title: Any,
    blocks: list[dict[str, Any]],
    *,
    next: dict[str, Any] | None = None,
    head: dict[str, Any] | None = None,
    crumbs: list[dict[str, Any]] | None = None,
    template: str = "page",
    trail: list[dict[str, Any]] | None = None,
    **more: Any,
) -> HttpResponse:
    """Draw a page of blocks; see ``workshop/proficiency/page.html`` for what a block may hold.

    Args:
        trail: crumbs before ``crumbs``; those of the workshop unless given.
    """
    if trail is None:
        trail = [
            {"label": gettext("Quality workshop"), "href": reverse("workspace:workshop")},
            {"label": gettext("Proficiency tests"), "href": reverse("workspace:workshop-rounds")},
        ]
    context = {
        "head": {"title": title, **(head or {})},
        "crumbs": [*trail, *(crumbs or [])],
        "blocks": [_plain_caption(one) for one in blocks if one],
        "next": next,
        **more,
    }
    return render(request, f"workshop/proficiency/{template}.html", context)


def _plain_caption(block: dict[str, Any]) -> dict[str, Any]:
    """Leave a caption out that repeats the heading above its table: the section is named by the heading already."""
    table = block.get("table")
    if table and table.get("caption") == block["title"]:
        return {**block, "table": {**table, "caption": ""}}
    return block


def oversight_trail(*, inside: bool = True) -> list[dict[str, Any]]:
    """Return the crumbs of an accreditor, who has no door to the workshop.

    Args:
        inside: on a page below the list of what is released.
    """
    below = {"label": gettext("Released results"), "href": reverse("workspace:workshop-released")}
    return [{"label": gettext("Oversight"), "href": reverse("workspace:oversight")}, *([below] if inside else [])]


def crumb(found: Round) -> dict[str, Any]:
    """Return the crumb that leads to a round."""
    return {"label": found.title, "href": reverse("workspace:workshop-round", args=[found.public_id])}


def state_pill(found: Round) -> dict[str, Any]:
    """Return a round's state as a pill."""
    text, tone = STATES[found.state]
    return {"tone": tone, "text": gettext(text)}


def rating(code: str) -> str:
    """Return the words of a rating."""
    return gettext(RATINGS[code][0])


def options(words_of: dict[str, str]) -> list[dict[str, str]]:
    """Return a closed list as a question's options."""
    return [{"id": key, "label": gettext(text)} for key, text in words_of.items()]


def drawing(result: Any) -> Any:
    """Return the figure of a result as SVG; of ours, every text of somebody else in it is escaped there."""
    return mark_safe(to_svg(figure_of(result), gettext, language=language()))


def organisation_called(text: str, field: str) -> Organisation:
    """Return an organisation by its id, its identifier (for example the USCC) or its whole name.

    Raises:
        Refused: none, or more than one, is called so.
    """
    typed = text.strip()
    by_name = Q(names__en__iexact=typed) | Q(names__zh=typed)
    rows = Organisation.objects.filter(
        Q(public_id=typed.upper()) | by_name | Q(identifiers__value__iexact=typed)
    ).distinct()
    found = list(rows[:2]) if typed else []
    if len(found) != 1:
        raise Refused(
            _("No single organisation here is called “{typed}”. Write its whole name, its code or its number."),
            {"typed": typed[:80]},
            rule="form",
            field=field,
        )
    return found[0]


def edition_of(request: HttpRequest, found: Round) -> Any:
    """Return the issued edition that the address asks for, else the one in force."""
    asked = request.GET.get("edition", "")
    if asked:
        edition = found.editions.exclude(issued_at=None).filter(number=asked if asked.isdecimal() else 0).first()
        if edition is None:
            raise Http404
        return edition
    return queries.issued(found)
