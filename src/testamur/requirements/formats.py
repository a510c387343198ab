"""The code lists that are known: what the first line of each names, and how its rows become trees."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from testamur.kernel.refusal import _
from testamur.requirements.drafts import Draft, Oddities, Oddity, Row

PLACEHOLDERS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


@dataclass(frozen=True)
class Format:
    """A list that is known.

    Attributes:
        columns: the names in its first line.
        title: what it is called in a refusal.
        read: rows with their lines → trees; ``edition`` is what was asked for, or a name made from the content.
    """

    columns: tuple[str, ...]
    title: str
    read: Callable[[list[tuple[int, Row]], str, Oddities], list[Draft]]


def _repeated(codes: Iterable[tuple[str, str]], odd: Oddities) -> None:
    for code, title in codes:
        odd.append(
            Oddity(
                _("The code {code} stands twice; the second, “{title}”, is left out."), {"code": code, "title": title}
            )
        )


def divisions(rows: list[tuple[int, Row]], edition: str, odd: Oddities) -> list[Draft]:
    """GB/T 2260 as of one day: provinces, prefectures, counties."""
    draft = Draft(
        "regions", edition if edition.startswith("gbt2260") else f"gbt2260-{edition}",
        {"en": "Divisions of China (GB/T 2260)", "zh": "行政区划（GB/T 2260）"}, "gbt-2260@2007",
    )  # fmt: skip
    twice, placeholders = [], 0
    for _line, row in rows:
        code, name = row["code"], row["name_zh"].strip()
        if code in draft.titles:
            twice.append(f"{code} {name}")
            continue
        placeholder = row["level"] == "prefecture" and name in PLACEHOLDERS
        placeholders += placeholder
        draft.put(
            code, {"zh": name, "en": row["name_en"]}, row["parent"],
            level=row["level"], pinyin=row["pinyin"], placeholder=placeholder,
        )  # fmt: skip
    if twice:
        odd.append(
            Oddity(
                _("{count} prefectures without counties stand once more as their own county; once suffices: {codes}."),
                {"count": len(twice), "codes": twice},
            )
        )
    if placeholders:
        odd.append(
            Oddity(
                _("{count} prefectures are placeholders such as 市辖区; they are kept and passed over when browsing."),
                {"count": placeholders},
            )
        )
    return [draft]


def divisions_over_time(rows: list[tuple[int, Row]], edition: str, odd: Oddities) -> list[Draft]:
    """GB/T 2260 at several points in time: one tree of every code there ever was, with its first and last revision."""
    revisions = sorted({row["revision"] for _line, row in rows})
    draft = Draft(
        "regions-over-time", f"gbt2260-{revisions[0]}-{revisions[-1]}",
        {
            "en": "Divisions of China over time (GB/T 2260, with retired codes)",
            "zh": "历年行政区划（GB/T 2260，含已撤销代码）",
        },
        f"gbt-2260@2007, revisions {', '.join(revisions)}",
    )  # fmt: skip
    names: dict[str, dict[str, str]] = {}
    for _line, row in sorted(rows, key=lambda pair: (pair[1]["revision"], pair[0])):
        known = names.setdefault(row["code"], {})
        if row["revision"] in known:
            odd.append(
                Oddity(
                    _("In revision {revision}, {code} stands for “{first}” and for “{second}”; the first is kept."),
                    {
                        "revision": row["revision"],
                        "code": row["code"],
                        "first": known[row["revision"]],
                        "second": row["name_zh"].strip(),
                    },
                )
            )
            continue
        known[row["revision"]] = row["name_zh"].strip()
    skipped = retired = 0
    for code, by_revision in names.items():
        above = _place_above(code, names)
        skipped += above is not None and above.endswith("0000") and not code.endswith("00")
        first, last = min(by_revision), max(by_revision)
        retired += last != revisions[-1]
        draft.put(
            code, {"zh": by_revision[last]}, above,
            first=first, last=last, retired=last != revisions[-1],
            earlier_names=[name for name in dict.fromkeys(by_revision.values()) if name != by_revision[last]],
        )  # fmt: skip
    odd.append(
        Oddity(
            _("{count} codes were in use once and are not in the last revision, {revision}; they are marked retired."),
            {"count": retired, "revision": revisions[-1]},
        )
    )
    if skipped:
        odd.append(
            Oddity(
                _("{count} counties have no prefecture in the list; they stand right below their province."),
                {"count": skipped},
            )
        )
    return [draft]


def _place_above(code: str, known: Iterable[str]) -> str | None:
    """Return what a six-digit code stands below: prefecture if there is one, else province."""
    for above in (f"{code[:4]}00", f"{code[:2]}0000"):
        if above != code and above in known:
            return above
    return None


def industries(rows: list[tuple[int, Row]], edition: str, odd: Oddities) -> list[Draft]:
    """GB/T 4754: sections, divisions, groups, classes; several editions in one file."""
    drafts = {}
    for year in sorted({row["edition"] for _line, row in rows}):
        drafts[year] = draft = Draft(
            "industries", f"gbt-4754-{year}",
            {
                "en": f"Industries of the national economy (GB/T 4754-{year})",
                "zh": f"国民经济行业分类（GB/T 4754-{year}）",
            },
            f"gbt-4754@{year}",
        )  # fmt: skip
        twice = []
        for _line, row in rows:
            if row["edition"] != year:
                continue
            if row["code"] in draft.titles:
                twice.append((f"{row['code']} (GB/T 4754-{year})", row["name_zh"].strip()))
                continue
            draft.put(row["code"], {"zh": row["name_zh"]}, row["parent"])
        _repeated(twice, odd)
        lacking = Counter(parent for parent in draft.parents.values() if parent and parent not in draft.titles)
        for code, parent in list(draft.parents.items()):
            if parent is not None and parent in lacking and parent not in draft.titles:
                # A group with one class is that class: the standard gives both the same name.
                words = draft.titles[code] if lacking[parent] == 1 else {"zh": parent}
                draft.put(parent, words, parent[:-1], added=True)
        if lacking:
            odd.append(
                Oddity(
                    _("GB/T 4754-{year}: {count} groups of a single class are missing; they are added under its name."),
                    {"year": year, "count": len(lacking)},
                )
            )
    return list(drafts.values())


def isic(rows: list[tuple[int, Row]], edition: str, odd: Oddities) -> list[Draft]:
    """ISIC: a code's parent is its code without the last digit; a division's is the section written before it."""
    sections = [row["code"] for _line, row in rows if row["level"] == "section"]
    found = {21: "4", 22: "5"}.get(len(sections), edition)
    draft = Draft(
        "isic", found,
        {
            "en": f"International standard industrial classification (ISIC rev. {found})",
            "zh": f"国际标准行业分类（修订本第{found}版）",
        },
        f"isic@{found}",
    )  # fmt: skip
    section = ""
    for _line, row in rows:
        code = row["code"]
        if row["level"] == "section":
            section = code
        draft.put(code, {"en": row["title_en"]}, None if len(code) == 1 else section if len(code) == 2 else code[:-1])
    return [draft]


def nace(rows: list[tuple[int, Row]], edition: str, odd: Oddities) -> list[Draft]:
    """NACE: the edition shows in its sections; the fifth level is a nation's own and no part of it."""
    found = "2.1" if any(row["code"] == "V" for _line, row in rows) else "2"
    draft = Draft(
        "nace", found,
        {
            "en": f"Economic activities in the European Union (NACE rev. {found})",
            "zh": f"欧盟经济活动统计分类（NACE 第{found}版）",
        },
        f"nace@{found}",
    )  # fmt: skip
    national = 0
    for _line, row in rows:
        if row["level"] == "5":
            national += 1
            continue
        draft.put(row["code"], {"en": row["title_en"]}, row["parent"])
    if national:
        odd.append(
            Oddity(
                _("{count} rows of a fifth, national level are no part of NACE and are left out."), {"count": national}
            )
        )
    return [draft]


def ics(rows: list[tuple[int, Row]], edition: str, odd: Oddities) -> list[Draft]:
    """ICS: fields, groups and sub-groups; several editions in one file."""
    drafts: dict[str, Draft] = {}
    for _line, row in rows:
        number = row["edition"].removeprefix("ed")
        draft = drafts.setdefault(
            number,
            Draft(
                "ics", number,
                {
                    "en": f"International Classification for Standards (edition {number})",
                    "zh": f"国际标准分类法（第{number}版）",
                },
                f"ics@{number}",
            ),
        )  # fmt: skip
        draft.put(row["code"], {"en": row["title_en"]}, row["parent"], notes=_list(row["notes"]))
    return list(drafts.values())


def _list(cell: str) -> list[str]:
    try:
        found = json.loads(cell) if cell else []
    except json.JSONDecodeError:
        found = cell
    return [str(one) for one in found] if isinstance(found, list) else [str(found)]


def countries(rows: list[tuple[int, Row]], edition: str, odd: Oddities) -> list[Draft]:
    """ISO 3166-1: two letters; the usual name where the list gives one."""
    draft = Draft(
        "countries", edition if edition.startswith("iso3166") else f"iso3166-{edition}",
        {"en": "Countries (ISO 3166-1)", "zh": "国家和地区（ISO 3166-1）"}, "iso-3166-1",
    )  # fmt: skip
    for _line, row in rows:
        draft.put(
            row["alpha2"], {"en": row["common_name"] or row["name"]}, None,
            alpha3=row["alpha3"], numeric=row["numeric"], official_name=row["official_name"],
        )  # fmt: skip
    return [draft]


def subdivisions(rows: list[tuple[int, Row]], edition: str, odd: Oddities) -> list[Draft]:
    """ISO 3166-2: what has no parent in the list stands below its country, which the code begins with."""
    draft = Draft(
        "subdivisions", edition if edition.startswith("iso3166") else f"iso3166-2-{edition}",
        {"en": "Subdivisions of countries (ISO 3166-2)", "zh": "国家和地区的行政区划（ISO 3166-2）"}, "iso-3166-2",
    )  # fmt: skip
    for _line, row in rows:
        country = row["code"].partition("-")[0]
        if country not in draft.titles:
            draft.put(country, {"en": country}, None, added=True)
        draft.put(row["code"], {"en": row["name"]}, row["parent"] or country, type=row["type"])
    added = sum(1 for facts in draft.facts.values() if facts.get("added"))
    odd.append(Oddity(_("{count} countries are added as what their subdivisions stand below."), {"count": added}))
    return [draft]


def hs(rows: list[tuple[int, Row]], edition: str, odd: Oddities) -> list[Draft]:
    """Harmonized System: chapters, headings, subheadings; the row of the total says which edition it is."""
    said = next((re.search(r"HS(\d{4})", row["description"]) for _line, row in rows if row["hscode"] == "TOTAL"), None)
    found = said[1] if said else edition
    draft = Draft(
        "hs", found,
        {"en": f"Harmonized System ({found})", "zh": f"商品名称及编码协调制度（{found}年版）"}, f"hs@{found}",
    )  # fmt: skip
    for _line, row in rows:
        if row["hscode"] == row["parent"]:
            odd.append(
                Oddity(_("The row {code} stands below itself; it is a total and is left out."), {"code": row["hscode"]})
            )
            continue
        top = len(row["hscode"]) == 2
        draft.put(
            row["hscode"],
            {"en": row["description"]},
            None if top else row["parent"],
            section=row["section"] if top else "",
        )
    return [draft]


FORMATS = (
    Format(("revision", "code", "name_zh", "source"), "GB/T 2260 over time", divisions_over_time),
    Format(("code", "level", "parent", "name_zh", "pinyin", "name_en"), "GB/T 2260", divisions),
    Format(("edition", "section", "code", "level", "parent", "name_zh"), "GB/T 4754", industries),
    Format(("edition", "code", "parent", "level", "title_en", "notes"), "ICS", ics),
    Format(("code", "parent", "level", "title_en", "valid_from", "valid_to"), "NACE", nace),
    Format(("code", "level", "title_en"), "ISIC", isic),
    Format(("section", "hscode", "description", "parent", "level"), "HS", hs),
    Format(("alpha2", "alpha3", "numeric", "name", "official_name", "common_name"), "ISO 3166-1", countries),
    Format(("code", "name", "type", "parent"), "ISO 3166-2", subdivisions),
)
