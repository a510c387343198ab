"""Verbs of determination. Every one is keyword-only, one transaction, and leaves one event of its own."""

from testamur.determination.actions.activities import complete_activity, finish, start_activity
from testamur.determination.actions.evidence import record_evidence, record_test
from testamur.determination.actions.exhibits import exhibit, take_back
from testamur.determination.actions.findings import answer_finding, raise_finding, verify_answer, withdraw_finding
from testamur.determination.actions.visits import end_visit, explain, sign_in, sign_out, start_visit

__all__ = [
    "answer_finding",
    "complete_activity",
    "end_visit",
    "exhibit",
    "explain",
    "finish",
    "raise_finding",
    "record_evidence",
    "record_test",
    "sign_in",
    "sign_out",
    "start_activity",
    "start_visit",
    "take_back",
    "verify_answer",
    "withdraw_finding",
]
