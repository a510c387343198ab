"""Whether what was measured with lets a capability be believed: calibrated, studied, fine enough.

These are cautions and no refusals: a capability with a poor gauge is too low rather than too high, for what the gauge
scatters counts as the process's; but whoever relies on it must be told (AIAG MSA, 4th ed. 2010; ISO 22514-7:2021;
ISO 9001:2015, 7.1.5.2 for the calibration).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from testamur.kernel.days import day_of
from testamur.tqm.methods import index

#: %GRR of the study variation above which a gauge is not fit, and above which it is fit for some uses only.
UNFIT, LIMITED = 30.0, 10.0
MSA = "AIAG MSA 4 (2010); ISO 22514-7:2021"
CALIBRATION = "ISO 9001:2015, 7.1.5.2"


@dataclass(frozen=True)
class Caution:
    """What a reader of a capability must know of its gauge.

    Attributes:
        code: ``no_gauge``, ``calibration``, ``no_study``, ``unfit`` or ``limited``.
        said: the sentence in both languages, with what to do.
        severe: False where the gauge is fit for some uses.
    """

    code: str
    said: dict[str, str]
    source: str
    severe: bool = True


def cautions(document: Mapping[str, Any]) -> list[Caution]:
    """Return what the file of a capability study (:func:`exhibits.document_of`) says against its gauge.

    The calibration is judged on the day on which the study was made; other studies have no cautions.
    """
    study = document["study"]
    about = index().get(study["method"])
    if about is None or about.area != "capability" or about.id == "normality":
        return []
    gauge = document.get("gauge")
    if not gauge:
        return [Caution("no_gauge", _NO_GAUGE, MSA)]
    number = gauge["number"]
    found = []
    due = (gauge.get("calibration") or {}).get("due_on") or ""
    if due and due < day_of(datetime.fromisoformat(study["made_at"]), "CN").isoformat():
        found.append(Caution("calibration", _filled(_OVERDUE, number=number, day=due), CALIBRATION))
    grr = _grr(gauge.get("study"))
    if grr is None:
        found.append(Caution("no_study", _filled(_NO_STUDY, number=number), MSA))
    elif grr > UNFIT:
        found.append(Caution("unfit", _filled(_UNFIT, number=number, grr=f"{grr:.4g}"), MSA))
    elif grr > LIMITED:
        found.append(Caution("limited", _filled(_LIMITED, number=number, grr=f"{grr:.4g}"), MSA, severe=False))
    return found


def _grr(study: Mapping[str, Any] | None) -> float | None:
    share = (((study or {}).get("answer") or {}).get("components") or {}).get("grr") or {}
    return None if share.get("study") is None else float(share["study"])


def _filled(said: dict[str, str], **facts: str) -> dict[str, str]:
    return {tongue: text.format(**facts) for tongue, text in said.items()}


_NO_GAUGE = {
    "en": "No gauge is named, so nothing shows that the measurement is fit for this capability."
    " Name the gauge and make its study.",
    "zh": "未注明所用量具，无法说明测量满足过程能力评价的要求。请注明量具并进行量具研究。",
}
_OVERDUE = {
    "en": "The calibration of gauge {number} had run out ({day}) when this was computed."
    " Have it calibrated and look whether the values still hold.",
    "zh": "计算时量具 {number} 的校准已过期（{day}）。请重新校准，并确认测量值是否仍然有效。",
}
_NO_STUDY = {
    "en": "There is no study of gauge {number}: how much of the spread is the gauge's is not known."
    " Make a study of its repeatability and reproducibility.",
    "zh": "量具 {number} 没有量具研究：不知道变差中有多少来自量具。请进行重复性与再现性研究。",
}
_UNFIT = {
    "en": "Gauge {number} takes {grr} % of the study variation, more than 30 %: it is not fit for this capability."
    " Improve the measurement, then measure again.",
    "zh": "量具 {number} 占研究变差的 {grr}%，超过 30%：不适用于本过程能力评价。请改进测量后重新测量。",
}
_LIMITED = {
    "en": "Gauge {number} takes {grr} % of the study variation, between 10 and 30 %: acceptable where the use and the"
    " cost of a better one justify it. Agree it with the customer.",
    "zh": "量具 {number} 占研究变差的 {grr}%，介于 10% 与 30% 之间：视用途及改进成本可以接受，请与顾客商定。",
}
