"""Tags of the improvement pages."""

from __future__ import annotations

from typing import Any

from django import template

from testamur.improvement.models.problems import Proved
from testamur.studies.models import Chart
from testamur.workspace.workshop.improvement.cited import chart_proof, proofs_of

register = template.Library()


@register.inclusion_tag("workshop/improvement/_proof.html")
def proof(row: Proved) -> dict[str, Any]:
    """Show what proves a row, each with the way to it and what it says today."""
    return {"proofs": proofs_of(row)}


@register.inclusion_tag("workshop/improvement/_proof.html")
def chart_state(chart: Chart) -> dict[str, Any]:
    """Show a chart as a link with its state."""
    return {"proofs": [chart_proof(chart)]}
