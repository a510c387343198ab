"""What a printed certificate says: taken from the edition and its credential, in the words of both languages."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import segno
from django.conf import settings

from testamur.attestation import credentials
from testamur.files import typesetting
from testamur.register.line_words import lines_words
from testamur.register.models import Credential, Edition, PartyInRole
from testamur.verification.verdict import KIND_WORDS

TEMPLATES = Path(__file__).resolve().parent / "templates"
#: Family of a scheme's document where its template or form has no sheet of that name.
SHEETS = {"qualification": "laboratory", "declaration": "product", "competence": "licence", "registration": "person"}
OTHERWISE = "management-system"
#: Kinds of authority and roles in Chinese, as a sheet prints them beside the English word.
KINDS = {
    "law": "法定授权", "licence": "批准号", "competence": "授权权限", "accreditation": "认可证书号",
    "designation": "指定", "qualification": "资质认定", "registration": "注册", "recognition": "互认",
}  # fmt: skip
ROLES: dict[str, dict[str, str]] = {
    "client": {"en": "Client", "zh": "认证委托人"},
    "manufacturer": {"en": "Manufacturer", "zh": "制造商"},
    "factory": {"en": "Factory", "zh": "生产企业"},
    "brand_owner": {"en": "Brand owner", "zh": "品牌所有者"},
    "importer": {"en": "Importer", "zh": "进口商"},
    "agent": {"en": "Agent", "zh": "代理人"},
}


def template_of(edition: Edition, known: list[str]) -> str:
    """Return the sheet of an edition's scheme: by the form, then by the template that the scheme names."""
    rules = edition.scheme.definition.attestation if edition.scheme is not None else None
    if rules is None:
        return OTHERWISE
    for name in (SHEETS.get(rules.form), rules.template, SHEETS.get(rules.template)):
        if name in known:
            return str(name)
    return OTHERWISE


def address_of(one: Credential) -> str:
    """Return what the QR code says: the credential's id, and behind ``#`` the first characters of its digest."""
    return f"{credentials.address(one)}#{one.digest[:16]}"


def facts_of(one: Credential) -> dict[str, Any]:
    """Return everything that a sheet shows, as JSON."""
    edition = one.edition
    named = list(edition.parties.order_by("id"))
    holder = next(party for party in named if party.role == PartyInRole.Role.HOLDER)
    columns, lines = _lines(edition)
    return {
        "number": edition.number,
        "title": _texts(edition.title),
        "edition": edition.edition,
        "issuer": {"names": _texts(edition.attestation.issuer.names)},
        "holder": {"names": _texts(holder.names), "address": _texts(holder.address)},
        "parties": [
            {"role": ROLES[party.role], "names": _texts(party.names)} for party in named if party.role in ROLES
        ],
        "standards": [str(row.get("designation") or row.get("key")) for row in edition.requirements],
        "statement": _texts(edition.statement),
        "conditions": _texts(edition.conditions),
        "condition": _texts(edition.shown.get("validity_condition") or {}),
        "mode": _texts(edition.mode),
        "models": [str(model) for model in edition.shown.get("models", [])],
        "trademark": _word(edition.shown.get("trademark")),
        "grade": _grade(edition),
        "authorities": [
            {"kind": _kind(row["kind"]), "number": row["number"]}
            for row in edition.shown.get("authorities", [])
        ],
        "columns": columns,
        "lines": lines,
        "sites": [
            {"names": _texts(site.names), "address": _texts(site.address), "statement": _texts(site.statement)}
            for site in edition.sites.order_by("-central", "id")
        ],
        "issued": edition.issued_on.isoformat(),
        "effective": edition.effective_on.isoformat(),
        "expires": edition.expires_on.isoformat() if edition.expires_on else None,
        "prevails": edition.authoritative,
        "sample": edition.attestation.sample,
        "address": credentials.address(one),
        "qr": _qr(address_of(one)),
        "jwt": one.jwt,
        "twin": json.dumps(one.twin, ensure_ascii=False, indent=1) if one.twin else None,
        "host": settings.HOST,
    }  # fmt: skip


def _kind(kind: str) -> dict[str, str]:
    return {"en": KIND_WORDS.get(kind, kind).capitalize(), "zh": KINDS.get(kind, kind)}


def _lines(edition: Edition) -> tuple[list[dict[str, str]], list[list[dict[str, str]]]]:
    rows = list(lines_words([line.line for line in edition.lines.all()], edition))
    columns: list[dict[str, str]] = []
    for row in rows:
        columns += [dict(name) for name, _value in row if dict(name) not in columns]
    cells = [[next((_texts(value) for name, value in row if dict(name) == column), {}) for column in columns]
             for row in rows]  # fmt: skip
    return [_texts(column) for column in columns], cells


def _texts(names: Any) -> dict[str, str]:
    """Return the English and Chinese of a text; another language stands in for a missing English one."""
    found = {str(tag): str(text) for tag, text in dict(names or {}).items() if text}
    chinese = next((text for tag, text in found.items() if tag.startswith("zh")), "")
    other = found.get("en") or next((text for tag, text in found.items() if not tag.startswith("zh")), "")
    return {key: text for key, text in (("zh", chinese), ("en", other)) if text}


def _word(value: Any) -> str:
    if isinstance(value, dict):
        return " · ".join(dict.fromkeys(_texts(value).values()))
    return str(value or "")


def _grade(edition: Edition) -> str:
    if not edition.grade or edition.scheme is None:
        return edition.grade
    grades = edition.scheme.definition.grades
    return next((_word(dict(one.title)) for one in grades if one.id == edition.grade), edition.grade)


def _qr(text: str) -> str:
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="svg", border=2, dark="#000", light="#fff")
    return picture.getvalue().decode()


def templates() -> list[str]:
    """Return the names of the families that have a sheet."""
    return sorted(path.stem for path in TEMPLATES.glob("*.typ") if path.stem != "frame")


def typeset(template: str, facts: Mapping[str, Any], *, at: datetime) -> bytes:
    """Return the sheet of a family (one of :func:`templates`) as PDF/A-3b, from what :func:`facts_of` returns."""
    return typesetting.typeset(TEMPLATES / f"{template}.typ", facts, at=at)
