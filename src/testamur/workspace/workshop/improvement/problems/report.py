"""An 8D or corrective action on paper: every discipline with what is on record, earlier rounds included."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from testamur.files.reports import Report, Section, Table
from testamur.improvement import fishbone, verdicts
from testamur.improvement.disciplines import Standing
from testamur.improvement.models import Analysis, ProblemAction
from testamur.wording.templatetags.say import day, language, translated, words
from testamur.workspace.workshop.improvement.cited import bracket, proof_text, sentence_of
from testamur.workspace.workshop.improvement.parts import name_of
from testamur.workspace.workshop.improvement.problems.page import chart_words, earlier, origin_words, state_pill


def report_of(standing: Standing) -> Report:
    """Return the report of a problem in the reader's language."""
    problem = standing.problem
    facts: list[tuple[str, Any]] = [
        (_("Number"), problem.number),
        (_("Organisation"), words(problem.organisation.names)),
        (_("Origin"), origin_words(problem)),
        (_("Opened"), day(problem.effective_at)),
        (_("State"), state_pill(standing)["text"]),
    ]
    if problem.chart is not None:
        state = bracket(sentence_of(verdicts.of_chart(problem.chart)))
        facts.append((_("Control chart"), f"{chart_words(problem)} {state}"))
    if problem.closed_at is not None:
        facts.append((_("Closed"), f"{day(problem.closed_at)}, {name_of(problem.closed_by)}"))
    sections = [_team(standing), _problem(standing), _containment(standing), *_causes(standing), _actions(standing)]
    sections += [_prevention(standing), _effect(standing), *_earlier(standing), _missing(standing)]
    title = _("8D report") if standing.eight else _("Corrective action")
    return Report(
        title=f"{title} {problem.number}",
        subtitle=problem.title,
        facts=facts,
        sections=[one for one in sections if one is not None],
        footer=f"{words(problem.organisation.names)} · {problem.number}",
    )


def _pairs(title: str, rows: list[tuple[str, Any]]) -> Section:
    said = [(label, str(value)) for label, value in rows if value not in (None, "")]
    if not said:
        return Section(title, paragraphs=[_("Nothing on record yet.")])
    return Section(title, table=Table([_("Question"), _("Answer")], said))


def _team(standing: Standing) -> Section | None:
    if not standing.members:
        return None
    rows = [[name_of(one.membership), _("lead") if one.leads else one.part] for one in standing.members]
    return Section(_("Who works on it"), table=Table([_("Name"), _("Part")], rows))


def _problem(standing: Standing) -> Section:
    one = standing.problem
    return _pairs(
        _("Problem"),
        [
            (_("What is not as it should be"), one.what),
            (_("Where was it seen?"), one.place),
            (_("How many, how much?"), one.extent),
            (_("Since when?"), day(one.since)),
            (_("Where or when could it happen, and does not?"), one.is_not),
            (_("What was done at once"), one.emergency),
        ],
    )


def _containment(standing: Standing) -> Section:
    one = standing.containment
    if one is None:
        return _pairs(_("Containment"), [])
    works = {True: _("Yes"), False: _("No"), None: ""}[one.works]
    return _pairs(
        _("Containment"),
        [
            (_("What is blocked, sorted or stopped"), one.what),
            (_("How it was checked that it works"), one.checked_how),
            (_("Day of the check"), day(one.checked_on) if one.checked_on else ""),
            (_("Does it work?"), works),
            (_("Proof"), proof_text(one)),
        ],
    )


def _causes(standing: Standing) -> list[Section]:
    made = []
    for strand, row in standing.analyses.items():
        rows: list[tuple[str, Any]] = [(_("Why {n}").format(n=n), text) for n, text in enumerate(row.whys, 1)]
        rows += [(_("Root cause"), row.cause), (_("How it was verified"), row.verification)]
        rows.append((_("Proof"), proof_text(row)))
        made.append(_pairs(translated(str(Analysis.Strand(strand).label)), rows))
    bones = list(standing.problem.bones.filter(round=standing.problem.round))
    if bones:
        listed = "; ".join(f"{fishbone.MARKS[one.verified]}{one.text}" for one in bones)
        drawn = fishbone.drawn(standing.problem.title, bones, translated, language())
        made.append(Section(_("Cause-and-effect diagram"), figure=drawn, caption=listed))
    return made or [_pairs(_("Root cause"), [])]


def _actions(standing: Standing) -> Section:
    rows = [
        [
            one.what, translated(str(ProblemAction.Kind(one.kind).label)), name_of(one.owner), day(one.due_on),
            day(one.done_on) if one.done_on else "", f"{one.before} → {one.after}" if one.done_on else "",
            proof_text(one),
        ]
        for one in standing.actions
    ]  # fmt: skip
    if not rows:
        return _pairs(_("Actions taken"), [])
    titles = [_("Action"), _("Kind"), _("Who"), _("By"), _("Done"), _("Before and after"), _("Proof")]
    return Section(_("Actions taken"), table=Table(titles, rows))


def _prevention(standing: Standing) -> Section | None:
    one = standing.prevention
    if one is None:
        return _pairs(_("Prevention of recurrence"), []) if standing.eight else None
    rows = [(_("Row of the FMEA"), one.failure_text), (_("Control plan"), one.plan_text),
            (_("What was changed, and where else it could happen"), one.what),
            (_("Proof"), proof_text(one))]  # fmt: skip
    return _pairs(_("Prevention of recurrence"), rows)


def _effect(standing: Standing) -> Section:
    one = standing.check
    if one is None:
        return _pairs(_("Effectiveness check"), [])
    judged = {True: _("effective"), False: _("not effective"), None: ""}[one.effective]
    rows = [
        (_("Criterion, agreed before"), one.criterion), (_("Day of the judgement"), day(one.due_on)),
        (_("Who judges"), name_of(one.checker)), (_("What was seen, against the criterion"), one.result),
        (_("Judgement"), judged), (_("Proof"), proof_text(one)), (_("Learnt"), standing.problem.recognition),
    ]  # fmt: skip
    return _pairs(_("Effectiveness check"), rows)


def _earlier(standing: Standing) -> list[Section]:
    made = []
    for one in earlier(standing.problem):
        rows: list[tuple[str, Any]] = [*one["causes"], (_("Actions taken"), "; ".join(one["actions"]))]
        rows.append((_("What was seen, against the criterion"), one["result"]))
        made.append(_pairs(_("Round {n}, which did not hold").format(n=one["number"]), rows))
    return made


def _missing(standing: Standing) -> Section | None:
    rows = [
        [translated(one.sentence), name_of(one.who), day(one.due_on) if one.due_on else ""] for one in standing.missing
    ]
    if not rows or standing.problem.closed_at is not None:
        return None
    return Section(_("Still missing"), table=Table([_("Step"), _("Who"), _("By")], rows))
