"""Make a board, put cards on it, move them through plan, do, check and act."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from testamur.improvement.models import Board, BoardCard, Problem
from testamur.improvement.policies.access import check_colleague, check_may_work, check_written
from testamur.improvement.policies.problems import check_day_ahead, check_version
from testamur.journal.actions import record
from testamur.kernel import days
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership
from testamur.studies.models import Chart

SOURCE = "iso-9001@2015#10.3"
STAGES = tuple(BoardCard.Stage.values)


@transaction.atomic
def make_board(*, title: str, by: Membership, at: datetime) -> Board:
    """Make a board of the own organisation."""
    check_may_work(by, by.organisation, at)
    said = check_written(" ".join(title.split()), "title", _("Name the board."), source=SOURCE, most=120)
    if Board.objects.filter(organisation=by.organisation, title=said).exists():
        raise Refused(_("There is a board of this name."), rule="improvement.board", field="title", source=SOURCE)
    board = Board.objects.create(organisation=by.organisation, title=said, by=by, effective_at=at)
    record("improvement.board_made", subject=board, by=by, at=at, source=SOURCE, payload={"board": board.public_id})
    return board


@transaction.atomic
def put_card(
    *, board: Board, title: str, aim: str, owner: Membership, due_on: date, by: Membership, at: datetime,
    problem: Problem | None = None, chart: Chart | None = None, objective: str = "",
) -> BoardCard:  # fmt: skip
    """Put an improvement on a board, under *plan*."""
    board = Board.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=board.pk)
    check_may_work(by, board.organisation, at)
    check_colleague(owner, board.organisation, at, field="owner")
    check_day_ahead(due_on, days.day_of(at), "due_on")
    for name, one in (("problem", problem), ("chart", chart)):
        if one is not None and one.organisation_id != board.organisation_id:
            raise Refused(_("Choose one of the answers offered."), rule="form", field=name, source=SOURCE)
    card = BoardCard.objects.create(
        board=board, title=check_written(title, "title", _("Name the improvement."), source=SOURCE, most=160),
        aim=check_written(aim, "aim", _("Say what will be seen where it works."), source=SOURCE, most=300),
        owner=owner, due_on=due_on, problem=problem, chart=chart, objective=" ".join(objective.split())[:120], by=by,
        effective_at=at,
    )  # fmt: skip
    facts = {"card": card.public_id, "owner": owner.pk}
    record("improvement.card_put", subject=board, by=by, at=at, source=SOURCE, payload=facts)
    return card


@transaction.atomic
def move_card(
    *, card: BoardCard, to: str, version: int, by: Membership, at: datetime, result: str = "", decision: str = ""
) -> BoardCard:
    """Move a card by one stage, or on from *act*: adopt and abandon finish it, adapt begins the next cycle at *plan*.

    Args:
        to: the stage; ``"on"`` from *act*.
        result: what was seen; needed for *check*.
        decision: ``adopt``, ``adapt`` or ``abandon``; needed for *act*.
    """
    card = BoardCard.objects.select_for_update(of=("self",)).select_related("board__organisation").get(pk=card.pk)
    check_may_work(by, card.board.organisation, at)
    check_version(card, version)
    if card.finished_at is not None:
        raise Refused(_("This card is finished."), rule="improvement.board", source=SOURCE)
    before = card.stage
    if to == "on" and before == BoardCard.Stage.ACT:
        if card.decision == BoardCard.Verdict.ADAPT:
            card.stage, card.decision, card.result, card.cycle = BoardCard.Stage.PLAN, "", "", card.cycle + 1
        else:
            card.finished_at = at
    else:
        _step(card, to, result, decision)
    card.version += 1
    card.save()
    facts = {"card": card.public_id, "from": before, "to": to, "cycle": card.cycle, "decision": card.decision}
    if result:
        facts["result"] = card.result
    record("improvement.card_moved", subject=card.board, by=by, at=at, source=SOURCE, payload=facts)
    return card


def _step(card: BoardCard, to: str, result: str, decision: str) -> None:
    """Move to the stage beside: to *check* with a result, to *act* with a decision."""
    if to not in STAGES or abs(STAGES.index(to) - STAGES.index(card.stage)) != 1:
        raise Refused(
            _("A card moves to the stage beside it: plan, do, check, act."), rule="improvement.board", source=SOURCE
        )
    forward = STAGES.index(to) > STAGES.index(card.stage)
    if forward and to == BoardCard.Stage.CHECK:
        card.result = check_written(
            result, "result", _("Say what was seen, in numbers if there are any; then it can be checked."),
            source=SOURCE,
        )  # fmt: skip
    if forward and to == BoardCard.Stage.ACT:
        if decision not in BoardCard.Verdict.values:
            raise Refused(
                _("Decide: adopt, adapt or abandon; then act."), rule="improvement.board", field="decision",
                source=SOURCE,
            )  # fmt: skip
        card.decision = decision
    if not forward and card.stage == BoardCard.Stage.ACT:
        card.decision = ""
    card.stage = to
