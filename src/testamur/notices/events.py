"""The acts of notices, as timelines name them. What people watch is theirs and makes no event."""

from testamur.journal.kinds import kind

ENDPOINT_ADDED = kind("notices.endpoint_added", title={"en": "Webhook added", "zh": "添加回调"})
ENDPOINT_CHANGED = kind("notices.endpoint_changed", title={"en": "Webhook changed", "zh": "修改回调"})
ENDPOINT_REMOVED = kind("notices.endpoint_removed", title={"en": "Webhook removed", "zh": "删除回调"})
ENDPOINT_DISABLED = kind("notices.endpoint_disabled", title={"en": "Webhook switched off", "zh": "停用回调"})
ENDPOINT_ENABLED = kind("notices.endpoint_enabled", title={"en": "Webhook switched on again", "zh": "重新启用回调"})
SECRET_ROTATED = kind("notices.secret_rotated", title={"en": "Secret of a webhook replaced", "zh": "更换回调密钥"})
REPLAYED = kind("notices.replayed", title={"en": "Messages of a webhook sent again", "zh": "重新发送回调消息"})
SENT_AGAIN = kind("notices.sent_again", title={"en": "Notices sent again", "zh": "重新发送通知"})
GIVEN_UP = kind("notices.given_up", title={"en": "Notices given up", "zh": "放弃发送通知"})
