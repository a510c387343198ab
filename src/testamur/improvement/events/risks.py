"""What happens to risks, control plans, costs and boards."""

from testamur.journal.kinds import kind

FMEA = kind("improvement.fmea_begun", title={"en": "FMEA begun", "zh": "建立FMEA"})
ADDED = kind("improvement.failures_added", title={"en": "Rows of an FMEA added", "zh": "添加FMEA行"})
CHANGED = kind("improvement.failure_changed", title={"en": "Row of an FMEA changed", "zh": "修改FMEA行"})
REMOVED = kind("improvement.failure_removed", title={"en": "Row of an FMEA removed", "zh": "移除FMEA行"})
RATED = kind("improvement.failure_rated", title={"en": "Risk rated anew", "zh": "重新评定风险"})
PLANNED = kind("improvement.risk_action_planned", title={"en": "Action against a risk planned", "zh": "安排风险措施"})
TAKEN = kind("improvement.risk_action_taken", title={"en": "Action against a risk taken", "zh": "风险措施已完成"})
PLAN = kind("improvement.control_plan_drafted", title={"en": "Control plan drafted", "zh": "起草控制计划"})
ROW = kind("improvement.control_plan_row_set", title={"en": "Row of a control plan set", "zh": "编辑控制计划行"})
ROW_OUT = kind(
    "improvement.control_plan_row_removed", title={"en": "Row of a control plan removed", "zh": "移除控制计划行"}
)
LOOKED = kind(
    "improvement.control_plan_row_looked_at",
    title={"en": "Row of a control plan looked at", "zh": "复核控制计划行"},
)
APPROVED = kind("improvement.control_plan_approved", title={"en": "Control plan approved", "zh": "批准控制计划"})
COST = kind("improvement.cost_entered", title={"en": "Cost of quality entered", "zh": "登记质量成本"})
COST_BACK = kind("improvement.cost_taken_back", title={"en": "Cost of quality taken back", "zh": "撤销质量成本"})
BOARD = kind("improvement.board_made", title={"en": "Board made", "zh": "建立看板"})
CARD = kind("improvement.card_put", title={"en": "Card put on a board", "zh": "添加看板卡片"})
MOVED = kind("improvement.card_moved", title={"en": "Card moved", "zh": "移动看板卡片"})
