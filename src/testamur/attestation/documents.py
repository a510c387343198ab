"""What a certificate says: parties as of the day, sites, wording, standards, models, written from case and decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from testamur.attestation.validity import Validity
from testamur.decision.models import Decision
from testamur.parties.models import Organisation, Site
from testamur.register.documents import ROLES, Document, NamedParty, NamedSite
from testamur.register.models import Attestation
from testamur.requirements.queries import document_of
from testamur.schemes.language.definition import Definition
from testamur.schemes.models import Scheme
from testamur.selection.facts import application_of
from testamur.selection.models import Case

Line = dict[str, Any]


def first(
    case: Case,
    decision: Decision,
    *,
    answers: Mapping[str, Any],
    number: str,
    issued_on: date,
    validity: Validity,
    shown: Mapping[str, Any],
) -> Document:
    """Return the document of a new attestation.

    Args:
        answers: of the application that speaks for the case.
        shown: what issuing itself found, e.g. the authorities it rests on.
    """
    definition = case.scheme.definition
    lines = tuple(decision.scope)
    return Document(
        number=number,
        issued_on=issued_on,
        effective_on=validity.effective_on,
        expires_on=validity.expires_on,
        scheme=case.scheme,
        title=dict(definition.title),
        statement=dict(decision.statement),
        authoritative="zh" if definition.area == "CN" and decision.statement.get("zh") else "en",
        requirements=standards(definition, lines),
        grade=decision.grade,
        mode=dict(definition.scheme.mode or {}),
        conditions=dict(decision.conditions),
        shown={**words(definition, answers), **shown},
        lines=lines,
        parties=tuple(parties(case, answers)),
        sites=tuple(sites(definition, answers, lines)),
        decision=decision.public_id,
    )


def answers_of(case: Case) -> dict[str, Any]:
    """Return the answers that speak for a case; {} where nothing was asked."""
    application = getattr(case.leader, "application", None) or application_of(case)
    return dict(application.answers) if application is not None else {}


def parties(case: Case, answers: Mapping[str, Any]) -> Iterator[NamedParty]:
    """Yield the parties in their roles, each named as of today."""
    if case.person is not None:
        yield NamedParty.of_person("holder", case.person)
        return
    assert case.client is not None
    yield NamedParty.of("holder", case.client)
    definition = case.scheme.definition
    if definition.attestation and "parties" in definition.attestation.shows:
        yield NamedParty.of("client", case.client)
    if definition.scheme.object == "product":
        yield NamedParty.of("manufacturer", case.client)
    for field in definition.fields:
        answer = answers.get(field.id)
        if field.type == "organisation" and field.id in ROLES and isinstance(answer, Mapping):
            yield _named(field.id, answer)
        if field.type == "sites" and field.scope == "factory":
            for row in answer or []:
                yield NamedParty("factory", dict(row.get("names") or {}), dict(row.get("address") or {}))


def _named(role: str, answer: Mapping[str, Any]) -> NamedParty:
    known = Organisation.objects.filter(public_id=str(answer.get("id", ""))).first()
    return NamedParty.of(role, known) if known else NamedParty(role, dict(answer.get("names") or {}))


def sites(definition: Definition, answers: Mapping[str, Any], lines: tuple[Line, ...]) -> Iterator[NamedSite]:
    """Yield the site list: the sites answered for that the decided scope names; all where it names none."""
    dimensions = [scope.id for scope in definition.scopes if scope.tree == "sites"]
    nodes = {
        line[name]["node"] for line in lines for name in dimensions if isinstance(line.get(name), Mapping)
    }  # fmt: skip
    for field in definition.fields:
        if field.type != "sites" or (field.scope and field.scope not in dimensions):
            continue
        for row in answers.get(field.id) or []:
            if nodes and row.get("site") not in nodes:
                continue
            site = Site.objects.filter(public_id=str(row.get("site", ""))).first()
            yield NamedSite(
                names=dict(row.get("names") or (site.names if site else {})),
                address=dict(row.get("address") or (site.address if site else {})),
                statement=_text(row.get("activities") or row.get("statement")),
                central=bool(row.get("central")),
                site=site,
            )


def _text(value: Any) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {str(language): str(text) for language, text in value.items()}
    return {"en": str(value)} if value else {}


def standards(definition: Definition, lines: tuple[Line, ...]) -> tuple[dict[str, str], ...]:
    """Return the standards of the document: those its scope lines name, else the scheme's criteria."""
    dimensions = [scope.id for scope in definition.scopes if scope.tree == "documents"]
    keys = [
        str(line[name]["node"]) for line in lines for name in dimensions if isinstance(line.get(name), Mapping)
    ]  # fmt: skip
    if not keys:
        keys = [row.document for row in definition.requirements if row.used_as == "criteria"]
    known = {key: document_of(key) for key in dict.fromkeys(keys)}
    return tuple({"key": key, "designation": one.designation if one else key} for key, one in known.items())


def words(definition: Definition, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return what else the scheme's document shows: models, trademark, the condition of validity."""
    shows = definition.attestation.shows if definition.attestation else ()
    found: dict[str, Any] = {}
    if "models" in shows:
        rows = [row for field in definition.fields if field.type == "products" for row in answers.get(field.id) or []]
        models = [str(row.get("model") or next(iter((row.get("names") or {}).values()), "")) for row in rows]
        found["models"] = [model for model in models if model]
    if "trademark" in shows and answers.get("trademark"):
        found["trademark"] = answers["trademark"]
    if "validity_condition" in shows and definition.rounds:
        found["validity_condition"] = {
            "en": "Valid only as long as surveillance is passed in time; its present status is in the register.",
            "zh": "须按期通过监督方为有效；现行状态以登记簿查询结果为准。",
        }
    return found


def changed(
    attestation: Attestation, before: Document, changes: Mapping[str, Any], *, issued_on: date, decision: Decision
) -> Document:
    """Return the next document of an attestation.

    Args:
        changes: ``statement``, ``conditions``, ``mode``, ``title`` as texts; ``shown`` merged into what is shown;
            ``names`` and ``address`` of the holder; ``sites`` as a list of ``{names, address, statement, central,
            site}``. Without ``names`` and ``address`` parties are named anew as they are called today.
    """
    values: dict[str, Any] = {"issued_on": issued_on, "effective_on": issued_on, "decision": decision.public_id}
    values["effective_at"] = None
    for word in ("statement", "conditions", "mode", "title"):
        if word in changes:
            values[word] = dict(changes[word])
    if "shown" in changes:
        values["shown"] = {**before.shown, **changes["shown"]}
    if "sites" in changes:
        values["sites"] = tuple(_site(row) for row in changes["sites"])
    values["parties"] = tuple(_renamed(party, changes) for party in before.parties)
    if decision.statement:
        values["statement"] = dict(decision.statement)
    if decision.scope:
        values["lines"] = tuple(decision.scope)
    return before.with_(**values)


def _renamed(party: NamedParty, changes: Mapping[str, Any]) -> NamedParty:
    if party.organisation is not None:
        now = NamedParty.of(party.role, Organisation.objects.get(pk=party.organisation.pk))
    elif party.person is not None:
        now = NamedParty.of_person(party.role, party.person)
    else:
        return party
    if party.role not in ("holder", "client", "manufacturer") or not ({"names", "address"} & set(changes)):
        return now
    return NamedParty(
        party.role,
        dict(changes.get("names") or now.names),
        dict(changes.get("address") or now.address),
        now.country,
        now.region,
        now.identifiers,
        now.organisation,
        now.person,
    )


def _site(row: Mapping[str, Any]) -> NamedSite:
    site = Site.objects.filter(public_id=str(row.get("site", ""))).first()
    return NamedSite(
        names=dict(row.get("names") or (site.names if site else {})),
        address=dict(row.get("address") or (site.address if site else {})),
        statement=_text(row.get("statement")),
        central=bool(row.get("central", site.central if site else False)),
        site=site,
    )


def for_site(main: Document, site: Site, number: str, scheme: Scheme) -> Document:
    """Return the document of a sub-certificate: the main one's, for one site of its list."""
    dimensions = [scope.id for scope in scheme.definition.scopes if scope.tree == "sites"]

    def here(line: Line) -> bool:
        values = [line.get(name) for name in dimensions]
        return all(value in (None, "all") or value["node"] == site.public_id for value in values)

    named = next((one for one in main.sites if one.site is not None and one.site.pk == site.pk), None)
    lines = tuple(line for line in main.lines if here(line))
    return main.with_(
        number=number,
        lines=lines,
        sites=(named,) if named else (),
        statement=dict(named.statement) if named and named.statement else main.statement,
    )
