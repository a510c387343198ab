"""The closed lists that every function shares: statuses, outcomes, occasions, functions, answers, origins.

One word, one thing. Terms of ISO/IEC 17000:2020; Chinese words as in ``amendments.md`` B16.
"""

from __future__ import annotations

from enum import StrEnum

from testamur.kernel.refusal import _


class Status(StrEnum):
    """Status of an attestation. ``expired`` is computed from the dates, never waited for."""

    VALID = "valid"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


#: Which status may follow which by an act. Only *suspended* can return to *valid*.
NEXT: dict[Status, frozenset[Status]] = {
    Status.VALID: frozenset({Status.SUSPENDED, Status.WITHDRAWN, Status.CANCELLED}),
    Status.SUSPENDED: frozenset({Status.VALID, Status.WITHDRAWN, Status.CANCELLED}),
    Status.WITHDRAWN: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.EXPIRED: frozenset(),
}


class Outcome(StrEnum):
    """What a decision may decide."""

    GRANT = "grant"
    REFUSE = "refuse"
    MAINTAIN = "maintain"
    EXTEND = "extend"
    REDUCE = "reduce"
    SUSPEND = "suspend"
    RESTORE = "restore"
    WITHDRAW = "withdraw"
    CANCEL = "cancel"
    RENEW = "renew"


class Occasion(StrEnum):
    """Why a case is opened (``on`` of the scheme language)."""

    INITIAL = "initial"
    SURVEILLANCE = "surveillance"
    RENEWAL = "renewal"
    EXTENSION = "extension"
    CHANGE = "change"
    TRANSITION = "transition"
    TRANSFER = "transfer"
    SPECIAL = "special"
    RESTORATION = "restoration"


class Function(StrEnum):
    """What a membership allows its holder to do for the organisation."""

    APPLICATION = "application"
    SELECTION = "selection"
    DETERMINATION = "determination"
    REVIEW = "review"
    DECISION = "decision"
    ATTESTATION = "attestation"
    STATUS = "status"
    SURVEILLANCE = "surveillance"
    SUPERVISION = "supervision"
    RECORDS = "records"
    STATISTICS = "statistics"
    QUALITY = "quality"
    ADMINISTRATION = "administration"


class Answer(StrEnum):
    """The five answers of a verification, by their stable codes."""

    VALID = "valid"
    NOT_VALID = "not_valid"
    WITHHELD = "withheld"
    NOT_REPORTING = "not_reporting"
    NO_SUCH_RECORD = "no_such_record"


class Coverage(StrEnum):
    """Second part of an answer, when a claim was asked."""

    COVERED = "covered"
    PARTLY = "partly"
    NOT_COVERED = "not_covered"
    CANNOT_BE_TOLD = "cannot_be_told"


class Origin(StrEnum):
    """How an attestation came into the register; no answer claims more than its origin allows."""

    NATIVE = "native"
    REPORTED = "reported"
    MIRRORED = "mirrored"
    TRANSCRIBED = "transcribed"


#: English sentence-case words for screens; the catalogue holds the Chinese.
STATUS_WORDS = {
    Status.VALID: _("valid"),
    Status.SUSPENDED: _("suspended"),
    Status.WITHDRAWN: _("withdrawn"),
    Status.CANCELLED: _("cancelled"),
    Status.EXPIRED: _("expired"),
}
