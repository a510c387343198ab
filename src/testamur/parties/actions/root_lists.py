"""The signed root list: proposed here, signed offline by the holders of the root keys, published here again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel import clock
from testamur.kernel.days import iso
from testamur.kernel.refusal import Refused, _
from testamur.keys.jwk import check_registrable
from testamur.parties import policies, queries
from testamur.parties.actions.keys import publish_roots
from testamur.parties.models import RootList, actor
from testamur.parties.policies import Actor
from testamur.transparency import custody
from testamur.transparency.actions import append
from testamur.transparency.models import Entry
from testamur.verification import layout, root_list, trust_file
from testamur.verification.entry import document_digest
from testamur.verification.strict_json import Malformed, parse_object
from testamur.verification.verdict import Rejected

SOURCE = "testamur@2026-1#trust.roots"


def propose(*, keys: Sequence[dict[str, Any]] = (), threshold: int = 0, expires: datetime) -> dict[str, Any]:
    """Return the next root list, not signed yet: roots, cosigners and log as this installation has them now.

    Args:
        keys: public JWKs of the root keys; those of the list in force without them.
        threshold: how many of them must sign the list after this one; as in force where 0.
        expires: until when verifiers may rely on it.

    Raises:
        Refused: no root is named, no keys, a threshold that they cannot reach, a weak key, an expiry that has passed.
    """
    before = RootList.objects.last()
    if before is not None:
        keys, threshold = keys or before.body["keys"], threshold or before.body["threshold"]
    for key in keys:
        check_registrable(key)
    if expires <= clock.now():
        raise Refused(
            _("A root list ends in the future; give --days, the days for which it is to be followed."),
            rule="trust.roots",
            source=SOURCE,
            field="expires",
        )
    version = max(Entry.objects.filter(type="root.update").count(), before.version if before else 0) + 1
    facts = {
        **queries.trust_config(version),
        "keys": list(keys),
        "threshold": threshold,
        "expires": iso(expires),
    }
    _parsed(facts)
    return facts


def _parsed(facts: dict[str, Any]) -> trust_file.Trust:
    try:
        found = trust_file.parse(queries.pretty(facts))
        if not found.threshold:
            raise Malformed("keys: expected the keys of the roots")
    except Malformed as error:
        raise Refused(
            _("This is no root list: {problem}. Give the file that `testamur trust propose` wrote."),
            {"problem": str(error)},
            rule="trust.roots",
            source=SOURCE,
        ) from None
    return found


@transaction.atomic
def publish(*, data: bytes, by: Actor, at: datetime) -> RootList:
    """Publish a signed root list, log it, and let it take the place of the one before.

    Raises:
        Refused: signed by too few of the keys before or of its own, a version out of turn, for another host or log, or
            expired.
    """
    policies.check_may_name_roots(by)
    try:
        facts = parse_object(data)
    except Malformed as error:
        raise Refused(
            _("This is no root list: {problem}. Give the file that `testamur trust propose` wrote."),
            {"problem": str(error)},
            rule="trust.roots",
            source=SOURCE,
        ) from None
    after = _parsed(facts)
    before = RootList.objects.select_for_update(of=("self",)).order_by("version").last()
    try:
        if before is not None:
            root_list.check_next(trust_file.parse(queries.pretty(before.body)), data)
        else:
            root_list.check_first(after, facts)
        root_list.check_not_expired(after, clock.now())
    except Rejected as rejected:
        raise Refused(rejected.said.message_id, rejected.said.facts, rule="trust.roots", source=SOURCE) from None
    if after.host != settings.HOST or str(after.log) != str(custody.log_verifier_key()):
        raise Refused(
            _("This root list is for {host} and its log, not for this installation."),
            {"host": after.host},
            rule="trust.roots",
            source=SOURCE,
        )
    address = layout.url(settings.HOST, layout.TRUST_ROOTS)
    made = RootList(version=after.version, body=facts, digest=document_digest(facts), effective_at=at, **actor(by))
    entry = {"d": made.digest, "id": address, "roots": facts["roots"], "version": after.version}
    made.entry = append("root.update", entry)
    made.save()
    record("roots.published", subject=made, by=by, at=at, payload={"version": made.version})
    transaction.on_commit(publish_roots)
    return made
