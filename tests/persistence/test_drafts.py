"""What a person typed is kept sealed and found by the browser's handle; a request sent twice is answered once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from scheduler.domain.errors import IdempotencyMismatch, StaleVersion
from scheduler.persistence import drafts
from scheduler.persistence.database import Database
from scheduler.persistence.vault import Vault
from tests.engines import NOW

LATER = NOW + timedelta(hours=2)
TYPED = {"given_name": "Ñico", "phone": "+19155550123"}


def test_what_was_typed_comes_back_by_the_handle(database: Database, vault: Vault) -> None:
    with database.transaction() as connection:
        handle = drafts.start(connection, vault, TYPED, now=NOW, expires_at=LATER, hold_id="h")
        draft = drafts.load(connection, vault, handle, NOW)
    assert draft is not None
    assert (draft.values, draft.hold_id, draft.version) == (TYPED, "h", 0)


@pytest.mark.parametrize("handle", ["", "x", "x" * 43])
def test_an_unknown_handle_finds_nothing(database: Database, vault: Vault, handle: str) -> None:
    with database.transaction() as connection:
        drafts.start(connection, vault, TYPED, now=NOW, expires_at=LATER)
        assert drafts.load(connection, vault, handle, NOW) is None


def test_a_draft_ends_at_its_hour_and_is_swept_away(database: Database, vault: Vault) -> None:
    with database.transaction() as connection:
        handle = drafts.start(connection, vault, TYPED, now=NOW, expires_at=LATER)
        assert drafts.load(connection, vault, handle, LATER) is None
        assert drafts.sweep(connection, NOW, NOW) == 0
        assert drafts.sweep(connection, LATER, NOW) == 1


def test_a_save_replaces_what_was_typed(database: Database, vault: Vault) -> None:
    with database.transaction() as connection:
        handle = drafts.start(connection, vault, TYPED, now=NOW, expires_at=LATER, hold_id="h")
        first = drafts.load(connection, vault, handle, NOW)
        assert first is not None
        drafts.save(connection, vault, first, {"phone": "+1"}, expires_at=LATER, hold_id="other")
        second = drafts.load(connection, vault, handle, NOW)
    assert second is not None
    assert (second.values, second.hold_id, second.version) == ({"phone": "+1"}, "other", 1)


def test_two_windows_do_not_overwrite_each_other_unseen(database: Database, vault: Vault) -> None:
    with database.transaction() as connection:
        handle = drafts.start(connection, vault, TYPED, now=NOW, expires_at=LATER)
        seen = drafts.load(connection, vault, handle, NOW)
        assert seen is not None
        drafts.save(connection, vault, seen, {"a": 1}, expires_at=LATER)
        with pytest.raises(StaleVersion):
            drafts.save(connection, vault, seen, {"b": 2}, expires_at=LATER)


def test_a_finished_draft_keeps_nothing_that_was_typed(database: Database, vault: Vault) -> None:
    with database.transaction() as connection:
        handle = drafts.start(connection, vault, TYPED, now=NOW, expires_at=LATER, hold_id="h")
        draft = drafts.load(connection, vault, handle, NOW)
        assert draft is not None
        drafts.close(connection, vault, draft.id, None)
        closed = drafts.load(connection, vault, handle, NOW)
    assert closed is not None
    assert (closed.values, closed.hold_id) == ({}, None)


def test_a_stolen_table_shows_neither_handle_nor_answers(
    database: Database, vault: Vault, tables_of: Callable[[str], list[tuple[object, ...]]]
) -> None:
    with database.transaction() as connection:
        handle = drafts.start(connection, vault, TYPED, now=NOW, expires_at=LATER)
        drafts.begin(connection, vault, "the-key", b"the request", NOW)
        drafts.finish(connection, vault, "the-key", b"the answer")
    kept = str(tables_of("draft")) + str(tables_of("idempotency"))
    for secret in (handle, "5550123", "the-key", "the request", "the answer"):
        assert secret not in kept


def test_the_same_request_gets_the_same_answer(database: Database, vault: Vault) -> None:
    with database.transaction() as connection:
        assert drafts.begin(connection, vault, "key", b"request", NOW) is None
        drafts.finish(connection, vault, "key", b"answer")
    with database.transaction() as connection:
        assert drafts.begin(connection, vault, "key", b"request", NOW) == b"answer"


def test_another_request_under_the_same_key_is_refused(database: Database, vault: Vault) -> None:
    with database.transaction() as connection:
        drafts.begin(connection, vault, "key", b"request", NOW)
    with database.transaction() as connection, pytest.raises(IdempotencyMismatch):
        drafts.begin(connection, vault, "key", b"another", NOW)


def test_a_request_that_failed_may_be_sent_again(database: Database, vault: Vault) -> None:
    class Refused(Exception):
        pass

    with pytest.raises(Refused), database.transaction() as connection:
        drafts.begin(connection, vault, "key", b"request", NOW)
        raise Refused
    with database.transaction() as connection:
        assert drafts.begin(connection, vault, "key", b"another", NOW) is None


def test_a_request_sent_twice_at_once_waits_and_gets_the_first_ones_answer(
    database: Database, vault: Vault
) -> None:
    begun, answers = threading.Event(), []

    def second() -> None:
        begun.wait(5)
        with database.transaction() as connection:
            answers.append(drafts.begin(connection, vault, "key", b"request", NOW))

    thread = threading.Thread(target=second)
    thread.start()
    with database.transaction() as connection:
        drafts.begin(connection, vault, "key", b"request", NOW)
        begun.set()
        thread.join(0.2)
        assert answers == []
        drafts.finish(connection, vault, "key", b"answer")
    thread.join(5)
    assert answers == [b"answer"]


def test_old_keys_are_swept_away(database: Database, vault: Vault) -> None:
    with database.transaction() as connection:
        drafts.begin(connection, vault, "key", b"request", NOW)
        assert drafts.sweep(connection, NOW, NOW) == 0
        assert drafts.sweep(connection, NOW, NOW + timedelta(seconds=1)) == 1
