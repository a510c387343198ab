"""What fails beside an act undoes no act: mail, one of the worker's works."""

from __future__ import annotations

from datetime import date

import pytest

from small_world import instant, member, organisation
from testamur.cli import worker
from testamur.parties import actions
from testamur.parties.models import Invitation


@pytest.mark.django_db(transaction=True)
def test_an_invitation_stands_when_the_mail_server_does_not_answer(monkeypatch):
    asked = []

    def silent(*args, **kwargs):
        asked.append(args)
        raise ConnectionRefusedError("no mail server")

    monkeypatch.setattr("testamur.parties.actions.access.send_mail", silent)
    administrator = member(organisation("Works"), "administration")

    actions.invite(
        organisation=administrator.organisation,
        email="new@sample.example",
        names={"en": "Sample New"},
        functions=["application"],
        by=administrator,
        at=instant(date(2026, 3, 1)),
    )

    assert len(asked) == 1
    assert Invitation.objects.get().email == "new@sample.example"


@pytest.mark.django_db
def test_one_failing_work_of_the_worker_does_not_keep_the_others_from_their_turn(monkeypatch):
    done = []

    def broken() -> None:
        raise OSError("disk full")

    monkeypatch.setattr(worker, "_works", lambda: {"log": broken, "dues": lambda: done.append("dues")})
    monkeypatch.setattr("django.db.close_old_connections", lambda: None)

    assert worker.main(["--once"]) == 1
    assert done == ["dues"]
