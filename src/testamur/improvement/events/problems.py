"""What happens to a problem."""

from testamur.journal.kinds import kind

OPENED = kind("improvement.problem_opened", title={"en": "Problem opened", "zh": "立项解决问题"})
STATED = kind("improvement.problem_stated", title={"en": "Problem stated anew", "zh": "修改问题描述"})
TEAM = kind("improvement.team_named", title={"en": "Team named", "zh": "确定小组成员"})
PLANNED = kind("improvement.steps_planned", title={"en": "Steps planned", "zh": "安排各步骤"})
CONTAINED = kind("improvement.problem_contained", title={"en": "Containment recorded", "zh": "记录临时围堵措施"})
ANALYSED = kind("improvement.cause_analysed", title={"en": "Root cause recorded", "zh": "记录根本原因"})
SUPPOSED = kind("improvement.cause_supposed", title={"en": "Possible cause noted", "zh": "记录可能原因"})
JUDGED = kind("improvement.cause_judged", title={"en": "Possible cause judged", "zh": "判定可能原因"})
CHOSEN = kind("improvement.action_chosen", title={"en": "Action chosen", "zh": "确定措施"})
DONE = kind("improvement.action_done", title={"en": "Action carried out", "zh": "措施已实施"})
DROPPED = kind("improvement.action_dropped", title={"en": "Action dropped", "zh": "措施取消"})
AGREED = kind("improvement.effect_check_agreed", title={"en": "Effectiveness check agreed", "zh": "约定有效性验证"})
CHECKED = kind("improvement.effect_checked", title={"en": "Effectiveness checked", "zh": "完成有效性验证"})
PREVENTED = kind("improvement.prevention_recorded", title={"en": "Prevention recorded", "zh": "记录预防再发"})
CLOSED = kind("improvement.problem_closed", title={"en": "Problem closed", "zh": "问题关闭"})
REOPENED = kind("improvement.problem_reopened", title={"en": "Problem reopened", "zh": "问题重新打开"})
