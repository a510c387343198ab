"""Verbs of selection. Every one is keyword-only, one transaction, and leaves one event of its own."""

from testamur.selection.actions.application import attach, detach, save_draft, submit, take_over
from testamur.selection.actions.cases import (
    close_case,
    extend_deadline,
    look_as_overseer,
    open_case,
    pause,
    resume,
)
from testamur.selection.actions.people import assign, judge_competence, release, withdraw_competence
from testamur.selection.actions.plan import agree, object_to, propose_plan, start_determination
from testamur.selection.actions.review import ask_to_complete, review_application, take_back
from testamur.selection.actions.visits import cancel_visit, join_visit, move_visit, offer_visit, plan_visit

__all__ = [
    "agree",
    "ask_to_complete",
    "assign",
    "attach",
    "cancel_visit",
    "close_case",
    "detach",
    "extend_deadline",
    "join_visit",
    "judge_competence",
    "look_as_overseer",
    "move_visit",
    "object_to",
    "offer_visit",
    "open_case",
    "pause",
    "plan_visit",
    "propose_plan",
    "release",
    "resume",
    "review_application",
    "save_draft",
    "start_determination",
    "submit",
    "take_back",
    "take_over",
    "withdraw_competence",
]
