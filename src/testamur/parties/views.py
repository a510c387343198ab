"""Joining, being invited, entering the demo, acting under another membership, choosing a language."""

from __future__ import annotations

import ipaddress

from allauth.account.internal.flows.signup import prevent_enumeration
from allauth.account.utils import complete_signup
from django.conf import settings
from django.contrib.auth import login, logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django.views.i18n import set_language

from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.parties import acting, actions, queries
from testamur.parties import functions as duties
from testamur.parties.actions.access import find_invitation
from testamur.parties.forms import AcceptForm, JoinForm, add_refusal
from testamur.parties.limits import limited
from testamur.parties.models import Account
from testamur.parties.signin import INVITED

BACKEND = "django.contrib.auth.backends.ModelBackend"


def _language() -> str:
    return get_language() or "en"


def _local(request: HttpRequest, address: str, otherwise: str) -> str:
    """Return an address to go on to, never one outside this platform."""
    allowed = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if address and allowed else otherwise


@sensitive_post_parameters("password", "password_again")
@never_cache
@require_http_methods(["GET", "POST"])
@limited("join", "10/h/ip")
def join(request: HttpRequest) -> HttpResponse:
    """An enterprise registers itself. An address with an account gets the same answer, and a mail."""
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"].strip().lower()
        if Account.objects.filter(email__iexact=email).exists():
            return prevent_enumeration(request, email=email)
        try:
            account = actions.join(
                organisation=form.changes(),
                uscc=form.cleaned_data["uscc"],
                uscc_reason=form.cleaned_data["uscc_reason"],
                person=form.person(),
                email=email,
                password=form.cleaned_data["password"],
                language=_language(),
                at=clock.now(),
            )
        except Refused as refusal:
            add_refusal(form, refusal)
        else:
            return complete_signup(request, account, None, settings.LOGIN_REDIRECT_URL)
    return render(request, "parties/join.html", {"form": form})


@sensitive_post_parameters("password", "password_again")
@never_cache
@require_http_methods(["GET", "POST"])
@limited("invitation", "20/h/ip")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation: signed in with one press, otherwise by opening an account."""
    try:
        offered = find_invitation(token)
    except Refused as refusal:
        request.session.pop(INVITED, None)
        return acting.refused(request, refusal, status=410)
    request.session[INVITED] = token
    account = request.user if request.user.is_authenticated else None
    known = account is not None or Account.objects.filter(email__iexact=offered.email).exists()
    initial = {"name_zh": offered.names.get("zh", ""), "name_en": offered.names.get("en", "")}
    form = None if known else AcceptForm(request.POST or None, email=offered.email, initial=initial)
    in_the_way: Refused | None = None
    if request.method == "POST" and (account is not None or (form is not None and form.is_valid())):
        try:
            membership = actions.accept_invitation(
                token=token,
                account=account,
                password=form.cleaned_data["password"] if form else None,
                names=form.names() if form else None,
                language=_language(),
                at=clock.now(),
            )
        except Refused as error:
            in_the_way = error
        else:
            request.session.pop(INVITED, None)
            if account is None:
                login(request, membership.person.account, backend=BACKEND)
            request.session[acting.CHOSEN] = membership.public_id
            return redirect(settings.LOGIN_REDIRECT_URL)
    facts = {"invitation": offered, "form": form, "known": known, "account": account, "refusal": in_the_way}
    return render(request, "parties/invitation.html", facts)


@require_POST
def acting_as(request: HttpRequest) -> HttpResponse:
    """Act under another of one's own living memberships; anybody else's is not found."""
    if acting.choose(request, request.POST.get("membership", "")) is None:
        raise Http404
    return redirect(_local(request, request.POST.get("next", ""), settings.LOGIN_REDIRECT_URL))


@never_cache
@require_http_methods(["GET", "POST"])
def demo(request: HttpRequest) -> HttpResponse:
    """Choose a role instead of signing in: on a sample platform that only this machine can reach, nowhere else."""
    if not demo_allowed(request):
        raise Http404
    if request.method == "POST":
        return _enter(request)
    cards = []
    for account in queries.demo_accounts():
        memberships = queries.memberships(account)
        if memberships:
            role, says = duties.DEMO_ROLES.get(account.demo_role, (account.demo_role, ""))
            cards.append({"account": account, "membership": memberships[0], "role": role, "says": says})
    return render(request, "parties/demo.html", {"cards": cards, "next": request.GET.get("next", "")})


def demo_allowed(request: HttpRequest) -> bool:
    """Say whether the demo may be entered: a sample, bound to loopback, asked from loopback, with no proxy between."""
    if not (settings.SAMPLE and settings.DEMO) or "HTTP_X_FORWARDED_FOR" in request.META:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _enter(request: HttpRequest) -> HttpResponse:
    chosen = request.POST.get("account", "")
    logout(request)
    if chosen == "public":
        return redirect("/")
    account = queries.demo_accounts().filter(person__public_id=chosen).first()
    memberships = queries.memberships(account) if account else []
    if account is None or not memberships:
        raise Http404
    # In a demo nobody has told the account a language: whoever enters goes on in the one they were reading.
    account.language = _language()
    account.save(update_fields=["language"])
    login(request, account, backend=BACKEND)
    request.session[acting.CHOSEN] = memberships[0].public_id
    return redirect(_local(request, request.POST.get("next", ""), settings.LOGIN_REDIRECT_URL))


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Switch the language; somebody signed in keeps it with the account."""
    wanted = request.POST.get("language", "")
    if request.user.is_authenticated and wanted in dict(settings.LANGUAGES):
        request.user.language = wanted
        request.user.save(update_fields=["language"])
    return set_language(request)
