"""The badge that holders put on their own pages: live, short-lived, and worth nothing when copied.

It names holder, number and register and leads to the record, so that on somebody else's page it speaks of the one it
was made for. Answers go to any origin, carry no cookie and are kept five minutes at most.
"""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.html import escape
from django.utils.http import quote_etag
from django.utils.translation import get_language, gettext, override
from django.views.decorators.http import require_safe

from testamur.kernel.days import iso
from testamur.kernel.words import Answer, Status
from testamur.portal import showing
from testamur.portal.limits import limited
from testamur.register import answers
from testamur.register.disclosure import public_fields
from testamur.register.models import Attestation
from testamur.register.status import newest_edition
from testamur.wording.templatetags.say import answer_class, status_word, words

#: Seconds a copy of a badge may be kept: what was suspended an hour ago must not still look good.
MAX_AGE = 300
#: Characters of the badge's picture, in units of half a Chinese one, before a line is cut.
LINE = 40
COLOURS = {"valid": "#14663f", "bad": "#a1261c", "held": "#4a4a8f", "silent": "#7a5200", "none": "#4b5563"}
LANGUAGES = {"en": "en", "zh": "zh-hans", "zh-hans": "zh-hans"}


@require_safe
@limited("badge", a_minute=600)
def picture(request: HttpRequest, public_id: str) -> HttpResponse:
    """Draw the badge as SVG, for pages that run no foreign scripts."""
    language = _language(request)
    with override(language):
        facts = badge(public_id)
        state = _state(facts)
        lines = {name: shortened(str(facts[name]), LINE) for name in ("holder", "number")}
        context = {**facts, **lines, "state": state, "colour": COLOURS[facts["colour"]], "host": settings.HOST}
        body = render_to_string("portal/badge.svg", context)
    return _open(request, HttpResponse(body, content_type="image/svg+xml", status=200 if facts["known"] else 404))


@require_safe
@limited("badge", a_minute=600)
def facts(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say what the badge shows as JSON, for the element <testamur-badge>."""
    with override(_language(request)):
        found = badge(public_id)
        found |= {"state": _state(found), "link": gettext("Check it in the register"), "host": settings.HOST}
    return _open(request, JsonResponse(found, status=200 if found["known"] else 404))


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """Serve the element's module at an address that never changes, because it stands on other people's pages."""
    body = (settings.PACKAGE / "static/testamur/badge.js").read_bytes()
    return _open(request, HttpResponse(body, content_type="text/javascript; charset=utf-8"))


def badge(public_id: str) -> dict[str, Any]:
    """Return what a badge says of a record today, in the language that is switched on.

    What is personal, confidential or unknown has no badge: ``known`` is False, and it says that there is no record.
    """
    rows = Attestation.objects.select_related("issuer", "holder", "current").filter(personal=False, confidential=False)
    record = rows.filter(public_id=public_id.upper()[:10]).first() if len(public_id) == 10 else None
    if record is None:
        nothing = {"holder": "", "number": public_id[:10], "issuer": "", "as_of": "", "href": settings.ORIGIN}
        return {**nothing, "known": False, "answer": "no_such_record", "colour": "none"}
    told = answers.answer(record)
    edition = told.edition or newest_edition(record)
    public = public_fields(record, edition)
    answer = str(told.answer)
    if told.answer is Answer.NOT_VALID and told.status is not None and told.status is not Status.VALID:
        answer = str(told.status)
    return {
        "known": True,
        "answer": answer,
        "colour": answer_class(answer),
        "holder": words(showing.holder_of(record, edition)) if "holder" in public else "",
        "number": edition.number if edition is not None else record.public_id,
        "issuer": words(record.issuer.names) if "issuer" in public else "",
        "as_of": iso(told.as_of),
        "href": settings.ORIGIN + showing.address(record),
    }


def _state(facts: dict[str, Any]) -> str:
    word = str(status_word(facts["answer"]))
    return word[:1].upper() + word[1:]


def shortened(text: str, most: int) -> str:
    """Return the text, cut where it is wider than ``most`` halves of a Chinese character."""
    width = 0
    for place, character in enumerate(text):
        width += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if width > most:
            return text[: max(place - 1, 0)].rstrip() + "…"
    return text


def _language(request: HttpRequest) -> str:
    # Asked for in the address and never guessed: the same address must show everybody the same picture.
    return LANGUAGES.get(request.GET.get("lang", "en").lower(), "en")


def _open(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let any page use it, for a short time; a copy that is still right costs no bytes."""
    response["ETag"] = quote_etag(hashlib.sha256(response.content).hexdigest()[:24])
    found = get_conditional_response(request, etag=response["ETag"], response=response) or response
    found["Access-Control-Allow-Origin"] = "*"
    found["Cross-Origin-Resource-Policy"] = "cross-origin"
    found["Cache-Control"] = f"public, max-age={MAX_AGE}"
    found["X-Content-Type-Options"] = "nosniff"
    return found


def picture_address(record: Attestation) -> str:
    """Return where the badge of a record is drawn, in the reader's language, without the host."""
    return f"{reverse('portal:badge', args=[record.public_id])}?lang={_spoken()}"


def _spoken() -> str:
    return "zh" if get_language().startswith("zh") else "en"


def snippets(record: Attestation, number: str) -> list[dict[str, Any]]:
    """Return the texts to copy for a record: the element, and the picture for pages without foreign scripts."""
    page = settings.ORIGIN + showing.address(record)
    element = (
        f'<script type="module" src="{settings.ORIGIN}{reverse("portal:badge-script")}"></script>\n'
        f'<testamur-badge record="{record.public_id}" lang="{_spoken()}"></testamur-badge>'
    )
    said = escape(gettext("Live status of certificate %(number)s") % {"number": number})
    source = settings.ORIGIN + picture_address(record)
    picture = f'<a href="{page}"><img src="{source}" width="320" height="96" alt="{said}"></a>'
    return [
        {"label": {"en": "With a script (live element)", "zh": "使用脚本（实时元素）"}, "text": element},
        {"label": {"en": "Without a script (picture)", "zh": "不用脚本（图片）"}, "text": picture},
    ]
