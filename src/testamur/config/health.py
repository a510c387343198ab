"""Is the server alive, and can it work? For a load balancer and for the operator's page."""

from __future__ import annotations

import os

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from testamur.transparency import queries as transparency

#: Less free space than this and evidence can no longer be taken in safely, bytes.
LOW_DISK = 500 * 1024 * 1024


def alive(request: HttpRequest) -> JsonResponse:
    """Answer that the process runs; touches nothing else."""
    return JsonResponse({"alive": True})


def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 when database, schema and disk allow work, else 503 naming each part that does not."""
    parts = {"database": _database(), "schema": "unknown", "disk": _disk()}
    if parts["database"] == "ok":
        parts["schema"] = _schema()
    ok = all(state == "ok" for state in parts.values())
    if parts["schema"] == "ok" and (cosigners := transparency.state()).appointed:
        # Not a reason to send people elsewhere: issuing goes on while a cosigner is away.
        parts["cosigners"] = f"{cosigners.cosigners} of {cosigners.appointed} signed the newest checkpoint"
        silent = [one.name for one in transparency.cosigners() if not one.answers]
        if silent:
            parts["cosigners"] += f"; no answer from {', '.join(silent)}"
    return JsonResponse({"ready": ok, **parts}, status=200 if ok else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return "ok"
    except DatabaseError:
        return "does not answer"


def _schema() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "ok" if not waiting else f"{len(waiting)} migrations not applied"


def _disk() -> str:
    settings.FILES_DIR.mkdir(parents=True, exist_ok=True)
    state = os.statvfs(settings.FILES_DIR)
    free = state.f_bavail * state.f_frsize
    return "ok" if free >= LOW_DISK else f"only {free // (1024 * 1024)} MB free"
