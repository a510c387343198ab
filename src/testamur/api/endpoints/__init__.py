"""The endpoints, by noun; importing this package registers them all."""

from testamur.api.endpoints import (
    attestations,
    cases,
    changes,
    names,
    open_data,
    organisations,
    registers,
    rules,
    schemes,
    standards,
    status_acts,
    verifications,
    verify_number,
)

__all__ = [
    "attestations",
    "cases",
    "changes",
    "names",
    "open_data",
    "organisations",
    "registers",
    "rules",
    "schemes",
    "standards",
    "status_acts",
    "verifications",
    "verify_number",
]
