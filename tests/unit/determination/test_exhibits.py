"""What the client puts forward: by whom, until when, and that the dossier notices."""

from datetime import date

import pytest

from testamur.determination import actions, queries
from testamur.determination.dossier import digest, dossier
from testamur.determination.models import Exhibit
from testamur.kernel.refusal import Refused
from tests.unit.selection.world import on

CONTENT = b'{"format":"testamur-study-1"}'
DAY = date(2026, 4, 1)


def put_forward(world, case, *, by=None, content=CONTENT, **more):
    with on(DAY) as moment:
        return actions.exhibit(
            case=case, kind="study", title="Bore, line 2", content=content, name="study.json",
            facts=[{"label": "Ppk, lower", "value": "1.41"}], by=by or world.applicant, at=moment, **more,
        )  # fmt: skip


@pytest.fixture
def case(world):
    return world.determining()


def test_what_is_put_forward_stands_in_the_dossier_and_changes_its_digest(world, case):
    before = digest(dossier(case))
    made = put_forward(world, case, clauses=["8.5.1", " 8.5.1 "])

    told = dossier(case)["exhibits"]
    assert told == [
        {
            "id": made.public_id, "kind": "study", "title": "Bore, line 2", "sha256": made.file.sha256,
            "clauses": ["8.5.1"], "by": world.applicant.person.public_id, "taken_back": "",
            "effective_at": told[0]["effective_at"], "recorded_at": told[0]["recorded_at"],
        }
    ]  # fmt: skip
    assert digest(dossier(case)) != before


def test_a_dossier_without_exhibits_says_nothing_of_them(world, case):
    assert "exhibits" not in dossier(case)


def test_the_same_file_is_put_forward_once(world, case):
    assert put_forward(world, case).pk == put_forward(world, case).pk
    assert Exhibit.objects.count() == 1


def test_taken_back_it_stays_on_record_with_its_reason(world, case):
    made = put_forward(world, case)
    with on(DAY) as moment:
        with pytest.raises(Refused, match="Say why"):
            actions.take_back(exhibit=made, reason="  ", by=world.applicant, at=moment)
        actions.take_back(exhibit=made, reason="Wrong gauge", by=world.applicant, at=moment)

    made.refresh_from_db()
    assert made.taken_back_at is not None and made.taken_back_because == "Wrong gauge"
    assert dossier(case)["exhibits"][0]["taken_back"]
    assert put_forward(world, case).pk != made.pk  # put forward anew, it is another row


def test_only_the_client_puts_forward(world, case):
    with pytest.raises(Refused, match="Only the client"):
        put_forward(world, case, by=world.lead)


def test_nothing_is_put_forward_once_the_dossier_is_with_the_reviewer(world):
    case = world.audited()
    with on(DAY) as moment:
        actions.finish(case=case, by=world.lead, at=moment)
    with pytest.raises(Refused, match="can be done only at"):
        put_forward(world, case)


def test_what_is_no_json_is_refused(world, case):
    with pytest.raises(Refused):
        put_forward(world, case, content=b"{broken")


def test_who_sees_the_case_sees_what_was_put_forward(world, case):
    made = put_forward(world, case)

    assert list(queries.exhibits_visible_to(world.applicant)) == [made]
    assert list(queries.exhibits_visible_to(world.lead)) == [made]
    assert list(queries.exhibits_visible_to(None)) == []
