"""What every answer of the server carries, and what its health pages say."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db


def test_the_server_says_that_it_lives_and_can_work(client):
    alive, ready = client.get("/healthz"), client.get("/readyz")

    assert alive.json() == {"alive": True}
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "database": "ok", "schema": "ok", "disk": "ok"})


def test_the_server_is_not_ready_when_the_disk_is_nearly_full(client, monkeypatch):
    monkeypatch.setattr("testamur.config.health.LOW_DISK", 2**62)

    ready = client.get("/readyz")

    assert ready.status_code == 503
    assert ready.json()["disk"].startswith("only ")


def test_every_answer_forbids_inline_code_frames_and_sniffing(client):
    headers = client.get("/healthz").headers
    policy = headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=(self)" in headers["Permissions-Policy"]
