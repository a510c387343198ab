"""What sheets and rows of an FMEA share on their pages: the way there, and what is asked of a row."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from testamur.improvement.actions import risks as actions
from testamur.improvement.models import Fmea
from testamur.improvement.queries import risks as queries
from testamur.parties.models import Membership
from testamur.workspace.answers import options
from testamur.workspace.workshop.improvement.parts import Part

LIST = "workspace:workshop-fmeas"


def sheet_of(membership: Membership, public_id: str) -> Fmea:
    """Return a sheet that the member may see; 404 where there is none for them."""
    return get_object_or_404(queries.visible_to(membership), public_id=public_id)


def crumbs() -> list[dict[str, Any]]:
    """Return the way to the list of sheets."""
    return [
        {"label": _("Quality workshop"), "href": reverse("workspace:workshop")},
        {"label": _("FMEA"), "href": reverse(LIST)},
    ]


def row_questions(part: Part, charts: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the questions by which a row is described."""
    asked = [
        part.question("item", "text", _("Function or step of the process"), max=200),
        part.question("mode", "text", _("How it can fail"), max=300),
        part.question("effect", "text", _("What the failure does"), max=300),
        part.question("cause", "text", _("What can cause it"), max=300),
        part.question("prevention", "text", _("What prevents the cause today"), required=False, max=300),
        part.question("detection", "text", _("What detects it today"), required=False, max=300),
    ]
    if charts:
        named = options((key, one.name) for key, one in charts.items())
        asked.append(part.question("chart", "choice", _("Control chart"), required=False, options=named))
    return asked


def rating_questions(part: Part, detection: str = "detection") -> list[dict[str, Any]]:
    """Return the three ratings."""
    return [
        part.question("severity", "whole_number", _("Severity, 1 to 10"), help=_("10: hurts people without warning.")),
        part.question("occurrence", "whole_number", _("Occurrence, 1 to 10"), help=_("10: nothing prevents it.")),
        part.question(detection, "whole_number", _("Detection, 1 to 10"), help=_("10: nothing would find it.")),
    ]


def texts_of(part: Part) -> dict[str, str]:
    """Return the texts of a row as they were typed."""
    return {name: part.said(name) for name in (*actions.TEXTS, *actions.OPTIONAL)}
