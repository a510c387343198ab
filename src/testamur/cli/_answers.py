"""``testamur verify --answer``: the signed answers of a register, checked on one's own machine."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from testamur.kernel.refusal import _
from testamur.verification.answer import NotSigned, check, check_batch, parts


def verify(files: Sequence[str], did: str | None, translate: Callable[[str], str]) -> int:
    """Check every part of some answers and say what each says.

    Args:
        files: answers as the API gave them: of one number as JSON, or of many a line each.
        did: file with the DID document of the host.

    Returns:
        0 where every part is signed, 1 where one is not, 2 where a file cannot be read.
    """
    if did is None:
        told = _("--answer needs --did: the host's DID document, from https://HOST/.well-known/did.json.")
        print(f"testamur verify: {translate(told)}", file=sys.stderr)
        return 2
    worst = 0
    try:
        document = _read(did)
        answers = [(name, Path(name).read_bytes()) for name in files]
    except (OSError, ValueError) as error:
        print(f"testamur verify: {error}", file=sys.stderr)
        return 2
    for name, given in answers:
        try:
            found = json.loads(given)
        except ValueError:
            worst = max(worst, _batch(name, given, document, translate))
            continue
        try:
            listed = parts(found if isinstance(found, dict) else {})
        except NotSigned as wrong:
            worst = max(worst, _unsigned(f"{name}: ", wrong, translate))
            continue
        for part in listed:
            worst = max(worst, _told(name, part, document, translate))
    return worst


def _batch(name: str, given: bytes, document: dict[str, Any], translate: Callable[[str], str]) -> int:
    try:
        key, said = check_batch(given, document)
    except NotSigned as wrong:
        return _unsigned(f"{name}: ", wrong, translate)
    signed = translate(_("{n} items, as of {when}, signed by {key}"))
    print(f"{name}: " + signed.format(n=said.get("items"), when=said.get("as_of"), key=key))
    return 0


def _unsigned(before: str, wrong: NotSigned, translate: Callable[[str], str]) -> int:
    print(before + translate(_("not signed: {why}")).format(why=wrong))
    return 1


def _told(name: str, part: Any, document: dict[str, Any], translate: Callable[[str], str]) -> int:
    says = str(part.get("coverage") or part.get("answer"))
    try:
        key = check(part, document)
    except NotSigned as wrong:
        return _unsigned(f"{name}: {part.get('part')}: ", wrong, translate)
    signed = translate(_("{says}, as of {when}, signed by {key}"))
    print(f"{name}: {part.get('part')}: " + signed.format(says=says, when=part.get("as_of"), key=key))
    return 0


def _read(name: str) -> dict[str, Any]:
    found = json.loads(Path(name).read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise ValueError(f"{name}: not a JSON object")
    return found
