"""Where the holders of public records are: a tile map and the same as a table, each place leading into the search."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from testamur.kernel import clock
from testamur.kernel.words import Status
from testamur.portal import asking, exports, showing, tiles
from testamur.portal.frame import page
from testamur.portal.limits import limited
from testamur.register import regions
from testamur.requirements.code_lists import GENERATED
from testamur.wording.templatetags.say import language, status_word, words

#: Filters of a search that go along; a place itself is what the map shows.
NARROWING = (
    "scheme", "standard", "status", "issuer", "family", "origin", "source", "accreditation", "industry", "rests_on",
)  # fmt: skip
#: Of these the whole register is counted; any other is counted among the newest hits.
COUNTED = ("scheme", "standard", "status")
CHINA = "CN"
NOWHERE = {"en": "not stated, or not known", "zh": "未注明或无法识别"}


@require_safe
@limited("search", a_minute=120)
def regions_map(request: HttpRequest) -> HttpResponse:
    """Show records by country, or by province of China; also as a file."""
    asked = asking.text(request, "q")
    chosen = {name: value for name in NARROWING if (value := asking.text(request, name))}
    if asked or set(chosen) - set(COUNTED):
        places = regions.of_search(asked, **chosen)
    else:
        places = regions.of_register(**chosen)
    kept = {**({"q": asked} if asked else {}), **chosen}
    china = _china(request, places)
    rows = _provinces(places, kept) if china else _countries(places, kept)
    sort = asking.text(request, "sort")
    if sort.removeprefix("-") in ("name", "count"):
        key = (lambda row: row["count"]) if sort.endswith("count") else (lambda row: row["name"])
        rows = sorted(rows, key=key, reverse=sort.startswith("-"))
    if request.GET.get("as") in exports.MEDIA_TYPES:
        columns = [("code", _("Code")), ("name", _("Place")), ("count", _("Records"))]
        facts = {"as_of": (places.as_of or clock.now()).isoformat(), **kept}
        return exports.export(request.GET["as"], name="testamur-map", columns=columns, rows=rows, facts=facts)
    total = sum(row["count"] for row in rows)
    context = {
        "crumbs": [
            {"label": {"en": "Search", "zh": "查询"}, "href": f"{reverse('portal:search')}?{urlencode(kept)}"},
            {"label": {"en": "Map", "zh": "地图"}},
        ],
        "china": china,
        "maps": _china_map(rows) if china else _world_maps(rows),
        "other": {"label": _("By country"), "href": _address(kept, "world")} if china else (
            {"label": _("Provinces of China"), "href": _address(kept, CHINA)} if places.countries.get(CHINA) else None
        ),
        "legend": [(number, _range(number)) for number in range(1, tiles.STEPS + 1)],
        "table": {
            "columns": [
                {"label": {"en": "Place", "zh": "地区"}, "sort": "name"}, {"label": {"en": "Code", "zh": "代码"}},
                {"label": {"en": "Records", "zh": "记录数"}, "numeric": True, "sort": "count"},
                {"label": {"en": "Share", "zh": "占比"}, "numeric": True},
            ],
            "sorted": sort,
            "rows": [{"cells": _cells(row, total)} for row in rows],
        },
        "total": total,
        "places": places,
        "kept": kept,
        "chosen": [{"title": _TITLES[name], "label": _label(name, value)} for name, value in chosen.items()],
        "asked": asked,
        "schemes": sorted(showing.scheme_titles().items()),
        "scheme": chosen.get("scheme", ""),
        "status": chosen.get("status", ""),
        "standard": chosen.get("standard", ""),
        "statuses": [(str(one), status_word(one)) for one in Status],
        "level": CHINA if china else "world",
        "exports": exports.links(request, "portal:map"),
    }  # fmt: skip
    return page(request, "map", context)


_TITLES = {
    "scheme": {"en": "Scheme", "zh": "认证方案"}, "standard": {"en": "Standard", "zh": "标准"},
    "status": {"en": "Status", "zh": "状态"}, "issuer": {"en": "Issued by", "zh": "发证机构"},
    "family": {"en": "Kind of scheme", "zh": "方案类别"}, "origin": {"en": "Origin", "zh": "来源"},
    "source": {"en": "Told by", "zh": "数据提供方"}, "accreditation": {"en": "Accreditation", "zh": "认可"},
    "industry": {"en": "Industry", "zh": "行业"}, "rests_on": {"en": "Rests on", "zh": "依托"},
}  # fmt: skip


def _label(name: str, value: str) -> str:
    if name == "status":
        return str(status_word(value))
    return words(showing.scheme_titles().get(value, value)) if name == "scheme" else value


def _china(request: HttpRequest, places: regions.Places) -> bool:
    """Say whether provinces are shown: where asked for, else where most of the records are in China."""
    level = asking.text(request, "level")
    if level in (CHINA, "world"):
        return level == CHINA
    return 2 * sum(places.provinces.values()) > sum(places.countries.values())


def _address(kept: dict[str, str], level: str) -> str:
    return f"{reverse('portal:map')}?{urlencode({**kept, 'level': level})}"


def _found(kept: dict[str, str], **place: str) -> str:
    return f"{reverse('portal:search')}?{urlencode({**kept, **place})}"


def _provinces(places: regions.Places, kept: dict[str, str]) -> list[dict[str, Any]]:
    own = {code: country for country, code in regions.OWN_CODES.items()}
    rows = []
    for code, (_column, _row, _letters, names) in tiles.PROVINCES.items():
        # What a register abroad calls by its own code is found by that, and counted in the same tile.
        place = {"country": own[code]} if code in own else {"country": CHINA, "region": code}
        rows.append(_place(code, words(names), places.provinces[code], _found(kept, **place)))
    unknown = sum(count for code, count in places.provinces.items() if code not in tiles.PROVINCES)
    return _with_unknown(rows, unknown)


def _countries(places: regions.Places, kept: dict[str, str]) -> list[dict[str, Any]]:
    names = _names()
    rows = [
        _place(code, words(names.get(code, code)), count, _found(kept, country=code))
        for code, count in places.countries.items() if code
    ]  # fmt: skip
    return _with_unknown(sorted(rows, key=lambda row: (-row["count"], row["name"])), places.countries[""])


def _place(code: str, name: str, count: int, href: str) -> dict[str, Any]:
    return {"code": code, "name": name, "count": count, "href": href}


def _with_unknown(rows: list[dict[str, Any]], unknown: int) -> list[dict[str, Any]]:
    return [*rows, _place("", words(NOWHERE), unknown, "")] if unknown else rows


def _cells(row: dict[str, Any], total: int) -> list[Any]:
    share = f"{100 * row['count'] / total:.1f} %" if total else ""
    name = {"text": row["name"], "href": row["href"]} if row["href"] and row["count"] else row["name"]
    return [name, {"code": row["code"]} if row["code"] else "", {"number": row["count"]}, share]


def _china_map(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    drawn = []
    for row in rows:
        if row["code"] in tiles.PROVINCES:
            column, line, letters, names = tiles.PROVINCES[row["code"]]
            short = names["zh"] if language() == "zh" else letters
            drawn.append(tiles.Tile(column, line, short, row["name"], row["count"], row["href"]))
    return [{"title": "", "svg": tiles.draw(drawn, _("Records by province of China"))}]


def _world_maps(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Draw a group of tiles for each part of the world; countries without a record are left out."""
    known = {row["code"]: row for row in rows}
    maps = []
    for title, codes in tiles.WORLD:
        here = [known[code] for code in codes.split() if code in known]
        drawn = [
            tiles.Tile(place % tiles.A_ROW, place // tiles.A_ROW, row["code"], row["name"], row["count"], row["href"])
            for place, row in enumerate(here)
        ]
        if drawn:
            maps.append({"title": words(title), "svg": tiles.draw(drawn, words(title), columns=tiles.A_ROW)})
    return maps


def _range(number: int) -> str:
    first = 10 ** (number - 1)
    return f"{first:,}+" if number == tiles.STEPS else f"{first:,}–{10 * first - 1:,}"


@lru_cache(maxsize=1)
def _names() -> dict[str, dict[str, str]]:
    """Return the names of countries that set-up collected; without them codes stand for themselves."""
    path = GENERATED / "countries.json"
    if not path.is_file():
        return {}
    nodes = json.loads(path.read_text(encoding="utf-8"))["nodes"]
    return {code: {"en": one["en"], "zh": one["zh"]} for code, one in nodes.items()}
