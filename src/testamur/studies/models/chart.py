"""Control charts, and the data that came to them."""

from __future__ import annotations

from django.db import models

from testamur.journal.models import AppendOnly
from testamur.kernel.identity import public_id
from testamur.parties.models import Act, Membership, Organisation
from testamur.studies.models.characteristic import Characteristic
from testamur.studies.models.gauge import Gauge
from testamur.studies.models.kept import Kept


class Chart(Act):
    """A control chart that somebody keeps.

    ``parameters``: ``rules`` (a set's name of ``tqm.spc.rules``), for EWMA ``lam``, for CUSUM ``h``, ``k``,
    ``fir`` and ``target`` (absent: the mean of the baseline). ``signals`` are the numbers of
    points that signal and have no comment yet, kept up to date by each act, so that no inbox computes a chart.
    """

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="charts")
    characteristic = models.ForeignKey(Characteristic, on_delete=models.PROTECT, related_name="charts")
    gauge = models.ForeignKey(Gauge, null=True, blank=True, on_delete=models.PROTECT, related_name="charts")
    name = models.CharField(max_length=120)
    method = models.CharField(max_length=40)  # id of a method of testamur.tqm: xbar_r, i_mr, p …
    parameters = models.JSONField(default=dict)
    keeper = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    signals = models.JSONField(default=list)
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def rules(self) -> str:
        """Return the name of the rule set."""
        return str(self.parameters.get("rules", "default"))


class Intake(Kept):
    """One paste or one file of measurements. The digest of its rows keeps the same paste from counting twice."""

    chart = models.ForeignKey(Chart, on_delete=models.PROTECT, related_name="intakes")
    name = models.CharField(max_length=120, blank=True)  # of the file; empty for a paste
    note = models.CharField(max_length=300, blank=True)
    digest = models.CharField(max_length=64)  # SHA-256 of the rows as typed
    count = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["chart", "digest"], name="intake_counted_once")]


class Subgroup(AppendOnly):
    """One point of a chart: the values as they were typed, never changed; a mistake is excluded with its reason."""

    chart = models.ForeignKey(Chart, on_delete=models.PROTECT, related_name="subgroups")
    intake = models.ForeignKey(Intake, on_delete=models.PROTECT, related_name="subgroups")
    number = models.PositiveIntegerField()  # place in the order of time, from 1
    values = models.JSONField()  # texts of decimals; one count for p, np, c and u
    size = models.CharField(max_length=30, blank=True)  # items or units inspected, a decimal as typed
    taken_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)  # lot, shift, machine: what the row said beside

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["chart", "number"], name="subgroup_numbered_once")]

    def __str__(self) -> str:
        return ", ".join(self.values)
