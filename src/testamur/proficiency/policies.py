"""May this happen? Each check raises :class:`Refused` with a sentence, or says nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function
from testamur.parties.models import Membership, Organisation
from testamur.parties.policies import check_holds, check_lives
from testamur.proficiency.models import Edition, Group, Measurand, Participant, Release, Round, Score

#: Numbers and titles of these clauses are those of the published contents of ISO/IEC 17043:2023 (read as AS/NZS ISO/IEC
#: 17043:2025, identical) and of ISO 13528:2022 down to 8.4. Of 13528 section 9 and later the numbers are unconfirmed.
DESIGN = "iso-17043@2023#7.2"
ENROLMENT = "iso-17043@2023#7.1"
ITEMS = "iso-17043@2023#7.3.2"
RESULTS = "iso-17043@2023#7.4.1"
EVALUATION = "iso-17043@2023#7.4.2"
REPORT = "iso-17043@2023#7.4.3"
APPEALS = "iso-17043@2023#7.7"
SECRECY = "iso-17043@2023#4.2"
MONITORING = "iso-17025@2017#7.7.3"

PROVIDER = _("the provider of the proficiency test")
#: A release lasts at most so many days; then the laboratory says again that it wants it.
RELEASE_DAYS = 3 * 366


def check_may_run(by: Membership, of: Round | Organisation, at: datetime) -> None:
    """A round is run by its provider's members with the function *quality*."""
    check_lives(by, at)
    check_holds(by, Function.QUALITY, of.organisation if isinstance(of, Round) else of)


def check_may_act_for(by: Membership, laboratory: Organisation, at: datetime) -> None:
    """For a laboratory its own members with the function *quality* act."""
    check_lives(by, at)
    check_holds(by, Function.QUALITY, laboratory)


def check_is(found: Round, *states: str) -> None:
    """The round is in one of these states."""
    if found.state in states:
        return
    words = {
        "draft": _("This round is still a draft. Open it first."),
        "open": _("This round is open for enrolment. What was agreed changes only by a new version of its rules."),
        "dispatched": _("The items of this round are dispatched; this is no longer possible."),
        "reported": _("This round is reported. A correction is a new edition of its evaluation."),
        "cancelled": _("This round is cancelled."),
    }
    raise Refused(words[found.state], rule="proficiency.state", source=DESIGN)


def check_version(found: Round, version: int | None) -> None:
    """Nobody writes over what somebody else wrote meanwhile."""
    if version is not None and version != found.version:
        raise Refused(
            _("Somebody else changed this round meanwhile. Look at it again before you write over it."), rule="version"
        )


def check_days(enrol_until: date, dispatch_on: date, results_until: date, report_on: date) -> None:
    """The days of a round follow each other."""
    for field, before, after, sentence in (
        ("dispatch_on", enrol_until, dispatch_on, _("The items are dispatched after enrolment has ended.")),
        ("results_until", dispatch_on, results_until, _("Results come in after the items are dispatched.")),
        ("report_on", results_until, report_on, _("The report follows the last day for results.")),
    ):
        if after < before:
            raise Refused(sentence, rule="proficiency.days", source=DESIGN, field=field)


def check_measurand(one: Measurand) -> None:
    """What judges a result is said completely, before anybody has one."""
    if not any(one.name.values()):
        raise Refused(_("Name what is measured."), rule="proficiency.measurand", source=DESIGN, field="name-en")
    if one.sigma_by == Measurand.SigmaBy.HORWITZ:
        if one.mass_fraction is None or not 0 < one.mass_fraction <= 1:
            raise Refused(
                _("Horwitz needs the mass fraction of one unit: above 0, at most 1 (for mg/kg write 0.000001)."),
                rule="proficiency.sigma",
                source="iso-13528@2022#8.4",
                field="mass_fraction",
            )
    elif one.sigma_pt is None or one.sigma_pt <= 0:
        raise Refused(
            _(
                "Give σ_pt, above 0: results and material are judged by it. Where it comes from the data, give the "
                "value you expect; the material is judged by that."
            ),
            rule="proficiency.sigma",
            source="iso-13528@2022#8",
            field="sigma_pt",
        )
    if one.score_by in (Measurand.ScoreBy.ZETA, Measurand.ScoreBy.EN) and one.by_consensus:
        raise Refused(
            _("ζ and E_n take the assigned value as independent of the results; choose a known or reference value."),
            rule="proficiency.score",
            source="iso-13528@2022#9.6",
            field="score_by",
        )


def check_blind(found: Round, measurands: Collection[Measurand]) -> None:
    """Where groups share a value they must not be able to count each other.

    With σ_pt from the same results, u(x_pt) = 1.25 σ_pt/√p gives the number of all participants away.
    """
    if found.grouping != Round.Grouping.JOINT:
        return
    for one in measurands:
        if one.by_consensus and one.sigma_by == Measurand.SigmaBy.DATA:
            raise Refused(
                _(
                    "{measurand}: σ_pt from the data and a shared assigned value let a group compute how many others "
                    "there are. Prescribe σ_pt, or judge each group apart."
                ),
                {"measurand": one.name},
                rule="proficiency.blind",
                source=SECRECY,
                field="sigma_by",
            )


def check_may_open(found: Round, measurands: Collection[Measurand], today: date) -> None:
    """Rules in words, at least one measurand, days that lie ahead."""
    check_is(found, "draft")
    if not any(found.rules.values()):
        raise Refused(
            _("Write down the rules first: what is agreed before anybody enrols."),
            rule="proficiency.rules",
            source=ENROLMENT,
            field="rules-en",
        )
    if not measurands:
        raise Refused(_("Say first what is measured."), rule="proficiency.measurand", source=DESIGN)
    for one in measurands:
        check_measurand(one)
    check_blind(found, measurands)
    if found.enrol_until < today:
        raise Refused(
            _("The last day of enrolment ({day}) has passed. Choose a later one."),
            {"day": found.enrol_until},
            rule="proficiency.days",
            source=DESIGN,
            field="enrol_until",
        )


def check_may_enrol(found: Round, laboratory: Organisation, invited: bool, today: date) -> None:
    """A laboratory enrols in time, once, and where it was asked to if the round is not for everybody."""
    if found.organisation_id == laboratory.pk:
        raise Refused(
            _("A provider takes no part in its own round."), rule="proficiency.enrolment", source="iso-17043@2023#4.1"
        )
    check_is(found, "open")
    if found.admits == Round.Admits.INVITED and not invited:
        raise Refused(
            _("This round is for invited laboratories."), rule="proficiency.enrolment", source=ENROLMENT, who=PROVIDER
        )
    if today > found.enrol_until:
        raise Refused(
            _("Enrolment ended on {day}."),
            {"day": found.enrol_until},
            rule="proficiency.enrolment",
            source=ENROLMENT,
            who=PROVIDER,
        )
    if found.participants.filter(organisation=laboratory).exists():
        raise Refused(
            _("{organisation} is enrolled in this round already."),
            {"organisation": laboratory.names},
            rule="proficiency.enrolment",
        )


def check_may_report(participant: Participant, today: date) -> None:
    """Results come in after dispatch, until the last day, by those who take part."""
    found = participant.round
    if participant.withdrawn_at is not None:
        raise Refused(_("You withdrew from this round."), rule="proficiency.results", source=RESULTS)
    if found.state == Round.State.OPEN:
        raise Refused(
            _("The items of this round are not dispatched yet; they will be on {day}."),
            {"day": found.dispatch_on},
            rule="proficiency.results",
            source=RESULTS,
            until=found.dispatch_on,
        )
    if today > found.results_until:
        raise Refused(
            _(
                "The last day for results was {day}; results are sealed since. Late results are not evaluated, because "
                "others might be known by now. Tell the provider."
            ),
            {"day": found.results_until},
            rule="proficiency.results",
            source=RESULTS,
            who=PROVIDER,
        )
    check_is(found, "dispatched")


def check_may_evaluate(found: Round, today: date) -> None:
    """Nobody evaluates, or looks at results, before they are sealed."""
    check_is(found, "dispatched", "reported")
    if today <= found.results_until:
        raise Refused(
            _("Participants may correct their results until {day}; the evaluation begins the day after."),
            {"day": found.results_until},
            rule="proficiency.sealed",
            source=EVALUATION,
            until=found.results_until,
        )


def check_may_issue(edition: Edition, by: Membership) -> None:
    """ISO/IEC 17043:2023, 7.4.3: who proposed an evaluation does not issue it."""
    if edition.issued_at is not None:
        raise Refused(_("This evaluation is issued already."), rule="proficiency.issue", source=REPORT)
    if edition.by is not None and edition.by.person_id == by.person_id:
        raise Refused(
            _("You proposed this evaluation. Another member of {organisation} with the function quality issues it."),
            {"organisation": by.organisation.names},
            rule="proficiency.two_persons",
            source=REPORT,
        )


def check_may_respond(score: Score, by: Membership, at: datetime) -> None:
    """A laboratory answers its own score, where that is not acceptable."""
    check_may_act_for(by, score.participant.organisation, at)
    if score.rating not in (Score.Rating.WARNING, Score.Rating.ACTION):
        raise Refused(_("This score asks for no answer."), rule="proficiency.response", source=MONITORING)


def check_may_release(
    by: Membership, to: Organisation, found: Round | None, group: Group | None, until: date, at: datetime
) -> None:
    """One's own results, to somebody else, for a time; what was agreed to stay blind stays blind."""
    check_may_act_for(by, by.organisation, at)
    if to.pk == by.organisation_id:
        raise Refused(_("These are your own results; you see them already."), rule="proficiency.release", field="to")
    if found is not None and group is None:
        raise Refused(_("You take no part in this round."), rule="proficiency.release", field="round")
    if group is not None and group.blind:
        raise Refused(
            _("By the rules of this round your group's results are shown to no accreditor, also not by a release."),
            rule="proficiency.blind",
            source=SECRECY,
            field="round",
        )
    today = day_of(at, by.organisation.country)
    if not 0 <= (until - today).days <= RELEASE_DAYS:
        raise Refused(
            _("Choose a last day from today to three years ahead."), rule="proficiency.release", field="until_day"
        )


def check_may_revoke(release: Release, by: Membership, at: datetime) -> None:
    """The laboratory takes its own release back, once."""
    check_may_act_for(by, release.organisation, at)
    if release.revoked_at is not None:
        raise Refused(_("This release is revoked already."), rule="proficiency.release")


def check_may_look(by: Membership, at: datetime) -> None:
    """Released results are read by those who supervise laboratories or plan their assessment."""
    check_lives(by, at)
    if not by.holds(Function.SUPERVISION):
        check_holds(by, Function.SELECTION)
