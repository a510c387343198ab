"""Find a record by number, name or words; say honestly what it means when there is none."""

from __future__ import annotations

import re
from typing import Any

from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from testamur.kernel import clock
from testamur.kernel.words import Answer
from testamur.notices import searches
from testamur.parties.models import Organisation
from testamur.portal import asking, exports, feeds, showing
from testamur.portal.frame import page
from testamur.portal.limits import limited
from testamur.portal.views.schemes import FAMILIES
from testamur.portal.views.suggest import alike
from testamur.register import queries as register
from testamur.register.answers import by_number, nothing_found
from testamur.register.finding.keeping import waiting
from testamur.register.models import Attestation, Current
from testamur.register.words import number_key
from testamur.wording.templatetags.say import status_word, words

#: Facets whose values are listed, and further filters that an address may carry.
FACETS = (
    "status", "scheme", "family", "issuer", "standard", "industry", "country", "region", "origin", "source",
    "accreditation",
)  # fmt: skip
NARROWING = (*FACETS, "rests_on")
DAYS = ("from_first", "from_last", "until_first", "until_last")
TITLES = {
    "status": {"en": "Status", "zh": "状态"},
    "scheme": {"en": "Scheme", "zh": "认证方案"},
    "family": {"en": "Kind of scheme", "zh": "方案类别"},
    "issuer": {"en": "Issued by", "zh": "发证机构"},
    "standard": {"en": "Standard", "zh": "标准"},
    "country": {"en": "Country", "zh": "国家"},
    "origin": {"en": "Origin", "zh": "来源"},
    "source": {"en": "Told by", "zh": "数据提供方"},
    "accreditation": {"en": "Accreditation", "zh": "认可"},
    "region": {"en": "Region", "zh": "地区"},
    "industry": {"en": "Industry or product group", "zh": "行业或产品类别"},
    "rests_on": {"en": "Rests on", "zh": "依托"},
    "from_first": {"en": "Valid from, not before", "zh": "生效日不早于"},
    "from_last": {"en": "Valid from, not after", "zh": "生效日不晚于"},
    "until_first": {"en": "Runs out, not before", "zh": "届满日不早于"},
    "until_last": {"en": "Runs out, not after", "zh": "届满日不晚于"},
}
SORTS = (
    ("", {"en": "Newest first", "zh": "按日期由新到旧"}),
    ("holder", {"en": "Name", "zh": "名称"}),
    ("number", {"en": "Number", "zh": "编号"}),
    ("until", {"en": "Runs out first", "zh": "按届满日由近到远"}),
)
COLUMNS = (
    ("number", {"en": "Number", "zh": "编号"}),
    ("holder", {"en": "Holder", "zh": "持有人"}),
    ("issuer", {"en": "Issued by", "zh": "发证机构"}),
    ("scheme", {"en": "Scheme", "zh": "认证方案"}),
    ("status", {"en": "Status", "zh": "状态"}),
    ("from", {"en": "From", "zh": "起始日"}),
    ("until", {"en": "Until", "zh": "截止日"}),
    ("standards", {"en": "Standards", "zh": "标准"}),
    ("origin", {"en": "Origin", "zh": "来源"}),
    ("address", {"en": "Page", "zh": "网页"}),
)
#: Records that wait to be indexed and are found within a minute; of more than these it says that it takes longer.
SOON = 10_000
#: What a QR code or a copied address of a page holds.
PAGE_ADDRESS = re.compile(r"/(?:c|acc)/([0-9A-Za-z]{10})\b")


@require_safe
@limited("search", a_minute=120)
@vary_on_headers("HX-Request")
def search(request: HttpRequest) -> HttpResponse:
    """List what is found; a number that one record bears leads to its page."""
    asked = asking.text(request, "q")
    chosen: dict[str, Any] = {name: asking.text(request, name) for name in NARROWING}
    chosen |= {name: asking.day(request, name)[0] for name in DAYS}  # what is no day narrows nothing
    sort = asking.text(request, "sort")
    if request.GET.get("as") in exports.FORMS:
        return _export(request, asked, chosen, sort)
    plain = not any(chosen.values()) and not sort and "page" not in request.GET
    same: list[Attestation] = []
    if asked and plain:
        led = _led_to(asked)
        if led is not None:
            return redirect(led)
        same = [one for one in by_number(asked) if not one.personal]
        if len(same) == 1:
            return redirect(showing.address(same[0]))
    found = register.search(
        asked, **chosen, sort=sort, page=asking.page_number(request), membership=getattr(request, "membership", None)
    )
    if not found.total and plain and _looks_like_number(asked):
        return redirect(f"{reverse('portal:answer')}?{urlencode({'number': asked})}")
    titles, today = showing.scheme_titles(), showing.today()
    listed, behind = _listed(found), waiting(SOON)
    followed = searches.read((name, asking.text(request, name)) for name in request.GET)
    context = {
        "crumbs": [{"label": {"en": "Search", "zh": "查询"}}],
        "comparing": reverse("portal:compare"),
        "find": {
            "action": reverse("portal:search"), "q": asked, "target": "hits",
            "hidden": [{"name": name, "value": str(value)} for name, value in chosen.items() if value],
            "suggest": reverse("portal:suggest"),
        },
        "asked": asked,
        "found": found,
        "same": [showing.hit(one.current, today, titles) for one in same],
        "hits": [showing.hit(row, today, titles) for row in found.rows],
        "facets": _facets(asked, found, titles) | {"days": _days(chosen), "hidden": _kept(chosen, sort)},
        "chips": _chips(request, found, chosen, titles),
        "sorts": _sorts(request, sort),
        "page": listed,
        "behind": min(behind, SOON),
        "far_behind": behind > SOON,
        "follow": feeds.follow("search", followed.key) if followed else {},
        "exports": exports.links(request, "portal:search", parquet=True),
        "near": _near(asked) if not found.total else [],
        "alike": alike(asked, found.total) if listed.number == 1 else [],
        "most": exports.MOST,
    }  # fmt: skip
    return page(request, "search", context)


def _led_to(asked: str) -> str | None:
    """Return the page whose address was typed or scanned."""
    match = PAGE_ADDRESS.search(asked)
    if match is None:
        return None
    row = Attestation.objects.filter(public_id=match[1].upper()).first()
    return showing.address(row) if row else reverse("portal:certificate", args=[match[1].upper()])


def _looks_like_number(asked: str) -> bool:
    key = number_key(asked)
    return len(key) >= 5 and sum(char.isdigit() for char in key) >= 3 and len(asked.split()) <= 3


class _Counted(asking.CappedPaginator):
    """Pages of a search whose rows and count the register has already given."""

    def __init__(self, found: register.Found) -> None:
        super().__init__([], register.PAGE)
        self.most = found.total if found.more else found.total + 1
        self._known = found.total + found.more


def _listed(found: register.Found) -> Page[Any]:
    return Page(found.rows, found.page, _Counted(found))


def _facets(asked: str, found: register.Found, titles: dict[str, dict[str, str]]) -> dict[str, Any]:
    groups = []
    for name in FACETS:
        values = found.facets.get(name, [])
        choices = [
            {
                "value": one.value,
                "label": _label(name, one.value, one.label, titles),
                "count": one.count,
                "more": one.more,
                "checked": one.chosen,
            }
            for one in values
            if one.value
        ]
        if choices:
            everything = {
                "value": "", "label": {"en": "Any", "zh": "不限"}, "count": None,
                "checked": not any(choice["checked"] for choice in choices),
            }  # fmt: skip
            groups.append({"title": TITLES[name], "name": name, "one": True, "choices": [everything, *choices]})
    return {"action": reverse("portal:search"), "q": asked, "groups": groups}


def _days(chosen: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "label": TITLES[name], "value": chosen[name]} for name in DAYS]


def _kept(chosen: dict[str, Any], sort: str) -> list[dict[str, str]]:
    """Return what the form of the facets carries along: what it has no choice for, and the order."""
    kept = {name: str(chosen[name]) for name in NARROWING if name not in FACETS and chosen[name]}
    return [{"name": name, "value": value} for name, value in {**kept, **({"sort": sort} if sort else {})}.items()]


def _label(name: str, value: str, label: Any, titles: dict[str, dict[str, str]]) -> Any:
    if name == "status":
        return status_word(value)
    if name == "family":
        return FAMILIES.get(value, value)
    if name == "origin":
        return showing.ORIGINS.get(value, value)
    return titles.get(value, value) if name == "scheme" else label


def _chips(
    request: HttpRequest, found: register.Found, chosen: dict[str, Any], titles: dict[str, dict[str, str]]
) -> list[dict[str, Any]]:
    chips = []
    for name, value in chosen.items():
        if value:
            rest = request.GET.copy()
            rest.pop(name, None)
            rest.pop("page", None)
            # As the facet calls it, where it is among the values that are listed.
            listed = next((one.label for one in found.facets.get(name, ()) if one.chosen), None)
            label = words(_label(name, str(value), listed or _called(name, str(value)), titles))
            chips.append({"title": TITLES[name], "label": label, "href": _address(rest)})
    return chips


def _called(name: str, value: str) -> Any:
    if name != "issuer":
        return value
    return Organisation.objects.filter(public_id=value).values_list("names", flat=True).first() or value


def _sorts(request: HttpRequest, sort: str) -> list[dict[str, Any]]:
    found = []
    for key, label in SORTS:
        rest = request.GET.copy()
        rest.pop("page", None)
        rest["sort"] = key
        if not key:
            rest.pop("sort")
        found.append({"label": label, "href": _address(rest), "current": key == sort})
    return found


def _address(query: QueryDict) -> str:
    tail = query.urlencode()
    return f"{reverse('portal:search')}{'?' + tail if tail else ''}"


def _export(request: HttpRequest, asked: str, chosen: dict[str, Any], sort: str) -> HttpResponse:
    rows: QuerySet[Current] = register.listing(
        asked, **chosen, sort=sort, membership=getattr(request, "membership", None)
    )
    titles, today = showing.scheme_titles(), showing.today()
    written = [
        {
            "number": row.number,
            "holder": "" if row.confidential or row.personal else row.holder_text,
            "issuer": words(row.issuer.names),
            "scheme": words(titles.get(row.scheme, row.scheme)),
            "status": str(register.status_of(row, today)),
            "from": row.effective_on,
            "until": row.expires_on,
            "standards": row.standards,
            "origin": str(row.attestation.origin),
            "address": request.build_absolute_uri(showing.address(row.attestation)),
        }
        for row in rows[: exports.MOST]
    ]
    return exports.export(
        request.GET["as"],
        name="testamur-search",
        columns=[(key, words(title)) for key, title in COLUMNS],
        rows=written,
        facts={"as_of": clock.now().isoformat(), "q": asked, **{k: str(v) for k, v in chosen.items() if v}},
    )


# ---------------------------------------------------------------- a number with a name, or with no record


@require_safe
@limited("search", a_minute=120)
def answer(request: HttpRequest) -> HttpResponse:
    """Answer a number (and, for persons, a name): the page of the record, a list, or that there is no such record."""
    number, holder = asking.text(request, "number"), asking.text(request, "holder")
    if not number_key(number):
        context = {
            "crumbs": [{"label": {"en": "Answer", "zh": "查验结果"}}],
            "errors": [{"id": "number", "text": gettext("Type a number: it has at least one letter or digit.")}],
            "number": number, "holder": holder,
        }  # fmt: skip
        return page(request, "answer", context)
    found = by_number(number, holder)
    if len(found) == 1:
        tail = f"?{urlencode({'holder': holder})}" if found[0].personal else ""
        return redirect(showing.address(found[0]) + tail)
    titles, today = showing.scheme_titles(), showing.today()
    context = {
        "crumbs": [
            {"label": {"en": "Search", "zh": "查询"}, "href": reverse("portal:search")},
            {"label": {"en": "Answer", "zh": "查验结果"}},
        ],
        "number": number,
        "holder": holder,
        "same": [showing.hit(one.current, today, titles) for one in found],
    }
    if not found:
        context |= no_record(number)
    return page(request, "answer", context)


def no_record(number: str) -> dict[str, Any]:
    """Return verdict, meaning and next steps where no record bears a number. Never "fake": that cannot be told."""
    told = nothing_found()
    assert told.answer is Answer.NO_SUCH_RECORD
    return {
        "verdict": {
            "answer": str(told.answer),
            "why": told.reasons[0],
            "facts": [{"label": {"en": "Number asked", "zh": "所查编号"}, "value": number[:80], "code": True}],
            "day": showing.today(),
            "data_at": told.as_of,
        },
        "means": {
            "may": [
                {"en": "A character was mistyped: 0 and O, 1 and I are easily confused.",
                 "zh": "字符输入有误：0与O、1与I容易混淆。"},
                {"en": "The body has not reported it yet, or does not report here.",
                 "zh": "发证机构尚未报送，或不向本平台报送。"},
                {"en": "It is a person's: those are found only by number and name together.",
                 "zh": "属于个人的证书：须同时提供编号和姓名才能查到。"},
                {"en": "The paper was made up or altered. That alone cannot be told from here.",
                 "zh": "纸质件系编造或涂改。仅凭本结果无法判断。"},
            ],
            "do": [
                {"en": "Compare the number with the paper, sign by sign, or scan its QR code.",
                 "zh": "逐字核对纸质件上的编号，或扫描其二维码。"},
                {"en": "Ask the holder for the credential file and verify it here or offline.",
                 "zh": "请持有人提供凭证文件，在此或离线验证。"},
                {"en": "Ask the body whose name the paper bears.",
                 "zh": "向纸质件上所列的发证机构询问。"},
                {"en": "Do not rely on the paper until this is cleared up, and keep it.",
                 "zh": "查清之前请勿依赖该纸质件，并妥善保存。"},
            ],
        },
        "near": _near(number),
    }  # fmt: skip


def _near(asked: str) -> list[dict[str, Any]]:
    """Return public numbers that differ from the one typed in one character, or in two that changed places."""
    key = number_key(asked)
    if len(key) < 5:
        return []
    first, last = key[: len(key) // 2], key[-(len(key) // 2) :]
    rows = Current.objects.filter(personal=False, confidential=False)
    near = [*rows.filter(number_key__startswith=first)[:300], *rows.filter(number_key__endswith=last)[:300]]
    found = {row.pk: row for row in near if _one_slip(key, row.number_key)}
    return [
        {"number": row.number, "href": showing.address(row.attestation), "name": row.holder_names}
        for row in list(found.values())[:3]
    ]


def _one_slip(typed: str, known: str) -> bool:
    """Say whether two numbers differ by one wrong, one missing, one surplus or two exchanged characters."""
    if typed == known or abs(len(typed) - len(known)) > 1:
        return False
    if len(typed) == len(known):
        wrong = [place for place, (one, other) in enumerate(zip(typed, known, strict=True)) if one != other]
        if len(wrong) == 1:
            return True
        return (
            len(wrong) == 2
            and wrong[1] == wrong[0] + 1
            and typed[wrong[0]] == known[wrong[1]]
            and typed[wrong[1]] == known[wrong[0]]
        )
    longer, shorter = sorted((typed, known), key=len, reverse=True)
    return any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))
