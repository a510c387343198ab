"""What proves a step: a file, a study, a chart, or the number of a record kept elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from testamur.files import actions as files
from testamur.improvement.models import Problem, ProblemFile
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership
from testamur.studies.models import Chart, Study


@dataclass(frozen=True)
class Proof:
    """Evidence as it is sent: ``file`` is its name and bytes, ``record`` the number of a paper kept elsewhere."""

    file: tuple[str, bytes] | None = None
    study: Study | None = None
    chart: Chart | None = None
    record: str = ""


def kept(proof: Proof, problem: Problem, by: Membership, at: datetime) -> dict[str, Any]:
    """Return the columns of ``Proved`` for evidence; a file is stored.

    Raises:
        Refused: a study or chart of somebody else, or a file that is not taken.
    """
    for one in (proof.study, proof.chart):
        if one is not None and one.organisation_id != problem.organisation_id:
            raise Refused(_("Choose one of the answers offered."), rule="form", field="proof_study")
    row = None
    if proof.file is not None:
        name, content = proof.file
        stored = files.store(content, name=name)
        row = ProblemFile.objects.create(problem=problem, file=stored, name=name[:255], by=by, effective_at=at)
    return {
        "proof_file": row, "proof_study": proof.study, "proof_chart": proof.chart,
        "proof_record": " ".join(proof.record.split())[:200],
    }  # fmt: skip
