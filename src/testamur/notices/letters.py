"""Letters: made in the reader's language when they are queued, as plain text and HTML, and sent one by one.

No picture, no counted link, nothing that tells us whether it was read. Every letter about a watch can be answered with
one click that ends the watch (RFC 2369, RFC 8058).
"""

from __future__ import annotations

import smtplib
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from testamur.notices import links
from testamur.notices.calling import Answer
from testamur.notices.models import Change, Endpoint, Message, Watch, Watcher
from testamur.notices.subjects import Subject
from testamur.notices.words import KINDS, address_of, number_of
from testamur.parties.models import Account


def ask(watch: Watch, subject: Subject, turn: int) -> Message | None:
    """Ask whether a watch is wanted by whoever reads the address."""
    facts = {"subject": subject, "link": links.confirm(watch.public_id), "page": settings.ORIGIN + subject.page}
    return _put("watch.confirm", f"confirm:{watch.public_id}:{turn}", watch.watcher, facts, watch=watch)


def already(watch: Watch, subject: Subject, turn: int) -> Message | None:
    """Say that a watch is there already, to whoever asked for it again."""
    facts = {"subject": subject, "list": links.listed(watch.watcher.public_id)}
    return _put("watch.already", f"already:{watch.public_id}:{turn}", watch.watcher, facts, watch=watch)


def list_link(watcher: Watcher, turn: int) -> Message | None:
    """Send somebody the link to their own list."""
    facts = {"list": links.listed(watcher.public_id), "count": watcher.watches.count()}
    return _put("watch.list", f"list:{watcher.public_id}:{turn}", watcher, facts)


def changes(watch: Watch, subject: Subject, rows: Sequence[Change], *, more: bool) -> Message | None:
    """Tell what changed since the last letter, oldest first.

    Args:
        more: there is more than is told here.
    """
    facts = {
        "subject": subject,
        "page": settings.ORIGIN + subject.page,
        "lines": [
            {
                "number": number_of(one), "what": KINDS[one.kind], "on": one.effective_on, "issuer": one.issuer.names,
                "link": settings.ORIGIN + address_of(one),
            }
            for one in rows
        ],
        "count": len(rows),
        "more": more,
        "list": settings.ORIGIN + reverse("workspace:watches")
        if watch.watcher.account_id
        else links.listed(watch.watcher.public_id),
    }  # fmt: skip
    once = f"changes:{watch.public_id}:{rows[-1].pk}"
    return _put("watch.changes", once, watch.watcher, facts, watch=watch, unsubscribe=links.stop(watch.public_id))


def endpoint_off(endpoint: Endpoint, account: Account, at: datetime) -> Message | None:
    """Tell somebody who administers an organisation that its webhook is called no more."""
    facts = {
        "endpoint": endpoint,
        "gone": endpoint.disabled_for == "gone",
        "since": endpoint.failing_since,
        "link": settings.ORIGIN + reverse("workspace:organisation-webhook", args=[endpoint.public_id]),
    }
    once = f"off:{endpoint.public_id}:{int(at.timestamp())}:{account.pk}"
    return _put("endpoint.off", once, account, facts)


def _put(kind: str, once: str, to: Watcher | Account, facts: dict[str, Any], **more: Any) -> Message | None:
    from testamur.notices import outbox

    watch, unsubscribe = more.get("watch"), more.get("unsubscribe", "")
    name = kind.replace(".", "_")
    facts = {**facts, "unsubscribe": unsubscribe, "host": settings.HOST, "sample": settings.SAMPLE}
    with translation.override(to.language):
        body = {
            "subject": " ".join(render_to_string(f"notices/mail/{name}_subject.txt", facts).split()),
            "text": render_to_string(f"notices/mail/{name}.txt", facts).strip() + "\n",
            "html": render_to_string(f"notices/mail/{name}.html", facts),
            "unsubscribe": unsubscribe,
            "language": to.language,
        }
    receiver: dict[str, Any] = {"watcher": to, "watch": watch} if isinstance(to, Watcher) else {"account": to}
    return outbox.put(kind, once, body, **receiver)


def send(message: Message) -> Answer:
    """Send a letter to whoever it is for now; never raises what a mail server can answer."""
    began = time.monotonic()
    code, problem = None, ""
    receiver = message.watcher.goes_to if message.watcher is not None else message.account.email  # type: ignore[union-attr]
    headers = {
        "Message-ID": f"<{message.public_id}@{settings.HOST}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": message.body.get("language", "en"),
    }
    if stop := message.body.get("unsubscribe"):
        headers |= {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    letter = EmailMultiAlternatives(
        settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + message.body["subject"],
        message.body["text"],
        settings.DEFAULT_FROM_EMAIL,
        [receiver],
        headers=headers,
    )
    letter.attach_alternative(message.body["html"], "text/html")
    try:
        letter.send()
    except smtplib.SMTPRecipientsRefused as refused:
        code, problem = next((one[0] for one in refused.recipients.values()), None), "the address was refused"
    except smtplib.SMTPResponseException as refused:
        code, problem = refused.smtp_code, "the mail server refused"
    except (OSError, smtplib.SMTPException) as error:
        problem = f"{type(error).__name__}: {error}"
    return Answer(code, problem[:200], "", int((time.monotonic() - began) * 1000))
