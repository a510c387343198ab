"""Verify a file. The page's scripts check it in the browser; without scripts the server is asked, and says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from testamur.kernel import clock
from testamur.kernel.refusal import Refused, _
from testamur.portal import checks, showing
from testamur.portal.frame import page
from testamur.portal.limits import limited
from testamur.register.models import Attestation
from testamur.transparency import publication
from testamur.verification import credential, layout, trust_file
from testamur.verification.path import validate
from testamur.verification.site import BundleSite, FolderSite, Site, Unreachable, is_bundle
from testamur.verification.strict_json import Malformed
from testamur.verification.verdict import Code, Rejected, Verdict

MOST_MB = 10
MOST = MOST_MB * 1024 * 1024  # bytes
#: First bytes of files that people hold in good faith, and what to do with each here.
OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", _("This is a PDF. This page reads the signed credential (.jwt or .json) or the offline bundle; "
                "type the number of the PDF into the search, or scan its QR code.")),
    (b"\x89PNG", _("This is a picture. Scan its QR code with a phone, or type the number into the search.")),
    (b"\xff\xd8\xff", _("This is a picture. Scan its QR code with a phone, or type the number into the search.")),
    (b"GIF8", _("This is a picture. Scan its QR code with a phone, or type the number into the search.")),
    (b"PK\x03\x04", _("This is an archive or an office document. Take the .jwt or .json file out of it first.")),
)  # fmt: skip

#: Colours whose pictures the browser's verifier takes from the page.
SIGNS = ("valid", "bad", "silent", "none")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Serve the script that keeps the verifier for use without network; only from the root may it speak for /verify."""
    script = settings.PACKAGE / "static/testamur/verify/worker.js"
    response = HttpResponse(script.read_bytes(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@limited("verify", a_minute=60)
def verify(request: HttpRequest) -> HttpResponse:
    """Show the form, or check the file that was handed in."""
    context: dict[str, Any] = {
        "crumbs": [{"label": {"en": "Verify a file", "zh": "验证文件"}}],
        "drop": {
            "action": reverse("portal:verify"), "name": "file", "max_mb": MOST_MB, "verify": True,
            "accept": ".jwt,.json,application/json,application/vc+jwt,text/plain",
            "text": {"en": "Choose a credential (.jwt, .json) or an offline bundle, or drop it here",
                     "zh": "选择凭证文件（.jwt、.json）或离线包，或拖放到此处"},
        },
        "checks_named": [title for title, _says, _codes in checks.CHECKS],
        "host": settings.HOST,
        "signs": SIGNS,
    }  # fmt: skip
    if request.method != "POST":
        return page(request, "verify", context)
    try:
        checked = check(request)
    except Refused as refused:
        return page(request, "verify", {**context, "errors": [{"id": "drop-file", "text": refused}]})
    return page(request, "verify", {**context, **checked.context()})


def check(request: HttpRequest) -> Checked:
    """Read what was handed in and validate it.

    Raises:
        Refused: nothing, nothing readable, or too much was handed in; no trust is configured.
    """
    upload = request.FILES.get("file")
    if upload is None or isinstance(upload, list):
        raise Refused(_("Choose a file first: a credential (.jwt or .json) or an offline bundle."), field="file")
    name = str(upload.name or "")[:120]
    if not upload.size:
        raise Refused(
            _("{name} is empty (0 bytes). Save it again from where it came, then choose it here."), {"name": name}
        )
    if upload.size > MOST:
        raise Refused(
            _("{name} is larger than {most} MB. A credential is a few kilobytes; this is something else."),
            {"name": name, "most": MOST_MB},
        )
    data = upload.read()
    for start, sentence in OTHERS:
        if data.startswith(start):
            raise Refused(sentence, field="file")
    return judge(data, name)


@dataclass
class Checked:
    """A file, what path validation said of it, and our own record of the same certificate, where we hold one."""

    name: str
    size: int
    verdict: Verdict
    attestation: Attestation | None
    differs: list[tuple[str, str, str]]
    bundle: bool

    def context(self) -> dict[str, Any]:
        """Return what the page shows."""
        answer, word = checks.answer_of(self.verdict)
        top = self.verdict.path[0] if self.verdict.path else None
        facts: list[dict[str, Any]] = [{"label": {"en": "File", "zh": "文件"}, "value": self.name or "–", "code": True}]
        if self.attestation is not None:
            number = self.attestation.current.number if hasattr(self.attestation, "current") else "–"
            facts.append(
                {
                    "label": {"en": "Record", "zh": "登记记录"},
                    "value": number,
                    "href": showing.address(self.attestation),
                }
            )
        elif top is not None and top.number:
            facts.append({"label": {"en": "Number", "zh": "编号"}, "value": top.number, "code": True})
        if top is not None and self.verdict.result is not Code.INVALID_SIGNATURE:
            facts.append({"label": {"en": "Issued by", "zh": "发证机构"}, "value": top.issuer_name or top.issuer})
            facts.append({"label": {"en": "About", "zh": "关于"}, "value": top.subject_name or top.subject})
        # What needs no more saying on a page that says it: nobody has cosigned yet.
        return {
            "verdict": {
                "answer": answer,
                "word": word,
                "why": self.verdict.reason,
                "facts": facts,
                "data_at": self.verdict.as_of.now,
                "status_role": True,
                "level": 2,
            },
            "checks": checks.checks_of(self.verdict),
            "assurance": self.verdict.assurance,
            "path": self._path(),
            "differs": {
                "columns": [
                    {"label": {"en": "Field", "zh": "字段"}},
                    {"label": {"en": "In your file", "zh": "您的文件"}},
                    {"label": {"en": "In the register", "zh": "登记记录"}},
                ],
                "rows": [
                    {"cells": [{"code": where}, theirs, ours], "mark": True} for where, theirs, ours in self.differs
                ],
            }
            if self.differs
            else None,
            "is_bundle": self.bundle,
            "code": str(self.verdict.result),
            "is_sample": self.verdict.sample,
        }

    def _path(self) -> dict[str, Any] | None:
        if not self.verdict.path or self.verdict.result is Code.INVALID_SIGNATURE:
            return None
        rows = []
        for link in self.verdict.path:
            kind = showing.FORMS.get(
                link.kind, {"en": link.kind, "zh": {"root": "信任起点（根）"}.get(link.kind, link.kind)}
            )
            state = "valid" if str(link.verdict) == "VALID" else "not_valid"
            text = {"en": "holds", "zh": "成立"} if state == "valid" else str(link.verdict)
            rows.append(
                {
                    "cells": [
                        kind,
                        {"code": link.number or link.id},
                        link.subject_name or link.subject or "–",
                        link.issuer_name or link.issuer or "–",
                        {"status": state, "text": text},
                    ],
                    "mark": state != "valid",
                }
            )
        return {
            "columns": [
                {"label": {"en": "Link", "zh": "环节"}},
                {"label": {"en": "Number", "zh": "编号"}},
                {"label": {"en": "About", "zh": "关于"}},
                {"label": {"en": "Signed by", "zh": "签名方"}},
                {"label": {"en": "Verdict", "zh": "结论"}},
            ],
            "rows": rows,
        }


def judge(data: bytes, name: str) -> Checked:
    """Validate the bytes of a credential or a bundle against this installation's own roots.

    Raises:
        Refused: this installation has named no roots, so nothing can be judged.
    """
    roots = publication.get(layout.TRUST_ROOTS)
    try:
        trust = trust_file.parse(roots or b"{}")
    except Malformed:
        raise Refused(
            _("This installation has named no root of trust yet, so it can judge no file. Bring your own trust file "
              "and use `testamur verify`."),
            source="testamur@2026-1#trust.roots",
        ) from None  # fmt: skip
    place: Site = FolderSite(settings.PUBLIC_DIR)
    body, packed = data.strip(), is_bundle(data)
    if packed:
        try:
            opened = BundleSite(data)
        except Malformed as mistake:
            raise Refused(
                _("The file calls itself an offline bundle and cannot be read: {why}."), {"why": str(mistake)}
            ) from None
        place, body = opened, opened.credential
    try:
        verdict = validate(body, site=place, trust=trust, now=clock.now())
    except Unreachable as silent:
        raise Refused(
            _("The files that a check needs cannot be read now: {why}. Try again later."), {"why": str(silent)}
        ) from None
    attestation, differs = _record_of(body, trust.host)
    return Checked(name, len(data), verdict, attestation, differs if verdict.result is not Code.VALID else [], packed)


def _record_of(body: bytes, host: str) -> tuple[Attestation | None, list[tuple[str, str, str]]]:
    """Return our record of the certificate that a file says it is, and where the two differ."""
    try:
        payload = credential.parse(body).payload
    except (Malformed, Rejected, ValueError):
        return None, []
    path = layout.path_of(payload.get("id"), host)
    if path is None or not path.startswith(("c/", "acc/")):
        return None, []
    code = path.rpartition("/")[2]
    attestation = Attestation.objects.filter(public_id=code.upper(), personal=False).select_related("current").first()
    ours = publication.get(f"{path}.jwt")
    if ours is None or attestation is None:
        return attestation, []
    return attestation, checks.differences(payload, credential.parse(ours).payload)
