"""The material of a round: judged for homogeneity and stability before it is dispatched (ISO 13528:2022, Annex B)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership
from testamur.proficiency import policies
from testamur.proficiency.actions.rounds import add_rules, locked
from testamur.proficiency.models import MaterialAllowance, MaterialCheck, Measurand, Round
from testamur.tqm.methods import index
from testamur.tqm.pt.material import Material, material
from testamur.tqm.pt.scoring import horwitz
from testamur.tqm.reading import read
from testamur.tqm.results import simple

METHOD = "iso13528_homogeneity_stability"
#: Cells of one check; a batch of a hundred items, ten times each.
CELLS_MOST = 1000


@transaction.atomic
def judge(
    *, measurand: Measurand, homogeneity: str, stability: str = "", by: Membership, at: datetime
) -> MaterialCheck:
    """Judge the material of one measurand by the round's σ_pt.

    Args:
        homogeneity: table as text, a row an item, its replicates in the row.
        stability: the same of items measured later, "" where none were.
    """
    found = locked(measurand.round, by, at)
    policies.check_is(found, "draft", "open", "dispatched")
    first, later = _rows(homogeneity, "homogeneity"), _rows(stability, "stability") if stability.strip() else None
    result = _judged(measurand, first, later)
    checked, moved = result.homogeneity, result.stability
    warnings = [{"message": one.message, "facts": simple(one.facts)} for one in result.warnings]
    row = MaterialCheck.objects.create(
        measurand=measurand, homogeneity=first, stability=later, sigma_pt=f"{checked.sigma_pt:.12g}",
        answer={**simple(result.answer()), "warnings": warnings},
        evidence=result.evidence(),
        homogeneous=bool(checked.homogeneous or checked.homogeneous_expanded),
        stable=None if moved is None else bool(moved.stable or moved.stable_expanded),
        by=by, effective_at=at,
    )  # fmt: skip
    facts = {"measurand": measurand.public_id, "homogeneous": row.homogeneous, "stable": row.stable,
             "inputs": row.evidence["inputs_sha256"]}  # fmt: skip
    record("proficiency.material_judged", subject=found, by=by, at=at, payload=facts)
    return row


@transaction.atomic
def allow(*, check: MaterialCheck, reason: str, by: Membership, at: datetime) -> MaterialAllowance:
    """Use a material that is not sufficient: judge by z′, its uncertainty in that of the assigned value.

    In a round that is open this is a new version of its rules.
    """
    measurand = check.measurand
    found = locked(measurand.round, by, at)
    policies.check_is(found, "draft", "open")
    if check.pk != measurand.checks.latest("id").pk or check.sufficient:
        raise Refused(_("Only the last check of a material, where it is not sufficient, is allowed with z′."),
                      rule="proficiency.material")  # fmt: skip
    if hasattr(check, "allowance"):
        raise Refused(_("This material is allowed already."), rule="proficiency.material")
    if measurand.score_by not in (Measurand.ScoreBy.Z, Measurand.ScoreBy.Z_PRIME):
        raise Refused(
            _("ζ and E_n say nothing of the material; use another one, or choose z′ in a draft."),
            rule="proficiency.material", source="iso-13528@2022#9",
        )  # fmt: skip
    said = reason.strip()
    if not said or len(said) > 1000:
        raise Refused(_("Say why, in at most 1000 characters."), rule="proficiency.reason", field="reason")
    made = MaterialAllowance.objects.create(check_row=check, reason=said, by=by, effective_at=at)
    measurand.score_by = Measurand.ScoreBy.Z_PRIME
    measurand.save(update_fields=["score_by"])
    if found.state == Round.State.OPEN:
        add_rules(found, by, at, said)
    facts: Mapping[str, Any] = {"measurand": measurand.public_id, "reason": said}
    record("proficiency.material_allowed", subject=found, by=by, at=at, payload=dict(facts))
    return made


def _judged(one: Measurand, first: Sequence[Sequence[str]], later: Sequence[Sequence[str]] | None) -> Material:
    if one.sigma_by != Measurand.SigmaBy.HORWITZ:
        assert one.sigma_pt is not None
        return material(first, later, sigma_pt=float(one.sigma_pt), sigma_pt_fraction=None)
    # The level is that of the material itself: its mean, once it is known to be a table of numbers.
    unit = float(one.mass_fraction or 0)
    mean = material(first, None, sigma_pt=None, sigma_pt_fraction=None).homogeneity.mean
    return material(first, later, sigma_pt=float(horwitz(mean * unit).sigma[0]) / unit, sigma_pt_fraction=None)


def _rows(text: str, field: str) -> list[list[str]]:
    if len(text) > 100_000:
        raise Refused(_("This is more than a check of a material needs."), rule="proficiency.material", field=field)
    try:
        data, _parameters = read(text, index()[METHOD])
    except Refused as refused:
        refused.field = field
        raise
    rows = data.get("homogeneity") if isinstance(data, Mapping) else data
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) for row in rows):
        raise Refused(_("Write one item a line, its results in the line."), rule="proficiency.material", field=field)
    kept = [[str(cell).strip() for cell in row] for row in rows]
    if sum(map(len, kept)) > CELLS_MOST:
        raise Refused(_("This is more than a check of a material needs."), rule="proficiency.material", field=field)
    return kept
