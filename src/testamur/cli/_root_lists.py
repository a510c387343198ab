"""The part of ``testamur trust`` by which roots change: make a root key, propose a list, sign it offline, publish it.

Signing needs no database and no network: it runs on the machine beside the safe.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from testamur.cli._language import Translate, add_language, translator
from testamur.cli.verify import Unusable, read
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, _
from testamur.keys import file as key_file
from testamur.keys import pkcs11
from testamur.keys.signer import Signer
from testamur.verification import root_list, trust_file
from testamur.verification.strict_json import Malformed, parse_object


def add_actions(actions: Any) -> None:
    """Add the sub-commands to the parser of ``testamur trust``."""
    make = actions.add_parser("make-key", help="make a root key: an encrypted file, and its public part beside it")
    make.add_argument("path", type=Path, help="file of the key; PATH.pub gets the public part")
    make.add_argument("--algorithm", choices=("Ed25519", "ES256"), default="Ed25519")
    make.add_argument("--sample", action="store_true", help="for a sample world")
    propose = actions.add_parser("propose", help="write the next root list, to be signed (on the platform's machine)")
    propose.add_argument("list", type=Path, help="file to write")
    propose.add_argument("--key", type=Path, action="append", default=[], help="public root key (PATH.pub); repeat")
    propose.add_argument("--threshold", type=int, default=0, help="how many of the keys sign the list after this one")
    propose.add_argument("--days", type=int, default=365, help="how long verifiers may rely on it (default: 365)")
    sign = actions.add_parser("sign", help="add the signature of one root key (offline)")
    sign.add_argument("list", type=Path, help="the proposed list; it is written anew with one signature more")
    sign.add_argument("--key", type=Path, help="encrypted key file of `testamur trust make-key`")
    sign.add_argument("--module", help="PKCS#11 library, where the key is in a hardware module")
    sign.add_argument("--token", help="label of its token")
    sign.add_argument("--label", help="label of the key in the token")
    sign.add_argument("--yes", action="store_true", help="do not ask; for scripts that compared what is signed")
    publish = actions.add_parser("publish", help="check, log and publish a signed list (on the platform's machine)")
    publish.add_argument("list", type=Path)
    for one in (make, sign):
        one.add_argument("--secret-file", type=Path, help="file with the passphrase or PIN (default: asked for)")
    for one in (make, propose, sign, publish):
        add_language(one)


def run(arguments: argparse.Namespace) -> int:
    """Run one of them; see ``trust.main`` for what is returned."""
    actions = {"make-key": _make_key, "propose": _propose, "sign": _sign, "publish": _publish}
    return actions[arguments.action](arguments, translator(arguments.language))


def _secret(arguments: argparse.Namespace, translate: Translate) -> str:
    if arguments.secret_file:
        return read(arguments.secret_file, translate).decode("utf-8", "replace").strip()
    return getpass.getpass(translate(_("Passphrase or PIN: ")))


def _make_key(arguments: argparse.Namespace, translate: Translate) -> int:
    signer = key_file.create(
        arguments.path, _secret(arguments, translate), sample=arguments.sample, algorithm=arguments.algorithm
    )
    beside = arguments.path.with_name(arguments.path.name + ".pub")
    beside.write_text(json.dumps(signer.public_jwk) + "\n", encoding="ascii")
    print(translate(_("Written: {path}")).format(path=beside))
    print(f"  {signer.algorithm} {signer.thumbprint}")
    return 0


def _propose(arguments: argparse.Namespace, translate: Translate) -> int:
    from testamur.cli import django

    django()
    from testamur.parties.actions import root_lists

    keys = []
    for path in arguments.key:
        try:
            keys.append(parse_object(read(path, translate)))
        except Malformed as error:
            raise Unusable(
                translate(_("{path} is no public key: {problem}.")).format(path=path, problem=error)
            ) from None
    expires = clock.now() + timedelta(days=arguments.days)
    facts = root_lists.propose(keys=keys, threshold=arguments.threshold, expires=expires)
    _write(arguments.list, facts)
    print("\n".join(_described(facts, translate)))
    print(translate(_("Written: {path}")).format(path=arguments.list))
    return 0


def _sign(arguments: argparse.Namespace, translate: Translate) -> int:
    try:
        data = read(arguments.list, translate)
        facts, trust = parse_object(data), trust_file.parse(data)
    except Malformed as error:
        raise Refused(
            _("This is no root list: {problem}. Give the file that `testamur trust propose` wrote."),
            {"problem": str(error)},
        ) from None
    print("\n".join(_described(facts, translate)))
    if not arguments.yes:
        try:
            answer = input(translate(_("Sign this list? Type yes: ")))
        except EOFError:
            answer = ""
        if answer.strip().lower() not in ("yes", "y", "是"):
            print(translate(_("Nothing was signed.")))
            return 1
    signer = _signer(arguments, translate)
    if signer.sample != trust.sample:
        raise Refused(_("A root key of a sample world signs lists of sample worlds, and no other key does."))
    made = root_list.sign(facts, signer)
    _write(arguments.list, made)
    said = translate(_("Signed by {key}; {count} signatures are on the list, {wanted} of its own keys must be."))
    print(said.format(key=signer.thumbprint, count=len(made["signatures"]), wanted=trust.threshold))
    return 0


def _signer(arguments: argparse.Namespace, translate: Translate) -> Signer:
    if arguments.key:
        return key_file.open(arguments.key, _secret(arguments, translate))
    if not (arguments.module and arguments.token and arguments.label):
        raise Unusable(translate(_("Name the key: --key FILE, or --module, --token and --label.")))
    return pkcs11.open(pkcs11.Token(arguments.module, arguments.token, _secret(arguments, translate)), arguments.label)


def _publish(arguments: argparse.Namespace, translate: Translate) -> int:
    from testamur.cli import django

    django()
    from testamur.parties.actions import root_lists
    from testamur.parties.models import Platform

    made = root_lists.publish(data=read(arguments.list, translate), by=Platform("cli.trust"), at=clock.now())
    print(translate(_("Root list {version} is published and logged.")).format(version=made.version))
    return 0


def _described(facts: dict[str, Any], translate: Translate) -> list[str]:
    said = translate(_("Root list {version} of {host}, good until {expires}; {threshold} keys sign the next one."))
    found = [said.format(**{name: facts.get(name, "–") for name in ("version", "host", "expires", "threshold")})]
    found += [f"  {translate(_('root'))}: {one}" for one in facts.get("roots", [])]
    found += [f"  {translate(_('key'))}: {one.thumbprint}" for one in trust_file.parse(_text(facts)).keys]
    return found


def _text(facts: dict[str, Any]) -> bytes:
    return (json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode()


def _write(path: Path, facts: dict[str, Any]) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(_text(facts))
    os.replace(fresh, path)
