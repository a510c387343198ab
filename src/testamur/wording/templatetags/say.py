"""Filters that say values in the reader's language. Both screens load them: ``{% load say %}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from testamur.kernel import days
from testamur.kernel.refusal import Refused, _

register = template.Library()

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}

#: Status and answer codes → (class that sets the colour, icon, word). Colour never stands without the other two.
STATUSES: dict[str, tuple[str, str, str]] = {
    "valid": ("valid", "circle-check", _("valid")),
    "suspended": ("bad", "player-pause", _("suspended")),
    "withdrawn": ("bad", "circle-x", _("withdrawn")),
    "cancelled": ("bad", "circle-off", _("cancelled")),
    "expired": ("bad", "clock", _("expired")),
    "gone": ("silent", "file-off", _("no longer listed")),
    "superseded": ("silent", "replace", _("superseded")),
    "not_valid": ("bad", "circle-x", _("not valid")),
    "withheld": ("held", "lock", _("withheld")),
    "not_reporting": ("silent", "antenna-bars-off", _("issuer not reporting")),
    "no_such_record": ("none", "file-off", _("no such record")),
    "covered": ("valid", "circle-check", _("covered")),
    "partly": ("silent", "circle-half-2", _("partly covered")),
    "not_covered": ("bad", "circle-x", _("not covered")),
    "cannot_be_told": ("none", "help-circle", _("cannot be told")),
}

#: Units that rules and schemes name, as people say them; others (W, mm, CNY) say themselves.
UNITS = {
    "persons": _("people"),
    "certificates": _("certificates"),
    "sites": _("sites"),
    "hours": _("hours"),
    "days": _("days"),
    "working days": _("working days"),
    "months": _("months"),
    "years": _("years"),
    "percent": "%",
}

#: Families of documents whose ids read as the designation itself once the prefix is put right.
DESIGNATIONS = (
    (re.compile(r"^iso-(17\d{3})(.*)$"), "ISO/IEC {0}{1}:{year}"),
    (re.compile(r"^iso-(.+)$"), "ISO {0}:{year}"),
    (re.compile(r"^iec-(.+)$"), "IEC {0}:{year}"),
    (re.compile(r"^iaf-(md|id|pl)(\d+)$"), "IAF {0} {1}:{year}"),
    (re.compile(r"^gbt-(.+)$"), "GB/T {0}-{year}"),
    (re.compile(r"^gb-(.+)$"), "GB {0}-{year}"),
    (re.compile(r"^(cnca-[a-z]+-\d+)$"), "{0}:{year}"),
    (re.compile(r"^(cnas-[a-z]+\d+)$"), "{0}:{year}"),
)
#: Key of a document with the year of its edition, as facts carry it: ``gbt-19001@2016``. Versions of schemes
#: (``cn-qms@2026-1``) and clauses (``…#5.4``) are other things.
DOCUMENT_KEY = re.compile(r"(?<![\w@.#/-])[a-z][a-z0-9.-]*@\d{4}(?![\w#-])")
#: Acts that people call by a name. Names of public documents, not messages: they are data in two languages.
ACTS: dict[str, dict[str, str]] = {
    "cn-rca": {"en": "Regulations on Certification and Accreditation", "zh": "《认证认可条例》"},
    "cn-licensing-law": {"en": "Administrative Licensing Law", "zh": "《行政许可法》"},
    "cn-penalty-law": {"en": "Administrative Penalty Law", "zh": "《行政处罚法》"},
    "cn-reconsideration-law": {"en": "Administrative Reconsideration Law", "zh": "《行政复议法》"},
    "cn-product-quality-law": {"en": "Product Quality Law", "zh": "《产品质量法》"},
    "cn-council-2018-3": {"en": "State Council Opinions 2018 No. 3", "zh": "国发〔2018〕3号意见"},
    "cn-order-117": {"en": "Provisions on Compulsory Product Certification", "zh": "《强制性产品认证管理规定》"},
    "cn-marks-measures": {"en": "Measures for Certificates and Marks", "zh": "《认证证书和认证标志管理办法》"},
    "ccaa-registration": {"en": "Registration criteria for certification personnel", "zh": "《认证人员注册准则》"},
    "cnca-ccc-catalogue": {"en": "Compulsory product certification catalogue", "zh": "《强制性产品认证目录》"},
    "cnca-ccc-practice": {"en": "CCC practice", "zh": "强制性认证通行做法"},
    "testamur": {"en": "Platform decision", "zh": "平台规定"},
}


def language() -> str:
    """Return the reader's language as our data texts name it: ``zh`` or ``en``."""
    return "zh" if (get_language() or "en").lower().startswith("zh") else "en"


@register.filter
def words(value: Any) -> str:
    """Pick a text of ``{"en": …, "zh": …}`` by language; another language stands in where one is missing."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        mine = language()
        for key, text in value.items():
            if str(key).lower().split("-")[0] == mine and text:
                return str(text)
        return str(value.get("en") or next((text for text in value.values() if text), ""))
    return str(value)


def _as_date(value: Any, area: str) -> date | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        return days.day_of(value, area) if value.tzinfo else value.date()
    return value if isinstance(value, date) else None


@register.filter
def day(value: Any, area: str = "CN") -> str:
    """Say a civil day: ``22 Nov 2026`` or ``2026年11月22日``. An instant becomes the day it falls on in the area."""
    when = _as_date(value, area)
    if when is None:
        return words(value)
    if language() == "zh":
        return f"{when.year}年{when.month}月{when.day}日"
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


@register.filter
def weekday(value: Any, area: str = "CN") -> str:
    """Say a day near enough to plan for: ``Fri 11 Dec 2026`` or ``2026年12月11日 周五``."""
    when = _as_date(value, area)
    if when is None:
        return words(value)
    name = WEEKDAYS[language()][when.weekday()]
    return f"{day(when)} {name}" if language() == "zh" else f"{name} {day(when)}"


@register.filter
def instant(value: Any, area: str = "CN") -> str:
    """Say an instant in the area's zone, zone named: ``22 Nov 2026 06:00 UTC+8``."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if not isinstance(value, datetime):
        return day(value, area)
    local = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(days.zone(area))
    minutes = int((local.utcoffset() or timedelta()).total_seconds() // 60)
    zone = "UTC" if not minutes else f"UTC{minutes // 60:+d}" + (f":{minutes % 60:02d}" if minutes % 60 else "")
    return f"{day(local.date())} {local:%H:%M} {zone}"


@register.simple_tag
def when(value: Any, style: str = "", area: str = "CN") -> SafeString | str:
    """``{% when value %}``: a ``<time>`` element.

    Days and instants say themselves. ``style``: ``day`` leaves out the time, ``weekday`` adds the weekday, ``short``
    is a weekday and a day without year (a column of a calendar), ``local`` leaves out the zone where the page names it.
    """
    if value in (None, ""):
        return ""
    if isinstance(value, datetime) and style in {"", "local"}:
        said = instant(value, area)
        said = said.rpartition(" ")[0] if style == "local" else said
        return format_html('<time datetime="{}">{}</time>', days.iso(value), said)
    said = weekday(value, area) if style in {"weekday", "short"} else day(value, area)
    if style == "short":
        said = re.sub(r"^\d{4}年| \d{4}$", "", said)
    machine = _as_date(value, area)
    return format_html('<time datetime="{}">{}</time>', machine.isoformat(), said) if machine else said


@register.filter
def number(value: Any) -> str:
    """Group the digits of a whole number or decimal: ``412,306``."""
    if isinstance(value, bool) or value is None:
        return words(value)
    try:
        exact = value if isinstance(value, (int, Decimal)) else Decimal(str(value))
    except InvalidOperation:
        return words(value)
    return f"{exact:,}"


@register.filter
def money(value: Any, currency: str = "CNY") -> str:
    """Say an amount with two decimals: ``CNY 20,500.00`` or ``20,500.00 元``. Takes ``{"amount", "currency"}`` too."""
    if isinstance(value, Mapping):
        value, currency = value.get("amount"), str(value.get("currency") or currency)
    if value in (None, ""):
        return ""
    try:
        amount = f"{Decimal(str(value)):,.2f}"
    except InvalidOperation:
        return words(value)
    if language() == "zh":
        return f"{amount} {'元' if currency == 'CNY' else currency}"
    return f"{currency} {amount}"


@register.filter
def unit(value: Any) -> str:
    """Say a unit in the reader's language."""
    word = UNITS.get(str(value or ""))
    return gettext(word) if word and word != "%" else word or str(value or "")


@register.filter
def shorthash(value: Any) -> str:
    """Shorten a digest to what eyes compare: ``9c41…e07a``. Algorithm prefixes as ``sha256:`` are dropped."""
    digest = str(value or "").rpartition(":")[2]
    return digest if len(digest) <= 12 else f"{digest[:4]}…{digest[-4:]}"


def shown(value: Any) -> str:
    """Say one fact of a refusal in the reader's language; its type decides how."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return ("、" if language() == "zh" else ", ").join(shown(item) for item in value)
    return DOCUMENT_KEY.sub(lambda found: citation(found[0]), words(value))


@register.filter
def refusal(value: Any) -> str:
    """Say a ``Refused``, or another sentence with facts, in the reader's language; other values say themselves."""
    if isinstance(value, Refused):
        return value.sentence(gettext, shown)
    if hasattr(value, "message_id") and hasattr(value, "facts"):
        facts = {
            name: refusal(fact) if hasattr(fact, "message_id") else shown(fact) for name, fact in value.facts.items()
        }
        return gettext(value.message_id).format_map(facts)
    return words(value)


@register.filter
def who_can(value: Any) -> str:
    """Say who can change what a ``Refused`` refused, or nothing where nobody is named."""
    return gettext(value.who) if isinstance(value, Refused) and value.who else ""


@register.filter
def translated(message: Any) -> str:
    """Translate a message id that plain code marked with ``kernel.refusal._``; texts in two languages pick one."""
    return words(message) if isinstance(message, Mapping) or not message else gettext(str(message))


def citation(key: str) -> str:
    """Say a clause key as people cite it: ``cnca-qms-01@2025#5.4.1.4`` → ``CNCA-QMS-01:2025, 5.4.1.4``."""
    document, _at, rest = key.partition("@")
    edition, _hash, clause = rest.partition("#")
    if not rest:
        return key
    if document in ACTS:
        name = words(ACTS[document])
    else:
        name = ""
        for pattern, shape in DESIGNATIONS:
            found = pattern.match(document)
            if found:
                name = shape.format(*(part.upper() for part in found.groups()), year=edition[:4])
                break
        name = name or f"{document} {edition}"
    if not clause or document == "testamur":  # the clauses of our own decisions are names for machines
        return name
    if language() == "zh":
        clause = re.sub(r"^annex\b ?", "附录", clause)
        clause = re.sub(r"^measure (\d+)$", r"第\1项措施", clause)
    article = re.match(r"^art\.?\s*(.+)$", clause)
    if article:
        return f"{name}第{article.group(1)}条" if language() == "zh" else f"{name}, art. {article.group(1)}"
    return f"{name}, {clause}"


@register.filter
def source(key: Any) -> SafeString | str:
    """Cite a clause key, linked to the versioned clause where the portal has a page for it; rule ids say themselves."""
    if not key:
        return ""
    text = str(key)
    document, _hash, clause = text.partition("#")
    href = _address("portal:source", document) if "@" in text else _address("portal:rule", text)
    if not href:
        return format_html('<span class="source">{}</span>', citation(text))
    fragment = f"#{re.sub(r'[^A-Za-z0-9.-]+', '-', clause)}" if clause else ""
    return format_html('<a class="source" href="{}{}">{}</a>', href, fragment, citation(text))


def _address(name: str, *args: str) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.filter
def status_word(code: Any) -> str:
    """Say a status or answer code: ``suspended`` → 暂停. Unknown codes say themselves."""
    return gettext(STATUSES[str(code)][2]) if str(code) in STATUSES else words(code)


@register.filter
def answer_class(code: Any) -> str:
    """Return the colour class of a status or answer code: valid, bad, held, silent or none."""
    known = STATUSES.get(str(code))
    return known[0] if known else (str(code) if str(code) in {"bad", "held", "silent"} else "none")


@register.filter
def answer_icon(code: Any) -> str:
    """Return the icon of a status, an answer code or a colour class."""
    by_class = {"bad": "circle-x", "held": "lock", "silent": "alert-triangle", "none": "circle-dashed"}
    return STATUSES[str(code)][1] if str(code) in STATUSES else by_class.get(str(code), "circle-dashed")


@register.filter
def cell(row: Mapping[str, Any], key: str) -> Any:
    """Look up a value by a key that is itself a variable."""
    return row.get(key, "") if isinstance(row, Mapping) else getattr(row, key, "")
