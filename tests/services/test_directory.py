"""Claims about the clinic's picture as it is kept between requests."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from scheduler.persistence import directory as tables
from scheduler.persistence.database import Database
from scheduler.services import directory
from scheduler.services.house import House


def test_an_unchanged_clinic_costs_one_question(
    database: Database, count_statements: Callable[[], int]
) -> None:
    first = directory.clinic(database)
    before = count_statements()
    assert directory.clinic(database) is first
    assert count_statements() - before == 1


def test_a_changed_clinic_is_read_again(database: Database) -> None:
    first = directory.clinic(database)
    with database.transaction() as connection:
        tables.bump(connection)
    assert directory.clinic(database).version == first.version + 1


def test_a_rolled_back_change_is_never_seen(database: Database) -> None:
    first = directory.clinic(database)
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:
        tables.bump(connection)
        _ = 1 / 0
    assert directory.clinic(database) is first


def test_the_kept_picture_answers_for_its_own_version_alone(database: Database) -> None:
    cache = directory.cache_of(database)
    picture = directory.clinic(database)
    assert cache.current(picture.version) is picture
    assert cache.current(picture.version + 1) is None


def test_each_database_has_a_picture_of_its_own(house: House, tmp_path: object) -> None:
    other = Database(f"sqlite:///{tmp_path}/other.sqlite")
    assert directory.cache_of(other) is not directory.cache_of(house.database)
    assert directory.cache_of(other) is directory.cache_of(other)
    other.dispose()


def test_many_threads_share_one_picture(database: Database) -> None:
    seen: list[int] = []
    threads = [threading.Thread(target=lambda: seen.append(id(directory.clinic(database)))) for _ in range(8)]
    directory.clinic(database)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(seen)) == 1
