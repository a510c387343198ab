"""The verdict of path validation as the seven checks a person can follow, in the order in which they are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from testamur.verification.verdict import Code, Verdict
from testamur.wording.templatetags.say import refusal

Text = dict[str, str]

#: Check, what it says when it holds, and the codes by which it fails.
CHECKS: tuple[tuple[Text, Text, frozenset[Code]], ...] = (
    (
        {"en": "The file is a well-formed credential", "zh": "文件是格式完好的凭证"},
        {"en": "It could be read, and says only what a credential may say.", "zh": "可以读取，内容符合凭证格式。"},
        frozenset({Code.MALFORMED, Code.TRUST_INVALID}),
    ),
    (
        {"en": "The signature is genuine", "zh": "签名真实"},
        {"en": "Nothing was changed after signing.", "zh": "签名之后未被改动。"},
        frozenset({Code.INVALID_SIGNATURE}),
    ),
    (
        {"en": "The key belonged to the signer", "zh": "密钥属于签名方"},
        {"en": "The issuer had published this key, and it was in use.", "zh": "该密钥由发证机构公布且在用。"},
        frozenset({Code.KEY_INVALID}),
    ),
    (
        {"en": "It is in the public log", "zh": "已入公开日志"},
        {"en": "A proof leads from its entry to the head of the log.", "zh": "有证明从其条目通向日志树头。"},
        frozenset({Code.NOT_LOGGED, Code.LOG_INVALID}),
    ),
    (
        {"en": "The issuer was entitled", "zh": "发证机构有权颁发"},
        {
            "en": "Its line of authority reaches a root, and covers this scope.",
            "zh": "授权链通达信任起点，且覆盖该范围。",
        },
        frozenset({Code.UNTRUSTED_ISSUER, Code.ACCREDITATION_INVALID, Code.SCOPE_NOT_COVERED}),
    ),
    (
        {"en": "It is not suspended, withdrawn or superseded", "zh": "未被暂停、撤销或换发"},
        {"en": "The issuer's signed status lists say so.", "zh": "发证机构签名的状态列表如此载明。"},
        frozenset({Code.STATUS_INVALID, Code.STATUS_STALE, Code.REVOKED, Code.SUSPENDED, Code.SUPERSEDED}),
    ),
    (
        {"en": "It is within its dates", "zh": "在有效期内"},
        {"en": "The day asked about lies between its first and its last day.", "zh": "所查日期在起止日之间。"},
        frozenset({Code.NOT_YET_VALID, Code.EXPIRED}),
    ),
)
NOT_CHECKED = {
    "en": "Not checked: the check before it failed.",
    "zh": "未检查：前一项未通过。",
}
ALTERED = {"en": "Not checked: an altered file proves nothing.", "zh": "未检查：被改动的文件不能证明任何事。"}

#: Code → (answer for the colour, headline); the sentence behind it comes from the verdict.
ANSWERS: dict[Code, tuple[str, Text]] = {
    Code.VALID: ("valid", {"en": "Valid", "zh": "有效"}),
    Code.SUPERSEDED: ("superseded", {"en": "Superseded: a newer edition is current", "zh": "已换发：有更新的版本"}),
    Code.MALFORMED: ("none", {"en": "No credential could be read", "zh": "无法读取凭证"}),
    Code.INVALID_SIGNATURE: ("not_valid", {"en": "Altered file: do not rely on it", "zh": "文件已被改动：请勿采信"}),
    Code.TRUST_INVALID: ("cannot_be_told", {"en": "Cannot be told today", "zh": "今日无法判断"}),
    Code.STATUS_STALE: ("cannot_be_told", {"en": "Cannot be told today", "zh": "今日无法判断"}),
    Code.NOT_YET_VALID: ("not_valid", {"en": "Not valid yet", "zh": "尚未生效"}),
    Code.SUSPENDED: ("suspended", {"en": "Not valid: suspended", "zh": "无效：已暂停"}),
    Code.REVOKED: ("withdrawn", {"en": "Not valid: withdrawn or cancelled", "zh": "无效：已撤销或注销"}),
    Code.EXPIRED: ("expired", {"en": "Not valid: expired", "zh": "无效：有效期届满"}),
}
#: Codes that are no verdict on the certificate.
_SILENT = (Code.SUPERSEDED, Code.STATUS_STALE, Code.TRUST_INVALID)
OTHERWISE = ("not_valid", {"en": "Not valid", "zh": "无效"})


def answer_of(verdict: Verdict) -> tuple[str, Text]:
    """Return the answer that sets the colour, and the headline."""
    return ANSWERS.get(verdict.result, OTHERWISE)


def checks_of(verdict: Verdict) -> list[dict[str, Any]]:
    """Return the seven checks as ``portal/_checks.html`` shows them; after a failure the rest is not checked."""
    failed = next((place for place, (_t, _s, codes) in enumerate(CHECKS) if verdict.result in codes), None)
    rest = ALTERED if verdict.result is Code.INVALID_SIGNATURE else NOT_CHECKED
    rows: list[dict[str, Any]] = []
    for place, (title, says, _codes) in enumerate(CHECKS):
        if failed is None or place < failed:
            rows.append({"answer": "valid", "title": title, "text": says})
        elif place == failed:
            colour = "silent" if verdict.result in _SILENT else "bad"
            rows.append({"answer": colour, "title": title, "text": f"{refusal(verdict.reason)} ({verdict.result})"})
        else:
            rows.append({"answer": "none", "title": title, "text": rest})
    return rows


def differences(theirs: Mapping[str, Any], ours: Mapping[str, Any], most: int = 20) -> list[tuple[str, str, str]]:
    """Return (where, in the file, in the register) of each value that differs between two payloads.

    The times at which a key signed are no statement about the certificate and are left out.
    """
    left, right = dict(_leaves(theirs)), dict(_leaves(ours))
    places = [*left, *(key for key in right if key not in left)]
    found = [
        (place, left.get(place, "–"), right.get(place, "–"))
        for place in places
        if left.get(place) != right.get(place) and place.partition(".")[0] not in ("iat", "proof")
    ]
    return found[:most]


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{place}.{key}" if place else str(key))
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value, 1):
            yield from _leaves(item, f"{place}[{number}]")
    else:
        yield place, str(value)[:300]
