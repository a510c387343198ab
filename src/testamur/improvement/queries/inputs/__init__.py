"""What a management review looks at, collected from what the platform knows (ISO 9001:2015, 9.3.2).

``TOPICS`` is the agenda. A topic's collectors return sentences with their facts and where they come from; another part
of improvement adds its own by naming it there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from testamur.improvement.queries.inputs import cures, measured, outside, risks, system
from testamur.improvement.queries.inputs.lines import Line, Period
from testamur.kernel.refusal import _

SOURCE = "iso-9001@2015#9.3.2"


@dataclass(frozen=True)
class Topic:
    """A point of the agenda: its title, and what collects its sentences."""

    key: str
    title: str
    collectors: tuple[Callable[[Period], list[Line]], ...]
    source: str = SOURCE

    def collect(self, period: Period) -> list[Line]:
        """Return every sentence of this point."""
        return [line for collector in self.collectors for line in collector(period)]


#: The agenda, in the order of the clause: a; b; c 1 to 7; d; e; f.
TOPICS: tuple[Topic, ...] = (
    Topic("earlier", _("Decisions of earlier reviews"), (system.earlier,)),
    Topic("changes", _("Changes outside and inside"), (system.changes,)),
    Topic("customers", _("What customers say, and complaints"), (cures.complaints, outside.reported)),
    Topic("objectives", _("Quality objectives and their trend"), (measured.objectives,)),
    Topic(
        "performance",
        _("Performance of processes, conformity of products"),
        (measured.charts, measured.capabilities, measured.studies),
    ),
    Topic(
        "nonconformities",
        _("Nonconformities and their cure"),
        (system.nonconformities, cures.problems, cures.checks, outside.findings, cures.costs),
    ),
    Topic("audits", _("Results of audits"), (system.audits,)),
    Topic("certificates", _("Our certificates and what falls due on them"), (outside.certificates,)),
    Topic("suppliers", _("Suppliers"), (outside.suppliers,)),
    Topic("resources", _("People, training, documents: is it enough?"), (system.resources,)),
    Topic("risks", _("Did the actions on risks and opportunities work?"), (risks.taken, risks.waiting, risks.bare)),
    Topic("improvement", _("What could be better"), (system.observations,)),
)


def collect(period: Period) -> list[dict[str, Any]]:
    """Return every input of the agenda as a review keeps it."""
    return [{"key": topic.key, "lines": [line.kept() for line in topic.collect(period)]} for topic in TOPICS]
