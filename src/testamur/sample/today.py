"""What the demo finds on its first morning: certificates that live, were suspended, withdrawn, given back on appeal, one
with an overdue duty; and a case for everybody's inbox."""

from __future__ import annotations

from datetime import date

from testamur.attestation import actions as attestation
from testamur.decision import actions as decision
from testamur.register.models import Attestation
from testamur.sample import paths
from testamur.sample.walk import Path, Walk, Work, on
from testamur.selection import actions as selection
from testamur.selection.models import Case
from testamur.surveillance import actions as surveillance
from testamur.surveillance import tasks as surveillance_tasks

WORDS = {
    "valves": {"en": "Design and manufacture of industrial valves", "zh": "工业阀门的设计和生产"},
    "software": {"en": "Development of business software", "zh": "商务软件开发"},
    "springs": {"en": "Manufacture of compression springs", "zh": "压缩弹簧的生产"},
    "castings": {"en": "Manufacture of grey iron castings", "zh": "灰铸铁件的生产"},
}
SECTORS = {
    "valves": ("27.40", "19"),
    "software": ("62.01", "33"),
    "springs": ("25.62", "17"),
    "castings": ("25.62", "17"),
}
APPLICANTS = {"valves": "valvemaker", "software": "coder", "springs": "springmaker", "castings": "caster"}


#: What the body did to certificates: day, client, act, ground of the scheme, reasons, what is told of it.
FATES = (
    (date(2026, 10, 12), "springs", attestation.suspend, "own_request", "The works move; production stands still until January.", "工厂搬迁，停产至1月。", "Suspended at the holder's request"),
    (date(2026, 9, 14), "castings", attestation.suspend, "persistent_failure", "The same defect in three lots, and no action that holds.", "三个批次出现同一缺陷，且措施无效。", "Suspended for persistent failure"),
    (date(2026, 9, 28), "software", attestation.withdraw, "audit_never_held", "No attendance of the second day of stage 2 could be shown.", "无法证明第二阶段第二天到场审核。", "Withdrawn from the start"),
    (date(2026, 11, 2), "castings", attestation.withdraw, "not_restored", "The holder declared that the cause will not be removed.", "获证组织声明不再消除原因。", "Withdrawn"),
)  # fmt: skip


def path_of(walk: Walk, client: str, opened: date, scheme: str = "cn-qms") -> Path:
    """Return the path of one of the smaller enterprises."""
    nace, sector = SECTORS[client]
    return paths.management(
        walk.world, client, APPLICANTS[client], opened, scheme=scheme, nace=nace, sector=sector, personnel=30,
        words=WORDS[client], judge=scheme == "cn-qms",
    )  # fmt: skip


def leave_open(walk: Walk) -> None:
    """Make the living certificates of the smaller enterprises, their fates, and what waits for somebody."""
    held = {
        client: walk.whole(path_of(walk, client, opened))[0]
        for client, opened in (
            ("valves", date(2026, 5, 6)),
            ("software", date(2026, 5, 18)),
            ("springs", date(2026, 6, 1)),
            ("castings", date(2026, 6, 11)),
        )
    }
    fates(walk, held)
    waiting(walk)
    with on(date(2026, 11, 20), 6) as at:
        surveillance_tasks.refresh(at=at)
    walk.told("What is due appears")


def fates(walk: Walk, held: dict[str, Attestation]) -> None:
    """One certificate each: with an overdue duty, suspended, withdrawn, withdrawn and given back on appeal."""
    head = walk.member("head")
    with on(date(2026, 9, 21)) as at:
        surveillance.tell(
            attestation=held["valves"], trigger="failed_sampling",
            what={"en": "Sampling SC-2026-118: two of ten valves leaked.", "zh": "抽查 SC-2026-118：10件阀门中2件泄漏。"},
            by=walk.member("regulator"), at=at,
        )  # fmt: skip
    walk.told("A failed sampling is reported; a special audit is due within 30 days")
    for day, client, act, ground, english, chinese, told in FATES:
        with on(day) as at:
            act(attestation=held[client], ground=ground, reasons={"en": english, "zh": chinese}, by=head, at=at)
        walk.told(told)
    withdrawn = held["software"].decisions.latest("id")
    with on(date(2026, 10, 9)) as at:
        appeal = decision.file_appeal(
            decision=withdrawn,
            reasons="The sign-in sheet of the second day lay with the wrong case; it is attached.",
            by=walk.member("coder"),
            at=at,
        )
    with on(date(2026, 10, 26)) as at:
        appeal = decision.answer_appeal(
            appeal=appeal, upheld=True,
            answer={"en": "The audit took place on all days; the withdrawal is annulled.", "zh": "审核各日均已实施，撤销决定予以撤回。"},
            by=walk.member("decider2"), at=at,
        )  # fmt: skip
        attestation.annul(appeal=appeal, by=head, at=at)
    walk.told("An appeal annuls a withdrawal")


def waiting(walk: Walk) -> None:
    """Leave a case at each turn: application review, determination, findings, review, decision, accreditation."""
    at_review = path_of(walk, "castings", date(2026, 8, 5), "cn-ems")
    walk.determine(at_review, planned(walk, at_review))

    at_decision = path_of(walk, "valves", date(2026, 9, 2), "cn-ems")
    case = planned(walk, at_decision)
    walk.determine(at_decision, case)
    walk.review(at_decision, case)

    extension(walk)

    at_stage2 = path_of(walk, "springs", date(2026, 10, 9), "cn-ems")
    walk.do(at_stage2, planned(walk, at_stage2), at_stage2.work[0])

    walk.apply(path_of(walk, "software", date(2026, 11, 16), "cn-ems"))


def planned(walk: Walk, path: Path) -> Case:
    """Return the case of a path after application review and plan."""
    case = walk.apply(path)
    walk.accept(path, case)
    walk.plan(path, case)
    return case


def extension(walk: Walk) -> None:
    """The first holder asks for more scope; the audit left two findings that wait for its answer."""
    by = walk.member("applicant")
    main = Attestation.objects.filter(holder=by.organisation, scheme_id_text="cn-qms", main=None).earliest("id")
    days_of_audit = Work(
        "extension_audit", {"lead": "lead_auditor"}, date(2026, 10, 20), date(2026, 10, 21), firm="precision"
    )
    with on(date(2026, 9, 21)) as at:
        case = selection.open_case(
            scheme=walk.world.schemes["cn-qms"],
            issuer=main.issuer,
            client=by.organisation,
            occasion="extension",
            attestation=main,
            by=by,
            at=at,
        )
    path = paths.management(walk.world, "precision", "applicant", date(2026, 9, 21), words=WORDS["springs"])
    path.work, path.agreed = (days_of_audit,), date(2026, 10, 12)
    walk.plan(path, case)
    days_of_audit.findings = (
        ("major", ("8.5.1",), "The new coating line runs without the parameters that the process validation fixed.", "Line C, 20 October: 182 °C, validated 170 ± 5 °C."),
        ("minor", ("7.2",), "Two operators of the new line have no record of training.", "Shift B, personnel list of October."),
    )  # fmt: skip
    walk.do(path, case, days_of_audit)
