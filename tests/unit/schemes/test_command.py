"""``testamur schemes``: what it prints, how it ends, and that it loads no framework."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from testamur.cli.schemes import main
from testamur.kernel.refusal import Refused
from testamur.schemes.language.library import SHIPPED

QMS = str(SHIPPED / "management-systems/cn-qms/2026-1.toml")
CCC = str(SHIPPED / "compulsory/ccc-0901/2026-1.toml")


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / "library"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("published.sha256"))
    return folder


def test_a_sound_file_is_well_formed_and_its_doubts_are_counted(capsys):
    assert main(["check", "--language", "en", QMS]) == 0
    assert capsys.readouterr().out.startswith("cn-qms/2026-1.toml: cn-qms@2026-1 is well formed; ")


def test_a_mistake_is_printed_with_file_and_line(capsys, library):
    file = library / "products/voluntary-product-type5/2026-1.toml"
    text = file.read_text("utf-8").replace('source = "iso-17065@2012#7.5.1"\n', "", 1)
    file.write_text(text, "utf-8")
    line = text[: text.index("[review]")].count("\n") + 1

    assert main(["check", "--language", "en", str(file)]) == 1
    assert capsys.readouterr().out == (
        f"voluntary-product-type5/2026-1.toml:{line}: "
        '[review] cites no source; add source = "document@version#clause".\n'
    )


def test_a_mistake_is_printed_in_chinese(capsys, library):
    file = library / "products/voluntary-product-type5/2026-1.toml"
    file.write_text(file.read_text("utf-8").replace("[review]", "[reveiw]", 1), "utf-8")

    assert main(["check", "--language", "zh", str(file)]) == 1
    assert "[reveiw]" in capsys.readouterr().out


def test_strict_names_every_value_nobody_has_checked(capsys):
    assert main(["check", "--language", "en", "--strict", QMS]) == 1
    said = capsys.readouterr().out
    assert (
        '[[ground]] "surveillance_missed" at_most is unconfirmed: nobody has checked it against cnca-qms-01@2025'
        in said
    )


def test_keys_that_are_read_but_not_acted_on_are_named(capsys):
    assert main(["check", "--language", "en", CCC]) == 0
    assert "round.when is read, not yet acted on" in capsys.readouterr().out


def test_the_report_can_be_read_by_a_program(capsys, library):
    file = library / "products/voluntary-product-type5/2026-1.toml"
    file.write_text(file.read_text("utf-8").replace('party = "third"', 'party = "thrid"', 1), "utf-8")

    assert main(["check", "--json", "--language", "en", str(file), QMS]) == 1
    bad, good = json.loads(capsys.readouterr().out)

    assert bad["mistakes"][0]["sentence"].startswith('[scheme] party "thrid" is not one of')
    assert (bad["well_formed"], good["well_formed"]) == (False, True)
    assert good["scheme"] == "cn-qms@2026-1"


def test_a_file_that_is_not_there_is_said_without_a_traceback(capsys):
    from testamur.cli import main as testamur

    assert testamur(["schemes", "check", "nowhere.toml"]) == 2
    assert "nowhere.toml" in capsys.readouterr().err


def test_show_prints_the_flattened_scheme_its_digests_and_its_extract(capsys):
    assert main(["show", "cn-qms"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert main(["show", "cn-qms@2026-1", "--digests"]) == 0
    digests = json.loads(capsys.readouterr().out)
    assert main(["show", "cn-qms", "--extract"]) == 0
    extract = json.loads(capsys.readouterr().out)

    assert body["digests"] == digests["parts"]
    assert extract != body
    assert extract["scheme"] == "cn-qms"
    with pytest.raises(Refused, match="does not hold the scheme cn-nothing"):
        main(["show", "cn-nothing"])


def test_the_schemes_of_the_library_are_listed(capsys):
    assert main(["list", "--language", "zh"]) == 0
    assert "质量管理体系认证（中国）" in capsys.readouterr().out


def test_grammar_reference_and_schema_are_printed(capsys):
    assert main(["grammar", "--language", "en"]) == 0
    assert "[[ground]]" in capsys.readouterr().out
    assert main(["reference", "--language", "zh"]) == 0
    assert capsys.readouterr().out.startswith("# 方案语言")
    assert main(["json-schema"]) == 0
    assert json.loads(capsys.readouterr().out)["$schema"].endswith("2020-12/schema")


def test_a_pinned_file_is_refused_when_it_changed(capsys, library):
    file = library / "products/voluntary-product-type5/2026-1.toml"

    assert main(["pin", str(file)]) == 0
    assert main(["check", str(file)]) == 0
    file.write_text(file.read_text("utf-8") + "\n# later\n", "utf-8")
    capsys.readouterr()

    assert main(["check", "--language", "en", str(file)]) == 1
    assert "This version is published and has changed since; write a new version." in capsys.readouterr().out
    assert main(["pin", "--language", "en", str(file)]) == 1


def test_checking_loads_no_framework():
    script = (
        "import sys; from testamur.cli.schemes import main; code = main(['check', sys.argv[1]]); "
        "sys.exit(code or any(name.split('.')[0] == 'django' for name in sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", script, QMS], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
