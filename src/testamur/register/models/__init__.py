"""What the register remembers."""

from testamur.register.models.attestations import (
    Attestation,
    Credential,
    Edition,
    PartyInRole,
    ScopeLine,
    ScopeNode,
    SiteOnEdition,
    StatusChange,
)
from testamur.register.models.batches import ImportBatch, ImportedRow
from testamur.register.models.current import Current, Past
from testamur.register.models.finding import Frequency, HolderName, Waiting
from testamur.register.models.sources import Delivery, Mapping, Remark, Source

__all__ = [
    "Attestation",
    "Credential",
    "Current",
    "Delivery",
    "Edition",
    "Frequency",
    "HolderName",
    "ImportBatch",
    "ImportedRow",
    "Mapping",
    "PartyInRole",
    "Past",
    "Remark",
    "ScopeLine",
    "ScopeNode",
    "SiteOnEdition",
    "Source",
    "StatusChange",
    "Waiting",
]
