"""Answers as the pages of a verification show them: the word, the reasons, who vouches for it, and the signature."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

from django.utils.translation import gettext

from testamur.kernel.words import Answer, Status
from testamur.portal import showing
from testamur.register.answering import signing
from testamur.register.answering.questions import Found, Question, signed_parts
from testamur.register.answers import VerificationAnswer
from testamur.wording.templatetags.say import status_word, words

#: What a record can be asked to cover, beside the day of manufacture, as forms and answers name it.
CLAIM_FIELDS: tuple[tuple[str, dict[str, str]], ...] = (
    ("standard", {"en": "Standard", "zh": "标准"}),
    ("product", {"en": "Product, in words", "zh": "产品（文字）"}),
    ("model", {"en": "Model", "zh": "型号"}),
    ("factory", {"en": "Factory or site", "zh": "生产企业或场所"}),
    ("lot", {"en": "Lot or serial number", "zh": "批号或序列号"}),
    ("destination", {"en": "Country of destination (two letters)", "zh": "目的国（两位字母代码）"}),
)
CLAIM_TITLES = {**dict(CLAIM_FIELDS), "made_on": {"en": "Date of manufacture", "zh": "生产日期"}}
ENDED = (Status.SUSPENDED, Status.WITHDRAWN, Status.CANCELLED, Status.EXPIRED)


def code_of(told: VerificationAnswer) -> str:
    """Return the code whose sign and colour an answer bears: of what is not valid, how it ended."""
    if told.answer is Answer.NOT_VALID and told.status in ENDED:
        return str(told.status)
    return str(told.answer)


def claim_checks(told: VerificationAnswer) -> list[dict[str, Any]]:
    """Return the verdict on each part of a claim, as ``portal/_checks.html`` shows it."""
    return [
        {
            "answer": str(line.coverage),
            "title": f"{words(CLAIM_TITLES.get(line.part, line.part))}: {status_word(line.coverage)}",
            "text": line.why,
            "source": line.why.source,
        }
        for line in told.lines
    ]


def card(found: Found, asked: Question) -> dict[str, Any]:
    """Return one answer with both its parts, signed, as ``portal/_answer.html`` shows it."""
    told, shown = found.told, found.shown
    parts = signed_parts(found)
    status = parts["status"]
    withheld = told.answer is Answer.WITHHELD and "reasons" not in shown
    record = told.attestation
    tail = f"?{urlencode({'holder': asked.holder})}" if record is not None and record.personal else ""
    # The larger word is the worse of the two answers.
    doubted = told.larger != str(told.answer)
    return {
        "answer": str(told.coverage) if doubted else code_of(told),
        "word": gettext(told.headline) if doubted else "",
        "not_valid": told.answer is Answer.NOT_VALID and told.status in ENDED,
        "number": status.get("number"),
        "href": showing.address(record) + tail if record is not None else "",
        "reasons": [] if withheld else (told.reasons if "reasons" in shown else told.reasons[:1]),
        "why": told.reasons[0] if withheld else None,
        "facts": _facts(found),
        "assurance": told.assurance.said if told.assurance is not None else None,
        "conflicts": [] if withheld else [one.said for one in told.conflicts],
        "coverage": str(told.coverage) if told.coverage is not None else "",
        "checks": claim_checks(told) if told.coverage is not None else [],
        "unanswered": asked.claim is not None and told.coverage is None and record is not None,
        "on": told.on,
        "known": told.known,
        "as_of": told.as_of,
        "until": status["until"],
        "signatures": [part["signature"] for part in parts.values() if part is not None],
        "kid": signing.kid(),
    }


def _facts(found: Found) -> list[dict[str, Any]]:
    told, shown = found.told, found.shown
    if told.attestation is None:
        return []
    record, edition = told.attestation, told.edition
    held: Any = {"en": "not shown to the public", "zh": "不向公众显示"}
    if "holder" in shown:
        held = showing.holder_of(record, edition)
    facts: list[dict[str, Any]] = [{"label": {"en": "Held by", "zh": "持有人"}, "value": held}]
    if "issuer" in shown:
        facts.append({"label": {"en": "Issued by", "zh": "发证机构"}, "value": record.issuer.names})
    if told.status is not None:
        facts.append({"label": {"en": "Status", "zh": "状态"}, "value": showing.status_words(told.status)})
    if "dates" in shown and edition is not None:
        until: Any = {"day": edition.expires_on} if edition.expires_on else {"en": "no end", "zh": "长期"}
        facts.append({"label": {"en": "Valid from", "zh": "生效日期"}, "value": {"day": edition.effective_on}})
        facts.append({"label": {"en": "Runs until", "zh": "有效期至"}, "value": until})
    return facts


def address_of(asked: Question) -> str:
    """Return where programs get the same answer."""
    claim = asked.claim
    given: dict[str, Any] = {"holder": asked.holder, "issuer": asked.issuer, "on": asked.on}
    if asked.known is not None:
        given["known"] = asked.known.isoformat()
    if claim is not None:
        given |= {name: getattr(claim, name) for name in CLAIM_TITLES}
    query = urlencode({name: _text(value) for name, value in given.items() if value})
    return f"/api/v1/verifications/{quote(asked.number, safe='')}" + (f"?{query}" if query else "")


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
