"""Attribute agreement: how well appraisers agree with themselves, with each other, and with the truth (AIAG MSA)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scipy.special import betaincinv

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import labels, number, same_length
from testamur.tqm.methods import provenance
from testamur.tqm.msa.anova import AIAG, EDITION
from testamur.tqm.msa.kappa import cohen_kappa, fleiss_kappa
from testamur.tqm.results import Result, Warning


@dataclass(frozen=True)
class Share:
    """A share with its exact interval (Clopper-Pearson), %; ``matched`` of ``total``."""

    matched: int
    total: int
    pct: float | None
    lower: float | None
    upper: float | None


def share(matched: int, total: int, conf: float) -> Share:
    """Return a share with its Clopper-Pearson interval; without any item there is no share."""
    if total == 0:
        return Share(0, 0, None, None, None)
    tail = (1 - conf) / 2
    low = 0.0 if matched == 0 else float(betaincinv(matched, total - matched + 1, tail))
    high = 1.0 if matched == total else float(betaincinv(matched + 1, total - matched, 1 - tail))
    return Share(matched, total, 100 * matched / total, 100 * low, 100 * high)


@dataclass(frozen=True, kw_only=True)
class Agreement(Result):
    """An attribute agreement study.

    Attributes:
        within: appraiser → items on which all their own trials agree.
        versus_reference: appraiser → items on which all trials agree with the reference (effectiveness).
        between: items on which all trials of all appraisers agree; all_versus_reference: and with the reference.
        miss_rate, false_alarm_rate: appraiser → share of wrong single decisions on nonconforming and conforming items.
        kappa_versus_reference: appraiser → Cohen's kappa; fleiss: over all trials.
    """

    within: dict[str, Share]
    versus_reference: dict[str, Share] | None
    between: Share
    all_versus_reference: Share | None
    miss_rate: dict[str, Share] | None
    false_alarm_rate: dict[str, Share] | None
    kappa_versus_reference: dict[str, float | None] | None
    fleiss: float | None
    items: int
    trials: int
    conf: float
    prevalence: dict[str, float]


def attribute_agreement(
    item: Any,
    appraiser: Any,
    rating: Any,
    reference: Any = None,
    *,
    nonconforming: str | None = None,
    conf: float = 0.95,
    edition: str | None = None,
) -> Agreement:
    """Return the agreement of appraisers.

    Args:
        item, appraiser, rating: long columns, one row for each decision; every appraiser judges all items equally
            often.
        reference: the true category of each row, where it is known.
        nonconforming: the category that means nonconforming, for miss and false alarm rates.

    Raises:
        Refused: an appraiser did not judge an item as often as others; one item has two references.
    """
    conf = number(conf, "conf", above=0.5, below=1)
    things, people, found = labels(item, "item"), labels(appraiser, "appraiser"), labels(rating, "rating")
    same_length(item=things, appraiser=people, rating=found)
    items, appraisers = tuple(dict.fromkeys(things)), tuple(dict.fromkeys(people))
    cells: dict[tuple[str, str], list[str]] = {(thing, person): [] for thing in items for person in appraisers}
    for thing, person, decision in zip(things, people, found, strict=True):
        cells[thing, person].append(decision)
    trials = max(len(given) for given in cells.values())
    for (thing, person), given in cells.items():
        if len(given) != trials:
            raise Refused(
                _("{first} {one}, {second} {other} has {count} of {trials} trials. Measure again, or leave it out."),
                {
                    "first": "item",
                    "one": thing,
                    "second": "appraiser",
                    "other": person,
                    "count": len(given),
                    "trials": trials,
                },
                field="rating",
            )
    truth = _truth(things, reference)
    within = {
        person: share(sum(len(set(cells[thing, person])) == 1 for thing in items), len(items), conf)
        for person in appraisers
    }
    every = {thing: [given for person in appraisers for given in cells[thing, person]] for thing in items}
    between = share(sum(len(set(given)) == 1 for given in every.values()), len(items), conf)
    versus = overall = missed = alarmed = kappas = None
    if truth is not None:
        versus = {
            person: share(sum(set(cells[thing, person]) == {truth[thing]} for thing in items), len(items), conf)
            for person in appraisers
        }
        overall = share(sum(set(every[thing]) == {truth[thing]} for thing in items), len(items), conf)
        kappas = {
            person: cohen_kappa([[given, truth[thing]] for thing in items for given in cells[thing, person]]).kappa
            for person in appraisers
        }
        if nonconforming is not None:
            missed, alarmed = _wrong(cells, truth, items, appraisers, str(nonconforming), conf)
    counted = {name: found.count(name) / len(found) for name in sorted(set(found))}
    warnings = []
    if len(items) < 20:
        sentence = _("{count} items are few for an agreement study; 20 to 50 are usual.")
        warnings.append(Warning("few_items", sentence, {"count": len(items)}))
    if max(counted.values()) > 0.9:
        sentence = _("One category makes up {share} % of ratings; choose items near the border as well.")
        warnings.append(Warning("prevalence", sentence, {"share": round(100 * max(counted.values()))}))
    rows = [[given for person in appraisers for given in cells[thing, person]] for thing in items]
    fleiss = fleiss_kappa(rows).kappa if len(items) > 1 and len(rows[0]) > 1 else None
    data = {"item": tuple(things), "appraiser": tuple(people), "rating": tuple(found)}
    if truth is not None:
        data["reference"] = tuple(truth[thing] for thing in things)
    return Agreement(
        within=within,
        versus_reference=versus,
        between=between,
        all_versus_reference=overall,
        miss_rate=missed,
        false_alarm_rate=alarmed,
        kappa_versus_reference=kappas,
        fleiss=fleiss,
        items=len(items),
        trials=trials,
        conf=conf,
        prevalence=counted,
        estimator="Clopper-Pearson",
        warnings=tuple(warnings),
        provenance=provenance(
            "attribute_agreement",
            AIAG,
            edition or EDITION,
            data=data,
            parameters={"nonconforming": nonconforming, "conf": conf},
            clause="III.C",
        ),
    )


def _truth(things: list[str], reference: Any) -> dict[str, str] | None:
    if reference is None:
        return None
    given = labels(reference, "reference")
    same_length(item=things, reference=given)
    truth: dict[str, str] = {}
    for thing, value in zip(things, given, strict=True):
        if truth.setdefault(thing, value) != value:
            raise Refused(
                _("Item {item} has two references, {one} and {other}."),
                {"item": thing, "one": truth[thing], "other": value},
                field="reference",
            )
    return truth


def _wrong(
    cells: dict[tuple[str, str], list[str]],
    truth: dict[str, str],
    items: tuple[str, ...],
    appraisers: tuple[str, ...],
    nonconforming: str,
    conf: float,
) -> tuple[dict[str, Share], dict[str, Share]]:
    if nonconforming not in set(truth.values()):
        raise Refused(
            _("No reference is {category}; name the category that means nonconforming."),
            {"category": nonconforming},
            field="nonconforming",
        )
    missed, alarmed = {}, {}
    for person in appraisers:
        bad = [given for thing in items if truth[thing] == nonconforming for given in cells[thing, person]]
        good = [given for thing in items if truth[thing] != nonconforming for given in cells[thing, person]]
        missed[person] = share(sum(given != nonconforming for given in bad), len(bad), conf)
        alarmed[person] = share(sum(given == nonconforming for given in good), len(good), conf)
    return missed, alarmed
