"""A pytest plugin: writes every question that a run asked of path validation, with the answer, as cases of data.

``python -m pytest -p tests.browser.recording tests/unit/verification/test_paths.py`` with TESTAMUR_RECORD naming the
file; the browser's verifier is then asked the same questions.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from testamur.kernel.days import iso
from testamur.verification import path as paths
from testamur.verification.verdict import Verdict

_CASES: list[dict[str, Any]] = []
_validate = paths.validate


def answer_of(verdict: Verdict) -> dict[str, Any]:
    """Return of a verdict what both verifiers must agree on: codes, sentence, path, assurance, place in the log."""
    return {
        "result": str(verdict.result),
        "now": str(verdict.now),
        "at_issue": str(verdict.at_issue) if verdict.at_issue else None,
        "on": str(verdict.on[1]) if verdict.on else None,
        "reason": verdict.reason.message_id,
        "assurance": [said.message_id for said in verdict.assurance],
        "path": [[link.kind, link.id, link.status, str(link.verdict), link.under] for link in verdict.path],
        "witnesses": [list(one) for one in verdict.as_of.witnesses],
        "index": verdict.as_of.log_index,
    }


def bundle_of(credential: bytes, files: dict[str, bytes], host: str) -> str | None:
    """Return a bundle of a credential and the files of a site as JSON text; None where one of them is no text.

    Tiles of the log are left out: no validation reads them.
    """
    try:
        texts = {path: data.decode() for path, data in files.items() if not path.startswith("log/")}
        texts["credential"] = credential.decode()
    except UnicodeDecodeError:
        return None
    return json.dumps({"type": "testamur-bundle", "v": 1, "host": host, "credential": "credential", "files": texts})


def _recorded(credential: bytes, **asked: Any) -> Verdict:
    verdict = _validate(credential, **asked)
    files, now, on = getattr(asked["site"], "files", None), asked.get("now"), asked.get("on")
    if files is None or now is None or asked.get("proof") is not None or asked.get("cache") is not None:
        return verdict  # a bundle carries neither a proof beside it nor what an earlier validation knew
    bundle = bundle_of(credential, files, asked["trust"].host)
    if bundle is not None:
        _CASES.append(
            {
                "name": os.environ.get("PYTEST_CURRENT_TEST", "").rpartition("::")[2],
                "bundle": bundle,
                "trust": json.dumps(asked["trust"].to_json()),
                "now": iso(now),
                "on": on.isoformat() if on else None,
                "at_issue": asked.get("at_issue", False),
                "answer": answer_of(verdict),
            }
        )
    return verdict


def pytest_configure() -> None:
    paths.validate = _recorded


def pytest_unconfigure() -> None:
    paths.validate = _validate
    Path(os.environ["TESTAMUR_RECORD"]).write_text(json.dumps(_CASES), encoding="utf-8")
