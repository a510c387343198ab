"""SCOPE.nace_to_iaf: the IAF sector of an industry. Source: IAF ID 1, on NACE rev. 2; the longest prefix wins."""

from __future__ import annotations

import re
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.rules.engine import Answer, Work, rule
from testamur.rules.kinds import OneOrMany, Text
from testamur.rules.saying import say


@rule(
    "SCOPE.nace_to_iaf",
    title=say("IAF sector of an industry", "行业对应的 IAF 专业代码"),
    source="iaf-id1@2023#annex",
    inputs={
        "nace": OneOrMany(en="NACE code", zh="NACE 代码", item=Text(en="NACE code", zh="NACE 代码", at_most=20)),
        "edition": Text(en="edition of NACE", zh="NACE 版本", optional=True, default="rev2", at_most=20),
    },
    output={
        "iaf": Answer("whole number, or a list where a list was asked", "IAF sector, 1 to 39", "IAF 专业代码（1–39）")
    },
    bind=["nace"],
    decides=["sector"],
)
def nace_to_iaf(work: Work, *, nace: list[str], edition: str) -> dict[str, Any]:
    """Only NACE rev. 2: edition 2.1 renumbers classes, and a crosswalk is data, not a rule."""
    if edition not in ("rev2", "2", "nace@2"):
        raise Refused(
            _(
                "This rule reads NACE rev. 2 only. Edition {edition} numbers some classes differently; "
                "translate the code with a crosswalk first."
            ),
            {"edition": edition},
            field="edition",
        )
    sectors = work.parameter("scope.iaf_sectors")
    prefixes = {prefix: row for row in sectors for prefix in row[3]}
    found: list[int] = []
    for code in nace:
        plain = re.sub(r"^[A-U]\s?(?=\d)", "", code.strip())
        if not re.fullmatch(r"\d{2}(\.\d{1,2})?", plain):
            raise Refused(
                _("A NACE code has two to four digits, written 25, 25.4 or 25.62; {code} is not one."),
                {"code": code},
                field="nace",
            )
        matching = [prefix for prefix in prefixes if plain.startswith(prefix)]
        if not matching:
            if any(prefix.startswith(plain) for prefix in prefixes):
                raise Refused(
                    _("{code} lies in more than one IAF sector; give a code with more digits."),
                    {"code": plain},
                    field="nace",
                )
            raise Refused(_("IAF ID 1 gives no sector for the NACE code {code}."), {"code": plain}, field="nace")
        number, en, zh, _prefixes = prefixes[max(matching, key=len)]
        found.append(number)
        work.step(
            "NACE {code} lies in IAF sector {number}, {name}.",
            "NACE {code}属于IAF专业{number}（{name}）。",
            number,
            code=plain,
            number=number,
            name={"en": en, "zh": zh},
        )
    if len(nace) == 1:
        return {"iaf": found[0]}
    return {"iaf": sorted(set(found))}
