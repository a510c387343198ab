"""What a snapshot covers and what it lacks, in figures and in words: a reader shall not take it for more than it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from testamur.register.models import Delivery, Source
from testamur.register.queries_reporting import late

#: Kinds of counts that grow while a snapshot is written.
KINDS = ("origin", "source", "scheme", "status", "country", "left_out", "withheld")


def added(counts: Mapping[str, Mapping[str, int]], more: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Return counts with those of one batch more."""
    found = {kind: Counter(counts.get(kind, {})) for kind in KINDS}
    for (kind, value), count in more.items():
        found[kind][value] += count
    return {kind: dict(sorted(counted.items())) for kind, counted in found.items()}


def note(counts: Mapping[str, Mapping[str, int]], day: date) -> dict[str, Any]:
    """Return the coverage note of a snapshot.

    Returns:
        ``origins``, ``schemes``, ``statuses``, ``countries``: value → records; ``sources``: [{"key", "names",
        "origin", "records", "as_of", "attribution", "late_since"}]; ``left_out``, ``withheld``: why, or which column →
        how many; ``missing``: [{bcp47: sentence}].
    """
    silent = {one.source.pk: one.due for one in late(day)}
    sources = []
    for source in Source.objects.order_by("key"):
        last = (
            Delivery.objects.filter(source=source, state=Delivery.State.COMMITTED)
            .order_by("-as_of").values_list("as_of", flat=True).first()
        )  # fmt: skip
        due = silent.get(source.pk)
        sources.append(
            {
                "key": source.key, "names": source.names, "origin": source.origin,
                "records": counts.get("source", {}).get(source.key, 0),
                "as_of": last.isoformat() if last else None, "attribution": source.attribution,
                "late_since": due.isoformat() if due else None,
            }
        )  # fmt: skip
    return {
        "origins": dict(counts.get("origin", {})),
        "schemes": dict(counts.get("scheme", {})),
        "statuses": dict(counts.get("status", {})),
        "countries": dict(counts.get("country", {})),
        "sources": sources,
        "left_out": dict(counts.get("left_out", {})),
        "withheld": dict(counts.get("withheld", {})),
        "missing": _missing(counts, sources),
    }


def _missing(counts: Mapping[str, Mapping[str, int]], sources: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return in sentences what a reader looks for in vain."""
    found = [
        {
            "en": "Not everything that was ever certified: only what was issued here, reported here, or is mirrored "
            "from the registers listed under sources.",
            "zh": "并非全部认证结果：仅包括在本平台颁发、向本平台报送，以及从所列登记簿镜像的记录。",
        },
        {
            "en": "The present state only. Earlier states stand on each record's page, and in earlier snapshots.",
            "zh": "仅含现状。此前状态见各记录网页及以往快照。",
        },
        {
            "en": "A record that changed while the snapshot was written stands in it as it was read.",
            "zh": "快照写入期间发生变化的记录，以读取时的状态为准。",
        },
    ]
    left = counts.get("left_out", {})
    reasons = {
        "personal": ("{n} records of natural persons, which are found by number and name only.",
                     "{n}条自然人记录，仅可凭编号和姓名查询。"),
        "confidential": ("{n} confidential records, of which only number and status are public.",
                         "{n}条保密记录，仅公开编号和状态。"),
        "source": ("{n} records of sources whose terms do not let them be handed on.",
                   "{n}条因来源条款不允许再分发的记录。"),
    }  # fmt: skip
    for why, (en, zh) in reasons.items():
        if left.get(why):
            found.append({"en": en.format(n=f"{left[why]:,}"), "zh": zh.format(n=f"{left[why]:,}")})
    overdue = [one for one in sources if one["late_since"]]
    if overdue:
        en = ", ".join(one["names"].get("en") or one["key"] for one in overdue)
        zh = "、".join(one["names"].get("zh") or one["key"] for one in overdue)
        found.append(
            {"en": f"What these sources owe since their last delivery: {en}.", "zh": f"逾期未报送的来源：{zh}。"}
        )
    return found
