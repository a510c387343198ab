"""Fields of the International Classification for Standards (ICS), first level, in both languages.

The codes of the records themselves have three levels; only the fields are named here, a code below stays a code.
Source: International Classification for Standards, 7th edition (ISO); names in Chinese as in China's adoption of it.
"""

from __future__ import annotations

FIELDS: dict[str, dict[str, str]] = {
    "01": {"en": "Generalities, terminology, documentation", "zh": "综合、术语学、标准化、文献"},
    "03": {"en": "Services, company organisation, management, quality", "zh": "服务、公司组织、管理和质量"},
    "07": {"en": "Natural and applied sciences", "zh": "自然科学和应用科学"},
    "11": {"en": "Health care technology", "zh": "医药卫生技术"},
    "13": {"en": "Environment, health protection, safety", "zh": "环保、保健和安全"},
    "17": {"en": "Metrology and measurement", "zh": "计量学和测量"},
    "19": {"en": "Testing", "zh": "试验"},
    "21": {"en": "Mechanical systems for general use", "zh": "机械系统和通用件"},
    "23": {"en": "Fluid systems for general use", "zh": "流体系统和通用件"},
    "25": {"en": "Manufacturing engineering", "zh": "机械制造"},
    "27": {"en": "Energy and heat transfer", "zh": "能源和热传导工程"},
    "29": {"en": "Electrical engineering", "zh": "电气工程"},
    "31": {"en": "Electronics", "zh": "电子学"},
    "33": {"en": "Telecommunications", "zh": "电信、音频和视频技术"},
    "35": {"en": "Information technology", "zh": "信息技术、办公机械"},
    "37": {"en": "Image technology", "zh": "成像技术"},
    "39": {"en": "Precision mechanics, jewellery", "zh": "精密机械、珠宝"},
    "43": {"en": "Road vehicles", "zh": "道路车辆工程"},
    "45": {"en": "Railway engineering", "zh": "铁路工程"},
    "47": {"en": "Shipbuilding and marine structures", "zh": "造船和海上构筑物"},
    "49": {"en": "Aircraft and space vehicles", "zh": "航空器和航天器工程"},
    "53": {"en": "Materials handling", "zh": "材料储运设备"},
    "55": {"en": "Packaging and distribution", "zh": "货物的包装和调运"},
    "59": {"en": "Textile and leather", "zh": "纺织和皮革技术"},
    "61": {"en": "Clothing", "zh": "服装工业"},
    "65": {"en": "Agriculture", "zh": "农业"},
    "67": {"en": "Food", "zh": "食品技术"},
    "71": {"en": "Chemical technology", "zh": "化工技术"},
    "73": {"en": "Mining and minerals", "zh": "采矿和矿产品"},
    "75": {"en": "Petroleum", "zh": "石油及相关技术"},
    "77": {"en": "Metallurgy", "zh": "冶金"},
    "79": {"en": "Wood", "zh": "木材技术"},
    "81": {"en": "Glass and ceramics", "zh": "玻璃和陶瓷工业"},
    "83": {"en": "Rubber and plastics", "zh": "橡胶和塑料工业"},
    "85": {"en": "Paper", "zh": "造纸技术"},
    "87": {"en": "Paints and colours", "zh": "涂料和颜料工业"},
    "91": {"en": "Construction materials and building", "zh": "建筑材料和建筑物"},
    "93": {"en": "Civil engineering", "zh": "土木工程"},
    "95": {"en": "Military affairs", "zh": "军事、军事工程、兵器"},
    "97": {"en": "Domestic equipment, entertainment, sports", "zh": "家用和商用设备、文娱、体育"},
}
