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
kind("improvement.programme_begun", title={"en": "Audit programme begun", "zh": "启动内部审核方案"})
kind("improvement.programme_completed", title={"en": "Audit programme complete", "zh": "内部审核方案完成"})
kind("improvement.audit_planned", title={"en": "Internal audit planned", "zh": "策划内部审核"})
kind("improvement.audit_finding", title={"en": "Finding of an internal audit", "zh": "内部审核发现"})
kind("improvement.audit_reported", title={"en": "Internal audit reported", "zh": "内部审核报告"})
kind("improvement.audit_problem_named", title={"en": "Problem of a nonconformity named", "zh": "指明不符合对应的问题"})
kind("improvement.audit_corrected", title={"en": "Nonconformity corrected", "zh": "不符合已纠正"})
kind("improvement.audit_closed", title={"en": "Internal audit closed", "zh": "关闭内部审核"})
kind("improvement.audit_dropped", title={"en": "Internal audit dropped", "zh": "取消内部审核"})
kind("improvement.review_planned", title={"en": "Management review planned", "zh": "策划管理评审"})
kind("improvement.review_frozen", title={"en": "Inputs of the review frozen", "zh": "固定管理评审输入"})
kind("improvement.review_remarked", title={"en": "Remark to the review", "zh": "管理评审意见"})
kind("improvement.review_decided", title={"en": "Management review decided", "zh": "管理评审决定"})
kind("improvement.review_closed", title={"en": "Minutes of the review closed", "zh": "管理评审记录关闭"})
kind(
    "improvement.review_decision_done", title={"en": "Decision of the review carried out", "zh": "完成管理评审决定事项"}
)
kind("improvement.supplier_kept", title={"en": "Supplier recorded", "zh": "登记供方"})
kind("improvement.supplier_decided", title={"en": "Supplier approved or blocked", "zh": "供方准入决定"})
kind("improvement.supplier_scored", title={"en": "Supplier evaluated", "zh": "评价供方"})
kind("improvement.certificate_watched", title={"en": "Supplier's certificate watched", "zh": "关注供方证书"})
kind(
    "improvement.certificate_unwatched",
    title={"en": "Supplier's certificate no longer watched", "zh": "停止关注供方证书"},
)
