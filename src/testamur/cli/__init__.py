"""The ``testamur`` command. Every import of a sub-command happens inside it.

A sub-command is a module of this package with ``main(argv) -> int``; its docstring's first line is its help. Modules
are found by their files, so that ``testamur verify`` and ``testamur rule`` start without importing Django.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from testamur.kernel.refusal import Refused

HERE = Path(__file__).resolve().parent


def names() -> list[str]:
    """Return the sub-commands in the order of the alphabet."""
    return sorted(file.stem for file in HERE.glob("*.py") if not file.stem.startswith("_"))


def summary(name: str) -> str:
    """Return the first line of a sub-command's docstring without importing it."""
    import ast

    tree = ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").partition("\n")[0].rstrip(".")


def usage() -> str:
    """Return what ``testamur --help`` prints."""
    rows = [f"  {name:<12} {summary(name)}" for name in names()]
    return "\n".join(
        [
            "Usage: testamur COMMAND [ARGUMENTS]",
            "",
            "Open platform for quality certification.",
            "",
            *rows,
            "",
            "`testamur COMMAND --help` explains one of them.",
        ]
    )


def django() -> None:
    """Load the platform's settings and apps; for sub-commands that work with the database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testamur.config.settings")
    try:
        import django as framework
    except ModuleNotFoundError:
        raise SystemExit(
            "This command needs the platform: install testamur[platform], or run `make setup` in a checkout."
        ) from None
    framework.setup()


def refusal_text(error: Refused, language: str = "") -> str:
    """Return a refusal as a person reads it in a terminal: the sentence, then rule and source, then who can help.

    Args:
        language: ``en`` or ``zh``; without it the terminal's locale decides.
    """
    from testamur.cli._language import spoken, translator
    from testamur.kernel.refusal import _
    from testamur.rules.saying import shown

    language = language or spoken()
    translate = translator(language)

    def said(fact: object) -> str:
        known = fact if isinstance(fact, Mapping) else {}
        # A name may be known in one script only.
        return shown(fact if language in known or not known else next(iter(known.values())), language)

    lines = [error.sentence(translate, said)]
    rule = " · ".join(part for part in (error.rule, error.source) if part)
    if rule:
        lines.append("  " + translate(_("rule: {rule}")).format(rule=rule))
    if error.who:
        lines.append("  " + translate(_("who can change this: {who}")).format(who=translate(error.who)))
    if error.until:
        lines.append("  " + translate(_("allowed from: {day}")).format(day=said(error.until)))
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> int:
    """Run one sub-command and return its exit code: 0 done, 1 refused or not valid, 2 not understood."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(usage())
        return 0 if arguments else 2
    if arguments[0] == "--version":
        from importlib.metadata import version

        print(version("testamur"))
        return 0
    name, rest = arguments[0], arguments[1:]
    if name not in names():
        from difflib import get_close_matches

        near = get_close_matches(name, names(), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        print(f"testamur: there is no command {name!r}.{hint} `testamur --help` lists them.", file=sys.stderr)
        return 2

    from testamur.kernel.refusal import Refused

    try:
        return import_module(f"testamur.cli.{name}").main(rest) or 0
    except Refused as error:
        print(refusal_text(error), file=sys.stderr)
        return 1
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        print(f"testamur {name}: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader (head, less) has seen enough; what is left in the buffer has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if type(error).__name__ == "ImproperlyConfigured":
            print(f"testamur {name}: {error}", file=sys.stderr)
            return 2
        if type(error).__name__ == "OperationalError":
            print(
                f"testamur {name}: the database does not answer as expected: {error}\n"
                "  `testamur migrate` prepares it; TESTAMUR_DATABASE_URL says where it is.",
                file=sys.stderr,
            )
            return 2
        raise
