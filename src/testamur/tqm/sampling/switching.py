"""Switching between normal, tightened and reduced inspection (ISO 2859-1:1999, 9.3): a state machine of pure data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.tqm.counting import whole
from testamur.tqm.data import choice
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result

NORMAL, TIGHTENED, REDUCED, DISCONTINUED = "normal", "tightened", "reduced", "discontinued"
SEVERITIES = (NORMAL, TIGHTENED, REDUCED, DISCONTINUED)
SOURCE, EDITION, CLAUSE = "ISO 2859-1", "1999", "9.3"
#: Two of five or fewer consecutive lots not accepted; five accepted in succession; five not accepted in tightened.
WINDOW, OF_WINDOW, BACK, STOP = 5, 2, 5, 5
SCORE = 30


@dataclass(frozen=True)
class SwitchingState:
    """Where a series of lots of one supplier stands. A state never changes: :meth:`step` returns the next one.

    Attributes:
        severity: severity that applies to the NEXT lot.
        recent: results of the latest lots since the last switch, True for accepted, at most five.
        refused_in_tightened: lots not accepted since tightened inspection began; they add up until it ends.
        score: switching score; None outside normal inspection.
    """

    severity: str = NORMAL
    recent: tuple[bool, ...] = ()
    refused_in_tightened: int = 0
    score: int | None = 0

    def __post_init__(self) -> None:
        choice(self.severity, "severity", SEVERITIES)

    def step(
        self,
        accepted: bool,
        *,
        ac: int = 0,
        accepted_one_step_tighter: bool = False,
        reduced_allowed: bool = False,
        normal_asked: bool = False,
    ) -> SwitchingState:
        """Return the state after one lot on original inspection; resubmitted lots do not count.

        Args:
            accepted: the lot was accepted.
            ac: acceptance number of the plan used; from 2 the score rises only by what the next argument says.
            accepted_one_step_tighter: the lot would have passed with an AQL one step tighter.
            reduced_allowed: production is steady and the responsible authority approves of reduced inspection.
            normal_asked: production became irregular, or other conditions warrant normal inspection.

        Raises:
            Refused: inspection is discontinued; the supplier must act first (:meth:`resume`).
        """
        if not isinstance(accepted, bool):
            raise Refused(_("Each lot was either accepted (true) or not (false)."), field="accepted")
        limit = whole(ac, "ac", at_least=0)
        if self.severity == DISCONTINUED:
            raise Refused(
                _("Inspection is discontinued: the supplier improves first, then tightened inspection resumes."),
                source="ISO 2859-1:1999, 9.4",
                who=_("the responsible authority"),
            )
        recent = (*self.recent, accepted)[-WINDOW:]
        if self.severity == NORMAL:
            return self._after_normal(recent, accepted, limit, accepted_one_step_tighter, reduced_allowed)
        if self.severity == TIGHTENED:
            refused = self.refused_in_tightened + (not accepted)
            if refused >= STOP:
                return SwitchingState(DISCONTINUED, (), refused, None)
            if recent[-BACK:] == (True,) * BACK:
                return SwitchingState()
            return replace(self, recent=recent, refused_in_tightened=refused)
        return SwitchingState() if not accepted or normal_asked else replace(self, recent=recent)

    def resume(self) -> SwitchingState:
        """Return tightened inspection after the supplier acted and the authority agreed (9.4)."""
        if self.severity != DISCONTINUED:
            raise Refused(_("Inspection is not discontinued; there is nothing to resume."))
        return SwitchingState(TIGHTENED, (), 0, None)

    def _after_normal(
        self, recent: tuple[bool, ...], accepted: bool, ac: int, tighter: bool, allowed: bool
    ) -> SwitchingState:
        gain = (3 if tighter else None) if ac >= 2 else 2
        score = 0 if not accepted or gain is None else (self.score or 0) + gain
        if recent.count(False) >= OF_WINDOW:
            return SwitchingState(TIGHTENED, (), 0, None)
        if allowed and score >= SCORE:
            return SwitchingState(REDUCED, (), 0, None)
        return replace(self, recent=recent, score=score)


@dataclass(frozen=True, kw_only=True)
class Series(Result):
    """Severity of each lot of some series, and the score after each lot (None outside normal inspection)."""

    sequences: tuple[dict[str, Any], ...]


def switching(accepted: Sequence[Any], *, start: str = NORMAL, reduced_authorised: bool = False, ac: int = 0) -> Series:
    """Return what the switching rules make of series of lots.

    Args:
        accepted: one series of results (True: accepted), or several.
        start: severity of the first lot.
        reduced_authorised: reduced inspection is allowed (off unless the authority approved it).
        ac: acceptance number of the plan; from 2 the score would need the result one AQL tighter, so it stays 0.

    Lots after discontinuation are not inspected; they are listed with that severity.
    """
    if not isinstance(accepted, (list, tuple)) or not accepted:
        raise Refused(_("Give the results of the lots, true for accepted."), field="accepted")
    several = accepted if isinstance(accepted[0], (list, tuple)) else [accepted]
    if not all(isinstance(series, (list, tuple)) for series in several):
        raise Refused(_("Give the results of the lots, true for accepted."), field="accepted")
    found = tuple(
        _follow(series, choice(start, "start", SEVERITIES[:3]), bool(reduced_authorised), ac) for series in several
    )
    return Series(
        sequences=found,
        estimator="ISO 2859-1, 9.3",
        provenance=provenance(
            "iso2859_switching",
            SOURCE,
            EDITION,
            clause=CLAUSE,
            data={"accepted": accepted},
            parameters={"start": start, "reduced_authorised": reduced_authorised, "ac": ac},
        ),
    )


def _follow(series: Sequence[bool], start: str, reduced: bool, ac: int) -> dict[str, Any]:
    state = SwitchingState(start, score=0 if start == NORMAL else None)
    severities: list[str] = []
    scores: list[int | None] = []
    for accepted in series:
        severities.append(state.severity)
        if state.severity == DISCONTINUED:
            scores.append(None)
            continue
        before = state
        state = state.step(accepted, ac=ac, reduced_allowed=reduced)
        scores.append(_score(before, state, accepted, ac))
    return {"severity_per_lot": severities, "after_last": state.severity, "switching_score": scores}


def _score(before: SwitchingState, after: SwitchingState, accepted: bool, ac: int) -> int | None:
    """Return the score that a lot on normal inspection reached, also where it ended normal inspection."""
    if before.severity != NORMAL:
        return None
    if after.severity == NORMAL:
        return after.score
    return (before.score or 0) + 2 if accepted and ac < 2 else 0
