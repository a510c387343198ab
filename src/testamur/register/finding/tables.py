"""The tables of the index and the triggers that tell it what changed, in the words of each database.

Triggers, because the register is written by acts, by imports in bulk and by COPY: none of them can forget to say so.
They stand on ``register_current``; :func:`install` makes what is missing, after every migration too, since SQLite
drops a table's triggers whenever a migration rebuilds it.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

#: Columns of ``Current`` of which the tokens are made; a change of any other leaves the index as it is.
COLUMNS = (
    "search", "holder_text", "issuer_id", "scheme", "status", "standards", "country", "region", "said", "edition_id",
    "confidential", "personal", "gone_on",
)  # fmt: skip
#: Identities of one segment in PostgreSQL's index, as a power of two; see ``postgres``.
SEGMENT = 14

_before = "json_object({})".format(", ".join(f"'{name}', OLD.{name}" for name in COLUMNS))
_changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in COLUMNS)

SQLITE = (
    # No positions and no copy of the text: the row itself is what verifies a phrase.
    "CREATE VIRTUAL TABLE IF NOT EXISTS register_finding USING fts5("
    "tokens, content='', tokenize='ascii', detail='none', columnsize=0)",
    # A trigger that fires costs SQLite more than the row: what comes in bulk is said at once (``keeping.wait``).
    "CREATE TRIGGER IF NOT EXISTS register_current_new AFTER INSERT ON register_current "
    "WHEN NEW.delivery_id IS NULL BEGIN "
    "INSERT OR IGNORE INTO register_waiting (attestation_id) VALUES (NEW.attestation_id); END",
    f"CREATE TRIGGER IF NOT EXISTS register_current_changed AFTER UPDATE ON register_current WHEN {_changed} BEGIN "
    f"INSERT OR IGNORE INTO register_waiting (attestation_id, before) VALUES (OLD.attestation_id, {_before}); END",
    "CREATE TRIGGER IF NOT EXISTS register_current_gone AFTER DELETE ON register_current BEGIN "
    f"INSERT OR IGNORE INTO register_waiting (attestation_id, before) VALUES (OLD.attestation_id, {_before}); END",
)

_rows_differ = "({}) IS DISTINCT FROM ({})".format(
    ", ".join(f"o.{name}" for name in COLUMNS), ", ".join(f"n.{name}" for name in COLUMNS)
)
_CHANGED = f"SELECT n.attestation_id FROM now_so n JOIN was_so o USING (attestation_id) WHERE {_rows_differ}"
_WAIT = "INSERT INTO register_waiting (attestation_id) {} ON CONFLICT DO NOTHING"

POSTGRES = (
    "CREATE TABLE IF NOT EXISTS register_finding (id bigint PRIMARY KEY, tokens bigint[] NOT NULL)",
    # A long list of what is not merged yet, emptied by whoever writes in bulk: merging in order is many times faster.
    "CREATE INDEX IF NOT EXISTS register_finding_tokens ON register_finding USING gin (tokens) "
    "WITH (fastupdate = on, gin_pending_list_limit = 65536)",
    f"""
CREATE OR REPLACE FUNCTION register_finding_find(terms bigint[], rare boolean, below bigint, most integer)
RETURNS SETOF bigint LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    segment bigint;
    keys bigint[];
    found integer := 0;
    counted integer;
BEGIN
    SELECT coalesce(max(f.id), -1) INTO segment FROM register_finding f;
    IF below IS NULL THEN below := segment + 1; END IF;
    segment := least(segment, below - 1) >> {SEGMENT};
    IF rare THEN
        SELECT array_agg(terms[1] # (s << 40)) INTO keys FROM generate_series(0, segment) s;
        RETURN QUERY SELECT f.id FROM (SELECT g.id, g.tokens FROM register_finding g WHERE g.tokens && keys OFFSET 0) f
            WHERE f.id < below AND f.tokens @> ARRAY(SELECT t # ((f.id >> {SEGMENT}) << 40) FROM unnest(terms) t)
            ORDER BY f.id DESC LIMIT most;
        RETURN;
    END IF;
    WHILE segment >= 0 AND (most IS NULL OR found < most) LOOP
        keys := ARRAY(SELECT t # (segment << 40) FROM unnest(terms) t);
        RETURN QUERY SELECT f.id FROM (SELECT g.id FROM register_finding g WHERE g.tokens @> keys OFFSET 0) f
            WHERE f.id < below ORDER BY f.id DESC LIMIT most - found;
        GET DIAGNOSTICS counted = ROW_COUNT;
        found := found + counted;
        segment := segment - 1;
    END LOOP;
END $$""",
    f"""
CREATE OR REPLACE FUNCTION register_current_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        {_WAIT.format("SELECT n.attestation_id FROM now_so n")};
    ELSIF TG_OP = 'UPDATE' THEN
        {_WAIT.format(_CHANGED)};
    ELSIF TG_OP = 'DELETE' THEN
        {_WAIT.format("SELECT o.attestation_id FROM was_so o")};
    ELSE
        DELETE FROM register_finding;
    END IF;
    RETURN NULL;
END $$""",
    "CREATE OR REPLACE TRIGGER register_current_new AFTER INSERT ON register_current "
    "REFERENCING NEW TABLE AS now_so FOR EACH STATEMENT EXECUTE FUNCTION register_current_waits()",
    "CREATE OR REPLACE TRIGGER register_current_changed AFTER UPDATE ON register_current "
    "REFERENCING OLD TABLE AS was_so NEW TABLE AS now_so FOR EACH STATEMENT EXECUTE FUNCTION register_current_waits()",
    "CREATE OR REPLACE TRIGGER register_current_gone AFTER DELETE ON register_current "
    "REFERENCING OLD TABLE AS was_so FOR EACH STATEMENT EXECUTE FUNCTION register_current_waits()",
    "CREATE OR REPLACE TRIGGER register_current_emptied AFTER TRUNCATE ON register_current "
    "FOR EACH STATEMENT EXECUTE FUNCTION register_current_waits()",
)

REMOVAL = {
    "sqlite": (
        "DROP TRIGGER IF EXISTS register_current_new",
        "DROP TRIGGER IF EXISTS register_current_changed",
        "DROP TRIGGER IF EXISTS register_current_gone",
        "DROP TABLE IF EXISTS register_finding",
    ),
    "postgresql": (
        "DROP FUNCTION IF EXISTS register_current_waits() CASCADE",
        "DROP FUNCTION IF EXISTS register_finding_find(bigint[], boolean, bigint, integer)",
        "DROP TABLE IF EXISTS register_finding",
    ),
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the tables, functions and triggers of the index that are not there yet; those that are stay."""
    with connection.cursor() as cursor:
        for statement in SQLITE if connection.vendor == "sqlite" else POSTGRES:
            cursor.execute(statement)


def install_forwards(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    """Install as a step of a migration, and let every row that is already there wait to be indexed."""
    install(editor.connection)
    with editor.connection.cursor() as cursor:
        cursor.execute("INSERT INTO register_waiting (attestation_id) SELECT attestation_id FROM register_current")


def remove(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    """Take the index away again."""
    with editor.connection.cursor() as cursor:
        for statement in REMOVAL[editor.connection.vendor]:
            cursor.execute(statement)


def reinstall(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    """Make the triggers anew as a step of a migration, where ``COLUMNS`` has changed since they were made."""
    with editor.connection.cursor() as cursor:
        for statement in REMOVAL["sqlite"][:3] if editor.connection.vendor == "sqlite" else ():
            cursor.execute(statement)
    install(editor.connection)


def install_again(**_facts: object) -> None:
    """Make after any migration what it may have dropped: SQLite rebuilds a table to change it.

    The same is called after a database was emptied (``flush``), which knows of no table of the index.
    """
    from django.db import connection

    from testamur.register.finding.index import index
    from testamur.register.models import Waiting

    if "register_waiting" not in connection.introspection.table_names():
        return
    install(connection)
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM register_current)")
        (filled,) = cursor.fetchone()
    if not filled:
        # Neither is there anything to forget: what waited to be would be looked for in an index that lacks it.
        Waiting.objects.all().delete()
        index().empty()
