"""Studies: computed once and kept, with everything that a stranger needs to compute them again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership
from testamur.studies import evidence, policies
from testamur.studies.models import Characteristic, Chart, Gauge, Study
from testamur.tqm.methods import find
from testamur.tqm.results import simple


@transaction.atomic
def keep_study(
    *,
    method: str,
    title: str,
    data: Any,
    parameters: dict[str, Any],
    characteristic: Characteristic | None = None,
    gauge: Gauge | None = None,
    chart: Chart | None = None,
    by: Membership,
    at: datetime,
) -> Study:
    """Compute and keep: data, parameters and answer as they are now.

    Args:
        data: inputs of the method as JSON; None: those of the chart.

    Raises:
        Refused: what the method refuses; a capability of a chart that is not stable.
    """
    policies.check_may_work(by, by.organisation, at)
    for one in (characteristic, gauge, chart):
        if one is not None and one.organisation_id != by.organisation_id:
            raise Refused(
                _("What a study is about belongs to one's own organisation."),
                rule="studies.own",
                source=policies.CHARTS,
            )
    named = policies.check_named(title, 160, "title")
    if chart is not None:
        evidence.check_stable(chart, method)
        data = evidence.of_chart(chart, method) if data is None else data
        characteristic, gauge = characteristic or chart.characteristic, gauge or chart.gauge
    about = find(method)
    result = about.run(data, parameters)
    # Edition and seed are part of the question: without them a later version may answer another one.
    settled = {**parameters, "edition": result.provenance.edition}
    if result.provenance.seed is not None and "seed" in about.parameters:
        settled["seed"] = result.provenance.seed
    made = Study.objects.create(
        organisation=by.organisation, characteristic=characteristic, gauge=gauge, chart=chart, method=method,
        title=named, data=evidence.storable(data), parameters=evidence.storable(settled),
        evidence=simple(result.evidence()), answer=result.to_dict(), by=by, effective_at=at,
    )  # fmt: skip
    facts = {"study": made.public_id, "method": method, "sha256": made.evidence["inputs_sha256"]}
    record("studies.study_kept", subject=made, by=by, at=at, payload=facts)
    return made
