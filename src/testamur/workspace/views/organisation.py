"""One's own organisation: names, sites, identifiers, owners, keys; people, functions and invitations.

Every row is looked up among the acting organisation's own, so a stranger's address is not found.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from testamur.kernel import clock
from testamur.kernel.refusal import Refused, refusal_of
from testamur.parties import acting, actions, policies, queries
from testamur.parties.forms import (
    EndForm,
    FunctionsForm,
    IdentifierForm,
    InviteForm,
    OrganisationForm,
    OwnerForm,
    SiteForm,
    add_refusal,
)
from testamur.parties.models import Invitation, Membership, Organisation, Site
from testamur.parties.templatetags.parties_words import named, sentence
from testamur.requirements.queries import newest_tree, node_titles
from testamur.wording.templatetags.say import words
from testamur.workspace.answers import Answers

PROFILE, PEOPLE = "workspace:organisation", "workspace:organisation-people"


def _may_administer(membership: Membership) -> Refused | None:
    return refusal_of(policies.check_may_administer, membership, membership.organisation, clock.now())


@require_GET
@acting.requires()
def profile(request: HttpRequest) -> HttpResponse:
    """Names, address, identifiers, sites, owners and keys."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    organisation = membership.organisation
    today = queries.today(organisation)
    return render(
        request,
        "workspace/organisation.html",
        {
            "organisation": organisation,
            "place": _place(organisation),
            "identifiers": organisation.identifiers.order_by("scheme", "pk"),
            "sites": queries.visible_to(membership, Site.objects.all()),
            "owners": queries.owners(organisation, today),
            "keys": organisation.keys.order_by("pk"),
            "did": actions.did(organisation),
            "active_key": queries.active_key(organisation),
            "is_root": queries.is_root(organisation),
            "refusal": _may_administer(membership),
            "site_refusal": refusal_of(policies.check_may_describe, membership, organisation, clock.now()),
        },
    )


def _place(organisation: Organisation) -> dict[str, Any]:
    """Return country and region as people call them; a region after the province it lies in."""
    code = organisation.region
    asked = {"country": [organisation.country], "region": [f"{code[:2]}0000", code] if code else []}
    trees = {"country": newest_tree("countries"), "region": newest_tree("regions")}
    wanted = [(tree.key, one) for name, tree in trees.items() if tree for one in dict.fromkeys(asked[name]) if one]
    titles = node_titles(wanted)
    found: dict[str, Any] = {"country": organisation.country, "region": code}
    for name, tree in trees.items():
        said = [words(titles[tree.key, one]) for one in asked[name] if tree and (tree.key, one) in titles]
        if said:
            found[name] = " ".join(dict.fromkeys(said))
    return found


@require_GET
@acting.requires()
def people(request: HttpRequest) -> HttpResponse:
    """Who acts for the organisation, with which functions, and whom it invited."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    refusal = _may_administer(membership)
    return render(
        request,
        "workspace/organisation_people.html",
        {
            "organisation": membership.organisation,
            "members": queries.members(membership.organisation),
            "invitations": [] if refusal else queries.open_invitations(membership),
            "refusal": refusal,
        },
    )


def _form_page(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[], Any],
    *,
    title: str,
    button: str,
    done: str,
    back: str = PROFILE,
    lead: str = "",
) -> HttpResponse:
    """Show a form; when it is sent whole, act once, however often the button was pressed. A refusal stays on the page
    with everything that was typed."""
    answers = Answers(request)
    if answers.sent and form.is_valid():
        if answers.attempt(act):
            messages.success(request, done)
            return redirect(back)
        for refusal in [*answers.errors.values(), *([answers.refused] if answers.refused else [])]:
            add_refusal(form, refusal)
    facts = {"form": form, "title": title, "button": button, "back": back, "lead": lead, "once": answers.once}
    return render(request, "workspace/organisation_form.html", facts)


def _act(request: HttpRequest, act: Callable[[], Any], done: str, back: str) -> HttpResponse:
    """Act without a form of its own; a refusal is said on the page one came from."""
    try:
        act()
    except Refused as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, done)
    return redirect(back)


@require_http_methods(["GET", "POST"])
@acting.requires("administration")
def details(request: HttpRequest) -> HttpResponse:
    """Change names, address and the like."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    form = OrganisationForm.of(membership.organisation, request.POST or None)
    return _form_page(
        request,
        form,
        lambda: actions.change_organisation(
            organisation=membership.organisation, by=membership, at=clock.now(), **form.changes()
        ),
        title=_("Change the organisation's details"),
        button=_("Save the details"),
        done=_("The details are changed."),
        lead=_("Certificates keep the name and address of their day until their issuer makes a new edition."),
    )


@require_http_methods(["GET", "POST"])
@acting.requires("administration")
def code(request: HttpRequest) -> HttpResponse:
    """Record the unified social credit code."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    form = IdentifierForm(request.POST or None)
    return _form_page(
        request,
        form,
        lambda: actions.identify(
            party=membership.organisation,
            scheme="CN.uscc",
            value=form.cleaned_data["uscc"],
            reason=form.cleaned_data["uscc_reason"],
            by=membership,
            at=clock.now(),
        ),
        title=_("Record the unified social credit code"),
        button=_("Record the code"),
        done=_("The code is recorded."),
    )


@require_http_methods(["GET", "POST"])
@acting.requires("administration")
def owner(request: HttpRequest) -> HttpResponse:
    """Record who owns a share of the organisation."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    form = OwnerForm(request.POST or None)
    return _form_page(
        request,
        form,
        lambda: actions.record_ownership(
            owned=membership.organisation, by=membership, at=clock.now(), **form.cleaned_data
        ),
        title=_("Record an owner"),
        button=_("Record the share"),
        done=_("The share is recorded."),
        lead=_("Impartiality is judged by who owns whom."),
    )


@require_POST
@acting.requires("administration")
def key(request: HttpRequest) -> HttpResponse:
    """Make the signing key."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    return _act(
        request,
        lambda: actions.create_key(organisation=membership.organisation, by=membership, at=clock.now()),
        _("The key is made, published and logged."),
        PROFILE,
    )


def _site(membership: Membership, site_id: str) -> Site:
    return get_object_or_404(queries.visible_to(membership, Site.objects.all()), public_id=site_id)


@require_http_methods(["GET", "POST"])
@acting.requires()
def site(request: HttpRequest, site_id: str = "") -> HttpResponse:
    """Add a site, or change one."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    organisation = membership.organisation
    refusal = refusal_of(policies.check_may_describe, membership, organisation, clock.now())
    if refusal is not None:
        return acting.refused(request, refusal)
    if not site_id:
        form = SiteForm(request.POST or None)
        return _form_page(
            request,
            form,
            lambda: actions.add_site(organisation=organisation, by=membership, at=clock.now(), **form.changes()),
            title=_("Add a site"),
            button=_("Add the site"),
            done=_("The site is added."),
        )
    known = _site(membership, site_id)
    changed = SiteForm.of(known, request.POST or None)
    return _form_page(
        request,
        changed,
        lambda: actions.change_site(site=known, by=membership, at=clock.now(), **changed.changes()),
        title=_("Change a site"),
        button=_("Save the site"),
        done=_("The site is changed."),
    )


@require_POST
@acting.requires()
def site_closure(request: HttpRequest, site_id: str) -> HttpResponse:
    """Close a site."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    known = _site(membership, site_id)
    return _act(
        request,
        lambda: actions.close_site(site=known, by=membership, at=clock.now()),
        _("The site is closed."),
        PROFILE,
    )


@require_http_methods(["GET", "POST"])
@acting.requires("administration")
def invitation(request: HttpRequest) -> HttpResponse:
    """Invite a colleague."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    form = InviteForm(request.POST or None)
    return _form_page(
        request,
        form,
        lambda: actions.invite(
            organisation=membership.organisation,
            email=form.cleaned_data["email"],
            names=form.names(),
            functions=form.cleaned_data["functions"],
            by=membership,
            at=clock.now(),
        ),
        title=_("Invite a colleague"),
        button=_("Send the invitation"),
        done=_("The invitation is on its way."),
        back=PEOPLE,
        lead=_("The link in the mail works once. Whoever accepts acts for your organisation with these functions."),
    )


@require_POST
@acting.requires("administration")
def invitation_withdrawal(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Take an invitation back."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    offered = get_object_or_404(queries.visible_to(membership, Invitation.objects.all()), pk=invitation_id)
    return _act(
        request,
        lambda: actions.withdraw_invitation(invitation=offered, by=membership, at=clock.now()),
        _("The invitation is withdrawn."),
        PEOPLE,
    )


def _member(membership: Membership, member_id: str) -> Membership:
    for member in queries.members(membership.organisation):
        if member.public_id == member_id:
            return member
    raise Http404


@require_http_methods(["GET", "POST"])
@acting.requires("administration")
def functions(request: HttpRequest, member_id: str) -> HttpResponse:
    """Change what a member may do."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    member = _member(membership, member_id)
    form = FunctionsForm.of(member, request.POST or None)
    return _form_page(
        request,
        form,
        lambda: actions.change_functions(
            membership=member, functions=form.cleaned_data["functions"], by=membership, at=clock.now()
        ),
        title=_("Change the functions of %(person)s") % {"person": _named(member)},
        button=_("Save the functions"),
        done=_("The functions are changed."),
        back=PEOPLE,
    )


@require_http_methods(["GET", "POST"])
@acting.requires()
def end(request: HttpRequest, member_id: str) -> HttpResponse:
    """End a membership: an administrator ends any, everybody their own."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    member = _member(membership, member_id)
    refusal = _may_administer(membership)
    if refusal is not None and member.pk != membership.pk:
        return acting.refused(request, refusal)
    form = EndForm(request.POST or None, initial={"until_day": queries.today(membership.organisation)})
    return _form_page(
        request,
        form,
        lambda: actions.end_membership(
            membership=member, until_day=form.cleaned_data["until_day"], by=membership, at=clock.now()
        ),
        title=_("End the membership of %(person)s") % {"person": _named(member)},
        button=_("End the membership"),
        done=_("The membership ends on that day."),
        back=PEOPLE,
        lead=_("What was done under it stays as it is, with the name of who did it."),
    )


def _named(member: Membership) -> str:
    return named(member.person.names)
