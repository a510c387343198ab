"""An older copy of a site against the site of today: what was issued stays as it was, and no key is ever taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testamur.kernel.refusal import _
from testamur.verification import did
from testamur.verification.did import DidDocument
from testamur.verification.site import FolderSite, Site
from testamur.verification.strict_json import Malformed

if TYPE_CHECKING:
    from testamur.verification.audit import Report


def check(site: Site, old: FolderSite, host: str, report: Report) -> None:
    """Compare every credential and every DID document of an older copy with what is served now."""
    for folder in ("c", "acc"):
        for file in sorted((old.folder / folder).glob("*.jwt")):
            path = f"{folder}/{file.name}"
            if ".history." in path:
                continue
            now = site.read(path)
            if now is None:
                report.add(path, _("The older copy has this credential; it is no longer served."))
            elif now != file.read_bytes():
                report.add(path, _("The credential is not the one of the older copy; what was issued never changes."))
    for file in sorted(old.folder.glob("org/*/did.json")):
        path = file.relative_to(old.folder).as_posix()
        data = site.read(path)
        try:
            before = did.parse(file.read_bytes())
            after = did.parse(data) if data is not None else None
        except Malformed:
            continue  # a document that cannot be read is named where the documents are checked
        if after is None:
            report.add(path, _("The older copy has these keys; they are no longer served."))
        else:
            _check_keys(path, before, after, report)


def _check_keys(path: str, before: DidDocument, after: DidDocument, report: Report) -> None:
    for name, old in before.methods.items():
        new = after.methods.get(name)
        if new is None or new.key.thumbprint != old.key.thumbprint:
            report.add(path, _("The key {key} was taken out or exchanged; keys are marked, never taken out."), key=name)
        elif old.revoked is not None and (
            new.revoked != old.revoked or new.revoked_at_log_index != old.revoked_at_log_index
        ):
            report.add(path, _("The revocation of the key {key} was changed or taken back."), key=name)
        elif old.expires is not None and (new.expires is None or new.expires > old.expires):
            report.add(path, _("The retirement of the key {key} was put off or taken back."), key=name)
