"""`testamur verify` and `testamur rule` belong to strangers: they start without the platform."""

from __future__ import annotations

import subprocess
import sys

import pytest

from testamur import cli

# Hides every installed package but the base dependencies, as an environment without extras would.
ALONE = """
import importlib.metadata as metadata, sys
sys.argv = ["testamur"]
allowed = {"testamur", "cryptography", "cffi", "pycparser", "chinesecalendar", "typing-extensions"}
owners = metadata.packages_distributions()
class Hide:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in owners and not {owner.lower() for owner in owners[top]} & allowed:
            raise ModuleNotFoundError(f"No module named {name!r} (hidden by the test)", name=name)
sys.meta_path.insert(0, Hide())
from testamur import cli
try:
    code = cli.main(%r)
except SystemExit as stopped:
    code = stopped.code or 0
print("\\nDJANGO" if any(name.partition(".")[0] == "django" for name in sys.modules) else "\\nALONE", code)
"""


def run_alone(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ALONE % list(arguments)], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("command", ["verify", "rule", "log", "trust", "witness", "site", "tqm"])
def test_a_strangers_command_starts_without_the_platform(command):
    done = run_alone(command, "--help")

    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "ALONE 0"


def test_a_rule_is_computed_without_the_platform():
    done = run_alone("rule", "CN.uscc", "--inputs", '{"code": "91350100M000100Y43"}')

    assert done.stdout.splitlines()[-1].startswith("ALONE")
    assert "Traceback" not in done.stderr


def test_a_strangers_command_does_not_import_the_framework_where_it_is_installed():
    code = (
        "import sys; import testamur.cli.verify, testamur.cli.rule; "
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'django', 'ninja', 'allauth', 'pydantic'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.strip() == "[]"


def test_help_names_every_command_with_its_summary():
    text = cli.usage()

    assert [name for name in cli.names() if f"  {name} " not in text] == []
    assert [name for name in cli.names() if len(cli.summary(name)) < 10] == []


def test_an_unknown_command_is_answered_with_a_sentence(capsys):
    code = cli.main(["serv"])

    assert code == 2
    assert "Did you mean 'serve'?" in capsys.readouterr().err
