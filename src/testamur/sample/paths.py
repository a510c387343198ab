"""What each path of the sample world needs beyond its scheme: answers, people, days. Data, no steps."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from testamur.requirements.queries import document_of
from testamur.sample.founding import World
from testamur.sample.walk import Path, Work
from testamur.selection.scope import tree_key

DOCUMENTS = ("gbt-19001@2016", "gbt-24001@2016")
MINOR = (
    "The measuring devices of line 2 were calibrated late.",
    "Not knowing the interval of the new gauges.",
    "Interval entered in the plan; gauges calibrated.",
)
MAJOR = (
    "Parts set apart and sorted; customers told.",
    "The release step was not part of the routing.",
    "Release step built into the routing; everybody trained; three lots checked.",
)


def node(tree: str, code: str) -> dict[str, str]:
    """Return a node of a scope line in the published edition of a tree."""
    return {"tree": tree_key(tree), "node": code}


def organisation(world: World, key: str) -> dict[str, Any]:
    """Return an answer that names an organisation of the world."""
    return {"id": world.firms[key].public_id}


def sites(world: World, key: str) -> list[dict[str, Any]]:
    """Return an answer that lists the sites of an organisation, one of them central."""
    return [
        {
            "site": one.public_id,
            "names": one.names,
            "address": one.address,
            "headcount": one.headcount,
            "central": one.central,
        }
        for one in world.firms[key].sites.all()
    ]


def uscc(world: World, key: str) -> str:
    """Return an organisation's unified social credit code."""
    return str(world.firms[key].identifiers.get(scheme="CN.uscc").value)


def competence_authority(
    world: World, to: str, applicant: str, functions: list[str], opened: date, words: dict[str, str]
) -> Path:
    """The root gives an authority its competence, under law."""
    later = [opened + timedelta(days=count) for count in (1, 2, 3, 6, 7, 8)]
    return Path(
        scheme="competence-authority", issuer="root", applicant=applicant,
        answers={"applicant": organisation(world, to), "functions": functions, "territory": "CN", "fields": ["system", "product", "service"], "may_delegate": False},
        # The act names the function; it limits neither the fields nor, within the country, the territory.
        scope=[{"function": node("functions", one), "territory": "all", "field": "all"} for one in functions],
        files={"act": "Act that gives the competence"},
        statement=words,
        work=(Work("legal_check", {"officer": "officer"}, later[2], later[2]),),
        officer="officer", reviewer="section", decider="director", attestor="director",
        opened=opened, accepted=later[0], agreed=later[1], reviewed=later[3], decided=later[4], issued=later[5],
        signers={"director": "director"},
    )  # fmt: skip


def licence(world: World) -> Path:
    """The regulator licenses the certification body."""
    return Path(
        scheme="licence-certification-body", issuer="root", applicant="head",
        answers={
            "applicant": organisation(world, "body"), "uscc": uscc(world, "body"), "legal_person": True, "capital_cny": "5000000",
            "premises": True, "fields": ["system.qms", "system.ems", "product.16.lamps"], "system": True, "full_time_certifiers": 12,
            "certifier_list": [{"name": world.people[key].names["en"]} for key in ("lead", "auditor", "inspector")],
            "product_cert": True, "test_capability": True, "owners": "Two natural persons; no tie to any client.",
        },
        files={"premises_proof": "Lease of the premises", "system_documents": "Certification manual"},
        statement={"en": "Certification of quality and environmental management systems, and of lamps", "zh": "质量管理体系、环境管理体系认证；灯具产品认证"},
        work=(
            Work("documents", {"officer": "officer", "rootexpert": "expert"}, date(2026, 1, 22), date(2026, 1, 22)),
            Work("visit", {"officer": "officer", "rootexpert": "expert"}, date(2026, 1, 27), date(2026, 1, 27), firm="body", where="on_site"),
        ),
        officer="officer", reviewer="section", decider="director", attestor="director",
        opened=date(2026, 1, 15), accepted=date(2026, 1, 19), agreed=date(2026, 1, 20), reviewed=date(2026, 1, 30),
        decided=date(2026, 2, 3), issued=date(2026, 2, 4),
        competence=(("rootexpert", "expert", [{"field": node("fields", "system")}, {"field": node("fields", "product")}]),),
    )  # fmt: skip


def registration(
    world: World, who: str, standard: str, opened: date, *, scheme: str = "person-auditor", grade: str = "auditor"
) -> Path:
    """The association registers a person for one standard."""
    later = [opened + timedelta(days=count) for count in (1, 2, 5, 6, 7, 9, 12, 13)]
    work = [
        Work(
            "exam",
            {"r-examiner": "examiner"},
            later[2],
            later[2],
            firm="registrar",
            facts={"exam.percent": 84},
            where="on_site",
        ),
        Work(
            "practice",
            {"r-examiner": "examiner"},
            later[3],
            later[3],
            facts={"practice.full_audits": 7, "practice.audit_days": 26},
            where="remote",
        ),
    ]
    document = document_of(standard)
    named = document.designation if document else standard
    return Path(
        scheme=scheme, issuer="registrar", applicant=who, person=True,
        answers={
            "who": {"id": world.people[who].public_id}, "grade": grade, "body": organisation(world, "body"),
            "standards": standard, "working_years": "9",
        },
        files={"degree": "Degree certificate"},
        statement={"en": f"{named}, {grade}", "zh": f"{named}，{'审核员' if grade == 'auditor' else '检查员'}"},
        work=tuple(work),
        officer="r-registrar", reviewer="r-evaluator", decider="r-decider", attestor="r-decider",
        opened=opened, accepted=later[0], agreed=later[1], reviewed=later[5], decided=later[6], issued=later[7],
        competence=(("r-examiner", "examiner", [{"document": node("documents", standard)}]),),
    )  # fmt: skip


def laboratory(world: World) -> Path:
    """The province qualifies the laboratory for lamp tests."""
    # One line that holds all three methods: the crosswalk leads from the standard to every one of them.
    lines = [{"method": node("methods", "lamp-tests"), "product": node("products", "lamp")}]
    return Path(
        scheme="qualification-lab", issuer="province", applicant="tester",
        answers={
            "applicant": organisation(world, "laboratory"), "uscc": uscc(world, "laboratory"), "legal_person": True, "premises": True,
            "system": True, "owners": "Owned by its founders.", "commitment": False,
            "methods": [{"name": "Sample lamp standard, clauses 5 to 7", "node": "lamp-tests"}],
        },
        files={"premises_proof": "Deed of the premises", "system_documents": "Laboratory manual"},
        statement={"en": "Tests of lamps to the sample lamp standard, clauses 5 to 7", "zh": "灯具检测：示例灯具标准第5至7章"},
        scope=lines,
        work=(
            Work("documents", {"p-officer": "officer", "rootexpert": "expert"}, date(2026, 3, 4), date(2026, 3, 4)),
            Work("visit", {"p-officer": "officer", "rootexpert": "expert"}, date(2026, 3, 11), date(2026, 3, 12), firm="laboratory", where="on_site"),
        ),
        officer="p-officer", reviewer="p-section", decider="p-director", attestor="p-director",
        opened=date(2026, 2, 25), accepted=date(2026, 2, 27), agreed=date(2026, 3, 2), reviewed=date(2026, 3, 16),
        decided=date(2026, 3, 18), issued=date(2026, 3, 19),
        competence=(("rootexpert", "expert", lines),),
    )  # fmt: skip


def _auditors(sector: str) -> tuple[tuple[str, str, list[dict[str, Any]]], ...]:
    lines = [{"document": node("documents", document), "sector": node("sectors", sector)} for document in DOCUMENTS]
    return (("lead", "lead_auditor", lines), ("auditor", "auditor", lines))


def management(
    world: World,
    client: str,
    applicant: str,
    opened: date,
    *,
    scheme: str = "cn-qms",
    nace: str = "25.62",
    sector: str = "17",
    personnel: int = 40,
    words: dict[str, str],
    findings: tuple[tuple[str, tuple[str, ...], str, str], ...] = (),
    answers: tuple[tuple[str, str, str], ...] = (),
    judge: bool = False,
) -> Path:
    """The body audits a management system in two stages; two standards in one visit under the integrated scheme."""
    day = [opened + timedelta(days=count) for count in range(120)]
    form: dict[str, Any] = {
        "applicant": organisation(world, client), "sites": sites(world, client), "activities": words["en"], "nace": [nace],
        "full_time": personnel, "system_started": (opened - timedelta(days=300)).isoformat(), "uscc": uscc(world, client),
        "legal_entity_valid": True, "licences_valid": True, "stop_order": False, "sampling_rectified": True,
    }  # fmt: skip
    if scheme == "cn-integrated":
        form["reduction"] = 10
    if scheme == "cn-ems":  # the conditions are those of the rules for quality management
        for name in ("uscc", "legal_entity_valid", "licences_valid", "stop_order", "sampling_rectified"):
            del form[name]
    team = {"lead": "lead_auditor", "auditor": "auditor"}
    return Path(
        scheme=scheme, issuer="body", applicant=applicant, answers=form, files={"manual": "Manual of the management system"}, statement=words,
        work=(
            Work("stage1", {"lead": "lead_auditor"}, day[21], day[21], firm=client, sites=(0,), where="on_site"),
            Work("stage2", team, day[42], day[44], firm=client, findings=findings, answers=answers),
        ),
        officer="planner", reviewer="reviewer", decider="decider", attestor="head",
        opened=opened, accepted=day[4], agreed=day[10], reviewed=day[66], decided=day[70], issued=day[72],
        signers={"lead_auditor": "lead", "decider": "decider", "head": "head"},
        competence=_auditors(sector) if judge else (),
    )  # fmt: skip


FIRST_FINDINGS = (
    ("major", ("8.6",), "Parts of three orders were shipped without the release that the plan demands.", "Orders 1107, 1109, 1112: no release record; parts shipped on 4 May."),
    ("minor", ("7.1.5",), "Two gauges of line 2 were used after their calibration had ended.", "Gauges G-14 and G-15, due 30 March."),
    ("improvement", ("9.3",), "The review could look at the trend of complaints, not only at the month.", "Minutes of the management review of April."),
)  # fmt: skip


#: Peers of other organisations, who review together what the accreditor's assessors found.
COMMITTEE = ("a-committee", "a-committee-2", "a-committee-3")


def accreditation(world: World, stage2: Work) -> Path:
    """The accreditor assesses the body: documents, office, and a witnessed audit of a real client."""
    sectors = ("17", "18", "19", "33")
    lines = [
        {"system": node("activities", "M"), "document": node("documents", document), "sector": node("sectors", sector)}
        for document in DOCUMENTS
        for sector in sectors
    ]
    team = {"a-leader": "team_leader", "a-assessor": "assessor"}
    return Path(
        scheme="accreditation-cb", issuer="accreditor", applicant="head",
        answers={
            "applicant": organisation(world, "body"), "licence_held": True, "system": "M", "documents": list(DOCUMENTS),
            "offices": [{"names": world.firms["body"].names, "address": world.firms["body"].address, "headcount": 86, "central": True}],
            "certificates_per_year": 40,
        },
        statement={"en": "Certification of quality and environmental management systems, sectors 17, 18, 19 and 33", "zh": "质量管理体系、环境管理体系认证，专业范围17、18、19、33"},
        scope=lines,
        work=(
            Work("documents", team, date(2026, 4, 8), date(2026, 4, 9)),
            Work("office", team, date(2026, 4, 20), date(2026, 4, 22), firm="body", where="on_site"),
            Work("witness", {"a-assessor": "assessor"}, stage2.last, stage2.last, firm=stage2.firm, where="on_site"),
        ),
        officer="accreditor", reviewer=COMMITTEE[0], committee=COMMITTEE[1:], decider="a-secretary", attestor="a-head",
        opened=date(2026, 3, 20), accepted=date(2026, 3, 26), agreed=date(2026, 3, 31), reviewed=date(2026, 7, 8),
        decided=date(2026, 7, 15), issued=date(2026, 7, 16), signers={"secretary": "a-secretary", "head": "a-head"},
        competence=(
            ("a-leader", "team_leader", [{k: v for k, v in line.items() if k != "system"} for line in lines]),
            ("a-assessor", "assessor", [{k: v for k, v in line.items() if k != "system"} for line in lines]),
            *((key, "committee", [{"document": node("documents", one)} for one in DOCUMENTS]) for key in COMMITTEE),
        ),
    )  # fmt: skip


def product(world: World) -> Path:
    """The body certifies lamps: type test by the qualified laboratory, factory inspection by a registered inspector."""
    return Path(
        scheme="voluntary-product-type5", issuer="body", applicant="lampmaker",
        answers={
            "applicant": organisation(world, "lamps"), "factories": sites(world, "lamps"), "power": "60",
            "models": [
                {"names": {"en": "Sample table lamp", "zh": "示例台灯"}, "model": "SL-20", "node": "lamp.table"},
                {"names": {"en": "Sample ceiling lamp", "zh": "示例吸顶灯"}, "model": "SL-60", "node": "lamp.ceiling"},
            ],
            "has_reports": False,
        },
        files={"drawings": "Drawings and list of critical parts"},
        statement={"en": "Table lamps SL-20 and ceiling lamps SL-60, up to 60 W", "zh": "台灯 SL-20、吸顶灯 SL-60，最大 60 W"},
        work=(
            Work(
                "type_test", {"tester": "tester"}, date(2026, 9, 1), date(2026, 9, 4), performer="laboratory", firm=None,
                facts={"score.percent": 91},
                tests=(
                    ("5", "sample-lamp-5", "insulation 8.2 MΩ", "≥ 2 MΩ", True),
                    ("6", "sample-lamp-6", "efficacy 108 lm/W", "≥ 90 lm/W", True),
                    ("7", "sample-lamp-7", "luminous flux kept 97.1 %", "≥ 95 %", True),
                ),
            ),
            Work(
                "factory_inspection", {"inspector": "inspector"}, date(2026, 9, 14), date(2026, 9, 15), firm="lamps",
                findings=(("nonconformity", ("7.2",), "The incoming check of drivers is not recorded.", "Lots 31 and 32 of August."),),
                answers=(("Checks of lots 31 and 32 made up for.", "New inspector was not shown the form.", "Form built into the receiving station; inspector trained."),),
            ),
        ),
        officer="planner", reviewer="reviewer", decider="decider", attestor="head",
        opened=date(2026, 8, 3), accepted=date(2026, 8, 6), agreed=date(2026, 8, 14), reviewed=date(2026, 10, 12),
        decided=date(2026, 10, 15), issued=date(2026, 10, 16), signers={"decider": "decider", "head": "head"},
        competence=(
            ("inspector", "inspector", [{"product": node("products", "lamp"), "document": node("documents", "sample-lamp@2026")}]),
            ("tester", "tester", [{"document": node("documents", "sample-lamp@2026")}]),
        ),
    )  # fmt: skip
