"""Countries by any name a source gives them, and divisions of China by their codes and names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from testamur.register.reporting.values import table, word


class Countries:
    """Words for countries → ISO 3166-1 alpha-2; asked once for each word."""

    def __init__(self, more: Mapping[str, str]) -> None:
        self._known: dict[str, str] = {**_names(), **table(more)}

    def code(self, text: str) -> str:
        """Return the code of a country; empty where the word names none."""
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = self._known.get(word(text), "")
        return found


@cache
def _names() -> dict[str, str]:
    import pycountry

    found: dict[str, str] = {}
    for one in pycountry.countries:
        for key in ("name", "official_name", "common_name", "alpha_2", "alpha_3"):
            if text := getattr(one, key, ""):
                found[word(text)] = one.alpha_2
    # As people write them: ISO's own names are inverted or official.
    usual = {
        "czech republic": "CZ", "south korea": "KR", "korea": "KR", "russia": "RU", "turkey": "TR", "vietnam": "VN",
        "taiwan": "TW", "uk": "GB", "great britain": "GB", "england": "GB", "usa": "US", "iran": "IR", "bolivia": "BO",
        "ivory coast": "CI", "laos": "LA", "macau": "MO", "the netherlands": "NL", "tanzania": "TZ", "venezuela": "VE",
        "中国": "CN", "香港": "HK", "澳门": "MO", "台湾": "TW", "美国": "US", "日本": "JP", "德国": "DE", "韩国": "KR",
        "英国": "GB", "法国": "FR", "意大利": "IT",
    }  # fmt: skip
    return found | usual


class Divisions:
    """Divisions of China (GB/T 2260), where the installation holds them."""

    def __init__(self, titles: Mapping[str, str]) -> None:
        """Take code → Chinese name; empty: nothing is known, so nothing is remarked."""
        self.codes = frozenset(titles)
        names: dict[str, str] = {}
        for code, name in sorted(titles.items(), reverse=True):
            if len(name) < 2:
                continue
            names[name] = code
            # An address leaves the word for the kind of division away: 广东深圳 for 广东省深圳市.
            if code.endswith("00") and len(name) > 2 and name[-1] in "省市":
                names.setdefault(name[:-1], code)
        self._names = names

    def of(self, address: str) -> str:
        """Return the code of the division an address begins in, the lowest that is named; empty where none is."""
        at, found = 0, ""
        if address.startswith("中国"):
            at = 2
        while True:
            for length in range(min(12, len(address) - at), 1, -1):
                code = self._names.get(address[at : at + length], "")
                if code and (not found or code.startswith(found.rstrip("0"))):
                    found, at = code, at + length
                    break
            else:
                return found
