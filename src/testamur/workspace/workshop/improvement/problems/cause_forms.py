"""Forms that contain a problem and find its causes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from testamur.improvement.actions import causes
from testamur.improvement.models import Analysis, FishboneCause
from testamur.wording.templatetags.say import translated
from testamur.workspace.answers import options
from testamur.workspace.workshop.improvement.parts import Form, Part
from testamur.workspace.workshop.improvement.problems.sending import Sending

WHYS = 5


class CauseForms(Sending):
    """Containment, the two chains of whys, and the fishbone."""

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
