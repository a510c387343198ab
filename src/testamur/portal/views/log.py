"""The public log: how far it is, its head, its key, its entries, and how to audit it."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from testamur.portal import asking
from testamur.portal.frame import page
from testamur.transparency import custody, publication
from testamur.transparency import queries as transparency
from testamur.transparency.models import Entry
from testamur.transparency.queries import CosignerState
from testamur.verification import layout

TYPES: dict[str, dict[str, str]] = {
    "cert.issue": {"en": "credential issued", "zh": "颁发凭证"},
    "cert.status": {"en": "status changed", "zh": "状态变更"},
    "acc.issue": {"en": "authority issued", "zh": "颁发资格凭证"},
    "acc.status": {"en": "authority's status changed", "zh": "资格状态变更"},
    "did.update": {"en": "keys published", "zh": "公布密钥"},
    "key.revoke": {"en": "key revoked", "zh": "吊销密钥"},
    "root.update": {"en": "roots of trust changed", "zh": "信任起点变更"},
    "scheme.publish": {"en": "scheme published", "zh": "发布方案"},
    "tree.publish": {"en": "classification or crosswalk published", "zh": "发布分类或对照表"},
    "process.event": {"en": "event of a case (salted hash only)", "zh": "案卷事件（仅加盐哈希）"},
    "status.publish": {"en": "status list published", "zh": "发布状态列表"},
    "rule.publish": {"en": "rule published", "zh": "发布规则"},
    "register.import": {"en": "batch of reported rows", "zh": "报送批次"},
    "dataset.publish": {"en": "data set published", "zh": "发布数据集"},
    "draw.commit": {"en": "random draw committed", "zh": "抽取承诺"},
    "draw.result": {"en": "random draw made", "zh": "抽取结果"},
}


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Show the log: newest entries, or the one asked for."""
    wanted, chosen = asking.text(request, "entry"), None
    if wanted:
        digits = wanted.replace(",", "")
        if digits.isascii() and digits.isdigit() and len(digits) < 16:
            chosen = Entry.objects.filter(index=int(digits)).first()
    listed = asking.page_of(request, Entry.objects.filter(index__isnull=False).order_by("-index"))
    checkpoint = publication.get(layout.CHECKPOINT)
    context = {
        "crumbs": [{"label": {"en": "Public log", "zh": "公开日志"}}],
        "state": transparency.state(),
        "waiting": transparency.waiting(),
        "cosigners": {
            "columns": [
                {"label": {"en": "Cosigner", "zh": "联署方"}},
                {"label": {"en": "Newest head", "zh": "最新树头"}},
                {"label": {"en": "Followed to", "zh": "已跟进至"}, "numeric": True},
                {"label": {"en": "Last cosigned", "zh": "最近联署"}},
                {"label": {"en": "Key fingerprint", "zh": "密钥指纹"}},
            ],
            "rows": [_cosigner(one) for one in transparency.cosigners()],
        },
        "checkpoint": checkpoint.decode("utf-8", "replace") if checkpoint else "",
        "vkey": str(custody.log_verifier_key()),
        "origin": settings.ORIGIN,
        "wanted": wanted,
        "chosen": _whole(chosen) if chosen else None,
        "page": listed,
        "table": {
            "columns": [
                {"label": {"en": "Entry", "zh": "序号"}, "numeric": True},
                {"label": {"en": "What", "zh": "内容"}},
                {"label": {"en": "About", "zh": "关于"}},
                {"label": {"en": "Recorded", "zh": "记录时间"}},
            ],
            "rows": [_row(one) for one in listed],
        },
    }
    return page(request, "log", context)


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "cells": [
            {"number": entry.index, "href": f"?entry={entry.index}"},
            TYPES.get(entry.type, {"en": entry.type, "zh": entry.type}),
            {"code": entry.subject} if entry.subject else "",
            {"instant": entry.recorded_at},
        ]
    }


def _cosigner(one: CosignerState) -> dict[str, Any]:
    if not one.answers and one.problem.startswith("does not"):
        said: Any = {"en": "does not answer", "zh": "无应答"}
    elif not one.answers:
        said = {"en": "refused", "zh": "已拒绝"}
    elif one.signed:
        said = {"en": "signed", "zh": "已联署"}
    else:
        said = {"en": "not yet signed", "zh": "尚未联署"}
    return {
        "cells": [
            {"code": one.name},
            said,
            {"number": one.size},
            {"instant": one.answered_at} if one.answered_at else {"en": "never", "zh": "从未"},
            {"code": one.fingerprint[:19]},
        ],
        "mark": not one.answers,
    }


def _whole(entry: Entry) -> dict[str, Any]:
    data = bytes(entry.data)
    try:
        text = json.dumps(json.loads(data), ensure_ascii=False, indent=1)
    except ValueError:
        text = data.decode("utf-8", "replace")
    return {"index": entry.index, "text": text, "leaf": bytes(entry.leaf).hex(), "proof": entry.proof}
