"""RND.*: random draws that anyone can recompute from the public notice. SHA-256, UTF-8, lower-case hex.

The pool is committed to before the beacon is known (``root``); whoever changes it afterwards changes the root.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal, localcontext
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.rules.engine import Answer, Work, rule
from testamur.rules.kinds import ListOf, MapOf, Number, Text, Whole
from testamur.rules.saying import say

_SOURCE = "testamur@2026-1#draw"


def _hex(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def root_of(ids: list[str]) -> str:
    """Return the commitment to a pool: the digest of its ids sorted by code point, one a line."""
    return _hex("\n".join(sorted(ids)))


def seed_of(round_id: str, beacon: str, root: str) -> str:
    """Return the seed of a round."""
    return _hex(f"{round_id}|{beacon}|{root}")


def _round() -> Text:
    return Text(en="id of the round", zh="抽取轮次编号", at_most=200)


def _beacon() -> Text:
    return Text(en="public random value, hexadecimal", zh="公开随机值（十六进制）", at_most=1024)


def _count() -> Whole:
    return Whole(en="how many are drawn", zh="抽取数量", minimum=1, maximum=1_000_000)


def _check(beacon: str, pool: list[str], k: int) -> None:
    try:
        int(beacon, 16)
    except ValueError:
        raise Refused(
            _("The public random value is written in hexadecimal digits (0–9, a–f)."), field="beacon"
        ) from None
    for name in pool:
        if not name or "\n" in name:
            raise Refused(_("An id of the pool is empty or holds a line break."), field="ids")
    if k > len(pool):
        raise Refused(_("{k} cannot be drawn from a pool of {count}."), {"k": k, "count": len(pool)}, field="k")


def _begin(work: Work, round_id: str, beacon: str, ids: list[str]) -> tuple[str, str]:
    root = root_of(ids)
    seed = seed_of(round_id, beacon, root)
    work.step("Pool, committed to beforehand as root", "名单（事先以根值公示）", len(ids))
    work.step("root = SHA-256 of the sorted ids, one a line", "root = 排序后逐行编号的 SHA-256", root)
    work.step("seed = SHA-256(round | beacon | root)", "seed = SHA-256(轮次 | 随机值 | root)", seed)
    return root, seed


@rule(
    "RND.select",
    title=say("Random draw", "随机抽取"),
    source=_SOURCE,
    inputs={
        "round_id": _round(),
        "beacon": _beacon(),
        "ids": ListOf(en="pool", zh="名单", item=Text(en="id", zh="编号"), at_least=1, distinct=True),
        "k": _count(),
    },
    output={
        "root": Answer("text, 64 hexadecimal digits", "commitment to the pool", "名单根值"),
        "seed": Answer("text, 64 hexadecimal digits", "seed", "种子"),
        "selected_in_order": Answer("list of text", "drawn, in order", "抽中者（按顺序）"),
    },
    supplied=["round_id", "beacon", "ids", "k"],
    decides=["random_draw"],
)
def select(work: Work, *, round_id: str, beacon: str, ids: list[str], k: int) -> dict[str, Any]:
    """The k ids with the smallest SHA-256(seed | id)."""
    _check(beacon, ids, k)
    root, seed = _begin(work, round_id, beacon, ids)
    keys = sorted((_hex(f"{seed}|{name}"), name) for name in ids)
    drawn = [name for _key, name in keys[:k]]
    work.step("Order by SHA-256(seed | id); the first {k} are drawn", "按 SHA-256(seed | 编号) 排序，取前{k}个", k, k=k)
    work.step("Drawn: {names}.", "抽中：{names}。", names=drawn)
    return {"root": root, "seed": seed, "selected_in_order": drawn}


@rule(
    "RND.weighted",
    title=say("Random draw by weight", "加权随机抽取"),
    source=_SOURCE,
    inputs={
        "round_id": _round(),
        "beacon": _beacon(),
        "weights": MapOf(
            en="pool with weights", zh="名单及权重", item=Number(en="weight", zh="权重", minimum=0, maximum=10**12)
        ),
        "k": _count(),
    },
    output={"selected_in_order": Answer("list of text", "drawn, in order", "抽中者（按顺序）")},
)
def weighted(work: Work, *, round_id: str, beacon: str, weights: dict[str, Decimal], k: int) -> dict[str, Any]:
    """Efraimidis and Spirakis: order by −ln(u)/w; weight 0 is never drawn. Logarithms to 50 digits."""
    eligible = [name for name, weight in weights.items() if weight > 0]
    _check(beacon, eligible, k)
    _root, seed = _begin(work, round_id, beacon, list(weights))
    with localcontext() as context:
        context.prec = 50
        keys = []
        for name in eligible:
            u = Decimal(int(_hex(f"{seed}|{name}")[:13], 16) + 1) / 2**52
            keys.append((-u.ln() / weights[name], name))
    drawn = [name for _key, name in sorted(keys)[:k]]
    work.step(
        "u from the first 13 digits of SHA-256(seed | id); order by −ln(u)/weight",
        "由 SHA-256(seed | 编号) 前13位得 u，按 −ln(u)/权重 排序",
    )
    work.step("Drawn: {names}.", "抽中：{names}。", names=drawn)
    return {"selected_in_order": drawn}
