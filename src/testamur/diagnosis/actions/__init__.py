"""Verbs of diagnosis, by noun."""

from testamur.diagnosis.actions.advice import let_in, revoke_grant, write_advice
from testamur.diagnosis.actions.assessments import answer_page, begin, finish, reorder
from testamur.diagnosis.actions.benchmark import join_benchmark, leave_benchmark
from testamur.diagnosis.actions.folder import lay_in, lay_in_document, take_out
from testamur.diagnosis.actions.plan import change_item, complete_item, drop_item, plan_item

__all__ = [
    "answer_page",
    "begin",
    "change_item",
    "complete_item",
    "drop_item",
    "finish",
    "join_benchmark",
    "lay_in",
    "lay_in_document",
    "leave_benchmark",
    "let_in",
    "plan_item",
    "reorder",
    "revoke_grant",
    "take_out",
    "write_advice",
]
