"""Hours less closures become open spans: date by date, across midnight and across both clock changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Mode
from scheduler.domain.interval import Span, epoch
from scheduler.domain.schedule import Closure, DatedHours, Rota, Timetable, WeeklyHours, closed_spans
from scheduler.domain.wall_clock import day_span
from tests.domain.brute_force import open_minutes
from tests.factories import (
    DOCTOR,
    EL_PASO,
    MONDAY,
    a_clinic,
    a_closure,
    a_location,
    a_question,
    extra_hours,
    hours,
)

DENVER = ZoneInfo("America/Denver")
TUESDAY = MONDAY + timedelta(days=1)
HERE = ("America/Denver", "America/Chicago", "America/Ciudad_Juarez")
CHANGES = (date(2026, 11, 1), date(2027, 3, 14))
EVERY_DAY = range(7)


def a_rota(
    weekly: Iterable[WeeklyHours] = (), dated: Iterable[DatedHours] = (), closures: Iterable[Closure] = ()
) -> Rota:
    """A rota in El Paso."""
    return Rota("America/Denver", weekly, dated, closed_spans("America/Denver", closures))


def at(day: date, hour: float) -> int:
    """The epoch second of an unambiguous wall time in El Paso."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=DENVER)
    return epoch(midnight + timedelta(hours=hour))


def windows(*of: tuple[float, float]) -> tuple[WeeklyHours, ...]:
    """Weekly hours by video on every day, in hours of the clock."""
    return tuple(w for opens, closes in of for w in hours(opens, closes, EVERY_DAY, [Mode.VIRTUAL]))


def test_several_windows_a_day_stay_apart() -> None:
    rota = a_rota(windows((9, 12), (13, 17)))
    assert rota.of_date(MONDAY.toordinal()) == (
        (at(MONDAY, 9), at(MONDAY, 12)),
        (at(MONDAY, 13), at(MONDAY, 17)),
    )


def test_windows_that_touch_or_overlap_are_one() -> None:
    rota = a_rota(windows((9, 12), (12, 15), (14, 17)))
    assert rota.of_date(MONDAY.toordinal()) == ((at(MONDAY, 9), at(MONDAY, 17)),)


def test_a_window_belongs_to_its_own_weekday() -> None:
    rota = a_rota(hours(9, 12, [1]))
    assert rota.open_spans(MONDAY, MONDAY + timedelta(days=6)) == [(at(TUESDAY, 9), at(TUESDAY, 12))]


def test_hours_hold_on_the_first_and_the_last_day_they_are_valid() -> None:
    rota = a_rota(hours(9, 12, EVERY_DAY, valid_from=MONDAY, valid_until=TUESDAY))
    spans = rota.open_spans(MONDAY - timedelta(days=3), MONDAY + timedelta(days=3))
    assert [span[0] for span in spans] == [at(MONDAY, 9), at(TUESDAY, 9)]


def test_extra_hours_stand_beside_the_weekly_ones_on_their_date_alone() -> None:
    rota = a_rota(windows((9, 12)), [extra_hours(MONDAY, 18, 20)])
    assert rota.of_date(MONDAY.toordinal())[1] == (at(MONDAY, 18), at(MONDAY, 20))
    assert len(rota.of_date(TUESDAY.toordinal())) == 1


def test_a_closed_day_has_no_hours() -> None:
    rota = a_rota(windows((9, 12)), closures=[a_closure(MONDAY)])
    assert rota.of_date(MONDAY.toordinal()) == ()
    assert rota.of_date(TUESDAY.toordinal()) != ()


def test_a_closed_day_is_closed_to_its_last_minute_and_no_longer() -> None:
    rota = a_rota(windows((20, 25)), closures=[a_closure(MONDAY)])
    assert rota.of_date(MONDAY.toordinal()) == ((at(TUESDAY, 0), at(TUESDAY, 1)),)


def test_a_closure_outweighs_extra_hours() -> None:
    assert a_rota((), [extra_hours(MONDAY, 9, 12)], [a_closure(MONDAY)]).of_date(MONDAY.toordinal()) == ()


def test_a_partial_closure_cuts_a_hole() -> None:
    rota = a_rota(windows((9, 17)), closures=[a_closure(MONDAY, 12, 13.5)])
    assert rota.of_date(MONDAY.toordinal()) == (
        (at(MONDAY, 9), at(MONDAY, 12)),
        (at(MONDAY, 13.5), at(MONDAY, 17)),
    )


def test_a_closure_cuts_the_first_window_of_a_day_too() -> None:
    rota = a_rota(windows((9, 12), (13, 17)), closures=[a_closure(MONDAY, 8, 11)])
    assert rota.of_date(MONDAY.toordinal())[0] == (at(MONDAY, 11), at(MONDAY, 12))


def test_a_closed_day_ends_the_night_before_at_its_midnight() -> None:
    rota = a_rota(windows((20, 26)), closures=[a_closure(TUESDAY)])
    assert rota.of_date(MONDAY.toordinal()) == ((at(MONDAY, 20), at(TUESDAY, 0)),)


def test_the_closure_of_another_place_closes_nothing_here() -> None:
    there = a_location(id=2, code="juarez")
    clinic = a_clinic(
        locations=(a_location(), there),
        weekly_hours=hours() + hours(location_id=2),
        closures=(a_closure(MONDAY, location_id=2),),
    )
    rota = clinic.timetable.rota
    assert rota(DOCTOR, EL_PASO, Mode.VIRTUAL).of_date(MONDAY.toordinal()) != ()
    assert rota(DOCTOR, 2, Mode.VIRTUAL).of_date(MONDAY.toordinal()) == ()


def test_the_hours_of_one_mode_are_not_those_of_another() -> None:
    clinic = a_clinic(weekly_hours=hours(9, 12, modes=[Mode.VIRTUAL]))
    assert clinic.timetable.open_spans(DOCTOR, EL_PASO, Mode.VIRTUAL, MONDAY, MONDAY) != []
    assert clinic.timetable.open_spans(DOCTOR, EL_PASO, Mode.IN_PERSON, MONDAY, MONDAY) == []


def test_hours_follow_the_clock_of_their_place() -> None:
    clinic = a_clinic(
        locations=(a_location(), a_location(id=2, zone="America/Chicago")),
        weekly_hours=hours() + hours(location_id=2),
    )
    here, there = (
        clinic.timetable.open_spans(DOCTOR, place, Mode.VIRTUAL, MONDAY, MONDAY) for place in (1, 2)
    )
    assert here[0][0] - there[0][0] == 3600


def test_a_night_shift_is_open_on_both_of_its_days() -> None:
    rota = a_rota(hours(20, 26, [0], [Mode.VIRTUAL]))
    night = (at(MONDAY, 20), at(TUESDAY, 2))
    assert rota.open_on(MONDAY.toordinal()) == rota.open_on(TUESDAY.toordinal()) == (night,)
    assert rota.open_on(TUESDAY.toordinal() + 1) == ()


def test_the_morning_before_a_night_shift_is_not_dragged_into_the_next_day() -> None:
    rota = a_rota(hours(9, 12, [0], [Mode.VIRTUAL]) + hours(20, 26, [0], [Mode.VIRTUAL]))
    assert rota.open_on(TUESDAY.toordinal()) == ((at(MONDAY, 20), at(TUESDAY, 2)),)


def test_hours_that_meet_at_midnight_are_one_stretch() -> None:
    rota = a_rota((*hours(20, 24, [0], [Mode.VIRTUAL]), *hours(0, 4, [1], [Mode.VIRTUAL])))
    assert rota.open_on(MONDAY.toordinal()) == ((at(MONDAY, 20), at(TUESDAY, 4)),)


def test_what_is_asked_again_is_answered_from_memory_and_alike() -> None:
    rota = a_rota(windows((9, 12)))
    assert rota.open_on(MONDAY.toordinal()) is rota.open_on(MONDAY.toordinal())


def test_a_rota_forgets_before_it_grows_without_bound() -> None:
    rota = a_rota(windows((9, 12)))
    first = rota.of_date(MONDAY.toordinal())
    for day in range(MONDAY.toordinal(), MONDAY.toordinal() + 5_000):
        rota.of_date(day)
    assert len(rota._dates) < 5_000
    assert rota.of_date(MONDAY.toordinal()) == first


def test_a_clinician_without_hours_is_never_there() -> None:
    timetable = Timetable({EL_PASO: "America/Denver"}, hours(), (), ())
    assert timetable.rota(DOCTOR + 1, EL_PASO, Mode.VIRTUAL).of_date(MONDAY.toordinal()) == ()


def minutes_of(spans: Iterable[Span]) -> set[int]:
    """Every minute that the spans hold."""
    return {minute for start, end in spans for minute in range(start // 60, end // 60)}


weekly = st.lists(
    st.builds(
        lambda weekday, opens, length: hours(opens / 60, (opens + length) / 60, [weekday], [Mode.VIRTUAL])[0],
        st.integers(0, 6),
        st.integers(0, 1500),
        st.integers(1, 1600),
    ),
    max_size=6,
)
days_near = st.integers(-2, 2)


@st.composite
def clinics(draw: st.DrawFn) -> tuple[date, Clinic]:
    """A clinic with any hours, and the day near it on which the clocks change."""
    change = draw(st.sampled_from(CHANGES))
    near = days_near.map(lambda days: change + timedelta(days=days))
    extra = st.builds(
        lambda d, o, n: extra_hours(d, o / 60, (o + n) / 60), near, st.integers(0, 1440), st.integers(1, 900)
    )
    part = st.builds(
        lambda d, o, n: a_closure(d, o / 60, (o + n) / 60), near, st.integers(0, 1440), st.integers(1, 900)
    )
    clinic = a_clinic(
        locations=(a_location(zone=draw(st.sampled_from(HERE))),),
        weekly_hours=tuple(draw(weekly)),
        dated_hours=tuple(draw(st.lists(extra, max_size=2))),
        closures=tuple(draw(st.lists(st.one_of(part, near.map(a_closure)), max_size=2))),
    )
    return change, clinic


@settings(deadline=None, max_examples=40)
@given(clinics())
def test_the_clinic_is_open_when_the_wall_clock_shows_its_hours(drawn: tuple[date, Clinic]) -> None:
    change, clinic = drawn
    question = a_question(clinic)
    midnight = epoch(datetime(change.year, change.month, change.day, tzinfo=UTC))
    first, last = midnight // 60 - 1440, midnight // 60 + 3 * 1440
    expected = open_minutes(question, DOCTOR, EL_PASO, Mode.VIRTUAL, first, last)
    rota = question.clinic.timetable.rota(DOCTOR, EL_PASO, Mode.VIRTUAL)
    dates = range(change.toordinal() - 5, change.toordinal() + 6)
    by_date = minutes_of(span for day in dates for span in rota.of_date(day))
    assert by_date & set(range(first, last)) == expected
    for day in range(change.toordinal() - 1, change.toordinal() + 2):
        dawn, dusk = day_span(rota.zone, day)
        today = set(range(max(dawn // 60, first), min(dusk // 60, last)))
        assert minutes_of(rota.open_on(day)) & today == expected & today
