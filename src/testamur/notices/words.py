"""What a change is called, on pages, in feeds and in letters."""

from __future__ import annotations

from testamur.notices.models import Change

Kind = Change.Kind
KINDS: dict[str, dict[str, str]] = {
    Kind.APPEARED: {"en": "Entered in the register", "zh": "登记入册"},
    Kind.CHANGED: {"en": "Details changed", "zh": "内容变更"},
    Kind.RENEWED: {"en": "Renewed", "zh": "换证续期"},
    Kind.CORRECTED: {"en": "Corrected", "zh": "更正"},
    Kind.SUSPENDED: {"en": "Suspended", "zh": "暂停"},
    Kind.RESTORED: {"en": "Restored", "zh": "恢复"},
    Kind.WITHDRAWN: {"en": "Withdrawn", "zh": "撤销"},
    Kind.CANCELLED: {"en": "Cancelled", "zh": "注销"},
    Kind.GONE: {"en": "No longer listed by its source", "zh": "来源不再列出"},
    Kind.RETURNED: {"en": "Listed again by its source", "zh": "来源重新列出"},
    Kind.EXPIRED: {"en": "Expired", "zh": "到期失效"},
}

#: What a message is, by its kind.
MESSAGES: dict[str, dict[str, str]] = {
    "watch.confirm": {"en": "Is this watch wanted?", "zh": "确认关注"},
    "watch.already": {"en": "Watched already", "zh": "已在关注"},
    "watch.list": {"en": "Link to one's own list", "zh": "关注列表链接"},
    "watch.changes": {"en": "What changed", "zh": "变更通知"},
    "endpoint.off": {"en": "Webhook switched off", "zh": "回调已停用"},
    "register.changed": {"en": "What changed", "zh": "变更通知"},
    "endpoint.test": {"en": "Test", "zh": "测试"},
}


def number_of(change: Change) -> str:
    """Return the number that the certificate bears now."""
    return change.attestation.current.number or change.attestation.public_id


def address_of(change: Change) -> str:
    """Return the address of the certificate's page, without the host; those of authorities lead on to their own."""
    return f"/c/{change.attestation.public_id}"
