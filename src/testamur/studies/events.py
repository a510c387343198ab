"""What studies tells the journal."""

from testamur.journal.kinds import kind

CHARACTERISTIC_DESCRIBED = kind(
    "studies.characteristic_described", title={"en": "Characteristic described", "zh": "登记质量特性"}
)
CHARACTERISTIC_CHANGED = kind(
    "studies.characteristic_changed", title={"en": "Characteristic changed", "zh": "更改质量特性"}
)
GAUGE_ENTERED = kind("studies.gauge_entered", title={"en": "Gauge entered", "zh": "登记量具"})
GAUGE_CHANGED = kind("studies.gauge_changed", title={"en": "Gauge changed", "zh": "更改量具信息"})
CHART_STARTED = kind("studies.chart_started", title={"en": "Control chart started", "zh": "开始控制图"})
CHART_CHANGED = kind("studies.chart_changed", title={"en": "Control chart changed", "zh": "更改控制图设置"})
CHART_CLOSED = kind("studies.chart_closed", title={"en": "Control chart closed", "zh": "结束控制图"})
DATA_TAKEN_IN = kind("studies.data_taken_in", title={"en": "Measurements taken in", "zh": "录入测量数据"})
POINT_COMMENTED = kind("studies.point_commented", title={"en": "Point commented", "zh": "注释数据点"})
POINT_EXCLUDED = kind("studies.point_excluded", title={"en": "Point excluded", "zh": "剔除数据点"})
POINT_INCLUDED = kind("studies.point_included", title={"en": "Point included again", "zh": "恢复数据点"})
STAGE_SPLIT = kind("studies.stage_split", title={"en": "Stage begun", "zh": "划分新阶段"})
STAGE_JOINED = kind("studies.stage_joined", title={"en": "Stages joined again", "zh": "撤销阶段划分"})
LIMITS_FROZEN = kind("studies.limits_frozen", title={"en": "Limits frozen", "zh": "冻结控制限"})
STUDY_KEPT = kind("studies.study_kept", title={"en": "Study kept", "zh": "保存研究"})
