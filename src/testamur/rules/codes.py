"""CN.uscc, CN.orgcode, CN.ccc_number: numbers with a check digit or a fixed build.

Source: GB 32100-2015; GB 11714-1997; certification bodies' public pages on CCC numbers.
"""

from __future__ import annotations

import re
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.rules.engine import Answer, Work, rule
from testamur.rules.kinds import Text
from testamur.rules.saying import say

#: The 31 characters of GB 32100: no I, O, S, V, Z, which read like 1, 0, 5, U and 2.
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ORGCODE_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_MISREAD = {"I": "1", "O": "0", "S": "5", "V": "U", "Z": "2"}


@rule(
    "CN.uscc",
    title=say("Unified social credit code", "统一社会信用代码"),
    source="gb-32100@2015",
    inputs={"code": Text(en="code, 18 characters", zh="代码（18位）", at_most=100)},
    output={
        "ok": Answer("yes/no", "length, characters and check character fit", "长度、字符和校验码均正确"),
        "expected": Answer(
            "text", "check character by the first 17; none where they cannot be read", "按前17位计算的校验码"
        ),
        "state": Answer(
            "one of `valid`, `checksum_mismatch`, `bad_characters`, `bad_length`", "what was found", "检查结果"
        ),
    },
    supplied=["code"],
    decides=["identifier"],
)
def uscc(work: Work, *, code: str) -> dict[str, Any]:
    """A mismatch warns and does not refuse: some codes of the early pilots are legal and fail the check."""
    code = code.strip()
    if len(code) != 18:
        work.step(
            "A unified social credit code has 18 characters; this has {count}.",
            "统一社会信用代码为18位，此代码为{count}位。",
            count=len(code),
        )
        return {"ok": False, "expected": None, "state": "bad_length"}
    strange = [(place, sign) for place, sign in enumerate(code, 1) if sign not in USCC_ALPHABET]
    if strange:
        for place, sign in strange:
            hint = _MISREAD.get(sign.upper()) or (sign.upper() if sign.upper() in USCC_ALPHABET else None)
            if hint:
                work.step(
                    "Character {place} is {sign}, which these codes never use; perhaps {hint} is meant.",
                    "第{place}位为{sign}，代码不使用该字符，是否应为{hint}？",
                    place=place,
                    sign=sign,
                    hint=hint,
                )
            else:
                work.step(
                    "Character {place} is {sign}, which these codes never use.",
                    "第{place}位为{sign}，代码不使用该字符。",
                    place=place,
                    sign=sign,
                )
        return {"ok": False, "expected": None, "state": "bad_characters"}
    total = sum(USCC_ALPHABET.index(sign) * weight for sign, weight in zip(code, _USCC_WEIGHTS, strict=False))
    expected = USCC_ALPHABET[(31 - total % 31) % 31]
    work.step("Registering department and kind of organisation", "登记管理部门和机构类别", code[:2])
    work.step("Region of registration (GB/T 2260)", "登记管理机关行政区划（GB/T 2260）", code[2:8])
    work.step("Organisation code (GB 11714)", "主体标识码（GB 11714）", code[8:17])
    work.step("Weighted sum of the first 17 characters", "前17位加权和", total)
    work.step("Check character: (31 − sum mod 31) mod 31", "校验码：(31 − 加权和 mod 31) mod 31", expected)
    if code[17] == expected:
        work.step("The check character fits.", "校验码正确。")
        return {"ok": True, "expected": expected, "state": "valid"}
    work.step(
        "The last character should be {expected}, not {last}, if the first 17 are right.",
        "若前17位无误，最后一位应为{expected}，而不是{last}。",
        expected=expected,
        last=code[17],
    )
    return {"ok": False, "expected": expected, "state": "checksum_mismatch"}


@rule(
    "CN.orgcode",
    title=say("Check character of an organisation code", "组织机构代码校验码"),
    source="gb-11714@1997",
    inputs={"body": Text(en="first 8 characters", zh="前8位", at_most=100)},
    output={"check": Answer("text", "check character", "校验码")},
)
def orgcode(work: Work, *, body: str) -> dict[str, Any]:
    """Digits count as themselves, A is 10 … Z is 35; 11 minus the sum modulo 11; 10 is X, 11 is 0."""
    body = body.strip()
    if not re.fullmatch(r"[0-9A-Z]{8}", body):
        raise Refused(
            _("The body of an organisation code has 8 characters out of 0–9 and A–Z; {body} has not."),
            {"body": body},
            field="body",
        )
    total = sum(int(sign, 36) * weight for sign, weight in zip(body, _ORGCODE_WEIGHTS, strict=True))
    rest = 11 - total % 11
    check = {10: "X", 11: "0"}.get(rest, str(rest))
    work.step("Weighted sum", "加权和", total)
    work.step("11 − sum mod 11", "11 − 加权和 mod 11", rest)
    work.step("The check character is {check}.", "校验码为{check}。", check=check)
    return {"check": check}


@rule(
    "CN.ccc_number",
    title=say("Number of a compulsory product certificate", "强制性产品认证证书编号"),
    source="cnca-ccc-practice@2022#number",
    inputs={"number": Text(en="certificate number, 16 digits", zh="证书编号（16位）", at_most=100)},
    output={
        "ok": Answer("yes/no", "built as such numbers are", "编号结构正确"),
        "year": Answer("whole number", "year, where the build fits", "年份（结构正确时）"),
        "body": Answer("text", "certification body", "认证机构代号"),
        "category": Answer("text", "product category", "产品类别代码"),
        "serial": Answer("text", "serial number", "流水号"),
    },
    supplied=["number"],
    decides=["number_check"],
)
def ccc_number(work: Work, *, number: str) -> dict[str, Any]:
    """Year (4), body (2), category (4), serial (6). Early numbers had 12 digits and are not read here."""
    number = number.strip()
    parts = re.fullmatch(r"(20[0-9]{2})([0-9]{2})([0-9]{4})([0-9]{6})", number)
    if parts is None:
        if not number.isascii() or not number.isdigit():
            work.step("A CCC number has digits only.", "CCC 证书编号只含数字。")
        elif len(number) != 16:
            work.step(
                "A CCC number has 16 digits; this has {count}.",
                "CCC 证书编号为16位，此编号为{count}位。",
                count=len(number),
            )
        else:
            work.step("A CCC number begins with its year, 20….", "CCC 证书编号以年份（20…）开头。")
        return {"ok": False}
    year, body, category, serial = parts.groups()
    work.step("Year", "年份", int(year))
    work.step("Certification body", "认证机构代号", body)
    work.step("Product category", "产品类别", category)
    work.step("Serial number", "流水号", serial)
    work.step("The number is built as CCC numbers are.", "编号结构符合要求。")
    return {"ok": True, "year": int(year), "body": body, "category": category, "serial": serial}
