"""How allauth behaves here: nobody signs up by themselves but an enterprise (``/join/``) or somebody invited."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import Provider
from django.http import HttpRequest
from django.urls import reverse

from testamur.kernel.refusal import Refused
from testamur.parties.actions.access import find_invitation

#: Session key that keeps the token of the invitation whose page was opened in this browser.
INVITED = "invitation"


class AccountAdapter(DefaultAccountAdapter):
    """E-mail and password. Accounts come from an invitation or from registering an enterprise."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return after_signing_in(request) or super().get_signup_redirect_url(request)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return after_signing_in(request) or super().get_login_redirect_url(request)


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Another provider opens an account only for somebody who holds an open invitation in this browser."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return open_token(request) is not None

    def is_email_verified(self, provider: Provider, email: str) -> bool:
        """Whoever holds the invitation's link has read the mail it came in: that address needs no second mail."""
        token = open_token(self.request) if self.request else None
        invited = find_invitation(token).email if token else ""
        return email.casefold() == invited.casefold() or super().is_email_verified(provider, email)


def open_token(request: HttpRequest) -> str | None:
    """Return the token of this browser's invitation while it can be accepted."""
    token = request.session.get(INVITED)
    if not token:
        return None
    try:
        find_invitation(token)
    except Refused:
        del request.session[INVITED]
        return None
    return str(token)


def after_signing_in(request: HttpRequest) -> str | None:
    """Return the invitation's page, where one waits to be accepted."""
    token = open_token(request)
    return reverse("parties:invitation", args=[token]) if token else None
