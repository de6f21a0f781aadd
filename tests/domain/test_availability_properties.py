"""Against the slow and obvious answer: for any clinic near a clock change, the quick search finds exactly the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.domain.availability import (
    Busy,
    Question,
    Reason,
    accepts,
    choose,
    explain,
    free_days,
    free_slots,
    nearest,
    overview,
)
from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Mode, Place
from scheduler.domain.errors import NotOffered, SlotTaken
from scheduler.domain.interval import epoch, instant
from scheduler.domain.wall_clock import local_day
from tests.domain.brute_force import Oracle
from tests.factories import (
    EL_PASO,
    EXAM_ROOMS,
    a_clinic,
    a_closure,
    a_location,
    a_practitioner,
    a_question,
    a_visit_type,
    extra_hours,
    hours,
)

ZONES = ("America/Denver", "America/Chicago", "America/Ciudad_Juarez")
CHANGES = (date(2026, 11, 1), date(2027, 3, 14))
DOCTORS = (21, 22)
BOTH = (Mode.IN_PERSON, Mode.VIRTUAL)

calm = settings(deadline=None, max_examples=60)


def midnight(day: date) -> int:
    """The epoch second at which that date begins in UTC."""
    return epoch(datetime(day.year, day.month, day.day, tzinfo=UTC))


@st.composite
def visit_types(draw: st.DrawFn) -> dict[str, object]:
    """Length, buffers, notice, horizon and cap of a visit."""
    return {
        "minutes": draw(st.sampled_from([15, 20, 25, 30, 40, 45, 60, 90])),
        "buffer_before": draw(st.sampled_from([0, 0, 5, 7, 15])),
        "buffer_after": draw(st.sampled_from([0, 0, 5, 10, 13])),
        "minimum_notice": draw(st.sampled_from([0, 0, 60, 600])),
        "horizon_days": draw(st.sampled_from([60, 60, 2, 1, 0])),
        "daily_cap": draw(st.sampled_from([None, None, None, 1, 3])),
    }


@st.composite
def clinics(draw: st.DrawFn, change: date) -> Clinic:
    """Two clinicians with any hours, mostly on the days around the change, and any closures."""
    weekdays = [(change + timedelta(days=days)).weekday() for days in (-1, 0, 1)]
    weekly = st.builds(
        lambda who, days, opens, length: hours(
            opens / 60, (opens + length) / 60, days, BOTH, practitioner_id=who
        ),
        st.sampled_from(DOCTORS),
        st.sampled_from([weekdays, weekdays[1:], weekdays[:2], weekdays[1:2]]),
        st.one_of(st.sampled_from([0, 60, 90, 120, 150, 180, 540, 1260]), st.integers(0, 1440)),
        st.sampled_from([480, 1440, 30, 45, 60, 120, 125, 180, 240]),
    )
    near = st.integers(-1, 1).map(lambda days: change + timedelta(days=days))
    part = st.builds(
        lambda day, opens, length: a_closure(day, opens / 60, (opens + length) / 60),
        near,
        st.integers(0, 1440),
        st.integers(1, 300),
    )
    extra = st.builds(
        lambda who, day, opens: extra_hours(day, opens / 60, opens / 60 + 2, practitioner_id=who),
        st.sampled_from(DOCTORS),
        near,
        st.integers(0, 1440),
    )
    places = tuple(Place(EL_PASO, mode) for mode in BOTH)
    return a_clinic(
        locations=(a_location(zone=draw(st.sampled_from(ZONES))),),
        practitioners=tuple(a_practitioner(who, places=places) for who in DOCTORS),
        visit_types=(a_visit_type(**draw(visit_types())),),
        weekly_hours=tuple(w for window in draw(st.lists(weekly, min_size=2, max_size=5)) for w in window),
        dated_hours=tuple(draw(st.lists(extra, max_size=2))),
        closures=tuple(draw(st.lists(st.one_of(part, near.map(a_closure)), max_size=1))),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Question, list[Busy]]:
    """A question over a day and a half around a clock change, and busy rows on whole minutes."""
    change = draw(st.sampled_from(CHANGES))
    clinic = draw(clinics(change))
    start = midnight(change) + draw(st.integers(-600, 600)) * 60
    question = a_question(
        clinic,
        mode=draw(st.sampled_from(BOTH)),
        start=start,
        end=start + draw(st.sampled_from([600, 1500, 2160])) * 60,
        now=start + draw(st.sampled_from([-2000, -60, 0, 317])) * 60 + draw(st.sampled_from([0, 0, 30])),
        practitioner_id=draw(st.sampled_from([None, None, *DOCTORS])),
        audience_notice=draw(st.booleans()),
    )
    row = st.builds(
        lambda who, begins, length, kind, visit: Busy(who, begins, begins + length * 60, kind, visit),
        st.sampled_from(DOCTORS + EXAM_ROOMS),
        st.integers(-120, 2300).map(lambda minute: start + minute * 60),
        st.one_of(st.sampled_from([1, 30, 45, 90]), st.integers(1, 240)),
        st.sampled_from(["visit", "visit", "hold", "absence"]),
        st.sampled_from([None, 1, 1, 2]),
    )
    return question, draw(st.lists(row, min_size=draw(st.sampled_from([0, 15])), max_size=30))


def oracles(question: Question, busy: list[Busy]) -> list[Oracle]:
    """One slow judge for each clinician at stake."""
    at_stake = DOCTORS if question.practitioner_id is None else (question.practitioner_id,)
    return [Oracle(question, list(busy), who, EL_PASO) for who in at_stake]


def minutes(question: Question) -> range:
    """Every minute of UTC in the window."""
    return range(-(-question.start // 60), question.end // 60)


def refused(question: Question, busy: list[Busy], minute: int) -> Reason | None:
    """The reason for which booking would refuse that minute of UTC; a time just taken may have lost its room."""
    try:
        choose(question, busy, instant(minute * 60))
    except SlotTaken:
        rooms_gone = explain(question, busy, instant(minute * 60)) is Reason.NO_ROOM
        return Reason.NO_ROOM if rooms_gone else Reason.TAKEN
    except NotOffered as refusal:
        return Reason(refusal.reason)
    return None


@calm
@given(cases())
def test_listed_is_exactly_what_the_wall_clock_and_the_diaries_allow(
    case: tuple[Question, list[Busy]],
) -> None:
    question, busy = case
    judges = oracles(question, busy)
    expected = [minute for minute in minutes(question) if any(judge.lists(minute) for judge in judges)]
    slots = free_slots(question, busy)
    assert [epoch(slot.start) // 60 for slot in slots] == expected
    by_doctor = {judge.practitioner_id: judge for judge in judges}
    assert all(by_doctor[slot.practitioner_id].lists(epoch(slot.start) // 60) for slot in slots)


@calm
@given(cases(), st.data())
def test_accepted_is_exactly_what_the_wall_clock_and_the_diaries_allow(
    case: tuple[Question, list[Busy]], data: st.DataObject
) -> None:
    question, busy = case
    judges = oracles(question, busy)
    for minute in data.draw(st.lists(st.sampled_from(minutes(question)), max_size=40)):
        expected = any(judge.accepts(minute) for judge in judges)
        assert accepts(question, busy, instant(minute * 60)) == expected


@calm
@given(cases())
def test_what_is_shown_is_what_is_accepted(case: tuple[Question, list[Busy]]) -> None:
    question, busy = case
    for slot in free_slots(question, busy):
        assert choose(question, busy, slot.start) == slot
        assert choose(question, busy, slot.start, slot.practitioner_id) == slot


@calm
@given(cases())
def test_no_start_is_doubled_and_every_visit_has_its_length_in_elapsed_time(
    case: tuple[Question, list[Busy]],
) -> None:
    question, busy = case
    slots = free_slots(question, busy)
    starts = [slot.start for slot in slots]
    assert starts == sorted(set(starts))
    assert all(
        slot.start.tzinfo is UTC and slot.end - slot.start == question.visit_type.duration for slot in slots
    )


@calm
@given(cases())
def test_nothing_offered_meets_anything_busy(case: tuple[Question, list[Busy]]) -> None:
    question, busy = case
    before, after = question.visit_type.buffer_before * 60, question.visit_type.buffer_after * 60
    for slot in free_slots(question, busy):
        start, end = epoch(slot.start), epoch(slot.end)
        for row in busy:
            if row.resource_id == slot.practitioner_id:
                assert row.end <= start - before or end + after <= row.start
            if row.resource_id == slot.room_id:
                assert row.end <= start or end <= row.start


@calm
@given(cases(), st.data())
def test_what_is_explained_is_what_is_refused(case: tuple[Question, list[Busy]], data: st.DataObject) -> None:
    question, busy = case
    for minute in data.draw(st.lists(st.sampled_from(minutes(question)), max_size=20)):
        assert refused(question, busy, minute) == explain(question, busy, instant(minute * 60))


@calm
@given(cases(), st.integers(0, 12))
def test_days_limits_and_nearest_times_agree_with_the_whole_list(
    case: tuple[Question, list[Busy]], count: int
) -> None:
    question, busy = case
    slots = free_slots(question, busy)
    zone = question.clinic.locations[0].zone
    days = sorted({local_day(zone, epoch(slot.start)) for slot in slots})
    assert free_days(question, busy) == days
    assert overview(question, busy, 3) == (slots[:3], days)
    assert free_slots(question, busy, count) == slots[:count]
    middle = instant((question.start + question.end) // 2 // 300 * 300)
    near = nearest(question, busy, middle, count)
    distances = sorted(abs(slot.start - middle) for slot in slots)[:count]
    assert sorted(abs(slot.start - middle) for slot in near) == distances
    assert set(near) <= set(slots)


@calm
@given(cases())
def test_the_rows_within_reach_are_all_that_matters(case: tuple[Question, list[Busy]]) -> None:
    question, busy = case
    first, last = question.reach
    near = [
        row for row in busy if row.start < last and first < row.end and row.resource_id in question.resources
    ]
    listed = [(slot.start, slot.room_id) for slot in free_slots(question, near)]
    assert listed == [(slot.start, slot.room_id) for slot in free_slots(question, busy)]


@calm
@given(cases())
def test_asking_day_by_day_gives_the_same_times_as_asking_once(case: tuple[Question, list[Busy]]) -> None:
    question, busy = case
    middle = (question.start + question.end) // 2
    halves = [(question.start, middle), (middle, question.end)]
    parts = [
        slot.start
        for start, end in halves
        for slot in free_slots(
            a_question(
                question.clinic,
                mode=question.mode,
                start=start,
                end=end,
                now=question.now,
                practitioner_id=question.practitioner_id,
                audience_notice=question.audience_notice,
            ),
            busy,
        )
    ]
    assert parts == [slot.start for slot in free_slots(question, busy)]
