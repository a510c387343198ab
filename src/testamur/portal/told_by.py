"""Who told us of a record that was not issued here, as the page of the record shows it: the source and as of when, what
the record rests on, and where another source says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from testamur.kernel.words import Status
from testamur.parties.models import Membership
from testamur.portal import showing
from testamur.register.answers import VerificationAnswer
from testamur.register.field_words import FIELDS
from testamur.register.models import Attestation, Edition
from testamur.register.queries_reporting import declared_of

KINDS: dict[str, dict[str, str]] = {
    "body": {"en": "Body", "zh": "机构"},
    "laboratory": {"en": "Laboratory", "zh": "实验室"},
    "accreditation": {"en": "Accreditation", "zh": "认可"},
    "assessor": {"en": "Assessor", "zh": "评审机构"},
    "certificate": {"en": "Certificate", "zh": "证书"},
    "module": {"en": "Module", "zh": "模块"},
    "arrangement": {"en": "Arrangement", "zh": "互认安排"},
    "audit": {"en": "Audit statement", "zh": "审计声明"},
}
#: What a page shows in its own place also where a record takes it from its parent.
SAME = ("grade", "mode", "conditions")
DECLARED: dict[str, dict[str, str]] = {
    "cycle_began_on": {"en": "Certification cycle began", "zh": "认证周期开始"},
    "last_visit_on": {"en": "Last visit", "zh": "最近一次现场审核"},
    "next_visit_on": {"en": "Next visit due", "zh": "下次审核应于"},
}


def told_by(
    told: VerificationAnswer, edition: Edition | None, *, shown: bool, membership: Membership | None = None
) -> dict[str, Any] | None:
    """Return the source, what the record rests on and the conflicts; None where there is nothing of the kind."""
    record, assurance = told.attestation, told.assurance
    conflicts = [] if not shown else [
        {
            "said": one.said,
            "why": one.why,
            "fields": [FIELDS[name] for name in one.fields],
            "href": showing.address(one.other),
            "number": one.other.current.number,
            "status": str(Status(one.other.current.status)),
        }
        for one in told.conflicts
    ]  # fmt: skip
    if record is None or record.source is None:
        return {"conflicts": conflicts} if conflicts else None
    standing = told.standing
    facts: list[dict[str, Any]] = [
        {"label": {"en": "Source", "zh": "来源"}, "value": record.source.names},
        {"label": {"en": "Origin", "zh": "登记方式"}, "value": showing.ORIGINS[record.origin]},
        {"label": {"en": "Its key there", "zh": "来源中的标识"}, "value": record.origin_key, "code": True},
    ]
    if assurance is not None and assurance.day is not None:
        facts.append({"label": {"en": "Last stated on", "zh": "最近一次载明"}, "value": assurance.day, "day": True})
    if standing is not None and standing.listing is not None:
        label = {"en": "Listed since", "zh": "列出始于"} if standing.listing.listed else (
            {"en": "No longer listed since", "zh": "自何日起不再列出"}
        )  # fmt: skip
        facts.append({"label": label, "value": standing.listing.since, "day": True})
    if record.source.attribution:
        facts.append({"label": {"en": "Attribution", "zh": "出处与许可"}, "value": record.source.attribution})
    declared = declared_of(record, membership) if shown else {}
    document = edition.shown if edition is not None and shown else {}
    rests = document.get("rests_on", [])
    taken = _taken(document)
    known = _known(record, {*taken.values(), *(one["key"] for one in rests if one["kind"] == "certificate")})
    return {
        "facts": facts,
        "declared": [
            {"label": label, "value": declared[name], "day": True}
            for name, label in DECLARED.items() if name in declared
        ],
        "findings": declared.get("open_findings", []),
        "rests_on": [
            {
                "kind": KINDS.get(one["kind"], {"en": one["kind"], "zh": one["kind"]}),
                "names": one.get("names") or {"en": one["key"]},
                "key": one["key"],
                "href": _rests_on(one["kind"], one["key"]),
                "record": known.get(one["key"]) if one["kind"] == "certificate" else None,
                "from": _from(taken.get(f"rests_on.{one['kind']}"), known),
            }
            for one in rests
        ],
        "further": _further(record, document, taken, known),
        "conflicts": conflicts,
    }


def _taken(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields that a record takes from those above it → the key of the record that states each."""
    return {field: key for one in document.get("inherited", ()) for field, key in one.get("from", {}).items()}


def _known(record: Attestation, keys: set[str]) -> dict[str, dict[str, str]]:
    """Return key → number and page of the public records of the same source that have these keys."""
    rows = Attestation.objects.filter(
        source=record.source, origin_key__in=keys, confidential=False, personal=False
    ).select_related("current")
    return {one.origin_key: {"number": one.current.number, "href": showing.address(one)} for one in rows if keys}


def _from(key: str | None, known: Mapping[str, dict[str, str]]) -> dict[str, str] | None:
    return known.get(key, {"number": key, "href": ""}) if key is not None else None


def _further(
    record: Attestation, document: Mapping[str, Any], taken: Mapping[str, str], known: Mapping[str, dict[str, str]]
) -> list[dict[str, Any]]:
    """Return what else the source says that its mapping has a name for, each with whom the record takes it from."""
    rows: list[dict[str, Any]] = []
    mapping = record.source.mappings.order_by("-version").first() if document and record.source is not None else None
    for field in mapping.body.get("field", ()) if mapping is not None else ():
        value = document.get(str(field["to"]).removeprefix("shown.")) if field.get("names") else None
        if value and str(field["to"]).startswith("shown."):
            texts = value if isinstance(value, list) else [value]
            rows += [
                {"label": field["names"], "value": text, "from": _from(taken.get(field["to"]), known),
                 "href": text if str(text).startswith(("https://", "http://")) and " " not in str(text) else ""}
                for text in texts
            ]  # fmt: skip
    for name, label in (("requirements", FIELDS["standards"]), *((name, FIELDS[name]) for name in SAME)):
        if name in taken:
            rows.append({"label": label, "value": {"en": "as shown above", "zh": "如上所示"}, "href": "",
                         "from": _from(taken[name], known)})  # fmt: skip
    return rows


def _rests_on(kind: str, key: str) -> str:
    return reverse("portal:rests-on", args=[kind, key])
