"""The shapes that several endpoints send and take."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

#: One text in several languages, ``{"en": …, "zh": …}``; which one prevails is said beside it where it matters.
Text = dict[str, str]


class Shape(BaseModel):
    """An answer."""


class Given(BaseModel):
    """A body that is sent: what it does not name is refused, so that a misspelt field is not silently nothing."""

    model_config = ConfigDict(extra="forbid")


Words = Annotated[str, Field(max_length=300)]
LongText = dict[Annotated[str, Field(max_length=12)], Annotated[str, Field(max_length=4000)]]
Codes = list[dict[str, Any]]


class Named(Shape):
    """Something with an id and names."""

    id: str
    names: Text


class SentenceOut(Shape):
    """A sentence in the reader's language, and the clause it rests on."""

    sentence: str
    source: str = ""


class ClaimIn(Given):
    """What the asker wants an attestation to cover; every part is optional."""

    standard: Words = ""
    product: Words = ""
    model: Words = ""
    factory: Words = ""
    made_on: date | None = None
    lot: Words = ""
    destination: Annotated[str, Field(max_length=2)] = ""
    lines: Annotated[Codes, Field(max_length=50)] = Field(default_factory=list)


class ClaimLineOut(Shape):
    """The verdict on one part of a claim: covered, partly, not_covered or cannot_be_told."""

    part: str
    asked: Any
    coverage: str
    sentence: str
    source: str = ""


class AssuranceOut(Shape):
    """Who vouches for the record itself."""

    origin: Literal["native", "reported", "mirrored", "transcribed"]
    source: str = ""
    day: date | None = None
    sentence: str


class DatesOut(Shape):
    """Civil days in the area of the scheme; ``valid_until`` is the last day, included."""

    issued_on: date
    valid_from: date
    valid_until: date | None = None


class PartyOut(Shape):
    """A party as named on the edition."""

    role: str
    names: Text
    address: Text = Field(default_factory=dict)
    country: str = ""
    organisation: str | None = None
    identifiers: list[dict[str, str]] = Field(default_factory=list)


class SiteOut(Shape):
    """A line of the site list."""

    names: Text
    address: Text = Field(default_factory=dict)
    statement: Text = Field(default_factory=dict)
    central: bool = False


class ScopeLineOut(Shape):
    """One coded scope line and its own status."""

    position: int
    status: str | None
    line: dict[str, Any]


class EditionOut(Shape):
    """The issue of the document that is current on the day; ``superseded`` maps older editions to their last day."""

    edition: int
    title: Text
    reason: str
    languages: str
    superseded: dict[str, date] = Field(default_factory=dict)


class LinkOut(Shape):
    """One link of the line of authority: what it is, whether it holds, why, and what it rests on."""

    kind: str
    verdict: str
    status: str | None = None
    number: str = ""
    holder: Text = Field(default_factory=dict)
    issuer: Text = Field(default_factory=dict)
    attestation: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    sentence: str
    source: str = ""
    rests_on: list[LinkOut] = Field(default_factory=list)


class AnswerOut(Shape):
    """What the register says: one of five words, and beside it whether what was asked is covered.

    ``answer``: valid, not_valid, withheld, not_reporting, no_such_record. ``status``: valid, suspended, withdrawn,
    cancelled, expired, or null before the first day in force.
    """

    answer: Literal["valid", "not_valid", "withheld", "not_reporting", "no_such_record"]
    headline: str
    status: str | None = None
    authority: str
    coverage: str | None = None
    disclosure: str
    reasons: list[SentenceOut]
    duties: list[SentenceOut] = Field(default_factory=list)
    claim: list[ClaimLineOut] = Field(default_factory=list)
    assurance: AssuranceOut | None = None
    attestation: str | None = None
    number: str | None = None
    on: date | None = None
    known: datetime | None = None
    as_of: datetime


class Linked(Shape):
    """Where more is."""

    page: str
    history: str
    credential: str | None = None


class AttestationOut(AnswerOut):
    """An answer with the record beside it; what the scheme does not disclose is null or empty."""

    scheme: str
    scheme_version: str | None = None
    issuer: Named | None = None
    dates: DatesOut | None = None
    edition: EditionOut | None = None
    statement: Text = Field(default_factory=dict)
    authoritative: str = ""
    requirements: list[dict[str, Any]] = Field(default_factory=list)
    scope: list[ScopeLineOut] = Field(default_factory=list)
    parties: list[PartyOut] = Field(default_factory=list)
    sites: list[SiteOut] = Field(default_factory=list)
    main: str | None = None
    continues: str | None = None
    trust: LinkOut | None = None
    links: Linked


class RowOut(Shape):
    """A line of a list of attestations."""

    id: str
    number: str
    status: str
    scheme: str
    issuer: Named
    holder: str | None
    valid_from: date | None
    valid_until: date | None
    standards: list[str]


class RowsOut(Shape):
    """One page; ``next`` is the cursor of the page after it, null on the last."""

    items: list[RowOut]
    next: str | None
