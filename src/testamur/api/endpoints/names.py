"""Names of holders: what somebody may be typing, and what is like what they typed."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query

from testamur.api.endpoint import endpoint
from testamur.api.shapes import Shape
from testamur.register.finding.near import near
from testamur.register.finding.suggesting import suggestions


class NearOut(Shape):
    """A name like the one asked for, and how alike it is: 0 to 100."""

    name: str
    likeness: float


class NamesOut(Shape):
    """Names under which public records are held: those that begin so or hold the text, and those that are alike."""

    matching: list[str]
    alike: list[NearOut]


@endpoint("GET", "/holder-names", response=NamesOut, summary="Names of holders that match or are alike",
          tags=["register"])  # fmt: skip
def read_names(request: HttpRequest, q: Annotated[str, Query(max_length=300)]) -> Any:
    """Return at most five names that match a text (`q`), and at most five that differ from it in a few characters.

    Search attestations with a name found here. A name that is only alike is no match: compare it with the paper.
    """
    asked = q.replace("\0", " ")
    return {
        "matching": [one.text for one in suggestions(asked) if one.kind == "holder"],
        "alike": [{"name": one.name, "likeness": one.likeness} for one in near(asked)],
    }
