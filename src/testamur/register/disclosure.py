"""What of a record may be shown to whom: the scheme's disclosure, confidentiality, and people's names."""

from __future__ import annotations

from testamur.parties.models import Membership
from testamur.register.models import Attestation, Edition

EVERYTHING = frozenset(
    {
        "holder", "address", "number", "scope", "status", "history", "dates", "issuer", "requirements", "authority",
        "reasons", "parties", "scope_statement",
    }
)  # fmt: skip
#: Shown of every record that is not confidential, whatever its scheme says.
ALWAYS = frozenset({"number", "status", "issuer", "dates", "history"})


def disclosed_to(attestation: Attestation, membership: Membership | None) -> bool:
    """Say whether a reader may see a record whole although it is confidential or a person's: holder or issuer."""
    if membership is None:
        return False
    organisation = membership.organisation_id
    mine = attestation.person_id is not None and attestation.person_id == membership.person_id
    return mine or organisation in (attestation.issuer_id, attestation.holder_id)


def public_fields(attestation: Attestation, edition: Edition | None) -> frozenset[str]:
    """Return what the scheme's disclosure makes public; number and status always are. Unknown schemes hide nothing."""
    if attestation.confidential:
        return frozenset({"number", "status"})
    table = edition.scheme.definition.disclosure if edition is not None and edition.scheme else None
    if table is None:
        return EVERYTHING
    # A scheme without its own word on parties and wording shows them with the holder and the scope.
    shown = ALWAYS | set(table.public)
    shown |= {"parties"} if "holder" in shown else set()
    shown |= {"scope_statement"} if "scope" in shown else set()
    return frozenset(shown - set(table.never))
