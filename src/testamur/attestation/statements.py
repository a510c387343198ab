"""History statements: what a bitstring cannot tell, every change with its two clocks, logged with each change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from testamur.attestation import commitments, credentials
from testamur.attestation.models import Statement
from testamur.kernel import clock, identity
from testamur.kernel.days import iso
from testamur.parties import queries as parties
from testamur.parties.actions import signer
from testamur.register import replay
from testamur.register.models import Attestation, Credential, Edition, StatusChange
from testamur.transparency.actions import append, append_many
from testamur.transparency.rows import insert
from testamur.verification import credential, history
from testamur.verification.entry import parse as parse_entry
from testamur.verification.strict_json import Malformed

#: As long as a status list.
VALID_FOR = timedelta(hours=24)


def write(attestation: Attestation) -> list[Statement]:
    """Log a new statement for every credential of an attestation whose history is not the one logged last."""
    return [made for one in credentials.of(attestation) if (made := _write(one)) is not None]


def begin(one: Credential, change: StatusChange) -> Statement:
    """Log the first statement of a credential that was just issued: it began to be valid, and nothing else yet."""
    return begin_many([(one, change)])[0]


def begin_many(begun: Sequence[tuple[Credential, StatusChange]]) -> list[Statement]:
    """Log the first statements of credentials that were just issued together."""
    made, fields = [], []
    for one, change in begun:
        found = history.Change(1, change.status, change.ground, change.effective_at, change.recorded_at)
        committed = commitments.of_changes([change], one.nonce)
        statement, wanted = _drafted(one, _payload(one, [found]), one.thumbprint, committed)
        made.append(statement)
        fields.append(wanted)
    for statement, entry in zip(made, append_many(fields), strict=True):
        statement.entry = entry
    return insert(made)


def _write(one: Credential) -> Statement | None:
    payload = _payload(one, changes(one))
    last = newest(one)
    if last is not None and last.digest == history.digest(payload) and _committed(last) == _commitment(one):
        return None
    key = parties.active_key(one.edition.attestation.issuer)
    return _log(one, payload, key.thumbprint if key else "")


def _payload(one: Credential, found: list[history.Change]) -> dict[str, Any]:
    now = clock.now()
    return history.payload(
        credential=credentials.address(one),
        issuer=parties.did(one.edition.attestation.issuer),
        changes=found,
        valid_from=now,
        valid_until=now + VALID_FOR,
    )


def _log(one: Credential, payload: dict[str, Any], key: str) -> Statement:
    statement, entry = _drafted(one, payload, key, _commitment(one))
    statement.entry = append(*entry)
    statement.save()
    return statement


def _drafted(
    one: Credential, payload: dict[str, Any], key: str, committed: str
) -> tuple[Statement, tuple[str, dict[str, Any]]]:
    """Return the unsaved statement, and type and fields of the entry that it will be logged by."""
    attestation = one.edition.attestation
    digest = history.digest(payload)
    fields = {"d": digest, "id": credentials.address(one), "iss": parties.did(attestation.issuer), "k": key}
    fields[commitments.FIELD] = committed
    if credentials.opaque(attestation):  # whose leaf holds nothing else
        fields = {"d": digest, "id": identity.public_id()}
    body = {name: part for name, part in payload.items() if name not in ("validFrom", "validUntil")}
    return Statement(credential=one, body=body, digest=digest), (credentials.entry_type(one, "status"), fields)


def newest(one: Credential) -> Statement | None:
    """Return the statement logged last for a credential."""
    return Statement.objects.filter(credential=one).select_related("entry").order_by("-pk").first()


def digest_now(one: Credential) -> str:
    """Return the digest of the statement that the register would log for a credential now."""
    return history.digest(_payload(one, changes(one)))


def _commitment(one: Credential) -> str:
    """Return the digest of the changes that the register holds now, "" where no entry may hold one."""
    if credentials.opaque(one.edition.attestation):
        return ""
    return commitments.of_changes(one.edition.attestation.changes.order_by("id"), one.nonce)


def _committed(last: Statement) -> str:
    """Return the digest of the changes that a statement's entry commits to, "" for one of before there was any."""
    return str(parse_entry(bytes(last.entry.data)).facts.get(commitments.FIELD, ""))


def fits(one: Credential) -> bool:
    """Say whether the register still holds the changes that were logged last."""
    last = newest(one)
    if last is None:
        return True
    try:
        committed = _committed(last)
    except Malformed:
        return True  # an entry that was changed is named as an entry
    return last.digest == digest_now(one) and committed in ("", _commitment(one))


def signed(statement: Statement) -> str:
    """Return a statement signed now; its digest leaves validity out, so its entry keeps standing for it."""
    now = clock.now()
    issuer = statement.credential.edition.attestation.issuer
    key = parties.active_key(issuer)
    assert key is not None
    payload: dict[str, Any] = {
        **statement.body,
        "validFrom": iso(now),
        "validUntil": iso(now + VALID_FOR),
    }
    return credential.sign_jwt(payload, signer(issuer), parties.kid(key))


def changes(one: Credential) -> list[history.Change]:
    """Return every change of a credential: of its attestation's status, and that its edition was replaced."""
    rows = _status_rows(one.edition.attestation)
    found = list(rows)
    for when, recorded, successor in _replaced(one):
        found.append(
            history.Change(
                len(found) + 1, history.SUPERSEDED, "", when, recorded, successor=credentials.address(successor)
            )
        )
    return found


def _status_rows(attestation: Attestation) -> list[history.Change]:
    rows = list(attestation.changes.filter(lines__isnull=True).order_by("id"))
    fates = {one.row.pk: one.fate for one in replay.trace(rows)}
    standing = replay.standing(rows)
    start = min((row.effective_at for row in rows), default=None)
    found: list[history.Change] = []
    numbers: dict[int, int] = {}
    for row in rows:
        voids = row.from_start and fates[row.pk] is replay.Fate.STANDS and start is not None
        # An annulment that was annulled itself takes nothing away; a verifier would not look that far.
        annuls = numbers.get(row.annuls_id or 0, 0) if fates[row.pk] is not replay.Fate.ANNULLED else 0
        corrects = [numbers[row.corrects_id]] if row.corrects_id in numbers else [0]
        if voids:
            # Void from the start: it takes the place of every later change too, so that no day is left valid.
            others = [numbers[one.pk] for one in standing[1:] if one.pk in numbers and one.pk != row.pk]
            corrects = [*[number for number in corrects if number], *others] or [0]
        for corrected in corrects:
            found.append(_change(row, len(found) + 1, start if voids else None, corrected, annuls))
        numbers[row.pk] = len(found)
    return found


def _change(row: StatusChange, number: int, start: Any, corrects: int, annuls: int) -> history.Change:
    return history.Change(
        number=number,
        status=row.status,
        ground=row.ground,
        effective=start or row.effective_at,
        recorded=row.recorded_at,
        corrects=corrects,
        annuls=annuls,
    )


def _replaced(one: Credential) -> list[tuple[Any, Any, Credential]]:
    """Return when a newer edition, or a newer credential of the same, took the place of a credential."""
    attestation = one.edition.attestation
    edition: Edition | None = attestation.editions.filter(edition__gt=one.edition.edition).order_by("edition").first()
    if edition is not None:
        successor = edition.credentials.order_by("-pk").first()
        return [(edition.effective_at, edition.recorded_at, successor)] if successor else []
    later = one.edition.credentials.filter(pk__gt=one.pk).order_by("pk").first()
    return [(later.recorded_at, later.recorded_at, later)] if later else []
