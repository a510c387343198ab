"""Copy the public site into a folder that proves everything by itself: testamur site export DIR.

The copy can be served by any web server, put into a bucket, or carried on a memory stick; `testamur verify --site DIR`
and `testamur log audit DIR` need nothing else. Run again, it writes only what changed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from testamur.cli._language import add_language, translator
from testamur.kernel.refusal import _
from testamur.verification.copying import copy


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 copied; 1 the site kept changing, so run it again; 2 unusable arguments.
    """
    parser = argparse.ArgumentParser(prog="testamur site", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    export = actions.add_parser("export", help="copy the public site into a folder")
    export.add_argument("target", type=Path, help="folder of the copy")
    export.add_argument("--source", type=Path, help="folder of the site (default: this installation's)")
    add_language(export)
    arguments = parser.parse_args(argv)
    translate = translator(arguments.language)
    source = arguments.source or _of_this_installation()
    if arguments.target.resolve().is_relative_to(source.resolve()):
        print(f"testamur site: {translate(_('The copy cannot lie inside the site.'))}", file=sys.stderr)
        return 2
    done = copy(source, arguments.target)
    said = translate(_("{files} files in the site, {written} written now ({bytes} bytes)."))
    print(said.format(files=f"{done.files:,}", written=f"{done.written:,}", bytes=f"{done.bytes:,}"))
    if not done.settled:
        print(translate(_("The site was changing all the while; run the command again.")), file=sys.stderr)
        return 1
    return 0


def _of_this_installation() -> Path:
    from testamur.cli import django

    django()
    from django.conf import settings

    return Path(settings.PUBLIC_DIR)
