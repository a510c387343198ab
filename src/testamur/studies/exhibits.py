"""A study as evidence in a case: one file that holds all that is needed to compute it again, and the computing again.

The file is read by whoever audits, also years later and without this platform: data and parameters as they went in,
answer and digest as they came out, and what the figures rest on: the frozen limits, the gauge, its own study, its
calibration (ISO 22514-1 and -7; ISO/IEC 17025 7.11; tqm.md 8).
"""

from __future__ import annotations

import json
import math
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
from testamur.studies.models import Gauge, Study
from testamur.tqm.methods import find, index
from testamur.tqm.results import simple
from testamur.verification import jcs

FORMAT = "testamur-study-1"
KIND = "study"
SOURCE = "testamur@2026-1#studies"
#: Answers of another machine's floating point may differ in their last digits; more than this is another answer.
RELATIVE = 1e-9

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
            _("The process was not stable, so its capability says nothing. Find the causes of the signals first."),
            rule="study.stable",
            source="iso-22514-1@2014#6",
        )
    document = document_of(study)
    return determination.exhibit(
        case=case,
        kind=KIND,
        title=study.title,
        content=jcs.canonical(document),
        name=f"study-{study.public_id}.json",
        facts=facts_of(document),
        clauses=clauses,
        by=by,
        at=at,
    )


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
    told += _of_gauge(study, {"en": "Gauge R&R, % of study variation", "zh": "量具重复性与再现性（占研究变差%）"})
    gauge = document.get("gauge") or {}
    if gauge.get("study"):
        told += _of_gauge(gauge["study"], {"en": "Gauge R&R of the gauge used", "zh": "所用量具的重复性与再现性（%）"})
    if gauge.get("calibration", {}).get("certificate"):
        told.append(
            {
                "label": {"en": "Calibration certificate", "zh": "校准证书"},
                "value": f"{gauge['calibration']['certificate']} ({gauge['calibration']['due_on'] or '–'})",
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
class Recomputed:
    """What came out when a file was computed again.

    Attributes:
        document: the file's object.
        same_data: the digest of the inputs is the one that was noted.
        differences: (name, noted, now) of each figure that came out otherwise; empty where all agree.
        refused: why it could not be computed, None where it could.
        noted_version, version: of the program, then and now.
    """

    document: dict[str, Any]
    same_data: bool
    differences: tuple[tuple[str, str, str], ...]
    refused: Refused | None
    noted_version: str
    version: str

    @property
    def agrees(self) -> bool:
        """Say whether the file says what its data say."""
        return self.same_data and not self.differences and self.refused is None


def recompute(content: bytes) -> Recomputed:
    """Compute a study's file again, from nothing but the file.

    Raises:
        Refused: no file of a study, or of a method that is not known here.
    """
    try:
        document = json.loads(content)
        study = document["study"]
        noted, method = study["evidence"], str(study["method"])
        known = document["format"] == FORMAT and isinstance(noted, dict) and isinstance(study["answer"], dict | list)
    except (ValueError, KeyError, TypeError, RecursionError):
        known = False
    if not known:
        raise Refused(
            _("This is no file of a study ({format})."), {"format": FORMAT}, rule="study.file", source=SOURCE
        )
    if method not in index():
        raise Refused(
            _("The method {method} is not known here; a newer version of the platform made this file."),
            {"method": method},
            rule="study.method",
            source=SOURCE,
        )
    version = str(noted.get("version", ""))
    try:
        result = find(method).run(study["data"], study["parameters"])
    except Refused as refused:
        return Recomputed(document, False, (), refused, version, "")
    now = result.evidence()
    return Recomputed(
        document,
        now["inputs_sha256"] == noted.get("inputs_sha256"),
        tuple(_differences(study["answer"], simple(result.answer()))),
        None,
        version,
        str(now["version"]),
    )


def _differences(noted: Any, now: Any, name: str = "") -> list[tuple[str, str, str]]:
    if isinstance(noted, dict) and isinstance(now, dict):
        return [
            row
            for key in sorted({*noted, *now})
            for row in _differences(noted.get(key), now.get(key), f"{name}.{key}" if name else key)
        ]
    if isinstance(noted, list) and isinstance(now, list) and len(noted) == len(now):
        return [row for at, (a, b) in enumerate(zip(noted, now, strict=True), start=1)
                for row in _differences(a, b, f"{name}[{at}]")]  # fmt: skip
    if _number(noted) and _number(now):
        return [] if math.isclose(noted, now, rel_tol=RELATIVE, abs_tol=1e-12) else [(name, str(noted), str(now))]
    return [] if noted == now else [(name, str(noted), str(now))]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
