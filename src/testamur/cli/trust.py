"""Choose whom to believe, follow how that changes, and change it: init, show, update; make-key, propose, sign, publish.

A site can only propose. What makes the file trustworthy is that you compare the fingerprints with ones you got from
elsewhere: a printed gazette, a colleague, a telephone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from testamur.cli import _root_lists
from testamur.cli._language import add_language, translator
from testamur.cli.verify import Unusable, open_site, read_trust, shown
from testamur.kernel import clock
from testamur.kernel.days import iso
from testamur.kernel.refusal import _
from testamur.verification import did, layout, trust_file
from testamur.verification.evidence import Evidence
from testamur.verification.site import Site, Unreachable
from testamur.verification.strict_json import Malformed
from testamur.verification.trust_file import Trust
from testamur.verification.verdict import Rejected


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 written or shown; 1 not agreed to; 2 unusable arguments.
    """
    arguments = _parser().parse_args(argv)
    try:
        if arguments.action in ("make-key", "propose", "sign", "publish"):
            return _root_lists.run(arguments)
        return {"init": _init, "show": _show, "update": _update}[arguments.action](arguments)
    except Unusable as error:
        print(f"testamur trust: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="testamur trust", description=(__doc__ or "").partition("\n\n")[0])
    actions = parser.add_subparsers(dest="action", required=True)
    init = actions.add_parser("init", help="write a trust file, after showing fingerprints")
    init.add_argument("--site", required=True, help="folder or origin that proposes its log and its roots")
    init.add_argument("--root", action="append", help="believe only this root (did:web:…); may be repeated")
    init.add_argument("--out", type=Path, help="where to write (default: where `testamur verify` looks)")
    init.add_argument("--yes", action="store_true", help="do not ask; for scripts that compared the fingerprints")
    show = actions.add_parser("show", help="print the trust file and its fingerprints")
    show.add_argument("--trust", type=Path, help="trust file (default: where `testamur verify` looks)")
    update = actions.add_parser("update", help="follow the root lists to the newest, and write the trust file anew")
    update.add_argument("--site", required=True, help="folder or origin that shows the root lists")
    update.add_argument("--trust", type=Path, help="trust file (default: where `testamur verify` looks)")
    for one in (init, show, update):
        add_language(one)
    _root_lists.add_actions(actions)
    return parser


def _init(arguments: argparse.Namespace) -> int:
    translate = translator(arguments.language)
    site = open_site(arguments.site, translate)
    try:
        trust = _proposed(site, arguments.root)
        print("\n".join(_shown(trust, site, arguments.language)))
    except Unreachable as error:
        raise Unusable(translate(_("The site does not answer ({problem}).")).format(problem=error)) from None
    except Malformed as error:
        raise Unusable(translate(_("The site proposes nothing usable: {problem}.")).format(problem=error)) from None
    path = arguments.out or trust_file.default_path()
    print()
    print(translate(_("Compare these with fingerprints you got elsewhere; the site alone proves nothing.")))
    if not arguments.yes:
        question = translate(_("Write {path}? Type yes: ")).format(path=path)
        try:
            answer = input(question)
        except EOFError:
            answer = ""
        if answer.strip().lower() not in ("yes", "y", "是"):
            print(translate(_("Nothing was written.")))
            return 1
    trust.write(path)
    print(translate(_("Written: {path}")).format(path=path))
    return 0


def _show(arguments: argparse.Namespace) -> int:
    trust = read_trust(arguments.trust, translator(arguments.language))
    print("\n".join(_shown(trust, None, arguments.language)))
    return 0


def _update(arguments: argparse.Namespace) -> int:
    translate = translator(arguments.language)
    trust = read_trust(arguments.trust, translate)
    if not trust.threshold:
        raise Unusable(translate(_("This trust file names no root keys; only `testamur trust init` can change it.")))
    evidence = Evidence(open_site(arguments.site, translate), trust)
    try:
        evidence.follow_roots(clock.real_now())
    except Rejected as rejected:
        print(rejected.said.sentence(translate, shown(arguments.language)), file=sys.stderr)
        return 1
    except Unreachable as error:
        raise Unusable(translate(_("The site does not answer ({problem}).")).format(problem=error)) from None
    print("\n".join(_shown(evidence.trust, None, arguments.language)))
    if evidence.trust == trust:
        print(translate(_("This is the newest root list; nothing was written.")))
        return 0
    path = arguments.trust or trust_file.default_path()
    evidence.trust.write(path)
    print(translate(_("Written: {path}")).format(path=path))
    return 0


def _proposed(site: Site, roots: list[str] | None) -> Trust:
    data = site.read(layout.TRUST_ROOTS)
    if data is None:
        raise Malformed(f"no {layout.TRUST_ROOTS}")
    proposed = trust_file.parse(data)
    if not roots:
        return proposed
    # Another choice of roots than the list's is the reader's own, and no list can change it.
    return Trust(proposed.host, frozenset(roots), proposed.log, proposed.witnesses, proposed.quorum, proposed.sample)


def _shown(trust: Trust, site: Site | None, language: str) -> list[str]:
    translate = translator(language)
    found = [
        f"{translate(_('host'))}: {trust.host}",
        f"{translate(_('log'))}: {trust.log.name}",
        f"  {trust.log.fingerprint}",
    ]
    for root in sorted(trust.roots):
        found.append(f"{translate(_('root'))}: {root}")
        found += [f"  {name} {thumbprint}" for name, thumbprint in _keys(root, trust, site)]
    for key in trust.witnesses:
        found += [f"{translate(_('cosigner'))}: {key.name}", f"  {key.fingerprint}"]
    if trust.threshold:
        said = translate(_("root list {version}, to be changed by {threshold} of these keys, good until {expires}"))
        expires = iso(trust.expires) if trust.expires else "–"
        found.append(said.format(version=trust.version, threshold=trust.threshold, expires=expires))
        found += [f"  {key.algorithm} {key.thumbprint}" for key in trust.keys]
    found.append(translate(_("cosigners wanted: {count}")).format(count=trust.quorum))
    if trust.sample:
        found.append(translate(_("This is the log of a sample world: what it proves certifies nothing.")))
    return found


def _keys(root: str, trust: Trust, site: Site | None) -> list[tuple[str, str]]:
    """Return name and thumbprint of each key that a root publishes, as the site shows them."""
    paths = layout.did_paths(root, trust.host)
    data = site.read(paths[0]) if site and paths else None
    if data is None:
        return []
    methods = did.parse(data).methods.values()
    return [(method.id.partition("#")[2], method.key.thumbprint) for method in methods if method.kind == "JsonWebKey"]
