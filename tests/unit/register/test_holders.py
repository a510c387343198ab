"""Holders under several names: what is suggested and why, and what a person's word does and undoes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from small_world import World, instant, member
from testamur.journal.models import Event
from testamur.kernel.refusal import Refused
from testamur.parties.models import Platform
from testamur.register import queries_holders as queries
from testamur.register import tasks
from testamur.register.actions import link_holders, part_holders, undo_holder_link
from testamur.register.finding import keeping
from testamur.register.holders.comparing import LEAST, Named, bare, compare, keys
from testamur.register.models import Current, Holder, HolderLink, HolderPass, Spelling, Suggestion
from testamur.register.queries import search
from testamur.register.reporting.following import indexed_later
from told_world import deliver, source

NOON = instant(date(2026, 11, 20), 12)
BY = Platform("test.holders")


# ------------------------------------------------------------ comparing


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("示州华达电子科技有限公司", "示州华达电子科技有限责任公司"),
        ("示州市华达电子科技有限公司", "示州华达电子科技有限公司"),
        ("Shizhou Huada Electronics Co., Ltd.", "SHIZHOU HUADA ELECTRONICS COMPANY LIMITED"),
        ("Shizhou Huada Electronics Ltd", "Huada Electronics (Shizhou) Ltd."),
        ("示州华达电子科技有限公司 / Shizhou Huada Electronics", "Shizhou Huada Electronics Co., Ltd."),
        ("Associação de Agricultura Natural", "ASSOCIACAO DE AGRICULTURA NATURAL"),
        ("ＡＢＣ示例电缆有限公司", "ABC示例电缆有限公司"),
        ("示州縣華達電子科技股份有限公司", "示州华达电子科技有限公司"),
    ],
)
def test_the_same_name_otherwise_written_is_suggested(first: str, second: str) -> None:
    like = compare(Named(first), Named(second))
    assert like is not None and like.score >= LEAST
    assert set(keys(Named(first))) & set(keys(Named(second)))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("示州华达电子科技有限公司", "示州恒信电子科技有限公司"),
        ("示州华达照明有限公司", "示州华达食品有限公司"),
        ("Plant 1 Dairy Limited", "Plant 2 Dairy Limited"),
        ("Huada Electronics", "Hengda Machinery"),
        ("示例", "样例"),
        ("有限公司", "集团公司"),
        ("", "示州华达电子科技有限公司"),
    ],
)
def test_another_name_is_not(first: str, second: str) -> None:
    assert compare(Named(first), Named(second)) is None


def test_identifiers_decide_before_names() -> None:
    one = Named("示州华达电子科技有限公司", identifiers={"CN.uscc": ["91X"]})
    renamed = Named("样城嘉源照明有限公司", identifiers={"CN.uscc": ["91x"]})
    namesake = Named("示州华达电子科技有限公司", identifiers={"CN.uscc": ["92Y"]})

    assert compare(one, renamed).score == 100  # type: ignore[union-attr]
    assert compare(one, namesake) is None


def test_places_speak_for_and_against() -> None:
    here = Named("示州华达电子科技有限公司", "CN", "440300")
    near, far = Named("示州华达电子科技公司", "CN", "440100"), Named("示州华达电子科技公司", "CN", "110000")

    assert dict(compare(here, near).reasons).keys() == {"bare", "region"}  # type: ignore[union-attr]
    assert compare(here, far).score < compare(here, near).score  # type: ignore[union-attr]
    assert compare(here, Named("示州华达电子科技公司", "VN")) is None


def test_a_name_that_is_nothing_but_a_form_stays_itself() -> None:
    assert bare("有限公司") and bare("The Company") and bare("Ltd")


# ------------------------------------------------------------ gathering, linking


ROWS = {
    "1": ("示州华达电子科技有限公司", {"CN.uscc": "91X"}),
    "2": ("示州华达电子科技有限责任公司", {}),
    "3": ("Shizhou Huada Renamed Ltd", {"CN.uscc": "91X"}),
    "4": ("示州华达电子科技公司", {"CN.uscc": "92Y"}),
    "5": ("样城嘉源照明有限公司", {}),
}


@pytest.fixture
def gathered(world: World) -> World:
    told = source(world.body)
    deliver(told, world.body, date(2026, 6, 1), [{"key": key, "said": said(*row)} for key, row in ROWS.items()])
    index()
    tasks.gather_holders()
    return world


def said(name: str, identifiers: dict[str, str]) -> dict[str, Any]:
    listed = [{"scheme": scheme, "value": value} for scheme, value in identifiers.items()]
    language = "en" if name.isascii() else "zh"
    return {"parties": [{"role": "holder", "names": {language: name}, "identifiers": listed}]}


def index() -> None:
    indexed_later(list(Current.objects.filter(attestation__source__isnull=False).values_list("pk", flat=True)))
    while keeping.catch_up():
        pass


def spelling(key: str) -> Spelling:
    return Spelling.objects.get(name=ROWS[key][0])


def link(*wanted: str, by: Any = BY) -> Holder:
    return link_holders(spellings=[spelling(key) for key in wanted], reason="", by=by, at=NOON)


def held(holder: Holder) -> set[str]:
    return {row.holder_text for row in queries.records_of(holder.spellings.all())}


def found(text: str) -> set[str]:
    return {row.holder_text for row in search(text).rows}


def test_likely_pairs_are_suggested_with_their_reasons_and_unlikely_ones_not(gathered) -> None:
    pairs = {
        frozenset((one.first.name, one.second.name)): {each["code"] for each in one.reasons}
        for one in Suggestion.objects.all()
    }
    name = {key: row[0] for key, row in ROWS.items()}

    assert pairs[frozenset((name["1"], name["3"]))] == {"identifier"}
    assert "bare" in pairs[frozenset((name["1"], name["2"]))]
    assert frozenset((name["1"], name["4"])) not in pairs  # another identifier
    assert not any(name["5"] in pair for pair in pairs)


def test_a_spelling_finds_its_records_whatever_signs_and_script_they_are_written_with(world) -> None:
    told = source(world.body)
    rows = {"1": "Huada (Shizhou) Co., Ltd.", "2": "示州華達電子科技有限公司", "3": "示州华达电子科技有限公司"}
    deliver(told, world.body, date(2026, 6, 1), [{"key": key, "said": said(name, {})} for key, name in rows.items()])
    index()
    tasks.gather_holders()

    assert {one.name for one in Spelling.objects.all()} == {rows["1"], rows["2"]}
    for key, records in (("1", {rows["1"]}), ("2", {rows["2"], rows["3"]})):
        assert {row.holder_text for row in queries.records_of([Spelling.objects.get(name=rows[key])])} == records


def test_the_step_of_the_worker_is_bounded_and_ends(gathered) -> None:
    assert tasks.gather_holders() == 0
    assert Spelling.objects.filter(paired=False).count() == 0


def test_a_new_identifier_is_looked_at_again(gathered) -> None:
    told = Current.objects.get(holder_text=ROWS["5"][0])
    told.said["parties"][0]["identifiers"] = [{"scheme": "CN.uscc", "value": "91X"}]
    told.save()
    HolderPass.objects.update(ended_at=None)
    tasks.gather_holders()

    assert Suggestion.objects.filter(first=spelling("1"), second=spelling("5")).exists()


def test_linked_spellings_are_one_holder_whom_any_of_them_finds(gathered) -> None:
    assert found("Renamed") == {ROWS["3"][0]}
    holder = link("1", "2", "3")

    everything = {ROWS[key][0] for key in "123"}
    assert held(holder) == everything
    assert found("Renamed") == everything == found("示州华达电子科技有限责任公司")
    assert queries.holder_of(ROWS["2"][0]) == holder
    assert not Suggestion.objects.filter(answered=False, first=spelling("1"), second=spelling("2")).exists()
    [event] = Event.objects.filter(kind="register.holders_linked")
    assert event.by_rule == "test.holders" and len(event.payload["links"]) == 2


def test_the_record_still_says_the_name_its_source_states(gathered) -> None:
    link("1", "3")
    assert set(Current.objects.filter(search__contains="renamed").values_list("holder_text", flat=True)) == {
        ROWS["1"][0], ROWS["3"][0],
    }  # fmt: skip
    assert Current.objects.get(holder_text=ROWS["1"][0]).said["parties"][0]["names"] == {"zh": ROWS["1"][0]}


def test_what_is_taken_back_is_undone_in_search_too_and_nothing_is_lost(gathered) -> None:
    holder = link("1", "2", "3")
    one = HolderLink.objects.get(second=spelling("3"))
    undo_holder_link(link=one, reason="Another owner", by=BY, at=NOON)

    assert held(holder) == {ROWS["1"][0], ROWS["2"][0]}
    assert found("Renamed") == {ROWS["3"][0]}
    assert queries.holder_of(ROWS["3"][0]) is None
    assert HolderLink.objects.count() == 3
    with pytest.raises(Refused, match="taken back before"):
        undo_holder_link(link=one, reason="Again", by=BY, at=NOON)
    assert link("1", "3") == holder


def test_a_holder_that_falls_in_two_keeps_its_address_for_the_older_part(gathered) -> None:
    holder = link("1", "2")
    middle = link_holders(spellings=[spelling("2"), spelling("3")], reason="", by=BY, at=NOON)
    late = link_holders(spellings=[spelling("3"), spelling("5")], reason="", by=BY, at=NOON)
    assert middle == late == holder
    bridge = HolderLink.objects.get(first=spelling("2"), second=spelling("3"))
    undo_holder_link(link=bridge, reason="No", by=BY, at=NOON)

    assert held(holder) == {ROWS["1"][0], ROWS["2"][0]}
    other = spelling("3").holder
    assert other is not None and other != holder and held(other) == {ROWS["3"][0], ROWS["5"][0]}


def test_identifiers_that_conflict_are_never_linked_even_round_a_corner(gathered) -> None:
    with pytest.raises(Refused, match="two organisations"):
        link("1", "4")
    link("1", "2")
    with pytest.raises(Refused, match=r"CN\.uscc \(91X and 92Y\)"):
        link("2", "4")
    assert HolderLink.objects.count() == 1


def test_different_ones_are_not_suggested_again_and_not_linked_round_a_corner(gathered) -> None:
    word = part_holders(first=spelling("1"), second=spelling("2"), reason="Two plants", by=BY, at=NOON)
    assert Suggestion.objects.get(first=spelling("1"), second=spelling("2")).answered
    link("1", "3")
    with pytest.raises(Refused, match="said to be different"):
        link("3", "2")
    undo_holder_link(link=word, reason="Checked", by=BY, at=NOON)
    assert held(link("3", "2")) == {ROWS[key][0] for key in "123"}
    with pytest.raises(Refused, match="are linked"):
        part_holders(first=spelling("1"), second=spelling("2"), reason="", by=BY, at=NOON)


@pytest.mark.parametrize("wanted", [("1",), ("1", "1"), ()])
def test_one_name_alone_is_no_link(gathered, wanted) -> None:
    with pytest.raises(Refused, match="at least two"):
        link(*wanted)


def test_only_a_supervisor_of_a_root_may(gathered) -> None:
    with pytest.raises(Refused, match="at the root"):
        link("1", "2", by=member(gathered.body, "supervision"))
    with pytest.raises(Refused, match="function"):
        link("1", "2", by=member(gathered.regulator, "records"))
    assert link("1", "2", by=member(gathered.regulator, "supervision"))


def test_a_confidential_record_gives_no_spelling_and_is_under_no_holder(gathered) -> None:
    Current.objects.filter(holder_text=ROWS["2"][0]).update(confidential=True)
    assert ROWS["2"][0] not in held(link("1", "2"))
