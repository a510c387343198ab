"""What is suggested while somebody types: numbers and holders that begin so or hold the fragment, bodies, standards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from django.db.models import Q

from testamur.journal.marks import remembered
from testamur.register.authority import AUTHORITIES, authorities
from testamur.register.finding import documents, plan
from testamur.register.finding.near import is_held
from testamur.register.models import Attestation, Current, HolderName
from testamur.register.words import fold, is_ideographic, number_key
from testamur.requirements.models import Document

Kind = Literal["number", "holder", "body", "standard"]
#: Suggestions of each kind at most; more are no help to whoever is still typing.
MOST = {"number": 3, "holder": 5, "body": 2, "standard": 2}
#: Shorter texts begin too much, except in scripts where a sign is a word.
SHORTEST = 2
#: Records that are looked at for the names that hold a fragment.
LOOKED_AT = 60


@dataclass(frozen=True)
class Suggestion:
    """One suggestion.

    Attributes:
        kind: what it is.
        text: what would be asked for: a number, a name, a designation.
        key: public id of a record or a body, key of a standard; "" for a name.
    """

    kind: Kind
    text: str
    key: str = ""


def suggestions(text: str) -> list[Suggestion]:
    """Return what somebody may be about to type, numbers first, then holders, bodies and standards."""
    folded = fold(text)
    if len(folded) < SHORTEST and not is_ideographic(folded):
        return []
    return [*_numbers(text), *_holders(folded), *_bodies(folded), *_standards(text, folded)]


def _numbers(text: str) -> list[Suggestion]:
    key = number_key(text)
    if len(key) < 3 or not any(character.isdigit() for character in key):
        return []
    rows = Current.objects.filter(plan.starting("number_key", key), confidential=False, personal=False)
    found = rows.order_by("number_key").values_list("number", "attestation__public_id")[: MOST["number"]]
    return [Suggestion("number", number, public_id) for number, public_id in found]


def _holders(folded: str) -> list[Suggestion]:
    """Return names that begin so; of a script without spaces also those that hold it anywhere."""
    most = MOST["holder"]
    begun = HolderName.objects.filter(plan.starting("key", folded)).order_by("key").values_list("name", flat=True)
    found = [name for name in begun[: 2 * most] if is_held(name)][:most]
    if len(found) < most and len(folded) > 1 and is_ideographic(folded):
        found += [name for name in _holding(folded) if name not in found]
    return [Suggestion("holder", name) for name in found[:most]]


def _holding(folded: str) -> Iterator[str]:
    """Yield the names of the newest records whose holder's name has a fragment, each once."""
    ids = plan.hits(folded).ids[:LOOKED_AT]
    told = set()
    rows = Current.objects.filter(pk__in=ids).order_by("-pk").values_list("holder_text", flat=True)
    for text in rows:
        for name in documents.names({"holder_text": text}):
            if name not in told and folded in fold(name):
                told.add(name)
                yield name


def _bodies(folded: str) -> list[Suggestion]:
    found = []
    for public_id, names in remembered((AUTHORITIES,), "names of who bears an authority", _bearing):
        name = next((one for one in names if folded in fold(one)), None)
        if name is not None:
            found.append(Suggestion("body", name, public_id))
    return found[: MOST["body"]]


def _bearing() -> list[tuple[str, list[str]]]:
    """Return (public id, names) of the organisations that hold an authority: some thousands at most."""
    rows = Attestation.objects.filter(
        scheme_id_text__in=authorities(), holder__isnull=False, confidential=False, personal=False
    ).order_by("holder_id").values_list("holder__public_id", "holder__names").distinct()  # fmt: skip
    return [(public_id, [str(name) for name in names.values()]) for public_id, names in rows]


def _standards(text: str, folded: str) -> list[Suggestion]:
    # Titles are kept as their publishers write them, so they are asked for as typed, too: in traditional characters.
    found = _naming(folded.split()) | _naming(text.lower().split())
    rows = Document.objects.filter(found).order_by("designation")
    return [Suggestion("standard", *one) for one in rows.values_list("designation", "key")[: MOST["standard"]]]


def _naming(words: Sequence[str]) -> Q:
    return Q(*(Q(words__contains=word) for word in words[:4]))
