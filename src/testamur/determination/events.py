"""What determination tells the journal."""

from testamur.journal.kinds import kind

VISIT = kind("determination.visit_started", title={"en": "Visit begun", "zh": "现场活动开始"})
VISIT_ENDED = kind("determination.visit_ended", title={"en": "Visit ended", "zh": "现场活动结束"})
SIGNED_IN = kind("determination.signed_in", title={"en": "Signed in on site", "zh": "现场签到"})
SIGNED_OUT = kind("determination.signed_out", title={"en": "Signed out", "zh": "现场签退"})
STARTED = kind("determination.activity_started", title={"en": "Activity begun", "zh": "活动开始"})
COMPLETED = kind("determination.activity_completed", title={"en": "Activity completed", "zh": "活动完成"})
EVIDENCE = kind("determination.evidence_recorded", title={"en": "Evidence recorded", "zh": "记录证据"})
EXHIBITED = kind("determination.exhibited", title={"en": "Evidence put forward by the client", "zh": "委托人举证"})
TAKEN_BACK = kind("determination.exhibit_taken_back", title={"en": "Client took evidence back", "zh": "委托人撤回举证"})
TESTED = kind("determination.test_recorded", title={"en": "Test results recorded", "zh": "记录检测结果"})
FOUND = kind("determination.finding_raised", title={"en": "Finding raised", "zh": "开具发现"})
REGRADED = kind("determination.finding_withdrawn", title={"en": "Finding withdrawn", "zh": "撤销发现"})
ANSWERED = kind("finding.answered", title={"en": "Finding answered", "zh": "答复不符合"})
VERIFIED = kind("determination.answer_verified", title={"en": "Answer to a finding judged", "zh": "评价对不符合的答复"})
FINISHED = kind("determination.finished", title={"en": "Determination finished", "zh": "确定活动完成"})
