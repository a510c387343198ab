"""Open data: the snapshots of the public register, what each covers, and its files."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from testamur.files.responses import public_file
from testamur.portal import asking, exports, showing
from testamur.portal.frame import page
from testamur.register.models import Snapshot
from testamur.register.opendata import described, writing
from testamur.register.opendata.columns import COLUMNS
from testamur.wording.templatetags.say import words

State = Snapshot.State
#: What a file is, for people.
FILES = {
    described.PARQUET: {"en": "All records, Apache Parquet: types kept, smallest",
                        "zh": "全部记录，Apache Parquet：保留类型，体积最小"},
    described.CSV: {"en": "All records, CSV in UTF-8, gzip", "zh": "全部记录，CSV（UTF-8，gzip压缩）"},
    described.PACKAGE: {"en": "Data dictionary, licence and coverage (Frictionless Data Package)",
                        "zh": "数据字典、许可和覆盖范围（Frictionless Data Package）"},
    described.SUMS: {"en": "Checksums (SHA-256) of the files above", "zh": "以上文件的校验和（SHA-256）"},
    described.PROOF: {"en": "Proof that the public log holds the checksums", "zh": "校验和已入公开日志的证明"},
}  # fmt: skip
_EVERY = {"weekly": {"en": "every week", "zh": "每周"}, "daily": {"en": "every day", "zh": "每日"}}


@require_safe
def snapshots(request: HttpRequest) -> HttpResponse:
    """List the snapshots, newest first."""
    rows = Snapshot.objects.exclude(state=State.WRITING).select_related("entry")
    if request.GET.get("as") in exports.MEDIA_TYPES:
        return _export(request, list(rows))
    listed = asking.page_of(request, rows)
    context = {
        "crumbs": [{"label": {"en": "Open data", "zh": "开放数据"}}],
        "page": listed,
        "newest": rows.filter(state=State.PUBLISHED).first(),
        "table": {"columns": [*_LIST], "rows": [_listed(one) for one in listed]},
        "every": _EVERY.get(settings.OPEN_DATA),
        "licence": settings.OPEN_DATA_LICENCE,
        "licence_href": described.LICENCES.get(settings.OPEN_DATA_LICENCE, ""),
        "exports": exports.links(request, "portal:open-data"),
        "dictionary": _dictionary(),
    }
    return page(request, "open_data", context)


_LIST = (
    {"label": {"en": "Day", "zh": "日期"}},
    {"label": {"en": "Records", "zh": "记录数"}, "numeric": True},
    {"label": {"en": "Size", "zh": "大小"}, "numeric": True},
    {"label": {"en": "Digest of its checksums (SHA-256)", "zh": "校验和文件摘要（SHA-256）"}},
    {"label": {"en": "Log entry", "zh": "日志条目"}},
)


def _listed(one: Snapshot) -> dict[str, Any]:
    gone = one.state == State.REMOVED
    size: Any = {"en": "files removed", "zh": "文件已移除"} if gone else _size(sum(each["size"] for each in one.files))
    return {
        "cells": [
            {"text": one.name, "href": reverse("portal:open-data-snapshot", args=[one.name])},
            {"number": one.rows}, size, {"hash": one.digest}, _entry(one),
        ]
    }  # fmt: skip


def _entry(one: Snapshot) -> Any:
    index = one.entry.index if one.entry is not None else None
    if index is None:
        return {"en": "waiting for its number", "zh": "等待编号"}
    return {"number": index, "href": f"{reverse('portal:log')}?entry={index}"}


def _size(count: int) -> str:
    """Return bytes as people say them; factors of 1000 (IEC 80000-13)."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 1000)):
        if count >= factor:
            return f"{count / factor:,.1f} {unit}"
    return f"{count} B"


def _dictionary() -> dict[str, Any]:
    return {
        "columns": [
            {"label": {"en": "Column", "zh": "列"}}, {"label": {"en": "Type", "zh": "类型"}},
            {"label": {"en": "What it says", "zh": "含义"}},
        ],
        "rows": [
            {"cells": [{"code": one.name}, {"code": one.type}, _means(one.means, one.values)]} for one in COLUMNS
        ],
    }  # fmt: skip


def _means(means: dict[str, str], values: tuple[str, ...]) -> dict[str, str]:
    if not values:
        return means
    return {"en": f"{means['en']} One of: {', '.join(values)}.", "zh": f"{means['zh']}取值：{'、'.join(values)}。"}


@require_safe
def snapshot(request: HttpRequest, snapshot: str) -> HttpResponse:
    """Show one snapshot: its files, what it covers and lacks, and how to verify it."""
    one = Snapshot.objects.exclude(state=State.WRITING).filter(name=snapshot).select_related("entry").first()
    if one is None:
        raise Http404
    there = writing.folder(one).is_dir()
    context = {
        "crumbs": [
            {"label": {"en": "Open data", "zh": "开放数据"}, "href": reverse("portal:open-data")}, {"label": one.name},
        ],
        "snapshot": one,
        "there": there,
        "files": _files(one) if there else None,
        "proof": there and (writing.folder(one) / described.PROOF).is_file(),
        "entry": _entry(one),
        "licence_href": described.LICENCES.get(one.licence, ""),
        "sources": _sources(one),
        "coverage": [_counted(one, *each) for each in _COUNTED if one.coverage.get(each[0])],
    }  # fmt: skip
    return page(request, "open_data_snapshot", context)


_COUNTED = (
    ("origins", {"en": "By origin", "zh": "按来源方式"}),
    ("statuses", {"en": "By status", "zh": "按状态"}),
    ("schemes", {"en": "By scheme", "zh": "按方案"}),
    ("countries", {"en": "By country", "zh": "按国家或地区"}),
)


def _counted(one: Snapshot, key: str, title: dict[str, str]) -> dict[str, Any]:
    titles = showing.scheme_titles() if key == "schemes" else {}
    named: Any = {"origins": showing.ORIGINS, "schemes": titles}.get(key, {})
    counted = sorted(one.coverage[key].items(), key=lambda pair: (-pair[1], pair[0]))
    rows = []
    for value, count in counted[:40]:
        said: Any = named.get(value, value) or {"en": "not stated", "zh": "未注明"}
        rows.append({"cells": [{"status": value} if key == "statuses" else said, {"number": count}]})
    return {
        "id": key, "title": title,
        "table": {
            "columns": [{"label": title}, {"label": {"en": "Records", "zh": "记录数"}, "numeric": True}], "rows": rows,
        },
    }  # fmt: skip


def _sources(one: Snapshot) -> dict[str, Any]:
    rows = [
        {
            "cells": [
                {"text": told["names"], "href": reverse("portal:source", args=[told["key"]])},
                showing.ORIGINS.get(told["origin"], told["origin"]), {"number": told["records"]},
                {"day": told["as_of"]} if told["as_of"] else {"en": "nothing yet", "zh": "尚无"},
                told["attribution"],
            ],
            "mark": bool(told["late_since"]),
        }
        for told in one.coverage.get("sources", [])
    ]  # fmt: skip
    return {
        "columns": [
            {"label": {"en": "Source", "zh": "来源"}}, {"label": {"en": "Origin", "zh": "来源方式"}},
            {"label": {"en": "Records", "zh": "记录数"}, "numeric": True},
            {"label": {"en": "As stated for", "zh": "截至日期"}}, {"label": {"en": "Its terms", "zh": "使用条款"}},
        ],
        "rows": rows,
    }  # fmt: skip


def _files(one: Snapshot) -> dict[str, Any]:
    rows = [
        {
            "cells": [
                {"text": told["name"], "href": reverse("portal:open-data-file", args=[one.name, told["name"]]),
                 "note": FILES[told["name"]]},
                _size(told["size"]), {"hash": told["sha256"]},
            ]
        }
        for told in one.files
    ]  # fmt: skip
    return {
        "columns": [
            {"label": {"en": "File", "zh": "文件"}}, {"label": {"en": "Size", "zh": "大小"}, "numeric": True},
            {"label": {"en": "SHA-256", "zh": "SHA-256"}},
        ],
        "rows": rows,
    }  # fmt: skip


@require_safe
def file(request: HttpRequest, snapshot: str, file: str) -> HttpResponseBase:
    """Hand over a file of a snapshot, whole or a range of it."""
    one = Snapshot.objects.filter(name=snapshot, state=State.PUBLISHED).first()
    if one is None or file not in described.MEDIA_TYPES:
        raise Http404
    path = writing.folder(one) / file
    told = next((each for each in one.files if each["name"] == file), None)
    if not path.is_file():
        raise Http404
    # The proof is written again when more cosigners have signed; its tag is what it is now.
    digest = told["sha256"] if told else writing.digest_of_file(path)
    return public_file(request, path, media_type=described.MEDIA_TYPES[file], sha256=digest)


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Return the snapshots as a DCAT catalogue, for harvesters of data portals."""
    found = JsonResponse(
        described.catalogue(Snapshot.objects.filter(state=State.PUBLISHED)),
        content_type="application/ld+json", json_dumps_params={"ensure_ascii": False, "indent": 1},
    )  # fmt: skip
    found["Access-Control-Allow-Origin"] = "*"
    found["Cache-Control"] = "public, max-age=3600"
    return found


def _export(request: HttpRequest, rows: list[Snapshot]) -> HttpResponse:
    columns = [
        ("day", gettext("Day")), ("name", gettext("Snapshot")), ("rows", gettext("Records")),
        ("digest", gettext("SHA-256 of its checksums")), ("log_entry", gettext("Log entry")), ("page", gettext("Page")),
    ]  # fmt: skip
    written = [
        {
            "day": one.day, "name": one.name, "rows": one.rows, "digest": one.digest,
            "log_entry": one.entry.index if one.entry else None,
            "page": request.build_absolute_uri(reverse("portal:open-data-snapshot", args=[one.name])),
        }
        for one in rows
    ]  # fmt: skip
    return exports.export(
        request.GET["as"], name="testamur-open-data", columns=[(key, words(title)) for key, title in columns],
        rows=written,
    )  # fmt: skip
