"""Who lives in the sample world. Everybody is invented; every name begins with "Sample" / "示例"."""

from __future__ import annotations

from dataclasses import dataclass, field

from testamur.rules import evaluate

#: Codes of places (GB/T 2260); real codes, invented addresses.
PLACES = {
    "330200": ("Sample Industrial Zone, Ningbo", "宁波市示例工业区"),
    "440300": ("Sample Technology Park, Shenzhen", "深圳市示例科技园"),
    "110100": ("Sample Street, Beijing", "北京市示例街"),
    "310100": ("Sample Road, Shanghai", "上海市示例路"),
    "320500": ("Sample Avenue, Suzhou", "苏州市示例大道"),
}


@dataclass(frozen=True)
class Firm:
    """An organisation of the sample world.

    ``serial`` makes its invented organisation code; ``sites`` are (English, Chinese, headcount, central).
    """

    key: str
    en: str
    zh: str
    region: str
    serial: int
    personnel: int = 40
    sites: tuple[tuple[str, str, int, bool], ...] = ()
    signs: bool = False

    @property
    def names(self) -> dict[str, str]:
        return {"en": self.en, "zh": self.zh}

    @property
    def address(self) -> dict[str, str]:
        en, zh = PLACES[self.region]
        return {"en": f"{self.serial} {en}", "zh": f"{zh}{self.serial}号"}

    @property
    def uscc(self) -> str:
        """Return an invented code whose check characters are right."""
        body = f"MAX{self.serial:05d}"
        organisation = body + evaluate("CN.orgcode", {"body": body}).output["check"]
        first = "91" + self.region + organisation
        return first + str(evaluate("CN.uscc", {"code": first + "0"}).output["expected"])


@dataclass(frozen=True)
class Worker:
    """A person of the sample world, and what they do for whom."""

    key: str
    en: str
    zh: str
    firm: str
    functions: tuple[str, ...]
    title: dict[str, str] = field(default_factory=dict)
    demo: str = ""

    @property
    def names(self) -> dict[str, str]:
        return {"en": f"Sample {self.en}", "zh": f"示例{self.zh}"}


def title(en: str, zh: str) -> dict[str, str]:
    """Return a job title in both languages."""
    return {"en": en, "zh": zh}


ROOT = "root"
FIRMS = (
    Firm(ROOT, "Sample National Certification Administration", "示例国家认证监督管理局", "110100", 1, 120, signs=True),
    Firm("accreditor", "Sample National Accreditation Service", "示例国家认可中心", "110100", 2, 300, signs=True),
    Firm(
        "registrar", "Sample Association for Certification Persons", "示例认证人员注册协会", "110100", 3, 60, signs=True
    ),
    Firm("province", "Sample Provincial Market Regulator", "示例省市场监督管理局", "330200", 4, 90, signs=True),
    Firm("body", "Sample Beacon Certification", "示例灯塔认证有限公司", "310100", 11, 86, signs=True),
    Firm("laboratory", "Sample Lighting Laboratory", "示例照明检测实验室", "330200", 12, 35),
    Firm(
        "precision",
        "Sample Precision Parts Co., Ltd.",
        "示例精密零部件有限公司",
        "330200",
        21,
        128,
        sites=(("Main works", "总部工厂", 95, True), ("Second works", "第二工厂", 33, False)),
    ),
    Firm(
        "lamps",
        "Sample Bright Lamps Co., Ltd.",
        "示例明灯照明有限公司",
        "440300",
        22,
        64,
        sites=(("Lamp factory", "灯具工厂", 64, True),),
    ),
    Firm(
        "valves",
        "Sample Valve Works Co., Ltd.",
        "示例阀门制造有限公司",
        "320500",
        23,
        42,
        sites=(("Works", "工厂", 42, True),),
    ),
    Firm(
        "software",
        "Sample Cloud Software Co., Ltd.",
        "示例云软件有限公司",
        "440300",
        24,
        30,
        sites=(("Office", "办公室", 30, True),),
    ),
    Firm(
        "springs",
        "Sample Spring Makers Co., Ltd.",
        "示例弹簧制造有限公司",
        "320500",
        25,
        25,
        sites=(("Works", "工厂", 25, True),),
    ),
    Firm(
        "castings",
        "Sample Castings Co., Ltd.",
        "示例铸造有限公司",
        "320500",
        26,
        55,
        sites=(("Foundry", "铸造厂", 55, True),),
    ),
    Firm("pt", "Sample Proficiency Services Co., Ltd.", "示例能力验证服务有限公司", "310100", 41, 18),
    Firm("adviser", "Sample Advisers Co., Ltd.", "示例管理咨询有限公司", "310100", 31, 12),
)

APPLY = ("application", "quality", "administration")
WORKERS = (
    # The regulator, whose authority is by law.
    Worker(
        "officer",
        "Gao",
        "高",
        ROOT,
        ("application", "selection", "determination", "status"),
        title("Licensing officer", "承办人"),
    ),
    Worker("section", "Luo", "罗", ROOT, ("review",), title("Head of section", "处室负责人")),
    Worker("director", "Xie", "谢", ROOT, ("decision", "attestation", "status"), title("Director", "审批决定人")),
    Worker(
        "regulator",
        "Song",
        "宋",
        ROOT,
        ("supervision", "statistics", "records", "administration"),
        title("Supervision officer", "监管人员"),
        "regulator",
    ),
    Worker("rootexpert", "Shen", "沈", "registrar", ("determination",), title("Expert reviewer", "评审专家")),
    # The province, which qualifies laboratories.
    Worker(
        "p-officer",
        "Fang",
        "方",
        "province",
        ("application", "selection", "determination", "status", "administration"),
        title("Officer", "承办人"),
    ),
    Worker("p-section", "Shi", "石", "province", ("review",), title("Head of section", "处室负责人")),
    Worker("p-director", "Yao", "姚", "province", ("decision", "attestation"), title("Director", "审批决定人")),
    # The accreditor.
    Worker(
        "accreditor",
        "Tan",
        "谭",
        "accreditor",
        ("application", "selection", "supervision", "administration"),
        title("Programme manager", "项目主管"),
        "accreditor",
    ),
    Worker("a-leader", "Liao", "廖", "accreditor", ("determination", "surveillance"), title("Team leader", "评审组长")),
    Worker("a-assessor", "Zou", "邹", "accreditor", ("determination", "surveillance"), title("Assessor", "评审员")),
    Worker("a-committee", "Xiong", "熊", "registrar", ("review",), title("Committee member", "评定委员")),
    Worker("a-committee-2", "Qiu", "邱", "registrar", ("review",), title("Committee member", "评定委员")),
    Worker("a-committee-3", "Xia", "夏", "province", ("review",), title("Committee member", "评定委员")),
    Worker("a-secretary", "Jin", "金", "accreditor", ("decision",), title("Secretary", "秘书长")),
    Worker("a-head", "Dai", "戴", "accreditor", ("attestation", "status"), title("Head", "负责人")),
    # The registration of persons.
    Worker(
        "r-registrar",
        "Cui",
        "崔",
        "registrar",
        ("application", "selection", "surveillance", "administration"),
        title("Registrar", "注册管理员"),
    ),
    Worker("r-examiner", "Lu", "陆", "registrar", ("determination",), title("Examiner", "考官")),
    Worker("r-evaluator", "Kong", "孔", "registrar", ("review",), title("Evaluator", "评价人员")),
    Worker("r-decider", "Bai", "白", "registrar", ("decision", "attestation"), title("Decider", "注册决定人")),
    # The certification body.
    Worker(
        "planner",
        "Zhao",
        "赵",
        "body",
        ("application", "selection", "records"),
        title("Programme manager", "审核方案管理人员"),
        "planner",
    ),
    Worker(
        "lead",
        "Lin",
        "林",
        "body",
        ("determination", "surveillance"),
        title("Lead auditor", "审核组长"),
        "lead_auditor",
    ),
    Worker("auditor", "Hu", "胡", "body", ("determination", "surveillance"), title("Auditor", "审核员")),
    Worker(
        "inspector", "Guo", "郭", "body", ("determination", "surveillance"), title("Factory inspector", "工厂检查员")
    ),
    Worker("reviewer", "Li", "李", "body", ("review",), title("Reviewer", "复核人员"), "reviewer"),
    Worker("decider", "Sun", "孙", "body", ("decision",), title("Decider", "认证决定人员"), "decider"),
    Worker("decider2", "Ma", "马", "body", ("decision",), title("Decider", "认证决定人员")),
    Worker(
        "head",
        "Zhu",
        "朱",
        "body",
        ("attestation", "status", "administration", "application", "decision"),
        title("Head of the body", "机构负责人"),
    ),
    Worker(
        "former",
        "Tang",
        "唐",
        "body",
        ("determination", "surveillance"),
        title("Auditor, adviser until 2025", "审核员（2025年前任咨询师）"),
    ),
    # The laboratory and the enterprises.
    Worker(
        "tester",
        "Pan",
        "潘",
        "laboratory",
        ("application", "determination", "quality", "administration"),
        title("Test engineer", "检测工程师"),
    ),
    Worker("applicant", "Wu", "吴", "precision", APPLY, title("Quality manager", "质量经理"), "applicant"),
    Worker("lampmaker", "Deng", "邓", "lamps", APPLY, title("Quality manager", "质量经理")),
    Worker("valvemaker", "Han", "韩", "valves", APPLY, title("General manager", "总经理")),
    Worker("coder", "Cao", "曹", "software", APPLY, title("Operations", "运营负责人")),
    Worker("springmaker", "Feng", "冯", "springs", APPLY, title("General manager", "总经理")),
    Worker("caster", "Jiang", "蒋", "castings", APPLY, title("Quality manager", "质量经理")),
    Worker("pt-coordinator", "Su", "苏", "pt", ("quality", "administration"), title("Coordinator", "项目协调人")),
    Worker("pt-statistician", "Du", "杜", "pt", ("quality",), title("Statistician", "统计人员")),
    Worker("adviser", "Yu", "余", "adviser", APPLY, title("Adviser", "咨询顾问")),
)
