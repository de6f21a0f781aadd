"""The gaps between busy times are cut into starts, each of them once and in order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.diary import Busy, Diary
from scheduler.domain.sweep import Fit, starts
from tests.factories import a_visit_type

HOUR = 3600
HALF = Fit(length=1800, before=0, after=0, step=1800)
EVENING = (0, 24 * HOUR, 0)


def a_diary(*busy: tuple[int, int]) -> Diary:
    """A diary with visits at those seconds."""
    return Diary([Busy(1, start, end, "visit") for start, end in busy])


def test_a_gap_that_begins_on_the_grid_gives_its_start_once() -> None:
    assert starts([(0, 2 * HOUR)], a_diary(), EVENING, HALF) == [0, 1800, 3600, 5400]


def test_a_gap_off_the_grid_gives_its_first_point_and_then_the_grid() -> None:
    assert starts([(0, 2 * HOUR)], a_diary((0, 600)), EVENING, HALF) == [600, 1800, 3600, 5400]


def test_the_grid_is_that_of_the_local_clock() -> None:
    india = (0, 24 * HOUR, 5 * HOUR + 1800)
    hourly = Fit(length=HOUR, before=0, after=0, step=HOUR)
    assert starts([(1800, 3 * HOUR)], a_diary(), india, hourly) == [1800, 5400]


def test_a_visit_may_run_on_beyond_the_piece_it_begins_in() -> None:
    assert starts([(0, 2 * HOUR)], a_diary(), (0, 1801, 0), HALF) == [0, 1800]


def test_nothing_fits_where_the_gaps_are_too_short() -> None:
    assert starts([(0, HOUR)], a_diary((1200, 1500), (2700, 3000)), EVENING, HALF) == []


def test_the_step_is_the_largest_that_divides_the_visit() -> None:
    steps = {
        minutes: Fit.of(a_visit_type(minutes=minutes)).step // 60
        for minutes in (5, 20, 25, 30, 45, 50, 60, 90)
    }
    assert steps == {5: 5, 20: 20, 25: 5, 30: 30, 45: 15, 50: 10, 60: 30, 90: 30}


times = st.integers(0, 200).map(lambda minute: minute * 60)
stretches = st.tuples(times, st.integers(1, 40)).map(lambda pair: (pair[0], pair[0] + pair[1] * 60))


@given(
    st.lists(stretches, max_size=8),
    st.integers(0, 60).map(lambda minute: minute * 60),
    st.integers(1, 250).map(lambda minute: minute * 60),
    st.builds(
        Fit, st.just(1800), st.sampled_from([0, 300, 420]), st.sampled_from([0, 600, 780]), st.just(1800)
    ),
)
def test_every_start_is_free_once_and_none_is_missing(
    busy: list[tuple[int, int]], opens: int, length: int, fit: Fit
) -> None:
    closes = opens + length

    def is_free(start: int) -> bool:
        clear = all(
            end <= start - fit.before or start + fit.length + fit.after <= begin for begin, end in busy
        )
        return clear and opens <= start and start + fit.length <= closes

    found = starts([(opens, closes)], a_diary(*busy), EVENING, fit)
    grid = range(0, closes, 300)
    assert found == [at for at in grid if is_free(at) and (at % fit.step == 0 or not is_free(at - 300))]
