"""What an address asks may hold any sign; NUL is left out before a database is asked."""

from __future__ import annotations

import pytest
from django.http import HttpResponse

from testamur.config.middleware import headers


@pytest.mark.parametrize(
    ("asked", "read"), [("q=a%00b&q=c%00&sort=%00", {"q": ["ab", "c"], "sort": [""]}), ("q=a%20b", {"q": ["a b"]})]
)
def test_what_an_address_asks_loses_the_sign_nul(rf, asked, read):
    seen = []

    def answer(request):
        seen.append(dict(request.GET.lists()))
        return HttpResponse()

    headers(answer)(rf.get(f"/search?{asked}"))
    assert seen == [read]
