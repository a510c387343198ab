"""Addresses of one's own organisation; included by ``workspace.urls``, below its namespace."""

from django.urls import path

from testamur.parties.views import acting_as
from testamur.workspace.views import keys, tokens, webhooks
from testamur.workspace.views import organisation as views

urlpatterns = [
    path("acting/", acting_as, name="act_as"),
    path("organisation/", views.profile, name="organisation"),
    path("organisation/details/", views.details, name="organisation-details"),
    path("organisation/code/", views.code, name="organisation-code"),
    path("organisation/owners/", views.owner, name="organisation-owner"),
    path("organisation/key/", views.key, name="organisation-key"),
    path("organisation/keys/", keys.keys, name="organisation-keys"),
    path("organisation/keys/rotation/", keys.rotation, name="organisation-key-rotation"),
    path("organisation/keys/two-persons/", keys.two_persons, name="organisation-two-persons"),
    path("organisation/keys/<str:fragment>/revocation/", keys.revocation, name="organisation-key-revocation"),
    path("organisation/keys/certificates/", keys.signing_anew, name="organisation-key-signing-anew"),
    path("organisation/sites/new/", views.site, name="organisation-site-new"),
    path("organisation/sites/<str:site_id>/", views.site, name="organisation-site"),
    path("organisation/sites/<str:site_id>/closure/", views.site_closure, name="organisation-site-closure"),
    path("organisation/people/", views.people, name="organisation-people"),
    path("organisation/people/invitation/", views.invitation, name="organisation-invite"),
    path(
        "organisation/people/invitation/<int:invitation_id>/withdrawal/",
        views.invitation_withdrawal,
        name="organisation-invitation-withdrawal",
    ),
    path("organisation/people/<str:member_id>/functions/", views.functions, name="organisation-functions"),
    path("organisation/people/<str:member_id>/end/", views.end, name="organisation-end"),
    path("organisation/webhooks/", webhooks.webhooks, name="organisation-webhooks"),
    path("organisation/webhooks/new/", webhooks.webhook_new, name="organisation-webhook-new"),
    path("organisation/webhooks/<str:webhook_id>/", webhooks.webhook, name="organisation-webhook"),
    path("organisation/tokens/", tokens.tokens, name="organisation-tokens"),
    path("organisation/tokens/new/", tokens.token_new, name="organisation-token-new"),
    path(
        "organisation/tokens/<str:token_id>/revocation/", tokens.token_revocation, name="organisation-token-revocation"
    ),
]
