"""What a report says: once, for the page, the PDF and the accreditor. A reader is shown one group and no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from testamur.files.reports import Report, Section, Table, to_pdf
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused
from testamur.proficiency import queries, scoring
from testamur.proficiency.models import Edition, Group, Measurand, Participant, Round
from testamur.tqm import kernel_density
from testamur.wording.templatetags.say import language, words
from testamur.workspace.workshop.proficiency.frame import drawing, rating


def parts_for(
    participant: Participant, edition: Edition
) -> list[tuple[Measurand, Mapping[str, Any], list[dict[str, Any]]]]:
    """Return what a participant may read: each measurand with its part and the entries of its own group, by code."""
    codes = {one.participant.public_id: one.participant.code for one in queries.peers(participant, edition)}
    return _parts(edition, codes, participant.group.public_id)


def all_parts(edition: Edition) -> list[tuple[Measurand, Mapping[str, Any], list[dict[str, Any]]]]:
    """Return everything, for the provider."""
    codes = {one.public_id: one.code for one in edition.round.participants.all()}
    return _parts(edition, codes, None)


def _parts(edition: Edition, codes: Mapping[str, str], group: str | None) -> list[Any]:
    measurands = {one.public_id: one for one in edition.round.measurands.all()}
    found = []
    for part in edition.body["parts"]:
        if group is not None and part["group"] not in ("", group):
            continue
        entries = [{**one, "code": codes[one["participant"]]} for one in part["scores"] if one["participant"] in codes]
        found.append((measurands[part["measurand"]], part, entries))
    return found


def facts_of(found: Round, one: Measurand, told: Mapping[str, Any], *, whole: bool = False) -> list[dict[str, Any]]:
    """Return assigned value and σ_pt; number and spread of the results only where groups could not count each other.

    Args:
        whole: for the provider.
    """
    rows = [
        (_("Assigned value"), f"{told['x_pt']:.{one.decimals}f} {one.unit}"),
        (_("Its standard uncertainty"), f"{told['u']:.{one.decimals + 1}f} {one.unit}"),
        (_("σ_pt"), f"{told['sigma_pt']:.{one.decimals + 1}f} {one.unit}"),
    ]
    if whole or found.grouping != Round.Grouping.JOINT:
        rows.append((_("Results in the assigned value"), str(told["p"])))
        if told["s"] is not None:
            rows.append((_("Robust standard deviation"), f"{told['s']:.{one.decimals + 1}f} {one.unit}"))
    return [{"label": label, "value": value.strip()} for label, value in rows]


def score_words(entry: Mapping[str, Any]) -> str:
    """Return a score with two decimals, "" where there is none."""
    return "" if entry["score"] is None else f"{entry['kind']} = {entry['score']:.2f}"


def figure(one: Measurand, told: Mapping[str, Any], entries: list[dict[str, Any]], own: str = "") -> Any:
    """Return the ordered scores as SVG, one's own code marked; "" where nobody has a score."""
    scored = [entry for entry in entries if entry["score"] is not None]
    if not scored:
        return ""
    names = [f"▶ {entry['code']}" if entry["participant"] == own else entry["code"] for entry in scored]
    return drawing(scoring.drawn(one, told, scored, names))


def density(told: Mapping[str, Any], entries: list[dict[str, Any]]) -> Any:
    """Return the kernel density of these results as SVG; "" where they are too few or too equal to have one."""
    values = [entry["value"] for entry in entries if entry["value"] and not entry["value"].startswith("<")]
    try:
        return drawing(kernel_density(values, x_pt=told["x_pt"]))
    except Refused:
        return ""


def blocks(participant: Participant, edition: Edition, *, peers: bool = True) -> list[dict[str, Any]]:
    """Return a participant's report as blocks of a page.

    Args:
        peers: False for others than the participant: its own line alone.
    """
    made = []
    for one, part, entries in parts_for(participant, edition):
        own = participant.public_id
        shown = [entry for entry in entries if peers or entry["participant"] == own]
        shown.sort(key=lambda entry: entry["participant"] != own)  # one's own line first, the others by code
        rows = [
            {
                "chosen": entry["participant"] == own,
                "cells": [
                    _("{code} (your own)").format(code=entry["code"])
                    if entry["participant"] == own and peers
                    else entry["code"],
                    entry["value"],
                    entry["U"] or "",
                    score_words(entry),
                    rating(entry["rating"]),
                ],
            }
            for entry in shown
        ]
        columns = [{"label": label} for label in (_("Code"), _("Result"), _("U"), _("Score"), _("Rating"))]
        made.append(
            {
                "title": one.name,
                "facts": facts_of(edition.round, one, part["assigned"]),
                "figure": figure(one, part["assigned"], shown, own) if peers else "",
                # Of one's own group only: these results are listed to it below.
                "second": density(part["assigned"], shown) if peers else "",
                "table": {"caption": one.name, "columns": columns, "rows": rows},
            }
        )
    return made


def as_pdf(participant: Participant, edition: Edition) -> HttpResponse:
    """Return a participant's report as PDF."""
    found = edition.round
    sections = [
        *_words_section(edition),
        *(section for block in blocks(participant, edition) for section in paper(block)),
    ]
    report = Report(
        title=_("Report of a proficiency test"),
        facts=[*facts_on_paper(edition), (_("Participant"), words(participant.organisation.names)),
               (_("Code"), participant.code)],
        sections=sections,
        footer=words(found.organisation.names),
    )  # fmt: skip
    return sent(report, f"report-{found.public_id}-{participant.code}")


def summary_as_pdf(edition: Edition, group: Group | None) -> HttpResponse:
    """Return the provider's report of a round to all its participants as PDF: codes, and no name of a laboratory.

    Args:
        group: whose report it is, where a round has several; of the others it says nothing.
    """
    found = edition.round
    sections = _words_section(edition)
    for one, part, entries in summary_parts(edition, group):
        columns = [{"label": label} for label in (_("Code"), _("Result"), _("U"), _("Score"), _("Rating"))]
        rows = [
            {"cells": [entry["code"], entry["value"], entry["U"] or "", score_words(entry), rating(entry["rating"])]}
            for entry in entries
        ]
        sections += paper(
            {
                "title": one.name,
                "facts": facts_of(found, one, part["assigned"], whole=found.grouping == Round.Grouping.ONE),
                "figure": figure(one, part["assigned"], entries),
                "second": density(part["assigned"], entries),
                "table": {"columns": columns, "rows": rows},
            }
        )
    report = Report(
        title=_("Summary report of a proficiency test"),
        subtitle=_("Participants appear under their codes."),
        facts=facts_on_paper(edition),
        sections=sections,
        footer=words(found.organisation.names),
    )
    return sent(report, f"summary-{found.public_id}" + (f"-{group.public_id}" if group else ""))


def summary_parts(edition: Edition, group: Group | None) -> list[Any]:
    """Return each measurand with its part and the entries of one group by code; of all where there is only one."""
    if group is None:
        return all_parts(edition)
    codes = {one.public_id: one.code for one in group.participants.all()}
    return _parts(edition, codes, group.public_id)


def paper(block: Mapping[str, Any]) -> list[Section]:
    """Return a block of the page as sections on paper: the second drawing has its own, as a section holds one."""
    said = "; ".join(f"{fact['label']}: {fact['value']}" for fact in block["facts"])
    table = block["table"]
    title = words(block["title"])
    found = [
        Section(
            title=title,
            paragraphs=[said],
            figure=str(block["figure"]),
            table=Table(
                titles=[column["label"] for column in table["columns"]], rows=[row["cells"] for row in table["rows"]]
            ),
        )
    ]
    if block["second"]:
        caption = _("Each mark below the curve is one result.")
        heading = _("{measurand}: density of the results").format(measurand=title)
        found.append(Section(title=heading, figure=str(block["second"]), caption=caption))
    return found


def facts_on_paper(edition: Edition) -> list[tuple[str, Any]]:
    """Return what says which report this is."""
    found = edition.round
    return [
        (_("Round"), words(found.title)),
        (_("Provider"), words(found.organisation.names)),
        (_("Edition"), str(edition.number)),
        (_("Issued at"), str(day_of(edition.issued_at, found.organisation.country) if edition.issued_at else "")),
        (_("Digest of the evaluation"), edition.digest),
    ]


def sent(report: Report, name: str) -> HttpResponse:
    """Return a report as a download that no cache keeps."""
    response = HttpResponse(to_pdf(report, language=language()), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response["Cache-Control"] = "no-store"
    return response


def _words_section(edition: Edition) -> list[Section]:
    lines = [text for text in (words(edition.comment), edition.reason) if text]
    return [Section(title=_("From the provider"), paragraphs=lines)] if lines else []
