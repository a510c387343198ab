"""The door: signing in needs an invitation, and works for everybody."""

from __future__ import annotations

import pytest


@pytest.mark.django_db(transaction=True)
def test_the_sign_in_page_asks_for_address_and_password_and_loads_nothing_that_the_policy_refuses(page):
    page.goto("/accounts/login/")

    assert page.get_by_label("Email").count() >= 1
    assert page.locator("input[type=password]").count() == 1
