"""Whether an attestation covers what somebody asks: this model, this factory, made on that day, for that destination.

Each part of the claim is judged by itself; the whole is covered when every part is, partly when some are, and *cannot
be told* where the record does not say enough. Silence is never taken for coverage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from testamur.kernel.refusal import _
from testamur.kernel.scope import Line, Node, Scope, covers
from testamur.kernel.words import Coverage, Status
from testamur.register.authority import Said
from testamur.register.models import Attestation, Edition
from testamur.register.status import Standing, status
from testamur.register.words import fold, number_key
from testamur.requirements.queries import trees


@dataclass(frozen=True)
class Claim:
    """What is asked. Every part is optional; a claim without parts asks nothing.

    Attributes:
        standard: key or designation of a standard.
        product: a product in words.
        model: model or type designation.
        factory: name or address of the factory or site.
        made_on: day of manufacture.
        lot: lot or serial number.
        destination: country of destination, ISO 3166-1 alpha-2.
        lines: coded scope lines, for machines.
    """

    standard: str = ""
    product: str = ""
    model: str = ""
    factory: str = ""
    made_on: date | None = None
    lot: str = ""
    destination: str = ""
    lines: tuple[Mapping[str, Any], ...] = ()

    @property
    def asks(self) -> bool:
        """Say whether anything is asked."""
        return any(getattr(self, name) for name in self.__dataclass_fields__)


@dataclass(frozen=True)
class ClaimLine:
    """The verdict on one part of a claim."""

    part: str
    asked: Any
    coverage: Coverage
    why: Said


def judge(claim: Claim, attestation: Attestation, standing: Standing) -> tuple[Coverage | None, tuple[ClaimLine, ...]]:
    """Return the coverage of a claim, None where nothing is asked, and the verdict on each part."""
    edition = standing.effective_edition
    if not claim.asks or edition is None:
        return None, ()
    judged = [
        verdict
        for name, check in _CHECKS.items()
        if getattr(claim, name) and (verdict := check(name, getattr(claim, name), attestation, standing, edition))
    ]
    return _whole([line.coverage for line in judged]), tuple(judged)


def _whole(parts: list[Coverage]) -> Coverage:
    if all(part is Coverage.COVERED for part in parts):
        return Coverage.COVERED
    if all(part is Coverage.NOT_COVERED for part in parts):
        return Coverage.NOT_COVERED
    if Coverage.NOT_COVERED not in parts and Coverage.PARTLY not in parts:
        return Coverage.CANNOT_BE_TOLD
    return Coverage.PARTLY if Coverage.COVERED in parts or Coverage.PARTLY in parts else Coverage.NOT_COVERED


def _standard(part: str, asked: str, attestation: Attestation, standing: Standing, edition: Edition) -> ClaimLine:
    keys = {number_key(str(row.get(name, ""))) for row in edition.requirements for name in ("key", "designation")}
    nodes = {
        number_key(str(value.get("node", "")))
        for line in _valid_lines(edition, standing)
        for value in _nodes(line, "documents")
    }
    wanted = number_key(asked)
    if wanted in keys | nodes:
        return ClaimLine(part, asked, Coverage.COVERED, Said(_("{asked} is among its requirements."), {"asked": asked}))
    if not keys - {""} and not nodes:
        return _silent(part, asked, edition)
    listed = [str(row.get("designation") or row.get("key")) for row in edition.requirements]
    said = Said(_("It is to {listed}, not to {asked}."), {"listed": listed or "–", "asked": asked})
    return ClaimLine(part, asked, Coverage.NOT_COVERED, said)


def _words_of(part: str, asked: str, attestation: Attestation, standing: Standing, edition: Edition) -> ClaimLine:
    """Judge a product by the words of the scope statement and the titles of its product nodes."""
    from testamur.register.line_words import value_words

    texts = [*edition.statement.values(), *edition.title.values()]
    for line in _valid_lines(edition, standing):
        texts += [
            text
            for _name, value in Line.from_json(line).values
            if isinstance(value, Node)
            for text in value_words(value).values()
        ]
    wanted = fold(asked)
    for text in texts:
        if (wanted and f" {wanted} " in f" {fold(text)} ") or (
            wanted and any(ord(c) > 0x2E7F for c in wanted) and wanted in fold(text)
        ):
            said = Said(_("The scope names it: {text}"), {"text": text})
            return ClaimLine(part, asked, Coverage.COVERED, said)
    # A scope in words may mean it without naming it; only a person can tell.
    said = Said(_("The scope does not name {asked}; read its words, or ask the issuer."), {"asked": asked})
    return ClaimLine(part, asked, Coverage.CANNOT_BE_TOLD, said)


def _model(part: str, asked: str, attestation: Attestation, standing: Standing, edition: Edition) -> ClaimLine:
    models = [str(model) for model in edition.shown.get("models", [])]
    if not models:
        return _silent(part, asked, edition)
    wanted = number_key(asked)
    for model in models:
        if number_key(model) == wanted:
            return ClaimLine(part, asked, Coverage.COVERED, Said(_("Model {asked} is listed."), {"asked": asked}))
    said = Said(_("Model {asked} is not among the models listed: {listed}."), {"asked": asked, "listed": models})
    return ClaimLine(part, asked, Coverage.NOT_COVERED, said)


def _factory(part: str, asked: str, attestation: Attestation, standing: Standing, edition: Edition) -> ClaimLine:
    sites = list(edition.sites.all())
    named = [party for party in edition.parties.all() if party.role in ("factory", "manufacturer")]
    if not sites and not named:
        return _silent(part, asked, edition)
    wanted = fold(asked)
    places = [(row.names, row.address) for row in sites] + [(row.names, row.address) for row in named]
    for names, address in places:
        texts = [fold(text) for text in [*names.values(), *address.values()]]
        if wanted and any(wanted in text for text in texts):
            said = Said(_("{name} is named on it."), {"name": names})
            return ClaimLine(part, asked, Coverage.COVERED, said)
    listed = [next(iter(names.values()), "") for names, _address in places]
    said = Said(_("{asked} is not among the places named: {listed}."), {"asked": asked, "listed": listed})
    return ClaimLine(part, asked, Coverage.NOT_COVERED, said)


def _made_on(part: str, asked: date, attestation: Attestation, standing: Standing, edition: Edition) -> ClaimLine:
    then = status(attestation, asked)
    facts = {"asked": asked}
    if then.status is Status.VALID:
        return ClaimLine(
            part, asked, Coverage.COVERED, Said(_("It was valid on {asked}, the day of manufacture."), facts)
        )
    goods = _goods(attestation, then, asked)
    if goods is not None:
        return ClaimLine(part, asked, *goods)
    if then.status is None:
        said = Said(_("It was not in force on {asked}, the day of manufacture."), facts)
    else:
        said = Said(_("It was not valid on {asked}, the day of manufacture."), facts)
    return ClaimLine(part, asked, Coverage.NOT_COVERED, said)


def _goods(attestation: Attestation, then: Standing, asked: date) -> tuple[Coverage, Said] | None:
    """Return what the ground of an ended status says of goods made after it; None where it says nothing."""
    change, edition = then.change, then.effective_edition
    if change is None or not change.ground or edition is None or edition.scheme is None:
        return None
    ground = next((row for row in edition.scheme.definition.grounds if row.id == change.ground), None)
    if ground is None or not ground.goods:
        return None
    word = ground.goods["made_after"]
    source = "; ".join(str(one) for one in ground.source or ())
    if word == "may_sell":
        return Coverage.COVERED, Said(_("Goods made on {asked} may still be sold."), {"asked": asked}, source)
    if word == "recall":
        return Coverage.NOT_COVERED, Said(_("Goods made on {asked} are to be recalled."), {"asked": asked}, source)
    return Coverage.NOT_COVERED, Said(_("Goods made on {asked} must not leave the factory."), {"asked": asked}, source)


def _lot(part: str, asked: str, attestation: Attestation, standing: Standing, edition: Edition) -> ClaimLine:
    lots = [str(lot) for lot in edition.shown.get("lots", [])]
    if not lots:
        said = Said(
            _("It names no lots; it covers production in its time, not lot {asked} by itself."), {"asked": asked}
        )
        return ClaimLine(part, asked, Coverage.CANNOT_BE_TOLD, said)
    if number_key(asked) in {number_key(lot) for lot in lots}:
        return ClaimLine(part, asked, Coverage.COVERED, Said(_("Lot {asked} is listed."), {"asked": asked}))
    said = Said(_("Lot {asked} is not among the lots listed: {listed}."), {"asked": asked, "listed": lots})
    return ClaimLine(part, asked, Coverage.NOT_COVERED, said)


def _destination(part: str, asked: str, attestation: Attestation, standing: Standing, edition: Edition) -> ClaimLine:
    wanted = asked.strip().upper()
    areas = edition.scheme.definition.scheme.area if edition.scheme else ()
    if wanted in areas:
        said = Said(_("Its scheme is made for {asked}."), {"asked": wanted})
        return ClaimLine(part, asked, Coverage.COVERED, said)
    said = Said(
        _("Whether {asked} accepts it is for the law of {asked} to say; this register records no such acceptance."),
        {"asked": wanted},
    )
    return ClaimLine(part, asked, Coverage.CANNOT_BE_TOLD, said)


def _lines(
    part: str, asked: tuple[Mapping[str, Any], ...], attestation: Attestation, standing: Standing, edition: Edition
) -> ClaimLine:
    own = Scope.from_json(_valid_lines(edition, standing))
    found = covers(own, Scope.from_json([dict(line) for line in asked]), trees(standing.day))
    if found:
        return ClaimLine(part, asked, Coverage.COVERED, Said(_("Every scope line asked lies inside one of its own.")))
    missing = [line.line.canonical() for line in found.missing]
    said = Said(_("These scope lines lie in none of its own: {lines}"), {"lines": missing})
    return ClaimLine(part, asked, Coverage.PARTLY if found.partly else Coverage.NOT_COVERED, said)


def _silent(part: str, asked: Any, edition: Edition) -> ClaimLine:
    said = Said(_("The record does not say; ask the issuer about {asked}."), {"asked": asked})
    return ClaimLine(part, asked, Coverage.CANNOT_BE_TOLD, said)


def _valid_lines(edition: Edition, standing: Standing) -> list[dict[str, Any]]:
    """Return the lines not suspended or ended by themselves; the whole's status is the other half of the answer."""
    return [
        line.line
        for line in edition.lines.all()
        if standing.lines.get(line.position, Status.VALID) in (Status.VALID, standing.status)
    ]


def _nodes(line: Mapping[str, Any], tree: str) -> list[dict[str, str]]:
    return [
        value
        for value in line.values()
        if isinstance(value, dict) and str(value.get("tree", "")).partition("@")[0] == tree
    ]


_CHECKS: dict[str, Callable[[str, Any, Attestation, Standing, Edition], ClaimLine]] = {
    "standard": _standard,
    "product": _words_of,
    "model": _model,
    "factory": _factory,
    "made_on": _made_on,
    "lot": _lot,
    "destination": _destination,
    "lines": _lines,
}
