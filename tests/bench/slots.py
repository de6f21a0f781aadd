"""Measures the slot search against the bare SQL that fetches the same busy rows, and against a long history.

./dev bench slots [--practitioners 1 10 100] [--past 1000000]
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from scheduler.domain.actor import SYSTEM
from scheduler.domain.directory import Mode
from scheduler.domain.interval import epoch
from scheduler.persistence import occupancy
from scheduler.services import loading, slot_search
from scheduler.services.house import House
from scheduler.services.slot_search import SlotQuery
from tests.bench._measure import NOW, engine, median, medians, table

ENGINES = ("sqlite", "postgresql")
DAYS = (30, 90)
ROUNDS = 31
AHEAD = 90 * 20
"""About as many visits as one clinician has in the ninety days ahead, four fifths full; the rest is history."""


@dataclass(frozen=True, slots=True)
class Bare:
    """The statement of the search and its values, for the driver's own cursor."""

    statement: str
    values: tuple[int, ...]

    def run(self, connection: Connection) -> int:
        """Fetch the rows; returns how many."""
        cursor = connection.connection.cursor()
        cursor.execute(self.statement, self.values)
        rows = cursor.fetchall()
        cursor.close()
        return len(rows)


def main() -> None:
    """Print one table for each engine and size, and one for the history."""
    parser = argparse.ArgumentParser(prog="./dev bench slots")
    parser.add_argument("--practitioners", type=int, nargs="*", default=[1, 10, 100])
    parser.add_argument("--past", type=int, default=1_000_000)
    options = parser.parse_args()
    for name in ENGINES:
        rows = [row for size in options.practitioners for row in _sizes(name, size)]
        header = (
            "clinicians",
            "days",
            "busy rows",
            "bare SQL ms",
            "soonest + days ms",
            "ratio",
            "every slot ms",
        )
        table(f"Slot search on {name}", header, rows)
        _history(name, options.past)


def _sizes(name: str, size: int) -> list[tuple[object, ...]]:
    with engine(name) as (house, _, _folder):
        loading.load(house, size, size * AHEAD, SYSTEM, NOW, lambda _: None)
        return [_row(house, size, days) for days in DAYS]


def _row(house: House, size: int, days: int) -> tuple[object, ...]:
    # Three clinicians of the clinic that is always there keep empty diaries: a question to one names the busy one.
    one = _busiest(house) if size == 1 else None
    query = SlotQuery("imaging-review", Mode.IN_PERSON, NOW, NOW + timedelta(days=days), one)
    found, bare, search = _both(house, query)
    every = median(lambda: slot_search.find(house, query, NOW))
    return size, days, found, bare, search, search / bare, every


def _busiest(house: House) -> int:
    with house.database.reading() as connection:
        clinic = house.clinic(connection)
    return max(p.id for p in clinic.candidates(clinic.visit_type("imaging-review"), Mode.IN_PERSON))


def _both(house: House, query: SlotQuery) -> tuple[int, float, float]:
    with house.database.reading() as connection:
        question, _ = slot_search.read(connection, house, query, NOW)
        with_locks = occupancy.locks_rows(connection)
        asked = occupancy.busy_statement(with_locks, question.resources, question.reach, epoch(NOW))
        statement = Bare(*asked)
        found = statement.run(connection)
        bare, search = medians(
            lambda: statement.run(connection), lambda: slot_search.overview(house, query, NOW), times=ROUNDS
        )
    return found, bare, search


def _history(name: str, past: int) -> None:
    """The same question to a clinic of ten with no history and to one with `past` visits behind it."""
    taken = []
    for visits in (10 * AHEAD, 10 * AHEAD + past):
        with engine(name) as (house, _, _folder):
            loading.load(house, 10, visits, SYSTEM, NOW, lambda _: None)
            query = SlotQuery("imaging-review", Mode.IN_PERSON, NOW, NOW + timedelta(days=30))
            taken.append(median(lambda: slot_search.overview(house, query, NOW)))  # noqa: B023 - used at once
    rows: list[tuple[object, ...]] = [(f"{past:,}", taken[0], taken[1], taken[1] / taken[0])]
    table(f"History on {name}", ("past visits", "without ms", "with ms", "ratio"), rows)


if __name__ == "__main__":
    main()
