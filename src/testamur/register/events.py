"""The acts of the register, as timelines name them."""

from testamur.journal.kinds import kind

ENTERED = kind("register.entered", title={"en": "Attestation entered in the register", "zh": "证书登记入册"})
EDITION_ADDED = kind("register.edition_added", title={"en": "New edition of the document", "zh": "换发新版证书"})
STATUS_CHANGED = kind("register.status_changed", title={"en": "Status changed", "zh": "状态变更"})
STATUS_ANNULLED = kind("register.status_annulled", title={"en": "Change of status annulled", "zh": "状态变更被撤销"})
SOURCE_NAMED = kind("register.source_named", title={"en": "Source of records named", "zh": "登记数据来源"})
MAPPING_SAVED = kind("register.mapping_saved", title={"en": "Mapping of a source saved", "zh": "保存数据映射"})
DELIVERY_BEGUN = kind(
    "register.delivery_begun", title={"en": "Delivery ordered to be taken in", "zh": "确认登记本次报送"}
)
DELIVERY_GIVEN_UP = kind("register.delivery_given_up", title={"en": "Delivery given up", "zh": "放弃本次报送"})
CONFLICT_SETTLED = kind(
    "register.conflict_settled", title={"en": "Conflict of two sources settled", "zh": "两个来源的分歧已处理"}
)
SNAPSHOT_PUBLISHED = kind(
    "register.snapshot_published", title={"en": "Open data published", "zh": "发布开放数据"}
)
SNAPSHOT_REMOVED = kind(
    "register.snapshot_removed", title={"en": "Files of open data removed", "zh": "移除开放数据文件"}
)
HOLDERS_LINKED = kind(
    "register.holders_linked", title={"en": "Spellings of one holder linked", "zh": "关联同一持有人的不同名称"}
)
HOLDERS_PARTED = kind(
    "register.holders_parted", title={"en": "Spellings said to be different holders", "zh": "认定名称属于不同持有人"}
)
HOLDER_LINK_UNDONE = kind(
    "register.holder_link_undone", title={"en": "Link of holders undone", "zh": "撤回持有人关联"}
)
IMPORTED = kind("register.imported", title={"en": "Records taken in from a source", "zh": "从来源批量读入记录"})
