"""Verbs about parties. Every one is keyword-only, one transaction, and leaves an event."""

from testamur.parties.actions.access import (
    accept_invitation,
    add_membership,
    add_person,
    change_functions,
    end_membership,
    invite,
    join,
    open_account,
    withdraw_invitation,
)
from testamur.parties.actions.key_changes import revoke_key, rotate_key
from testamur.parties.actions.keys import create_key, name_root, publish_did, publish_roots, signer
from testamur.parties.actions.organisations import (
    add_site,
    change_organisation,
    change_site,
    close_site,
    identify,
    let_two_issue,
    record_ownership,
    register_organisation,
)
from testamur.parties.actions.ties import bar, lift_bar, record_engagement, state_fact
from testamur.parties.actions.tokens import make_token, revoke_token
from testamur.parties.queries import did, kid

__all__ = [
    "accept_invitation",
    "add_membership",
    "add_person",
    "add_site",
    "bar",
    "change_functions",
    "change_organisation",
    "change_site",
    "close_site",
    "create_key",
    "did",
    "end_membership",
    "identify",
    "invite",
    "join",
    "kid",
    "let_two_issue",
    "lift_bar",
    "make_token",
    "name_root",
    "open_account",
    "publish_did",
    "publish_roots",
    "record_engagement",
    "record_ownership",
    "register_organisation",
    "revoke_key",
    "revoke_token",
    "rotate_key",
    "signer",
    "state_fact",
    "withdraw_invitation",
]
