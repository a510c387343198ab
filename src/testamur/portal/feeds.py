"""Atom feeds (RFC 4287) of changes, in pages (RFC 5005), answered from a cache's copy where nothing is new (RFC 9110).

An entry's id is a tag URI (RFC 4151) of the change's number in the line, which never changes; a feed's id is one of
what it is about. A page is the same bytes until its newest entry is another one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import http_date, urlencode
from django.utils.translation import get_language
from django.utils.xmlutils import SimplerXMLGenerator

from testamur.notices.models import Change
from testamur.notices.queries import Page
from testamur.notices.words import number_of
from testamur.portal import showing
from testamur.wording.templatetags.say import words

#: Entries of one page of a feed.
ENTRIES = 50
#: Seconds for which a copy may be shown without asking.
FRESH = 60
#: When a feed without entries was last changed: never.
NEVER = datetime(2026, 1, 1, tzinfo=UTC)


class Paged(Atom1Feed):
    """An Atom feed that says where its first and its next page are."""

    content_type = "application/atom+xml; charset=utf-8"

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        for relation in ("first", "next"):
            if self.feed.get(relation):
                handler.addQuickElement("link", "", {"rel": relation, "href": self.feed[relation]})

    def latest_post_date(self) -> datetime:
        """Return when the newest entry was told; a feed without entries never changed."""
        told = [one["updateddate"] for one in self.items]
        return max(told) if told else NEVER


def follow(kind: str, key: str, **narrowing: str) -> dict[str, str]:
    """Return how to follow what a page shows, as ``portal/_follow.html`` takes it.

    Args:
        kind, key: what a watch would be of.
        narrowing: what narrows the line of changes to it; for a search none: its key is its query string.
    """
    watch = f"{reverse('portal:watch')}?{urlencode({'kind': kind, 'key': key})}"
    if not narrowing:
        return {"watch": watch, "atom": f"{reverse('portal:search-atom')}?{key}", "changes": ""}
    query = urlencode(narrowing)
    return {
        "watch": watch,
        "atom": f"{reverse('portal:changes-atom')}?{query}",
        "changes": f"{reverse('portal:changes')}?{query}",
    }


def answer(
    request: HttpRequest,
    found: Page,
    *,
    title: dict[str, str],
    here: Callable[..., str],
    page: str,
    about: str,
    what: Callable[[Change], dict[str, str]],
) -> HttpResponse:
    """Return a page of changes as an Atom feed, or that the reader's copy is still right.

    Args:
        here: address of the feed, with further parameters.
        page: address of the page that shows the same.
        about: what the feed is of; part of its id.
        what: what happened, in words.
    """
    language, own = get_language() or "en", settings.ORIGIN
    newest = max((one.recorded_at for one in found.rows), default=NEVER)
    stated = f"{request.get_full_path()} {language} {found.next} {[one.pk for one in found.rows]}"
    etag = f'W/"{hashlib.sha256(stated.encode()).hexdigest()[:24]}"'
    response = get_conditional_response(request, etag=etag, last_modified=int(newest.timestamp()))
    if response is None:
        feed = Paged(
            title=f"Testamur: {words(title)}",
            link=own + page,
            description="",
            language=language,
            feed_url=own + request.get_full_path(),
            feed_guid=f"tag:{settings.HOST},2026:changes:{about}",
            author_name="Testamur",
            first=own + here(),
            next=own + here(before=found.next) if found.next else "",
        )
        for one in found.rows:
            _add(feed, one, what(one))
        response = HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)
    response["ETag"], response["Last-Modified"] = etag, http_date(newest.timestamp())
    patch_cache_control(response, public=True, max_age=FRESH)
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


def _add(feed: Any, change: Change, happened: dict[str, str]) -> None:
    feed.add_item(
        title=f"{number_of(change)}: {words(happened)}",
        link=settings.ORIGIN + showing.address(change.attestation),
        description=f"{words(change.issuer.names)} · {change.effective_on.isoformat()}",
        unique_id=f"tag:{settings.HOST},2026:change:{change.pk}",
        updateddate=change.recorded_at,
        pubdate=change.recorded_at,
        categories=[change.kind],
    )
