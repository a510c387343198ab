"""Sentences that other packages marked with ``kernel.refusal._``, made ready for ``|refusal`` in a template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Occasion, Outcome


def said(sentence: str, facts: Mapping[str, Any] | None = None, **more: Any) -> Refused:
    """Return a sentence with its facts; translated and formatted where it is shown."""
    return Refused(sentence, facts, **more)


#: What a case is about, as people say it.
OCCASIONS: dict[str, str] = {
    Occasion.INITIAL: _("Initial"),
    Occasion.SURVEILLANCE: _("Surveillance"),
    Occasion.RENEWAL: _("Renewal"),
    Occasion.EXTENSION: _("Extension of scope"),
    Occasion.CHANGE: _("Change"),
    Occasion.TRANSITION: _("Transition to a new edition"),
    Occasion.TRANSFER: _("Transfer"),
    Occasion.SPECIAL: _("Special assessment"),
    Occasion.RESTORATION: _("Restoration"),
}
#: What may be decided: the button's words, and what it means.
OUTCOMES: dict[str, tuple[str, str]] = {
    Outcome.GRANT: (_("Grant"), _("The attestation is issued, published and logged.")),
    Outcome.REFUSE: (_("Refuse"), _("The client receives your reasons and may appeal free of charge.")),
    Outcome.MAINTAIN: (_("Maintain"), _("The attestation goes on as it is.")),
    Outcome.EXTEND: (_("Extend the scope"), _("A new edition with the wider scope is issued.")),
    Outcome.REDUCE: (
        _("Reduce the scope"),
        _("A new edition with the smaller scope is issued; the old one answers superseded."),
    ),
    Outcome.SUSPEND: (_("Suspend"), _("The public page says suspended from that day on.")),
    Outcome.RESTORE: (_("Restore"), _("The attestation is valid again.")),
    Outcome.WITHDRAW: (
        _("Withdraw"),
        _("The attestation ends for cause; this cannot be undone, only annulled on appeal."),
    ),
    Outcome.CANCEL: (_("Cancel"), _("The attestation ends at its holder's request, or because its object ceased.")),
    Outcome.RENEW: (_("Renew"), _("A new period of validity begins.")),
}
#: Where an activity is done.
PLACES: dict[str, str] = {
    "on_site": _("on site"),
    "remote": _("remote"),
    "either": _("on site or remote"),
    "desk": _("at the desk"),
    "laboratory": _("in the laboratory"),
}
#: What evidence shows; the words a scheme may use.
EVIDENCE: dict[str, str] = {
    "attendance": _("attendance"),
    "checklist": _("checklist"),
    "documents": _("documents"),
    "photographs": _("photographs"),
    "raw_data": _("raw data"),
    "sample_record": _("sample record"),
    "answers": _("answers"),
    "interview_notes": _("interview notes"),
    "report": _("report"),
    "findings": _("findings"),
    "test_report": _("test report"),
    "score": _("score"),
    "samples": _("samples"),
    "statement": _("statement"),
}


def word(table: Mapping[str, Any], key: str) -> str:
    """Return the word of a closed list; one nobody described says itself, without underscores."""
    found = table.get(key)
    return found if isinstance(found, str) else str(key).replace("_", " ")


#: A clock that stands still.
PAUSED = _("The clock rests ({why}); as things stand it ends on {day}.")
#: Why an application cannot be handed in yet.
INCOMPLETE = _("{count} answers need another look before it can be handed in; they are listed below.")
#: An authority of the body that covers what is applied for.
HOLDS = _("The body holds the {kind} for everything in this scope.")
#: Who answers a question of the application review, where several roles do.
ANSWERED_BY = _("Answered by the {role}.")
CHOOSE_WORK = _("Choose what is done on this visit.")
#: Where somebody was when they signed in; nothing more exact is kept.
POSITIONS: dict[str, str] = {
    "unknown": _("position not known"),
    "inside": _("at the site"),
    "outside": _("away from the site"),
}
CHOOSE_ACTIVITY = _("Choose the activity in which it was found; a completed one takes no new findings.")
WANT_DECLARATION = _(
    "Declare that you took no part and have no interest in the client; without it there is no decision."
)
#: What an issuer may do with a living attestation: the button's words, and what it means.
ACTS: dict[str, tuple[str, str]] = {
    "suspension": (_("Suspend the certificate"), _("It is not valid until it is restored; buyers see “suspended”.")),
    "restoration": (_("Restore the certificate"), _("The reasons of the suspension are gone; it is valid again.")),
    "reduction": (
        _("Reduce the scope of the certificate"),
        _("A new edition with fewer scope lines; the old paper answers “superseded”."),
    ),
    "withdrawal": (
        _("Withdraw the certificate"),
        _("It ends for cause. It cannot be restored; an appeal can annul the act."),
    ),
    "cancellation": (_("Cancel the certificate"), _("It ends at its holder's request, or because its object ceased.")),
    "change": (
        _("Change what the certificate says"),
        _("Name, address, sites or wording: a new edition; nothing is revoked."),
    ),
}
#: What falls due on a living attestation.
DUES: dict[str, str] = {
    "round": _("Surveillance"),
    "trigger": _("Special assessment"),
    "ground": _("Act on a ground"),
    "renewal": _("Renewal"),
    "lifting": _("Decide before the suspension's longest time"),
}
#: Ties that impartiality is judged by.
ENGAGEMENTS: dict[str, str] = {
    "consulting": _("consulting"),
    "internal_audit": _("internal audit"),
    "employment": _("employment"),
    "training": _("training"),
}
CHOOSE_FIELD = _("Choose at least one; competence is for something.")
#: What an appeal asks of a body.
ANSWER_APPEAL = _("Answer the appeal against a decision")
APPROVE_CHANGE = _("Approve and issue the new edition that a colleague proposed")
SIGN_ANEW = _("Certificates that rest on a revoked key: {count}. Look at each, and sign anew what you issued")
ANNUL_ACT = _("Annul the act: the appeal was upheld")
#: What a due asks of a body.
DUE_TURNS: dict[str, str] = {
    "round": _("Plan the next surveillance, to be done by {due}"),
    "trigger": _("Plan the special assessment, to be done by {due}"),
    "ground": _("Decide: a ground fell due, act by {due}"),
    "lifting": _("Decide: the suspension ends at the latest on {due}"),
    "renewal": _("Prepare the renewal, to be completed by {due}"),
}
