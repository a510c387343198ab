"""What an organisation measures, with what, the charts it keeps, and studies that were computed once and stay."""

from testamur.studies.models.characteristic import Characteristic
from testamur.studies.models.chart import Chart, Intake, Subgroup
from testamur.studies.models.gauge import Gauge
from testamur.studies.models.judging import Exclusion, LimitSet, Remark, Stage
from testamur.studies.models.study import Study

__all__ = [
    "Characteristic", "Chart", "Exclusion", "Gauge", "Intake", "LimitSet", "Remark", "Stage", "Study", "Subgroup",
]  # fmt: skip
