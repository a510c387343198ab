"""Issuers as a source names them. One name of one source is one organisation; nobody is merged with anybody unless the
mapping says whom a name means, or a person links them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from django.conf import settings

from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Identifier, Organisation
from testamur.register.models import Source
from testamur.register.reporting.mapping import RegisterMapping
from testamur.register.reporting.values import table, word

#: Identifier scheme of parties that are known from one source only.
SOURCE_PARTY = "source"


class Issuers:
    """Names → organisations of one source, asked once for each name."""

    def __init__(self, source: Source, mapping: RegisterMapping) -> None:
        self._source, self._rules = source, mapping.issuer
        self._meant = table(self._rules.get("organisations", {}))
        self._absent = str(self._rules.get("absent", ""))
        self._known: dict[str, int] = {}

    def of(self, name: str) -> int:
        """Return the id of the organisation of a name, entered where it is new.

        A body that reports is the issuer of all it reports.

        Raises:
            Refused: the mapping means an organisation that is not here.
        """
        found = self.find(name)
        if found is None:
            self._enter([name])
            found = self._known[name]
        return found

    def of_all(self, names: Iterable[str]) -> dict[str, int]:
        """Return :meth:`of` of many names: those that are new are entered together.

        Raises:
            Refused: as :meth:`of`.
        """
        wanted = dict.fromkeys(names)
        if self._source.organisation_id is None:
            self._enter([name for name in wanted if self._find_meant(name) is None])
        return {name: self.of(name) for name in wanted}

    def _enter(self, names: Sequence[str]) -> None:
        """Ask for the organisations of some names, all at once, and make those that are new."""
        keys = {self._key(name or self._absent): name for name in names}
        rows = Identifier.objects.filter(scheme=SOURCE_PARTY, value__in=keys).values_list("value", "organisation_id")
        self._known |= {keys[key]: id for key, id in rows}
        new = {key: name for key, name in keys.items() if name not in self._known}
        made = Organisation.objects.bulk_create([self._new(name or self._absent) for name in new.values()])
        Identifier.objects.bulk_create(
            [Identifier(organisation=one, scheme=SOURCE_PARTY, value=key) for key, one in zip(new, made, strict=True)]
        )
        self._known |= {name: one.pk for name, one in zip(new.values(), made, strict=True)}

    def find(self, name: str) -> int | None:
        """Return the id of the organisation of a name; None where it is new."""
        if self._source.organisation_id is not None:
            return self._source.organisation_id
        if self._find_meant(name) is None:
            found = self._of_source(name or self._absent)
            if found is None:
                return None
            self._known[name] = found.pk
        return self._known[name]

    def _find_meant(self, name: str) -> int | None:
        """Return the id that is known of a name, or that the mapping means by it; None where neither is."""
        if name not in self._known and (meant := self._meant_by(name or self._absent)) is not None:
            self._known[name] = meant.pk
        return self._known.get(name)

    def _meant_by(self, name: str) -> Organisation | None:
        public_id = self._meant.get(word(name), "")
        if not public_id:
            return None
        found = Organisation.objects.filter(public_id=public_id.upper()).first()
        if found is None:
            raise Refused(
                _("The mapping says that {name} is {id}, and no organisation here has this id."),
                {"name": name, "id": public_id}, field="mapping",
            )  # fmt: skip
        return found

    def _key(self, name: str) -> str:
        return f"{self._source.key}/issuer/{hashlib.sha256(name.encode()).hexdigest()[:24]}"[:80]

    def _of_source(self, name: str) -> Organisation | None:
        return Organisation.objects.filter(identifiers__scheme=SOURCE_PARTY, identifiers__value=self._key(name)).first()

    def _new(self, name: str) -> Organisation:
        given = self._rules.get("names") or {"en": "{value}", "zh": "{value}"}
        names = {language: str(text).replace("{value}", name) for language, text in given.items()}
        country = name if self._rules.get("country") and len(name) == 2 else ""
        return Organisation(names=names, country=country, sample=settings.SAMPLE)
