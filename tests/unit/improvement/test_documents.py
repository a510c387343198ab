"""Documents under control: one version in force, approved by another than its author, read by those who get it."""

from __future__ import annotations

from datetime import date

import pytest

from small_world import instant, member, organisation
from testamur.improvement.actions import documents as actions
from testamur.improvement.actions import versions
from testamur.improvement.models import Acknowledgement, ControlledDocument, DocumentVersion, Training
from testamur.improvement.queries import documents as queries
from testamur.kernel.refusal import Refused
from testamur.sample.papers import pdf

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
AT = instant(DAY)


@pytest.fixture
def author(db):
    return member(organisation("Works"), "quality", name="Wu")


@pytest.fixture
def other(author):
    return member(author.organisation, "quality", name="Chen")


@pytest.fixture
def document(author):
    return actions.register_document(
        number="QP-07", title="Release of lots", kind="procedure", keeper=author, by=author, at=AT, review_months=12
    )


def add(document, by, at=AT, title="one"):
    return versions.add_version(document=document, content=pdf(title), name="qp07.pdf", changed="First", by=by, at=at)


def approved(document, author, other, day=DAY):
    version = versions.submit_version(version=add(document, author, instant(day)), by=author, at=instant(day))
    return versions.approve_version(version=version, in_force_on=day, by=other, at=instant(day))


def test_nobody_approves_what_they_wrote(document, author, other):
    version = add(document, author)
    with pytest.raises(Refused, match="does not wait"):
        versions.approve_version(version=version, in_force_on=DAY, by=other, at=AT)
    version = versions.submit_version(version=version, by=author, at=AT)
    with pytest.raises(Refused, match="wrote this version and cannot approve it") as refused:
        versions.approve_version(version=version, in_force_on=DAY, by=author, at=AT)
    assert refused.value.source == "iso-9001@2015#7.5.2"
    assert queries.to_approve(other) == [version] and queries.to_approve(author) == []
    versions.approve_version(version=version, in_force_on=DAY, by=other, at=AT)
    assert queries.to_approve(other) == []


def test_exactly_one_version_is_in_force_on_any_day(document, author, other):
    first = approved(document, author, other)
    second = approved(document, author, other, date(2026, 6, 1))

    for day, expected in (
        (date(2026, 3, 1), None),
        (DAY, first),
        (date(2026, 5, 31), first),
        (date(2026, 6, 1), second),
    ):
        assert queries.in_force(document, day) == expected
    assert queries.state(first, document, date(2026, 6, 1)) == "superseded"
    assert queries.state(second, document, date(2026, 5, 1)) == "coming"
    third = versions.submit_version(version=add(document, author, instant(date(2026, 7, 1))), by=author, at=AT)
    for day in (date(2026, 6, 1), date(2026, 5, 1)):
        with pytest.raises(Refused):
            versions.approve_version(version=third, in_force_on=day, by=other, at=instant(date(2026, 5, 2)))


def test_a_version_sent_back_is_replaced_and_submitted_again(document, author, other):
    version = versions.submit_version(version=add(document, author), by=author, at=AT)
    with pytest.raises(Refused, match="not approved yet"):
        add(document, author)
    versions.return_version(version=version, because="Section 3 is missing", by=other, at=AT)
    with pytest.raises(Refused, match="wrote this version and submits it"):
        versions.submit_version(version=version, by=other, at=AT)
    changed = versions.replace_file(
        version=version, content=pdf("two"), name="qp07.pdf", changed="With section 3", by=author, at=AT
    )
    assert changed.file.sha256 != version.file.sha256
    versions.submit_version(version=version, by=author, at=AT)
    with pytest.raises(Refused, match="submitted already"):
        versions.replace_file(version=version, content=pdf("x"), name="q.pdf", changed="x", by=author, at=AT)


def test_it_is_read_by_those_who_get_it(document, author, other):
    version = approved(document, author, other)
    operator = member(author.organisation, "application", name="Fang")
    actions.distribute(document=document, member=operator, by=author, at=AT)
    row = actions.distribute(document=document, function="quality", by=author, at=AT)

    assert queries.readers(document, DAY) == [author, other, operator]
    assert queries.to_read(operator, DAY) == [version]
    for _again in range(2):
        versions.acknowledge(version=version, by=operator, at=AT)
    assert Acknowledgement.objects.count() == 1 and queries.to_read(operator, DAY) == []
    actions.end_distribution(distribution=row, by=author, at=AT)
    assert queries.to_read(author, DAY) == []
    with pytest.raises(Refused, match="not distributed to you"):
        versions.acknowledge(version=version, by=other, at=AT)
    with pytest.raises(Refused, match="already"):
        actions.distribute(document=document, member=operator, by=author, at=AT)
    with pytest.raises(Refused, match="one of the two"):
        actions.distribute(document=document, by=author, at=AT)


def test_training_says_how_it_was_checked(document, author, other):
    version = approved(document, author, other)
    facts = {"version": version, "trained": other, "trained_on": DAY, "trainer": "Wu", "by": author, "at": AT}
    with pytest.raises(Refused, match="how it was checked"):
        versions.train(**facts, effective=True)
    versions.train(**facts)
    versions.train(**facts, checked="Ten parts measured alone", effective=True)

    assert [row.effective for row in Training.objects.all()] == [None, True]
    draft = add(document, author)
    with pytest.raises(Refused, match="not approved"):
        versions.train(**{**facts, "version": draft})


def test_the_next_review_is_counted_from_the_last_look(document, author, other):
    assert queries.next_review(document, DAY) is None
    approved(document, author, other)
    assert queries.next_review(document, DAY) == date(2027, 3, 2)
    actions.review_document(
        document=document, reviewed_on=date(2026, 9, 1), fits=True, note="Read with the shift", by=author,
        at=instant(date(2026, 9, 1)),
    )  # fmt: skip
    document.refresh_from_db()
    assert queries.next_review(document, date(2026, 9, 1)) == date(2027, 9, 1)
    assert queries.to_review(queries.visible_to(author), date(2027, 8, 15)) == [(document, date(2027, 9, 1))]


def test_a_withdrawn_document_is_a_record(document, author, other):
    version = approved(document, author, other)
    with pytest.raises(Refused, match="until today"):
        actions.withdraw_document(document=document, on=date(2026, 3, 1), because="x", by=author, at=AT)
    made = actions.withdraw_document(document=document, on=date(2026, 4, 1), because="Merged", by=author, at=AT)

    assert queries.in_force(made, date(2026, 3, 31)) == version and queries.in_force(made, date(2026, 4, 1)) is None
    with pytest.raises(Refused, match="was withdrawn"):
        add(document, author)


def test_bad_input_is_refused(document, author):
    with pytest.raises(Refused, match="QP-07 already"):
        actions.register_document(number="QP-07", title="x", kind="form", keeper=author, by=author, at=AT)
    for change in ({"kind": "novel"}, {"review_months": 0}, {"number": " "}):
        facts = {"number": "X", "title": "x", "kind": "form", "review_months": 12, **change}
        with pytest.raises(Refused):
            actions.register_document(**facts, keeper=author, by=author, at=AT)
    with pytest.raises(Refused, match="empty"):
        versions.add_version(document=document, content=b"", name="a.pdf", changed="x", by=author, at=AT)
    assert not DocumentVersion.objects.exists()


def test_another_organisation_sees_and_does_nothing(document, author):
    stranger = member(organisation("Others"), "quality", name="Zhou")

    assert not queries.visible_to(stranger).exists() and not queries.given_to(stranger).exists()
    with pytest.raises(Refused):
        add(document, stranger)
    with pytest.raises(Refused):
        actions.distribute(document=document, member=stranger, by=author, at=AT)


def test_the_database_and_the_rows_say_the_same_of_every_day(document, author, other):
    """A list reads documents as they stand from the database; a page reads the versions: both by one rule."""
    approved(document, author, other, DAY)
    approved(document, author, other, date(2026, 4, 1))
    actions.review_document(
        document=document, reviewed_on=date(2026, 5, 4), fits=True, note="Fits", by=author, at=instant(date(2026, 5, 4))
    )
    versions.submit_version(version=add(document, author), by=author, at=instant(date(2026, 5, 5)))
    ended = actions.register_document(
        number="QP-9", title="Old", kind="form", keeper=author, by=author, at=AT, review_months=12
    )
    approved(ended, author, other, DAY)
    ControlledDocument.objects.filter(pk=ended.pk).update(withdrawn_on=date(2026, 4, 2), withdrawn_because="x")
    actions.register_document(
        number="QP-10", title="New", kind="form", keeper=author, by=author, at=AT, review_months=6
    )
    for day in (date(2026, 3, 1), DAY, date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 2), date(2026, 5, 4)):
        read = {row.pk: row for row in queries.standing(queries.visible_to(author), day)}
        assert len(read) == 3
        for one in queries.visible_to(author):
            current, row = queries.in_force(one, day), read[one.pk]
            assert row.stands == queries.state_of(one, day), (one.number, day)
            assert row.current == (current.pk if current else None)
            assert row.current_number == (current.number if current else None)
            assert queries.review_day(row) == queries.next_review(one, day), (one.number, day)
