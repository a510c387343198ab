"""What a source delivers: judged, compared, written once, and never losing a past state."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from small_world import instant, member, organisation
from testamur.journal.models import Event
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Status
from testamur.register.actions import carry_on, commit, give_up
from testamur.register.actions.deliveries import refusal_of
from testamur.register.conflicts import conflicts_of
from testamur.register.models import Attestation, Conflict, Current, Delivery, Past
from testamur.register.queries_reporting import late
from testamur.register.reporting import differing, writing
from testamur.register.reporting.spool import Spool
from testamur.register.states import listings, opened
from testamur.register.status import status
from testamur.transparency.models import Entry
from tests.unit.register.reporting.conftest import COLUMNS, DAY, Lists, csv_of, mapping_of, row

pytestmark = pytest.mark.django_db
LATER, LATEST = DAY + timedelta(days=30), DAY + timedelta(days=60)


def counted(delivery):
    return {name: count for name, count in delivery.counts.items() if count and name not in ("codes", "so_far")}


def test_a_dry_run_says_what_would_come_in_and_changes_nothing(lists):
    delivery = lists.judged(row("S-1"), row("S-2", **{"from": "soon"}))

    assert (delivery.state, delivery.rows, counted(delivery)) == ("judged", 2, {"new": 1, "rejected": 1})
    [remark] = delivery.remarks.all()
    assert (remark.row, remark.line, remark.field, remark.code) == (3, 3, "from", "day_unreadable")
    assert not Attestation.objects.exists() and not Entry.objects.exists()


def test_what_was_judged_comes_in_with_one_event_and_one_log_entry(lists):
    delivery = lists.sent(row("S-1"), row("S-2"))

    [event] = Event.objects.filter(kind="register.imported")
    assert delivery.state == "committed" and counted(delivery) == {"new": 2}
    assert [entry.type for entry in Entry.objects.all()] == ["register.import"] and event.entry == delivery.entry
    first = Current.objects.get(number="S-1")
    assert (first.attestation.source, first.attestation.origin_key, first.position) == (lists.source, "S-1", 2)
    assert first.said["parties"][0]["names"] == {"en": "Sample Locks"} and first.holder_text == "Sample Locks"


def test_the_same_file_for_the_same_day_again_is_the_same_delivery(lists):
    first = lists.sent(row())
    counts = [model.objects.count() for model in (Attestation, Past, Event, Entry, Delivery)]

    assert lists.sent(row()) == first
    assert counts == [model.objects.count() for model in (Attestation, Past, Event, Entry, Delivery)]


def test_the_same_file_for_a_later_day_is_heard_and_changes_nothing(lists):
    lists.sent(row())
    again = lists.sent(row(), day=LATER)

    assert counted(again) == {"unchanged": 1}
    assert not Past.objects.exists() and Current.objects.get().since == DAY


def test_another_statement_ends_the_state_and_keeps_it(lists):
    lists.sent(row())
    changed = lists.sent(row(what="Locks and keys"), day=LATER)

    [past] = Past.objects.all()
    now = Current.objects.get()
    assert counted(changed) == {"changed": 1}
    assert (past.change, past.since, past.until, past.said["statement"]) == ("changed", DAY, LATER, {"en": "Locks"})
    assert (now.since, now.delivery, now.said["statement"]) == (LATER, changed, {"en": "Locks and keys"})


def test_a_suspension_is_a_change_of_status_that_replays_day_by_day(lists):
    lists.sent(row())
    assert counted(lists.sent(row(state="on hold"), day=LATER)) == {"status": 1}

    record = opened(Attestation.objects.get())

    assert status(record, DAY).status is Status.VALID
    assert status(record, LATER).status is Status.SUSPENDED


def test_a_later_validity_under_the_same_number_is_a_renewal(lists):
    lists.sent(row())
    renewed = lists.sent(row(**{"from": "2026-03-15", "until": "2031-12-31"}), day=LATER)

    assert counted(renewed) == {"renewed": 1} and Attestation.objects.count() == 1


def test_words_for_the_status_in_another_language_change_nothing(lists):
    lists.sent(row())

    assert counted(lists.sent(row(state="Ważny"), day=LATER)) == {"unchanged": 1}


def test_a_row_that_is_rejected_still_names_its_record(lists):
    lists.sent(row("S-1"), row("S-2"), whole=True)

    delivery = lists.sent(row("S-1"), row("S-2", **{"from": "31/02/2026"}), day=LATER, whole=True)

    assert counted(delivery) == {"unchanged": 1, "rejected": 1}
    assert not Current.objects.exclude(gone_on=None).exists()


def test_what_a_whole_list_no_longer_names_is_gone_and_may_return(lists):
    lists.sent(row("S-1"), row("S-2"), whole=True)
    gone = lists.sent(row("S-1"), day=LATER, whole=True)
    back = lists.sent(row("S-1"), row("S-2"), day=LATEST, whole=True)

    assert counted(gone) == {"unchanged": 1, "gone": 1} and counted(back) == {"unchanged": 1, "returned": 1}
    record = Attestation.objects.get(origin_key="S-2")
    states = [*Past.objects.filter(attestation=record), record.current]
    assert [(one.listed, one.since) for one in listings(states)] == [(True, DAY), (False, LATER), (True, LATEST)]


def test_what_a_part_of_a_list_does_not_name_stays(lists):
    lists.sent(row("S-1"), row("S-2"))

    assert counted(lists.sent(row("S-1"), day=LATER)) == {"unchanged": 1}
    assert not Current.objects.exclude(gone_on=None).exists()


@pytest.mark.parametrize("rows", [[], [row("S-1")]])
def test_a_list_that_lost_most_of_its_records_waits_for_somebody_who_says_why(lists, rows):
    lists.sent(*(row(f"S-{one}") for one in range(1, 6)), whole=True)

    short = lists.judged(*rows, day=LATER, whole=True)

    assert short.state == "refused" and "listed 5 before" in str(refusal_of(short))
    with pytest.raises(Refused, match="listed 5 before"):
        commit(delivery=short, by=lists.by, at=instant(DAY))
    let_in = commit(delivery=short, by=lists.by, at=instant(DAY), override="The register was closed")
    assert let_in.override == "The register was closed" and let_in.counts["gone"] == 5 - len(rows)


def test_an_older_list_cannot_follow_a_later_one(lists):
    lists.sent(row(), day=LATER)

    refused = lists.judged(row(what="Keys"), day=DAY)

    assert refused.state == "refused" and "is in already" in str(refusal_of(refused))


def test_a_crash_in_the_middle_is_completed_without_loss_or_repetition(lists, monkeypatch):
    monkeypatch.setattr(differing, "CHUNK", 2)
    delivery = lists.judged(*(row(f"S-{one}") for one in range(7)))
    real, calls = writing._write_step, []

    def crashing(*args):
        calls.append(1)
        if len(calls) == 3:
            real(*args)
            raise KeyboardInterrupt
        real(*args)

    monkeypatch.setattr(writing, "_write_step", crashing)
    with pytest.raises(KeyboardInterrupt):
        commit(delivery=delivery, by=lists.by, at=instant(DAY))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.written, Attestation.objects.count()) == ("committing", 4, 4)
    assert not Event.objects.filter(kind="register.imported").exists()

    monkeypatch.setattr(writing, "_write_step", real)
    Spool(delivery.public_id).delete()  # also where what was judged is gone
    assert carry_on() == 1

    delivery.refresh_from_db()
    assert (delivery.state, delivery.written, counted(delivery)) == ("committed", 7, {"new": 7})
    assert sorted(Attestation.objects.values_list("origin_key", flat=True)) == [f"S-{one}" for one in range(7)]
    assert Event.objects.filter(kind="register.imported").count() == 1


def test_a_second_delivery_waits_while_one_is_written(lists):
    first = lists.judged(row("S-1"))
    second = lists.judged(row("S-2"))
    Delivery.objects.filter(pk=first.pk).update(state=Delivery.State.COMMITTING)

    with pytest.raises(Refused, match="is being written"):
        commit(delivery=second, by=lists.by, at=instant(DAY))


def test_a_delivery_is_found_again_by_its_key(lists):
    first = lists.judged(row(), once="k1")

    assert lists.judged(row("S-9"), once="k1") == first and Delivery.objects.count() == 1


def test_a_delivery_given_up_cannot_come_in_and_a_committed_one_is_not_given_up(lists):
    judged = lists.judged(row())
    assert give_up(delivery=judged, by=lists.by, at=instant(DAY)).state == "given_up"

    with pytest.raises(Refused, match="given up"):
        commit(delivery=judged, by=lists.by, at=instant(DAY))
    with pytest.raises(Refused, match="later delivery"):
        give_up(delivery=lists.sent(row()), by=lists.by, at=instant(DAY))


def test_rows_of_one_record_are_rejected_where_nothing_says_how_they_fold(lists):
    delivery = lists.judged(row(), row(), row(what="Keys"))

    assert counted(delivery) == {"new": 1, "folded": 1, "remarked": 1, "rejected": 1}
    assert list(delivery.remarks.values_list("row", "code", "rejects")) == [
        (3, "row_twice", False),
        (4, "key_twice", True),
    ]


def test_the_latest_of_several_rows_holds_and_the_earlier_periods_are_kept(db):
    lists = Lists(mapping_of(fold={"keep": "latest", "earlier": "shown.earlier"}))

    old, new = row(**{"from": "2020-01-01", "until": "2022-12-31"}), row()
    lists.sent(new, row("S-2"), old)

    now = Current.objects.get(number="S-1")
    assert now.effective_on == date(2026, 1, 1) and now.said["shown"] == {"earlier": ["2020-01-01/2022-12-31"]}


def test_rows_that_add_to_a_record_are_joined_wherever_they_stand(db):
    columns = (*COLUMNS, "on", "title")
    fold = {"keep": "first", "entries": {"to": "shown.entries", "day": "on", "form": "%Y-%m-%d", "columns": ["title"]}}
    lists = Lists(mapping_of(fold=fold))
    rows = [row(on="2026-02-01", title="Second"), row("S-2"), row(on="2026-01-15", title="First"), row()]

    delivery = lists.sent(content=csv_of(*rows, columns=columns))

    assert counted(delivery) == {"new": 2, "folded": 2}
    assert Current.objects.get(number="S-1").said["shown"]["entries"] == ["2026-01-15 · First", "2026-02-01 · Second"]


def test_a_source_that_does_not_name_the_issuer_says_nothing_about_it(db):
    lists = Lists(mapping_of(issuer={"column": "body", "absent": "Whoever"}))
    lists.sent(row())

    assert counted(lists.sent(row(body=""), day=LATER)) == {"unchanged": 1, "remarked": 1}
    lists.sent(row(body="", what="Keys"), day=LATEST)
    assert Current.objects.get().issuer.names["en"] == "Sample Body"


def test_a_body_reports_for_itself_and_for_nobody_else(db):
    body, other = organisation("Body"), organisation("Other")
    reported = mapping_of(source={"origin": "reported"})
    lists = Lists(reported, organisation=body, by=member(body, "records"))
    lists.sent(row())

    assert Attestation.objects.get().issuer == body
    with pytest.raises(Refused, match="acts for"):
        Lists(reported, organisation=body, by=member(other, "records"))
    with pytest.raises(Refused, match="does not hold"):
        Lists(reported, organisation=body, by=member(body, "review"))


def test_two_sources_that_disagree_are_kept_and_the_issuers_own_word_holds(db):
    body = organisation("Body")
    own = Lists(mapping_of(source={"origin": "reported"}), organisation=body, by=member(body, "records"))
    mirror = Lists(mapping_of(issuer={"column": "body", "organisations": {"Sample Body": body.public_id}}))
    own.sent(row(state="on hold"))

    told = mirror.sent(row("s 1"), day=LATER)

    [conflict] = Conflict.objects.all()
    here, there = Attestation.objects.get(source=own.source), Attestation.objects.get(source=mirror.source)
    assert (conflict.holds, conflict.rule, conflict.differs) == (here, "own_word", {"status": ["suspended", "valid"]})
    assert told.remarks.get().code == "told_differently"
    [shown] = conflicts_of(there)
    assert (shown.other, shown.precedes, shown.fields, shown.rule) == (here, True, ("status",), "own_word")

    mirror.sent(row("s 1", state="on hold"), day=LATEST)
    there = Attestation.objects.get(source=mirror.source)
    assert conflicts_of(there) == [] and Conflict.objects.get().ended_by is not None


def test_a_source_with_a_duty_is_late_after_its_days_and_the_next_working_day(db):
    lists = Lists(mapping_of(source={"duty_days": 31}))
    lists.sent(row(), day=date(2026, 3, 31))  # 31 days later is the first of May, a holiday until the fifth

    assert late(date(2026, 5, 6)) == []
    [one] = late(date(2026, 5, 7))
    assert (one.source, one.last, one.due, one.days) == (lists.source, date(2026, 3, 31), date(2026, 5, 6), 1)


def test_a_record_is_known_from_its_commit_and_not_from_the_dry_run(lists):
    with clock.travel(DAY):
        delivery = lists.judged(row())
    with clock.travel(LATER):
        commit(delivery=delivery, by=lists.by, at=instant(LATER))

    record = opened(Attestation.objects.get())
    assert record.editions.all()[0].recorded_at.date() == LATER
