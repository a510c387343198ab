"""The figure of any result that has one."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.tqm.figures.figure import Figure
from testamur.tqm.methods import find


def figure_of(result: Any) -> Figure:
    """Return the figure of a result, by the builder that its method names.

    Raises:
        Refused: the method has no figure.
    """
    method = find(result.provenance.method)
    if not method.chart:
        raise Refused(_("{method} has no figure; its numbers are the whole answer."), {"method": method.id})
    module, _mark, name = method.chart.partition(":")
    figure: Figure = getattr(import_module(module), name)(result)
    return figure
