"""The verifier in the browser says what the Python one says, on every question we know how to ask."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from testamur.kernel.public_keys import ed25519_jwk
from testamur.verification import jcs, layout, path, root_list, trust_file
from testamur.verification.entry import instant
from testamur.verification.signature import PublicKey
from testamur.verification.site import BundleSite
from testamur.verification.strict_json import Malformed, parse
from tests.browser import verifier
from tests.browser.recording import answer_of
from tests.shared import ROOT, shared
from unit.verification import path_cases
from unit.verification.test_root_lists import A, B, C, E, Lists
from unit.verification.universe import NOW

UNITS = ROOT / "tests/unit/verification"


@pytest.fixture(scope="module")
def checker(chromium) -> Any:
    page = verifier.page_of(chromium)
    yield page
    page.context.close()


def differences(page: Any, cases: list[dict[str, Any]]) -> list[str]:
    """Return the name of each case on which the browser differs, and in what."""
    found = []
    for case, got in zip(cases, verifier.run(page, cases), strict=True):
        wanted = case["answer"]
        if wanted["at_issue"] is None:  # the Python verifier was told not to look
            wanted = {**wanted, "at_issue": got.get("at_issue")}
        different = {name: (wanted[name], got.get(name)) for name in wanted if wanted[name] != got.get(name)}
        if different:
            found.append(f"{case['name']}: {got.get('error') or different}")
    return found


def test_both_verifiers_agree_on_every_question_of_the_path_tests(checker, tmp_path):
    record = tmp_path / "cases.json"
    files = sorted(map(str, [*UNITS.glob("test_path*.py"), UNITS / "test_root_lists.py"]))
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.browser.recording", *files],
        cwd=ROOT, env={**os.environ, "TESTAMUR_RECORD": str(record), "TESTAMUR_TEST_VAR": str(tmp_path / "var")},
        capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-2000:]
    cases = json.loads(record.read_text(encoding="utf-8"))

    assert len(cases) >= 100
    assert len({case["answer"]["result"] for case in cases}) >= 15
    assert sum(case["answer"]["result"] == "TRUST_INVALID" for case in cases) >= 10
    assert differences(checker, cases) == []


def test_the_browser_takes_a_new_root_list_that_the_old_roots_signed_and_asks_about_any_other(chromium):
    lists = Lists()
    files = lists.world.files
    first = json.dumps(lists.trust.to_json()).encode()
    page = verifier.page_of(chromium, lambda path: files.get(path))
    page.clock.set_fixed_time(NOW)

    def held() -> list[Any]:
        return page.evaluate(
            """async () => {
              const { current } = await import("/testamur/verify/trust.js");
              const { trust, newer } = await current();
              return [trust.version, newer === null];
            }"""
        )

    followed = files[layout.TRUST_ROOTS]
    files[layout.TRUST_ROOTS] = first
    assert held() == [1, True]
    files[layout.TRUST_ROOTS] = followed
    assert held() == [3, True]
    lists.put(4, root_list.body(replace(lists.third, version=4)), A, B)
    lists.show(4)
    assert held() == [3, False]
    lists.put(4, root_list.body(replace(lists.third, version=4)), C, E)
    lists.show(4, logged=False)
    assert held() == [3, False]
    lists.show(4)
    assert held() == [4, True]
    files[layout.TRUST_ROOTS] = b"no list"
    assert held() == [4, False]
    page.context.close()


def test_both_verifiers_agree_on_every_row_of_the_table_of_path_cases(checker, tmp_path):
    written = path_cases.write(tmp_path)
    cases = verifier.read_folder(tmp_path)
    for case in cases:
        site, trust = BundleSite(case["bundle"].encode()), trust_file.parse(case["trust"].encode())
        verdict = path.validate(site.credential, site=site, trust=trust, now=instant(case["now"]))
        case["answer"] = answer_of(verdict)

    assert len(cases) == written >= 160
    assert len({case["expected"]["result"] for case in cases}) >= 15
    assert differences(checker, cases) == []
    codes = {case["name"]: {name: case["answer"][name] for name in case["expected"]} for case in cases}
    assert codes == {case["name"]: case["expected"] for case in cases}


#: Texts on which lenient readers differ; each is read or refused alike, and spelt alike where it is read.
TEXTS = [
    '{"a":1,"a":2}', '{"a":1.0}', '{"a":1e2}', '{"a":-0}', '{"a":0.1}', '{"a":1e400}', '{"a":9007199254740993}',
    '{"a":01}', '{"a":"\\u0000"}', '{"a":"\\ud800"}', '{"a":"\\ud83d\\ude00"}', '{"\\u20ac":1,"\\r":2,"\\ufb33":3}',
    '{"a":NaN}', '{"a":Infinity}', '{"a":1,}', "{'a':1}", '{"a":"\t"}', '{"a":"\\x"}', '{"a":1}x', " {\"a\" : [ ] } ",
    '{"__proto__":{"b":1},"constructor":2}', '{"a":tru}', '{"a":"\\u00zz"}', '\ufeff{"a":1}', "", "{", '{"a"}',
    '{"a":' + "[" * 70 + "]" * 70 + "}", '{"a":1e-7,"b":1e21,"c":123456789012345680000.0,"d":5e-324}', '{"a":null}',
    '{"😀":1,"\ufb33":2}',
]  # fmt: skip


def test_both_readers_take_and_spell_the_same_json(checker):
    wanted: list[str | None] = []
    for text in TEXTS:
        try:
            wanted.append(jcs.canonical(parse(text)).decode())
        except Malformed:
            wanted.append(None)

    got = checker.evaluate(
        """async (texts) => {
          const [{ parse, Malformed }, { canonical }] = await Promise.all(
            ["strict_json", "jcs"].map((name) => import(`/testamur/verify/${name}.js`)));
          return texts.map((text) => {
            try {
              return new TextDecoder().decode(canonical(parse(new TextEncoder().encode(text))));
            } catch (error) {
              if (error instanceof Malformed) return null;
              throw error;
            }
          });
        }""",
        TEXTS,
    )

    assert dict(zip(TEXTS, got, strict=True)) == dict(zip(TEXTS, wanted, strict=True))
    assert None in wanted and any(wanted)


def test_both_take_and_refuse_the_same_edge_cases_of_ed25519(checker):
    vectors = json.loads(shared("cases", "trust", "ed25519", "ed25519vectors.json").read_text(encoding="utf-8"))
    rows = [[one["key"], one["sig"], one["msg"]] for one in vectors]
    wanted = []
    for key, signature, message in rows:
        try:
            public = PublicKey.from_jwk(ed25519_jwk(bytes.fromhex(key)))
            wanted.append(public.verifies(bytes.fromhex(signature), message.encode()))
        except Malformed:
            wanted.append(None)

    got = checker.evaluate(
        """async (rows) => {
          const [{ PublicKey }, { Malformed }] = await Promise.all(
            ["signature", "strict_json"].map((name) => import(`/testamur/verify/${name}.js`)));
          const bytes = (hex) => Uint8Array.from(hex.match(/../g), (two) => parseInt(two, 16));
          return Promise.all(rows.map(async ([key, signature, message]) => {
            try {
              const found = await PublicKey.fromEd25519(bytes(key));
              return await found.verifies(bytes(signature), new TextEncoder().encode(message));
            } catch (error) {
              if (error instanceof Malformed) return null;
              throw error;
            }
          }));
        }""",
        rows,
    )

    assert len(rows) > 900
    assert [row for row, ours, theirs in zip(rows, wanted, got, strict=True) if ours != theirs] == []
