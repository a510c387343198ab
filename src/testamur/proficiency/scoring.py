"""From sealed results to scores: one computation, the same digest whenever it is done again (ISO 13528:2022, 7 to 9).

Statistics are those of ``testamur.tqm.pt``; here stands what they are given and what a provider has to look at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import floor, hypot, log10
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.proficiency.models import Group, MaterialCheck, Measurand, Participant, Round
from testamur.proficiency.policies import EVALUATION
from testamur.proficiency.reported import Value, value_of
from testamur.tqm.pt.consensus import FEW
from testamur.tqm.pt.overview import consensus
from testamur.tqm.pt.scoring import NEGLIGIBLE, Scores, horwitz, rated, scores
from testamur.tqm.results import digest

#: A result so many robust standard deviations from the centre is shown to the provider as a possible blunder.
FAR = 5.0
LABEL = {"z": "z", "z_prime": "z'", "zeta": "ζ", "En": "E_n"}


@dataclass(frozen=True)
class Row:
    """One participant's result for one measurand, None where it sent none."""

    participant: Participant
    value: Value | None
    excluded: bool = False


def compute(found: Round, exclusions: Sequence[Mapping[str, str]]) -> tuple[dict[str, Any], str]:
    """Return the evaluation of a round, and its digest.

    Args:
        exclusions: ``measurand`` and ``participant`` (public ids) and ``reason``: results that take no part in the
            assigned value. They keep their score.

    Raises:
        Refused: there are too few results, a reference value is missing, or nothing varies.
    """
    rules = found.rules_versions.order_by("number").last()
    everybody = found.participants.filter(withdrawn_at=None).select_related("group").prefetch_related("submissions")
    taking = list(everybody.order_by("code"))
    # In the order of their numbers: the last one counts.
    sent = {one.pk: next(reversed(one.submissions.all()), None) for one in taking}
    out = {(one["measurand"], one["participant"]) for one in exclusions}
    groups: list[Group | None] = list(found.groups.all()) if found.grouping == Round.Grouping.APART else [None]
    parts: list[dict[str, Any]] = []
    for measurand in found.measurands.all():
        check = measurand.checks.order_by("id").last()
        for group in groups:
            rows = [
                Row(
                    one,
                    value_of(last.body.get(measurand.public_id)) if (last := sent[one.pk]) else None,
                    (measurand.public_id, one.public_id) in out,
                )
                for one in taking
                if group is None or one.group_id == group.pk
            ]
            if any(row.value for row in rows):
                parts.append(_part(measurand, group, rows, check))
    if not parts:
        raise Refused(
            _("Nobody sent a result; there is nothing to evaluate."), rule="proficiency.few", source=EVALUATION
        )
    body = {
        "round": found.public_id,
        "rules": rules.digest if rules else "",
        "results": {one.public_id: last.digest for one in taking if (last := sent[one.pk])},
        "exclusions": [dict(one) for one in exclusions],
        "parts": parts,
    }
    return body, digest(body)


def _part(one: Measurand, group: Group | None, rows: list[Row], check: MaterialCheck | None) -> dict[str, Any]:
    counted = [row for row in rows if row.value and row.value.x is not None and not row.excluded]
    told = assigned(one, [str(row.value.x) for row in counted if row.value], check)
    scored = [row for row in rows if row.value and row.value.x is not None]
    flags = _flags(one, rows, told)
    if check is not None and not check.sufficient and not hasattr(check, "allowance"):
        flags.insert(0, {"code": "material_insufficient", "participant": ""})
    result = _scores(one, scored, told) if scored else None
    listed = [_entry(one, row, result, scored) for row in rows]
    if result is not None:
        flags += [
            {"code": "low_uncertainty", "participant": row.participant.public_id}
            for row, flag in zip(scored, result.u_flag, strict=True)
            if flag == "low"
        ]
    return {
        "measurand": one.public_id,
        "group": group.public_id if group else "",
        "assigned": told,
        "scores": listed,
        "flags": flags,
        "evidence": result.evidence() if result is not None else {},
    }


def assigned(one: Measurand, values: Sequence[str], check: MaterialCheck | None) -> dict[str, Any]:
    """Return the assigned value with its standard uncertainty, and σ_pt.

    Args:
        values: results that take part, as texts.
        check: last judgement of the material; where it was allowed although it is not sufficient, its uncertainty
            enters.

    Returns:
        ``x_pt``, ``u``, ``sigma_pt``, ``s`` (robust standard deviation, None where there is none), ``p``,
        ``u_material``.
    """
    p = len(values)
    estimates = consensus(list(values), factor="computed") if p >= 2 else None
    spread = estimates.algorithm_a["s"] if estimates else None
    if one.by_consensus:
        if estimates is None:
            raise Refused(
                _("{measurand}: a consensus needs at least two results; there are {count}."),
                {"measurand": one.name, "count": p},
                rule="proficiency.few",
                source=EVALUATION,
            )
        chosen = {"algorithm_a": estimates.algorithm_a, "q_hampel": estimates.q_hampel, "median": estimates.median}
        of = chosen[str(one.value_by)]
        if not of:
            raise Refused(
                _("{measurand}: most results are equal, so Q/Hampel gives no value."),
                {"measurand": one.name},
                rule="proficiency.consensus",
                source="iso-13528@2022#C.5",
            )
        x, u = of["x_pt"], of["u"]
        spread = of.get("s", estimates.nIQR)
    else:
        if not (one.reference_value and one.reference_U and one.reference_k):
            raise Refused(
                _("{measurand}: state the reference value with its uncertainty first."),
                {"measurand": one.name},
                rule="proficiency.reference",
                source="iso-13528@2022#7",
            )
        x, u = float(one.reference_value), float(one.reference_U) / float(one.reference_k)
    sigma = _sigma(one, x, spread)
    extra = 0.0
    if check is not None and hasattr(check, "allowance"):
        extra = hypot(float(check.answer.get("u_hom") or 0), float(check.answer.get("u_stab") or 0))
    return {
        "x_pt": _beside(x, sigma),
        "u": _kept(hypot(u, extra)),
        "sigma_pt": _kept(sigma),
        "s": None if spread is None else _kept(spread),
        "p": p,
        "u_material": _kept(extra),
    }


def _sigma(one: Measurand, x: float, spread: float | None) -> float:
    if one.sigma_by == Measurand.SigmaBy.PRESCRIBED:
        assert one.sigma_pt is not None
        return float(one.sigma_pt)
    if one.sigma_by == Measurand.SigmaBy.HORWITZ:
        unit = float(one.mass_fraction or 0)
        return float(horwitz(x * unit).sigma[0]) / unit
    if not spread:
        raise Refused(
            _("{measurand}: the results do not vary enough to give σ_pt."),
            {"measurand": one.name},
            rule="proficiency.sigma",
            source="iso-13528@2022#8",
        )
    return spread


def _scores(one: Measurand, scored: Sequence[Row], told: Mapping[str, Any]) -> Scores:
    values = [row.value for row in scored if row.value]
    return replace_by(
        one.score_by,
        scores(
            [str(value.x) for value in values],
            x_pt=told["x_pt"],
            sigma_pt=told["sigma_pt"],
            U_xpt=2 * told["u"],
            k_xpt=2.0,
            U=[value.U for value in values] if any(value.U for value in values) else None,
            k=[value.k or "2" for value in values],
            lab=[row.participant.code for row in scored],
            consensus=one.by_consensus,
        ),
    )


def replace_by(score_by: str, result: Scores) -> Scores:
    """Return the scores judged as the rules say: z (z' where u(x_pt) is not negligible), z', ζ or E_n."""
    if score_by == Measurand.ScoreBy.Z_PRIME and result.z_prime is not None:
        return replace(result, estimator="z'", rating=rated(result.z_prime))
    if score_by == Measurand.ScoreBy.ZETA and result.zeta is not None:
        # What decides is drawn from this column, under its own name.
        return replace(result, estimator="ζ", z_prime=result.zeta, rating=rated(result.zeta))
    return result


def _entry(one: Measurand, row: Row, result: Scores | None, scored: Sequence[Row]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "participant": row.participant.public_id,
        "value": row.value.text if row.value else "",
        "U": row.value.U if row.value else None,
        "k": row.value.k if row.value else None,
        "excluded": row.excluded,
        "score": None,
        "kind": LABEL[one.score_by],
        "rating": "none",
    }
    if result is None or row not in scored:
        return entry
    place = scored.index(row)
    if one.score_by == Measurand.ScoreBy.EN:
        column, rating = result.En, result.En_rating[place] or "none"
    else:
        column = result.z if result.estimator == "z" else result.z_prime
        rating = result.rating[place]
        entry["kind"] = result.estimator
    score = None if column is None else float(column[place])
    if score is None or score != score:
        # ζ and E_n need the participant's own uncertainty.
        return entry
    return entry | {"score": _kept(score), "rating": rating, "D": _kept(float(result.D[place]))}


def _flags(one: Measurand, rows: Sequence[Row], told: Mapping[str, Any]) -> list[dict[str, str]]:
    found = []
    if one.by_consensus and told["p"] < FEW:
        found.append({"code": "few", "participant": ""})
    if told["u"] > NEGLIGIBLE * told["sigma_pt"] and one.score_by == Measurand.ScoreBy.Z:
        found.append({"code": "uncertain_assigned_value", "participant": ""})
    if told["s"] is not None and told["s"] <= 1e-12 * abs(told["x_pt"]):
        found.append({"code": "no_variation", "participant": ""})
    if told["u_material"]:
        found.append({"code": "material", "participant": ""})
    centre, spread = told["x_pt"], told["s"] or told["sigma_pt"]
    for row in rows:
        code = ""
        if row.value is None:
            code = "missing"
        elif row.value.x is None:
            below = float(Decimal(row.value.text[1:]))
            code = "below_contradicts" if below < centre - 3 * told["sigma_pt"] else "below"
        elif _is_shifted(float(row.value.x), centre):
            code = "decimal_shift"
        elif abs(float(row.value.x) - centre) > FAR * spread:
            code = "far"
        if code:
            found.append({"code": code, "participant": row.participant.public_id})
    return found


def _is_shifted(x: float, centre: float) -> bool:
    """Say whether a value looks like the centre times a power of ten: another unit, or a slip of the mark."""
    if x <= 0 or centre <= 0:
        return False
    power = log10(x / centre)
    return abs(round(power)) >= 1 and abs(power - round(power)) < 0.05


def drawn(
    one: Measurand, told: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> Scores:
    """Return scores of some of the participants again, from what an edition keeps, for a figure of just these."""
    # Where the uncertainty of a participant does not judge it, a drawing of E_n would contradict the rating.
    judging = one.score_by in (Measurand.ScoreBy.ZETA, Measurand.ScoreBy.EN)
    result = scores(
        [entry["value"] for entry in entries],
        x_pt=told["x_pt"],
        sigma_pt=told["sigma_pt"],
        U_xpt=2 * told["u"],
        k_xpt=2.0,
        U=[entry["U"] for entry in entries] if judging and any(entry["U"] for entry in entries) else None,
        k=[entry["k"] or "2" for entry in entries],
        lab=list(names),
        consensus=judging and one.by_consensus,
    )
    return replace_by(one.score_by, result)


def _kept(value: float) -> float:
    """Return twelve significant digits: enough for any report, and the same on every machine."""
    return float(f"{value:.12g}")


def _beside(value: float, scale: float) -> float:
    """Return a value to a thousand-millionth of the scale it is judged on, however far from 0 it lies."""
    return float(f"{round(value, 9 - floor(log10(scale))):.15g}")
