"""The forms on the page of a problem: each carries out one action."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from testamur.improvement.actions import causes, cures
from testamur.improvement.actions import problems as actions
from testamur.improvement.disciplines import Standing
from testamur.improvement.models import Analysis, FishboneCause, Problem, ProblemAction
from testamur.improvement.queries import access, control_plans, risks
from testamur.improvement.queries import problems as queries
from testamur.kernel import clock, days
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import translated, words
from testamur.workspace.answers import options
from testamur.workspace.workshop.improvement.parts import Evidence, Form, Part, people_options, tried

WHYS = 5


class Forms:
    """Every form that a member may send for a problem as it stands; ``done`` names the one that was carried out."""

    def __init__(self, request: HttpRequest, problem: Problem, standing: Standing) -> None:
        self.request, self.problem, self.standing = request, problem, standing
        self.by: Membership = request.membership  # type: ignore[attr-defined]
        self.at = clock.now()
        today = days.day_of(self.at)
        self.people = {one.public_id: one for one in access.colleagues(self.by, today)}
        self.evidence = Evidence(
            {one.public_id: one for one in queries.studies(self.by)[:100]},
            {one.public_id: one for one in queries.charts(self.by)[:100]},
        )
        self.done = ""
        now = standing.now
        self.now = now.key if now else ""
        self.all: list[Form] = []
        if problem.closed_at is not None:
            self._reopen()
            return
        self._contain()
        self._cause(Analysis.Strand.OCCURRENCE)
        self._cause(Analysis.Strand.ESCAPE)
        self._bones()
        self._action()
        self._agree()
        for action in standing.actions:
            if action.done_on is None:
                self._report(action)
                self._drop(action)
        self._prevent()
        self._check()
        self._close()
        self._state()
        self._team()
        self._plan()

    def _add(self, form: Form, act: Any) -> None:
        if tried(form.answers, act):
            self.done = form.ident
        form.open = form.open or form.answers.sent
        self.all.append(form)

    def _at_step(self, *steps: str) -> bool:
        return self.now in steps

    def _facts(self) -> dict[str, Any]:
        return {"problem": self.problem, "by": self.by, "at": self.at}

    # The steps ---------------------------------------------------------------------------------------------------

    def _contain(self) -> None:
        held = self.standing.containment
        part = Part(self.request, "contain", {"what": held.what if held and not held.works else ""})
        works = part.question("works", "yes_no", _("Does it work?"), required=False)
        questions = [
            part.question(
                "what", "long_text", _("What is blocked, sorted or stopped"),
                help=_("Parts in stock, on the way, at the customer. How many of each."),
            ),
            part.question("checked_how", "long_text", _("How it was checked that it works"), required=False),
            part.question("checked_on", "date", _("Day of the check"), required=False),
            works,
            *self.evidence.questions(part),
        ]  # fmt: skip
        answer = str(part.raw(part("works")))
        form = Form("contain", _("Containment"), part, questions, _("Record the containment"),
                    self._at_step("D3", "contain"))  # fmt: skip
        self._add(
            form,
            lambda: causes.contain(
                what=part.said("what"), checked_how=part.said("checked_how"),
                checked_on=part.day(part("checked_on"), required=False),
                works={"true": True, "false": False}.get(answer), proof=self.evidence.read(part), **self._facts(),
            ),
        )  # fmt: skip

    def _cause(self, strand: Analysis.Strand) -> None:
        held = self.standing.analyses.get(strand)
        act = "cause" if strand == Analysis.Strand.OCCURRENCE else "escape"
        escape = strand == Analysis.Strand.ESCAPE
        initial: dict[str, Any] = {f"why{place}": text for place, text in enumerate(held.whys if held else (), 1)}
        if held:
            initial |= {"cause": held.cause, "verification": held.verification, "proof_record": held.proof_record}
        part = Part(self.request, act, initial)
        first = _("Why did nobody notice?") if escape else _("Why did it happen?")
        questions = [
            part.question(
                f"why{place}", "text", first if place == 1 else _("{place}. Why is that so?").format(place=place),
                required=False, max=400,
                help=(_("Name the check that should have caught it, and why it did not.") if escape else
                      _("Ask what happened, not who. Each answer says why the one before it is so."))
                if place == 1 else "",
            )
            for place in range(1, max(WHYS, len(held.whys) if held else 0) + 1)
        ]  # fmt: skip
        questions += [
            part.question(
                "cause", "long_text", _("Root cause in a sentence"),
                help=_("If it is removed, the problem does not come back."),
            ),
            part.question("verification", "long_text", _("How it was verified")),
            *self.evidence.questions(part),
        ]  # fmt: skip
        open_now = self._at_step("D4", "cause") and strand not in self.standing.analyses
        title = _("Why did nobody notice? (escape)") if escape else _("Why did it happen? (occurrence)")
        form = Form(act, title, part, questions, _("Record the cause"), open_now)
        count = len(questions)
        self._add(
            form,
            lambda: causes.analyse(
                strand=strand, whys=[part.said(f"why{place}") for place in range(1, count + 1)],
                cause=part.said("cause"), verification=part.said("verification"), proof=self.evidence.read(part),
                **self._facts(),
            ),
        )  # fmt: skip

    def _bones(self) -> None:
        part = Part(self.request, "bone")
        branches = dict(FishboneCause.Branch.choices)
        questions = [
            part.question("branch", "choice", _("Branch"),
                          options=options((key, translated(label)) for key, label in branches.items())),
            part.question("text", "text", _("Possible cause"), max=120),
        ]  # fmt: skip
        form = Form("bone", _("Fishbone: add a possible cause"), part, questions, _("Add"))
        self._add(
            form,
            lambda: causes.suppose(
                branch=part.one_of("branch", {key: key for key in branches}) or "", text=part.said("text"),
                **self._facts(),
            ),
        )  # fmt: skip
        bones = {one.public_id: one for one in self.problem.bones.filter(round=self.problem.round)}
        if not bones:
            return
        judging = Part(self.request, "judge")
        questions = [
            judging.question("cause", "choice", _("Possible cause"),
                             options=options((key, one.text) for key, one in bones.items())),
            judging.question("verified", "yes_no", _("Is it a cause of this problem?")),
            judging.question("how", "text", _("How you know"), max=300),
        ]  # fmt: skip

        def judge() -> Any:
            bone = judging.one_of("cause", bones)
            if bone is None:
                return None
            verified = judging.yes(judging("verified"))
            return causes.judge(cause=bone, verified=verified, how=judging.said("how"), by=self.by, at=self.at)

        self._add(Form("judge", _("Fishbone: judge a cause"), judging, questions, _("Record")), judge)

    def _action(self) -> None:
        part = Part(self.request, "action", {"kind": ProblemAction.Kind.CORRECTIVE})
        kinds = dict(ProblemAction.Kind.choices)
        questions = [
            part.question("kind", "choice", _("Kind of action"),
                          options=options((key, translated(label)) for key, label in kinds.items())),
            part.question("what", "long_text", _("What will be done")),
            part.question("expectation", "long_text", _("How one knows that it removes the cause")),
            part.question("owner", "choice", _("Who does it"), options=people_options(self.people)),
            part.question("due_on", "date", _("By when")),
        ]  # fmt: skip
        form = Form("action", _("Choose an action"), part, questions, _("Choose this action"),
                    self._at_step("D5", "act") and not self.standing.actions)  # fmt: skip

        def choose() -> Any:
            owner = part.one_of("owner", self.people)
            if owner is None:
                return None
            return cures.choose_action(
                kind=part.one_of("kind", {key: key for key in kinds}) or "", what=part.said("what"),
                expectation=part.said("expectation"), owner=owner, due_on=part.day_of("due_on"), **self._facts(),
            )  # fmt: skip

        self._add(form, choose)

    def _agree(self) -> None:
        if self.standing.check is not None:
            return
        part = Part(self.request, "agree")
        questions = [
            part.question("criterion", "long_text", _("What will be seen where it works"),
                          help=_("Which number, of what, over how long. It cannot be changed afterwards.")),
            part.question("due_on", "date", _("Day of the judgement")),
            part.question("checker", "choice", _("Who judges"), options=people_options(self.people),
                          help=_("Somebody who owns none of the actions.")),
        ]  # fmt: skip

        def agree() -> Any:
            checker = part.one_of("checker", self.people)
            if checker is None:
                return None
            return cures.agree_check(
                criterion=part.said("criterion"), due_on=part.day_of("due_on"), checker=checker, **self._facts()
            )

        form = Form("agree", _("Agree the effectiveness check"), part, questions, _("Agree"),
                    self._at_step("D5", "act") and bool(self.standing.actions))  # fmt: skip
        self._add(form, agree)

    def _report(self, action: ProblemAction) -> None:
        part = Part(self.request, f"done{action.public_id}")
        questions = [
            part.question("done_on", "date", _("Day on which it was done")),
            part.question("before", "long_text", _("Before")),
            part.question("after", "long_text", _("After")),
            *self.evidence.questions(part),
        ]
        title = _("Report as done: {action}").format(action=action.what[:80])
        mine = action.owner_id == self.by.pk
        form = Form(f"done-{action.public_id}", title, part, questions, _("Report as done"),
                    self._at_step("D6", "act") and mine)  # fmt: skip
        self._add(
            form,
            lambda: cures.report_done(
                action=action, done_on=part.day_of("done_on"), before=part.said("before"), after=part.said("after"),
                proof=self.evidence.read(part), by=self.by, at=self.at,
            ),
        )  # fmt: skip

    def _drop(self, action: ProblemAction) -> None:
        part = Part(self.request, f"drop{action.public_id}")
        questions = [part.question("reason", "text", _("Why it is dropped"), max=300)]
        title = _("Drop: {action}").format(action=action.what[:80])
        form = Form(f"drop-{action.public_id}", title, part, questions, _("Drop this action"))
        self._add(
            form, lambda: cures.drop_action(action=action, reason=part.said("reason"), by=self.by, at=self.at)
        )

    def _prevent(self) -> None:
        held = self.standing.prevention
        initial = {"failure_text": held.failure_text, "plan_text": held.plan_text, "what": held.what} if held else {}
        failures = {one.public_id: one for one in risks.of_organisation(self.by)[:500]}
        plans = {one.public_id: one for one in control_plans.visible_to(self.by)[:300]}
        if held:
            initial |= {"failure": held.failure.public_id if held.failure else ""}
            initial |= {"plan": held.plan.public_id if held.plan else ""}
        part = Part(self.request, "prevent", initial)
        questions = []
        if failures:
            named = options((key, f"{one}: {one.mode[:80]}") for key, one in failures.items())
            questions.append(part.question("failure", "choice", _("Row of the FMEA"), required=False, options=named))
        questions.append(
            part.question("failure_text", "text", _("Row of the FMEA in words"), max=200, required=not failures,
                          help=_("Or why there is none."))
        )  # fmt: skip
        if plans:
            named = options((key, f"{one.number}: {one.title}") for key, one in plans.items())
            questions.append(part.question("plan", "choice", _("Control plan"), required=False, options=named))
        questions += [
            part.question("plan_text", "text", _("Control plan in words"), max=200, required=not plans,
                          help=_("Or why there is none.")),
            part.question("what", "long_text", _("What was changed, and where else it could happen"),
                          help=_("Other lines, other products, documents, training.")),
            *self.evidence.questions(part),
        ]  # fmt: skip
        form = Form("prevent", _("Prevent it elsewhere"), part, questions, _("Record"), self._at_step("D7"))
        self._add(
            form,
            lambda: cures.prevent(
                failure_text=part.said("failure_text"), plan_text=part.said("plan_text"), what=part.said("what"),
                failure=part.one_of("failure", failures, required=False) if failures else None,
                plan=part.one_of("plan", plans, required=False) if plans else None,
                proof=self.evidence.read(part), **self._facts(),
            ),
        )  # fmt: skip

    def _check(self) -> None:
        check = self.standing.check
        if check is None or check.effective is not None:
            return
        part = Part(self.request, "effect")
        questions = [
            part.question("effective", "yes_no", _("Did the effect last?")),
            part.question("result", "long_text", _("What was seen, against the criterion")),
            *self.evidence.questions(part),
        ]

        def judge() -> Any:
            answer = part.one_of("effective", {"true": True, "false": False})
            if answer is None:
                return None
            return cures.check_effect(
                effective=answer, result=part.said("result"), proof=self.evidence.read(part), **self._facts()
            )

        open_now = self._at_step("D8", "effect") or (check.checker_id == self.by.pk and self._at_step("act", "D6"))
        title, button = _("Check the effect"), _("Record the judgement")
        form = Form("effect", title, part, questions, button, open_now, check.criterion)
        self._add(form, judge)

    def _close(self) -> None:
        if self.standing.missing:
            return
        part = Part(self.request, "close")
        questions = [part.question("recognition", "long_text", _("What the team did, and what was learnt"))]
        form = Form("close", _("Close and thank the team"), part, questions, _("Close"), True)
        self._add(form, lambda: actions.close(recognition=part.said("recognition"), **self._facts()))

    # What frames them --------------------------------------------------------------------------------------------

    def _state(self) -> None:
        part = Part(self.request, "state", {**stated(self.problem), "version": self.problem.version})
        questions = statement_questions(part, self.problem.method)
        form = Form("state", _("Describe the problem"), part, questions, _("Save"), self._at_step("D0", "D2"),
                    extra=[(part("version"), str(part.raw(part("version"))))])  # fmt: skip
        self._add(
            form,
            lambda: actions.state_problem(
                statement=read_statement(part), version=part.number(part("version")) or 0, **self._facts()
            ),
        )

    def _team(self) -> None:
        lead = self.standing.leader
        others = [one for one in self.standing.members if not one.leads]
        rows = [{"who": one.membership.public_id, "part": one.part} for one in others]
        part = Part(self.request, "team", {"leader": lead.public_id if lead else "", "members": rows})
        named = [(key, words(one.person.names)) for key, one in self.people.items()]
        questions = [
            part.question("leader", "choice", _("Who leads"), options=people_options(self.people)),
            part.question(
                "members", "people", _("Who works on it"), required=False,
                columns=[{"id": "who", "label": _("Name"), "type": "text", "choices": named},
                         {"id": "part", "label": _("Part"), "type": "text"}],
            ),
        ]  # fmt: skip

        def name() -> Any:
            leader = part.one_of("leader", self.people)
            if leader is None:
                return None
            chosen = [(row.get("who", ""), row.get("part", "")) for row in part.rows(part("members"))]
            members = [(self.people[who], text) for who, text in chosen if who in self.people]
            return actions.name_team(leader=leader, members=members, **self._facts())

        self._add(Form("team", _("Name the team"), part, questions, _("Save the team"), self._at_step("D1")), name)

    def _plan(self) -> None:
        plans = self.standing.plans
        steps = [one for one in self.standing.steps if not one.done]
        initial: dict[str, Any] = {}
        for step in steps:
            if held := plans.get(step.key):
                initial |= {f"who-{step.key}": held.who.public_id, f"due-{step.key}": held.due_on.isoformat()}
        part = Part(self.request, "plan", initial)
        questions = []
        for step in steps:
            title = translated(step.title)
            questions += [
                part.question(f"who-{step.key}", "choice", _("{step}: who").format(step=title), required=False,
                              options=people_options(self.people)),
                part.question(f"due-{step.key}", "date", _("{step}: by").format(step=title), required=False),
            ]  # fmt: skip

        def plan() -> Any:
            wanted: dict[str, tuple[Membership, date]] = {}
            for step in steps:
                who = part.one_of(f"who-{step.key}", self.people, required=False)
                due = part.day(part(f"due-{step.key}"), required=who is not None)
                held = plans.get(step.key)
                if who is not None and due and not (held and (held.who_id, held.due_on) == (who.pk, due)):
                    wanted[step.key] = (who, due)
            return actions.plan_steps(plans=wanted, **self._facts())

        if questions:
            self._add(Form("plan", _("Plan the steps"), part, questions, _("Save the plan")), plan)

    def _reopen(self) -> None:
        part = Part(self.request, "reopen")
        questions = [part.question("reason", "long_text", _("Why it is opened again"))]
        form = Form("reopen", _("Reopen"), part, questions, _("Reopen, from the cause on"))
        self._add(form, lambda: actions.reopen(reason=part.said("reason"), **self._facts()))


def statement_questions(part: Part, method: str) -> list[dict[str, Any]]:
    """Return the questions by which a problem is described."""
    eight = method == Problem.Method.EIGHT_D
    asked = [
        part.question("title", "text", _("The problem in a few words"), max=160),
        part.question("what", "long_text", _("What is not as it should be")),
        part.question("place", "text", _("Where was it seen?"), max=200),
        part.question("extent", "text", _("How many, how much?"), max=200),
        part.question("since", "date", _("Since when?")),
        part.question("emergency", "long_text", _("What was done at once"), required=eight),
    ]
    if eight:
        asked.append(
            part.question("is_not", "long_text", _("Where or when could it happen, and does not?"), required=False,
                          help=_("The difference often leads to the cause."))
        )  # fmt: skip
    return asked


def stated(problem: Problem) -> dict[str, Any]:
    """Return the description as the form shows it."""
    names = ("title", "what", "place", "extent", "emergency", "is_not")
    return {**{name: getattr(problem, name) for name in names}, "since": problem.since.isoformat()}


def read_statement(part: Part) -> dict[str, Any]:
    """Return the description that was typed."""
    names = ("title", "what", "place", "extent", "emergency", "is_not")
    return {**{name: part.said(name) for name in names}, "since": part.day(part("since"))}
