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
from testamur.register.models.conflicts import Conflict
from testamur.register.models.current import Current, Past
from testamur.register.models.finding import Frequency, HolderName, NameBlock, NameSegment, Waiting
from testamur.register.models.holders import Holder, HolderLink, HolderPass, Spelling, SpellingKey, Suggestion
from testamur.register.models.regions import RegionCount, RegionCounting
from testamur.register.models.resting import Followed, Foundation, Resting
from testamur.register.models.snapshots import Snapshot
from testamur.register.models.sources import Delivery, Mapping, Remark, Source

__all__ = [
    "Attestation",
    "Conflict",
    "Credential",
    "Current",
    "Delivery",
    "Edition",
    "Followed",
    "Foundation",
    "Frequency",
    "Holder",
    "HolderLink",
    "HolderName",
    "HolderPass",
    "Mapping",
    "NameBlock",
    "NameSegment",
    "PartyInRole",
    "Past",
    "RegionCount",
    "RegionCounting",
    "Remark",
    "Resting",
    "ScopeLine",
    "ScopeNode",
    "SiteOnEdition",
    "Snapshot",
    "Source",
    "Spelling",
    "SpellingKey",
    "StatusChange",
    "Suggestion",
    "Waiting",
]
