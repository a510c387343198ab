"""Words of the synthetic country: places that there are not, brands, trades, legal forms, schemes and their standards.

Every place begins with a character that says *example*, so that no name can be taken for a real firm's.
"""

from __future__ import annotations

Pair = tuple[str, str]  # Chinese, Latin

#: Cities: first character says example (示 例 样 拟), so none of them is on a map.
CITIES: tuple[Pair, ...] = tuple(
    (a + b, (x + y).capitalize())
    for a, x in (("示", "shi"), ("例", "li"), ("样", "yang"), ("拟", "ni"))
    for b, y in (("州", "zhou"), ("江", "jiang"), ("城", "cheng"), ("海", "hai"), ("山", "shan"), ("原", "yuan"),
                 ("安", "an"), ("宁", "ning"))
)  # fmt: skip
FIRST: tuple[Pair, ...] = (
    ("华", "Hua"), ("鼎", "Ding"), ("恒", "Heng"), ("瑞", "Rui"), ("金", "Jin"), ("新", "Xin"), ("泰", "Tai"),
    ("宏", "Hong"), ("天", "Tian"), ("盛", "Sheng"), ("远", "Yuan"), ("中", "Zhong"), ("博", "Bo"), ("凯", "Kai"),
    ("德", "De"), ("嘉", "Jia"), ("永", "Yong"), ("星", "Xing"), ("雅", "Ya"), ("科", "Ke"), ("明", "Ming"),
    ("力", "Li"), ("东", "Dong"), ("康", "Kang"), ("卓", "Zhuo"), ("云", "Yun"), ("齐", "Qi"), ("佳", "Jia"),
    ("奥", "Ao"), ("龙", "Long"),
)  # fmt: skip
SECOND: tuple[Pair, ...] = (
    ("达", "da"), ("通", "tong"), ("信", "xin"), ("源", "yuan"), ("兴", "xing"), ("祥", "xiang"), ("丰", "feng"),
    ("成", "cheng"), ("隆", "long"), ("美", "mei"), ("诚", "cheng"), ("业", "ye"), ("联", "lian"), ("创", "chuang"),
    ("锐", "rui"), ("杰", "jie"), ("邦", "bang"), ("洋", "yang"), ("辉", "hui"), ("元", "yuan"), ("林", "lin"),
    ("特", "te"), ("迪", "di"), ("浩", "hao"), ("升", "sheng"), ("立", "li"), ("和", "he"), ("宝", "bao"),
)  # fmt: skip
#: Trade: Chinese, English, GB/T 4754 division, what the scope says.
TRADES: tuple[tuple[str, str, str, str, str], ...] = (
    ("电子科技", "Electronics", "39", "电子元器件的研发、生产和销售", "Development, manufacture and sale of electronic components"),
    ("机械制造", "Machinery", "34", "通用机械零部件的加工", "Machining of general machinery parts"),
    ("照明", "Lighting", "38", "LED灯具的设计和生产", "Design and manufacture of LED luminaires"),
    ("食品", "Foods", "14", "糕点和饮料的生产", "Production of pastry and beverages"),
    ("纺织", "Textiles", "17", "棉纺织品的织造和印染", "Weaving and dyeing of cotton textiles"),
    ("化工", "Chemicals", "26", "涂料和胶粘剂的生产", "Production of coatings and adhesives"),
    ("汽车零部件", "Auto Parts", "36", "汽车制动零部件的制造", "Manufacture of brake parts for vehicles"),
    ("医疗器械", "Medical Devices", "35", "一次性使用医疗器械的生产", "Manufacture of single-use medical devices"),
    ("建设工程", "Construction", "47", "房屋建筑工程施工", "Construction of buildings"),
    ("物业服务", "Property Services", "70", "物业管理服务", "Property management services"),
    ("信息技术", "Information Technology", "65", "软件开发和信息系统集成服务", "Software development and systems integration"),
    ("物流", "Logistics", "59", "道路货物运输和仓储服务", "Road freight and warehousing services"),
    ("农业", "Agriculture", "01", "蔬菜和水果的种植", "Growing of vegetables and fruit"),
    ("塑料制品", "Plastics", "29", "塑料包装制品的生产", "Production of plastic packaging"),
    ("电缆", "Cables", "38", "电线电缆的制造", "Manufacture of wires and cables"),
    ("环保科技", "Environmental", "77", "污水处理设备的设计和安装", "Design and installation of sewage treatment equipment"),
)  # fmt: skip
FORMS: tuple[Pair, ...] = (
    ("有限公司", "Co., Ltd."), ("有限公司", "Co., Ltd."), ("有限公司", "Co., Ltd."), ("股份有限公司", "Corp."),
    ("有限责任公司", "Ltd."), ("厂", "Works"),
)  # fmt: skip
#: Scheme, letter of its numbers, share in 1000, standards with the share of the newer one in 1000.
SCHEMES: tuple[tuple[str, str, int, tuple[str, ...]], ...] = (
    ("sample-qms", "Q", 430, ("GB/T 19001-2016", "ISO 9001:2015")),
    ("sample-ems", "E", 210, ("GB/T 24001-2016", "ISO 14001:2015")),
    ("sample-ohs", "S", 190, ("GB/T 45001-2020", "ISO 45001:2018")),
    ("sample-food", "F", 40, ("GB/T 22000-2006", "ISO 22000:2018")),
    ("sample-isms", "I", 50, ("GB/T 22080-2016", "ISO/IEC 27001:2022")),
    ("sample-product", "P", 80, ("GB 7000.1-2015", "GB 4943.1-2022")),
)
#: Reason of a status: word of the act, Chinese, English.
REASONS: dict[str, tuple[tuple[str, str], ...]] = {
    "suspended": (
        ("未按期接受监督审核", "surveillance was not accepted in time"),
        ("获证组织申请暂停", "the holder asked for it"),
        ("抽查不合格", "a spot check failed"),
    ),
    "withdrawn": (
        ("暂停期内未采取有效纠正措施", "not corrected while suspended"),
        ("严重违反法律法规", "the law was gravely broken"),
    ),
    "cancelled": (("获证组织申请注销", "the holder gave it up"), ("组织已注销", "the organisation ceased to exist")),
}
