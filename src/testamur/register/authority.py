"""What somebody holds, and whether it covers a claim on a day: asked at issue, at work and in every answer.

Source: schemes/language.md 5; architecture.md "Scope algebra"; trust.md 6.0, 6.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, Q

from testamur.journal.marks import remembered
from testamur.kernel.once import look, once
from testamur.kernel.refusal import Refused, _
from testamur.kernel.scope import Coverage, Gap, Line, Scope, Why, covers
from testamur.kernel.words import STATUS_WORDS, Status
from testamur.parties import queries as parties
from testamur.parties.actions.organisations import ORGANISATIONS
from testamur.parties.models import Organisation, Person
from testamur.register.models import Attestation, Edition, PartyInRole, SiteOnEdition
from testamur.register.policies import CHINESE
from testamur.register.status import Standing, status
from testamur.requirements.queries import newest_tree, trees
from testamur.schemes.language.definition import Definition
from testamur.schemes.language.tables import Authority
from testamur.schemes.queries import authorities

Holder = Organisation | Person

#: Words for what an authority is, in both languages.
KINDS: dict[str, dict[str, str]] = {
    "law": {"en": "authority by statute", "zh": "法定权限"},
    "licence": {"en": "licence", "zh": "资质批准"},
    "competence": {"en": "competence", "zh": "授权权限"},
    "accreditation": {"en": "accreditation", "zh": "认可"},
    "designation": {"en": "designation", "zh": "指定"},
    "qualification": {"en": "qualification", "zh": "资质认定"},
    "registration": {"en": "registration", "zh": "人员注册"},
    "recognition": {"en": "recognition", "zh": "互认"},
}
#: The area whose mark changes with every authority that is given, changed or taken.
AUTHORITIES = "authorities"
#: Longest line of authority, in credentials (trust.md 6): certificate, authority, recognition.
DEPTH = 3


@dataclass(frozen=True)
class Said:
    """A sentence with its facts and source, translated where it is shown."""

    message_id: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True)
class Weighed:
    """One attestation weighed against a demand.

    Attributes:
        attestation, standing: what was weighed, on the day.
        coverage: of the claim, line by line; None where it was not valid or of too low a grade.
        why_not: why it does not do, None where it does.
    """

    attestation: Attestation
    standing: Standing
    coverage: Coverage | None
    why_not: Said | None

    @property
    def will_do(self) -> bool:
        """Say whether it satisfies the demand."""
        return self.why_not is None


#: Attestations of one holder with what stands of them on a day.
Holdings = list[tuple[Attestation, Standing]]


def _held_by(holder: Holder, schemes: set[str]) -> Q:
    if isinstance(holder, Person):
        return Q(person=holder)
    # Who is the holder on an edition only is found by itself: one question over both would join every edition.
    named = PartyInRole.objects.filter(role="holder", organisation=holder).exclude(edition__attestation__holder=holder)
    if schemes:
        named = named.filter(edition__attestation__scheme_id_text__in=schemes)
    return Q(holder=holder) | Q(pk__in=named.order_by().values("edition__attestation"))


def sites_of_editions() -> Prefetch[Any]:
    """Return how to fetch the sites that editions list together with the registered sites they are."""
    return Prefetch("editions__sites", SiteOnEdition.objects.select_related("site"))


def candidates(
    holder: Holder,
    *,
    schemes: Iterable[str] = (),
    kind: str = "",
    kinds: Iterable[str] = (),
    on: date,
    known: datetime | None = None,
) -> Holdings:
    """Return what somebody was ever given of these schemes or these kinds, with what stands of it on a day.

    Args:
        schemes: scheme ids, without version.
        kind, kinds: forms of the attestation by its scheme (licence, accreditation …), whatever the scheme.
        on: civil day.
    """
    wanted, forms = set(schemes), {kind, *kinds} - {""}
    rows = Attestation.objects.filter(_held_by(holder, set() if forms else wanted))
    rows = rows.select_related("issuer", "holder", "person", "main")
    if wanted and not forms:
        rows = rows.filter(scheme_id_text__in=wanted)
    found = []
    # The definition is known by its digest; its text is read only where this process never met that version.
    editions = Edition.objects.select_related("scheme").defer("scheme__body")
    whole = ("changes", Prefetch("editions", editions), "editions__lines", "editions__parties", sites_of_editions())
    for row in rows.prefetch_related(*whole).order_by("pk"):
        standing = status(row, on, known)
        edition = standing.effective_edition
        if edition is not None and (row.scheme_id_text in wanted or _form(edition) in forms):
            found.append((row, standing))
    return found


def _form(edition: Edition) -> str:
    table = edition.scheme.definition.attestation if edition.scheme else None
    return table.form if table is not None else ""


def holdings_for(holder: Holder, tables: Iterable[Authority], *, on: date, known: datetime | None = None) -> Holdings:
    """Return what somebody has of all that these demands could be met by, read together.

    What an organisation has now is kept until an authority is written: every certificate of a body rests on the same.
    """
    asked = [table for table in tables if table.kind != "law"]
    schemes = frozenset(scheme for table in asked for scheme in table.any_of)
    kinds = frozenset(table.any_of_kind for table in asked if table.any_of_kind)
    if not schemes and not kinds:
        return []
    if known is not None or isinstance(holder, Person):
        return candidates(holder, schemes=schemes, kinds=kinds, on=on, known=known)
    return remembered(
        ("schemes", ORGANISATIONS, AUTHORITIES),
        ("holdings", holder.pk, schemes, kinds, on),
        lambda: candidates(holder, schemes=schemes, kinds=kinds, on=on),
    )


def bears_authority(attestation: Attestation) -> bool:
    """Say whether somebody's authority may rest on an attestation."""
    return attestation.scheme_id_text in authorities()


def held(
    holder: Holder,
    *,
    schemes: Iterable[str] = (),
    kind: str = "",
    on: date,
    known: datetime | None = None,
) -> list[Attestation]:
    """Return the attestations somebody validly holds on a day, as known at an instant."""
    return [
        row for row, standing in candidates(holder, schemes=schemes, kind=kind, on=on, known=known) if standing.valid
    ]


def weigh(
    table: Authority,
    *,
    definition: Definition,
    holder: Holder,
    claim: Sequence[Mapping[str, Any]],
    on: date,
    known: datetime | None = None,
    holdings: Holdings | None = None,
) -> list[Weighed]:
    """Weigh everything the holder has against one demand, what will do first, then what comes nearest.

    Args:
        table: the demand.
        definition: the scheme that makes it.
        claim: scope lines of what is to be attested or done.
        on: civil day of the act or of the work.
        holdings: what the holder has of all the schemes that are asked about, where it was read before.
    """
    kind = table.any_of_kind or ""
    rows = holdings
    if rows is None:
        rows = candidates(holder, schemes=table.any_of, kind=kind, on=on, known=known)
    rows = [
        (row, standing)
        for row, standing in rows
        if row.scheme_id_text in table.any_of
        or (kind and standing.effective_edition and _form(standing.effective_edition) == kind)
    ]
    weighed = [_weigh(table, definition, attestation, standing, claim) for attestation, standing in rows]
    return sorted(weighed, key=lambda one: (not one.will_do, one.coverage is None, -one.attestation.pk))


def _weigh(
    table: Authority,
    definition: Definition,
    attestation: Attestation,
    standing: Standing,
    claim: Sequence[Mapping[str, Any]],
) -> Weighed:
    edition = standing.effective_edition
    assert edition is not None
    facts: dict[str, Any] = {"number": edition.number, "kind": KINDS[table.kind]}
    if standing.status is not Status.VALID:
        word = standing.status or Status.EXPIRED
        facts |= {"status": {"en": STATUS_WORDS[word], "zh": CHINESE[word]}, "day": standing.day}
        return Weighed(
            attestation, standing, None, Said(_("the {kind} {number} is {status} on {day}"), facts, _source(table))
        )
    if table.grade and not _grade_will_do(table.grade, edition):
        facts |= {"grade": edition.grade or "–", "needed": table.grade}
        return Weighed(
            attestation, standing, None,
            Said(_("{number} has the grade {grade}; at least {needed} is needed"), facts, _source(table)),
        )  # fmt: skip
    if table.any_of_kind and attestation.scheme_id_text not in table.any_of:
        missing = _foreign_will_not_do(table, edition)
        if missing is not None:
            return Weighed(attestation, standing, None, Said(missing, facts, _source(table)))
    allowed = Scope.from_json(
        [line.line for line in edition.lines.all() if standing.lines.get(line.position, Status.VALID) is Status.VALID]
    )
    wanted = Scope.from_json([{**line, **asked} for line in claim for asked in _asked(table, edition)])
    coverage = covers(allowed, wanted, trees(standing.day), table.covers, table.free)
    if coverage:
        return Weighed(attestation, standing, coverage, None)
    return Weighed(attestation, standing, coverage, gap_said(coverage, table, definition, edition.number))


def _asked(table: Authority, edition: Any) -> list[dict[str, Any]]:
    """Return what the authority must cover besides the claim, in its own words: each item must hold for every line.

    ``asks`` and ``function`` name one node of a dimension, ``territory`` regions of which each must be covered.
    """
    dimensions = {scope.id: scope.tree for scope in edition.scheme.definition.scopes} if edition.scheme else {}
    asked = {name: _node(dimensions.get(name, name), node) for name, node in table.asks.items()}
    by_tree = {tree: name for name, tree in dimensions.items()}
    if table.function and table.kind != "law":
        asked[by_tree.get("functions", "function")] = _node("functions", table.function)
    region = by_tree.get("regions")
    if not table.territory or region is None:
        return [asked]
    return [{**asked, region: _node("regions", code)} for code in table.territory]


def _node(tree: str, node: str) -> dict[str, str]:
    newest = newest_tree(tree)
    return {"tree": newest.key if newest else tree, "node": node}


def _grade_will_do(needed: str, edition: Any) -> bool:
    if edition.scheme is None or not edition.grade:
        return False
    ranks = {grade.id: grade.rank for grade in edition.scheme.definition.grades}
    return ranks.get(edition.grade, -1) >= ranks.get(needed, 10**6)


def _foreign_will_not_do(table: Authority, edition: Any) -> str | None:
    """Return why an attestation of another scheme does not count, by arrangement and by filing."""
    through = set(edition.shown.get("arrangements", []))
    if table.arrangements and not through & set(table.arrangements):
        return _("{number} is not recognised through an arrangement that this scheme names")
    if table.filed and not edition.shown.get("filed"):
        return _("{number} is not filed with the authority of the area")
    return None


def gap_said(coverage: Coverage, table: Authority, definition: Definition, number: str) -> Said:
    """Return in words what an authority lacks for a claim: the first line and dimension that it does not cover."""
    missing = coverage.missing[0]
    gap: Gap = missing.gaps[0]
    dimension = next((ours for ours, theirs in table.covers.items() if theirs == gap.dimension), gap.dimension)
    title: Any = dimension
    if any(scope.id == dimension for scope in definition.scopes):
        title = definition.scope(dimension).title
    claimed = missing.line.get(dimension) if dimension else None
    facts = {
        "number": number,
        "kind": KINDS[table.kind],
        "dimension": title,
        "claimed": _value_words(claimed),
        "allowed": _value_words(gap.allowed),
    }
    if gap.why is Why.NO_LINE:
        return Said(_("the {kind} {number} has no scope line that is valid"), facts, _source(table))
    if gap.why is Why.NO_CROSSWALK:
        return Said(
            _("no table leads from {dimension} {claimed} to the scope of the {kind} {number} ({allowed})"),
            facts, _source(table),
        )  # fmt: skip
    if gap.why is Why.UNRESTRICTED:
        return Said(
            _("the {kind} {number} is limited in {dimension} to {allowed}, and the claim is not"), facts, _source(table)
        )
    return Said(_("the {kind} {number} does not cover {dimension} {claimed}"), facts, _source(table))


def _value_words(value: Any) -> str:
    if value is None:
        return "–"
    written = Line.of({"_": value}).to_json()["_"]
    if written == "all":
        return "*"
    if "node" in written:
        return str(written["node"])
    return f"{written.get('from', '')}–{written.get('to', '')} {written['unit']}"


def _source(table: Authority) -> str:
    return "; ".join(str(source) for source in table.source or ())


def check_authority(
    table: Authority,
    *,
    definition: Definition,
    holder: Holder,
    claim: Sequence[Mapping[str, Any]],
    on: date,
    known: datetime | None = None,
    holdings: Holdings | None = None,
) -> Attestation | None:
    """Return the attestation by which somebody may do something on a day, whose own line of authority holds.

    Args:
        table: the demand, an ``[[authority]]`` of the scheme.
        definition: the scheme.
        holder: issuer, performer or person.
        claim: scope lines of what is to be attested or done.
        on: civil day of the act or of the work, in the area of the scheme.
        holdings: what the holder has, where it was read before.

    Returns:
        The attestation; None for authority by statute, and where the demand is ``if_claimed`` and nothing is held.

    Raises:
        Refused: nothing that is held will do; the sentence says what is missing and cites the clause.
    """
    if table.kind == "law":
        if isinstance(holder, Organisation) and parties.is_root(holder):
            return None
        raise Refused(
            _("{holder} holds no authority by statute that this installation knows."),
            {"holder": holder.names},
            rule=f"authority.{table.id}",
            source=_source(table),
            who=_("whoever runs this installation, by naming its roots"),
        )
    weighed = weigh(table, definition=definition, holder=holder, claim=claim, on=on, known=known, holdings=holdings)
    broken: Said | None = None
    for one in weighed:
        if not one.will_do:
            break
        broken = broken_above(one.attestation, on=on, known=known, standing=one.standing)
        if broken is None:
            return one.attestation
    if table.demand == "if_claimed":
        return None
    facts: dict[str, Any] = {"holder": holder.names, "kind": KINDS[table.kind], "day": on}
    rule, source = f"authority.{table.id}", _source(table)
    if not weighed:
        raise Refused(
            _("{holder} holds no {kind} on {day}."), facts, rule=rule, source=source,
            who=_("the one who gives it"),
        )  # fmt: skip
    said = broken or weighed[0].why_not
    assert said is not None
    raise Refused(
        _("{holder} may not do this on {day}: {why}."),
        {**facts, "why": in_both(said)},
        rule=rule,
        source=source,
        who=_("the one who gives it"),
    )


def check_all(
    definition: Definition,
    *,
    of: str,
    holder: Holder,
    claim: Sequence[Mapping[str, Any]],
    on: date,
) -> dict[str, Attestation | None]:
    """Check every authority a scheme demands of an issuer, a role or an activity's performer.

    Returns:
        Id of each demand → the attestation that satisfies it, None as in :func:`check_authority`.
    """
    tables = definition.authorities_of(of)
    with look():
        holdings = holdings_for(holder, tables, on=on)
        return {
            table.id: check_authority(
                table, definition=definition, holder=holder, claim=claim, on=on, holdings=holdings
            )
            for table in tables
        }


def broken_above(
    attestation: Attestation,
    *,
    on: date,
    known: datetime | None = None,
    depth: int = DEPTH - 1,
    standing: Standing | None = None,
) -> Said | None:
    """Return why the line of authority above an attestation does not reach a root on a day; None where it does.

    An authority whose scheme version is not known to us ends there: nothing is claimed of what is above it.
    """
    return once(
        ("broken above", attestation.pk, on, known, depth),
        lambda: _broken_above(attestation, on, known, depth, standing or status(attestation, on, known)),
    )


def _broken_above(
    attestation: Attestation, on: date, known: datetime | None, depth: int, standing: Standing
) -> Said | None:
    edition = standing.effective_edition
    if edition is None or edition.scheme is None:
        return None
    definition = edition.scheme.definition
    claim = [line.line for line in edition.lines.all()]
    tables = [table for table in definition.authorities_of("issuer") if table.demand != "if_claimed"]
    holdings = holdings_for(attestation.issuer, tables, on=on, known=known) if depth > 0 else []
    for table in tables:
        if table.kind == "law":
            if parties.is_root(attestation.issuer):
                continue
            return Said(
                _("{holder} gave it and holds no authority by statute"),
                {"holder": attestation.issuer.names},
                _source(table),
            )
        if depth <= 0:
            return Said(_("its line of authority is longer than {depth} steps"), {"depth": DEPTH}, _source(table))
        weighed = weigh(
            table, definition=definition, holder=attestation.issuer, claim=claim, on=on, known=known, holdings=holdings
        )
        good = [one for one in weighed if one.will_do]
        if not good:
            if weighed:
                return weighed[0].why_not
            facts = {"holder": attestation.issuer.names, "kind": KINDS[table.kind]}
            return Said(_("{holder}, who gave it, holds no {kind}"), facts, _source(table))
        above = broken_above(good[0].attestation, on=on, known=known, depth=depth - 1, standing=good[0].standing)
        if above is not None:
            return above
    return None


def in_both(said: Said) -> dict[str, str]:
    """Return a sentence in both languages at once, to stand as a fact inside another one.

    The catalogue is read for Chinese; the language of the thread is not touched.
    """
    from testamur.kernel.refusal import plain

    def facts(language: str) -> dict[str, str]:
        return {
            name: str(value.get(language) or plain(value)) if isinstance(value, Mapping) else plain(value)
            for name, value in said.facts.items()
        }

    return {
        "en": said.message_id.format_map(facts("en")),
        "zh": translated(said.message_id).format_map(facts("zh")),
    }


def translated(message_id: str) -> str:
    """Return a message in Chinese, from the catalogue."""
    from django.utils import translation

    with translation.override("zh-hans"):
        return translation.gettext(message_id)
