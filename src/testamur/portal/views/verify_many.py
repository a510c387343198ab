"""Verify up to ten thousand numbers, pasted or in a file: a table that sorts, filters, pages and can be taken away.

The list is not kept: it goes along in the form, and every step answers it anew, from the same answers as the API.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.portal import asked_list, exports
from testamur.portal.asked_list import Line
from testamur.portal.frame import page
from testamur.portal.limits import limited
from testamur.portal.views.verify_number import CRUMBS
from testamur.register.answering.questions import Parts, parts_to
from testamur.wording.templatetags.say import refusal, status_word, words

ON_A_PAGE = 100
#: Questions that are put together with one look at the register.
TOGETHER = 500
COLUMNS = (
    ("line", {"en": "Line", "zh": "行"}),
    ("number", {"en": "Number", "zh": "编号"}),
    ("answer", {"en": "Answer", "zh": "结论"}),
    ("coverage", {"en": "Coverage", "zh": "覆盖"}),
    ("holder", {"en": "Holder", "zh": "持有人"}),
    ("issuer", {"en": "Issued by", "zh": "发证机构"}),
    ("until", {"en": "Until", "zh": "截止日"}),
    ("reason", {"en": "Reason", "zh": "理由"}),
    ("source", {"en": "Who vouches", "zh": "由谁载明"}),
    ("as_of", {"en": "Data as of", "zh": "数据截至"}),
)
#: Answers in the order in which somebody wants to see them who looks for what is wrong.
WORST_FIRST = ("wrong", "no_such_record", "withdrawn", "cancelled", "expired", "suspended", "not_valid",
               "not_reporting", "withheld", "valid")  # fmt: skip
COVERAGES = ("not_covered", "cannot_be_told", "partly", "covered")


@dataclass(frozen=True)
class Row:
    """One answer to one line.

    Attributes:
        answer: code of the answer; ``wrong`` where the line could not be read.
        coverage: code, "" where nothing was asked.
    """

    line: int
    number: str
    answer: str
    reason: str
    coverage: str = ""
    holder: str = ""
    issuer: str = ""
    until: date | None = None
    source: str = ""
    as_of: datetime | None = None
    record: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@limited("verify-many", a_minute=30)
def verify_many(request: HttpRequest) -> HttpResponse:
    """Show the form, or the table of answers."""
    context: dict[str, Any] = {
        "crumbs": [{**CRUMBS, "href": reverse("portal:verify")}, {"label": {"en": "Many at once", "zh": "批量"}}],
        "way": "many",
        "most": asked_list.LINES_MOST,
        "numbers": request.POST.get("numbers", "").replace("\0", "")[: asked_list.TEXT_MOST],
    }
    if request.method != "POST":
        return page(request, "verify_many", context)
    try:
        text = _given(request)
        context["numbers"] = text
        lines = asked_list.lines_of(text)
    except Refused as refused:
        field = {"list": "m-file", "file": "m-file"}.get(refused.field, "m-numbers")
        return page(request, "verify_many", {**context, "errors": [{"id": field, "text": refused}]})
    rows = _rows(lines, request)
    chosen = _chosen(rows, request)
    if (form := request.POST.get("as", "")) in exports.MEDIA_TYPES:
        return _export(form, chosen)
    return page(request, "verify_many", {**context, **_table(rows, chosen, request), "lines": len(lines)})


def _given(request: HttpRequest) -> str:
    upload = request.FILES.get("list")
    if upload is not None and not isinstance(upload, list):
        return asked_list.text_of(upload)
    return request.POST.get("numbers", "").replace("\0", "")


def _rows(lines: Sequence[Line], request: HttpRequest) -> list[Row]:
    found: list[Row] = []
    for place in range(0, len(lines), TOGETHER):
        part = lines[place : place + TOGETHER]
        questions = [one.question for one in part if one.question]
        told = iter(parts_to(questions, getattr(request, "membership", None)))
        for one in part:
            if one.question is None:
                found.append(Row(one.place, one.number, "wrong", refusal(one.wrong)))
            else:
                found += [_row(one, answer) for answer in next(told)]
    return found


def _row(line: Line, parts: Parts) -> Row:
    """Return an answer as a row of the table, in the reader's language."""
    status, coverage = parts["status"], parts["coverage"]
    reasons = status["reasons"][:1] + [one for one in (coverage or {}).get("claim", ()) if one["coverage"] != "covered"]
    ended = status["answer"] == "not_valid" and status["status"] in WORST_FIRST
    return Row(
        line.place, line.number, status["status"] if ended else status["answer"], " ".join(map(words, reasons)),
        coverage=coverage["coverage"] if coverage is not None else "",
        holder=words(status.get("holder", "")),
        issuer=words(status["issuer"]["names"]) if "issuer" in status else "",
        until=date.fromisoformat(status["valid_until"]) if status.get("valid_until") else None,
        source=words(status["origin"]) if status["origin"] is not None else "",
        as_of=datetime.fromisoformat(status["as_of"]),
        record=status.get("record", ""),
    )  # fmt: skip


def _chosen(rows: list[Row], request: HttpRequest) -> list[Row]:
    """Return the rows that the filters leave, in the order asked for."""
    answer, coverage = request.POST.get("answer", ""), request.POST.get("coverage", "")
    left = [
        row for row in rows
        if (not answer or row.answer == answer) and (not coverage or row.coverage == coverage)
    ]  # fmt: skip
    return sorted(left, key=ORDERS[_order(request)])


def _order(request: HttpRequest) -> str:
    order = request.POST.get("sort", "")
    return order if order in ORDERS else "line"


ORDERS: dict[str, Callable[[Row], Any]] = {
    "line": lambda row: (row.line,),
    "number": lambda row: (row.number, row.line),
    "answer": lambda row: (WORST_FIRST.index(row.answer) if row.answer in WORST_FIRST else 0, row.line),
    "coverage": lambda row: (COVERAGES.index(row.coverage) if row.coverage in COVERAGES else 9, row.line),
    "holder": lambda row: (not row.holder, row.holder, row.line),
    "until": lambda row: (row.until is None, row.until or date.max, row.line),
}
ORDER_WORDS = {
    "line": {"en": "as in the list", "zh": "按清单顺序"},
    "answer": {"en": "what is wrong first", "zh": "问题优先"},
    "coverage": {"en": "what is not covered first", "zh": "未覆盖优先"},
    "number": {"en": "by number", "zh": "按编号"},
    "holder": {"en": "by holder", "zh": "按持有人"},
    "until": {"en": "what ends first", "zh": "按截止日"},
}


def _table(rows: list[Row], chosen: list[Row], request: HttpRequest) -> dict[str, Any]:
    asked = request.POST.get("page", "")
    listed = Paginator(chosen, ON_A_PAGE).get_page(asked if asked.isascii() and asked.isdigit() else 1)
    answers, coverages = Counter(row.answer for row in rows), Counter(row.coverage for row in rows if row.coverage)
    covers = bool(coverages)
    # One stamp above the table says as of when all of it is; a file says it in each row.
    left_out = {"line", "as_of", *(() if covers else ("coverage",))}
    return {
        "rows": len(rows),
        "page": listed,
        "counted": [{"answer": one, "word": _word(one), "count": answers[one]} for one in WORST_FIRST if answers[one]],
        "covers": [{"answer": one, "word": _word(one), "count": coverages[one]} for one in COVERAGES if coverages[one]],
        "chosen": {name: request.POST.get(name, "") for name in ("answer", "coverage")} | {"sort": _order(request)},
        "orders": [{"key": key, "word": word} for key, word in ORDER_WORDS.items() if covers or key != "coverage"],
        "as_of": clock.now(),
        "forms": [(form, exports.WORDS[form]) for form in exports.MEDIA_TYPES],
        "table": {
            "columns": [{"label": label} for key, label in COLUMNS if key not in left_out],
            "rows": [_cells(row, covers) for row in listed],
        },
    }


def _word(code: str) -> str:
    return gettext("not readable") if code == "wrong" else status_word(code)


def _cells(row: Row, covers: bool) -> dict[str, Any]:
    number: Any = {"code": row.number or "–"}
    if row.record:  # an authority's page leads on from there, so that no row needs its scheme to be asked for
        number |= {"href": reverse("portal:certificate", args=[row.record])}
    word: Any = {"text": _word("wrong")} if row.answer == "wrong" else {"status": row.answer}
    cells = [number, word]
    if covers:
        cells.append({"status": row.coverage} if row.coverage else "")
    cells += [row.holder, row.issuer, {"day": row.until} if row.until else "", row.reason, row.source]
    return {"cells": cells, "mark": row.answer != "valid" or row.coverage in ("not_covered", "partly")}


def _export(form: str, rows: list[Row]) -> HttpResponse:
    columns = [(key, words(label)) for key, label in COLUMNS]
    values = (
        {
            "line": row.line, "number": row.number, "answer": row.answer, "coverage": row.coverage,
            "holder": row.holder, "issuer": row.issuer, "until": row.until, "reason": row.reason, "source": row.source,
            "as_of": row.as_of,
        }
        for row in rows
    )  # fmt: skip
    return exports.export(form, name="testamur-verifications", columns=columns, rows=values, facts={"total": len(rows)})
