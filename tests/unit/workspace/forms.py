"""A person at the pages: reads a page, fills in a form as a browser would send it, and reads what comes back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from html.parser import HTMLParser
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from small_world import PLATFORM
from testamur.journal.models import Event
from testamur.kernel import clock
from testamur.parties.actions import open_account
from testamur.parties.models import Account, Membership
from tests.unit.selection.world import at

BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass
class Form:
    """A form of a page: where it goes and what it would send untouched."""

    ident: str
    action: str
    values: dict[str, list[str]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)  # every control, also those that would send nothing
    files: set[str] = field(default_factory=set)

    @property
    def act(self) -> str:
        return self.values.get("act", [""])[0]


class _Reader(HTMLParser):
    """Collects the forms of a page with the values their controls have."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.loose: list[tuple[str, str, str]] = []
        self.open: Form | None = None
        self.select: tuple[Form, str, list[str], list[str]] | None = None
        self.area: tuple[Form, str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        had = dict(attrs)
        if tag == "form":
            self.open = Form(had.get("id") or "", had.get("action") or "")
            if (had.get("method") or "get").lower() == "post":
                self.forms.append(self.open)
            return
        name, form = had.get("name"), self._form(had.get("form"))
        if tag == "option" and self.select:
            value = had.get("value") or ""
            self.select[2].append(value)
            if "selected" in had:
                self.select[3].append(value)
        if not name or form is None or "disabled" in had:
            return
        if tag == "input":
            kind = had.get("type") or "text"
            if kind in ("submit", "button"):
                return
            form.asked.add(name)
            if kind == "file":
                form.files.add(name)
            elif kind not in ("checkbox", "radio") or "checked" in had:
                form.values.setdefault(name, []).append(had.get("value") or ("on" if kind == "checkbox" else ""))
        elif tag == "select":
            form.asked.add(name)
            self.select = (form, name, [], [])
        elif tag == "textarea":
            form.asked.add(name)
            self.area = (form, name, [])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select" and self.select:
            form, name, options, chosen = self.select
            if chosen or options:
                form.values[name] = chosen or options[:1]
            self.select = None
        elif tag == "textarea" and self.area:
            form, name, text = self.area
            form.values[name] = ["".join(text).removeprefix("\n")]
            self.area = None

    def handle_data(self, data: str) -> None:
        if self.area:
            self.area[2].append(data)

    def _form(self, ident: str | None) -> Form | None:
        if ident:
            return next((one for one in self.forms if one.ident == ident), None)
        return self.open if self.open in self.forms else None


def forms_of(page: str) -> list[Form]:
    """Return the forms of a page that are sent by POST."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms


def text_of(page: str) -> str:
    """Return what a person reads of a page."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", bare)))


@dataclass
class Answer:
    """What came back: the status, where it led, the text of the page, and the form with what was typed."""

    status: int
    to: str
    page: str
    events: list[str]

    @property
    def text(self) -> str:
        return text_of(self.page)

    @property
    def alert(self) -> str:
        """Return what the page says is wrong; "" where it says nothing of the kind."""
        found = re.findall(r'<(\w+)[^>]*role="alert"[^>]*>(.*?)</\1>', self.page, flags=re.S)
        found += re.findall(r'<(\w+)[^>]*class="[^"]*ws-error[^"]*"[^>]*>(.*?)</\1>', self.page, flags=re.S)
        return text_of(" ".join(text for _tag, text in found))


class Desk:
    """Somebody signed in, on a day."""

    def __init__(self, by: Membership, day: date, language: str = "en") -> None:
        # Read anew: what a test before wrote, an account say, was taken back, and the object may remember it.
        by = Membership.objects.select_related("person", "organisation").get(pk=by.pk)
        self.by, self.day = by, day
        self.client = Client()
        account = Account.objects.filter(person=by.person).first() or open_account(
            person=by.person, email=f"{by.public_id.lower()}@sample.example", by=PLATFORM, at=at(day), verified=True,
        )  # fmt: skip
        self.client.force_login(account, backend=BACKEND)
        self.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans" if language == "zh" else "en"

    def address(self, name: str, *args: Any) -> str:
        return name if name.startswith("/") else reverse(f"workspace:{name}", args=args)

    def get(self, name: str, *args: Any, **query: Any) -> Answer:
        with clock.travel(at(self.day, 2)):
            response = self.client.get(self.address(name, *args), query)
        return Answer(response.status_code, response.get("Location", ""), _page(response), [])

    def form(self, name: str, *args: Any, act: str | None = None, having: str = "") -> Form:
        """Return one form of a page, by its act or by a field or value it has."""
        answer = self.get(name, *args)
        assert answer.status == 200, (answer.status, answer.to)
        found = [
            one
            for one in forms_of(answer.page)
            if (act is None or one.act == act)
            and (not having or having in one.asked or any(having in values for values in one.values.values()))
            and not one.action.startswith(("/i18n", "/accounts", "/w/acting"))
        ]
        assert found, f"no such form on {name}: {[(one.act, sorted(one.asked)) for one in forms_of(answer.page)]}"
        found[0].action = found[0].action or self.address(name, *args)
        return found[0]

    def send(self, form: Form, **changes: Any) -> Answer:
        """Send a form with changed answers; ``None`` leaves a control out, files are (name, bytes)."""
        data: dict[str, Any] = {name: list(values) for name, values in form.values.items()}
        for name, value in changes.items():
            if value is None:
                data.pop(name, None)
            else:
                data[name] = [_sent(one) for one in value] if isinstance(value, list) else _sent(value)
        return self.post(form.action, **data)

    def post(self, name: str, *args: Any, **data: Any) -> Answer:
        """Send what one likes to an address, and follow where it leads."""
        before = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
        with clock.travel(at(self.day, 2)):
            response = self.client.post(self.address(name, *args), data)
            page = _page(response)
            to = response.get("Location", "")
            if to.startswith("/") and response.status_code in (302, 303):
                page = _page(self.client.get(to))
        events = list(Event.objects.filter(id__gt=before).order_by("id").values_list("kind", flat=True))
        return Answer(response.status_code, to, page, events)


def _page(response: Any) -> str:
    if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
        return ""
    return response.content.decode()


def _sent(value: Any) -> Any:
    if isinstance(value, tuple):
        name, content = value
        return SimpleUploadedFile(name, content)
    return value.isoformat() if isinstance(value, date) else str(value)


NONSENSE = (
    "\x00", "²", "99999999999999999999", "-1", "1e999999", "NaN", "0001-01-01", "9999-12-31", "x" * 25_000, "'); --",
    "<script>alert(1)</script>", "\u202e\ud7ff", "{facts}", "%(x)s", "🦊",
)  # fmt: skip
