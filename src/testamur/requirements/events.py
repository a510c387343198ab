"""What requirements tell the journal."""

from testamur.journal.kinds import kind

TREE = kind("requirements.tree_published", title={"en": "Classification published", "zh": "发布分类表"})
CROSSWALK = kind("requirements.crosswalk_published", title={"en": "Crosswalk published", "zh": "发布对照表"})
STANDARDS = kind("requirements.standards_imported", title={"en": "Standards imported", "zh": "导入标准目录"})
WITHDRAWN = kind("requirements.document_withdrawn", title={"en": "Standard withdrawn", "zh": "标准废止"})
CLAUSES = kind("requirements.clauses_imported", title={"en": "Clauses imported", "zh": "导入条款"})
