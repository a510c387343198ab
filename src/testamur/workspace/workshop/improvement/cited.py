"""How pages and reports say what is cited as proof: with the way to it, and what it says today."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from testamur.improvement import verdicts
from testamur.improvement.models.problems import Proved
from testamur.improvement.verdicts import Verdict
from testamur.studies.models import Chart, Study
from testamur.wording.templatetags.say import day, translated


def sentence_of(verdict: Verdict) -> str:
    """Return a verdict in the reader's language, with the day of the chart's last point."""
    text = translated(verdict.sentence).format(**verdict.facts)
    if verdict.last_on is None:
        return text
    return _("{verdict}; last point {day}").format(verdict=text, day=day(verdict.last_on))


def chart_proof(chart: Chart, verdict: Verdict | None = None) -> dict[str, Any]:
    """Return a chart as a link with its state; computed unless a verdict is given."""
    verdict = verdict or verdicts.of_chart(chart)
    compare = reverse("workspace:workshop-chart-comparison", args=[chart.public_id]) if verdict.compares else ""
    return {
        "text": chart.name, "href": reverse("workspace:workshop-chart", args=[chart.public_id]),
        "tone": verdict.tone, "verdict": sentence_of(verdict), "compare": compare,
    }  # fmt: skip


def study_proof(study: Study) -> dict[str, Any]:
    """Return a study as a link with what it found."""
    verdict = verdicts.of_study(study)
    return {
        "text": study.title, "href": reverse("workspace:workshop-study", args=[study.public_id]),
        "tone": verdict.tone if verdict else "", "verdict": sentence_of(verdict) if verdict else "", "compare": "",
    }  # fmt: skip


def proofs_of(row: Proved) -> list[dict[str, Any]]:
    """Return everything that proves a row, in the order in which it was asked for."""
    found: list[dict[str, Any]] = []
    if row.proof_record:
        found.append({"text": row.proof_record})
    if row.proof_file is not None:
        href = reverse("workspace:workshop-problem-file", args=[row.problem.public_id, row.proof_file.public_id])
        found.append({"text": row.proof_file.name, "href": href})
    if row.proof_study is not None:
        found.append(study_proof(row.proof_study))
    if row.proof_chart is not None:
        found.append(chart_proof(row.proof_chart))
    return found


def proof_text(row: Proved) -> str:
    """Return everything that proves a row as a line of a report."""
    said = (" ".join(filter(None, [one["text"], bracket(one.get("verdict", ""))])) for one in proofs_of(row))
    return "; ".join(said)


def bracket(text: str) -> str:
    """Return a text in brackets, nothing for nothing."""
    return f"({text})" if text else ""
