"""Tile maps: places of one size, side by side as they lie, drawn on the server as SVG.

Equal tiles, because the size of a territory says nothing of its certificates, and a small one must be read and touched
as well as a large one. Nothing is said by shade alone: each tile bears its name and its count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Text = Mapping[str, str]
#: Figures of GB/T 2260 → column, row, short Latin letters (ISO 3166-2:CN), names.
PROVINCES: dict[str, tuple[int, int, str, Text]] = {
    code: (int(column), int(row), letters, {"en": en.replace("_", " "), "zh": zh})
    for code, column, row, letters, en, zh in (
        line.split()
        for line in """
        23 6 0 HL Heilongjiang 黑龙江
        15 4 1 NM Inner_Mongolia 内蒙古
        22 6 1 JL Jilin 吉林
        65 0 2 XJ Xinjiang 新疆
        62 1 2 GS Gansu 甘肃
        64 2 2 NX Ningxia 宁夏
        11 4 2 BJ Beijing 北京
        12 5 2 TJ Tianjin 天津
        21 6 2 LN Liaoning 辽宁
        63 1 3 QH Qinghai 青海
        61 2 3 SN Shaanxi 陕西
        14 3 3 SX Shanxi 山西
        13 4 3 HE Hebei 河北
        37 5 3 SD Shandong 山东
        54 0 4 XZ Xizang 西藏
        51 1 4 SC Sichuan 四川
        50 2 4 CQ Chongqing 重庆
        41 3 4 HA Henan 河南
        34 4 4 AH Anhui 安徽
        32 5 4 JS Jiangsu 江苏
        31 6 4 SH Shanghai 上海
        53 1 5 YN Yunnan 云南
        52 2 5 GZ Guizhou 贵州
        42 3 5 HB Hubei 湖北
        36 4 5 JX Jiangxi 江西
        33 5 5 ZJ Zhejiang 浙江
        45 2 6 GX Guangxi 广西
        43 3 6 HN Hunan 湖南
        35 4 6 FJ Fujian 福建
        71 5 6 TW Taiwan 台湾
        44 3 7 GD Guangdong 广东
        81 4 7 HK Hong_Kong 香港
        46 2 8 HI Hainan 海南
        82 3 8 MO Macao 澳门
        """.strip().splitlines()
    )
}
#: Countries by region of the world (UN M49), in the order in which they are drawn.
WORLD: tuple[tuple[Text, str], ...] = (
    ({"en": "Asia", "zh": "亚洲"},
     "AE AF AM AZ BD BH BN BT CN CY GE HK ID IL IN IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY NP OM "
     "PH PK PS QA SA SG SY TH TJ TL TM TR TW UZ VN YE"),
    ({"en": "Europe", "zh": "欧洲"},
     "AD AL AT AX BA BE BG BY CH CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME "
     "MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA XK"),
    ({"en": "Africa", "zh": "非洲"},
     "AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW IO KE KM LR LS LY MA MG ML MR MU MW "
     "MZ NA NE NG RE RW SC SD SH SL SN SO SS ST SZ TD TF TG TN TZ UG YT ZA ZM ZW"),
    ({"en": "Americas", "zh": "美洲"},
     "AG AI AR AW BB BL BM BO BQ BR BS BV BZ CA CL CO CR CU CW DM DO EC FK GD GF GL GP GS GT GY HN HT JM KN KY "
     "LC MF MQ MS MX NI PA PE PM PR PY SR SV SX TC TT US UY VC VE VG VI"),
    ({"en": "Oceania", "zh": "大洋洲"},
     "AS AU CC CK CX FJ FM GU HM KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS"),
)  # fmt: skip
#: Side of a tile and space between two, in units of the drawing; tiles of a row of the world.
WIDE, HIGH, SPACE, A_ROW = 100, 84, 6, 7
#: Steps of shade, each ten times the one before.
STEPS = 5


@dataclass(frozen=True)
class Tile:
    """A place on the map.

    Attributes:
        column, row: from 0.
        short: what stands on it. name: what is read out. count: records. href: where it leads; empty: nowhere.
    """

    column: int
    row: int
    short: str
    name: str
    count: int
    href: str = ""


def step(count: int) -> int:
    """Return the shade of a count: 0 for none, then one for each figure of the number."""
    return min(len(str(count)), STEPS) if count > 0 else 0


def compact(count: int) -> str:
    """Return a count that fits on a tile: three figures at most, the whole one stands in the table."""
    for sign, factor in (("M", 10**6), ("k", 1000)):
        if count >= factor:
            value = count / factor
            return f"{value:.1f}{sign}" if value < 10 else f"{value:.0f}{sign}"
    return str(count)


def draw(tiles: Iterable[Tile], label: str, columns: int = 0) -> SafeString:
    """Return the map as SVG for a page, at least so many columns wide; styles are the page's."""
    listed = list(tiles)
    width = max(max((one.column for one in listed), default=0) + 1, columns)
    height = max((one.row for one in listed), default=0) + 1
    inside = format_html_join("", "{}", ((_tile(one),) for one in listed))
    return format_html(
        '<svg class="t-tiles" viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>',
        width * (WIDE + SPACE) - SPACE, height * (HIGH + SPACE) - SPACE, label, inside,
    )  # fmt: skip


def _tile(one: Tile) -> SafeString:
    x, y = one.column * (WIDE + SPACE), one.row * (HIGH + SPACE)
    inside = format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" rx="6"/><text x="{}" y="{}">{}</text>'
        '<text class="t-tiles__n" x="{}" y="{}">{}</text>',
        x, y, WIDE, HIGH, x + WIDE // 2, y + 36, one.short, x + WIDE // 2, y + 68, compact(one.count),
    )  # fmt: skip
    if one.href and one.count:
        return format_html(
            '<a class="t-tile t-tile--{}" href="{}" aria-label="{}">{}</a>', step(one.count), one.href,
            f"{one.name}: {one.count:,}", inside,
        )  # fmt: skip
    return format_html(
        '<g class="t-tile t-tile--{}" role="img" aria-label="{}">{}</g>', step(one.count),
        f"{one.name}: {one.count:,}", inside,
    )  # fmt: skip
