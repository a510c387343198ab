"""The acts of the register, as timelines name them."""

from testamur.journal.kinds import kind

ENTERED = kind("register.entered", title={"en": "Attestation entered in the register", "zh": "证书登记入册"})
EDITION_ADDED = kind("register.edition_added", title={"en": "New edition of the document", "zh": "换发新版证书"})
STATUS_CHANGED = kind("register.status_changed", title={"en": "Status changed", "zh": "状态变更"})
STATUS_ANNULLED = kind("register.status_annulled", title={"en": "Change of status annulled", "zh": "状态变更被撤销"})
IMPORTED = kind("register.imported", title={"en": "Records taken in from a source", "zh": "从来源批量读入记录"})
