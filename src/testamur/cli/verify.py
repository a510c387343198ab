"""Verify a certificate, an authority or an offline bundle, and say why.

Needs no platform, no database and, with a bundle or a folder, no network. Exit status: 0 for VALID, 1 for every other
verdict, 2 for unusable arguments.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from testamur.cli._language import Translate, add_language, translator
from testamur.kernel.refusal import _, plain
from testamur.kernel.words import STATUS_WORDS, Status
from testamur.verification import site as sites
from testamur.verification import trust_file
from testamur.verification.entry import instant
from testamur.verification.path import validate, validate_all
from testamur.verification.strict_json import Malformed
from testamur.verification.trust_file import Trust
from testamur.verification.verdict import HEADLINES, KIND_WORDS, Link, Verdict


class Unusable(Exception):
    """The arguments cannot be used; the sentence says why and what to do. Ends the command with status 2."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 VALID; 1 any other verdict; 2 unusable arguments.
    """
    arguments = _parser().parse_args(argv)
    translate = translator(arguments.language)
    if arguments.answer:
        from testamur.cli import _answers

        return _answers.verify(arguments.credentials, arguments.did, translate)
    try:
        if len(arguments.credentials) > 1:
            return _several(arguments, translate)
        arguments.credential = arguments.credentials[0]
        verdict = _verdict(arguments, translate)
    except Unusable as error:
        print(f"testamur verify: {error}", file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps(verdict.to_json(translate), ensure_ascii=False, indent=2))
    else:
        print("\n".join(lines(verdict, translate, arguments.language)))
    return 0 if verdict.valid else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="testamur verify", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument(
        "credentials", nargs="+", metavar="credential",
        help="a .jwt or .json credential, a bundle.json, or a certificate as PDF; or many credentials of one site",
    )  # fmt: skip
    parser.add_argument("--proof", type=Path, help="its .tlog-proof; without it the file beside it, then the site")
    parser.add_argument("--site", help="folder or origin with the public files; a mirror or a memory stick will do")
    parser.add_argument("--trust", type=Path, help="trust file (default: $TESTAMUR_TRUST or the one of `trust init`)")
    parser.add_argument("--at", help="the verifier's now, written 2026-11-22T12:00:00Z (default: the clock)")
    parser.add_argument("--on", help="was it valid on this past day? written 2026-03-31")
    parser.add_argument("--at-issue", action="store_true", help="was it valid when it was issued?")
    parser.add_argument("--answer", action="store_true", help="the files are signed answers of a register, as JSON")
    parser.add_argument("--did", help="with --answer: the host's DID document, /.well-known/did.json")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_language(parser)
    return parser


def _verdict(arguments: argparse.Namespace, translate: Translate) -> Verdict:
    data = read(Path(arguments.credential), translate)
    trust = read_trust(arguments.trust, translate)
    now, day = _moments(arguments, translate)
    proof = read(arguments.proof, translate) if arguments.proof else None
    try:
        site: sites.Site
        if data[:5] == b"%PDF-":
            from testamur.verification import printed  # what reads seals is slow to load, and most files have none

            asked = {"now": now, "on": day, "at_issue": arguments.at_issue}
            return printed.validate(data, site=_site(arguments, translate), trust=trust, **asked)
        if sites.is_bundle(data):
            bundle = sites.BundleSite(data)
            site, data = bundle, bundle.credential
        else:
            site = _site(arguments, translate)
            proof = proof or _beside(Path(arguments.credential))
        return validate(data, site=site, trust=trust, proof=proof, now=now, on=day, at_issue=arguments.at_issue)
    except Malformed as error:
        raise Unusable(_say(translate, _("The bundle cannot be used: {problem}."), problem=error)) from None
    except sites.Unreachable as error:
        raise Unusable(_say(translate, _("The site does not answer ({problem})."), problem=error)) from None
    except ValueError:
        raise Unusable(
            translate(_("--on asks about a day that has begun, and not together with --at-issue."))
        ) from None


def _several(arguments: argparse.Namespace, translate: Translate) -> int:
    """Verify many credentials of one site as of one instant, a line each; status 0 where all are VALID."""
    now, _day = _moments(arguments, translate)
    trust = read_trust(arguments.trust, translate)
    arguments.credential = arguments.credentials[0]
    site = _site(arguments, translate)
    files = [read(Path(name), translate) for name in arguments.credentials]
    alone = arguments.proof or arguments.on or arguments.at_issue
    if alone or any(data[:5] == b"%PDF-" or sites.is_bundle(data) for data in files):
        raise Unusable(
            translate(
                _(
                    "Many files are verified together as credentials of one site, at one instant: no bundle, no PDF, "
                    "and without --proof, --on and --at-issue. Verify the others one by one."
                )
            )
        )
    try:
        found = list(validate_all(files, site=site, trust=trust, now=now, with_issue=arguments.json))
    except sites.Unreachable as error:
        raise Unusable(_say(translate, _("The site does not answer ({problem})."), problem=error)) from None
    named = list(zip(arguments.credentials, found, strict=True))
    if arguments.json:
        listed = [{"file": name, **verdict.to_json(translate)} for name, verdict in named]
        print(json.dumps(listed, ensure_ascii=False, indent=2))
    else:
        show = shown(arguments.language)
        print("\n".join(f"{verdict.result} · {name} · {verdict.sentence(translate, show)}" for name, verdict in named))
    return 0 if all(verdict.valid for verdict in found) else 1


def _moments(arguments: argparse.Namespace, translate: Translate) -> tuple[datetime | None, date | None]:
    try:
        now = instant(arguments.at) if arguments.at else None
    except Malformed:
        raise Unusable(translate(_("--at is an instant with its zone, written 2026-11-22T12:00:00Z."))) from None
    try:
        day = date.fromisoformat(arguments.on) if arguments.on else None
    except ValueError:
        raise Unusable(translate(_("--on is a day, written 2026-03-31."))) from None
    return now, day


def _site(arguments: argparse.Namespace, translate: Translate) -> sites.Site:
    """Return the site that was named, or the folder that the credential lies in if it is laid out as one."""
    if arguments.site:
        return open_site(arguments.site, translate)
    folder = Path(arguments.credential).resolve().parent.parent
    if (folder / "log" / "checkpoint").is_file():
        return sites.FolderSite(folder)
    raise Unusable(
        translate(
            _("Say with --site where the public files are (a folder or an address), or give a bundle.json instead.")
        )
    )


def _beside(credential: Path) -> bytes | None:
    path = credential.with_name(credential.name.rsplit(".", 1)[0] + ".tlog-proof")
    return path.read_bytes() if path.is_file() else None


# What `trust` and `log` share with this command ----------------------------------------------------------------------


def open_site(place: str, translate: Translate) -> sites.Site:
    """Return the site at a folder or origin; Unusable where the folder does not exist."""
    if not place.startswith(("http://", "https://")) and not Path(place).is_dir():
        raise Unusable(_say(translate, _("There is no folder {place}."), place=place))
    return sites.open(place)


def read(path: Path, translate: Translate) -> bytes:
    """Return a file's bytes; Unusable where it cannot be read or is too large."""
    try:
        with path.open("rb") as file:
            data = file.read(sites.SIZE_MOST + 1)
    except OSError as error:
        raise Unusable(
            _say(translate, _("{path} cannot be read: {problem}."), path=path, problem=error.strerror)
        ) from None
    if len(data) > sites.SIZE_MOST:
        raise Unusable(_say(translate, _("{path} is too large."), path=path))
    return data


def read_trust(named: Path | None, translate: Translate) -> Trust:
    """Return the trust file; Unusable where there is none, saying how to make one."""
    path = named or trust_file.default_path()
    if not path.is_file():
        raise Unusable(
            _say(
                translate,
                _("There is no trust file {path}. `testamur trust init --site …` makes one."),
                path=path,
            )
        )
    try:
        return trust_file.parse(read(path, translate))
    except Malformed as error:
        raise Unusable(
            _say(translate, _("The trust file {path} cannot be used: {problem}."), path=path, problem=error)
        ) from None


def shown(language: str) -> Callable[[Any], str]:
    """Return the function that writes one fact: instants as 22 Nov 2026 12:00 UTC, or 2026年11月22日 12:00（UTC）."""

    def show(value: Any) -> str:
        if isinstance(value, datetime):
            if language == "zh":
                return f"{value.year}年{value.month}月{value.day}日 {value:%H:%M}（UTC）"
            return f"{value.day} {_MONTHS[value.month - 1]} {value.year} {value:%H:%M} UTC"
        return plain(value)

    return show


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _say(translate: Translate, message_id: str, **facts: Any) -> str:
    return translate(message_id).format(**facts)


# The page a person reads ---------------------------------------------------------------------------------------------

_PROVES = _(
    "This proves: the issuer signed exactly this content, the public log holds it, and each authority named above held."
)
_PROVES_NOT = _(
    "It does not prove: that the goods or the people before you are the ones certified, or how well the work was done."
)


def lines(verdict: Verdict, translate: Translate, language: str) -> list[str]:
    """Return the verdict as lines for a terminal: word, sentence, path, what it rests on, what it proves."""
    show = shown(language)
    found = [f"{verdict.result} · {translate(HEADLINES[verdict.result])}", verdict.sentence(translate, show), ""]
    if verdict.path:
        found += [translate(_("Line of authority")), *_tree(verdict, translate, show), ""]
    if verdict.at_issue and verdict.result is not verdict.at_issue:
        said = f"{verdict.at_issue} · {translate(HEADLINES[verdict.at_issue])}"
        found.append(_say(translate, _("When it was issued: {verdict}"), verdict=said))
    if verdict.result is not verdict.now:
        said = f"{verdict.now} · {translate(HEADLINES[verdict.now])}"
        found.append(_say(translate, _("Now: {verdict}"), verdict=said))
    found += _rests_on(verdict, translate, show)
    found += [said.sentence(translate, show) for said in verdict.assurance]
    if verdict.valid:
        found += ["", translate(_PROVES), translate(_PROVES_NOT)]
    return found


def _rests_on(verdict: Verdict, translate: Translate, show: Callable[[Any], str]) -> list[str]:
    as_of, found = verdict.as_of, []
    if as_of.log_index is not None and as_of.logged_at:
        found.append(
            _say(
                translate,
                _("Entry {index} of the log {log}, recorded {instant}."),
                index=as_of.log_index,
                log=as_of.log,
                instant=show(as_of.logged_at),
            )
        )
    if as_of.status_from and as_of.status_until:
        found.append(
            _say(
                translate,
                _("Status as of {start}, good until {end}."),
                start=show(as_of.status_from),
                end=show(as_of.status_until),
            )
        )
    for name, time in as_of.witnesses:
        seen = show(datetime.fromtimestamp(time, tz=as_of.now.tzinfo))
        found.append(_say(translate, _("Cosigned by {name}, {instant}."), name=name, instant=seen))
    return found


def _tree(verdict: Verdict, translate: Translate, show: Callable[[Any], str]) -> list[str]:
    """Return the path as an indented tree: each link stands under the one that rests on it."""
    found: list[str] = []

    def draw(place: int, before: str, last: bool, top: bool) -> None:
        link = verdict.path[place]
        below = [index for index, other in enumerate(verdict.path) if other.under == place]
        branch, rest = ("", "") if top else (("└─ ", "   ") if last else ("├─ ", "│  "))
        bar = "│  " if below else "   "
        for number, text in enumerate(_link(link, translate, show)):
            found.append(before + (branch if number == 0 else rest + bar) + text)
        for index in below:
            draw(index, before + rest, index == below[-1], False)

    draw(0, "", True, True)
    return found


def _link(link: Link, translate: Translate, show: Callable[[Any], str]) -> list[str]:
    kind = translate(KIND_WORDS[link.kind])
    if link.kind == "root":
        return [f"{kind}: {link.subject_name or link.id} ({link.id})"]
    status = translate(_STATUS_WORDS.get(link.status, link.status))
    verdict = "" if link.verdict == "VALID" else f" · {link.verdict}"
    found = [
        " · ".join(part for part in (f"{kind} {link.number or link.id}", link.subject_name, status) if part) + verdict
    ]
    if link.issuer:
        dates = "" if link.valid_from is None else show(link.valid_from)
        until = translate(_("no end")) if link.valid_until is None else show(link.valid_until)
        found.append(
            _say(
                translate,
                _("issued by {issuer}; {start} to {end}"),
                issuer=link.issuer_name or link.issuer,
                start=dates,
                end=until,
            )
        )
    for line in link.scope[:_LINES_SHOWN]:
        found.append(_say(translate, _("scope: {line}"), line="; ".join(f"{k} {_value(v)}" for k, v in line.items())))
    if len(link.scope) > _LINES_SHOWN:
        found.append(_say(translate, _("and {count} more lines"), count=len(link.scope) - _LINES_SHOWN))
    return found


#: Scope lines printed for one link; ``--json`` has them all.
_LINES_SHOWN = 5
_STATUS_WORDS = {
    **{str(status): STATUS_WORDS[status] for status in Status},
    "superseded": _("superseded"),
    "unknown": _("status not known"),
}


def _value(value: Any) -> str:
    if isinstance(value, dict):
        if "node" in value:
            return str(value["node"])
        ends = f"{value.get('from', '…')} – {value.get('to', '…')}"
        return f"{ends} {value.get('unit', '')}".strip()
    return str(value)
