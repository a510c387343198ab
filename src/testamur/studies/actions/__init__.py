"""What people do about characteristics, gauges, charts and studies."""

from testamur.studies.actions.characteristics import change_characteristic, describe_characteristic
from testamur.studies.actions.charts import change_chart, close_chart, start_chart
from testamur.studies.actions.data import take_in
from testamur.studies.actions.gauges import change_gauge, enter_gauge
from testamur.studies.actions.judging import (
    comment_point,
    exclude_point,
    freeze_limits,
    include_point,
    join_stage,
    split_stage,
)
from testamur.studies.actions.studies import keep_study

__all__ = [
    "change_characteristic", "change_chart", "change_gauge", "close_chart", "comment_point", "describe_characteristic",
    "enter_gauge", "exclude_point", "freeze_limits", "include_point", "join_stage", "keep_study", "split_stage",
    "start_chart", "take_in",
]  # fmt: skip
