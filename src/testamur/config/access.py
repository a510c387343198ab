"""Who may open which address: every route of the installation, by its name. A route that is not here fails a test.

The table says what the *door* asks: whose rows one may see, and which functions the page itself demands. What an act
behind the door demands is said by its policies. ``tests/structure/test_access.py`` walks every route as the public
and as a member of an organisation that has nothing to do with anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from testamur.api.access import TABLE

#: Who stands before the door.
RELATIONS = {
    "public": "anybody, without signing in",
    "signing in": "whoever signs in, joins or was invited; the framework of sign-in checks the rest",
    "member": "any member of any organisation here; what is listed is their own",
    "own": "members of the organisation that the row belongs to",
    "case": "applicant, issuer, performer, or an overseer who opened the case and said why",
    "overseer": "the organisation that licensed or accredited the issuer",
    "register": "holder and issuer of the attestation; what is public of it stands on its public page",
    "api": "as the API's own table says",
}


@dataclass(frozen=True)
class Door:
    """What a route asks of whoever opens it.

    Attributes:
        relation: key of ``RELATIONS``.
        functions: functions that the page demands before it shows anything; empty: none by itself.
    """

    relation: str
    functions: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Say whether the public may come in."""
        return self.relation in ("public", "signing in", "api")


PUBLIC, SIGNING_IN, MEMBER = Door("public"), Door("signing in"), Door("member")
OWN, CASE, REGISTER = Door("own"), Door("case"), Door("register")
ADMINISTRATION = Door("own", ("administration",))
#: Quality work: the page asks for the function; rows are one's own organisation's.
QUALITY = Door("own", ("quality",))
#: Reporting in: the page asks for the function; sources are one's own organisation's, mirrors those of who runs this.
RECORDS = Door("own", ("records",))
#: Results of proficiency tests that were released: the page asks for one of the two functions.
RELEASED = Door("own", ("supervision", "selection"))

#: Sign-in is django-allauth's, with pages of ours; its routes check themselves.
SIGN_IN_PREFIX = "accounts/"


def _api() -> dict[str, Door]:
    from testamur.api import urls  # noqa: F401 - registers the endpoints
    from testamur.api.endpoint import api

    # The description names a part of an address without saying that slashes may stand in it.
    rows = {(method, path.replace("{path:", "{")): row for (method, path), row in TABLE.items()}
    names = {}
    for path, item in api.get_openapi_schema(path_prefix="")["paths"].items():
        for method, operation in item.items():
            row = rows[(method.upper(), path)]
            door = PUBLIC if row.open else Door("api", row.functions)
            names[f"api:{operation['operationId'].replace('_', '-')}"] = door
    return names


def doors() -> dict[str, Door]:
    """Return the door of every route, by the route's name with its namespace."""
    return {**ROUTES, **_api()}


ROUTES: dict[str, Door] = {
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "set_language": PUBLIC,
    "site-file": PUBLIC,
    "api-nothing": PUBLIC,
    "api:api-root": PUBLIC,
    "api:openapi-json": PUBLIC,
    # the portal
    **{
        f"portal:{name}": PUBLIC
        for name in (
            "home", "about", "changes", "changes-json", "changes-atom", "search-atom", "watch", "watch-mine",
            "watch-confirm", "watch-stop", "watch-list", "search", "suggest", "compare", "answer", "certificate", "qr",
            "bundle", "badge", "badge-facts", "badge-script", "verify-worker",
            "authority", "verify", "verify-number", "verify-many", "bodies", "body", "schemes", "scheme",
            "scheme-differences", "scheme-version",
            "calculators", "rule", "methods", "method", "standards", "standard", "source", "rests-on", "log",
            "open-data", "open-data-catalogue", "open-data-snapshot", "open-data-file", "holder", "map",
        )
    },
    # who comes in
    "parties:join": SIGNING_IN,
    "parties:invitation": SIGNING_IN,
    "parties:demo": SIGNING_IN,
    "parties:acting": SIGNING_IN,
    # the workspace: one's own desk
    "workspace:inbox": MEMBER,
    "workspace:issue-many": Door("member", ("attestation",)),
    "workspace:search": MEMBER,
    "workspace:help": MEMBER,
    "workspace:watches": MEMBER,
    "workspace:organisation-webhooks": ADMINISTRATION,
    "workspace:organisation-webhook-new": ADMINISTRATION,
    "workspace:organisation-webhook": ADMINISTRATION,
    "workspace:apply": MEMBER,
    "workspace:apply-start": MEMBER,
    "workspace:cases": MEMBER,
    "workspace:certificates": MEMBER,
    "workspace:people": MEMBER,
    "workspace:oversight": MEMBER,
    "workspace:holders": Door("member", ("supervision",)),  # names on public records, nobody's row
    "workspace:holders-suggestion": Door("member", ("supervision",)),
    "workspace:outgoing": Door("member", ("administration",)),  # and of a root: everybody's messages
    "workspace:outgoing-message": Door("member", ("administration",)),
    "workspace:schemes": MEMBER,
    "workspace:act_as": MEMBER,
    # a case
    **{
        f"workspace:{name}": CASE
        for name in (
            "case", "case-events", "case-files", "case-file", "case-ending", "application", "application-draft",
            "application-check", "application-review", "team", "plan", "determination", "activity", "findings",
            "finding", "case-exhibit",
            "review", "decision", "attestation", "appeal-against", "appeal",
        )
    },
    "workspace:case-look": Door("overseer"),
    # an attestation
    **{
        f"workspace:{name}": REGISTER
        for name in (
            "certificate", "certificate-file", "certificate-report", "certificate-case", "certificate-act", "due-case",
            "certificate-approval",
            "certificate-renditions",
        )
    },
    # reporting in
    **{
        f"workspace:{name}": RECORDS
        for name in (
            "deliveries", "delivery-new", "delivery-columns", "delivery", "delivery-progress",
            "delivery-columns-again", "delivery-rows", "conflicts", "conflict",
        )
    },
    "workspace:deliveries-late": MEMBER,  # what every source owes is public
    # the quality workshop: one organisation's own work
    "workspace:workshop": QUALITY,
    # studies
    **{
        f"workspace:workshop-{name}": QUALITY
        for name in (
            "characteristics", "characteristic-new", "characteristic", "gauges", "gauge-new", "gauge", "charts",
            "chart-new", "chart", "chart-data", "point", "chart-limits", "chart-stages", "chart-comparison",
            "chart-settings", "chart-closing", "chart-report", "studies", "study-new",
            "study", "study-report",
        )
    },
    "workspace:workshop-study-attach": QUALITY,
    "workspace:workshop-study-method": Door("member", ("quality",)),  # names a method, nobody's row
    # improvement: problems
    **{
        f"workspace:workshop-{name}": QUALITY
        for name in (
            "problems", "problem-new", "problem", "problem-report", "problem-file", "fmeas", "fmea-new", "fmea",
            "failure", "control-plans", "control-plan-new", "control-plan", "costs", "boards", "board",
        )
    },
    # improvement: management system
    **{
        f"workspace:workshop-{name}": QUALITY
        for name in (
            *("objectives", "objective-new", "objective", "processes", "process"),
            *("documents", "document-new", "document"),
            *("audits", "programme-new", "programme", "audit", "audit-pdf"),
            *("reviews", "review-new", "review", "review-pdf", "suppliers", "supplier-new", "supplier"),
        )
    },
    "workspace:workshop-readings": MEMBER,
    "workspace:workshop-document-reading": OWN,  # whoever gets the document reads it
    "workspace:workshop-document-file": OWN,
    # improvement
    # diagnosis
    "workspace:workshop-path": QUALITY,
    "workspace:workshop-diagnosis": QUALITY,
    "workspace:workshop-assessment-start": QUALITY,
    "workspace:workshop-visits": MEMBER,
    "workspace:workshop-visit": OWN,
    "workspace:workshop-benchmark": QUALITY,
    "workspace:workshop-assessment": QUALITY,
    "workspace:workshop-assessment-questions": QUALITY,
    "workspace:workshop-assessment-draft": QUALITY,
    "workspace:workshop-assessment-finish": QUALITY,
    "workspace:workshop-assessment-rank": QUALITY,
    "workspace:workshop-assessment-report": QUALITY,
    "workspace:workshop-assessment-grants": QUALITY,
    "workspace:workshop-plan": QUALITY,
    "workspace:workshop-plan-new": QUALITY,
    "workspace:workshop-plan-item": QUALITY,
    "workspace:workshop-folder": QUALITY,
    "workspace:workshop-folder-index": QUALITY,
    "workspace:workshop-folder-zip": QUALITY,
    "workspace:workshop-folder-file": QUALITY,
    "workspace:workshop-folder-clause": QUALITY,
    # proficiency
    **{
        f"workspace:workshop-{name}": QUALITY
        for name in (
            "rounds", "round-new", "round", "round-edit", "round-rules", "measurand-new", "measurand",
            "round-participants", "round-evaluation", "round-appeal", "round-results", "round-report", "scores",
            "score", "releases", "release-end",
        )
    },
    "workspace:workshop-released": RELEASED,
    "workspace:workshop-released-results": RELEASED,
    "workspace:workshop-released-laboratory": RELEASED,
    "workspace:person": OWN,
    # one's own organisation
    "workspace:organisation": OWN,
    "workspace:organisation-people": OWN,
    "workspace:organisation-site-new": OWN,
    "workspace:organisation-site": OWN,
    "workspace:organisation-site-closure": OWN,
    "workspace:organisation-end": OWN,
    "workspace:organisation-tokens": OWN,
    "workspace:organisation-token-new": OWN,
    "workspace:organisation-token-revocation": OWN,
    "workspace:organisation-details": ADMINISTRATION,
    "workspace:organisation-code": ADMINISTRATION,
    "workspace:organisation-owner": ADMINISTRATION,
    "workspace:organisation-key": ADMINISTRATION,
    "workspace:organisation-keys": ADMINISTRATION,
    "workspace:organisation-two-persons": ADMINISTRATION,
    "workspace:organisation-key-rotation": ADMINISTRATION,
    "workspace:organisation-key-revocation": ADMINISTRATION,
    "workspace:organisation-key-signing-anew": ADMINISTRATION,
    "workspace:organisation-invite": ADMINISTRATION,
    "workspace:organisation-invitation-withdrawal": ADMINISTRATION,
    "workspace:organisation-functions": ADMINISTRATION,
}  # fmt: skip
