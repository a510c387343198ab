"""Forms that choose actions, report them, agree and judge their effect, and prevent the same elsewhere."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from testamur.improvement.actions import cures
from testamur.improvement.models import ProblemAction
from testamur.improvement.queries import control_plans, risks
from testamur.wording.templatetags.say import translated
from testamur.workspace.answers import options
from testamur.workspace.workshop.improvement.parts import Form, Part, people_options, short
from testamur.workspace.workshop.improvement.problems.sending import Sending


class CureForms(Sending):
    """Actions, the effectiveness check, and prevention."""

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
        title = _("Report as done: {action}").format(action=short(action.what, 80))
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
        title = _("Drop: {action}").format(action=short(action.what, 80))
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
            named = options((key, f"{one}: {short(one.mode, 80)}") for key, one in failures.items())
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
