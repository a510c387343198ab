"""May this happen? Who may see, apply, review applications, plan and be put on a team."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from testamur.kernel import days
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Occasion
from testamur.parties import policies as parties
from testamur.parties.models import Membership, Organisation, Person, Platform
from testamur.register.models import Attestation
from testamur.schemes.language.moments import after, resolve
from testamur.schemes.models import Scheme
from testamur.selection import team
from testamur.selection.impartiality import check_body_did_not_advise
from testamur.selection.models import Application, Assignment, Case
from testamur.selection.roles import check_fills_one_of, cite, is_applicant, planning_roles, reviewing_roles
from testamur.selection.turns import Check

Actor = Membership | Platform

#: Occasions that are about a living attestation.
ABOUT_AN_ATTESTATION = frozenset(Occasion) - {Occasion.INITIAL}
#: Occasions on which something new is asked for: a body that advised the client refuses them. Following up what was
#: granted goes on, else nobody would look; its favourable decisions are refused instead.
ASKING = frozenset({Occasion.INITIAL, Occasion.TRANSFER, Occasion.RENEWAL, Occasion.EXTENSION})


def check_stage(case: Case, *stages: str) -> None:
    """The case is at one of the stages."""
    if case.stage not in stages:
        raise Refused(
            _("Case {case} is at “{stage}”; this can be done only at {wanted}."),
            {"case": case.number, "stage": STAGE_WORDS[case.stage], "wanted": [STAGE_WORDS[one] for one in stages]},
            rule="case.stage",
            source="iso-17000@2020#A.1",
        )


#: The stages in both languages (ISO/IEC 17000, annex A).
STAGE_WORDS: dict[str, dict[str, str]] = {
    Case.Stage.APPLICATION: {"en": "application", "zh": "申请"},
    Case.Stage.SELECTION: {"en": "selection", "zh": "选取"},
    Case.Stage.DETERMINATION: {"en": "determination", "zh": "确定"},
    Case.Stage.REVIEW: {"en": "review", "zh": "复核"},
    Case.Stage.DECISION: {"en": "decision", "zh": "决定"},
    Case.Stage.ATTESTATION: {"en": "attestation", "zh": "证明"},
    Case.Stage.DONE: {"en": "done", "zh": "办结"},
    Case.Stage.CLOSED: {"en": "closed", "zh": "已关闭"},
}


def check_may_see(case: Case, membership: Membership | None) -> None:
    """Client, issuer, performers, and overseers who used their named, logged right. Others are told nothing of it."""
    from testamur.selection.queries import visible_to

    if not visible_to(membership).filter(pk=case.pk).exists():
        raise Refused(_("There is no such case."), rule="case.visible", source="testamur@2026-1#access")


def check_may_apply(
    *,
    scheme: Scheme,
    issuer: Organisation,
    party: Organisation | Person,
    occasion: str,
    attestation: Attestation | None,
    on: date,
) -> None:
    """The scheme is open on the day, the party is not barred, and no earlier withdrawal keeps it waiting.

    Raises:
        Refused: with the clause and, where there is one, the day from which it is allowed.
    """
    head = scheme.definition.scheme
    source = cite(head)
    if head.base:
        raise Refused(
            _("The scheme {scheme} is a base for others and is not applied for."),
            {"scheme": head.title},
            rule="scheme.base",
            source=source,
        )
    if on < scheme.effective_from:
        raise Refused(
            _("The scheme {scheme} is in force only from {day}."),
            {"scheme": head.title, "day": scheme.effective_from},
            rule="scheme.effective",
            source=source,
            until=scheme.effective_from,
        )
    last = min((day for day in (scheme.effective_to, head.pilot_until) if day), default=None)
    if last is not None and on > last and occasion in (Occasion.INITIAL, Occasion.TRANSFER, Occasion.RENEWAL):
        raise Refused(
            _("Applications under the scheme {scheme} ended on {day}."),
            {"scheme": head.title, "day": last},
            rule="scheme.effective",
            source=source,
        )
    parties.check_not_barred(party, on=on)
    check_side(issuer, party)
    if occasion in ASKING and isinstance(party, Organisation):
        check_body_did_not_advise(scheme.definition, issuer=issuer, client=party, on=on)
    _check_renewal_window(scheme, occasion, attestation, on)
    if occasion in (Occasion.INITIAL, Occasion.TRANSFER):
        _check_no_waiting_time(scheme, party, on)


def check_side(issuer: Organisation, party: Organisation | Person) -> None:
    """Nobody certifies themselves under a third-party scheme."""
    if isinstance(party, Organisation) and party.pk == issuer.pk:
        raise Refused(
            _("{party} cannot apply to itself."),
            {"party": party.names},
            rule="selection.independence",
            source="iso-17000@2020#4.3",
        )


def _check_renewal_window(scheme: Scheme, occasion: str, attestation: Attestation | None, on: date) -> None:
    if occasion != Occasion.RENEWAL or attestation is None or scheme.definition.attestation is None:
        return
    edition = attestation.editions.order_by("-edition").first()
    if edition is None or edition.expires_on is None:
        return
    table = scheme.definition.attestation
    known = {"expiry": edition.expires_on, "decided": edition.issued_on, "issued": edition.issued_on}
    opens = resolve(table.renewal_opens, known, scheme.definition.area)
    closes = resolve(table.renewal_closes, known, scheme.definition.area)
    if opens is not None and on < opens:
        raise Refused(
            _("Renewal of {number} can be asked for from {day} on; it is valid until {expiry}."),
            {"number": edition.number, "day": opens, "expiry": edition.expires_on},
            rule="attestation.renewal_opens",
            source=cite(table),
            until=opens,
        )
    if closes is not None and on > closes:
        raise Refused(
            _(
                "Renewal of {number} could be asked for until {day}. "
                "A new application, or a restoration where the scheme knows one, is possible."
            ),
            {"number": edition.number, "day": closes},
            rule="attestation.renewal_closes",
            source=cite(table),
        )


def _check_no_waiting_time(scheme: Scheme, party: Organisation | Person, on: date) -> None:
    """``reapply_after`` of the ground on which an earlier attestation of this scheme ended."""
    definition = scheme.definition
    waits = {ground.id: ground for ground in definition.grounds if ground.reapply_after is not None}
    if not waits:
        return
    side = {"person": party} if isinstance(party, Person) else {"holder": party}
    for attestation in Attestation.objects.filter(**side, scheme_id_text=scheme.scheme_id):
        for change in attestation.changes.filter(
            ground__in=waits, lines__isnull=True, annulled_by=None, corrected_by=None, annuls=None
        ):
            ground = waits[change.ground]
            assert ground.reapply_after is not None
            ended = days.day_of(change.effective_at, definition.area)
            until = after(ended, ground.reapply_after, definition.area)
            if ended <= on < until:
                raise Refused(
                    _("{means} A new application is possible from {day} on."),
                    {"means": ground.means, "day": until},
                    rule=f"ground.{ground.id}.reapply_after",
                    source=cite(ground),
                    until=until,
                )


def check_may_open(
    *,
    scheme: Scheme,
    issuer: Organisation,
    occasion: str,
    client: Organisation | None,
    person: Person | None,
    attestation: Attestation | None,
    by: Actor,
    at: datetime,
) -> None:
    """The applicant opens what is asked for; the body opens follow-up; the platform what the programme says."""
    parties.check_lives(by, at)
    if (client is None) == (person is None):
        raise Refused(
            _("A case has one applicant: an organisation or a person."),
            rule="case.applicant",
            source="testamur@2026-1#case",
        )
    if occasion in ABOUT_AN_ATTESTATION and attestation is None and occasion != Occasion.TRANSFER:
        raise Refused(
            _("Say which attestation this is about; only a first application has none."),
            rule="case.attestation",
            source="testamur@2026-1#case",
            field="attestation",
        )
    if (
        attestation is not None
        and occasion not in (Occasion.TRANSFER, Occasion.INITIAL)
        and attestation.issuer_id != issuer.pk
    ):
        raise Refused(
            _("{issuer} did not issue this attestation; apply for a transfer instead."),
            {"issuer": issuer.names},
            rule="case.attestation",
            source="iaf-md2@2023#2.1",
            field="attestation",
        )
    if attestation is not None and client is not None and attestation.holder_id != client.pk:
        raise Refused(
            _("{party} does not hold this attestation."),
            {"party": client.names},
            rule="case.attestation",
            source="testamur@2026-1#case",
            field="attestation",
        )
    if isinstance(by, Platform):
        return
    if person is not None and by.person_id == person.pk:
        return
    if client is not None and by.organisation_id == client.pk:
        parties.check_holds(by, "application", client)  # type: ignore[arg-type]
        return
    if by.organisation_id == issuer.pk and any(
        by.holds(one) for one in ("application", "selection", "surveillance", "status")
    ):
        return
    raise Refused(
        _("{person} acts for neither side of this case."),
        {"person": by.person.names},
        rule="case.applicant",
        source="testamur@2026-1#access",
    )


def check_may_fill_in(application: Application, by: Actor, at: datetime) -> None:
    """The applicant fills in, while the application is a draft or was returned."""
    parties.check_lives(by, at)
    case = application.case
    if case.joint_id and case.integrated_id:
        raise Refused(
            _("This application is filled in together with case {case}."),
            {"case": case.leader.number},
            rule="case.integrated",
            source=cite(case.scheme.definition.scheme),
        )
    if isinstance(by, Membership) and not is_applicant(case, by):
        raise Refused(
            _("Only the applicant fills in the application."),
            rule="application.by",
            source="iso-17000@2020#4.9",
            who=_("a member of the applicant with the function application"),
        )
    if application.state not in (Application.State.DRAFT, Application.State.RETURNED):
        raise Refused(
            _("The application was handed in on {day}; it can be changed again only if the body asks for more."),
            {"day": application.submitted_at.date() if application.submitted_at else case.opened_on},
            rule="application.state",
            source="testamur@2026-1#application",
            who=_("the body's application reviewer"),
        )


def check_version(row: Any, version: int | None) -> None:
    """Nobody overwrites what somebody else changed in the meantime; what was typed stays on the page."""
    if version is None or row.version == version:
        return
    who, when = _last_change(row)
    raise Refused(
        _("{who} changed this at {when}; what you typed is kept. Look at the newer answers and send yours again."),
        {"who": who, "when": when},
        rule="version",
        source="testamur@2026-1#versions",
    )


def _last_change(row: Any) -> tuple[Any, Any]:
    saved_by = getattr(row, "saved_by", None) or getattr(row, "by", None)
    when = getattr(row, "saved_at", None) or row.recorded_at
    return (saved_by.person.names if saved_by else {"en": "Somebody", "zh": "有人"}), when


def check_may_review_application(case: Case, by: Actor, at: datetime) -> str:
    """Somebody of the body whose role answers the scheme's questions; returns the role.

    Raises:
        Refused: wrong stage or role.
    """
    parties.check_lives(by, at)
    check_stage(case, Case.Stage.APPLICATION, Case.Stage.SELECTION)
    return check_fills_one_of(case, by, reviewing_roles(case))


#: The Administrative Licensing Law, whatever its edition, and its article on what must be completed.
_LICENSING_LAW, _TOLD_ONCE = "cn-licensing-law", "art. 32"


def told_once(case: Case) -> str:
    """Return the clause by which this applicant may be asked to complete the application only once; "" where none is.

    The scheme says it: its questions or its clocks rest on article 32 of the Administrative Licensing Law.
    """
    for one in case.group:
        definition = one.scheme.definition
        for row in (*definition.questions, *definition.deadlines):
            for source in row.source or ():
                if source.document.partition("@")[0] == _LICENSING_LAW and source.clause == _TOLD_ONCE:
                    return str(source)
    return ""


def check_may_ask_to_complete(case: Case, by: Actor, at: datetime) -> str:
    """Who reviews the application, and, where the law says so, once and before silence accepted it; returns the role.

    Article 32 knows no second telling, not even about what the completion itself got wrong: who handed in what was
    asked is accepted, who did not is refused with reasons and may apply anew.

    Raises:
        Refused: wrong stage or role; asked before; accepted already because nothing was said in time.
    """
    role = check_may_review_application(case, by, at)
    source = told_once(case)
    known = case.days or {}
    if source and "asked" in known:
        raise Refused(
            _(
                "The applicant was told on {day} what is missing; the law allows telling it only once. "
                "Accept the application, or refuse it with reasons."
            ),
            {"day": date.fromisoformat(known["asked"])},
            rule="application_review.once",
            source=source,
        )
    if source and case.stage == Case.Stage.APPLICATION and "accepted" in known:
        raise Refused(
            _(
                "Nothing was said in time, so the application counts as accepted since {day}. "
                "What is missing cannot be asked for any more."
            ),
            {"day": date.fromisoformat(known["accepted"])},
            rule="application_review.once",
            source=source,
        )
    return role


def check_reviews_seen(case: Case, seen: int | None) -> None:
    """The reviews of the application are those that the planner saw: a colleague's is not written over unread."""
    last = case.application_reviews.select_related("by__person").order_by("-id").first()
    if seen is None or last is None or case.application_reviews.count() == seen:
        return
    raise Refused(
        _("{who} reviewed this application on {day}, after your page was made. Look at that review before you go on."),
        {
            "who": last.by.person.names if last.by else {"en": "Somebody", "zh": "有人"},
            "day": days.day_of(last.effective_at, case.scheme.definition.area),
        },
        rule="version",
        source="testamur@2026-1#application",
    )


def check_may_plan(case: Case, by: Actor, at: datetime, *stages: str) -> str:
    """Somebody of the body whose role plans; returns the role."""
    parties.check_lives(by, at)
    check_stage(case, *(stages or (Case.Stage.SELECTION, Case.Stage.DETERMINATION)))
    return check_fills_one_of(case, by, planning_roles(case))


def check_may_assign(case: Case, membership: Membership, role: str, from_day: date, until_day: date) -> list[Check]:
    """Every check of a person for a role on these days holds: functions, side, membership, independence, bars,
    consulting
    past, registration, competence on the day, being free, rotation. Returns what was looked at.

    Raises:
        Refused: the first that does not hold, with its clause.
    """
    if until_day < from_day:
        raise Refused(
            _("The work ends on {until}, before it begins on {from}."),
            {"from": from_day, "until": until_day},
            rule="assignment.days",
            source="testamur@2026-1#selection.days",
            field="until_day",
        )
    definition = case.scheme.definition
    known = {one.id for one in definition.roles}
    if role not in known:
        raise Refused(
            _("The scheme knows no role “{role}”."),
            {"role": role},
            rule="assignment.role",
            source=cite(definition.scheme),
            field="role",
        )
    looked = team.checks(case, membership, role, from_day, until_day)
    for check in looked:
        if not check.ok:
            raise check.refusal()
    return looked


def check_still_assigned(assignment: Assignment) -> None:
    """The assignment stands."""
    if assignment.removed_at is not None:
        raise Refused(
            _("{person} was released from this case."),
            {"person": assignment.membership.person.names},
            rule="assignment.state",
            source="testamur@2026-1#selection",
        )


def check_may_answer_plan(case: Case, by: Actor, at: datetime) -> None:
    """The applicant answers the proposal."""
    parties.check_lives(by, at)
    check_stage(case, Case.Stage.SELECTION, Case.Stage.DETERMINATION)
    if isinstance(by, Membership) and not is_applicant(case, by):
        raise Refused(
            _("Only the applicant agrees to the team and the dates, or objects."),
            rule="plan.by",
            source=cite(case.scheme.definition.team) or "iso-17021-1@2015#9.2.3.4",
        )


#: Places of work in both languages.
PLACES_OF_WORK: dict[str, dict[str, str]] = {
    "on_site": {"en": "on site", "zh": "现场"},
    "remote": {"en": "remotely", "zh": "远程"},
    "desk": {"en": "at the desk", "zh": "非现场（文件）"},
    "laboratory": {"en": "in a laboratory", "zh": "实验室"},
    "either": {"en": "on site or remotely", "zh": "现场或远程"},
}
