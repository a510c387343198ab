"""What selection tells the journal."""

from testamur.journal.kinds import kind

OPENED = kind("case.opened", title={"en": "Case opened", "zh": "建立案卷"})
CLOSED = kind("case.closed", title={"en": "Case closed", "zh": "案卷关闭"})
DEEMED = kind(
    "case.deemed_accepted", title={"en": "Counts as accepted: nothing was said in time", "zh": "逾期未告知，视为受理"}
)
READ = kind("case.read_by_overseer", title={"en": "Read by an overseer", "zh": "监管或认可方查阅"})
PAUSED = kind("case.clock_stopped", title={"en": "Clock stopped", "zh": "时限中止"})
RESUMED = kind("case.clock_resumed", title={"en": "Clock runs again", "zh": "时限恢复"})
EXTENDED = kind("case.deadline_extended", title={"en": "Deadline extended", "zh": "延长期限"})
ATTACHED = kind("application.attached", title={"en": "File attached to the application", "zh": "申请附件上传"})
DETACHED = kind("application.detached", title={"en": "File taken off the application", "zh": "申请附件移除"})
SUBMITTED = kind("application.submitted", title={"en": "Application submitted", "zh": "提交申请"})
TAKEN_BACK = kind("application.taken_back", title={"en": "Application taken back", "zh": "撤回申请"})
COMPLETE = kind(
    "selection.application_returned", title={"en": "Asked to complete the application", "zh": "要求补正申请"}
)
ACCEPTED = kind("selection.application_accepted", title={"en": "Application accepted", "zh": "受理申请"})
REFUSED = kind("selection.application_refused", title={"en": "Application refused", "zh": "不予受理"})
JUDGED = kind("competence.judged", title={"en": "Competence judged", "zh": "评定人员能力"})
UNJUDGED = kind("competence.withdrawn", title={"en": "Competence withdrawn", "zh": "撤销能力评定"})
PLANNED = kind("selection.visit_planned", title={"en": "Visit planned", "zh": "安排现场活动"})
OFFERED = kind("selection.visit_offered", title={"en": "Visit offered to another body", "zh": "邀请其他机构联合实施"})
JOINED = kind("selection.visit_joined", title={"en": "Joined a visit of another body", "zh": "加入联合现场活动"})
MOVED = kind("selection.visit_moved", title={"en": "Visit moved", "zh": "调整现场活动日期"})
CANCELLED = kind("selection.visit_cancelled", title={"en": "Visit cancelled", "zh": "取消现场活动"})
ASSIGNED = kind("selection.assigned", title={"en": "Person assigned", "zh": "指派人员"})
RELEASED = kind("selection.released", title={"en": "Person released", "zh": "解除指派"})
PROPOSED = kind("selection.plan_proposed", title={"en": "Team and dates proposed", "zh": "提出审核组与日期"})
AGREED = kind("plan.agreed", title={"en": "Team and dates agreed", "zh": "确认审核组与日期"})
OBJECTED = kind("plan.objected", title={"en": "Objection to team or dates", "zh": "对审核组或日期提出异议"})
STARTED = kind("selection.determination_started", title={"en": "Determination begins", "zh": "开始确定活动"})
