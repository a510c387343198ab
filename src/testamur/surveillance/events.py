"""What surveillance tells the journal."""

from testamur.journal.kinds import kind

DUE = kind("surveillance.due", title={"en": "Something falls due", "zh": "事项到期安排"})
OPENED = kind("surveillance.follow_up_opened", title={"en": "Follow-up case opened", "zh": "启动后续案件"})
DONE = kind("surveillance.done", title={"en": "Done in time", "zh": "已完成"})
DROPPED = kind("surveillance.dropped", title={"en": "No longer due", "zh": "不再适用"})
TOLD = kind(
    "surveillance.told", title={"en": "Reported: something that sets off surveillance", "zh": "收到触发监督的情况"}
)
