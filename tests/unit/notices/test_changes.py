"""The line of public changes: what is told, once, in order, and found by every index."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from small_world import PLATFORM, both, instant, organisation
from testamur.kernel import clock
from testamur.kernel.words import Status
from testamur.notices import queries, telling
from testamur.notices.models import Change, ChangedStandard, Line, Told
from testamur.notices.queries import Asked
from testamur.notices.searches import of_key, read
from testamur.register import actions
from testamur.register import tasks as register
from testamur.register.models import Attestation, Current, Delivery
from told_world import deliver, noon, record, source

MARCH, APRIL, MAY, JUNE = (date(2026, month, 1) for month in (3, 4, 5, 6))
pytestmark = pytest.mark.django_db


def row(key: str, **more):
    return {"key": key, "effective_on": date(2026, 1, 1), "expires_on": date(2027, 1, 1), **more}


def told(**asked) -> list[tuple[str, str]]:
    return [(one.attestation.origin_key, one.kind) for one in queries.page(Asked(**asked)).rows]


@pytest.fixture
def issuer():
    return organisation("Issuer")


@pytest.fixture
def mirror(issuer):
    mirror = source(issuer)
    deliver(mirror, issuer, MARCH, [row("A"), row("B"), row("C")])
    deliver(mirror, issuer, APRIL, [row("A", status=Status.SUSPENDED), row("B", said={"grade": "2"})])
    deliver(mirror, issuer, MAY, [row("A"), row("B", said={"grade": "2"}), row("C")])
    return mirror


def test_each_delivery_is_told_as_what_became_of_each_certificate(mirror):
    assert telling.follow() == 8

    assert told()[::-1] == [
        ("A", "appeared"), ("B", "appeared"), ("C", "appeared"),
        ("A", "suspended"), ("B", "changed"), ("C", "gone"),
        ("A", "restored"), ("C", "returned"),
    ]  # fmt: skip
    assert telling.follow() == 0
    assert set(Told.objects.values_list("done", flat=True)) == {True}


def test_told_late_or_at_once_it_is_the_same_line(mirror, issuer):
    telling.follow()
    at_the_end = [(one.attestation_id, one.kind, one.effective_on, one.recorded_at) for one in Change.objects.all()]
    ChangedStandard.objects.all().delete()
    Change.objects.all().delete()
    Told.objects.all().delete()

    telling.follow()

    now = [(one.attestation_id, one.kind, one.effective_on, one.recorded_at) for one in Change.objects.all()]
    assert now == at_the_end


def test_a_delivery_is_told_chunk_by_chunk_and_goes_on_where_it_was_interrupted(mirror, issuer, monkeypatch):
    telling.follow()
    deliver(mirror, issuer, JUNE, [row(key) for key in "ABCDEFGHIJK"])
    monkeypatch.setattr(telling, "CHUNK", 4)
    calls = []

    def breaks(found, real=telling.tell):
        calls.append(len(found))
        if len(calls) == 2:
            raise OSError("the machine stopped")
        real(found)

    monkeypatch.setattr(telling, "tell", breaks)
    with pytest.raises(OSError, match="stopped"):
        telling._follow_delivery(mirror.deliveries.first()), telling._follow_delivery(mirror.deliveries.first())
    telling.follow()

    assert [key for key, kind in told(first=JUNE) if kind == "appeared"] == list("KJIHGFED")


def test_what_is_confidential_or_a_persons_is_not_told_and_later_not_shown(mirror, issuer):
    Current.objects.filter(attestation=record(mirror, "A")).update(personal=True)
    telling.follow()

    assert {key for key, _kind in told()} == {"B", "C"}
    Current.objects.filter(attestation=record(mirror, "B")).update(confidential=True)
    assert {key for key, _kind in told()} == {"C"}


def test_the_line_is_narrowed_by_body_standard_scheme_kind_certificate_and_day(issuer):
    other = organisation("Other")
    one, two = source(issuer, "one"), source(other, "two")
    deliver(one, issuer, MARCH, [row("A"), row("B")])
    deliver(two, other, APRIL, [row("X")])
    Current.objects.filter(attestation__origin_key="B").update(standards="ISO 9001:2015 | ISO 14001:2015")
    Current.objects.filter(attestation__origin_key="X").update(standards="ISO 9001:2015")
    deliver(two, other, MAY, [row("X", status=Status.WITHDRAWN)])
    telling.follow()

    assert told(body=other.pk) == [("X", "withdrawn"), ("X", "appeared")]
    assert told(standard="ISO 9001:2015") == [("X", "withdrawn"), ("B", "appeared")]
    assert told(standard="ISO 9001:2015", body=issuer.pk) == [("B", "appeared")]
    assert told(kinds=("withdrawn",)) == told(body=other.pk, kinds=("withdrawn",)) == [("X", "withdrawn")]
    assert told(certificate=record(one, "A").pk) == [("A", "appeared")]
    assert told(scheme="sample", first=APRIL, last=APRIL) == [("X", "appeared")]
    assert told(first=JUNE) == told(last=date(2026, 2, 1)) == told(scheme="none") == []


def test_every_day_is_exactly_its_own_range_of_numbers(issuer):
    mirror = source(issuer)
    for day in range(1, 29, 3):
        deliver(mirror, issuer, date(2026, 3, day), [row(f"K{day}-{one}") for one in range(day % 4 + 1)], whole=False)
    telling.follow()
    Change.objects.filter(pk__in=list(Change.objects.values_list("pk", flat=True))[1::5]).delete()  # gaps

    for day in range(1, 30):
        asked = date(2026, 3, day)
        expected = [one.pk for one in Change.objects.order_by("-pk") if one.recorded_at == noon(asked)]
        assert [one.pk for one in queries.page(Asked(first=asked, last=asked)).rows] == expected


@pytest.mark.parametrize("oldest", [False, True])
def test_pages_by_cursor_give_each_change_once_also_while_others_are_added(mirror, issuer, oldest):
    telling.follow()
    seen, cursor = [], None
    for turn in range(20):
        found = queries.page(Asked(body=issuer.pk), cursor=cursor, limit=3, oldest=oldest)
        seen += [one.pk for one in found.rows]
        if turn == 0:
            deliver(mirror, issuer, JUNE, [row("Z")], whole=False)
            telling.follow()
        if found.next is None:
            break
        cursor = found.next

    numbers = list(Change.objects.order_by("pk" if oldest else "-pk").values_list("pk", flat=True))
    assert seen == (numbers if oldest else numbers[1:])


def test_a_page_looks_at_so_many_rows_and_its_cursor_goes_on(mirror, issuer, monkeypatch):
    telling.follow()
    monkeypatch.setattr(queries, "LOOKED", 2)
    monkeypatch.setattr(queries, "FIRST", 2)
    other = organisation("Other")

    found, turns = queries.page(Asked(scheme="sample", body=other.pk, kinds=("gone",)), limit=1), 1
    assert found.rows == [] and found.next is None  # a body without changes is asked of its own index
    cursor, kinds = None, []
    while turns < 20:
        found = queries.page(Asked(body=issuer.pk, kinds=("gone",)), cursor=cursor, limit=1)
        kinds += [one.kind for one in found.rows]
        assert found.looked <= 2
        turns += 1
        if (cursor := found.next) is None:
            break
    assert kinds == ["gone"] and turns > 3


def test_an_act_that_was_committed_after_a_later_one_is_not_missed(world):
    certificate = world.certificate()
    telling.follow()
    change = actions.change_status(
        attestation=certificate, status=Status.SUSPENDED, reason=both("r"), by=PLATFORM, at=instant(date(2026, 5, 1))
    )
    telling.follow()
    newer = change.pk
    # A row with a lower number becomes visible only now, as on PostgreSQL where two acts overlap.
    type(change).objects.filter(pk=newer).update(id=newer + 1000)
    Change.objects.filter(status_change=newer).update(status_change=newer + 1000)
    late = type(change)(
        pk=newer, attestation=certificate, status=Status.WITHDRAWN, effective_at=instant(date(2026, 5, 2))
    )
    late.save(force_insert=True)

    telling.follow()

    kinds = [one.kind for one in queries.page(Asked(certificate=certificate.pk)).rows]
    assert kinds == ["withdrawn", "suspended", "appeared"]
    assert Line.objects.get(name="status_change").upto < newer


def test_a_row_with_a_lower_number_that_was_recorded_after_a_delivery_is_told_too(world, mirror):
    """A clock that was set back numbers rows otherwise than it records them."""
    first, second = world.certificate(number="A-1"), world.certificate(number="A-2")
    committed = Delivery.objects.filter(source=mirror).latest("committed_at").committed_at
    for one, moved in ((first, timedelta(days=1)), (second, -timedelta(days=1))):
        one.editions.update(recorded_at=committed + moved)

    with clock.travel(clock.now().date() + timedelta(days=4)):
        telling.follow()

    assert {one.attestation_id for one in queries.page(Asked(kinds=("appeared",))).rows} >= {first.pk, second.pk}


def test_rows_that_nothing_can_precede_any_more_are_not_looked_at_again(world):
    world.certificate()
    telling.follow()
    assert Line.objects.get(name="edition").upto == 0

    with clock.travel(clock.now().date() + timedelta(days=2)):
        telling.follow()

    assert Line.objects.get(name="edition").upto == Attestation.objects.last().editions.get().pk


def test_a_search_is_followed_by_what_it_finds(issuer, monkeypatch):
    mirror = source(issuer)
    names = {"parties": [{"role": "holder", "names": {"zh": "上海阀门有限公司"}}]}
    deliver(mirror, issuer, MARCH, [row("A", said=names), row("B")])
    Current.objects.filter(attestation__origin_key="A").update(search=" a 上海阀门有限公司 ", region="CN-SH")
    register.index_waiting()
    telling.follow()

    for query in ({"q": "阀门"}, {"q": "上海阀"}, {"region": "CN-S"}, {"q": "阀门", "status": "valid"}):
        search = of_key(read(query.items()).key)
        assert told(search=search) == [("A", "appeared")], query
        # The other way round: where the search finds too many, rows are judged as they come.
        monkeypatch.setattr(queries.plan, "hits", lambda *_args: queries.plan.Hits([], True))
        assert told(search=search) == [("A", "appeared")], query
        monkeypatch.undo()
    assert told(search=of_key("q=水泵")) == told(search=of_key("q=阀门&status=withdrawn")) == []
