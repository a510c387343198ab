"""List, change or revoke the signing key of an organisation: testamur key list | rotate ID | revoke ID KEY.

For whoever runs the platform; an administrator of the body does the same on the page *Keys* of the workspace.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from testamur.cli._language import add_language, translator
from testamur.kernel.refusal import Refused, _


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 done; 1 refused or not confirmed; 2 unusable arguments.
    """
    arguments = _parser().parse_args(argv)
    from testamur.cli import django

    django()
    if arguments.action == "list":
        return _list(arguments)
    organisation = _organisation(arguments)
    if organisation is None:
        return 2
    return _rotate(organisation, arguments) if arguments.action == "rotate" else _revoke(organisation, arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="testamur key", description=(__doc__ or "").partition("\n\n")[0])
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="print the keys: where kept, since when, until when, fingerprint")
    listing.add_argument("organisation", nargs="?", help="public id; all organisations without it")
    rotate = actions.add_parser(
        "rotate", help="make, publish and log a new key, and sign with it once the log shows it"
    )
    revoke = actions.add_parser("revoke", help="declare that a key is no longer its owner's, for ever")
    for one in (rotate, revoke):
        one.add_argument("organisation", help="public id of the organisation")
    revoke.add_argument("key", help="name of the key, k1")
    revoke.add_argument(
        "--because", required=True, choices=("stolen", "suspected", "lost"), help="public: it is written into the log"
    )
    revoke.add_argument("--yes", action="store_true", help="do not ask for a confirmation")
    for one in (listing, rotate, revoke):
        add_language(one)
    return parser


def _organisation(arguments: argparse.Namespace) -> Any:
    from testamur.parties.models import Organisation

    found = Organisation.objects.filter(public_id=arguments.organisation.upper()).first()
    if found is None:
        said = translator(arguments.language)(_("There is no organisation {name}. `testamur key list` prints the ids."))
        print(f"testamur key: {said.format(name=arguments.organisation)}", file=sys.stderr)
    return found


def _list(arguments: argparse.Namespace) -> int:
    from testamur.kernel.days import iso
    from testamur.parties import queries
    from testamur.parties.models import Key

    translate = translator(arguments.language)
    rows = Key.objects.select_related("organisation").order_by("organisation", "pk")
    if arguments.organisation:
        organisation = _organisation(arguments)
        if organisation is None:
            return 2
        rows = rows.filter(organisation=organisation)
    for key in rows:
        if key.revoked_at:
            state = translate(_("revoked {at}, from log entry {index} on")).format(
                at=iso(key.revoked_at), index="…" if key.revoked_at_index is None else key.revoked_at_index
            )
        elif key.expires_at:
            state = translate(_("retired {at}")).format(at=iso(key.expires_at))
        elif key.from_at:
            state = translate(_("in use since {at}")).format(at=iso(key.from_at))
        else:
            state = translate(_("published, waits for the log"))
        place = translate(_("private part destroyed")) if key.destroyed_at else key.kept_in
        print(f"{queries.kid(key)}  {key.algorithm}  {place}  {state}\n  {key.thumbprint}")
    return 0


def _rotate(organisation: Any, arguments: argparse.Namespace) -> int:
    from testamur.attestation import key_changes
    from testamur.kernel import clock
    from testamur.parties import actions
    from testamur.parties.models import Platform

    translate = translator(arguments.language)
    key = actions.rotate_key(organisation=organisation, by=Platform("cli.key"), at=clock.now())
    key_changes.carry_on()
    key.refresh_from_db()
    if key.from_at is None:
        print(
            translate(_("{key} is published; the worker lets it sign once the cosigned log shows it.")).format(
                key=key.fragment
            )
        )
    else:
        print(
            translate(_("{key} signs from now on; the worker destroys the old one in a few minutes.")).format(
                key=key.fragment
            )
        )
    return 0


def _revoke(organisation: Any, arguments: argparse.Namespace) -> int:
    from testamur.attestation import key_changes
    from testamur.kernel import clock
    from testamur.parties import actions, queries
    from testamur.parties.models import Platform

    translate = translator(arguments.language)
    key = organisation.keys.filter(fragment=arguments.key).first()
    if key is None:
        raise Refused(
            _("{organisation} has no key {key}. `testamur key list` prints those it has."),
            {"organisation": organisation.names, "key": arguments.key},
        )
    if not arguments.yes:
        question = translate(_("Revoke {key} for ever? Type its name to confirm: ")).format(key=queries.kid(key))
        try:
            answer = input(question)
        except EOFError:
            answer = ""
        if answer.strip() != key.fragment:
            print(translate(_("Nothing was revoked.")))
            return 1
    new = actions.revoke_key(key=key, because=arguments.because, by=Platform("cli.key"), at=clock.now())
    key_changes.carry_on()
    key.refresh_from_db()
    print(
        translate(_("{key} is revoked from log entry {index} on.")).format(key=key.fragment, index=key.revoked_at_index)
    )
    if new is None:
        print(translate(_("No new key could be made. Make one here as soon as its place answers.")), file=sys.stderr)
        return 1
    print(translate(_("{key} signs from now on.")).format(key=new.fragment))
    count = key_changes.affected(organisation).count()
    if count:
        said = _("{count} certificates rest on the revoked key; the page Keys lists them with the next step.")
        print(translate(said).format(count=count))
    return 0
