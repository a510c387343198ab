"""Validate a certificate as PDF: path validation of the credential it carries, and whether its pages are right."""

from __future__ import annotations

from datetime import date, datetime

from testamur.kernel import clock
from testamur.kernel.refusal import _
from testamur.verification import pdf
from testamur.verification.evidence import Evidence
from testamur.verification.path import validate as validate_credential
from testamur.verification.pdf import Pages
from testamur.verification.site import Site
from testamur.verification.strict_json import Malformed
from testamur.verification.trust_file import Trust
from testamur.verification.verdict import AsOf, Code, Rejected, Said, Verdict


def validate(
    data: bytes,
    *,
    site: Site,
    trust: Trust,
    now: datetime | None = None,
    on: date | None = None,
    at_issue: bool = False,
) -> Verdict:
    """Validate a PDF; arguments and verdict as :func:`testamur.verification.path.validate`.

    What the credential fails by comes first. Where it stands and the pages do not, the code is INVALID_SIGNATURE and
    the sentence names the seal or the bytes; pages without the issuer's mark are not believed, because whoever changes
    them can also take the mark away.
    """
    try:
        pages = pdf.read(data)
    except Malformed as error:
        said = Said(_("The PDF cannot be used as a certificate: {problem}."), {"problem": str(error)})
        as_of = AsOf(now or clock.real_now(), log=trust.log.name)
        return Verdict(Code.MALFORMED, said, Code.MALFORMED, as_of, at_issue=Code.MALFORMED)
    evidence = Evidence(site, trust)
    verdict = validate_credential(
        pages.credential, site=site, trust=trust, now=now, on=on, at_issue=at_issue, cache=evidence
    )
    if verdict.result not in (Code.VALID, Code.SUPERSEDED, Code.REVOKED, Code.SUSPENDED, Code.EXPIRED):
        return verdict  # nothing is known of who made the pages while the credential itself does not stand
    problem = pages.problem() or _unmarked(pages, evidence)
    if problem is not None:
        verdict.result, verdict.reason = Code.INVALID_SIGNATURE, problem
        return verdict
    verdict.assurance.append(Said(_("The pages are the ones that the issuer made and marked.")))
    for seal in pages.seals:
        verdict.assurance.append(
            Said(
                _("Sealed with the certificate of {name}, which the issuer names; who certified it was not checked."),
                {"name": seal.name},
            )
        )
    return verdict


def _unmarked(pages: Pages, evidence: Evidence) -> Said | None:
    """Return why the mark is not the issuer's for this credential, or None where it is."""
    if pages.mark is None:
        return Said(_("The pages bear no mark of the issuer; only the attached credential can be believed."))
    known = evidence.credential(pages.credential)
    if pages.marked.get("d") != known.logged.entry.digest or pages.marked.get("credential") != known.id:
        return Said(_("The issuer marked these pages for another credential."))
    try:
        evidence.check_marked(pages.mark, known.issuer)
    except Rejected as rejected:
        return Said(_("The mark on the pages is not the issuer's. {because}"), {"because": rejected.said})
    return None
