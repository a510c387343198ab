"""What the fields of a record are called, wherever two states or two sources are compared for people."""

from __future__ import annotations

#: Fields of a record, as people call them; parts of what a source says keep the source's words.
FIELDS: dict[str, dict[str, str]] = {
    "number": {"en": "number", "zh": "编号"},
    "holder": {"en": "holder", "zh": "持有人"},
    "holder_text": {"en": "holder", "zh": "持有人"},
    "issuer": {"en": "issuer", "zh": "发证机构"},
    "scheme": {"en": "scheme", "zh": "认证方案"},
    "status": {"en": "status", "zh": "状态"},
    "effective_on": {"en": "first day", "zh": "生效日期"},
    "expires_on": {"en": "last day", "zh": "有效期至"},
    "issued_on": {"en": "day of issue", "zh": "颁发日期"},
    "country": {"en": "country", "zh": "国家"},
    "region": {"en": "region", "zh": "地区"},
    "standards": {"en": "standards", "zh": "标准"},
    "statement": {"en": "scope in words", "zh": "范围"},
    "address": {"en": "address", "zh": "地址"},
    "identifiers": {"en": "identifiers", "zh": "标识代码"},
    "lines": {"en": "scope codes", "zh": "范围代码"},
    "grade": {"en": "grade", "zh": "等级"},
    "mode": {"en": "mode", "zh": "模式"},
    "conditions": {"en": "conditions", "zh": "条件"},
    "reason": {"en": "reason", "zh": "原因"},
    "rests_on": {"en": "what it rests on", "zh": "所依据的"},
    "inherited": {"en": "what its parent states for it", "zh": "由上级证书载明的内容"},
    "gone_on": {"en": "listing", "zh": "是否仍列出"},
}
