"""``testamur tqm``: compute a statistical method, draw it, list the methods, or run a folder of worked cases.

``testamur tqm xbar_r --input rings.json`` prints the answer; ``--json`` all of it with its evidence; ``--plot out.svg``
draws it. The input is JSON (``{"data": …, "parameters": …}``) or a table (CSV, TSV). No framework is imported.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testamur.cli._language import add_language, translator
from testamur.kernel.refusal import Refused, _

if TYPE_CHECKING:
    from testamur.tqm.results import Result


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 answered or all cases passed; 1 refused or a case failed; 2 unusable arguments.
    """
    parser = _parser()
    arguments = parser.parse_args(argv)
    chosen = [arguments.method is not None, arguments.list, arguments.cases is not None]
    if sum(chosen) != 1:
        parser.print_usage(sys.stderr)
        print("testamur tqm: give a METHOD, --list or --cases DIR.", file=sys.stderr)
        return 2
    try:
        import scipy  # noqa: F401
    except ModuleNotFoundError:
        print("testamur tqm: numpy and scipy are needed: install testamur[tqm].", file=sys.stderr)
        return 2
    try:
        if arguments.list:
            return _list(arguments)
        if arguments.cases is not None:
            return _cases(arguments.cases)
        return _answer(arguments)
    except Refused as refusal:
        return _refused(refusal, arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="testamur tqm", description="Compute a statistical method and show its evidence."
    )
    parser.add_argument("method", nargs="?", metavar="METHOD", help="method, e.g. xbar_r; --list names them")
    parser.add_argument("--input", metavar="FILE", help="JSON, CSV or TSV; - reads standard input")
    parser.add_argument(
        "--parameter", "-p", action="append", default=[], metavar="NAME=VALUE", help="e.g. usl=74.05; may be repeated"
    )
    parser.add_argument("--json", action="store_true", help="print everything as JSON, with the evidence")
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw into FILE: .svg, or .csv and .html for the numbers"
    )
    parser.add_argument("--list", action="store_true", help="list the methods of this build")
    parser.add_argument("--cases", type=Path, metavar="DIR", help="run a folder of worked cases")
    add_language(parser)
    return parser


def _answer(arguments: argparse.Namespace) -> int:
    from testamur.tqm.methods import find
    from testamur.tqm.reading import decoded, read

    method = find(arguments.method)
    data: Any = None
    parameters: Any = {}
    if arguments.input is not None:
        try:
            raw = sys.stdin.buffer.read() if arguments.input == "-" else Path(arguments.input).read_bytes()
        except OSError as error:
            return _unusable(f"--input: {error.filename}: {error.strerror}.")
        data, parameters = read(decoded(raw), method)
    extra = _parameters(arguments.parameter)
    if extra is None:
        return _unusable("--parameter is written NAME=VALUE, e.g. usl=74.05.")
    if extra:
        parameters = {**(parameters or {}), **extra}
    result = method.run(data, parameters)
    if arguments.plot is not None:
        return _plot(result, arguments)
    if arguments.json:
        found = {"method": method.id, **result.to_dict(), "evidence": result.evidence()}
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _print(result, method.title, arguments.language)
    return 0


def _parameters(given: Sequence[str]) -> dict[str, Any] | None:
    found = {}
    for pair in given:
        name, mark, text = pair.partition("=")
        if not mark or not name.strip():
            return None
        try:
            found[name.strip()] = json.loads(text)
        except ValueError:
            found[name.strip()] = text
    return found


def _plot(result: Result, arguments: argparse.Namespace) -> int:
    from testamur.tqm.figures.of import figure_of
    from testamur.tqm.figures.svg import to_svg
    from testamur.tqm.figures.tables import to_csv, to_html

    figure = figure_of(result)
    translate = translator(arguments.language)
    kind = arguments.plot.suffix.lower()
    if kind == ".csv":
        # Spreadsheets take a file without a mark for their own country's letters.
        text = "\ufeff" + to_csv(figure, translate)
    elif kind == ".html":
        text = to_html(figure, translate)
    else:
        text = to_svg(figure, translate, language=arguments.language)
    arguments.plot.write_text(text, encoding="utf-8", newline="")
    print(f"{arguments.plot}: {len(figure.plots)} × {kind.lstrip('.') or 'svg'}")
    return 0


def _print(result: Result, title: Mapping[str, str], language: str) -> None:
    from testamur.rules.saying import shown
    from testamur.tqm.results import listed, simple

    translate = translator(language)
    print(title[language])
    for label, value in listed(simple(result.answer())):
        if not {"parameters", "segments"} & set(label.split(".")):  # how it was computed, not what came of it
            print(f"  {label}: {value}")
    evidence = result.evidence()
    if result.estimator:
        print("  " + translate(_("estimator: {name}")).format(name=result.estimator))
    for warning in result.warnings:
        print("! " + warning.sentence(translate, lambda fact: shown(fact, language)))
    line = translate(_("Source: {source}; inputs SHA-256 {digest}"))
    print(line.format(source=result.provenance.document, digest=evidence["inputs_sha256"]))


def _list(arguments: argparse.Namespace) -> int:
    from testamur.tqm.methods import index
    from testamur.tqm.results import simple

    if arguments.json:
        data = {
            method.id: {
                "title": method.title,
                "source": method.source,
                "editions": method.editions,
                "data": list(method.data),
                "parameters": {
                    name: simple(about.default) if about.default is not ... else "required"
                    for name, about in method.parameters.items()
                },
            }
            for method in index().values()
        }
        print(json.dumps(data, ensure_ascii=False, indent=2))
        return 0
    width = max(len(name) for name in index())
    for method in index().values():
        print(f"{method.id:<{width}}  {method.title[arguments.language]}")
    return 0


def _cases(folder: Path) -> int:
    from testamur.tqm import cases
    from testamur.tqm.methods import index

    every = cases.read(folder)
    here = [case for case in every if case["method"] in index()]
    elsewhere = sorted({str(case["method"]) for case in every} - set(index()))
    outcomes = [cases.run(case) for case in here]
    failed = [outcome for outcome in outcomes if outcome.problems]
    for outcome in failed:
        for problem in outcome.problems:
            print(f"{outcome.case}: {problem}")
    if elsewhere:
        print(f"{len(every) - len(here)} not in this build (methods: {', '.join(elsewhere)})")
    print(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def _unusable(sentence: str) -> int:
    print(f"testamur tqm: {sentence}", file=sys.stderr)
    return 2


def _refused(refusal: Refused, arguments: argparse.Namespace) -> int:
    from testamur.rules.saying import shown

    sentence = refusal.sentence(translator(arguments.language), lambda fact: shown(fact, arguments.language))
    if arguments.json:
        print(json.dumps({"refused": sentence, "field": refusal.field}, ensure_ascii=False, indent=2))
    else:
        print(sentence, file=sys.stderr)
    return 1
