"""How long a certificate to hang on the wall takes, and how long a browser needs for a verdict on its bundle.

``python -m bench printing``, or this file by itself.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
for folder in (ROOT, ROOT / "src", ROOT / "tests"):
    sys.path.insert(0, str(folder))

from bench.figures import Figure, table  # noqa: E402
from bench.sandbox import installation  # noqa: E402

TIMES = 20


def figures() -> list[Figure]:
    """Measure a sheet, a sealed sheet, the check of one, and the browser's verdict cold and warm."""
    with installation():
        from testamur.attestation.printing import sealing, typesetting
        from testamur.verification import pdf

        if typesetting.lacking():
            found = [Figure(f"printing: {typesetting.lacking()} is not installed", 0, "ms")]
        else:
            found = _printing(typesetting, sealing, pdf)
    return found + _browser()


def _printing(typesetting: Any, sealing: Any, pdf: Any) -> list[Figure]:
    from testamur.keys.signer import MemorySigner
    from testamur.parties.models import Organisation

    facts, at = _facts(), datetime(2026, 11, 22, tzinfo=UTC)
    signer = MemorySigner.generate(sample=True)
    issuer = Organisation(public_id="BENCH00001", names={"en": "Sample body"})
    _make_seal(sealing.path_of(issuer))
    seal = sealing.seal_of(issuer)

    def plain() -> bytes:
        made = typesetting.typeset("management-system", facts, at=at)
        return pdf.mark(made, signer, "did:web:sample.testamur.example:org:cb1#k1", {"seals": [seal.digest]})

    def sealed() -> bytes:
        return sealing.sealed(plain(), seal, reason="bench")

    began = time.perf_counter()
    data = sealed()
    first = (time.perf_counter() - began) * 1000
    assert pdf.read(data).problem() is None
    return [
        Figure("first sealed PDF of a process (fonts, seal)", first, "ms"),
        Figure("PDF/A-3b, marked", _median(plain), "ms", "≤ 40 ms"),
        Figure("PDF/A-3b, marked and sealed", _median(sealed), "ms", "≤ 120 ms"),
        Figure("size of the sealed file", len(data) / 1024, "KB"),
        Figure("reading a sealed PDF, digests and seal", _median(lambda: pdf.read(data).problem()), "ms"),
    ]


def _browser() -> list[Figure]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        return [Figure("browser verdict: Chromium is not installed", 0, "ms")]
    from playwright.sync_api import sync_playwright

    from tests.browser import verifier
    from tests.browser.recording import bundle_of
    from unit.verification.universe import HOST, NOW, World

    world = World()
    world.cosigners, world.quorum = ["w1", "w2"], 2
    world.build()
    case = {
        "bundle": bundle_of(world.certificate, world.files, HOST),
        "trust": json.dumps(world.trust.to_json()),
        "now": NOW.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = verifier.page_of(browser)
        times = []
        for _ in range(TIMES):
            (found,) = verifier.run(page, [case])
            assert found["result"] == "VALID", found
            times.append(found["milliseconds"])
        browser.close()
    label = "browser verdict on a bundle of {size} KB, two cosigners".format(size=len(case["bundle"]) // 1024)
    return [
        Figure(f"{label}, first", times[0], "ms", "≤ 300 ms"),
        Figure(f"{label}, median", statistics.median(times), "ms", "≤ 300 ms"),
    ]


def _facts() -> dict[str, Any]:
    """Return the facts of a sheet as the sample world's have them, with a credential of usual size."""
    from testamur.attestation.printing.sheet import _qr
    from testamur.verification import layout
    from unit.verification.universe import CERT, World

    world = World().build()
    both = {"zh": "示例精密零部件有限公司", "en": "Sample Precision Parts Co., Ltd."}
    return {
        "number": "00126Q00001R0S",
        "title": {"zh": "质量管理体系认证", "en": "Quality management system certification"},
        "edition": 2, "issuer": {"names": both}, "holder": {"names": both, "address": both}, "parties": [],
        "standards": ["GB/T 19001-2016"], "statement": both, "conditions": {}, "condition": {}, "mode": {},
        "models": [], "trademark": "", "grade": "",
        "authorities": [{"kind": {"en": "licence", "zh": "批准号"}, "number": "CNCA-R-2026-001"}],
        "columns": [{"zh": "文件", "en": "document"}], "lines": [[both]] * 5,
        "sites": [{"names": both, "address": both, "statement": both}] * 2, "issued": "2026-06-05",
        "effective": "2026-06-03", "expires": "2029-06-03", "prevails": "zh", "sample": True,
        "address": f"https://sample.testamur.example/c/{CERT}", "qr": _qr(f"https://sample.testamur.example/c/{CERT}"),
        "jwt": world.certificate.decode(), "twin": world.files[layout.certificate(CERT, "json")].decode(),
        "host": "sample.testamur.example",
    }  # fmt: skip


def _make_seal(path: Path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

    from testamur.transparency import custody

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Sample seal")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .add_extension(x509.KeyUsage(True, True, *[False] * 7), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    secret = BestAvailableEncryption(custody.passphrase().encode())
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"seal", key, made, None, secret))


def _median(work: Callable[[], object]) -> float:
    """Return the median of some warm runs, milliseconds."""
    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    print(table("Printing, and the browser's verdict", figures()))
