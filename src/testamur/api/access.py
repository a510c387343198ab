"""Who may use which endpoint: the one table of endpoint × function × relation.

``endpoint.endpoint`` makes every endpoint from its row here, so one that is not listed cannot exist. Whose rows a
caller then sees is the relation; it is enforced by the ``visible_to`` of the app's queries, and a stranger reads 404.
"""

from __future__ import annotations

from dataclasses import dataclass

from testamur.kernel.refusal import _
from testamur.kernel.words import Function
from testamur.parties.allowance import QUOTAS
from testamur.parties.functions import BY_PROGRAM

#: What a relation means, for the reference page.
RELATIONS = {
    "anyone": _("Anybody, without signing in."),
    "own": _("The organisation for which the caller acts."),
    "case": _("Applicant, issuer, performer, or an overseer who opened the case and said why."),
    "applicant": _("The organisation or person that applies."),
    "issuer": _("The organisation that issued the attestation."),
}


@dataclass(frozen=True)
class Row:
    """One endpoint.

    Attributes:
        functions: functions of which the acting membership needs every one; empty: any member, or anybody.
        relation: key of ``RELATIONS``.
        a_minute: requests that one address, or one access token, may send in a minute.
        source: clause or decision by which the function is asked for.
        with_key: requests that one access token may send in a minute; 0: as many as an address.
    """

    functions: tuple[str, ...] = ()
    relation: str = "anyone"
    a_minute: int = 120
    source: str = "testamur@2026-1#access"
    with_key: int = 0

    @property
    def open(self) -> bool:
        """Say whether anybody may use it."""
        return self.relation == "anyone"

    @property
    def by_program(self) -> bool:
        """Say whether a program may use it with an access token: what persons review and decide it may not."""
        return {Function(one) for one in self.functions} <= BY_PROGRAM


_ONE, _MANY = QUOTAS["verify_number"], QUOTAS["verify_numbers"]
_DECIDES = "iso-17021-1@2015#9.6.5"

TABLE: dict[tuple[str, str], Row] = {
    ("GET", "/problems"): Row(),
    ("GET", "/attestations"): Row(),
    ("GET", "/attestations/{public_id}"): Row(),
    ("GET", "/attestations/{public_id}/history"): Row(),
    ("GET", "/attestations/{public_id}/credential"): Row(),
    ("GET", "/verifications/{path:number}"): Row(a_minute=_ONE.address, with_key=_ONE.token),
    ("POST", "/verifications"): Row(a_minute=_MANY.address, with_key=_MANY.token),
    ("POST", "/verifications/credential"): Row(a_minute=30),
    ("GET", "/open-data"): Row(),
    ("GET", "/schemes"): Row(),
    ("GET", "/schemes/{scheme_id}"): Row(),
    ("GET", "/schemes/{scheme_id}/{version}"): Row(),
    ("GET", "/rules"): Row(),
    ("GET", "/rules/{rule_id}"): Row(),
    ("POST", "/rules/{rule_id}/evaluations"): Row(),
    ("GET", "/standards"): Row(a_minute=60),
    ("GET", "/standards/{path:key}"): Row(),
    ("GET", "/holder-names"): Row(),
    ("GET", "/organisations/{public_id}"): Row(),
    ("GET", "/log"): Row(),
    ("GET", "/changes"): Row(),
    ("GET", "/me"): Row((), "own"),
    ("GET", "/cases"): Row((), "case"),
    ("POST", "/cases"): Row(("application",), "applicant", 30),
    ("GET", "/cases/{case_id}"): Row((), "case"),
    ("PUT", "/cases/{case_id}/application"): Row(("application",), "applicant"),
    ("POST", "/cases/{case_id}/submission"): Row(("application",), "applicant", 30),
    ("POST", "/attestations/{public_id}/suspension"): Row(("decision",), "issuer", 60, _DECIDES),
    ("DELETE", "/attestations/{public_id}/suspension"): Row(("decision",), "issuer", 60, _DECIDES),
    ("POST", "/attestations/{public_id}/withdrawal"): Row(("decision",), "issuer", 60, _DECIDES),
    ("POST", "/attestations/{public_id}/cancellation"): Row(("decision",), "issuer", 60, _DECIDES),
    ("POST", "/attestations/{public_id}/reduction"): Row(("decision",), "issuer", 60, _DECIDES),
    ("POST", "/attestations/{public_id}/editions"): Row(("decision",), "issuer", 60, _DECIDES),
    ("POST", "/registers/{source}/mappings"): Row(("records",), "own", 10, "testamur@2026-1#register.reporting"),
    ("POST", "/registers/{source}/deliveries"): Row(("records",), "own", 10, "testamur@2026-1#register.reporting"),
    ("GET", "/registers/{source}/deliveries/{delivery}"): Row(
        ("records",), "own", 60, "testamur@2026-1#register.reporting"
    ),
    ("POST", "/registers/{source}/deliveries/{delivery}/commitment"): Row(
        ("records",), "own", 10, "testamur@2026-1#register.reporting"
    ),
    ("DELETE", "/registers/{source}/deliveries/{delivery}"): Row(
        ("records",), "own", 10, "testamur@2026-1#register.reporting"
    ),
}
