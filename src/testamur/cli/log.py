"""Audit a public log as an outsider: its tree, its signature, and every file it commits to.

Exit status: 0 when everything fits, 1 when something does not, 2 for unusable arguments.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from testamur.cli._language import add_language, translator
from testamur.cli.verify import Unusable, open_site, read, read_trust
from testamur.kernel.refusal import _
from testamur.verification import layout
from testamur.verification.audit import Report, audit
from testamur.verification.site import Unreachable


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 everything fits; 1 findings; 2 unusable arguments.
    """
    arguments = _parser().parse_args(argv)
    translate = translator(arguments.language)
    try:
        trust = read_trust(arguments.trust, translate)
        site = open_site(arguments.place, translate)
        since = _older(arguments.since) if arguments.since else None
        report = audit(site, host=trust.host, log=trust.log, since=since)
    except Unusable as error:
        print(f"testamur log: {error}", file=sys.stderr)
        return 2
    except Unreachable as error:
        said = translate(_("The site does not answer ({problem}).")).format(problem=error)
        print(f"testamur log: {said}", file=sys.stderr)
        return 2
    print("\n".join(_lines(report, arguments.language)))
    return 1 if report.findings else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="testamur log", description=(__doc__ or "").partition("\n\n")[0])
    actions = parser.add_subparsers(dest="action", required=True)
    one = actions.add_parser("audit", help="recompute the tree and compare every certificate with its entry")
    one.add_argument("place", help="folder or origin with the public files")
    one.add_argument("--since", type=Path, help="an older copy (a folder), or an older checkpoint (a file)")
    one.add_argument("--trust", type=Path, help="trust file (default: where `testamur verify` looks)")
    add_language(one)
    return parser


def _older(path: Path) -> bytes:
    return read(path / layout.CHECKPOINT if path.is_dir() else path, str)


def _lines(report: Report, language: str) -> list[str]:
    translate = translator(language)
    found = [f"{finding.path}: {finding.said.sentence(translate)}" for finding in report.findings]
    found.append(
        translate(_("{size} entries, {checked} files compared, {absent} not served here, {count} findings.")).format(
            size=report.size, checked=report.checked, absent=report.absent, count=len(report.findings)
        )
    )
    if report.grown is not None and not report.findings:
        found.append(translate(_("The log grew by {count} entries out of the older copy.")).format(count=report.grown))
    if report.root:
        found.append(f"root {report.root}")
    return found
