"""What somebody typed into a page: kept as typed, read into values, and told at its place what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.cache import cache
from django.db import DataError, IntegrityError, transaction
from django.http import HttpRequest, QueryDict
from django.utils.crypto import get_random_string

from testamur.kernel import clock, days
from testamur.kernel.refusal import Refused, _
from testamur.selection.turns import Problems

#: How long a form that was sent is remembered, seconds: a second press, a slow line, a page reloaded.
REMEMBERED = 24 * 60 * 60
SOURCE = "testamur@2026-1#workspace"


class Answers:
    """The answers to one form of a page.

    Reading a value never raises: what is wrong is noted at its field, and ``attempt`` does not act while something is.

    Args:
        request: as it came.
        act: which of the page's forms this is (its hidden ``act``); "" where the page has one.
        initial: what the fields show before anybody typed.

    Attributes:
        sent: this form was sent.
        errors: field → what is wrong with its answer.
        refused: what stands against the whole.
        result: what the action returned.
        again: it had been received before, so nothing was done a second time.
    """

    def __init__(self, request: HttpRequest, act: str = "", initial: Mapping[str, Any] | None = None) -> None:
        self.request = request
        self.act = act
        self.sent = request.method == "POST" and request.POST.get("act", "") == act
        self.initial = dict(initial or {})
        self.errors: dict[str, Refused] = {}
        self.refused: Refused | None = None
        self.result: Any = None
        self.again = False
        self._asked: dict[str, Any] = {}

    # Reading ---------------------------------------------------------------------------------------------------------

    def raw(self, name: str) -> Any:
        """Return what stands in a field: as typed where the form was sent, else what it began with.

        Signs that no text holds and no database keeps (NUL) are left out.
        """
        return self.request.POST.get(name, "").replace("\x00", "") if self.sent else self.initial.get(name, "")

    def text(self, name: str, *, required: bool = False, most: int = 20_000) -> str:
        """Return a text without the spaces around it."""
        text = str(self.raw(name) or "").strip()
        if required and not text:
            self._note(name, _("Write something here."))
        elif len(text) > most:
            self._note(
                name, _("At most {most} characters are kept here; this has {count}."), most=most, count=len(text)
            )
        return text

    def texts(self, name: str, *, required: bool = False) -> dict[str, str]:
        """Return a text by its language: what is written in Chinese characters is Chinese."""
        text = self.text(name, required=required)
        return in_its_language(text)

    def both(self, name: str) -> dict[str, str]:
        """Return a text asked for in both languages, in ``<name>-zh`` and ``<name>-en``."""
        found = {language: self.text(f"{name}-{language}") for language in ("zh", "en")}
        return {language: text for language, text in found.items() if text}

    def day(self, name: str, *, required: bool = True) -> date | None:
        """Return a civil day."""
        typed = str(self.raw(name) or "").strip()
        if not typed:
            if required:
                self._note(name, _("Choose a day."))
            return None
        try:
            return within_reach(date.fromisoformat(typed))
        except ValueError:
            self._note(name, _("“{typed}” is not a day; write it as 2026-03-31."), typed=typed[:40])
            return None

    def instant(self, name: str, *, area: str = "CN", required: bool = True) -> datetime | None:
        """Return an instant written as local day and time (``2026-03-31T09:30``) in the area's zone."""
        typed = str(self.raw(name) or "").strip()
        if not typed:
            if required:
                self._note(name, _("Say when."))
            return None
        try:
            read = datetime.fromisoformat(typed).replace(tzinfo=days.zone(area))
            within_reach(read.date())
            return read.astimezone(UTC)
        except ValueError:
            self._note(name, _("“{typed}” is not a time; write it as 2026-03-31T09:30."), typed=typed[:40])
            return None

    def decimal(self, name: str, *, required: bool = False, unit_of: int | None = None) -> Decimal | None:
        """Return a decimal number; ``unit_of=100`` reads percent as shares."""
        typed = str(self.raw(name) or "").strip().replace("%", "").replace("−", "-")
        if not typed:
            if required:
                self._note(name, _("Write a number."))
            return None
        try:
            value = Decimal(typed)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite():
            self._note(name, _("“{typed}” is not a number; write figures, for example 2.5."), typed=typed)
            return None
        return value / unit_of if unit_of else value

    def number(self, name: str) -> int | None:
        """Return a whole number that the page itself wrote (the row, the version), None where it is not one."""
        raw = str(self.raw(name))
        return int(raw) if raw.isdecimal() else None

    def yes(self, name: str) -> bool:
        """Say whether a box is ticked or *yes* was chosen."""
        return str(self.raw(name)).lower() in {"true", "yes", "on", "1"}

    def several(self, name: str) -> list[str]:
        """Return every value chosen."""
        if self.sent:
            return [value for value in self.request.POST.getlist(name) if value]
        given = self.initial.get(name) or []
        return [str(value) for value in given]

    def chosen(self, name: str, among: Mapping[str, Any], *, required: bool = True) -> Any:
        """Return the object that was chosen by its id; what is not offered is not taken."""
        typed = str(self.raw(name) or "")
        if typed in among:
            return among[typed]
        if required or typed:
            self._note(name, _("Choose one of the answers offered."))
        return None

    def rows(self, name: str) -> list[dict[str, str]]:
        """Return the rows of a table of inputs called ``<name>-<row>-<column>``; empty rows are left out."""
        if not self.sent:
            return [dict(row) for row in self.initial.get(name) or []]
        pattern = re.compile(rf"^{re.escape(name)}-(\d{{1,3}})-([a-z_]+)$")
        found: dict[int, dict[str, str]] = {}
        for key in self.request.POST:
            matched = pattern.match(key)
            if matched:
                found.setdefault(int(matched[1]), {})[matched[2]] = self.request.POST[key].replace("\x00", "").strip()
        return [row for _place, row in sorted(found.items()) if any(row.values())]

    def files(self, name: str) -> list[tuple[str, bytes]]:
        """Return the files that were sent: name and bytes."""
        return [(file.name or "file", file.read()) for file in self.request.FILES.getlist(name)]

    def _note(self, name: str, sentence: str, **facts: Any) -> None:
        self.errors.setdefault(name, Refused(sentence, facts, rule="form", source=SOURCE, field=name))

    # Acting ----------------------------------------------------------------------------------------------------------

    @property
    def once(self) -> str:
        """Return the token by which a form that is sent twice is known."""
        return (self.request.POST.get("once", "") if self.sent else "") or get_random_string(16)

    def attempt(self, act: Callable[[], Any]) -> bool:
        """Act once, and say whether it is done; a refusal stays on the page beside what was typed.

        The same form sent twice is done once: the second press is told so and nothing more happens.
        """
        if not self.sent or self.errors or self.refused or self.request.POST.get("_more"):
            if self.errors or self.refused:
                refused_forms(self.request).append(self)
            return False
        token = self.request.POST.get("once", "")
        key = f"workspace.once.{self.request.user.pk}.{token}" if re.fullmatch(r"[0-9A-Za-z]{16,20}", token) else ""
        if key and not cache.add(key, True, REMEMBERED):
            self.again = True
            return True
        try:
            # What an answer turns out to be while it is read for the act (too long, no day) takes the act back too.
            with transaction.atomic():
                self.result = act()
                if self.errors or self.refused:
                    transaction.set_rollback(True)
        except Refused as refused:
            self.refuse(refused)
        except IntegrityError:
            self.refuse(
                Refused(
                    _("Somebody did the same at the same moment. Look at the page again before you go on."),
                    rule="version",
                    source=SOURCE,
                )
            )
        except DataError:
            # PostgreSQL keeps to its columns' lengths; where the field's own sentence was noted, that one is shown.
            if not self.errors:
                self.refuse(
                    Refused(
                        _("Something written here is too long or cannot be kept. Shorten it, and send it again."),
                        rule="form",
                        source=SOURCE,
                    )
                )
        except BaseException:
            if key:
                cache.delete(key)
            raise
        if self.refused or self.errors:
            if key:
                cache.delete(key)
            refused_forms(self.request).append(self)
            return False
        return True

    @property
    def typed(self) -> list[str]:
        """Return the sentences that were typed, to be shown where the page has no place for the form any more."""
        values = [text.strip() for name in self.request.POST for text in self.request.POST.getlist(name)]
        return [text for text in values if " " in text or any("\u4e00" <= sign <= "\u9fff" for sign in text)]

    def refuse(self, refused: Refused) -> None:
        """Keep a refusal at its field, or above the form where it is about the whole."""
        for one in refused.problems if isinstance(refused, Problems) else [refused]:
            if one.field:
                self.errors.setdefault(one.field, one)
            elif self.refused is None:
                self.refused = one

    # Showing ---------------------------------------------------------------------------------------------------------

    def ask(self, name: str, kind: str, label: Any, **more: Any) -> dict[str, Any]:
        """Return a question as ``{% field %}`` draws it, with what was typed and what is wrong with it."""
        self._asked[name] = label
        value = self.several(name) if kind == "choices" else self.rows(name) if "columns" in more else self.raw(name)
        if "columns" in more and self.sent and self.request.POST.get("_more") == name:
            more["more"] = 1
        return {"id": name, "type": kind, "label": label, "value": value, "error": self.errors.get(name), **more}

    @property
    def summary(self) -> list[dict[str, Any]]:
        """Return the errors as the summary above a form lists them, in the order of the questions."""
        asked = [name for name in self._asked if name in self.errors]
        return [{"id": name, "label": self._asked[name], "text": self.errors[name]} for name in asked]

    @property
    def refusal(self) -> Refused | None:
        """Return what stands against the whole, or an error whose field the page does not show."""
        if self.refused is not None:
            return self.refused
        return next((error for name, error in self.errors.items() if name not in self._asked), None)


#: Years of days that people mean; what lies outside is a slip, and no calendar can count from it.
FIRST_YEAR, LAST_YEAR = 1900, 2199


def within_reach(day: date) -> date:
    """Return a day of our centuries.

    Raises:
        ValueError: a day of others.
    """
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError("no day of these centuries")
    return day


def without_nul(sent: QueryDict) -> QueryDict:
    """Return what was sent without the sign NUL, which no text holds and no database keeps."""
    found = sent.copy()
    for name, texts in list(found.lists()):
        found.setlist(name, [text.replace("\x00", "") for text in texts])
    return found


def refused_forms(request: HttpRequest) -> list[Answers]:
    """Return the forms of this request that were sent and not carried out."""
    found: list[Answers] = request.__dict__.setdefault("refused_forms", [])
    return found


def in_its_language(text: str) -> dict[str, str]:
    """Return ``{"zh": text}`` or ``{"en": text}`` by the script it is written in; nothing for nothing."""
    if not text:
        return {}
    return {"zh" if any("\u4e00" <= sign <= "\u9fff" for sign in text) else "en": text}


def options(rows: Iterable[tuple[Any, Any]]) -> list[dict[str, Any]]:
    """Return (value, label) pairs as a question's options."""
    return [{"id": str(value), "label": label} for value, label in rows]


def now_for_input(area: str = "CN") -> str:
    """Return this minute in the area's zone, as a time input wants it."""
    return clock.now().astimezone(days.zone(area)).strftime("%Y-%m-%dT%H:%M")
