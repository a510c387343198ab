"""What the management system tells the journal: objectives, documents, audits, reviews, suppliers."""

from testamur.journal.kinds import kind

kind("improvement.process_kept", title={"en": "Process and its owner recorded", "zh": "登记过程及其负责人"})
kind("improvement.process_ended", title={"en": "Process ended", "zh": "过程终止"})
kind("improvement.objective_drafted", title={"en": "Objective drafted", "zh": "拟定质量目标"})
kind("improvement.objective_agreed", title={"en": "Objective agreed", "zh": "确定质量目标"})
kind("improvement.objective_measured", title={"en": "Objective measured", "zh": "测量质量目标"})
kind("improvement.objective_ended", title={"en": "Objective ended", "zh": "结束质量目标"})
