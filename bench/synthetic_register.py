"""A register filled with the synthetic country, row by row past every act: to measure questions, not imports."""

from __future__ import annotations

import json
import os
import time
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

#: Records of one statement.
BATCH = 5_000
ATTESTATION = (
    "id", "public_id", "issuer_id", "scheme_id_text", "origin", "origin_name", "origin_key", "part", "confidential",
    "personal", "sample", "source_id", "recorded_at",
)  # fmt: skip
CURRENT = (
    "attestation_id", "number", "number_key", "holder_text", "issuer_id", "scheme", "status", "effective_on",
    "expires_on", "changed_at", "country", "region", "standards", "search", "confidential", "personal", "said", "since",
    "delivery_id",
)  # fmt: skip


def connect(url: str, folder: Path) -> None:
    """Set Django up for a database, and make its tables where there are none."""
    os.environ.update(
        TESTAMUR_VAR=str(folder), TESTAMUR_SAMPLE="1", TESTAMUR_BIND="127.0.0.1:8000", TESTAMUR_DATABASE_URL=url,
        TESTAMUR_ORIGIN="http://127.0.0.1:8000", TESTAMUR_HOST="sample.testamur.example",
        TESTAMUR_LOG_LEVEL="CRITICAL", TESTAMUR_SECRET_KEY="only-for-a-measurement-and-therefore-no-secret",
        DJANGO_SETTINGS_MODULE="testamur.config.settings",
    )  # fmt: skip
    import django
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    if "register_current" in connection.introspection.table_names():
        return
    settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
    call_command("migrate", run_syncdb=True, verbosity=0)


def fill(upto: int, of: int, *, seed: int = 1) -> float:
    """Write and index the records of a country of ``of`` certificates that are not there yet, up to number ``upto``.

    Returns:
        Seconds that the index took, 0 where nothing was to do.
    """
    from testamur.register.models import Current

    there = Current.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    if there < upto:
        _write(there, upto, of, seed)
    return _index()


def _index() -> float:
    from testamur.register.finding import keeping

    began = time.perf_counter()
    if not keeping.work_off():
        return 0.0
    return time.perf_counter() - began


def _write(there: int, upto: int, of: int, seed: int) -> None:
    from django.db import connection, transaction
    from django.utils import timezone

    from testamur.register.finding.keeping import wait
    from testamur.register.models import Attestation, Current
    from testamur.sample.country import Country

    country = Country(of, seed=seed, deliveries=1)
    # A firm has several certificates and a body thousands; both are drawn anew for each.
    object.__setattr__(country, "firm", lru_cache(maxsize=None)(country.firm))
    object.__setattr__(country, "body", lru_cache(maxsize=None)(country.body))
    source, delivery, issuers = _source(country)
    now, today = timezone.now(), country.as_of(0)
    statements = [_insert(Attestation._meta.db_table, ATTESTATION), _insert(Current._meta.db_table, CURRENT)]
    for first in range(there, upto, BATCH):
        numbers = range(first, min(first + BATCH, upto))
        rows = [_rows(number + 1, country.life(number)[0], source, delivery, issuers, now, today) for number in numbers]
        with transaction.atomic(), connection.cursor() as cursor:
            for place, statement in enumerate(statements):
                cursor.executemany(statement, [row[place] for row in rows])
            wait(numbers[0] + 1, numbers[-1] + 1)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # ids were given: the sequence is told, and the planner, as by autovacuum
            cursor.execute("SELECT setval(pg_get_serial_sequence('register_attestation', 'id'), %s)", [upto])
            cursor.execute("VACUUM ANALYZE register_current")


def _source(country: Any) -> tuple[int, int, list[int]]:
    from django.utils import timezone

    from testamur.parties.models import Organisation
    from testamur.register.models import Delivery, Mapping, Source

    names = {"en": "Synthetic country", "zh": "合成国家"}
    source, _new = Source.objects.get_or_create(key="sample-country", defaults={"origin": "mirrored", "names": names})
    mapping, _new = Mapping.objects.get_or_create(source=source, version=1, defaults={"body": {}, "digest": "0" * 64})
    delivery = Delivery.objects.first() or Delivery.objects.create(
        source=source, mapping=mapping, as_of=country.as_of(0), whole=True, state="committed",
        committed_at=timezone.now(),
    )  # fmt: skip
    known = list(Organisation.objects.order_by("pk").values_list("pk", flat=True))
    for number in range(len(known), country.bodies):
        body = country.body(number)
        names = {"en": body["name_en"], "zh": body["name_zh"]}
        known.append(Organisation.objects.create(names=names, country="CN", sample=True).pk)
    return source.pk, delivery.pk, known


def _insert(table: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"


def _rows(
    pk: int, row: dict[str, Any], source: int, delivery: int, issuers: list[int], now: Any, today: date
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return the values of both rows of a record, in the order of the columns."""
    from testamur.register.words import fold, number_key

    issuer = issuers[(int(row["number"][:4]) - 1) % len(issuers)]
    said = {
        "parties": [{"role": "holder", "names": {"zh": row["holder"]}, "country": "CN"}],
        "statement": {"zh": row["scope"]}, "requirements": [{"designation": row["standard"]}],
        "rests_on": [{"kind": "accreditation", "key": row["accreditation"]}] if row["accreditation"] else [],
        "lines": [{"industry": {"tree": "gb4754@2017", "node": row["industry"]}}],
    }  # fmt: skip
    words = fold(f"{row['number']} {row['holder']} {row['scope']} {row['standard']}")
    identity = (
        pk, f"S{pk:09d}", issuer, row["scheme"], "mirrored", "sample-country", row["key"], "", False, False, True,
        source, now,
    )  # fmt: skip
    state = (
        pk, row["number"], number_key(row["number"]), row["holder"], issuer, row["scheme"], row["status"],
        date.fromisoformat(row["valid_from"]), date.fromisoformat(row["valid_until"]), now, "CN", row["region"],
        row["standard"], f" {words} ", False, False, json.dumps(said, ensure_ascii=False), today, delivery,
    )  # fmt: skip
    return identity, state
