"""What the busiest questions cost the database: a number of statements that does not grow, and no look at the past.

Time drifts with the machine; these numbers do not. Raise one knowingly, and say in the commit what it buys.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.dialects import sqlite

from scheduler.domain.actor import SYSTEM
from scheduler.domain.booking import MoveRequest
from scheduler.domain.directory import Mode
from scheduler.domain.interval import epoch
from scheduler.persistence import occupancy
from scheduler.services import booking, changing, holding, listing, loading, slot_search
from scheduler.services.booking import Once
from scheduler.services.house import House
from scheduler.services.listing import DaysQuery
from scheduler.services.slot_search import SlotQuery
from tests.engines import NOW, OWNER, SOMEBODY, a_patient, a_request, query

BOOKING = {"sqlite": 11, "postgresql": 15}
"""A first visit in person, on the page; the first asks who somebody is and who looks like them. PostgreSQL besides
waits for the person's turn, locks the resources, looks again and wakes the workers. `BEGIN` and `COMMIT` are not among
them."""

Questions = Callable[[House, SlotQuery], object]
QUESTIONS: dict[str, Questions] = {
    "find": lambda house, wish: slot_search.find(house, wish, NOW),
    "the first page": lambda house, wish: slot_search.find(house, wish, NOW, 3),
    "overview": lambda house, wish: slot_search.overview(house, wish, NOW),
    "nearest": lambda house, wish: slot_search.nearest(house, wish, wish.start, NOW),
    "explain": lambda house, wish: slot_search.explain(house, wish, wish.start, NOW),
    "days": lambda house, wish: listing.list_days(
        house,
        DaysQuery(wish.visit_type_code, wish.mode, wish.start.date(), (wish.end - wish.start).days),
        NOW,
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("clinicians", [1, 12])
def test_a_search_is_one_statement_for_any_window_and_any_number_of_clinicians(
    house: House, count_statements: Callable[[], int], question: str, clinicians: int
) -> None:
    loading.load(house, clinicians, 20 * clinicians, SYSTEM, NOW, lambda _: None)
    ask = QUESTIONS[question]
    for days in (1, 30, 90):
        wish = query(start=NOW + timedelta(days=1), end=NOW + timedelta(days=1 + days))
        ask(house, wish)
        before = count_statements()
        ask(house, wish)
        assert count_statements() - before == 1, days


def test_a_booking_costs_a_known_number_of_statements(
    house: House, count_statements: Callable[[], int]
) -> None:
    request, before = a_request(house), count_statements()
    booking.book(house, request, SOMEBODY, NOW)
    assert count_statements() - before == BOOKING[engine_of(house)]


@pytest.mark.parametrize(
    ("what", "more"),
    [
        ("a patient whom the clinic knows", -2),  # neither a resource nor a patient is kept
        ("a video visit", 1),  # the consent
        ("a request key", 2),  # claimed and answered
    ],
)
def test_what_a_booking_costs_besides(
    house: House, count_statements: Callable[[], int], what: str, more: int
) -> None:
    mode = Mode.VIRTUAL if what == "a video visit" else Mode.IN_PERSON
    patient = a_patient()
    once = Once("key", b"body", lambda *_: b"answer") if what == "a request key" else None
    first = a_request(house, mode, patient=patient)
    if what == "a patient whom the clinic knows":
        booking.book(house, first, SOMEBODY, NOW)
        first = a_request(house, patient=patient, start=another_start(house))
    before = count_statements()
    booking.book(house, first, SOMEBODY, NOW, once=once)
    cost = count_statements() - before
    assert cost == BOOKING[engine_of(house)] + more


def test_a_kept_time_costs_two_statements_more_at_most(
    house: House, count_statements: Callable[[], int]
) -> None:
    """The hold is read, settled and removed; on the other hand nobody looks for the time again."""
    start = another_start(house)
    hold = holding.hold(house, query(), start, SOMEBODY, NOW)
    request = a_request(house, start=start, practitioner_id=hold.practitioner_id, hold_id=hold.id)
    before = count_statements()
    booking.book(house, request, SOMEBODY, NOW)
    assert count_statements() - before <= BOOKING[engine_of(house)] + 2


def test_a_move_costs_little_more_than_a_booking(house: House, count_statements: Callable[[], int]) -> None:
    soon = slot_search.find(house, query(start=NOW + timedelta(days=8)), NOW, limit=1)[0].start
    visit = booking.book(house, a_request(house, start=soon), SOMEBODY, NOW).visit
    assert visit is not None
    number, start = visit.appointment.id, another_start(house)
    before = count_statements()
    changing.move(house, number, MoveRequest(start, Mode.IN_PERSON), OWNER, NOW)
    # one asks whether the visit waits on the desk's list, which a move answers; one whether anybody waits for the time
    assert count_statements() - before <= BOOKING[engine_of(house)] + 5


def test_a_search_never_reads_the_past(house: House) -> None:
    """Both bounds of the start are conditions of the index, and every column that is read stands in it."""
    wish = query(start=NOW + timedelta(days=1), end=NOW + timedelta(days=91))
    with house.database.transaction() as connection:
        live_through(connection)
        question, _ = slot_search.read(connection, house, wish, NOW)
        statement, values = occupancy.busy_statement(
            occupancy.locks_rows(connection), question.resources, question.reach, epoch(NOW)
        )
        plan = plan_of(connection, statement, values)
    if engine_of(house) == "sqlite":
        assert (
            "USING COVERING INDEX ix_occupancy_busy (resource_id=? AND starts_at>? AND starts_at<?)" in plan
        ), plan
        return
    assert "Seq Scan on occupancy" not in plan
    assert "ix_occupancy_busy" in plan
    conditions = [line for line in plan.splitlines() if "Index Cond" in line]
    assert any("resource_id" in line and "starts_at" in line for line in conditions), plan


def test_a_statement_that_the_server_has_prepared_does_not_read_the_past_either(house: House) -> None:
    """After some uses PostgreSQL may plan once for all values; that plan, too, must go by resource and start."""
    wish = query(start=NOW + timedelta(days=1), end=NOW + timedelta(days=91))
    with house.database.transaction() as connection:
        live_through(connection)
        question, _ = slot_search.read(connection, house, wish, NOW)
        statement, values = occupancy.busy_statement(
            occupancy.locks_rows(connection), question.resources, question.reach, epoch(NOW)
        )
        plan = generic_plan_of(connection, statement, values)
    assert "Seq Scan on occupancy" not in plan
    assert "SCAN occupancy" not in plan
    assert "ix_occupancy_busy" in plan


def test_sweeping_lapsed_holds_never_reads_the_past(house: House) -> None:
    with house.database.transaction() as connection:
        live_through(connection)
        bounds = {"since": 1, "start": 2, "end": 3, "now": 4, "one": 1, "two": 2, "three": 3}
        if engine_of(house) == "sqlite":
            sweep = occupancy._SWEEP.compile(dialect=sqlite.dialect())
            plan = plan_of(connection, str(sweep), tuple(bounds[name] for name in sweep.positiontup or ()))
            assert "ix_occupancy_busy (resource_id=? AND starts_at>? AND starts_at<?)" in plan, plan
            return
        sweep = occupancy._SWEEP.compile(connection.engine)
        plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {sweep}", bounds).scalars())
        assert "Seq Scan" not in plan, plan


def live_through(connection: Connection) -> None:
    """Five thousand hours of visits long ago for each clinician and room, and the database's knowledge of them."""
    hours = (
        "WITH RECURSIVE hour(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM hour WHERE n < 5000)"
        " INSERT INTO occupancy (resource_id, starts_at, ends_at, kind)"
        " SELECT resource.id, :now - 400 * 86400 - n * 3600, :now - 400 * 86400 - n * 3600 + 1800, 'visit'"
        " FROM hour, resource WHERE resource.kind <> 'patient'"
    )
    connection.execute(text(hours), {"now": epoch(NOW)})
    connection.execute(text("ANALYZE"))


def plan_of(connection: Connection, statement: str, values: tuple[object, ...]) -> str:
    """How the database would run a statement, in its own words."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        return "\n".join(str(row[3]) for row in rows)
    return "\n".join(connection.exec_driver_sql(f"EXPLAIN {statement}", values).scalars())


def generic_plan_of(connection: Connection, statement: str, values: tuple[object, ...]) -> str:
    """The plan for values that are not known yet; SQLite has no other."""
    if connection.dialect.name == "sqlite":
        return plan_of(connection, statement, values)
    numbered = statement
    for place in range(1, len(values) + 1):
        numbered = numbered.replace("%s", f"${place}", 1)
    types = ", ".join(["bigint"] * len(values))
    connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
    connection.exec_driver_sql(f"PREPARE search ({types}) AS {numbered}")
    given = ", ".join(map(str, values))
    plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN EXECUTE search ({given})").scalars())
    connection.exec_driver_sql("DEALLOCATE search")
    return plan


def engine_of(house: House) -> str:
    return house.database.engine.dialect.name


def another_start(house: House) -> datetime:
    return slot_search.find(house, query(start=NOW + timedelta(days=5)), NOW, limit=1)[0].start
