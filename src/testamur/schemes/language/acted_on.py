"""Keys that are read, checked and shown, but that the engine does not act on yet, each with the reason.

One place, edited by whoever makes the engine act on a key: take the row out. ``schemes check`` names the keys
a file uses, the reference page marks them, and no scheme that depends on one can be published.
"""

from __future__ import annotations

#: ``table.key`` -> why it is not acted on yet, in both languages.
NOT_ACTED_ON: dict[str, dict[str, str]] = {
    "scheme.takes_over": {
        "en": "Living certificates keep the version they were decided under until the lifecycle is built.",
        "zh": "在生命周期功能建成之前，存续证书仍按其决定时的版本执行。",
    },
    "scheme.joint_with": {
        "en": "A visit that serves cases of several issuers needs their agreement, which is not built yet.",
        "zh": "一次现场服务于多家机构的案卷需要其间的协议，尚未建成。",
    },
    "round.when": {
        "en": "Which rounds a holder gets by class of enterprise is not computed yet.",
        "zh": "按企业分类确定监督轮次尚未实现。",
    },
    "ground.goods": {
        "en": "No answer asks for the day of manufacture yet.",
        "zh": "查询尚不支持按生产日期作答。",
    },
}
