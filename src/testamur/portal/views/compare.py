"""Two records side by side, with what differs said in words: a paper and its successor, or two that look alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from testamur.portal import asking, showing
from testamur.portal.frame import page
from testamur.portal.limits import limited
from testamur.register import answers
from testamur.register.disclosure import disclosed_to, public_fields
from testamur.register.line_words import lines_words
from testamur.register.models import Attestation, Edition
from testamur.register.status import newest_edition
from testamur.wording.templatetags.say import status_word, words

SIDES = ("a", "b")
#: A row: what it is about, what either side says.
Rows = dict[str, tuple[Any, Any]]
HIDDEN = {"en": "not shown to the public", "zh": "不向公众显示"}


@require_safe
@limited("page", a_minute=300)
def compare(request: HttpRequest) -> HttpResponse:
    """Show two records, each named by its public id or its number, beside each other."""
    errors: list[dict[str, str]] = []
    asked = {side: asking.text(request, side) for side in SIDES}
    chosen = [one[: asking.LONGEST] for one in request.GET.getlist("with")]
    if chosen:
        if len(chosen) != len(SIDES):
            said = gettext("Choose two records to compare; you chose %(n)s.") % {"n": len(chosen)}
            errors.append({"id": "a", "text": said})
        asked = {side: asked[side] or one for side, one in zip(SIDES, [*chosen, ""], strict=False)}
    found = [_record(request, side, asked[side], errors) for side in SIDES]
    one, other = found
    context: dict[str, Any] = {
        "crumbs": [
            {"label": {"en": "Search", "zh": "查询"}, "href": reverse("portal:search")},
            {"label": {"en": "Compare", "zh": "比较"}},
        ],
        "asked": asked,
        "errors": errors,
    }
    if one is not None and other is not None:
        context |= _beside(_Side(request, one), _Side(request, other))
    return page(request, "compare", context, status=404 if errors and all(asked.values()) else 200)


def _record(request: HttpRequest, side: str, asked: str, errors: list[dict[str, str]]) -> Attestation | None:
    """Return the one record that an id or a number names; what hinders it becomes an error beside the field."""
    if not asked:
        return None
    rows = Attestation.objects.select_related("issuer", "holder", "person", "source", "current")
    record = rows.filter(public_id=asked.upper()).first() if len(asked) == 10 and asked.isalnum() else None
    if record is not None:
        return record
    same = answers.by_number(asked)
    if len(same) == 1:
        return rows.get(pk=same[0].pk)
    said = (
        gettext("Several records bear this number; open the one you mean and compare from there.")
        if same
        else gettext("No record bears this number or id. Compare it with the paper, sign by sign.")
    )
    errors.append({"id": side, "text": said})
    return None


class _Side:
    """What one record says of itself to whoever asks."""

    def __init__(self, request: HttpRequest, record: Attestation) -> None:
        disclosed = disclosed_to(record, getattr(request, "membership", None))
        self.record = record
        self.told = answers.answer(record, disclosed=disclosed)
        edition = self.told.edition or newest_edition(record)
        assert edition is not None  # a record has one from its first instant
        self.edition: Edition = edition
        self.public = public_fields(record, self.edition)
        if disclosed:
            self.public |= {"holder", "issuer", "dates", "requirements", "scope_statement", "scope"}
        elif record.personal:
            self.public -= {"holder"}

    @property
    def title(self) -> dict[str, Any]:
        """Return the number with the address of its page."""
        return {"code": self.edition.number, "href": showing.address(self.record)}

    def said(self) -> Iterator[tuple[str, dict[str, str], Any]]:
        """Yield (key of a row, what it is about, what is said); nothing is said of what is not public."""
        record, edition = self.record, self.edition
        status = str(self.told.status) if self.told.status else ""
        scheme = showing.scheme_titles().get(record.scheme_id_text, {"en": record.scheme_id_text})
        yield "status", {"en": "Status today", "zh": "当前状态"}, status_word(status) if status else ""
        yield "holder", {"en": "Held by", "zh": "持有人"}, self._public("holder", showing.holder_of(record, edition))
        yield "issuer", {"en": "Issued by", "zh": "发证机构"}, self._public("issuer", record.issuer.names)
        yield "scheme", {"en": "Scheme", "zh": "认证方案"}, scheme
        listed = [str(row.get("designation") or row.get("key", "")) for row in edition.requirements]
        yield "standards", {"en": "Standards", "zh": "标准"}, self._public("requirements", ", ".join(sorted(listed)))
        yield "for", {"en": "For", "zh": "范围"}, self._public("scope_statement", edition.statement)
        yield from self._scope()
        yield "from", {"en": "Valid from", "zh": "生效日"}, self._public("dates", edition.effective_on)
        runs_out = edition.expires_on or {"en": "no end", "zh": "长期"}
        yield "until", {"en": "Runs until", "zh": "有效期至"}, self._public("dates", runs_out)
        yield "edition", {"en": "Edition", "zh": "版次"}, edition.edition
        yield "origin", {"en": "Origin", "zh": "来源"}, showing.ORIGINS[record.origin]
        source = record.source.names if record.source is not None else ""
        yield "source", {"en": "Told by", "zh": "数据提供方"}, source

    def _scope(self) -> Iterator[tuple[str, dict[str, str], Any]]:
        """Yield each dimension of the coded scope with all its values."""
        if "scope" not in self.public:
            return
        lines = [line.line for line in self.edition.lines.all()]
        by_dimension: dict[str, tuple[Any, list[str]]] = {}
        for pairs in lines_words(lines, self.edition):
            for name, value in pairs:
                values = by_dimension.setdefault(str(name.get("en", "")), (name, []))[1]
                if (text := words(value)) not in values:
                    values.append(text)
        for key, (name, values) in by_dimension.items():
            yield f"scope {key}", name, gettext(", ").join(sorted(values))

    def _public(self, field: str, value: Any) -> Any:
        return value if field in self.public else HIDDEN


def _beside(one: _Side, other: _Side) -> dict[str, Any]:
    """Return the rows of both, in the order of the first; a row that only one has differs."""
    left, right = ({key: (title, value) for key, title, value in side.said()} for side in (one, other))
    order = [*left, *(key for key in right if key not in left)]
    order.sort(key=lambda key: _place(key))
    rows = []
    for key in order:
        title = (left.get(key) or right[key])[0]
        values = [said[key][1] if key in said else "" for said in (left, right)]
        if any(words(value) if isinstance(value, dict) else value for value in values):
            rows.append({"title": title, "values": values, "differs": values[0] != values[1]})
    return {
        "titles": [one.title, other.title],
        "rows": rows,
        "differing": sum(row["differs"] for row in rows),
        "same_record": one.record.pk == other.record.pk,
    }


def _place(key: str) -> int:
    known = ("status", "holder", "issuer", "scheme", "standards", "for", "scope", "from", "until", "edition", "origin",
             "source")  # fmt: skip
    return known.index(key.partition(" ")[0])
