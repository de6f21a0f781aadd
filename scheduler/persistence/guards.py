"""The database's own refusals: no resource twice at one time, no audit row ever altered; and the probe that they live.

Context. Overlap checked in code alone lets two patients into one chair (every peer that was read does it). Alembic's
batch mode on SQLite drops triggers without a word, and autogenerate does not see them.

Decision. The rules are raw DDL, kept here and applied by the migrations; a migration that rebuilds one of these tables
calls `create` again. At start the program tries to break each rule inside a transaction that is rolled back, and does
not take bookings when a rule gives way.

Consequence. PostgreSQL needs no extension: a one-number `int8range` stands for equality in the exclusion constraint.
"""

from __future__ import annotations

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from scheduler.domain.errors import GuardMissing

_FIRST = ("audit", "audit_seal")
"""Guarded from the first migration on; a later one guards its table itself (`keep_append_only`)."""
_APPEND_ONLY = (*_FIRST, "worklist_event", "own_words")

_POSTGRES = (
    """ALTER TABLE occupancy ADD CONSTRAINT occupancy_no_overlap EXCLUDE USING gist (
        int8range(resource_id, resource_id, '[]') WITH &&,
        int8range(starts_at, ends_at) WITH &&
    )""",
    """CREATE OR REPLACE FUNCTION refuse_alteration() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'append_only: rows of % are never altered', TG_TABLE_NAME; END $$""",
)

_OVERLAPS = """SELECT 1 FROM occupancy o WHERE o.resource_id = NEW.resource_id
        AND o.starts_at < NEW.ends_at AND o.starts_at > NEW.starts_at - 86400
        AND o.ends_at > NEW.starts_at AND o.id IS NOT NEW.id"""

_SQLITE = (
    *(
        f"""CREATE TRIGGER occupancy_no_overlap_{verb} BEFORE {event} ON occupancy
        WHEN EXISTS ({_OVERLAPS})
        BEGIN SELECT RAISE(ABORT, 'occupancy_no_overlap'); END"""
        for verb, event in (("insert", "INSERT"), ("update", "UPDATE OF resource_id, starts_at, ends_at"))
    ),
)


def create(connection: Connection) -> None:
    """Put the guards in place; called by the migrations, after any that rebuilds a guarded table."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRES:
        connection.execute(text(statement))
    for table in _FIRST:
        keep_append_only(connection, table)


def keep_append_only(connection: Connection, table: str, columns: tuple[str, ...] = ()) -> None:
    """Let nobody alter or delete the rows of a table, from now on; its name joins `_APPEND_ONLY`.

    With `columns`, those alone may not be altered: what is sealed must be sealed anew when the key changes.
    """
    alter = f"UPDATE OF {', '.join(columns)}" if columns else "UPDATE"
    if connection.dialect.name == "sqlite":
        statements = [
            f"""CREATE TRIGGER {table}_append_only_{verb} BEFORE {event} ON {table}
            BEGIN SELECT RAISE(ABORT, 'append_only'); END"""
            for verb, event in (("update", alter), ("delete", "DELETE"))
        ]
    else:
        statements = [
            f"CREATE TRIGGER {table}_append_only BEFORE {alter} OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_alteration()"
        ]
    for statement in statements:
        connection.execute(text(statement))


def drop(connection: Connection) -> None:
    """Take the guards away, before a migration that rebuilds a guarded table."""
    if connection.dialect.name == "sqlite":
        for verb in ("insert", "update"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS occupancy_no_overlap_{verb}"))
        for table in _FIRST:
            for verb in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_append_only_{verb}"))
        return
    connection.execute(text("ALTER TABLE occupancy DROP CONSTRAINT IF EXISTS occupancy_no_overlap"))
    for table in _FIRST:
        connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}"))


def missing(connection: Connection) -> tuple[str, ...]:
    """Name the guards that the database's own catalogue does not list: cheap enough for every readiness check."""
    if connection.dialect.name == "sqlite":
        listed = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        wanted = {f"occupancy_no_overlap_{verb}" for verb in ("insert", "update")}
        wanted |= {f"{table}_append_only_{verb}" for table in _APPEND_ONLY for verb in ("update", "delete")}
    else:
        listed = (
            "SELECT conname FROM pg_constraint UNION SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'"
        )
        wanted = {"occupancy_no_overlap", *(f"{table}_append_only" for table in _APPEND_ONLY)}
    return tuple(sorted(wanted - set(connection.scalars(text(listed)))))


def probe(connection: Connection) -> None:
    """Try to break each rule, then undo the trial; needs a transaction, and leaves nothing behind.

    :raises GuardMissing: naming the first rule that gave way.
    """
    _must_refuse(connection, "occupancy_no_overlap", _overlap_trial())
    for table in _APPEND_ONLY:
        _must_refuse(connection, f"{table}_append_only", _alteration_trial(table))


def _must_refuse(connection: Connection, rule: str, trial: tuple[str, ...]) -> None:
    savepoint = connection.begin_nested()
    try:
        for statement in trial:
            connection.execute(text(statement))
    except DBAPIError as refusal:
        if rule.removesuffix("_append_only") not in str(refusal.orig) and "append_only" not in str(
            refusal.orig
        ):
            raise
        return
    finally:
        savepoint.rollback()
    raise GuardMissing(rule)


def _overlap_trial() -> tuple[str, ...]:
    row = "INSERT INTO occupancy (id, resource_id, starts_at, ends_at, kind) VALUES (-{}, -1, {}, {}, 'hold')"
    return (
        "INSERT INTO resource (id, kind) VALUES (-1, 'room')",
        row.format(1, 0, 3600),
        row.format(2, 3600, 7200),
        row.format(3, 3599, 3601),
    )


def _alteration_trial(table: str) -> tuple[str, ...]:
    if table == "worklist_event":
        return (
            "INSERT INTO worklist (id, kind, urgency, state, language, sealed, created_at, version) VALUES"
            " ('guard', '', 'normal', 'open', '', '', '2026-01-01T00:00:00.000000Z', 0)",
            "INSERT INTO worklist_event (id, item_id, version, step, at, actor_kind, actor_id) VALUES"
            " ('guard', 'guard', 0, '', '2026-01-01T00:00:00.000000Z', '', '')",
            "UPDATE worklist_event SET step = 'altered' WHERE id = 'guard'",
        )
    if table == "own_words":
        return (
            "INSERT INTO own_words (id, kind, channel, version, subject_en, heading_en, body_en, subject_es,"
            " heading_es, body_es, actor_id, created_at) VALUES (-1, 'guard', '', 0, '', '', '', '', '', '', '',"
            " '2026-01-01T00:00:00.000000Z')",
            "UPDATE own_words SET body_en = 'altered', body_es = 'altered' WHERE id = -1",
        )
    if table == "audit_seal":
        return (
            "INSERT INTO audit_seal (seq, audit_id, mac) VALUES (-1, -1, '')",
            "UPDATE audit_seal SET audit_id = -2 WHERE seq = -1",
        )
    return (
        "INSERT INTO audit (id, at, actor_kind, actor_id, action, object_type, object_id, outcome, detail, request_id,"
        " address) VALUES (-1, '2026-01-01T00:00:00.000000Z', '', '', '', '', '', '', '{}', '', '')",
        "UPDATE audit SET action = 'altered' WHERE id = -1",
    )
