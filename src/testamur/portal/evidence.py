"""What lets others check a record without taking our word: log entry, signed files, badge, description."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from testamur.attestation import credentials
from testamur.portal.described import block, described
from testamur.portal.views.badge import picture_address, snippets
from testamur.register.answers import VerificationAnswer
from testamur.register.disclosure import public_fields
from testamur.register.models import Attestation, Credential, Edition
from testamur.transparency import publication
from testamur.transparency import queries as transparency
from testamur.transparency.models import Entry
from testamur.wording.templatetags.say import words


def newest_credential(edition: Edition) -> Credential | None:
    """Return the credential of an edition that counts; None for what was not issued here."""
    return max(edition.credentials.all(), key=lambda one: one.pk, default=None)


@dataclass(frozen=True)
class Evidence:
    """The evidence of one record.

    Args:
        record: with its editions and their credentials read ahead.
        edition: the one that the page shows.
        hidden: the asker is shown no files: a person's record asked for without the name, or one that is withheld.
        held: the edition in the asker's hand, where the code on it says which that is.
    """

    record: Attestation
    edition: Edition
    hidden: bool
    held: Edition | None = None

    @property
    def _quiet(self) -> bool:
        return self.record.personal or self.record.confidential

    def log_proof(self) -> dict[str, Any]:
        """Return what the public log says of the record: checks, and the hashes to compare."""
        credential = newest_credential(self.edition)
        entry, batch = credential.entry if credential is not None else None, None
        if entry is None and self.record.source_id is not None and self.record.current.delivery is not None:
            batch = self.record.current.delivery
            entry = batch.entry
        hashes: list[dict[str, Any]] = []
        if entry is not None and entry.index is not None:
            hashes.append({"label": {"en": "Leaf", "zh": "叶节点哈希"}, "value": bytes(entry.leaf).hex()})
        head = transparency.newest_checkpoint()
        if head is not None:
            hashes.append({"label": {"en": "Log head", "zh": "日志树头"}, "value": bytes(head.root).hex()})
        if credential is not None:
            hashes.append({"label": {"en": "Digest of the credential", "zh": "凭证摘要"}, "value": credential.digest})
            hashes.append({"label": {"en": "Issuer's key", "zh": "发证机构密钥"}, "value": credential.thumbprint})
        return {"checks": [_logged(entry, batch), _witnessed(entry)], "hashes": hashes}

    def files(self) -> list[dict[str, Any]]:
        """Return the signed files that the asker may take away."""
        one = newest_credential(self.edition)
        if one is None or self.hidden:
            return []
        rows = [
            ("pdf", "file-certificate", {"en": "Certificate, PDF", "zh": "证书（PDF）"},
             {"en": "to print and hang up; checked like the others", "zh": "可打印悬挂，同样可验证"}),
            ("json", "code", {"en": "Credential, JSON", "zh": "凭证（JSON）"}, {"en": "to read", "zh": "便于阅读"}),
            ("jwt", "key", {"en": "Credential, JWT", "zh": "凭证（JWT）"}, {"en": "to verify", "zh": "用于验证"}),
            ("tlog-proof", "binary-tree", {"en": "Log proof", "zh": "日志证明"}, {}),
        ]  # fmt: skip
        found: list[dict[str, Any]] = []
        for form, icon, label, note in rows:
            path = credentials.path(one, form)
            if publication.has(path):
                found.append({"label": label, "href": f"/{path}", "icon": icon, "note": note})
        if found:
            label = {"en": "Offline bundle", "zh": "离线包"}
            note = {"en": "all that a check reads", "zh": "验证所需的全部文件"}
            href = reverse("portal:bundle", args=[self.record.public_id])
            found.append({"label": label, "href": href, "icon": "package", "note": note})
        return found

    def browser_check(self) -> dict[str, Any] | None:
        """Return what the browser needs to check this edition by itself; None for what has no public files."""
        # The document in the asker's hand is checked, where the code on it says which edition that is.
        edition = self.held or self.edition
        one = newest_credential(edition)
        if one is None or self.hidden or not publication.has(credentials.path(one)):
            return None
        newest = {str(row.edition): newest_credential(row) for row in self.record.editions.all()}
        return {
            "code": one.public_id,
            "bundle": reverse("portal:bundle", args=[one.public_id]),
            "edition": edition.edition,
            "digests": json.dumps({number: held.digest for number, held in newest.items() if held is not None}),
        }

    def described(self, told: VerificationAnswer) -> Any:
        """Return the block for machines; "" for what is personal or confidential."""
        if self._quiet:
            return ""
        one = None if self.hidden else newest_credential(self.edition)
        path = credentials.path(one) if one is not None else ""
        # The page may be shown to somebody who sees more; machines are told what everybody is shown.
        public = public_fields(self.record, self.edition)
        return block(described(self.record, self.edition, told, public, path))

    def badge(self) -> dict[str, Any] | None:
        """Return the texts to copy; a person's or a confidential record has no badge."""
        if self._quiet:
            return None
        return {"snippets": snippets(self.record, self.edition.number), "source": picture_address(self.record)}


def _logged(entry: Entry | None, batch: Any) -> dict[str, Any]:
    """Say where in the log a record stands, by itself or within a batch that was reported."""
    if entry is None:
        text: Any = {"en": "This record came without a public entry of its own.",
                     "zh": "该记录没有单独的公开日志条目。"}  # fmt: skip
        return {"answer": "none", "title": {"en": "Not in the log", "zh": "不在日志中"}, "text": text}
    if entry.index is None:
        text = {"en": "The entry is written and waits for its number; this takes moments.",
                "zh": "条目已写入，正等待编号，片刻即可。"}  # fmt: skip
        return {"answer": "none", "title": {"en": "On its way into the log", "zh": "正在写入日志"}, "text": text}
    facts = {"index": f"{entry.index:,}", "size": f"{transparency.state().size:,}"}
    text = gettext("Entry %(index)s of a log of %(size)s entries.") % facts
    if batch is not None:
        facts = {"rows": f"{batch.rows:,}", "source": getattr(batch.source, "names", None) or batch.source}
        facts["source"] = words(facts["source"])
        text += " " + gettext("It stands for a whole batch of %(rows)s rows from %(source)s.") % facts
    href = f"{reverse('portal:log')}?entry={entry.index}"
    return {"answer": "valid", "title": {"en": "In the public log", "zh": "已入公开日志"}, "text": text, "href": href}


def _witnessed(entry: Entry | None) -> dict[str, Any]:
    """Say how many cosigners signed the state of the log that an entry's proof leads to."""
    count, quorum = transparency.cosignatures_of(entry) if entry is not None else (0, transparency.state().quorum)
    facts = {"count": count, "quorum": quorum}
    if not quorum:
        text = gettext("No cosigner has been appointed; only this platform has signed the log's head.")
    elif count >= quorum:
        text = gettext(
            "Other organisations signed the head of the log that this entry leads to; they would have refused a "
            "rewritten one."
        )
        title = gettext("Witnessed by %(count)s of %(quorum)s cosigners") % facts
        return {"answer": "valid", "title": title, "text": text, "href": reverse("portal:log")}
    elif entry is None:
        text = gettext("Only entries of the log are cosigned, and this record has none.")
    else:
        text = (
            gettext(
                "%(count)s of %(quorum)s cosigners have signed so far. They are asked every few seconds; until then "
                "verifiers that insist on cosigners do not accept the proof."
            )
            % facts
        )
    return {"answer": "none", "title": gettext("Not yet witnessed"), "text": text, "href": reverse("portal:log")}
