"""Whether issuers had authority for what is reported of them: asked once for each issuer, scheme, scope and period."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from testamur.kernel import days
from testamur.kernel.refusal import Refused
from testamur.parties.models import Organisation
from testamur.register.authority import Said, candidates, check_all, in_both
from testamur.register.models import Source
from testamur.register.reporting.columns import REMEMBERED, Part
from testamur.register.reporting.issuers import Issuers
from testamur.register.reporting.mapping import RegisterMapping
from testamur.register.reporting.records import Records
from testamur.schemes.language.definition import Definition
from testamur.schemes.queries import authorities


class Authorities:
    """Judges records by what this register knows of their issuers.

    Of a body that reports everything is asked. Of issuers that rows name only those are asked that are known here with
    an authority: what a foreign register says of others is shown and not vouched for.
    """

    def __init__(
        self, source: Source | None, mapping: RegisterMapping, as_of: date,
        definition: Callable[[str], Definition | None],
    ) -> None:
        self._body = source.organisation if source is not None else None
        self._names = Issuers(source, mapping) if source is not None else None
        self._as_of, self._definition = as_of, definition
        self._column = next((one.column[0] for one in mapping.fields if one.to == "effective_on"), "")
        self._demands: dict[str, bool] = {}
        self._issuers: dict[str, Organisation | None] = {}
        self._turns: dict[int, list[str]] = {}
        self._known: dict[tuple[int, str, str, int, str], Refused | None] = {}
        self._said: dict[tuple[Refused, str], dict[str, str]] = {}

    def odd(self, p: Part, records: Records, lines: Sequence[str] | None) -> None:
        """Remark the records for which their issuers had no authority on the day on which they begin."""
        demanding = {scheme for scheme in set(records.scheme) if self._demanding(scheme)}
        if not demanding or self._names is None:
            return
        asked = {name: issuer for name in set(records.issuer) if (issuer := self._issuer(name)) is not None}
        if not asked:
            return
        scopes = lines if lines is not None else [""] * p.size
        told = zip(records.issuer, records.scheme, records.effective_on, scopes, strict=True)
        for place, (name, scheme, day, scope) in enumerate(told):
            if day is None or scheme not in demanding or name not in asked:
                continue
            if (refused := self._lacking(asked[name], scheme, day, scope)) is not None:
                p.remark(place, "authority_lacking", self._column, {"day": day, "why": self._why(refused, day)})

    def _demanding(self, scheme: str) -> bool:
        if scheme not in self._demands:
            found = self._definition(scheme)
            self._demands[scheme] = found is not None and bool(found.authorities_of("issuer"))
        return self._demands[scheme]

    def _issuer(self, name: str) -> Organisation | None:
        """Return the issuer of a name, where something is to be asked of it."""
        if self._body is not None:
            return self._body
        if name not in self._issuers:
            assert self._names is not None
            pk = self._names.find(name) if name else None
            found = Organisation.objects.filter(pk=pk).first() if pk is not None else None
            self._issuers[name] = found if found is not None and self._turns_of(found) else None
        return self._issuers[name]

    def _turns_of(self, issuer: Organisation) -> list[str]:
        """Return the days on which something about the authorities of an issuer changed, in order."""
        if issuer.pk not in self._turns:
            turns: set[str] = set()
            for attestation, _standing in candidates(issuer, schemes=authorities(), on=self._as_of):
                for edition in attestation.editions.all():
                    turns.add(edition.effective_on.isoformat())
                    if edition.expires_on is not None:  # the last day still counts
                        turns.add(f"{edition.expires_on.isoformat()}~")
                turns |= {days.day_of(change.effective_at).isoformat() for change in attestation.changes.all()}
            self._turns[issuer.pk] = sorted(turns)
        return self._turns[issuer.pk]

    def _lacking(self, issuer: Organisation, scheme: str, day: str, scope: str) -> Refused | None:
        """Return why an issuer had no authority on a day: in one month, between two turns, the answer is one."""
        known = (issuer.pk, scheme, day[:7], bisect_right(self._turns_of(issuer), day), scope)
        if known not in self._known:
            if len(self._known) > REMEMBERED:
                self._known.clear()
            lines = json.loads(scope.partition(":")[2]) if scope else []
            self._known[known] = self._ask(issuer, scheme, date.fromisoformat(day), lines)
        return self._known[known]

    def _ask(self, issuer: Organisation, scheme: str, day: date, lines: list[dict[str, Any]]) -> Refused | None:
        definition = self._definition(scheme)
        assert definition is not None
        try:
            check_all(definition, of="issuer", holder=issuer, claim=lines, on=day)
        except Refused as refused:
            return refused
        return None

    def _why(self, refused: Refused, day: str) -> dict[str, str]:
        known = (refused, day)
        if known not in self._said:
            if len(self._said) > REMEMBERED:
                self._said.clear()
            facts = {**refused.facts, "day": day} if "day" in refused.facts else refused.facts
            self._said[known] = in_both(Said(refused.message_id, facts))
        return self._said[known]
