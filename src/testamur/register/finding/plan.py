"""The planner: from what somebody typed to the newest records that say it, without a false miss.

The rarest two tokens of a phrase narrow, the row itself verifies what tokens cannot decide, and nothing is counted
beyond ``MOST``: an exact count of a common word, or an order by relevance, reads everything that was ever issued.
Letters and digits are found as whole words, characters of scripts without spaces in any fragment of two; one
character, or an unfinished word, is answered by what numbers, names and identifiers begin with.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from testamur.register import identifiers
from testamur.register.finding import documents, frequencies, tokens
from testamur.register.finding.documents import GONE
from testamur.register.finding.index import index
from testamur.register.models import Current, HolderName
from testamur.register.words import fold, number_key

#: Hits that are counted and gone through; where there are more, all say "1,000+".
MOST = 1000
#: Candidates of the first look at the rows, so many times as many until it is enough; and those an engine is asked for
#: at once.
FIRST, GROWTH, AHEAD = 64, 4, 1200
#: Tokens of one phrase, and of all phrases together, that narrow at first.
OF_A_PHRASE, OF_ALL = 2, 4
#: Where fewer of the candidates than this share are hits, more tokens narrow; so many: what is more common than these
#: costs an engine more than the rows that it would leave out.
POOR, OF_POOR = 0.5, 6
#: A token that is so many times more common than the second rarest one leaves out few rows, and its list is long; of
#: what stands in no more than so many records every list is short.
TIMES, SCARCE = 8, 5000
#: Candidates that are left and known: fewer are looked at sooner than the engine is asked once more.
LEFT = 300
#: Where whole words and numbers find fewer, the last word is taken for an unfinished one.
FEW = 20
#: Candidates that are looked at, newest first, where only their rows can say whether they meet a condition; and those
#: that end last, where it is about the last day.
LOOKED, ENDING = 20_000, 4000
#: Names that an unfinished name may stand for, before it is asked as a beginning; candidates looked at then.
NAMES, CANDIDATES = 20, 2000

Check = Callable[[Sequence[int]], list[int]]


@dataclass(frozen=True)
class Hits:
    """What was found: identities, newest first, at most ``MOST``, and whether there are more."""

    ids: list[int]
    more: bool


def hits(text: str, facets: Collection[str] = (), where: Q | None = None, ending: Q | None = None) -> Hits:
    """Return the public records that a text and facets find.

    Args:
        text: what somebody typed; empty asks for everything, signs alone for nothing.
        facets: tokens that all must stand (``tokens.facet``).
        where: a condition on columns of ``Current``, judged row by row: of many candidates the newest ``LOOKED``.
        ending: what of it is about the last day. Where few of the newest meet it, those that end last are looked at.
    """
    asked = tokens.phrases(text)
    if not asked and text.strip():
        return Hits([], False)
    newest, more = _narrowed(asked, facets, where) if asked or facets else _everything(where)
    found = [newest]
    if asked and len(newest) <= MOST:
        found.append(_by_number(text, facets, where))
    unfinished = False
    if asked and len(set().union(*found)) < FEW:
        begun, unfinished = _by_beginning(asked, text, facets, where)
        named, others = _by_identifier(text, facets, where)
        found += [begun, named]
        unfinished = unfinished or others
    if more and ending and where and len(newest) <= MOST:
        latest, more = _by_last_day(asked, facets, where, ending)
        found.append(latest)
    ids, still = _cut(found)
    return Hits(ids, more or unfinished or still)


def resting_on(kind: str, key: str) -> list[int]:
    """Return every public record that rests on something, newest first: what would fall with it.

    Args:
        kind: as in ``said``: ``accreditation``, ``laboratory``, ``body``, ``certificate``, ``arrangement`` …
        key: what names it.
    """
    token = tokens.facet("rests_on", f"{kind}:{key}")
    statement, values = index().every([token], rare=not frequencies.estimate(token))
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return sorted((found for (found,) in cursor.fetchall()), reverse=True)


def condition(text: str, facets: Collection[str] = (), where: Q | None = None) -> Q:
    """Return what :func:`hits` asks as a condition on ``Current``, for lists that go through every hit.

    A mixed phrase (letters beside characters) is verified as a fragment here.
    """
    asked = tokens.phrases(text)
    if not asked and text.strip():
        return Q(pk__in=[])
    words = Q()
    terms, unsure = _terms(asked, everything=True)
    if any(phrase.tokens for phrase in asked) or (facets and not asked):
        words = Q(pk__in=RawSQL(*_statement([*terms, *facets])))
        for phrase in unsure:
            words &= Q(search__contains=phrase.text)
    elif asked:
        words = Q(pk__in=[])
    if not asked:
        return words
    others, rows = _by_number(text, facets, where), Current.objects.filter(words, where or Q())
    if len({*others, *rows.values_list("pk", flat=True)[:FEW]}) < FEW:
        others += [*_by_beginning(asked, text, facets, where)[0], *_by_identifier(text, facets, where)[0]]
    return words | Q(pk__in=others)


def starting(column: str, beginning: str) -> Q:
    """Return the condition that a column begins with a text, as each database answers it from the column's index."""
    if connection.vendor == "sqlite":  # whose LIKE knows no case, and therefore no index
        return Q(**{f"{column}__gte": beginning, f"{column}__lt": beginning + "\U0010ffff"})
    return Q(**{f"{column}__startswith": beginning})


def _statement(terms: Iterable[str]) -> tuple[str, list[object]]:
    ordered = frequencies.rarest_first(list(dict.fromkeys(terms)))
    return index().every(ordered, rare=not frequencies.estimate(ordered[0]))


def _cut(found: Sequence[list[int]]) -> tuple[list[int], bool]:
    ids = sorted(set().union(*found), reverse=True)
    return ids[:MOST], len(ids) > MOST


def _everything(where: Q | None) -> tuple[list[int], bool]:
    """Return the newest records that meet a condition, and whether there may be more."""
    rows = Current.objects.filter(where or Q(), confidential=False, personal=False)
    older = Q()
    if where:
        newest = Current.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        rows, older = rows.filter(pk__gt=newest - LOOKED), Q(pk__lte=newest - LOOKED)
    found = list(rows.order_by("-pk").values_list("pk", flat=True)[: MOST + 1])
    return found, len(found) > MOST or (bool(older) and Current.objects.filter(older).exists())


def _by_last_day(
    asked: Sequence[tokens.Phrase], facets: Collection[str], where: Q, ending: Q
) -> tuple[list[int], bool]:
    """Return the hits among the records that end last, and whether there may be more.

    An index of last days knows those that are listed; the others are found as gone from their lists.
    """
    rows = Current.objects.filter(ending, gone_on=None, confidential=False, personal=False).order_by("-expires_on")
    check = _saying(asked, where)
    assert check is not None  # there is a condition
    latest = list(rows.values_list("pk", flat=True)[:ENDING])
    found = [pk for start in range(0, len(latest), AHEAD) for pk in check(latest[start : start + AHEAD])]
    gone, others = _gone_through([tokens.facet("status", GONE), *facets], check, candidates=LOOKED)
    more = len(latest) == ENDING or len(found) > MOST or others
    return [*_with(facets, found[: MOST + 1]), *gone], more


def _narrowed(asked: Sequence[tokens.Phrase], facets: Collection[str], where: Q | None) -> tuple[list[int], bool]:
    if asked and not any(phrase.tokens for phrase in asked):
        return [], False
    terms, unsure = _terms(asked)
    full = _telling(_terms(asked, everything=True)[0])[:OF_POOR]
    candidates = LOOKED if where else None
    return _gone_through(
        [*terms, *facets], _saying(unsure, where), otherwise=[*full, *facets], candidates=candidates
    )


def _saying(unsure: Sequence[tokens.Phrase], where: Q | None) -> Check | None:
    """Return what verifies candidates: the database itself where it can, for it need not hand out a thousand texts."""
    holding = [phrase.text for phrase in unsure if phrase.anywhere]
    read = [phrase for phrase in unsure if not phrase.anywhere]
    if read:
        return lambda ids: [
            pk
            for pk, text in _rows(ids, where, "search", holding=holding)
            if all(phrase.stands_in(text) for phrase in read)
        ]
    if not holding and not where:
        return None
    return lambda ids: [pk for (pk,) in _rows(ids, where, holding=holding)]


def _terms(asked: Sequence[tokens.Phrase], *, everything: bool = False) -> tuple[list[str], list[tokens.Phrase]]:
    """Return the tokens that narrow, and the phrases that the rows must verify."""
    chosen: list[str] = []
    for phrase in asked:
        narrowing = [*phrase.tokens, *(phrase.threes if connection.vendor == "postgresql" else ())]
        ordered = frequencies.rarest_first(narrowing)
        chosen += ordered if everything else ordered[:OF_A_PHRASE]
    chosen = list(dict.fromkeys(chosen))
    if not everything:
        chosen = _telling(chosen)[:OF_ALL]
    kept = set(chosen)
    return chosen, [phrase for phrase in asked if not (phrase.decided and set(phrase.tokens) <= kept)]


def _telling(terms: Iterable[str]) -> list[str]:
    """Return tokens, the rarest first, without those that are many times more common than the second of them."""
    ordered = frequencies.rarest_first(list(dict.fromkeys(terms)))
    if len(ordered) < 3:
        return ordered
    most = TIMES * max(frequencies.estimate(ordered[1]), SCARCE)
    return [*ordered[:2], *(one for one in ordered[2:] if frequencies.estimate(one) <= most)]


def _gone_through(
    terms: Sequence[str], check: Check | None, *, otherwise: Sequence[str] = (), candidates: int | None = None
) -> tuple[list[int], bool]:
    """Return hits newest first, ``MOST`` + 1 at most, and whether there may be more: candidates in growing batches,
    checked on their rows.

    Args:
        otherwise: tokens that narrow once most candidates turn out to be none.
        candidates: look at so many at most; None: until it is certain.
    """
    engine, found = index(), list[int]()
    below: int | None = None
    ordered = frequencies.rarest_first(list(dict.fromkeys(terms)))
    ahead: list[int] = []
    seen, step, most, last = 0, (FIRST if check else MOST + 1), AHEAD, False
    while True:
        if not ahead:
            # Many at once, looked at in small steps: an engine may find the first of a common word as dearly as all.
            ahead = engine.find(ordered, rare=not frequencies.estimate(ordered[0]), below=below, most=most)
            last = len(ahead) < most
        batch, ahead = ahead[:step], ahead[step:]
        found += check(batch) if check else batch
        seen += len(batch)
        if last and not ahead:
            return found[: MOST + 1], len(found) > MOST
        if len(found) > MOST or (candidates is not None and seen >= candidates):
            return found[: MOST + 1], True
        below = batch[-1]
        # As many as are still wanted, by the share that turned out to be hits.
        wanted = (MOST + 1 - len(found)) * seen // max(len(found), 1) + FIRST // 4
        step, most = max(FIRST // 4, min(GROWTH * step, AHEAD, wanted)), max(FIRST, min(2 * wanted, AHEAD))
        if len(otherwise) > len(ordered) and len(found) < POOR * seen and not (last and len(ahead) < LEFT):
            ordered, ahead = frequencies.rarest_first(list(dict.fromkeys(otherwise))), []


def _rows(ids: Sequence[int], where: Q | None, *columns: str, holding: Sequence[str] = ()) -> list[tuple]:
    """Return (identity, columns …) of those rows that meet a condition and whose words hold some texts, in the order of
    the identities."""
    if not ids:
        return []
    # The keys as they are: of a thousand the ORM takes longer to write them than the database to answer.
    listed = ", ".join(str(int(pk)) for pk in ids)
    if where:
        rows = Current.objects.filter(where, pk__in=RawSQL(listed, ()))
        for text in holding:
            rows = rows.filter(GreaterThan(StrIndex("search", Value(text)), 0))
        found = {row[0]: row for row in rows.values_list("pk", *columns)}
    else:
        place = "instr" if connection.vendor == "sqlite" else "strpos"
        names = ", ".join(("attestation_id", *columns))
        held = f" AND {place}(search, %s) > 0" * len(holding)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {names} FROM register_current WHERE attestation_id IN ({listed}){held}", list(holding)
            )
            found = {row[0]: row for row in cursor.fetchall()}
    return [found[pk] for pk in ids if pk in found]


def _by_number(text: str, facets: Collection[str], where: Q | None) -> list[int]:
    """Return the records whose number begins so; of more than ``MOST`` the first ones in the order of numbers."""
    key = number_key(text)
    if len(key) < 3 or not any(character.isdigit() for character in key):
        return []
    rows = Current.objects.filter(starting("number_key", key), where or Q(), confidential=False, personal=False)
    return _with(facets, list(rows.order_by("number_key").values_list("pk", flat=True)[: MOST + 1]))


def _by_beginning(
    asked: Sequence[tokens.Phrase], text: str, facets: Collection[str], where: Q | None
) -> tuple[list[int], bool]:
    """Return the records whose holder's name begins so, where the last word may be unfinished, and whether there may be
    more: of a long beginning that many names share, ``CANDIDATES`` records are looked at."""
    folded = fold(text)
    if asked[-1].runs[-1][0] and len(folded) > 1:
        return [], False  # a fragment of two characters is found anywhere, so also at the beginning
    valid = _saying([], where)
    if len(folded) <= tokens.BEGINNING:
        return _gone_through([tokens.beginning(folded), *facets], valid, candidates=LOOKED if where else None)
    names = list(HolderName.objects.filter(starting("key", folded)).values_list("name", flat=True)[: NAMES + 1])
    if len(names) <= NAMES:
        every = {pk for name in names for pk in _gone_through([tokens.holder(fold(name)), *facets], valid)[0]}
        return sorted(every, reverse=True), len(every) > MOST

    def begins(ids: Sequence[int]) -> list[int]:
        return [
            pk
            for pk, holder in _rows(ids, where, "holder_text")
            if any(fold(name).startswith(folded) for name in documents.names({"holder_text": holder}))
        ]

    whole = [token for phrase in asked[:-1] for token in phrase.tokens]
    narrowing = frequencies.rarest_first([tokens.beginning(folded), *whole])[:OF_ALL]
    return _gone_through([*narrowing, *facets], begins, candidates=CANDIDATES)


def _by_identifier(text: str, facets: Collection[str], where: Q | None) -> tuple[list[int], bool]:
    """Return the records that name somebody whose identifier begins so, however it is parted by signs, and whether
    there may be more: ``CANDIDATES`` records are looked at."""
    key = identifiers.asked(text)
    if not key:
        return [], False

    def begins(ids: Sequence[int]) -> list[int]:
        return [pk for pk, words in _rows(ids, where, "search") if f" {key}" in words]

    token = tokens.identified(identifiers.beginning(key))
    return _gone_through([token, *facets], begins, candidates=CANDIDATES)


def _with(facets: Collection[str], ids: list[int]) -> list[int]:
    """Return those records of which all the facets are true."""
    if not facets or not ids:
        return ids
    states = {state["attestation_id"]: state for state in documents.present(ids)}
    about = documents.About(states.values())
    return [pk for pk in ids if pk in states and set(facets) <= documents.facets(states[pk], about=about)]
