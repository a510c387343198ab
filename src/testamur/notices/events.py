"""The acts of notices, as timelines name them. What people watch is theirs and makes no event."""

from testamur.journal.kinds import kind

ENDPOINT_ADDED = kind("notices.endpoint_added", title={"en": "Webhook added", "zh": "添加 Webhook"})
ENDPOINT_CHANGED = kind("notices.endpoint_changed", title={"en": "Webhook changed", "zh": "修改 Webhook"})
ENDPOINT_REMOVED = kind("notices.endpoint_removed", title={"en": "Webhook removed", "zh": "删除 Webhook"})
ENDPOINT_DISABLED = kind("notices.endpoint_disabled", title={"en": "Webhook switched off", "zh": "停用 Webhook"})
ENDPOINT_ENABLED = kind("notices.endpoint_enabled", title={"en": "Webhook switched on again", "zh": "重新启用 Webhook"})
SECRET_ROTATED = kind("notices.secret_rotated", title={"en": "Secret of a webhook replaced", "zh": "更换 Webhook 密钥"})
REPLAYED = kind("notices.replayed", title={"en": "Messages of a webhook sent again", "zh": "重新发送 Webhook 消息"})
