"""The geometry of the desk's calendar: rows of five minutes, lanes side by side, a grid tall enough for everything."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.calendar import MOST_LANES, Behind, Column, Draft, Entry, Grid, Shade, lanes, lay_out
from scheduler.domain.desk_state import DeskState
from scheduler.domain.directory import Mode
from scheduler.domain.interval import epoch

ZONE = "America/Denver"
MONDAY = date(2026, 9, 14)


def at(hour: int, minute: int = 0, day: int = 14) -> int:
    """An instant of that September in El Paso, which is then six hours behind."""
    return epoch(datetime(2026, 9, day, 0, minute, tzinfo=UTC)) + (hour + 6) * 3600


def an_entry(start: int, end: int, number: int = 1) -> Entry:
    return Entry(
        id=number,
        public_id=f"v{number}",
        revision=1,
        sequence=0,
        state=DeskState.BOOKED,
        late=False,
        mode=Mode.IN_PERSON,
        visit_type_code="imaging-review",
        patient_id=number,
        patient="Ana María Example",
        language="en",
        practitioner_id=1,
        location_id=1,
        room_id=None,
        start=start,
        end=end,
    )


def grid_of(*entries: Entry, behind: tuple[Behind, ...] = (), now: int | None = None) -> Grid:
    column = Column("p1", "Dr. Test", MONDAY, 1)
    return lay_out([Draft(column, entries, behind)], ZONE, now=now)


def test_a_visit_lies_where_its_time_is() -> None:
    (placed,) = grid_of(an_entry(at(9, 30), at(10, 15))).columns[0].visits
    assert (placed.row, placed.span) == (19, 9)


def test_a_usual_day_is_shown_even_when_it_is_empty() -> None:
    grid = grid_of()
    assert (grid.first, grid.last, grid.rows) == (8 * 60, 17 * 60, 108)


def test_a_day_grows_by_full_hours_around_what_happens_in_it() -> None:
    grid = grid_of(an_entry(at(6, 40), at(7)), behind=(Behind(Shade.OPEN, at(12), at(18, 5)),))
    assert (grid.first, grid.last) == (6 * 60, 19 * 60)


def test_an_absence_of_a_whole_day_does_not_make_the_day_longer() -> None:
    grid = grid_of(behind=(Behind(Shade.AWAY, at(0), at(24)),))
    (shade,) = grid.columns[0].shades
    assert (grid.first, grid.last, shade.row, shade.span) == (8 * 60, 17 * 60, 1, 108)


def test_what_lies_on_another_day_is_not_behind_this_one() -> None:
    away = Behind(Shade.AWAY, at(8, day=16), at(12, day=16))
    assert grid_of(behind=(away,)).columns[0].shades == ()


def test_a_visit_that_begins_between_two_rows_keeps_its_row() -> None:
    (placed,) = grid_of(an_entry(at(8, 3), at(8, 33))).columns[0].visits
    assert (placed.row, placed.span) == (1, 6)


def test_todays_line_is_drawn_on_the_day_itself_and_within_the_hours_shown() -> None:
    assert grid_of(now=at(8, 10)).now_row == 3
    assert grid_of(now=at(8, 10, day=15)).now_row is None
    assert grid_of(now=at(23)).now_row is None


def test_the_wall_clock_counts_on_the_day_the_clocks_change() -> None:
    sunday = date(2026, 11, 1)
    begins = epoch(datetime(2026, 11, 1, 16, 0, tzinfo=UTC))  # 9:00 after the change
    column = Column("p1", "Dr. Test", sunday, 1)
    grid = lay_out([Draft(column, [an_entry(begins, begins + 1800)])], ZONE)
    assert grid.columns[0].visits[0].row == 13


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(0, 10), (10, 20)], [(1, 1), (1, 1)]),
        ([(0, 10), (5, 15)], [(1, 2), (2, 2)]),
        ([(5, 15), (0, 10)], [(2, 2), (1, 2)]),
        ([(0, 10), (5, 15), (10, 20)], [(1, 2), (2, 2), (1, 2)]),
        ([(0, 30), (5, 10), (12, 20), (40, 50)], [(1, 2), (2, 2), (2, 2), (1, 1)]),
    ],
)
def test_visits_at_one_time_lie_side_by_side(
    spans: list[tuple[int, int]], expected: list[tuple[int, int]]
) -> None:
    assert lanes(spans) == expected


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12)), max_size=14))
def test_no_two_visits_of_one_lane_overlap_while_there_are_lanes_enough(pairs: list[tuple[int, int]]) -> None:
    spans = [(start, start + length) for start, length in pairs]
    found = lanes(spans)
    for one, (start, end) in enumerate(spans):
        assert 1 <= found[one][0] <= found[one][1] <= MOST_LANES
        for other in range(one):
            meets = start < spans[other][1] and spans[other][0] < end
            if meets and found[one][0] == found[other][0]:
                assert found[one][1] == MOST_LANES


def test_a_screen_on_the_wall_shows_no_more_than_initials() -> None:
    assert an_entry(0, 1).initials == "A.M.E."
