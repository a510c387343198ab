"""Path validation (trust.md section 6): may this certificate be believed, and because of whom.

Depth is at most three credentials (certificate, authority, authority of that one), so there are no circles. Fail
closed: whatever cannot be read, proven or found is a reason, never an assumption. The first failure gives the code.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from testamur.kernel import clock, days
from testamur.kernel.refusal import _
from testamur.kernel.scope import Line, TreeTable
from testamur.verification import coverage, history, layout
from testamur.verification.coverage import claim_of, is_covered, renamed
from testamur.verification.evidence import Evidence
from testamur.verification.extract import Demand, Extract
from testamur.verification.known import Known, Read
from testamur.verification.links import (
    fill,
    fits,
    kind_word,
    link_of,
    named_authorities,
    not_covered,
    root_link,
    scope_of,
    superseded_by,
    suspended_by,
    withdrawn_by,
)
from testamur.verification.site import Site
from testamur.verification.trust_file import Trust
from testamur.verification.verdict import AsOf, Code, Link, Rejected, Said, Verdict


def validate(
    credential: bytes,
    *,
    site: Site,
    trust: Trust,
    proof: bytes | None = None,
    now: datetime | None = None,
    on: date | None = None,
    at_issue: bool = False,
    with_issue: bool = True,
    cache: Evidence | None = None,
) -> Verdict:
    """Validate a credential and the line of authority behind it.

    Args:
        credential: bytes of a ``vc+jwt`` or of its JSON twin; a certificate, or any authority.
        site: where the other files are.
        trust: roots, log key, cosigners.
        proof: bytes of its ``.tlog-proof``; without them the site is asked.
        now: the verifier's instant (``--at``); the real clock without it.
        on: a past civil day in the area of the scheme: was it valid at the end of that day?
        at_issue: make the code at the log's instant the result.
        with_issue: also look at the instant of issue; False saves reading histories in bulk.
        cache: evidence kept from other certificates of the same site and trust; it makes validation warm.

    Returns:
        A verdict; never raises for what a file says. ``site.Unreachable`` passes through.

    Raises:
        ValueError: ``on`` together with ``at_issue``, or a day that has not begun.
    """
    now = (now or clock.real_now()).astimezone(UTC)
    if on and (at_issue or days.first_instant(on, "CN") > now):
        raise ValueError("a past day is asked about alone, and it has begun")
    asked = _Asked(now, on, at_issue, with_issue)
    evidence = cache or Evidence(site, trust)
    try:
        evidence.follow_roots(now)
        known = evidence.credential(credential, proof)
        evidence.check_revoked_keys_fresh(now)
    except Rejected as rejected:
        return _rejected(rejected, evidence, asked)
    return _verdict(known, evidence, asked)


def validate_all(
    credentials: Iterable[bytes],
    *,
    site: Site,
    trust: Trust,
    now: datetime | None = None,
    with_issue: bool = True,
    cache: Evidence | None = None,
) -> Iterator[Verdict]:
    """Validate many credentials of one site; yield the verdict of each, in order, as :func:`validate` would give it.

    What they share (authorities, keys, lists, checkpoints) is proven once. Each step is taken for some hundred of them
    before the next, because a signature and the reading of a file drive one another out of the processor's cache.

    Args:
        credentials: bytes of ``vc+jwt`` or JSON twins.
        site, trust, now, with_issue, cache: see :func:`validate`; all verdicts are of one instant.
    """
    asked = _Asked((now or clock.real_now()).astimezone(UTC), None, False, with_issue)
    evidence = cache or Evidence(site, trust)

    def step(before: list[Any], take: Callable[[Any], Any]) -> list[Any]:
        """Take the step for whatever was not rejected before."""
        after: list[Any] = []
        for one in before:
            try:
                after.append(one if isinstance(one, Rejected) else take(one))
            except Rejected as rejected:
                after.append(rejected)
        return after

    def signed(one: Read) -> Read:
        evidence.check_signed(one)
        return one

    def proven(one: Read) -> Known:
        known = evidence.prove(one)
        evidence.check_revoked_keys_fresh(asked.now)
        return known

    waiting = iter(credentials)
    while some := list(islice(waiting, _TOGETHER)):
        try:
            evidence.follow_roots(asked.now)
        except Rejected as rejected:
            yield from (_rejected(rejected, evidence, asked) for _one in some)
            continue
        found = step(step(step(some, evidence.read), signed), proven)
        for one in found:
            if isinstance(one, Rejected):
                yield _rejected(one, evidence, asked)
            else:
                yield _verdict(one, evidence, asked)


#: Credentials that take a step together: some memory, and few enough that what was read is near when it is used.
_TOGETHER = 128


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of a credential: the arguments of :func:`validate`."""

    now: datetime
    on: date | None
    at_issue: bool
    with_issue: bool


def _rejected(rejected: Rejected, evidence: Evidence, asked: _Asked) -> Verdict:
    """Return the verdict on a credential that did not pass steps 1 to 5."""
    return Verdict(
        rejected.code,
        rejected.said,
        rejected.code,
        AsOf(asked.now, log=evidence.trust.log.name),
        at_issue=rejected.code if asked.with_issue or asked.at_issue else None,
        on=(asked.on, rejected.code) if asked.on else None,
        assurance=_assurance(evidence.trust, None, None),
    )


def _verdict(known: Known, evidence: Evidence, asked: _Asked) -> Verdict:
    """Steps 6 to 12 for each moment that is asked about."""
    now, on, logged = asked.now, asked.on, known.logged
    walk = _Walk(evidence, now)
    judged = walk.judge(known, _Moment(now, "now"))
    as_of = AsOf(
        now, evidence.trust.log.name, logged.index, logged.entry.at, logged.witnesses, walk.status_from,
        walk.status_until,
    )  # fmt: skip
    issued = walk.judge(known, _Moment(logged.entry.at, "issue")) if asked.with_issue or asked.at_issue else None
    day = walk.judge(known, _Moment(_end_of(on, walk.area, now), "day")) if on else None
    answer = issued if asked.at_issue and issued else day or judged
    return Verdict(
        answer.code,
        answer.said,
        judged.code,
        as_of,
        at_issue=issued.code if issued else None,
        on=(on, day.code) if on and day else None,
        path=answer.path,
        assurance=_assurance(evidence.trust, known, walk),
        sample=logged.entry.sample,
    )


@dataclass(frozen=True, slots=True)
class _Moment:
    """An instant that is asked about: ``now`` reads the bits, ``issue`` and ``day`` read the histories."""

    instant: datetime
    kind: str


@dataclass(slots=True)
class _Judged:
    """The answer for one moment."""

    code: Code
    said: Said
    path: list[Link]


@dataclass(slots=True)
class _Held:
    """An authority that holds at the moment: its credential, its lines, and the lines of what it rests on.

    ``above`` is None where its issuer is a root; otherwise (demand or None, lines) of each authority of that issuer.
    """

    known: Known
    lines: list[Line]
    above: list[tuple[Demand | None, list[Line]]] | None


@dataclass(frozen=True, slots=True)
class _Stood:
    """A line of authority that stood for one certificate, and for which others it stands without being walked again.

    It stands for every certificate of the same issuer, scheme, scope and named authorities that was logged after
    ``index`` and between ``start`` and ``end``: those three are all that the walk asks of the certificate's own place.
    """

    index: int
    start: datetime
    end: datetime
    links: list[Link]
    area: str
    performers: bool
    demands_known: bool
    not_claimed: list[str]
    status_from: datetime | None
    status_until: datetime | None


@dataclass(slots=True)
class _Walk:
    """One validation: what it may read, and what it found beside the codes."""

    evidence: Evidence
    now: datetime
    area: str = ""
    demands_known: bool = True
    performers: bool = False
    not_claimed: list[str] = field(default_factory=list)
    status_from: datetime | None = None
    status_until: datetime | None = None
    above_it: list[Known] = field(default_factory=list)  # authorities whose dates and place the certificate must fit
    keeps: bool = True  # whether what was walked may stand for other certificates

    # ------------------------------------------------------------------ one moment

    def judge(self, known: Known, moment: _Moment) -> _Judged:
        """Steps 6 to 12 for one moment; every link is looked at, the first failure in order gives the code."""
        top = link_of(known, -1)
        path = [top]
        failures: list[Rejected] = []
        superseded: history.Change | None = None

        try:
            if moment.kind != "issue":
                _check_begun(known, moment)
        except Rejected as rejected:
            failures.append(rejected)
        try:
            self._check_authority_once(known, moment, path)
        except Rejected as rejected:
            failures.append(rejected)
        try:
            top.status, superseded = self.status(known, moment)
        except Rejected as rejected:
            failures.append(rejected)
            top.status = _STATUS_OF.get(rejected.code, "unknown")
        try:
            if moment.kind != "issue":
                _check_not_expired(known, moment)
        except Rejected as rejected:
            failures.append(rejected)
            if top.status == "valid":
                top.status = "expired"
        if not failures and superseded:
            failures.append(superseded_by(superseded))
        if failures:
            top.verdict = failures[0].code
            return _Judged(failures[0].code, failures[0].said, path)
        return _Judged(Code.VALID, self._valid(known, moment), path)

    def _valid(self, known: Known, moment: _Moment) -> Said:
        facts = {"issuer": known.issuer_name or known.issuer, "instant": moment.instant}
        if moment.kind == "issue":
            return Said(_("{issuer} was entitled to issue this, and it was valid when logged ({instant})."), facts)
        if moment.kind == "day":
            return Said(_("{issuer} was entitled to issue this, and it was valid on that day ({instant})."), facts)
        return Said(_("{issuer} was entitled to issue this, and it stands as of {instant}."), facts)

    # ------------------------------------------------------------------ steps 7 to 10

    def _check_authority_once(self, known: Known, moment: _Moment, path: list[Link]) -> None:
        """Take a line of authority that stood for a certificate like this one, or walk it."""
        if moment.kind != "now":
            return self._check_authority(known, moment, path)
        asked = _asked_of_authority(known, moment)
        stood = self.evidence.stood.get(asked)
        at, index = known.logged.entry.at, known.logged.index
        if not isinstance(stood, _Stood) or index <= stood.index or not stood.start <= at <= stood.end:
            self.above_it, self.keeps, before = [], True, (self.status_from, self.status_until)
            self._check_authority(known, moment, path)
            if self.keeps and before == (None, None):
                self.evidence.stood[asked] = _Stood(
                    max((one.logged.index for one in self.above_it), default=-1),
                    max((one.valid_from for one in self.above_it), default=_LONG_AGO),
                    min((one.valid_until for one in self.above_it if one.valid_until), default=_FAR_AWAY),
                    path[1:], self.area, self.performers, self.demands_known, list(self.not_claimed),
                    self.status_from, self.status_until,
                )  # fmt: skip
            return None
        path += stood.links
        self.area, self.performers, self.demands_known = stood.area, stood.performers, stood.demands_known
        self.not_claimed = list(stood.not_claimed)
        self.status_from, self.status_until = stood.status_from, stood.status_until
        return None

    def _check_authority(self, known: Known, moment: _Moment, path: list[Link]) -> None:
        claim = claim_of(known)
        extract = self._extract_of(known)
        if extract:
            self.area = extract.area
            self.performers = self.performers or any(demand.of != "issuer" for demand in extract.demands)
        if known.issuer in self.evidence.trust.roots:
            path.append(root_link(known.issuer, known.issuer_name, 0))
            return
        held, failure = [], None
        for address, digest in named_authorities(known):
            try:
                held.append(self._held(known, address, digest, moment, path))
            except Rejected as rejected:
                failure = failure or rejected
        if failure:
            raise failure
        if not held:
            raise Rejected(
                Code.UNTRUSTED_ISSUER,
                _("{issuer} is no root you trust, and the credential names no authority it acts on."),
                {"issuer": known.issuer_name or known.issuer},
            )
        if extract is None:
            self.demands_known = False
            self._check_union(claim, held)
            return
        trees = self.evidence.trees(self._tables(extract, held))
        for demand in extract.of_issuer:
            self._check_demand(demand, claim, held, trees)

    def _check_union(self, claim: list[Line], held: list[_Held]) -> None:
        trees = TreeTable({})
        for line in claim:
            if not any(self._covers(one, line, trees, None) for one in held):
                raise not_covered(line)

    def _check_demand(self, demand: Demand, claim: list[Line], held: list[_Held], trees: TreeTable) -> None:
        fitting = [one for one in held if fits(demand, one.known)]
        if not fitting:
            if demand.demand == "if_claimed" and not any(one.known.kind == demand.kind for one in held):
                if demand.kind not in self.not_claimed:
                    self.not_claimed.append(demand.kind)
                return
            raise Rejected(
                Code.SCOPE_NOT_COVERED,
                _("The scheme demands of the issuer: {kind}. The credential names none that fits."),
                {"kind": kind_word(demand.kind)},
            )
        for line in claim:
            if not any(self._covers(one, line, trees, demand) for one in fitting):
                raise not_covered(line, demand.kind)

    def _covers(self, held: _Held, line: Line, trees: TreeTable, demand: Demand | None) -> bool:
        """Effective scope is the authority's and that of the authority above it, each by itself."""
        if not is_covered(line, held.lines, trees, demand):
            return False
        if held.above is None:
            return True
        passed = renamed(line, demand)
        return any(is_covered(passed, lines, trees, above) for above, lines in held.above)

    def _tables(self, extract: Extract, held: list[_Held]) -> list[str]:
        names = list(extract.tables)
        for one in held:
            own = self._extract_of(one.known)
            names += own.tables if own else []
        return names

    def _extract_of(self, known: Known) -> Extract | None:
        name = "referenceScheme" if known.is_certificate else "authorityScheme"
        return self.evidence.extract(known.subject.get(name))

    # ------------------------------------------------------------------ one authority, steps 8 and 9

    def _held(self, known: Known, address: object, digest: object, moment: _Moment, path: list[Link]) -> _Held:
        link, place = Link("accreditation", str(address), under=0), len(path)
        path.append(link)
        try:
            authority = self.evidence.authority(address, digest)
            fill(link, authority)
            if authority.subject.get("id") != known.issuer:
                raise Rejected(Code.UNTRUSTED_ISSUER, _("The authority is not the issuer's own."))
            self._check_in_force(authority, known, moment, link)
        except Rejected as rejected:
            link.verdict = rejected.code
            if rejected.code is Code.STATUS_STALE:
                raise
            raise Rejected(
                Code.ACCREDITATION_INVALID,
                _("The authority {name} does not hold. {because}"),
                {"name": link.number or link.id, "because": rejected.said},
            ) from None
        lines = scope_of(authority)
        try:
            above = self._above(authority, known, moment, path, place)
        except Rejected as rejected:
            link.verdict = rejected.code
            raise
        return _Held(authority, lines, above)

    def _above(
        self, authority: Known, known: Known, moment: _Moment, path: list[Link], under: int
    ) -> list[tuple[Demand | None, list[Line]]] | None:
        """Step 9: the authority's issuer is a root, or holds what its scheme demands, from a root."""
        roots = self.evidence.trust.roots
        if authority.issuer in roots:
            path.append(root_link(authority.issuer, authority.issuer_name, under))
            return None
        found: list[tuple[Known, list[Line]]] = []
        failure: Rejected | None = None
        for address, digest in named_authorities(authority):
            link = Link("recognition", str(address), under=under)
            path.append(link)
            try:
                upper = self.evidence.authority(address, digest)
                fill(link, upper)
                if upper.subject.get("id") != authority.issuer:
                    raise Rejected(Code.UNTRUSTED_ISSUER, _("The authority is not the issuer's own."))
                if upper.issuer not in roots:
                    raise Rejected(
                        Code.UNTRUSTED_ISSUER,
                        _("{issuer} is no root of your trust file."),
                        {"issuer": upper.issuer_name or upper.issuer},
                    )
                self._check_in_force(upper, authority, moment, link)
                self._check_in_force(upper, known, moment, link)
                path.append(root_link(upper.issuer, upper.issuer_name, len(path) - 1))
                found.append((upper, scope_of(upper)))
            except Rejected as rejected:
                link.verdict = rejected.code
                if rejected.code is Code.STATUS_STALE:
                    raise
                failure = failure or rejected
        if failure or not found:
            because = failure.said if failure else Said(_("It names no authority of its own."))
            raise Rejected(
                Code.UNTRUSTED_ISSUER,
                _("{issuer} is not shown to hold authority from a root you trust. {because}"),
                {"issuer": authority.issuer_name or authority.issuer, "because": because},
            )
        return self._demanded_above(authority, found)

    def _demanded_above(
        self, authority: Known, found: list[tuple[Known, list[Line]]]
    ) -> list[tuple[Demand | None, list[Line]]]:
        extract = self._extract_of(authority)
        if extract is None:
            return [(None, lines) for _upper, lines in found]
        above: list[tuple[Demand | None, list[Line]]] = []
        for demand in extract.of_issuer:
            fitting = [(demand, lines) for upper, lines in found if fits(demand, upper)]
            if not fitting and demand.demand == "always":
                raise Rejected(
                    Code.UNTRUSTED_ISSUER,
                    _("{issuer} is not shown to hold authority from a root you trust. {because}"),
                    {
                        "issuer": authority.issuer_name or authority.issuer,
                        "because": Said(_("Its scheme demands: {kind}."), {"kind": kind_word(demand.kind)}),
                    },
                )
            above += fitting
        return above

    def _check_in_force(self, authority: Known, of: Known, moment: _Moment, link: Link) -> None:
        """The authority was logged before what rests on it, held at that log time, and holds at the moment."""
        self.above_it.append(authority)
        if authority.logged.index >= of.logged.index:
            raise Rejected(Code.NOT_YET_VALID, _("It entered the log after what was issued on it."))
        acted = of.logged.entry.at
        for instant in {acted, acted if moment.kind == "issue" else moment.instant}:
            if instant < authority.valid_from:
                raise Rejected(Code.NOT_YET_VALID, _("It begins on {day}."), {"day": authority.valid_from})
            if authority.valid_until and instant > authority.valid_until:
                link.status = "expired"
                raise Rejected(Code.EXPIRED, _("It ended on {day}."), {"day": authority.valid_until})
        asked = _Moment(acted, "issue") if moment.kind == "issue" else moment
        try:
            link.status, replaced = self.status(authority, asked)
        except Rejected as rejected:
            link.status = _STATUS_OF.get(rejected.code, "unknown")
            raise
        if replaced:
            self.keeps = False  # whether it counts depends on when the certificate was issued
            link.status = "superseded"
            if replaced.effective > acted:
                return
            if replaced.number == 0:
                # The bit says that it was replaced, not when: only a history that knows tells whether before.
                self.evidence.history(authority, self.now)
                raise Rejected(
                    Code.STATUS_STALE,
                    _("The history of {id} does not know the newest status; a newer one is needed."),
                    {"id": authority.id},
                )
            raise Rejected(Code.SUPERSEDED, _("It had been replaced by another edition before this was issued."))

    # ------------------------------------------------------------------ status, step 11

    def status(self, known: Known, moment: _Moment) -> tuple[str, history.Change | None]:
        """Return "valid" and, where the edition was replaced, the change that says so; raises Rejected otherwise."""
        bits = self._bits(known)
        if moment.kind == "now":
            if bits[layout.REVOCATION]:
                raise withdrawn_by(known)
            if bits[layout.SUSPENSION]:
                raise suspended_by(known)
            return "valid", self._replaced(known) if bits.get(layout.SUPERSEDED) else None
        changes = self.evidence.history(known, self.now)
        latest, _replaced = history.at(changes, self.now)
        revoked, suspended = latest in ("withdrawn", "cancelled"), latest == "suspended"
        if (bits[layout.REVOCATION], bits[layout.SUSPENSION] and not bits[layout.REVOCATION]) != (revoked, suspended):
            raise Rejected(
                Code.STATUS_STALE,
                _("The history of {id} does not know the newest status; a newer one is needed."),
                {"id": known.id},
            )
        instant = max(moment.instant, known.valid_from) if moment.kind == "issue" else moment.instant
        status, replaced = history.at(changes, instant)
        if status in ("withdrawn", "cancelled"):
            raise withdrawn_by(known)
        if status == "suspended":
            raise suspended_by(known)
        if status == "expired":
            raise Rejected(Code.EXPIRED, _("It had ended by then."))
        if status is None:
            raise Rejected(Code.NOT_YET_VALID, _("It had not been granted by then."))
        return "valid", replaced

    def _replaced(self, known: Known) -> history.Change:
        """What the history says of the newer edition; without one, only that there is one."""
        try:
            replaced = history.at(self.evidence.history(known, self.now), self.now)[1]
        except Rejected:
            replaced = None
        return replaced or history.Change(0, history.SUPERSEDED, "", _LONG_AGO, _LONG_AGO)

    def _bits(self, known: Known) -> dict[str, bool]:
        """Read the bits of a credential, once for each instant that is asked about."""
        kept = known.kept.get("bits")
        if kept is None or kept[0] != self.now:
            kept = known.kept["bits"] = (self.now, *self._bits_now(known))
        _now, found, start, end = kept
        self.status_from = max(self.status_from or start, start)
        self.status_until = min(self.status_until or end, end)
        bits: dict[str, bool] = found
        return bits

    def _bits_now(self, known: Known) -> tuple[dict[str, bool], datetime, datetime]:
        found: dict[str, bool] = {}
        start, end = _LONG_AGO, _FAR_AWAY
        for purpose, address, index in known.status:
            listed = self.evidence.bits(address)
            if listed.issuer != known.issuer or listed.purpose != purpose:
                raise Rejected(
                    Code.STATUS_INVALID,
                    _("The status list {address} is of another issuer or purpose."),
                    {"address": address},
                )
            if not listed.valid_from <= self.now <= listed.valid_until:
                raise Rejected(
                    Code.STATUS_STALE,
                    _("The status list {address} held from {start} to {end}; a newer one is needed."),
                    {"address": address, "start": listed.valid_from, "end": listed.valid_until},
                )
            if index >> 3 >= len(listed.bits):
                raise Rejected(
                    Code.STATUS_INVALID,
                    _("The status list {address} has no place {index}."),
                    {"address": address, "index": index},
                )
            found[purpose] = bool(listed.bits[index >> 3] & (0x80 >> (index & 7)))
            start, end = max(start, listed.valid_from), min(end, listed.valid_until)
        return found, start, end


def _asked_of_authority(known: Known, moment: _Moment) -> tuple[object, ...]:
    """Return all of a credential that decides about its line of authority, beside when and where it was logged."""
    subject = known.subject
    asked: list[object] = [subject.get("authorisation"), subject.get("accreditationScope")]
    if known.is_certificate:
        asked += [subject.get("referenceScheme"), subject.get("scopeLine"), coverage.standards_assessed(subject)]
    else:
        asked.append(subject.get("authorityScheme"))
    # Bytes, not values: for Python 1, 1.0 and true are equal, for a credential they are not. Version 2 has no
    # references, so equal values are equal bytes.
    return moment.instant, known.kind, known.issuer, known.issuer_name, marshal.dumps(asked, 2)


_LONG_AGO, _FAR_AWAY = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
_STATUS_OF = {Code.REVOKED: "withdrawn", Code.SUSPENDED: "suspended", Code.EXPIRED: "expired"}


def _check_begun(known: Known, moment: _Moment) -> None:
    if moment.instant < known.valid_from:
        raise Rejected(Code.NOT_YET_VALID, _("It begins on {day}."), {"day": known.valid_from})


def _check_not_expired(known: Known, moment: _Moment) -> None:
    if known.valid_until and moment.instant > known.valid_until:
        raise Rejected(Code.EXPIRED, _("It ended on {day}."), {"day": known.valid_until})


def _end_of(day: date | None, area: str, now: datetime) -> datetime:
    """Return the last second of a civil day in the scheme's area, or now on the day that is running."""
    assert day is not None
    return min(days.last_second(day, area), now)


def _assurance(trust: Trust, known: Known | None, walk: _Walk | None) -> list[Said]:
    """What the reader must know beside the verdict."""
    found: list[Said] = []
    if trust.quorum == 0:
        found.append(
            Said(_("Not yet witnessed: no other organisation has cosigned the log that this verdict rests on."))
        )
    elif known:
        facts = {"count": len(known.logged.witnesses), "all": len(trust.witnesses)}
        found.append(Said(_("Witnessed by {count} of {all} cosigners of your trust file."), facts))
    if known and known.logged.entry.sample:
        found.append(Said(_("A sample: it belongs to a demonstration world and certifies nothing.")))
    if known and known.key_revoked:
        found.append(
            Said(
                _("The key that signed it was revoked on {day}. It stands in the public log before that, and counts."),
                {"day": known.key_revoked},
            )
        )
    if walk is None:
        return found
    if not walk.demands_known:
        found.append(
            Said(_("What the scheme demands of issuers is not known here; all authorities named were taken together."))
        )
    for kind in walk.not_claimed:
        found.append(
            Said(_("The credential claims no {kind}; its scheme does not demand it."), {"kind": kind_word(kind)})
        )
    if walk.performers:
        found.append(
            Said(_("Authorities of auditors and laboratories were checked at issue; they are not part of this check."))
        )
    return found
