"""Audit a public log as an outsider, or watch what is logged under a name.

`audit` recomputes the tree, checks signatures, cosignatures, every file it commits to, and an older copy. `watch`
follows the log and tells what is new under an issuer's name. Exit status: 0 when everything fits, 1 when something
does not, 2 for unusable arguments.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from testamur.cli import _watching
from testamur.cli._language import add_language, translator
from testamur.cli.verify import Unusable, open_site, read, read_trust
from testamur.kernel.refusal import _
from testamur.verification.audit import Report, audit
from testamur.verification.site import FolderSite, Site, Unreachable


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 everything fits; 1 findings; 2 unusable arguments.
    """
    arguments = _parser().parse_args(argv)
    translate = translator(arguments.language)
    try:
        if arguments.action == "watch":
            return _watching.run(arguments)
        trust = read_trust(arguments.trust, translate)
        site = open_site(arguments.place, translate)
        since = _older(arguments.since) if arguments.since else None
        report = audit(
            site, host=trust.host, log=trust.log, since=since, cosigners=trust.witnesses, quorum=trust.quorum
        )
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
    watch = actions.add_parser("watch", help="print and post everything that is logged under a name")
    _watching.add_arguments(watch)
    for command in (one, watch):
        add_language(command)
    return parser


def _older(path: Path) -> Site | bytes:
    return FolderSite(path) if path.is_dir() else read(path, str)


def _lines(report: Report, language: str) -> list[str]:
    translate = translator(language)
    found = [f"{finding.path}: {finding.said.sentence(translate)}" for finding in report.findings]
    found.append(
        translate(_("{size} entries, {checked} files compared, {absent} not served here, {count} findings.")).format(
            size=report.size, checked=report.checked, absent=report.absent, count=len(report.findings)
        )
    )
    for name, time in report.cosigned:
        at = datetime.fromtimestamp(time, tz=UTC)
        found.append(
            translate(_("Cosigned by {name}, {instant}.")).format(name=name, instant=f"{at:%Y-%m-%d %H:%M:%S}Z")
        )
    if report.waiting:
        found.append(translate(_("{count} entries wait for their cosigners.")).format(count=report.waiting))
    if report.grown is not None and not report.findings:
        found.append(translate(_("The log grew by {count} entries out of the older copy.")).format(count=report.grown))
    if report.root:
        found.append(f"root {report.root}")
    return found
