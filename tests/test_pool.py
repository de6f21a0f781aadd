"""A database that is lent again is in its first state, whatever an earlier test did to it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy.engine import URL

from scheduler.services import booking
from tests.engines import NOW, SOMEBODY, a_request, open_house
from tests.pool import TABLES, Pool
from tests.postgres import Server, as_text, plain

STANDS = "SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 2"


@pytest.fixture
def pool(postgres_server: Server, founded_template: str) -> Iterator[Pool]:
    """A pool that no other test lends from."""
    pool = Pool(postgres_server, founded_template)
    yield pool
    pool.close()


def everything_in(url: URL) -> list[object]:
    """Every row of every table, and where each running number stands."""
    with psycopg.connect(plain(url)) as connection:
        tables = [name for (name,) in connection.execute(TABLES)]
        ask = "SELECT * FROM {} ORDER BY 1"
        rows = [connection.execute(ask.format(name).encode()).fetchall() for name in tables]
        return [*zip(tables, rows, strict=True), connection.execute(STANDS).fetchall()]


def alter(url: URL, statement: str) -> None:
    with psycopg.connect(plain(url)) as connection:
        connection.execute(statement.encode())


def numbers_of_databases(server: Server, *urls: URL) -> list[int]:
    """The databases' own numbers, which a copy would not share; 0 for one that is gone."""
    with psycopg.connect(plain(server.url)) as connection:
        ask = "SELECT oid FROM pg_database WHERE datname = %s"
        return [int((connection.execute(ask, (url.database,)).fetchone() or (0,))[0]) for url in urls]


def test_what_a_test_booked_and_changed_is_gone_and_the_numbers_begin_again(pool: Pool) -> None:
    url = pool.lend()
    first = everything_in(url)
    house = open_house(as_text(url))
    booking.book(house, a_request(house), SOMEBODY, NOW)
    house.database.dispose()
    alter(url, "UPDATE organization SET name = 'Another'")
    alter(url, "DELETE FROM closure")
    assert everything_in(url) != first
    pool.take_back(url)
    again = pool.lend()
    assert everything_in(again) == first
    pool.take_back(again)


def test_it_is_the_same_database_under_a_name_that_nobody_knows(pool: Pool, postgres_server: Server) -> None:
    url = pool.lend()
    (number,) = numbers_of_databases(postgres_server, url)
    with psycopg.connect(plain(url)) as left_open:
        pool.take_back(url)
        with pytest.raises(psycopg.OperationalError):
            left_open.execute("SELECT 1")
    again = pool.lend()
    assert numbers_of_databases(postgres_server, url, again) == [0, number]
    pool.take_back(again)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE occupancy DROP CONSTRAINT occupancy_no_overlap",
        "ALTER TABLE room ADD COLUMN colour text",
        "ALTER TABLE room DISABLE TRIGGER ALL",
        "CREATE TABLE more (id integer)",
        "CREATE OR REPLACE FUNCTION refuse_alteration() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    ],
)
def test_a_database_of_another_shape_is_not_lent_again(
    pool: Pool, postgres_server: Server, statement: str
) -> None:
    url = pool.lend()
    (number,) = numbers_of_databases(postgres_server, url)
    alter(url, statement)
    pool.take_back(url)
    again = pool.lend()
    assert numbers_of_databases(postgres_server, again) != [number]
    pool.take_back(again)
