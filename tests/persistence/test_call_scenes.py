"""The look at a call that every open page takes each second or two stays cheap, however much the clinic has lived."""

from __future__ import annotations

import re

from scheduler.persistence import call_scenes
from scheduler.services.house import House
from tests.engines import NOW
from tests.video_rooms import a_visit_soon, sit_down

CHEAP = 1_000.0
"""In PostgreSQL's units. From 100,000 on it compiles a plan first, which takes a second."""

OF_ONE_ROW = {"organization", "directory_version"}


def test_a_look_goes_by_an_index_and_never_reads_a_table_through(house: House) -> None:
    soon = a_visit_soon(house, NOW)
    sit_down(house, soon, NOW)
    is_sqlite = house.database.is_sqlite
    statement = call_scenes._BY_NUMBER[is_sqlite]
    with house.database.reading() as connection:
        if is_sqlite:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", ("a" * 32, 0, soon.number))
            read = {found for row in rows for found in re.findall(r"^SCAN (\w+)$", str(row[3]))}
            assert read <= OF_ONE_ROW
            return
        first = (
            connection.exec_driver_sql(f"EXPLAIN {statement}", ("a" * 32, 0, soon.number)).scalars().first()
        )
    cost = re.search(r"cost=[\d.]+\.\.([\d.]+)", str(first))
    assert cost
    assert float(cost.group(1)) < CHEAP
