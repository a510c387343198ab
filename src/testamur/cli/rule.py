"""``testamur rule``: answer a rule, list the rules, or run a file of worked cases. No framework is imported."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from testamur.cli._language import translator
from testamur.kernel.refusal import Refused
from testamur.rules import Result, evaluate, index
from testamur.rules.saying import shown
from testamur.rules.sources import written
from testamur.rules.writing import from_json, to_json


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 answered or all cases passed; 1 refused or a case failed; 2 unusable arguments.
    """
    parser = _parser()
    arguments = parser.parse_args(argv)
    chosen = [arguments.id is not None, arguments.list, arguments.cases is not None]
    if sum(chosen) != 1:
        parser.print_usage(sys.stderr)
        print("testamur rule: give a rule id, --list or --cases FILE.", file=sys.stderr)
        return 2
    try:
        if arguments.list:
            return _list(arguments.language, arguments.json)
        if arguments.cases is not None:
            return _cases(arguments.cases)
        return _answer(arguments)
    except Refused as refusal:
        return _refused(refusal, arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="testamur rule", description="Answer a rule of certification and show the working."
    )
    parser.add_argument("id", nargs="?", help="rule, e.g. MD5.audit_time")
    parser.add_argument("--inputs", help="inputs as JSON; @FILE reads a file, - reads standard input")
    parser.add_argument("--on", help="use the limits that hold on this day, written 2026-03-31")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--language", choices=("en", "zh"), default="en", help="language of the working")
    parser.add_argument("--list", action="store_true", help="list the rules of this build")
    parser.add_argument("--cases", type=Path, metavar="FILE", help="run a YAML file of worked cases")
    return parser


def _answer(arguments: argparse.Namespace) -> int:
    day = None
    if arguments.on:
        try:
            day = date.fromisoformat(arguments.on)
        except ValueError:
            return _unusable(f"--on: {arguments.on} is not a day, written 2026-03-31.")
    try:
        inputs = from_json(_text_of(arguments.inputs)) if arguments.inputs else {}
    except OSError as error:
        return _unusable(f"--inputs: {error}.")
    except ValueError as error:
        return _unusable(f"--inputs is not JSON: {error}.")
    if not isinstance(inputs, dict):
        return _unusable("--inputs is a JSON object of input names and values.")
    result = evaluate(arguments.id, inputs, on=day)
    if arguments.json:
        print(to_json(result.to_json(), indent=2))
    else:
        _print(result, arguments.language)
    return 0


def _text_of(inputs: str) -> str:
    if inputs == "-":
        return sys.stdin.read()
    return Path(inputs[1:]).read_text(encoding="utf-8") if inputs.startswith("@") else inputs


def _unusable(sentence: str) -> int:
    print(f"testamur rule: {sentence}", file=sys.stderr)
    return 2


def _print(result: Result, language: str) -> None:
    print(to_json(result.output))
    print()
    print(f"{result.rule.id}: {result.rule.title[language]}")
    for step in result.working:
        value = "" if step.value is None else f"  {_value(step.value, language)}"
        source = f"  [{written(step.source)[language]}]" if step.source else ""
        print(f"  {step.words[language]}{value}{source}")
    sources = "; ".join(written(source)[language] for source in result.source)
    print({"en": f"Source: {sources}", "zh": f"依据：{sources}"}[language])
    if result.unconfirmed:
        print(
            {
                "en": "Unconfirmed: a value used here must be confirmed before anyone relies on it.",
                "zh": "未经确认：所用数值须确认后方可依赖。",
            }[language]
        )


def _value(value: Any, language: str) -> str:
    if isinstance(value, Decimal) and value.is_zero():
        return "0"
    return shown(value, language)


def _list(language: str, as_json: bool) -> int:
    if as_json:
        data = {
            rule.id: {
                "title": rule.title,
                "inputs": list(rule.inputs),
                "supplied": list(rule.supplied),
                "bind": list(rule.bind),
                "decides": list(rule.decides),
                "source": list(rule.source),
            }
            for rule in index().values()
        }
        print(to_json(data, indent=2))
        return 0
    width = max(len(name) for name in index())
    for rule in index().values():
        print(f"{rule.id:<{width}}  {rule.title[language]}")
    return 0


def _cases(file: Path) -> int:
    from testamur.rules import cases

    here, elsewhere = cases.known(cases.read(file))
    outcomes = [cases.run(case) for case in here]
    failed = [outcome for outcome in outcomes if outcome.problems]
    for outcome in failed:
        for problem in outcome.problems:
            print(f"{outcome.case}: {problem}")
    if elsewhere:
        names = sorted({str(case["rule"]) for case in elsewhere})
        print(f"{len(elsewhere)} not in this build ({len(names)} rules: {', '.join(names)})")
    print(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def _refused(refusal: Refused, arguments: argparse.Namespace) -> int:
    language = arguments.language
    sentence = refusal.sentence(translator(language), lambda fact: shown(fact, language))
    source = written(refusal.source)[language] if refusal.source else ""
    if arguments.json:
        data = {"refused": sentence, "field": refusal.field, "rule": refusal.rule, "source": refusal.source}
        print(to_json(data, indent=2))
    else:
        print(f"{sentence}{f'  [{refusal.rule}: {source}]' if refusal.rule else ''}", file=sys.stderr)
    return 1
