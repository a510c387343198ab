"""Record evidence and test results, by digest, with the day they came to be and the time they were received."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from testamur.determination import policies
from testamur.determination.models import Activity, Evidence, TestLine
from testamur.files import actions as files
from testamur.journal.actions import record
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership, Organisation, actor
from testamur.register import authority
from testamur.register.models import Attestation
from testamur.requirements.models import Node
from testamur.schemes.language.moments import before
from testamur.selection import moments
from testamur.selection.roles import cite
from testamur.selection.scope import agreed_scope, tree_key


@transaction.atomic
def record_evidence(
    *,
    activity: Activity,
    kind: str,
    title: str,
    by: Membership,
    at: datetime,
    content: bytes | None = None,
    name: str = "",
    location: dict[str, Any] | None = None,
    clauses: Iterable[str] = (),
    client_key: str = "",
    also: Iterable[Activity] = (),
) -> Evidence:
    """Record a file, or where a paper lies. Late is allowed and marked; the same record twice is one record.

    Args:
        kind: word of the scheme language: checklist, documents, photographs, raw_data, sample_record …
        at: when it came to be; when it was received is the clock's.
        content: bytes of the file; kept under its SHA-256.
        location: of a paper instead: ``{"archive": "A-17/3", "box": …, "pages": 12}``.
        clauses: clauses it serves, several allowed.
        client_key: key given where it was taken, so that sending again makes no second record.
        also: further activities of the same visit that it serves (another standard, another issuer's case).

    Raises:
        Refused: an empty or unreadable file, an unknown kind, neither file nor place, or not on the team.
    """
    activity = (
        Activity.objects.select_for_update(of=("self",))
        .select_related("case__scheme", "case__issuer", "case__client", "case__person")
        .get(pk=activity.pk)
    )
    role = policies.check_may_record(activity, by, at)
    if client_key:
        same = activity.evidence.filter(client_key=client_key).first()
        if same is not None:
            return same
    if kind not in policies.EVIDENCE:
        raise Refused(
            _("“{kind}” is no kind of evidence; known are: {known}."),
            {"kind": kind, "known": list(policies.EVIDENCE)},
            rule="evidence.kind",
            source="testamur@2026-1#language",
            field="kind",
        )
    if not title.strip():
        raise Refused(
            _("Give the evidence a title."), rule="evidence.title", source="testamur@2026-1#evidence", field="title"
        )
    if content is None and not location:
        raise Refused(
            _("Add the file, or say where the paper lies."),
            rule="evidence.somewhere",
            source="testamur@2026-1#evidence",
            field="content",
        )
    stored = files.store(content, name=name or title, max_mb=50) if content is not None else None
    served = sorted({str(clause).strip() for clause in clauses if str(clause).strip()})
    first = None
    for one in [activity, *also]:
        if one.pk != activity.pk:
            policies.check_may_record(one, by, at)
            if one.visit_id is None or one.visit_id != activity.visit_id:
                raise Refused(
                    _("Evidence is shared only between activities of one visit."),
                    rule="evidence.shared",
                    source="testamur@2026-1#visits",
                    field="also",
                )
        made = Evidence.objects.create(
            activity=one,
            kind=kind,
            title=title.strip()[:255],
            file=stored,
            name=name[:255],
            location=location or {},
            clauses=served,
            client_key=client_key[:40],
            effective_at=at,
            **actor(by),
        )
        record(
            "determination.evidence_recorded",
            subject=made,
            by=by,
            at=at,
            case=one.case.public_id,
            role=role,
            payload={"kind": kind, "sha256": stored.sha256 if stored else "", "clauses": served, "late": made.late},
        )
        first = first or made
    assert first is not None
    return first


@transaction.atomic
def record_test(
    *, activity: Activity, lines: Sequence[Mapping[str, Any]], by: Membership, at: datetime
) -> list[TestLine]:
    """Record test results line by line; authority is judged for each line, on its day (amendments A13).

    A later line of the same clause takes the place of an earlier one; both stay on record. A line that
    nobody's authority
    covers is kept and shown as not covered: the report is then only partly covered, and determination is not complete.

    Args:
        lines: ``{"clause", "method", "result", "passed", "tested_on"}`` and where needed ``limit``, ``laboratory``,
            ``subcontractor`` (organisations), ``arrangement`` (foreign result accepted through it), ``report_number``.
    """
    activity = (
        Activity.objects.select_for_update(of=("self",))
        .select_related("case__scheme", "case__issuer", "case__client", "case__person", "performer")
        .get(pk=activity.pk)
    )
    role = policies.check_may_record(activity, by, at)
    policies.check_running(activity)
    if not lines:
        raise Refused(
            _("Add at least one line."), rule="test.lines", source=cite(policies.table_of(activity)), field="lines"
        )
    made = []
    for place, row in enumerate(lines, 1):
        made.append(_line(activity, row, place, by=by, at=at))
    record(
        "determination.test_recorded",
        subject=activity,
        by=by,
        at=at,
        case=activity.case.public_id,
        role=role,
        payload={
            "lines": [
                {"clause": one.clause, "passed": one.passed, "covered": bool(one.authority_id or one.arrangement)}
                for one in made
            ]
        },
        source=cite(policies.table_of(activity)),
    )
    return made


def _line(activity: Activity, row: Mapping[str, Any], place: int, *, by: Membership, at: datetime) -> TestLine:
    for need in ("clause", "method", "result"):
        if not str(row.get(need) or "").strip():
            raise Refused(
                _("Line {line}: {what} is missing."),
                {"line": place, "what": LINE_WORDS[need]},
                rule="test.lines",
                source="iso-17025@2017#7.8",
                field=f"lines.{place}.{need}",
            )
    if not isinstance(row.get("passed"), bool):
        raise Refused(
            _("Line {line}: say whether it passed."),
            {"line": place},
            rule="test.lines",
            source="iso-17025@2017#7.8",
            field=f"lines.{place}.passed",
        )
    tested_on = _day(row.get("tested_on"), place)
    if tested_on > moments.today(activity.case):
        raise Refused(
            _("Line {line}: {day} is still to come."),
            {"line": place, "day": tested_on},
            rule="test.days",
            source="testamur@2026-1#clocks",
            field=f"lines.{place}.tested_on",
        )
    laboratory: Organisation = row.get("laboratory") or activity.performer
    subcontractor: Organisation | None = row.get("subcontractor")
    arrangement = str(row.get("arrangement") or "")
    held = None
    if arrangement:
        _check_accepted(activity, arrangement, tested_on, place)
    else:
        if tested_on < activity.started_on:
            raise Refused(
                _(
                    "Line {line} was tested on {day}, before the activity began on {from}; "
                    "an earlier result counts only through an arrangement the scheme accepts."
                ),
                {"line": place, "day": tested_on, "from": activity.started_on},
                rule="test.days",
                source=cite(policies.table_of(activity)),
                field=f"lines.{place}.tested_on",
            )
        held = authority_of_line(activity, str(row["method"]), subcontractor or laboratory, tested_on)
    return TestLine.objects.create(
        activity=activity,
        clause=str(row["clause"]).strip()[:60],
        method=str(row["method"]).strip()[:160],
        laboratory=laboratory,
        subcontractor=subcontractor,
        result=str(row["result"]).strip()[:200],
        limit=str(row.get("limit") or "").strip()[:200],
        passed=row["passed"],
        tested_on=tested_on,
        authority=held,
        arrangement=arrangement,
        report_number=str(row.get("report_number") or "")[:80],
        effective_at=at,
        **actor(by),
    )


LINE_WORDS: dict[str, dict[str, str]] = {
    "clause": {"en": "the clause", "zh": "条款"},
    "method": {"en": "the method", "zh": "方法"},
    "result": {"en": "the result", "zh": "结果"},
}


def _day(value: Any, place: int) -> date:
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise Refused(
            _("Line {line}: “{value}” is not a day; write it as 2026-03-31."),
            {"line": place, "value": str(value)},
            rule="test.days",
            source="testamur@2026-1#clocks",
            field=f"lines.{place}.tested_on",
        ) from None


def _check_accepted(activity: Activity, arrangement: str, tested_on: date, place: int) -> None:
    """A foreign result stands in for a test only through an arrangement that the scheme names, and not too old."""
    table = policies.table_of(activity)
    if arrangement not in table.accepts:
        raise Refused(
            _("Line {line}: this scheme accepts no results through {arrangement}."),
            {"line": place, "arrangement": arrangement},
            rule="activity.accepts",
            source=cite(table),
            field=f"lines.{place}.arrangement",
        )
    if table.max_age is not None:
        oldest = before(activity.started_on, table.max_age, activity.case.scheme.definition.area)
        if tested_on < oldest:
            raise Refused(
                _("Line {line}: the result of {day} is too old; it must not be older than {oldest}."),
                {"line": place, "day": tested_on, "oldest": oldest},
                rule="activity.max_age",
                source=cite(table),
                field=f"lines.{place}.tested_on",
            )


def authority_of_line(activity: Activity, method: str, laboratory: Organisation, on: date) -> Attestation | None:
    """Return the attestation under which a laboratory tested a line on its day, None where nothing covers it.

    The line's own method takes the place of the document where the tree of methods knows it: a laboratory
    covers methods.
    """
    definition = activity.case.scheme.definition
    held = None
    for demand in definition.authorities_of(activity.activity):
        claim = [dict(line) for line in agreed_scope(activity.case)]
        for ours, theirs in demand.covers.items():
            tree = tree_key(theirs + "s")
            if theirs == "method" and Node.objects.filter(tree__key=tree, code=method).exists():
                for line in claim:
                    line[ours] = {"tree": tree, "node": method}
        try:
            held = authority.check_authority(demand, definition=definition, holder=laboratory, claim=claim, on=on)
        except Refused:
            return None
    return held
