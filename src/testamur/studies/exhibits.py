"""A study as evidence in a case: one file that holds all that is needed to compute it again, and the computing again.

The file is read by whoever audits, also years later and without this platform: data and parameters as they went in,
answer and digest as they came out, and what the figures rest on: the frozen limits, the gauge, its own study, its
calibration (ISO 22514-1 and -7; ISO/IEC 17025 7.11; tqm.md 8).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from testamur.determination import actions as determination
from testamur.determination.models import Exhibit
from testamur.kernel import days
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership
from testamur.selection.models import Case
from testamur.studies import evidence, gauging
from testamur.studies.models import Chart, Gauge, Study
from testamur.tqm.methods import index
from testamur.verification import jcs

FORMAT = "testamur-study-1"
KIND = "study"
SOURCE = "testamur@2026-1#studies"
LOWER = {"en": "{index}, 95 % lower bound", "zh": "{index} 95% 置信下限"}


@transaction.atomic
def attach(*, study: Study, case: Case, by: Membership, at: datetime, clauses: tuple[str, ...] = ()) -> Exhibit:
    """Put a study forward in a case, with the study of its gauge where there is one.

    Raises:
        Refused: a study of somebody else, not the client of the case, a capability of an unstable process,
            or the dossier is with the reviewer already.
    """
    if study.organisation_id != by.organisation_id or case.client_id != study.organisation_id:
        raise Refused(
            _("A study is put forward by the organisation that made it, in a case of its own."),
            rule="study.own",
            source=SOURCE,
        )
    if study.answer.get("stable") is False:
        raise Refused(
            _(
                "The process was not stable, so its capability says nothing. Find the causes of the signals,"
                " take new measurements, and put forward a study of these."
            ),
            rule="study.stable",
            source="iso-22514-1@2014#6",
        )
    document = document_of(study)
    return determination.exhibit(
        case=case,
        kind=KIND,
        title=study.title,
        content=jcs.canonical(document),
        name=f"{named(study.title)}.json",
        facts=facts_of(document),
        clauses=clauses,
        by=by,
        at=at,
    )


def named(title: str) -> str:
    """Return a title as a file may be called on every system."""
    return re.sub(r'[\\/:*?"<>|\x00-\x1f\s]+', " ", title).strip(" .")[:80] or KIND


def document_of(study: Study) -> dict[str, Any]:
    """Return a study as its file says it; the same study gives the same bytes until its gauge is calibrated anew."""
    characteristic = study.characteristic
    return {
        "format": FORMAT,
        "study": _computed(study),
        "characteristic": {
            "name": characteristic.name,
            "unit": characteristic.unit,
            "lower": _decimal(characteristic.lower),
            "upper": _decimal(characteristic.upper),
            "target": _decimal(characteristic.target),
        }
        if characteristic
        else None,
        "chart": _chart(study.chart, study.recorded_at) if study.chart else None,
        "gauge": _gauge(study),
        "organisation": {"id": study.organisation.public_id, "names": study.organisation.names},
    }


def _computed(study: Study) -> dict[str, Any]:
    return {
        "id": study.public_id,
        "title": study.title,
        "method": study.method,
        "made_at": days.iso(study.effective_at),
        "made_by": dict(study.by.person.names) if study.by else {},
        "data": study.data,
        "parameters": study.parameters,
        "answer": study.answer,
        "evidence": study.evidence,
    }


def _chart(chart: Chart, until: datetime) -> dict[str, Any]:
    """Return the chart with the limits that were in force when the study was made; later ones change no file."""
    limits = chart.limit_sets.filter(recorded_at__lte=until).select_related("by__person").order_by("-version").first()
    return {
        "id": chart.public_id,
        "name": chart.name,
        "method": chart.method,
        "parameters": chart.parameters,
        "limit_set": {
            "version": limits.version,
            "baseline": [limits.first, limits.last],
            "holds_from": limits.holds_from,
            "reason": limits.reason,
            "frozen_at": days.iso(limits.effective_at),
            "frozen_by": dict(limits.by.person.names) if limits.by else {},
            "frozen": limits.frozen,
            "digest": limits.digest,
        }
        if limits
        else None,
    }


def _gauge(study: Study) -> dict[str, Any] | None:
    gauge: Gauge | None = study.gauge or (study.chart.gauge if study.chart else None)
    if gauge is None:
        return None
    own = gauge.studies.filter(method__startswith="gage_rr").exclude(pk=study.pk).order_by("-effective_at").first()
    return {
        "number": gauge.number,
        "name": gauge.name,
        "calibration": {
            "certificate": gauge.certificate,
            "on": gauge.calibrated_on.isoformat() if gauge.calibrated_on else "",
            "due_on": gauge.calibration_due_on.isoformat() if gauge.calibration_due_on else "",
        },
        "study": _computed(own) if own else None,
    }


def _decimal(value: Any) -> str:
    return "" if value is None else f"{value.normalize():f}"


def facts_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what is said before the file is opened: the lower bound of capability first (tqm.md 7.7)."""
    study = document["study"]
    answer = study["answer"]
    told: list[dict[str, Any]] = []
    indices = answer.get("overall") or answer.get("indices") or {}
    for name in ("Ppk", "Ppu", "Ppl", "Pp"):
        found = indices.get(name)
        if isinstance(found, Mapping) and found.get("lower_bound") is not None:
            told.append({"label": {tongue: text.format(index=name) for tongue, text in LOWER.items()},
                         "value": _short(found["lower_bound"])})  # fmt: skip
            told.append({"label": {"en": name, "zh": name}, "value": _short(found["value"])})
            break
    told += [
        {
            "label": {"en": "Caution", "zh": "注意"},
            "value": {"en": f"{one.said['en']} ({one.source})", "zh": f"{one.said['zh']}（{one.source}）"},
        }
        for one in gauging.cautions(document)
    ]
    told += _of_gauge(study, {"en": "Gauge R&R, % of study variation", "zh": "量具重复性与再现性（占研究变差%）"})
    limits = (document.get("chart") or {}).get("limit_set")
    if limits:
        told.append(
            {
                "label": {"en": "Limits of its chart", "zh": "控制限"},
                "value": {
                    "en": f"version {limits['version']}, frozen {limits['frozen_at'][:10]}: {limits['reason']}",
                    "zh": f"第 {limits['version']} 版，{limits['frozen_at'][:10]} 冻结：{limits['reason']}",
                },
            }
        )
    gauge = document.get("gauge") or {}
    if gauge.get("study"):
        told += _of_gauge(gauge["study"], {"en": "Gauge R&R of the gauge used", "zh": "所用量具的重复性与再现性（%）"})
    calibration = gauge.get("calibration") or {}
    if calibration.get("certificate"):
        until = calibration["due_on"] or "–"
        told.append(
            {
                "label": {"en": "Calibration certificate of the gauge", "zh": "量具校准证书"},
                "value": {
                    "en": f"{calibration['certificate']}, next calibration due {until}",
                    "zh": f"{calibration['certificate']}，下次校准日期 {until}",
                },
            }
        )
    if answer.get("n") is not None:
        told.append({"label": {"en": "Values", "zh": "数据个数"}, "value": str(answer["n"])})
    told.append(
        {
            "label": {"en": "Digest of the data", "zh": "数据摘要"},
            "value": str(study["evidence"].get("inputs_sha256", ""))[:16],
        }
    )
    return told


def _of_gauge(study: Mapping[str, Any], label: dict[str, str]) -> list[dict[str, Any]]:
    share = (study["answer"].get("components") or {}).get("grr") or {}
    return [{"label": label, "value": f"{_short(share['study'])} %"}] if share.get("study") is not None else []


def _short(value: Any) -> str:
    return f"{float(value):.4g}"


@dataclass(frozen=True)
class Again:
    """What came out when a file was computed again.

    Attributes:
        document: the file's object; ``study``: what it says, as a study that is no row.
        found: the comparison.
    """

    document: dict[str, Any]
    study: Study
    found: evidence.Recomputed

    @property
    def differences(self) -> list[tuple[str, str, str]]:
        """Return (name, noted, now) of each figure that came out otherwise."""
        now = self.found.result.to_dict() if self.found.result else {}
        return [(name, _at(self.study.answer, name), _at(now, name)) for name in self.found.differs]

    @property
    def versions(self) -> tuple[str, str]:
        """Return the version of the program that noted the figures, and of this one."""
        now = self.found.result.evidence() if self.found.result else {}
        return str(self.study.evidence.get("version", "")), str(now.get("version", ""))


def recompute(content: bytes) -> Again:
    """Compute a study's file again, from nothing but the file.

    Raises:
        Refused: no file of a study, or of a method that is not known here.
    """
    try:
        document = json.loads(content)
        told = document["study"]
        study = Study(**{name: told[name] for name in ("method", "data", "parameters", "answer", "evidence")})
        known = document["format"] == FORMAT and all(
            isinstance(one, dict) for one in (study.parameters, study.answer, study.evidence)
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        known = False
    if not known:
        raise Refused(_("This is no file of a study ({format})."), {"format": FORMAT}, rule="study.file", source=SOURCE)
    if study.method not in index():
        raise Refused(
            _("The method {method} is not known here; a newer version of the platform made this file."),
            {"method": str(study.method)},
            rule="study.method",
            source=SOURCE,
        )
    return Again(document, study, evidence.recompute(study))


def _at(answer: Any, name: str) -> str:
    """Return the figure of a dotted name; places in lists count from 1."""
    for part in name.split("."):
        if isinstance(answer, list) and part.isdigit() and 0 < int(part) <= len(answer):
            answer = answer[int(part) - 1]
        else:
            answer = answer.get(part) if isinstance(answer, Mapping) else None
    return "–" if answer is None else str(answer)
