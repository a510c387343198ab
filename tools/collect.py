"""Take from the installed packages what pages and code lists need, and nothing else.

Front-end files go to ``src/testamur/static/vendor``; regions and countries to
``src/testamur/requirements/data/generated``. Both are made, never committed.
"""

from __future__ import annotations

import gettext
import json
import re
import shutil
from pathlib import Path

import pycountry

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "src/testamur/static/vendor"
GENERATED = ROOT / "src/testamur/requirements/data/generated"

#: Text files taken as they are, less the line that names a source map we do not serve.
COPIED = {
    "tabler/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "htmx/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "echarts/echarts.min.js": "echarts/dist/echarts.min.js",
    # Reads QR codes where the browser itself cannot; loaded when a code is first read.
    "qr/decode.js": "qr/decode.js",
    "qr/index.js": "qr/index.js",
}
#: Family on our pages → package; one variable file holds all weights. Slices are loaded by the characters on a page.
FONTS = {
    "Noto Sans": ("noto-sans", {"latin", "latin-ext", "greek", "cyrillic", "vietnamese"}),
    "Noto Sans SC": ("noto-sans-sc", None),
}
#: GB/T 2260 province code → letters of ISO 3166-2:CN, for the names in Latin script.
PROVINCES = (
    "11 BJ 12 TJ 13 HE 14 SX 15 NM 21 LN 22 JL 23 HL 31 SH 32 JS 33 ZJ 34 AH 35 FJ 36 JX 37 SD 41 HA 42 HB 43 HN "
    "44 GD 45 GX 46 HI 50 CQ 51 SC 52 GZ 53 YN 54 XZ 61 SN 62 GS 63 QH 64 NX 65 XJ 71 TW 81 HK 82 MO"
)


def main() -> None:
    if VENDOR.exists():
        shutil.rmtree(VENDOR)
    VENDOR.mkdir(parents=True)
    for target, source in COPIED.items():
        copy_text(MODULES / source, VENDOR / target)
    fonts()
    icons()
    licences()
    GENERATED.mkdir(parents=True, exist_ok=True)
    write("regions.json", regions())
    write("countries.json", countries())


def copy_text(source: Path, target: Path) -> None:
    text = source.read_text(encoding="utf-8")
    text = re.sub(r"\n?(/\*# sourceMappingURL=\S+ \*/|//# sourceMappingURL=\S+)\s*$", "\n", text)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def fonts() -> None:
    """Write ``fonts.css`` with the families' plain names and copy the slices it names."""
    rules = []
    for family, (package, slices) in FONTS.items():
        folder = MODULES / "@fontsource-variable" / package
        css = (folder / "index.css").read_text(encoding="utf-8")
        for name, rule in re.findall(r"/\* (\S+) \*/\s*(@font-face \{.*?\})", css, flags=re.DOTALL):
            part = name.removeprefix(package + "-").removesuffix("-wght-normal")
            if slices is not None and part not in slices:
                continue
            file = re.search(r"url\(\./files/([^)]+)\)", rule)
            if file is None:
                raise SystemExit(f"collect: no file in the rule {name} of {package}")
            target = VENDOR / "fonts" / file[1]
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(folder / "files" / file[1], target)
            rule = re.sub(r"font-family: '[^']+'", f"font-family: '{family}'", rule)
            rules.append(rule.replace("./files/", "fonts/"))
    (VENDOR / "fonts.css").write_text("\n".join(rules) + "\n", encoding="utf-8")


def icons() -> None:
    """Write one sprite of the icons in ``tools/icons.txt``; each symbol's id is the icon's name."""
    symbols = []
    for line in (ROOT / "tools/icons.txt").read_text(encoding="utf-8").splitlines():
        name = line.strip()
        if not name or name.startswith("#"):
            continue
        filled = name.endswith("-filled")
        file = (
            MODULES
            / "@tabler/icons/icons"
            / ("filled" if filled else "outline")
            / f"{name.removesuffix('-filled')}.svg"
        )
        if not file.is_file():
            raise SystemExit(f"collect: tools/icons.txt names {name!r}, which @tabler/icons does not have")
        svg = file.read_text(encoding="utf-8")
        body = " ".join(re.sub(r"^.*?<svg[^>]*>|</svg>.*$", "", svg, flags=re.DOTALL).split())
        look = (
            'fill="currentColor"'
            if filled
            else 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
        )
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24" {look}>{body}</symbol>')
    sprite = '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
    (VENDOR / "icons.svg").write_text(sprite, encoding="utf-8")


def licences() -> None:
    """Lay each package's licence beside its files, as the licences ask."""
    for package in (
        "@tabler/core",
        "@tabler/icons",
        "htmx.org",
        "echarts",
        "qr",
        *(f"@fontsource-variable/{p}" for p, _ in FONTS.values()),
    ):
        for file in sorted((MODULES / package).glob("LICENSE*")):
            target = VENDOR / "licences" / f"{package.replace('/', '-').lstrip('@')}.txt"
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(file, target)
            break


def regions() -> dict[str, object]:
    """GB/T 2260: six-digit code → names and parent, county level and above.

    Names in Latin script exist for the provinces only (ISO 3166-2); ``en`` is absent below them.
    """
    folder = MODULES / "china-division"
    version = json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"]
    pairs = iter(PROVINCES.split())
    letters = dict(zip(pairs, pairs, strict=True))
    nodes: dict[str, dict[str, str]] = {}
    provinces = json.loads((folder / "dist/provinces.json").read_text(encoding="utf-8"))
    elsewhere = [
        {"code": "71", "name": "台湾省"},
        {"code": "81", "name": "香港特别行政区"},
        {"code": "82", "name": "澳门特别行政区"},
    ]
    for row in provinces + [row for row in elsewhere if row["code"] not in {p["code"] for p in provinces}]:
        entry = {"zh": row["name"], "parent": ""}
        subdivision = pycountry.subdivisions.get(code=f"CN-{letters[row['code']]}")
        if subdivision is not None:
            entry["en"] = re.sub(r" (Sheng|Shi|Zizhiqu)$", "", subdivision.name)
        nodes[f"{row['code']}0000"] = entry
    for row in json.loads((folder / "dist/cities.json").read_text(encoding="utf-8")):
        nodes[f"{row['code']}00"] = {"zh": row["name"], "parent": f"{row['provinceCode']}0000"}
    for row in json.loads((folder / "dist/areas.json").read_text(encoding="utf-8")):
        parent = f"{row['cityCode']}00" if f"{row['cityCode']}00" in nodes else f"{row['provinceCode']}0000"
        nodes.setdefault(row["code"], {"zh": row["name"], "parent": parent})
    return {"tree": "gbt2260", "edition": f"china-division {version}", "nodes": dict(sorted(nodes.items()))}


def countries() -> dict[str, object]:
    """ISO 3166-1: two letters → names in English and Chinese, three letters, number."""
    chinese = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=["zh_CN"])
    nodes = {}
    for country in pycountry.countries:
        english = getattr(country, "common_name", country.name)
        translated = chinese.gettext(english)
        nodes[country.alpha_2] = {
            "en": english,
            "zh": translated if translated != english else chinese.gettext(country.name),
            "alpha3": country.alpha_3,
            "numeric": country.numeric,
            "parent": "",
        }
    return {"tree": "iso3166", "edition": f"pycountry {pycountry.__version__}", "nodes": dict(sorted(nodes.items()))}


def write(name: str, content: dict[str, object]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=0, sort_keys=False)
    (GENERATED / name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
