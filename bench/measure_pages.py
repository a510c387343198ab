"""Server time of the pages that people wait for, on the sample world: 200 warm requests each, in one process."""

from __future__ import annotations

import time

from bench.figures import Figure
from bench.sandbox import empty_view, installation, page

BUDGET = "p95 ≤ 60 ms"


def figures() -> list[Figure]:
    """Make the sample world, then ask for the case and certificate pages as the public and as a member sees them."""
    with installation():
        from testamur.sample import world

        began = time.perf_counter()
        world.make_if_absent()
        made = time.perf_counter() - began
        return [Figure("making the sample world by running its paths", made, "s"), *_pages()]


def _pages() -> list[Figure]:
    from django.db.models import Count
    from django.test import Client
    from django.urls import reverse

    from testamur.parties.models import Account
    from testamur.register.models import Attestation
    from testamur.selection.models import Case

    host = {"host": "127.0.0.1:8000"}
    limit = empty_view()
    public = Client(headers=host)
    main = (
        Attestation.objects.filter(holder__isnull=False)
        .annotate(size=Count("editions", distinct=True) + Count("parts", distinct=True))
        .order_by("-size", "pk")[0]
    )
    found = []
    certificate = reverse("portal:certificate", args=[main.public_id])
    found.append(page("page of a certificate, as the public sees it", public, certificate, BUDGET, limit))
    planner = Account.objects.filter(demo_role="planner").order_by("demo_order")[0]
    body = planner.person.memberships.first().organisation
    case = Case.objects.filter(issuer=body).annotate(size=Count("activities")).order_by("-size", "pk")[0]
    member = Client(headers=host)
    member.force_login(planner, backend="django.contrib.auth.backends.ModelBackend")
    for what, name in (("case", "workspace:case"), ("case with its findings", "workspace:findings")):
        found.append(
            page(
                f"page of a {what}, as its planner sees it", member, reverse(name, args=[case.public_id]), BUDGET, limit
            )
        )
    found.append(page("inbox of a planner", member, reverse("workspace:inbox"), "", limit))
    found.append(page("home page", public, reverse("portal:home"), "", limit))
    found.append(_chart(limit, host))
    return found


def _chart(limit: float, host: dict[str, str]) -> Figure:
    """Return the page of a control chart with 5,000 subgroups of 5 and frozen limits, as its keeper sees it."""
    from random import Random

    from django.test import Client
    from django.urls import reverse

    from testamur.kernel import clock
    from testamur.parties.models import Account
    from testamur.studies import actions
    from testamur.studies.models import Chart
    from testamur.studies.reading import Taken

    random = Random(1)
    sample = Chart.objects.order_by("pk")[0]
    keeper, at = sample.keeper, clock.now()
    rows = [Taken([f"{74 + random.gauss(0, 0.01):.3f}" for _piece in range(5)]) for _subgroup in range(5000)]
    chart = actions.start_chart(
        characteristic=sample.characteristic, method="xbar_r", name="5,000 points", by=keeper, at=at
    )
    actions.take_in(chart=chart, rows=rows, by=keeper, at=at)
    actions.freeze_limits(chart=chart, first=1, last=25, reason="measured for speed", by=keeper, at=at)
    client = Client(headers=host)
    client.force_login(Account.objects.get(person=keeper.person), backend="django.contrib.auth.backends.ModelBackend")
    here = reverse("workspace:workshop-chart", args=[chart.public_id])
    return page("page of a control chart with 5,000 points", client, here, "p95 ≤ 200 ms", limit)
