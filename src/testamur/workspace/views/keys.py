"""The signing keys of one's own organisation: where they are kept, changing one, revoking one that others may hold."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from testamur.attestation import key_changes
from testamur.attestation.models import Approval
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.parties import acting, actions, queries
from testamur.parties.forms import RevokeKeyForm, add_refusal
from testamur.parties.models import Membership
from testamur.parties.templatetags.parties_words import sentence
from testamur.workspace.answers import Answers

KEYS = "workspace:organisation-keys"
#: Most certificates of one revocation that the page lists; the number of all stands above them.
SHOWN = 100


@acting.requires("administration")
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """List the keys with both clocks, and what a revocation reached."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    organisation = membership.organisation
    affected = key_changes.affected(organisation)
    shown = list(affected[:SHOWN])
    proposed = key_changes.proposals(shown, clock.now()) if organisation.two_to_issue else {}
    rows = [(one, proposed.get(one.public_id)) for one in shown]
    facts = {
        "organisation": organisation,
        "keys": queries.keys(membership),
        "active": queries.active_key(organisation),
        "waiting": queries.waiting_key(organisation),
        "did": queries.did(organisation),
        "asked_by_me": organisation.one_asked_by is not None
        and organisation.one_asked_by.person_id == membership.person_id,
        "is_root": queries.is_root(organisation),
        "affected": [{"credential": one, "proposal": by, "mine": _by(by, membership)} for one, by in rows],
        "affected_count": affected.count() if len(shown) == SHOWN else len(shown),
    }
    return render(request, "workspace/organisation_keys.html", facts)


@require_POST
@acting.requires("administration")
def rotation(request: HttpRequest) -> HttpResponse:
    """Change the key in the ordinary course."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    try:
        key = actions.rotate_key(organisation=membership.organisation, by=membership, at=clock.now())
    except Refused as refusal:
        messages.error(request, sentence(refusal))
        return redirect(KEYS)
    key.refresh_from_db()
    if key.from_at is None:
        messages.success(request, _("The new key is published. It signs as soon as the cosigned log shows it."))
    else:
        messages.success(request, _("The new key signs from now on; the old one is destroyed in a few minutes."))
    return redirect(KEYS)


@require_POST
@acting.requires("administration")
def two_persons(request: HttpRequest) -> HttpResponse:
    """Let two persons approve each issue, or one again."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    two = request.POST.get("two") == "yes"
    try:
        done = actions.let_two_issue(organisation=membership.organisation, two=two, by=membership, at=clock.now())
    except Refused as refusal:
        messages.error(request, sentence(refusal))
    else:
        if done.two_to_issue and not two:
            messages.success(request, _("It is asked for. Another administrator of your organisation has to agree."))
        else:
            messages.success(request, _("Two persons approve each issue.") if two else _("One person issues alone."))
    return redirect(KEYS)


@require_http_methods(["GET", "POST"])
@acting.requires("administration")
def revocation(request: HttpRequest, fragment: str) -> HttpResponse:
    """Revoke a key, with the reason and after a confirmation."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    key = get_object_or_404(queries.keys(membership), fragment=fragment)
    form = RevokeKeyForm(key, request.POST or None)
    answers = Answers(request)
    if answers.sent and form.is_valid():
        because = form.cleaned_data["because"]
        if answers.attempt(lambda: actions.revoke_key(key=key, because=because, by=membership, at=clock.now())):
            key_changes.follow_at_once(membership.organisation)
            messages.success(request, _("The key is revoked. Everybody who verifies sees it from now on."))
            if queries.active_key(membership.organisation) is None:
                messages.error(request, _("No new key could be made. Make one here as soon as its place answers."))
            return redirect(KEYS)
        for refusal in [*answers.errors.values(), *([answers.refused] if answers.refused else [])]:
            add_refusal(form, refusal)
    facts = {
        "once": answers.once,
        "form": form,
        "title": _("Revoke the key %(key)s") % {"key": key.fragment},
        "button": _("Revoke the key for ever"),
        "back": KEYS,
        "lead": _("Certificates logged so far stay good. Whatever is signed with this key from now on fails."),
    }
    return render(request, "workspace/organisation_form.html", facts)


@require_POST
@acting.requires("administration")
def signing_anew(request: HttpRequest) -> HttpResponse:
    """Sign those chosen among the certificates that a revocation reached again: all of them, or none."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    wanted = request.POST.getlist("credential")
    chosen = list(key_changes.affected(membership.organisation).filter(public_id__in=wanted)[:SHOWN])
    if not chosen:
        messages.error(request, _("Choose at least one certificate to sign anew."))
        return redirect(KEYS)
    try:
        made = key_changes.sign_many_anew(credentials=chosen, by=membership, at=clock.now())
    except Refused as refusal:
        messages.error(request, sentence(refusal))
        return redirect(KEYS)
    if made:
        said = ngettext(
            "%(count)s certificate is signed anew. Send its holder the new file.",
            "%(count)s certificates are signed anew. Send their holders the new files.",
            len(made),
        )
        messages.success(request, said % {"count": len(made)})
    if proposed := len(chosen) - len(made):
        said = ngettext(
            "%(count)s certificate is proposed. A second administrator of your organisation has to sign it.",
            "%(count)s certificates are proposed. A second administrator of your organisation has to sign them.",
            proposed,
        )
        messages.success(request, said % {"count": proposed})
    return redirect(KEYS)


def _by(proposal: Approval | None, membership: Membership) -> bool:
    return proposal is not None and proposal.member.person_id == membership.person_id
