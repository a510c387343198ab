"""The sample world, made in the order of life by the same actions that everybody uses.

root → competences → licence → auditors' registrations → laboratory's qualification → first certificate (licensed, not
yet accredited) → accreditation, whose witness activity points at that audit → a new edition → product certificate.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings

from testamur.attestation import actions as attestation
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Organisation
from testamur.sample import charts, diagnosis, following, paths, problems, proficiency, reporting, system, today
from testamur.sample.founding import World, found
from testamur.sample.walk import Told, Walk, on
from testamur.transparency import sequencer

FIRST_DAY = date(2026, 1, 5)
#: Who is registered for which standard; a registration is for one.
REGISTERED = (
    ("lead", "gbt-19001@2016"),
    ("lead", "gbt-24001@2016"),
    ("auditor", "gbt-19001@2016"),
    ("auditor", "gbt-24001@2016"),
    ("former", "gbt-19001@2016"),
)


def make_if_absent() -> bool:
    """Make the sample world unless it is there; returns whether it was made.

    Raises:
        Refused: this is no sample platform, or one with other people in it.
    """
    if not settings.SAMPLE:
        raise Refused(
            _("This platform is not a sample; nothing invented is put into it. Set TESTAMUR_SAMPLE=1 on an empty one."),
            rule="sample.only",
            source="testamur@2026-1#sample",
        )
    if Organisation.objects.filter(sample=True).exists():
        return False
    if Organisation.objects.exists():
        raise Refused(
            _("There are organisations here that are no sample; the sample world is made on an empty platform only."),
            rule="sample.only",
            source="testamur@2026-1#sample",
        )
    make()
    attestation.publish_lists()  # the world's lists are of its own days; verifiers ask for today's
    return True


def make(told: Told | None = None) -> World:
    """Make the whole sample world; takes well under a minute."""
    with sequencer.held():
        with on(FIRST_DAY) as at:
            world = found(at)
        walk = Walk(world, told)
        walk.told("The world is founded")
        authorities(walk)
        first_certificate(walk)
        product_certificate(walk)
        today.leave_open(walk)
        charts.keep_charts(world)
        problems.solve_problems(world)
        proficiency.leave_open(world)
        system.keep(walk)
        diagnosis.checked_up(world)
        reporting.report(world)
        following.follow(walk)
    return world


def authorities(walk: Walk) -> None:
    """Competences under law, the licence, the registrations, the laboratory."""
    world = walk.world
    for to, applicant, function, day, words in (
        (
            "accreditor",
            "accreditor",
            "accredit",
            6,
            {"en": "Accreditation of certification bodies and laboratories", "zh": "认证机构、实验室的认可"},
        ),
        (
            "registrar",
            "r-registrar",
            "register_persons",
            7,
            {"en": "Registration of certification persons", "zh": "认证人员注册"},
        ),
        (
            "province",
            "p-officer",
            "qualify_laboratories",
            8,
            {"en": "Qualification of laboratories", "zh": "检验检测机构资质认定"},
        ),
    ):
        walk.whole(paths.competence_authority(world, to, applicant, [function], date(2026, 1, day), words))
    walk.whole(paths.licence(world))
    # The examiner can sit with one candidate at a time: every third day another one.
    start, wait = date(2026, 2, 9), timedelta(days=3)
    for place, (who, standard) in enumerate(REGISTERED):
        walk.whole(paths.registration(world, who, standard, start + place * wait))
    walk.whole(
        paths.registration(
            world,
            "inspector",
            "sample-lamp@2026",
            start + len(REGISTERED) * wait,
            scheme="person-inspector",
            grade="inspector",
        )
    )
    walk.whole(paths.laboratory(world))


def first_certificate(walk: Walk) -> None:
    """The first certificate, and the accreditation that watches its audit."""
    world = walk.world
    path = paths.management(
        world, "precision", "applicant", date(2026, 3, 25), scheme="cn-integrated", personnel=128, judge=True,
        words={"en": "Manufacture of precision turned and milled metal parts", "zh": "精密金属车铣零件的生产"},
        findings=paths.FIRST_FINDINGS, answers=(paths.MAJOR, paths.MINOR),
    )  # fmt: skip
    path.sub_certificates = (1,)
    case = walk.apply(path)
    walk.accept(path, case)
    stage1, stage2 = path.work
    accreditation = paths.accreditation(world, stage2)
    body = walk.apply(accreditation)
    walk.accept(accreditation, body)
    walk.plan(accreditation, body)
    walk.plan(path, case)
    documents, office, witness = accreditation.work
    walk.do(accreditation, body, documents)
    walk.do(path, case, stage1)
    walk.do(accreditation, body, office)
    watched = walk.do(path, case, stage2)
    witness.witnesses = watched[0]
    walk.do(accreditation, body, witness)
    walk.finish(path, case)
    first = walk.conclude(path, case)
    walk.finish(accreditation, body)
    walk.conclude(accreditation, body)
    for one in first:
        walk.show_authority(one, "head", date(2026, 7, 20))


def product_certificate(walk: Walk) -> None:
    """Lamps: type test and factory inspection."""
    walk.whole(paths.product(walk.world))
