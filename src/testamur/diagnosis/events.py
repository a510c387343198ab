"""What diagnosis tells the journal."""

from testamur.journal.kinds import kind

BEGUN = kind("diagnosis.assessment_begun", title={"en": "Self-assessment begun", "zh": "开始自我评价"})
ANSWERED = kind("diagnosis.page_answered", title={"en": "Questions answered", "zh": "回答自评问题"})
FINISHED = kind("diagnosis.assessment_finished", title={"en": "Self-assessment finished", "zh": "完成自我评价"})
REORDERED = kind("diagnosis.rank_changed", title={"en": "Order of next steps changed", "zh": "调整下一步顺序"})
JOINED = kind("diagnosis.benchmark_joined", title={"en": "Takes part in the benchmark", "zh": "参加对标"})
LEFT = kind("diagnosis.benchmark_left", title={"en": "Left the benchmark", "zh": "退出对标"})
PLANNED = kind("diagnosis.item_planned", title={"en": "Improvement planned", "zh": "列入改进计划"})
CHANGED = kind("diagnosis.item_changed", title={"en": "Plan changed", "zh": "修改计划"})
DONE = kind("diagnosis.item_done", title={"en": "Planned improvement done", "zh": "完成计划事项"})
DROPPED = kind("diagnosis.item_dropped", title={"en": "Taken out of the plan", "zh": "移出计划"})
LAID_IN = kind("diagnosis.paper_laid_in", title={"en": "Laid into the folder", "zh": "放入迎审资料夹"})
TAKEN_OUT = kind("diagnosis.paper_taken_out", title={"en": "Taken out of the folder", "zh": "移出迎审资料夹"})
LET_IN = kind("diagnosis.grant_given", title={"en": "Let somebody look at a self-assessment", "zh": "允许查看自我评价"})
REVOKED = kind("diagnosis.grant_revoked", title={"en": "Ended a look at a self-assessment", "zh": "收回查看许可"})
ADVISED = kind("diagnosis.advice_written", title={"en": "Advice written", "zh": "写下建议"})
