"""A synthetic country of any size: bodies, laboratories, auditors, firms and their certificates, as files a source
would deliver, with irregularities whose list is written apart.

Everything is computed from the seed and a number, nothing is remembered: the same seed gives the same bytes, and four
million certificates take no more memory than four. Firms and certificates stand 1 : 3.6, as in the national figures of
the end of 2024 that the scale is taken from.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from testamur.kernel import days
from testamur.sample.country_words import CITIES, FIRST, FORMS, REASONS, SCHEMES, SECOND, TRADES

#: Certificates to one firm, and to one auditor.
TO_A_FIRM, TO_AN_AUDITOR = 3.6, 80
#: First day for which the source states its list; deliveries follow each other by so many months.
FIRST_DAY, MONTHS = date(2026, 1, 1), 3
#: Audits lie in the years before it.
AUDITED_FROM, AUDITED_DAYS = date(2023, 1, 1), 1050
#: Of a hundred thousand certificates so many bear each of the planted irregularities.
PLANTED = {
    "auditor_in_two_places": 40,
    "audit_far_too_short": 60,
    "issued_before_the_audit_ended": 30,
    "number_of_another": 20,
    "valid_after_withdrawal": 15,
}
#: How the lists are read; the shape is that of every source.
MAPPING = Path(__file__).with_name("country.toml")
_MASK = (1 << 64) - 1


def draw(seed: int, kind: int, number: int) -> int:
    """Return 64 bits that depend on all three (splitmix64, Steele et al. 2014)."""
    state = (seed * 0x9E3779B97F4A7C15 + kind * 0xD1B54A32D192ED03 + number * 0x8CB92BA72F3D8DD7) & _MASK
    for _round in range(2):
        state = (state + 0x9E3779B97F4A7C15) & _MASK
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        state = mixed ^ (mixed >> 31)
    return state


@dataclass(frozen=True)
class Country:
    """What the country is made from.

    Attributes:
        certificates: records of the source, at least 1.
        seed: any whole number; other seeds, other countries.
        deliveries: lists of the source, one a quarter.
        whole: every delivery is a snapshot; else the first is and the others hold only what changed.
    """

    certificates: int
    seed: int = 1
    deliveries: int = 3
    whole: bool = False
    scheme_of: Callable[[int], int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        table = [place for place, one in enumerate(SCHEMES) for _ in range(one[2])]
        object.__setattr__(self, "scheme_of", lambda drawn: table[drawn % 1000])

    @property
    def bodies(self) -> int:
        """Number of bodies: one to 3,500 certificates, as the scale has it, and at least three."""
        return max(3, self.certificates // 3_500)

    @property
    def laboratories(self) -> int:
        """Number of laboratories."""
        return max(2, self.certificates // 2_000)

    @property
    def auditors(self) -> int:
        """Number of auditors."""
        return max(4, self.certificates // TO_AN_AUDITOR)

    @property
    def firms(self) -> int:
        """Number of firms."""
        return max(1, round(self.certificates / TO_A_FIRM))

    def as_of(self, delivery: int) -> date:
        """Return the day for which a delivery (from 0) is stated."""
        return days.add_months(FIRST_DAY, delivery * MONTHS)

    # ------------------------------------------------------------ who there is

    def body(self, number: int) -> dict[str, Any]:
        """Return a body and its accreditation."""
        city = CITIES[draw(self.seed, 1, number) % len(CITIES)]
        brand = _brand(draw(self.seed, 2, number))
        return {
            "key": f"B{number + 1:04d}",
            "name_zh": f"{city[0]}{brand[0]}认证有限公司",
            "name_en": f"{city[1]} {brand[1]} Certification Co., Ltd.",
            "licence": f"EX-R-{2003 + number % 20}-{number + 1:04d}",
            "accreditation": f"EX C{number + 1:04d}-M" if number % 5 < 3 else "",
            "sample": True,
        }

    def laboratory(self, number: int) -> dict[str, Any]:
        """Return a laboratory."""
        city, brand = CITIES[draw(self.seed, 3, number) % len(CITIES)], _brand(draw(self.seed, 4, number))
        return {
            "key": f"EX L{number + 1:05d}", "name_zh": f"{city[0]}{brand[0]}检测中心",
            "name_en": f"{city[1]} {brand[1]} Testing Centre", "sample": True,
        }  # fmt: skip

    def auditor(self, number: int) -> dict[str, Any]:
        """Return an auditor: the register knows them by number, and so does this country."""
        return {"key": f"EX-A-{number + 1:06d}", "body": f"B{self._body_of(number) + 1:04d}", "sample": True}

    def firm(self, number: int) -> tuple[str, str, str, int, int]:
        """Return a firm: identifier, names in both scripts as one text, address, place of its trade, employees."""
        city, brand = CITIES[draw(self.seed, 5, number) % len(CITIES)], _brand(draw(self.seed, 6, number))
        drawn = draw(self.seed, 7, number)
        trade, form = drawn % len(TRADES), FORMS[(drawn >> 8) % len(FORMS)]
        zh = f"{city[0]}{brand[0]}{TRADES[trade][0]}{form[0]}"
        en = f"{city[1]} {brand[1]} {TRADES[trade][1]} {form[1]}"
        address = f"{city[0]}市样例路{drawn % 999 + 1}号"
        return _identifier(number), f"{zh} / {en}", address, trade, 5 + (drawn >> 16) % 400

    def _body_of(self, auditor: int) -> int:
        # A few large bodies have most of the auditors, many small ones a handful.
        share = (draw(self.seed, 8, auditor) >> 11) / (1 << 53)
        return int(self.bodies * share * share)

    # ------------------------------------------------------------ certificates

    def planted(self, number: int) -> str:
        """Return the irregularity that a certificate bears, "" for most."""
        drawn = draw(self.seed, 9, number) % 100_000
        for name, share in PLANTED.items():
            if drawn < share:
                return name if number else ""  # those that repeat another's have one before them
            drawn -= share
        return ""

    def audit(self, number: int) -> tuple[int, date, int]:
        """Return auditor, first day and length in days of the audit behind a certificate.

        An auditor's audits follow each other with room between them, so that nobody is in two places by accident.
        """
        planted = self.planted(number)
        if planted == "auditor_in_two_places" and not self.planted(number - 1):
            return self.audit(number - 1)
        auditor, turn = number % self.auditors, number // self.auditors
        turns = self.certificates // self.auditors + 1
        room = max(AUDITED_DAYS // turns, 6)
        employees = self.firm(self._firm_of(number))[4]
        length = 1 if planted == "audit_far_too_short" else 2 + (employees > 45) + (employees > 175)
        jitter = draw(self.seed, 10, number) % max(room - 4, 1)
        return auditor, AUDITED_FROM + timedelta(turn * room + jitter), length

    def _firm_of(self, number: int) -> int:
        return draw(self.seed, 11, number) % self.firms

    def life(self, number: int) -> list[dict[str, Any] | None]:
        """Return what the source lists of a certificate in each delivery; None where it lists nothing."""
        drawn = draw(self.seed, 12, number)
        born = 0 if drawn % 100 < 94 else (drawn >> 8) % self.deliveries
        row: dict[str, Any] | None = self._first_row(number, self.as_of(born))
        found: list[dict[str, Any] | None] = [*([None] * born), row]
        for delivery in range(born + 1, self.deliveries):
            found.append(row := self._next_row(number, row, delivery))
        return found

    def _first_row(self, number: int, day: date) -> dict[str, Any]:
        auditor, audited, length = self.audit(number)
        planted = self.planted(number)
        firm, name, address, trade, employees = self.firm(self._firm_of(number))
        drawn = draw(self.seed, 13, number)
        scheme, letter, _share, standards = SCHEMES[self.scheme_of(drawn)]
        body = self.body(self._body_of(auditor))
        wait = -1 if planted == "issued_before_the_audit_ended" else 10 + (drawn >> 10) % 30
        issued = audited + timedelta(length + wait)
        renewals, size = (drawn >> 16) % 3, "SML"[employees // 150]
        bearing = number - 1 if planted == "number_of_another" else number
        row = {
            "key": f"EX-{number + 1:08d}",
            "number": f"{body['key'][1:]}{audited.year % 100}{letter}{bearing + 1:07d}R{renewals}{size}",
            "scheme": scheme, "standard": standards[(drawn >> 20) % len(standards)],
            "body": f"{body['name_zh']} / {body['name_en']}", "accreditation": body["accreditation"],
            "laboratory": "", "auditor": f"EX-A-{auditor + 1:06d}",
            "audited_on": audited.isoformat(), "audit_days": length, "employees": employees,
            "holder": name, "uscc": firm, "address": address, "region": "990000", "industry": TRADES[trade][2],
            "scope": f"{TRADES[trade][3]} / {TRADES[trade][4]}",
            "issued_on": issued.isoformat(), "valid_from": issued.isoformat(),
            "valid_until": (days.add_months(issued, 36) - timedelta(1)).isoformat(),
            "status": "valid", "status_on": "", "reason": "", "sample": True,
        }  # fmt: skip
        if scheme == "sample-product":
            row["laboratory"] = f"EX L{(drawn >> 24) % self.laboratories + 1:05d}"
        luck = (drawn >> 40) % 1000
        if planted == "valid_after_withdrawal":
            luck = 0
        for status, share in (("withdrawn", 60), ("cancelled", 35), ("suspended", 45)):
            if luck < share:
                return _ended(row, status, day - timedelta(days=drawn % 60 + 1), drawn)
            luck -= share
        return row

    def _next_row(self, number: int, row: dict[str, Any] | None, delivery: int) -> dict[str, Any] | None:
        if not row:
            return None
        day, drawn = self.as_of(delivery), draw(self.seed, 20 + delivery, number)
        luck = drawn % 1000
        status = row["status"]
        if self.planted(number) == "valid_after_withdrawal" and status == "withdrawn":
            return {**row, "status": "valid", "status_on": "", "reason": ""}
        if status == "suspended" and luck < 500:
            return {**row, "status": "valid", "status_on": "", "reason": ""} if luck < 350 else (
                _ended(row, "withdrawn", day - timedelta(5), drawn)
            )  # fmt: skip
        if status != "valid":
            return row
        if row["valid_until"] < (day + timedelta(30)).isoformat() and luck < 800:
            # Reissued no later than the day it is listed for, and for three years after the cycle that ends
            # (ISO/IEC 17021-1, 9.6.3.2.3): a list never says what will hold on a later day.
            following = date.fromisoformat(row["valid_until"]) + timedelta(1)
            start = min(following, day)
            until = (days.add_months(following, 36) - timedelta(1)).isoformat()
            number_before = str(row["number"])
            renewed = f"{number_before[:-2]}{int(number_before[-2]) + 1}{number_before[-1]}"
            return {**row, "number": renewed, "issued_on": start.isoformat(), "valid_from": start.isoformat(),
                    "valid_until": until}  # fmt: skip
        if luck < 18:
            return _ended(row, "suspended", day - timedelta(drawn >> 20 & 31), drawn)
        if luck < 24:
            return _ended(row, "cancelled", day - timedelta(drawn >> 20 & 31), drawn)
        if luck < 34:
            zh, en = str(row["scope"]).split(" / ")
            return {**row, "scope": f"{zh}（含售后服务） / {en}, with after-sales service"}
        return row

    # ------------------------------------------------------------ files

    def write(self, folder: Path, told: Callable[[int], None] = lambda _count: None) -> dict[str, Any]:
        """Write the country into a folder and return its description, which is ``country.json``.

        Args:
            told: is called with the number of certificates written, now and then.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for name, count, one in (
            ("bodies", self.bodies, self.body), ("laboratories", self.laboratories, self.laboratory),
            ("auditors", self.auditors, self.auditor),
        ):  # fmt: skip
            with _Lines(folder / f"{name}.jsonl") as file:
                for number in range(count):
                    file.add(one(number))
        lists = [_Lines(folder / f"{self.as_of(place)}.jsonl") for place in range(self.deliveries)]
        planted: dict[str, int] = dict.fromkeys(PLANTED, 0)
        with _Lines(folder / "irregularities.jsonl") as irregular:
            for number in range(self.certificates):
                self._write(number, lists)
                if name := self.planted(number):
                    planted[name] += 1
                    irregular.add(self._irregularity(number, name))
                if number % 10_000 == 9_999:
                    told(number + 1)
        for file in lists:
            file.close()
        (folder / "mapping.toml").write_bytes(MAPPING.read_bytes())
        described = {
            "synthetic": True, "seed": self.seed, "certificates": self.certificates, "firms": self.firms,
            "bodies": self.bodies, "laboratories": self.laboratories, "auditors": self.auditors,
            "deliveries": [
                {"file": file.path.name, "as_of": str(self.as_of(place)), "whole": self.whole or place == 0,
                 "rows": file.rows, "sha256": file.digest}
                for place, file in enumerate(lists)
            ],
            "planted": planted,
        }  # fmt: skip
        text = json.dumps(described, ensure_ascii=False, indent=1)
        (folder / "country.json").write_text(text + "\n", encoding="utf-8")
        return described

    def _write(self, number: int, lists: list[_Lines]) -> None:
        before: dict[str, Any] | None = None
        for file, row in zip(lists, self.life(number), strict=True):
            if row is not None and (self.whole or row != before):
                file.add(row)
            before = row

    def _irregularity(self, number: int, name: str) -> dict[str, Any]:
        auditor, audited, length = self.audit(number)
        found = {"kind": name, "key": f"EX-{number + 1:08d}", "auditor": f"EX-A-{auditor + 1:06d}",
                 "audited_on": str(audited), "audit_days": length}  # fmt: skip
        return found | ({"with": f"EX-{number:08d}"} if name in ("auditor_in_two_places", "number_of_another") else {})


class _Lines:
    """A file of JSON Lines that is being written, with its digest."""

    def __init__(self, path: Path) -> None:
        self.path, self.rows, self._digest = path, 0, hashlib.sha256()
        self._file: IO[bytes] = path.open("wb")

    def add(self, row: dict[str, Any]) -> None:
        line = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self._digest.update(line)
        self._file.write(line)
        self.rows += 1

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def _ended(row: dict[str, Any], status: str, on: date, drawn: int) -> dict[str, Any]:
    zh, en = REASONS[status][(drawn >> 30) % len(REASONS[status])]
    since = max(on.isoformat(), str(row["valid_from"]))
    return {**row, "status": status, "status_on": since, "reason": f"{zh} / {en}"}


@lru_cache(maxsize=4096)
def _named(place: int) -> tuple[str, str]:
    first, rest = place % len(FIRST), place // len(FIRST)
    second, third = rest % len(SECOND), rest // len(SECOND)
    zh, en = FIRST[first][0] + SECOND[second][0], FIRST[first][1] + SECOND[second][1]
    return (zh, en) if third == 0 else (zh + SECOND[third - 1][0], en + SECOND[third - 1][1])


def _brand(drawn: int) -> tuple[str, str]:
    return _named(drawn % (len(FIRST) * len(SECOND) * (len(SECOND) + 1)))


def _identifier(number: int) -> str:
    """Return a unified social credit code with a right check character, of a region that there is not (99)."""
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015, without I O S V Z
    digits = []
    rest = number
    for _place in range(8):
        digits.append(letters[rest % 31])
        rest //= 31
    body = "91990000" + "".join(reversed(digits)) + "X"
    total = sum(letters.index(character) * pow(3, place, 31) for place, character in enumerate(body))
    return body + letters[(31 - total % 31) % 31]


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file of JSON Lines."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
