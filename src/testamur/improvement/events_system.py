"""What the management system tells the journal: objectives, documents, audits, reviews, suppliers."""

from testamur.journal.kinds import kind

kind("improvement.process_kept", title={"en": "Process and its owner recorded", "zh": "登记过程及其负责人"})
kind("improvement.process_ended", title={"en": "Process ended", "zh": "过程终止"})
kind("improvement.objective_drafted", title={"en": "Objective drafted", "zh": "拟定质量目标"})
kind("improvement.objective_agreed", title={"en": "Objective agreed", "zh": "确定质量目标"})
kind("improvement.objective_measured", title={"en": "Objective measured", "zh": "测量质量目标"})
kind("improvement.objective_ended", title={"en": "Objective ended", "zh": "结束质量目标"})
kind("improvement.document_registered", title={"en": "Document put under control", "zh": "文件纳入控制"})
kind("improvement.document_withdrawn", title={"en": "Document withdrawn", "zh": "文件作废"})
kind("improvement.document_distributed", title={"en": "Document distributed", "zh": "分发文件"})
kind("improvement.distribution_ended", title={"en": "Distribution ended", "zh": "停止分发"})
kind("improvement.document_reviewed", title={"en": "Document reviewed", "zh": "评审文件"})
kind("improvement.version_added", title={"en": "Version drafted", "zh": "起草文件版本"})
kind("improvement.version_replaced", title={"en": "File of a draft replaced", "zh": "替换草稿文件"})
kind("improvement.version_submitted", title={"en": "Version submitted for approval", "zh": "提交文件版本待批准"})
kind("improvement.version_returned", title={"en": "Version sent back", "zh": "退回文件版本"})
kind("improvement.version_approved", title={"en": "Version approved", "zh": "批准文件版本"})
kind("improvement.version_read", title={"en": "Version read", "zh": "确认阅读文件版本"})
kind("improvement.training_recorded", title={"en": "Training recorded", "zh": "登记培训"})
