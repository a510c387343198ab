"""The planner against brute force: whatever a text says is found, newest first, and nothing else."""

from __future__ import annotations

import pytest
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from small_world import World
from testamur.register.finding import frequencies, keeping, plan, tokens
from testamur.register.models import Attestation, Current
from testamur.register.queries import listing, search
from testamur.register.words import fold, number_key

pytestmark = pytest.mark.django_db
LETTERS = "上海阀门有限公司制造"
WORD = st.sampled_from(["valve", "valves", "co", "iso", "9001", "上海阀门", "阀门有限公司", "门阀", "abc公司", "海"])
TEXT = st.lists(WORD | st.text(st.sampled_from(LETTERS + "ab1 "), min_size=1, max_size=8), min_size=1, max_size=5)


def filled(texts: list[str], world: World | None = None) -> list[Current]:
    """Write a record for each text, as an import would: rows alone, no act."""
    world = world or World()
    attestations = Attestation.objects.bulk_create(
        Attestation(issuer=world.body, holder=world.client, scheme_id_text=f"s{n % 3}", origin="native")
        for n, _text in enumerate(texts)
    )
    rows = Current.objects.bulk_create(
        Current(
            attestation=one, number=f"Z-{n:05}", number_key=f"Z{n:05}", holder_text=text, issuer=world.body,
            scheme=one.scheme_id_text, status="valid", changed_at="2026-01-01T00:00:00Z", country="CN",
            search=f" {fold(text)} ",
        )
        for n, (one, text) in enumerate(zip(attestations, texts, strict=True))
    )  # fmt: skip
    keeping.catch_up(10 * len(rows) + 100)
    return rows


def expected(rows: list[Current], question: str) -> list[int]:
    """Return what must be found, by looking at every row."""
    if not question.strip():
        return sorted((row.pk for row in rows), reverse=True)
    asked, folded, key = tokens.phrases(question), fold(question), number_key(question)
    numbered = len(key) >= 3 and any(character.isdigit() for character in key)
    unfinished = bool(asked) and (not asked[-1].runs[-1][0] or len(folded) == 1)
    found = {
        row.pk
        for row in rows
        if (asked and all(one.stands_in(row.search) for one in asked) and any(one.tokens for one in asked))
        or (asked and numbered and row.number_key.startswith(key))
    }
    if unfinished and len(found) < plan.FEW:
        found |= {row.pk for row in rows if any(fold(name).startswith(folded) for name in row.holder_text.split(" / "))}
    return sorted(found, reverse=True)


def test_the_plan_finds_what_brute_force_finds(db):
    @settings(max_examples=6, suppress_health_check=list(HealthCheck))
    @given(st.lists(TEXT.map(" ".join), min_size=3, max_size=20), st.lists(TEXT.map(" ".join), min_size=5, max_size=12))
    def same(texts, questions):
        from django.db import transaction

        with transaction.atomic():
            rows = filled(texts)
            cut = [text[start : start + 4] for start, text in enumerate(texts)]
            whole = [texts[0], texts[0] + "a", texts[0][:-1]]
            for question in [*questions, *cut, *whole, *LETTERS, "Z-000", "va", "valv", "a", "上海"]:
                assert plan.hits(question).ids == expected(rows, question), question
                # A phrase of characters and letters together is verified as a fragment there (``plan.condition``).
                if all(one.decided or (one.runs[0][0] and len(one.runs) == 1) for one in tokens.phrases(question)):
                    assert set(listing(question).values_list("pk", flat=True)) == set(expected(rows, question))
            transaction.set_rollback(True)

    same()


def test_common_words_are_counted_up_to_a_thousand_and_the_newest_come_first(db, monkeypatch):
    monkeypatch.setattr(plan, "FIRST", 16)
    texts = [f"阀门有限公司 {'valves' if n % 2 else 'lamps'} {'制造 ' if n % 3 else ''}x{n}" for n in range(2500)]
    rows = filled(texts)
    assert frequencies.refresh(always=True)
    assert frequencies.estimate("阀门") == pytest.approx(2500, rel=0.02)

    for question in ("阀门", "valves", "阀门有限", "valves 制造", "有限 lamps", "门有限公", "x7", "valves x7"):
        wanted = expected(rows, question)
        found = plan.hits(question)
        assert found.ids == wanted[: plan.MOST], question
        assert found.more == (len(wanted) > plan.MOST), question
    narrowed = plan.hits("valves", [tokens.facet("scheme", "s1")])
    assert narrowed.ids == [row.pk for row in reversed(rows) if row.scheme == "s1" and "valves" in row.search][:1000]
    page = search("阀门", page=3)
    assert (page.total, page.more, page.pages) == (1000, True, 50)
    assert [row.pk for row in page.rows] == expected(rows, "阀门")[40:60]
    assert {one.value: (one.count, one.more) for one in page.facets["scheme"]}["s0"][1] is True


def test_more_tokens_narrow_where_half_the_candidates_are_none_and_nothing_is_lost(db, monkeypatch):
    monkeypatch.setattr(plan, "FIRST", 16)
    # The pairs of the question stand in every text, the question itself in one of three; with days beside, and without.
    rows = filled([("门有限" if n % 3 else "阀门有限责 ") + f" 门有 有限公司 阀门厂 限责任 x{n}" for n in range(300)])
    assert frequencies.refresh(always=True)
    Current.objects.filter(pk__in=[row.pk for row in rows[:150]]).update(effective_on="2020-01-01")

    wanted = expected(rows, "阀门有限责")
    assert len(wanted) == 100
    assert plan.hits("阀门有限责").ids == wanted
    old = plan.hits("阀门有限责", where=Q(effective_on="2020-01-01"))
    assert old.ids == [pk for pk in wanted if pk in {row.pk for row in rows[:150]}]
    assert len(old.ids) == 50


def test_of_what_only_rows_can_say_the_newest_are_looked_at_and_those_that_end_last(db, monkeypatch):
    rows = filled([f"{'阀门' if n % 2 else '灯具'}厂 x{n}" for n in range(60)])
    over = Current.objects.filter(pk__in=[row.pk for row in rows[:6]])
    over.update(expires_on="2020-01-01")
    over.filter(pk=rows[0].pk).update(gone_on="2021-01-01")
    keeping.catch_up()
    ended, valves = [row.pk for row in reversed(rows[:6])], [row.pk for row in reversed(rows[1:6:2])]
    where = Q(expires_on__lt="2026-01-01")
    scheme = [tokens.facet("scheme", "s1")]
    for most, more in ((20_000, False), (10, True)):
        monkeypatch.setattr(plan, "LOOKED", most)
        monkeypatch.setattr(plan, "FIRST", 4)

        assert plan.hits("", (), where, where) == plan.Hits(ended, False)
        assert plan.hits("阀门", (), where, where) == plan.Hits(valves, False)
        assert plan.hits("", scheme, where, where) == plan.Hits([rows[4].pk, rows[1].pk], False)
        assert plan.hits("阀门", scheme, where, where) == plan.Hits([rows[1].pk], False)
        # What is not about the last day has no index: of that there may be more, and it is said.
        assert plan.hits("", (), where) == plan.Hits([] if more else ended, more)
        assert plan.hits("阀门", (), where) == plan.Hits([] if more else valves, more)
    # Names that begin so were not all looked at, whatever the last days say.
    monkeypatch.setattr(plan, "_by_beginning", lambda *_asked: ([], True))
    assert plan.hits("阀门", (), where, where) == plan.Hits(valves, True)
    monkeypatch.setattr(plan, "ENDING", 3)
    over.filter(pk=rows[5].pk).update(expires_on="2020-01-02")
    found = plan.hits("", (), where, where)
    assert found.more
    assert {rows[5].pk, rows[0].pk} <= set(found.ids)
    assert len(found.ids) == 4  # three that end last, and the one that is gone from its list


def test_a_list_to_take_away_has_the_plural_of_a_word_beside_a_long_phrase(db):
    rows = filled(["companies 上海阀门厂", "company 上海阀门厂", "上海阀门厂"])

    assert plan.hits("company 上海阀门").ids == expected(rows, "company 上海阀门") == [rows[1].pk, rows[0].pk]
    assert {row.pk for row in listing("company 上海阀门")} == {rows[0].pk, rows[1].pk}


def test_what_changes_and_what_goes_is_found_as_it_is_now(db):
    rows = filled(["上海阀门", "北京灯具", "valves and lamps"])
    Current.objects.filter(pk=rows[0].pk).update(search=" 天津锅炉 ", holder_text="天津锅炉", country="DE")
    Current.objects.filter(pk=rows[2].pk).delete()
    assert keeping.waiting() == 2
    keeping.catch_up()

    assert plan.hits("上海").ids == plan.hits("valves").ids == plan.hits("上").ids == []
    assert plan.hits("锅炉").ids == plan.hits("天").ids == [rows[0].pk]
    assert plan.hits("", [tokens.facet("country", "cn")]).ids == [rows[1].pk]
    keeping.stale([row.pk for row in rows])
    assert keeping.waiting() == 2
    assert keeping.rebuild() == 2
    assert plan.hits("锅炉").ids == [rows[0].pk]
    assert keeping.waiting() == 0


def test_a_change_that_no_word_tells_of_leaves_the_index_alone(db):
    (row,) = filled(["上海阀门"])
    Current.objects.filter(pk=row.pk).update(changed_at="2026-02-02T00:00:00Z", expires_on="2030-01-01")

    assert keeping.waiting() == 0


def test_what_rests_on_something_is_found_by_it(db):
    rows = filled(["a", "b", "c"])
    Current.objects.filter(pk__in=[rows[0].pk, rows[2].pk]).update(
        said={"rests_on": [{"kind": "accreditation", "key": "L 0001", "names": {"en": "Lab"}}],
              "lines": [{"field": {"tree": "gb4754@2017", "node": "C3443"}}]}
    )  # fmt: skip
    keeping.catch_up()

    assert plan.resting_on("accreditation", "L 0001") == [rows[2].pk, rows[0].pk]
    assert plan.resting_on("laboratory", "L 0001") == []
    assert {row.pk for row in search(rests_on="accreditation:l 0001").rows} == {rows[0].pk, rows[2].pk}
    assert {row.pk for row in search(accreditation="L 0001", industry="gb4754@2017:C3443").rows} == {
        rows[0].pk, rows[2].pk
    }  # fmt: skip
    assert [(one.value, one.count) for one in search().facets["accreditation"]] == [("L 0001", 2)]


@pytest.mark.parametrize(
    "question",
    ['"', "'; DROP TABLE x; --", "*", "a*", 'valve" OR "', "NEAR(a b)", "%", "_", "🙂", "\u202eabc", "x" * 10_000,
     "阀" * 10_000, "-valve", "a AND NOT b", "{1,2}", "\\", "\ue000scheme"],
)  # fmt: skip
def test_nothing_that_can_be_typed_is_an_error(db, question):
    filled(["valve", "阀门"])

    assert search(question, scheme=question[:50], region="3", standard=question[:50]).total in (0, 1, 2)
    assert plan.hits(question).more is False
    assert len(listing(question)) <= 2
