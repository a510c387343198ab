"""How records of the register become what the parts of a page take: addresses, facts, rows, the tree as a mapping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from testamur.journal.marks import remembered
from testamur.kernel import clock, days
from testamur.kernel.words import Status
from testamur.register import models, trust
from testamur.register.answering.assurance import ORIGINS
from testamur.register.answers import REASONS
from testamur.register.authority import KINDS
from testamur.register.models import Attestation, Current, Edition, PartyInRole, StatusChange
from testamur.register.policies import CHINESE
from testamur.register.queries import GONE, status_of
from testamur.register.status import Told
from testamur.schemes.models import Scheme
from testamur.verification.untp.names import CERTIFICATE
from testamur.wording.templatetags.say import citation, refusal, words

Text = Mapping[str, str]

FORMS: dict[str, dict[str, str]] = {
    "certificate": {"en": "Certificate", "zh": "证书"},
    "licence": {"en": "Licence", "zh": "批准书"},
    "accreditation": {"en": "Accreditation", "zh": "认可证书"},
    "designation": {"en": "Designation", "zh": "指定"},
    "qualification": {"en": "Qualification of a laboratory", "zh": "资质认定证书"},
    "registration": {"en": "Registration", "zh": "注册证书"},
    "declaration": {"en": "Declaration of conformity", "zh": "符合性声明"},
    "statement": {"en": "Statement", "zh": "声明"},
    "recognition": {"en": "Recognition", "zh": "互认资格"},
    "award": {"en": "Award", "zh": "奖项"},
    "competence": {"en": "Competence", "zh": "授权权限"},
}
PARTS: dict[str, dict[str, str]] = {
    "sub_certificate": {"en": "sub-certificate", "zh": "子证书"},
    "unit": {"en": "unit", "zh": "单元"},
    "annex": {"en": "annex", "zh": "附件"},
    "member": {"en": "member of the group", "zh": "集团成员"},
}
ROLES: dict[str, dict[str, str]] = {
    "client": {"en": "Client", "zh": "认证委托人"},
    "holder": {"en": "Holder", "zh": "持有人"},
    "manufacturer": {"en": "Manufacturer", "zh": "制造商"},
    "factory": {"en": "Factory", "zh": "生产企业"},
    "brand_owner": {"en": "Brand owner", "zh": "品牌所有者"},
    "importer": {"en": "Importer", "zh": "进口商"},
    "agent": {"en": "Agent", "zh": "代理人"},
}
IDENTIFIERS: dict[str, dict[str, str]] = {
    "CN.uscc": {"en": "Unified social credit code", "zh": "统一社会信用代码"},
    "CN.orgcode": {"en": "Organisation code", "zh": "组织机构代码"},
}
STATUS_NAMES: dict[str, dict[str, str]] = {str(status): {"en": str(status), "zh": CHINESE[status]} for status in Status}


def status_words(status: Status | str | None) -> dict[str, str]:
    """Return a status in both languages; "not in force yet" where there is none."""
    return STATUS_NAMES.get(str(status), {"en": "not in force", "zh": "尚未生效"})


# ---------------------------------------------------------------- addresses


def _known() -> dict[str, tuple[str, str]]:
    return remembered(("schemes",), "forms of schemes", _forms)


def _forms() -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for scheme in Scheme.objects.order_by("effective_from", "pk"):
        table = scheme.definition.attestation
        if table is not None:
            found[scheme.scheme_id] = (table.form, table.credential)
    return found


def form_of(scheme_id: str) -> str:
    """Return the form of a scheme's attestations; a foreign register's scheme gives certificates."""
    return _known().get(scheme_id, ("certificate", CERTIFICATE))[0]


def is_authority(scheme_id: str) -> bool:
    """Say whether what a scheme gives is an authority: its pages stand at /acc/."""
    return _known().get(scheme_id, ("certificate", CERTIFICATE))[1] != CERTIFICATE


def authority_schemes() -> list[str]:
    """Return the ids of the schemes that give authorities."""
    return [ident for ident, (_form, credential) in _known().items() if credential != CERTIFICATE]


def address(attestation: Attestation) -> str:
    """Return the address of an attestation's page."""
    route = "portal:authority" if is_authority(attestation.scheme_id_text) else "portal:certificate"
    return reverse(route, args=[attestation.public_id])


def holder_of(record: Attestation, edition: Edition | None) -> Text:
    """Return the holder's names as the edition bears them, else as the record knows them; {} where nobody is named."""
    parties = edition.parties.all() if edition is not None else ()
    named = next((one for one in parties if one.role == PartyInRole.Role.HOLDER), None)
    party = named or record.holder or record.person
    return party.names if party is not None else {}


def scheme_titles() -> dict[str, dict[str, str]]:
    """Return scheme id → title, of the newest version of each; a scheme that is another register's has the title that
    the mapping of its records gives it."""
    told = models.Mapping.objects.order_by("pk").values_list("body__source__scheme", "body__source__title")
    rows = Scheme.objects.order_by("effective_from", "pk").values_list("scheme_id", "title")
    return {scheme: title for scheme, title in told if scheme and title} | dict(rows)


# ---------------------------------------------------------------- rows of lists


def hit(row: Current, today: date, titles: Mapping[str, Text]) -> dict[str, Any]:
    """Return a found record as ``portal/_hits.html`` shows it."""
    status = status_of(row, today)
    statement = row.edition.statement if row.edition else {}
    what = titles.get(row.scheme, {"en": row.scheme, "zh": row.scheme})
    hidden = row.confidential or row.personal
    name = row.holder_text.split(" / ")
    shown: dict[str, Any] = {
        "id": row.attestation.public_id,
        "href": address(row.attestation),
        "title": {"en": "Name withheld", "zh": "名称不予公开"} if hidden else (row.holder_names or {"en": name[0]}),
        "text": what if hidden else {key: _line(what, statement, key) for key in ("en", "zh")},
        "by": row.issuer.names,
        "status": str(status),
        "number": row.number,
        "origin": ORIGINS[row.attestation.origin],
    }
    if status in (Status.VALID, Status.EXPIRED) and row.expires_on:
        shown["until"] = row.expires_on
    elif status == GONE:
        shown["since"] = row.gone_on
    elif status is not Status.VALID:
        shown["since"] = days.day_of(row.changed_at)
    return shown


def _line(scheme: Text, statement: Text, language: str) -> str:
    said = next((text for key, text in statement.items() if key.lower().startswith(language) and text), "")
    said = said or next((text for text in statement.values() if text), "")
    title = scheme.get(language) or next(iter(scheme.values()), "")
    short = said if len(said) <= 160 else f"{said[:159]}…"
    return f"{title} · {short}" if short else title


# ---------------------------------------------------------------- the tree


def tree_of(link: trust.Link | None) -> dict[str, Any] | None:
    """Return the line of authority as ``{% trust_tree %}`` draws it."""
    return None if link is None else _branch(link, first=True)


def _branch(link: trust.Link, *, first: bool = False) -> dict[str, Any]:
    kind = "certificate" if first else {"root": "law", "authority": "recognition"}.get(link.kind, link.kind)
    form = FORMS.get(link.kind, KINDS.get(link.kind, {"en": link.kind, "zh": link.kind}))
    title: Text = (
        {"en": f"{form['en']} {link.number}", "zh": f"{form['zh']} {link.number}"}
        if link.number
        else (form if link.verdict is trust.Verdict.NONE else link.holder or form)
    )
    hidden = link.attestation is not None and (link.attestation.confidential or link.attestation.personal)
    facts = []
    if link.why.source:
        cited = "; ".join(citation(one) for one in link.why.source.split("; "))
        facts.append({"label": {"en": "Source", "zh": "依据"}, "value": cited})
    return {
        "kind": kind,
        "title": title,
        "holder": {} if hidden else link.holder,
        "issuer": link.issuer,
        "scope": _scope_line(link) if not hidden else "",
        "valid_from": link.valid_from,
        "valid_until": link.valid_until,
        "status": str(link.status) if link.status else "",
        "verdict": str(link.verdict),
        "why": refusal(link.why),
        "url": "" if link.attestation is None or first else address(link.attestation),
        "facts": facts,
        "children": [_branch(child) for child in link.children],
    }


def _scope_line(link: trust.Link) -> str:
    """Return the scope on one line: every value once, dimension by dimension."""
    by_dimension: dict[str, list[str]] = {}
    for line in link.scope:
        for name, value in line:
            values = by_dimension.setdefault(words(name), [])
            said = words(value)
            if said not in values:
                values.append(said)
    joined = words({"en": ", ", "zh": "、"})
    return " · ".join(joined.join(values[:6]) + ("…" if len(values) > 6 else "") for values in by_dimension.values())


# ---------------------------------------------------------------- history


def entry_index(row: StatusChange | Edition) -> int | None:
    """Return the place of a row's public entry in the log, None where it has none or waits."""
    if isinstance(row, Edition):
        credential = min(row.credentials.all(), key=lambda one: one.pk, default=None)
        return credential.entry.index if credential and credential.entry else None
    return row.entry.index if row.entry else None


#: What the history says when a source listed a record again, or ceased to.
LISTED: dict[bool, dict[str, str]] = {
    True: {"en": "Listed again by its source", "zh": "来源重新列出该记录"},
    False: {"en": "No longer listed by its source", "zh": "来源不再列出该记录"},
}


def history_rows(told: Iterable[Told], *, reasons: bool = True) -> list[dict[str, Any]]:
    """Return the history newest first, as ``portal/_history.html`` shows it."""
    rows = []
    for one in told:
        if one.listing is not None:
            rows.append({"effective_on": one.effective_on, "recorded_at": one.recorded_at, "late_days": one.days_late,
                         "what": LISTED[one.listing.listed], "entry": "", "entry_href": ""})  # fmt: skip
            continue
        row: StatusChange | Edition = one.change or one.edition  # type: ignore[assignment]
        what = change_words(one.change, reasons=reasons) if one.change else edition_words(one.edition)
        fate = None
        if str(one.fate) == "annulled" and one.because is not None:
            fate = _fate({"en": "Annulled on {day}.", "zh": "于{day}被撤销该决定。"}, one.because.recorded_at)
        elif str(one.fate) == "corrected" and one.because is not None:
            fate = _fate({"en": "Corrected on {day}.", "zh": "于{day}更正。"}, one.because.recorded_at)
        index = entry_index(row)
        rows.append(
            {
                "effective_on": one.effective_on,
                "recorded_at": one.recorded_at,
                "what": what,
                "late_days": one.days_late,
                "annulled": fate,
                "entry": index if index is not None else "",
                "entry_href": f"{reverse('portal:log')}?entry={index}" if index is not None else "",
            }
        )
    return list(reversed(rows))


def _fate(sentence: Text, at: datetime) -> str:
    from testamur.wording.templatetags.say import day

    return words(sentence).format(day=day(at))


def change_words(change: StatusChange | None, *, reasons: bool = True) -> dict[str, str]:
    """Return what a change of status says, in both languages."""
    assert change is not None
    said = status_words(change.status)
    law = f" ({change.legal_word})" if change.legal_word else ""
    where = {"en": "", "zh": ""}
    if change.lines is not None:
        listed = ", ".join(str(position) for position in change.lines)
        where = {"en": f", scope lines {listed}", "zh": f"，范围第{listed}项"}
    if change.annuls_id:
        lead = {"en": f"Annulment: {said['en']} again", "zh": f"决定被撤销：仍为{said['zh']}"}
    else:
        lead = {"en": said["en"].capitalize(), "zh": said["zh"]}
    because = {"en": "", "zh": ""}
    if reasons:
        because = {"en": _because(change, "en", ": "), "zh": _because(change, "zh", "：")}
    chinese_law = f"（{change.legal_word}）" if change.legal_word else ""
    return {
        "en": f"{lead['en']}{law}{where['en']}{because['en']}",
        "zh": f"{lead['zh']}{chinese_law}{where['zh']}{because['zh']}",
    }


def _because(change: StatusChange, language: str, joint: str) -> str:
    reason = change.reason or {}
    text = reason.get(language) or next((text for text in reason.values() if text), "")
    return f"{joint}{text}" if text else ""


def edition_words(edition: Edition | None) -> dict[str, str]:
    """Return what an edition says of itself, in both languages."""
    assert edition is not None
    reason = REASONS.get(edition.reason, {"en": edition.reason, "zh": edition.reason})
    texts = edition.reason_text or {}
    more = {key: f" ({texts[key]})" if texts.get(key) else "" for key in ("en", "zh")}
    return {
        "en": f"Edition {edition.edition} issued: {reason['en']}{more['en']}",
        "zh": f"颁发第{edition.edition}版：{reason['zh']}{more['zh'].replace(' (', '（').replace(')', '）')}",
    }


def life_rows(told: Iterable[Told]) -> list[dict[str, Any]]:
    """Return the changes of the whole for the picture of both clocks."""
    return [
        {
            "effective_on": one.effective_on,
            "recorded_at": one.recorded_at,
            "status": one.change.status,
            "annulled_at": one.because.recorded_at if one.because is not None and str(one.fate) != "annuls" else None,
        }
        for one in told
        if one.change is not None and one.change.lines is None
    ]


# ---------------------------------------------------------------- small words


def today() -> date:
    """Return the civil day in China, by which lists judge what has expired."""
    return days.day_of(clock.now())


def yes_no(value: bool) -> str:
    """Say yes or no."""
    return gettext("yes") if value else gettext("no")
