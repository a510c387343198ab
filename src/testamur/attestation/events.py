"""The acts of attestation, as timelines name them."""

from testamur.journal.kinds import kind

ISSUED = kind("attestation.issued", title={"en": "Issued", "zh": "颁发"})
EDITION = kind("attestation.edition", title={"en": "New edition issued", "zh": "换发新版"})
PART = kind("attestation.part_issued", title={"en": "Part issued", "zh": "颁发子证书"})
SUSPENDED = kind("attestation.suspended", title={"en": "Suspended", "zh": "暂停"})
RESTORED = kind("attestation.restored", title={"en": "Restored", "zh": "恢复"})
WITHDRAWN = kind("attestation.withdrawn", title={"en": "Withdrawn", "zh": "撤销"})
CANCELLED = kind("attestation.cancelled", title={"en": "Cancelled", "zh": "注销"})
ANNULLED = kind("attestation.annulled", title={"en": "Change of status annulled", "zh": "状态变更被撤销"})
ANEW = kind("attestation.signed_anew", title={"en": "Signed anew after a key was revoked", "zh": "密钥吊销后重新签发"})
PROPOSED = kind("attestation.proposed", title={"en": "Issue proposed to a second person", "zh": "提请第二人批准颁发"})
APPROVED = kind("attestation.approved", title={"en": "Issue approved by a second person", "zh": "第二人批准颁发"})
PRINTED = kind("attestation.printed", title={"en": "Copies printed", "zh": "印制纸质证书"})
VOIDED = kind("attestation.copies_voided", title={"en": "Printed copies voided", "zh": "作废纸质证书"})
LISTS = kind("attestation.lists_published", title={"en": "Status lists signed", "zh": "签发状态列表"})
STANDING = kind("attestation.standing_signed", title={"en": "Standing instruction signed", "zh": "签署常设指令"})
