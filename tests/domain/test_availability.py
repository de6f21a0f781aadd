"""What is free is offered, what is not says why, and what is shown is what is accepted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from scheduler.domain.availability import (
    Busy,
    Question,
    Reason,
    Slot,
    accepts,
    choose,
    explain,
    free_days,
    free_slots,
    nearest,
)
from scheduler.domain.directory import Mode, Place
from scheduler.domain.errors import NotOffered, SlotTaken
from scheduler.domain.interval import epoch
from tests.factories import (
    DOCTOR,
    EL_PASO,
    EXAM_ROOMS,
    MONDAY,
    a_clinic,
    a_closure,
    a_location,
    a_practitioner,
    a_question,
    a_room,
    a_visit_type,
    hours,
)

DENVER = ZoneInfo("America/Denver")
TUESDAY = MONDAY + timedelta(days=1)
FALL_BACK, SPRING_FORWARD = date(2026, 11, 1), date(2027, 3, 14)
OTHER = DOCTOR + 1


def at(hour: float, day: date = MONDAY) -> datetime:
    """An unambiguous wall time in El Paso, as the instant that it is."""
    local = datetime(day.year, day.month, day.day, tzinfo=DENVER) + timedelta(minutes=round(hour * 60))
    return local.astimezone(UTC)


def taken(
    start: float,
    end: float,
    who: int = DOCTOR,
    day: date = MONDAY,
    kind: str = "visit",
    visit_type_id: int | None = None,
) -> Busy:
    """A busy row in hours of the clock."""
    return Busy(who, epoch(at(start, day)), epoch(at(end, day)), kind, visit_type_id)


def clock(slots: Iterable[Slot]) -> list[str]:
    """The starts as the wall clock in El Paso shows them."""
    return [slot.start.astimezone(DENVER).strftime("%H:%M") for slot in slots]


def on(day: date, question: Question) -> Question:
    """The same question about one local day only."""
    return replace(question, start=epoch(at(0, day)), end=epoch(at(24, day)))


def a_day(
    opens: float = 9,
    closes: float = 12,
    *,
    mode: Mode = Mode.VIRTUAL,
    notice: bool = True,
    **visit_type: object,
) -> Question:
    """Monday morning with one clinician; named fields change the visit type."""
    visit = a_visit_type(**visit_type)
    clinic = a_clinic(visit_types=(visit,), weekly_hours=hours(opens, closes))
    return on(MONDAY, a_question(clinic, mode=mode, audience_notice=notice))


def two_doctors(mode: Mode = Mode.VIRTUAL, **changes: object) -> Question:
    """Monday morning with two clinicians."""
    clinic = a_clinic(
        practitioners=(a_practitioner(), a_practitioner(OTHER)),
        weekly_hours=hours(9, 12) + hours(9, 12, practitioner_id=OTHER),
        **changes,
    )
    return on(MONDAY, a_question(clinic, mode=mode))


# Cutting free time into starts


def test_a_free_morning_is_cut_on_the_half_hour() -> None:
    assert clock(free_slots(a_day(), [])) == ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]


@pytest.mark.parametrize(
    ("minutes", "starts"),
    [
        (60, ["09:00", "09:30", "10:00"]),
        (90, ["09:00", "09:30"]),
        (20, ["09:00", "09:20", "09:40", "10:00", "10:20", "10:40"]),
        (45, ["09:00", "09:15", "09:30", "09:45", "10:00", "10:15"]),
        (50, ["09:00", "09:10", "09:20", "09:30", "09:40", "09:50", "10:00", "10:10"]),
    ],
)
def test_starts_follow_the_length_of_the_visit(minutes: int, starts: list[str]) -> None:
    assert clock(free_slots(a_day(9, 11, minutes=minutes), [])) == starts


def test_a_slot_is_as_long_as_its_visit() -> None:
    first = free_slots(a_day(minutes=45), [])[0]
    assert first == Slot(at(9), at(9.75), Mode.VIRTUAL, DOCTOR, EL_PASO, None)


def test_a_gap_off_the_grid_is_not_lost() -> None:
    busy = [taken(9, 10 + 10 / 60), taken(10 + 40 / 60, 12)]
    assert clock(free_slots(a_day(), busy)) == ["10:10"]


def test_hours_that_begin_off_the_grid_give_their_first_point_and_then_the_grid() -> None:
    assert clock(free_slots(a_day(9 + 10 / 60, 10.5), [])) == ["09:10", "09:30", "10:00"]


def test_a_start_is_rounded_up_to_five_minutes_never_down() -> None:
    assert clock(free_slots(a_day(9 + 11 / 60, 10), [])) == ["09:15", "09:30"]


def test_a_visit_may_end_exactly_when_the_hours_end() -> None:
    assert clock(free_slots(a_day(9, 9.5), [])) == ["09:00"]
    assert free_slots(a_day(9, 9.5, minutes=35), []) == []


def test_the_window_holds_its_first_second_and_not_its_last() -> None:
    question = replace(a_day(), start=epoch(at(9.5)), end=epoch(at(10.5)))
    assert clock(free_slots(question, [])) == ["09:30", "10:00"]


def test_where_the_window_begins_changes_no_time_in_it() -> None:
    question, busy = a_day(), [taken(9, 9 + 20 / 60)]
    whole = free_slots(question, busy)
    later = replace(question, start=epoch(at(9)) + 21 * 60)
    assert free_slots(later, busy) == [slot for slot in whole if epoch(slot.start) >= later.start]


def test_the_first_point_of_a_gap_is_listed_in_a_window_that_begins_there() -> None:
    question = a_day(9 + 11 / 60, 10)
    assert clock(free_slots(replace(question, start=epoch(at(9.25))), [])) == ["09:15", "09:30"]


def test_an_empty_window_has_no_times() -> None:
    question = replace(a_day(), end=a_day().start)
    assert free_slots(question, []) == []
    assert free_days(question, []) == []


def test_the_search_ends_at_the_limit() -> None:
    question = a_question()
    assert free_slots(question, [], limit=3) == free_slots(question, [])[:3]
    assert free_slots(question, [], limit=0) == []


# What is busy


@pytest.mark.parametrize("kind", ["visit", "hold", "absence"])
def test_what_is_busy_is_not_offered(kind: str) -> None:
    assert clock(free_slots(a_day(), [taken(9.5, 11, kind=kind)])) == ["09:00", "11:00", "11:30"]


def test_touching_is_not_overlapping() -> None:
    assert accepts(a_day(), [taken(9, 10), taken(10.5, 12)], at(10))


def test_a_cancelled_slot_is_offered_again() -> None:
    visit = taken(9.5, 10)
    assert at(9.5) not in [slot.start for slot in free_slots(a_day(), [visit])]
    assert at(9.5) in [slot.start for slot in free_slots(a_day(), [])]


def test_rows_in_any_order_and_overlapping_give_the_same_answer() -> None:
    rows = [taken(9, 10), taken(9.25, 9.5), taken(8, 13, day=TUESDAY), taken(10.5, 11), taken(9.75, 10.5)]
    question = a_question()
    assert free_slots(question, rows) == free_slots(question, list(reversed(rows)))
    assert clock(free_slots(question, rows))[:2] == ["11:00", "11:30"]


def test_plain_tuples_will_do_for_rows() -> None:
    row = (DOCTOR, epoch(at(9)), epoch(at(11.5)), "visit", None)
    assert clock(free_slots(a_day(), iter([row]))) == ["11:30"]


def test_a_short_visit_within_a_long_one_does_not_end_it() -> None:
    busy = [taken(9, 11), taken(9.25, 9.5), taken(9.5, 10)]
    assert clock(free_slots(a_day(), busy)) == ["11:00", "11:30"]


def test_a_gap_that_would_fit_only_off_the_five_minutes_is_not_offered() -> None:
    assert free_slots(a_day(9 + 11 / 60, 9 + 43 / 60), []) == []
    assert free_slots(a_day(), [taken(9, 10 + 1 / 60), taken(10 + 33 / 60, 12)]) == []


def test_the_list_leaves_out_what_lacks_its_buffers() -> None:
    question, busy = a_day(buffer_before=10, buffer_after=15), [taken(10, 10.5)]
    assert clock(free_slots(question, busy)) == ["09:00", "10:40", "11:00", "11:30"]


def test_buffers_must_be_free() -> None:
    question = a_day(buffer_before=10, buffer_after=15)
    busy = [taken(10, 10.5)]
    assert not accepts(question, busy, at(9.5))
    assert accepts(question, busy, at(9.25))
    assert not accepts(question, busy, at(10.5))
    assert not accepts(question, busy, at(10.5 + 5 / 60))
    assert accepts(question, busy, at(10.5 + 10 / 60))


def test_buffers_need_not_lie_within_the_hours() -> None:
    assert clock(free_slots(a_day(9, 9.5, buffer_before=30, buffer_after=30), [])) == ["09:00"]


def test_a_buffer_that_meets_a_visit_outside_the_hours_stands_in_the_way() -> None:
    assert free_slots(a_day(9, 9.5, buffer_before=30), [taken(8, 8.75)]) == []


# Notice, horizon, cap


def test_notice_is_kept_to_the_second() -> None:
    question = replace(a_day(minimum_notice=60), now=epoch(at(9)))
    later = replace(question, now=question.now + 1)
    assert clock(free_slots(question, []))[0] == "10:00"
    assert clock(free_slots(later, []))[0] == "10:30"
    assert accepts(question, [], at(10))
    assert explain(later, [], at(10)) is Reason.TOO_SOON


def test_a_window_that_ends_before_the_notice_is_over_offers_nothing_behind_it() -> None:
    """The hours between the window's end and the first time that may be booked belong to neither."""
    clinic = a_clinic()
    strict = replace(clinic.visit_types[0], minimum_notice=24 * 60)
    question = a_question(clinic, visit_type=strict, start=at(8), end=at(10), now=at(8))
    assert free_slots(question, []) == []
    assert free_days(question, []) == []
    assert nearest(question, [], at(12)) == ()


def test_the_desk_may_pass_over_the_notice_but_not_book_the_past() -> None:
    question = replace(a_day(minimum_notice=600), now=epoch(at(10)), audience_notice=False)
    assert clock(free_slots(question, [])) == ["10:00", "10:30", "11:00", "11:30"]
    assert explain(question, [], at(9.5)) is Reason.TOO_SOON


def test_the_horizon_ends_with_its_last_local_day() -> None:
    question = a_question(a_clinic(visit_types=(a_visit_type(horizon_days=2),)))
    assert free_days(question, []) == [MONDAY]
    assert accepts(question, [], at(16.5))
    assert explain(question, [], at(9, TUESDAY)) is Reason.TOO_FAR


def test_midnight_after_the_horizon_is_too_far() -> None:
    visit = a_visit_type(horizon_days=2)
    question = a_question(a_clinic(visit_types=(visit,), weekly_hours=hours(0, 24)))
    assert accepts(question, [], at(23.5))
    assert explain(question, [], at(24)) is Reason.TOO_FAR


def test_the_horizon_of_each_place_ends_by_its_own_clock() -> None:
    clinic = a_clinic(
        locations=(a_location(), a_location(id=2, code="dallas", zone="America/Chicago")),
        practitioners=(a_practitioner(), a_practitioner(OTHER, places=(Place(2, Mode.VIRTUAL),))),
        visit_types=(a_visit_type(horizon_days=2),),
        weekly_hours=hours(22, 23) + hours(0, 2, range(7), practitioner_id=OTHER, location_id=2),
    )
    slots = free_slots(on(MONDAY, a_question(clinic)), [])
    assert clock(slots) == ["00:00", "00:30", "22:00", "22:30"]


def test_the_desk_may_look_beyond_the_horizon() -> None:
    clinic = a_clinic(visit_types=(a_visit_type(horizon_days=2),))
    question = a_question(clinic, audience_notice=False)
    assert TUESDAY in free_days(question, [])
    assert accepts(question, [], at(9, MONDAY + timedelta(weeks=30)))


def test_a_day_that_has_its_fill_of_such_visits_is_not_offered() -> None:
    question = replace(a_day(daily_cap=2), end=epoch(at(24, TUESDAY)))
    full = [taken(9, 9.5, visit_type_id=1), taken(10, 10.5, visit_type_id=1)]
    assert free_days(question, full) == [TUESDAY]
    assert explain(question, full, at(11)) is Reason.CAP
    assert free_days(question, full[:1]) == [MONDAY, TUESDAY]


def test_other_visits_do_not_count_towards_the_cap() -> None:
    busy = [taken(9, 9.5, visit_type_id=2), taken(10, 10.5, who=OTHER, visit_type_id=1)]
    assert accepts(a_day(daily_cap=1), busy, at(11))


def test_the_cap_counts_a_visit_on_the_day_it_begins_not_its_buffer() -> None:
    question = on(MONDAY, a_day(0, 12, daily_cap=1, buffer_before=30))
    assert explain(question, [taken(-0.5, 0.5, visit_type_id=1)], at(9)) is Reason.CAP
    assert accepts(question, [taken(-1, 0, visit_type_id=1)], at(9))


# Rooms


def test_a_visit_in_person_takes_the_free_room_of_the_lowest_id() -> None:
    question = a_day(mode=Mode.IN_PERSON)
    assert free_slots(question, [])[0].room_id == EXAM_ROOMS[0]
    assert choose(question, [taken(9, 9.5, who=EXAM_ROOMS[0])], at(9)).room_id == EXAM_ROOMS[1]


def test_a_visit_in_person_needs_one_room_for_its_whole_length() -> None:
    question = a_day(mode=Mode.IN_PERSON, minutes=60)
    crossing = [taken(9, 9.5, who=EXAM_ROOMS[0]), taken(9.5, 10, who=EXAM_ROOMS[1])]
    assert explain(question, crossing, at(9)) is Reason.NO_ROOM
    assert clock(free_slots(question, crossing))[0] == "09:30"


def test_a_room_is_taken_by_the_visit_and_not_by_its_buffers() -> None:
    question = a_day(mode=Mode.IN_PERSON, buffer_before=15, buffer_after=15)
    busy = [taken(9, 9.5, who=room) for room in EXAM_ROOMS] + [taken(10, 12, who=room) for room in EXAM_ROOMS]
    assert clock(free_slots(question, busy)) == ["09:30"]


def test_a_virtual_visit_needs_no_room() -> None:
    question = on(MONDAY, a_question(a_clinic(rooms=(), weekly_hours=hours(9, 10))))
    assert clock(free_slots(question, [])) == ["09:00", "09:30"]
    assert free_slots(question, [])[0].room_id is None


def test_a_full_place_does_not_fill_another() -> None:
    places = (Place(EL_PASO, Mode.IN_PERSON), Place(2, Mode.IN_PERSON))
    clinic = a_clinic(
        locations=(a_location(), a_location(id=2, code="second")),
        rooms=(a_room(1), a_room(2, location_id=2)),
        practitioners=(a_practitioner(places=places),),
        weekly_hours=hours(9, 12) + hours(9, 12, location_id=2),
    )
    slot = choose(a_question(clinic, mode=Mode.IN_PERSON), [taken(9, 12, who=1)], at(9))
    assert (slot.location_id, slot.room_id) == (2, 2)


def test_a_room_of_another_kind_a_retired_one_and_one_elsewhere_do_not_count() -> None:
    rooms = (a_room(1, kind="procedure"), a_room(2, active=False), a_room(3, location_id=2))
    clinic = a_clinic(rooms=rooms, locations=(a_location(), a_location(id=2)))
    assert explain(a_question(clinic, mode=Mode.IN_PERSON), [], at(9)) is Reason.NO_ROOM


def test_a_visit_in_person_without_a_room_kind_needs_no_room() -> None:
    clinic = a_clinic(rooms=(), visit_types=(a_visit_type(room_kind=None),))
    assert choose(a_question(clinic, mode=Mode.IN_PERSON), [], at(9)).room_id is None


# Why a time is not offered


def test_each_reason_is_told() -> None:
    clinic = a_clinic(closures=(a_closure(TUESDAY),))
    question = a_question(clinic)
    busy = [taken(9, 10), taken(10, 11, kind="absence"), taken(11, 12, kind="hold")]
    told = {
        at(9): Reason.TAKEN,
        at(10): Reason.ABSENT,
        at(11): Reason.TAKEN,
        at(12): None,
        at(8): Reason.OUTSIDE_HOURS,
        at(16.75): Reason.OUTSIDE_HOURS,
        at(9, TUESDAY): Reason.CLOSED,
        at(12) + timedelta(minutes=3): Reason.OFF_GRID,
        at(12) + timedelta(microseconds=1): Reason.OFF_GRID,
        at(9, MONDAY - timedelta(days=7)): Reason.TOO_SOON,
        at(9, MONDAY + timedelta(days=700)): Reason.TOO_FAR,
    }
    assert {start: explain(question, busy, start) for start in told} == told


def test_a_visit_that_only_reaches_into_a_closure_is_told_so() -> None:
    clinic = a_clinic(closures=(a_closure(MONDAY, 12, 13),))
    assert explain(a_question(clinic), [], at(11.75)) is Reason.CLOSED
    assert accepts(a_question(clinic), [], at(11.5))


@pytest.mark.parametrize(
    "changes",
    [
        {"practitioners": (a_practitioner(active=False),)},
        {"practitioners": (a_practitioner(visit_type_codes=frozenset()),)},
        {"practitioners": (a_practitioner(places=(Place(EL_PASO, Mode.IN_PERSON),)),)},
        {"visit_types": (a_visit_type(modes=(Mode.IN_PERSON,)),)},
        {"visit_types": (a_visit_type(active=False),)},
        {"locations": (a_location(active=False),)},
    ],
)
def test_what_nobody_gives_is_not_offered(changes: dict[str, object]) -> None:
    question = a_question(a_clinic(**changes))
    assert free_slots(question, []) == []
    assert explain(question, [], at(9)) is Reason.NOT_GIVEN
    assert question.resources == ()
    with pytest.raises(NotOffered) as refusal:
        choose(question, [], at(9))
    assert refusal.value.reason == "not-given"


def test_hours_without_a_place_are_not_offered() -> None:
    places = (Place(EL_PASO, Mode.IN_PERSON), Place(2, Mode.VIRTUAL))
    clinic = a_clinic(
        locations=(a_location(), a_location(id=2, code="second")),
        practitioners=(a_practitioner(places=places),),
        weekly_hours=hours(9, 10, modes=[Mode.VIRTUAL]),
    )
    assert explain(a_question(clinic), [], at(9)) is Reason.OUTSIDE_HOURS


def test_another_clinician_than_the_one_asked_for_is_not_offered() -> None:
    question = replace(two_doctors(), practitioner_id=DOCTOR)
    assert free_slots(question, [taken(9, 12)]) == []
    assert explain(question, [taken(9, 12)], at(9)) is Reason.TAKEN
    assert choose(question, [taken(9, 12)], at(9), OTHER).practitioner_id == OTHER
    assert explain(question, [], at(9), practitioner_id=999) is Reason.NOT_GIVEN


def test_of_several_reasons_the_one_closest_to_an_offer_is_told() -> None:
    clinic = a_clinic(
        practitioners=(a_practitioner(), a_practitioner(OTHER)),
        weekly_hours=hours(9, 12) + hours(13, 17, practitioner_id=OTHER),
    )
    assert explain(a_question(clinic), [taken(9, 12)], at(9)) is Reason.TAKEN
    assert explain(a_question(clinic), [taken(9, 12)], at(12)) is Reason.OUTSIDE_HOURS


# Choosing


def test_choosing_a_taken_time_says_that_it_is_taken() -> None:
    with pytest.raises(SlotTaken):
        choose(a_day(), [taken(9, 9.5)], at(9))


def test_choosing_a_time_whose_last_room_went_says_that_it_is_taken() -> None:
    with pytest.raises(SlotTaken):
        choose(a_day(mode=Mode.IN_PERSON), [taken(9, 9.5, who=room) for room in EXAM_ROOMS], at(9))


def test_choosing_a_time_outside_the_hours_says_why() -> None:
    with pytest.raises(NotOffered) as refusal:
        choose(a_day(), [], at(12))
    assert refusal.value.reason == Reason.OUTSIDE_HOURS


def test_a_time_between_the_listed_ones_is_accepted_for_the_desk() -> None:
    start = at(9 + 25 / 60)
    assert start not in [slot.start for slot in free_slots(a_day(), [])]
    assert choose(a_day(), [], start).start == start


def test_what_the_list_names_is_what_is_chosen() -> None:
    question, busy = two_doctors(Mode.IN_PERSON), [taken(9, 10), taken(9, 9.5, who=EXAM_ROOMS[0])]
    for slot in free_slots(question, busy):
        assert choose(question, busy, slot.start) == slot


def test_a_naive_start_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        explain(a_day(), [], datetime(2026, 9, 14, 9))  # noqa: DTZ001 - the naive instant is the point


# Any clinician


def test_any_clinician_means_one_slot_for_each_start() -> None:
    slots = free_slots(two_doctors(), [])
    assert clock(slots) == ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]


def test_a_busy_clinician_is_never_the_one_offered() -> None:
    slots = free_slots(two_doctors(), [taken(9, 10), taken(10, 11, who=OTHER)])
    assert [slot.practitioner_id for slot in slots[:4]] == [OTHER, OTHER, DOCTOR, DOCTOR]


def test_the_clinician_with_less_to_do_that_day_comes_first() -> None:
    assert choose(two_doctors(), [taken(9, 9.5)], at(10)).practitioner_id == OTHER


def test_between_equals_of_a_day_they_take_turns_from_day_to_day() -> None:
    days = [MONDAY, TUESDAY, MONDAY + timedelta(days=2), MONDAY + timedelta(days=3)]
    named = [choose(two_doctors(), [], at(10, day)).practitioner_id for day in days]
    assert set(named) == {DOCTOR, OTHER}
    assert all(one != other for one, other in pairwise(named))


def test_what_other_days_hold_does_not_change_whom_the_list_and_the_choice_name() -> None:
    busy = [taken(9, 12, DOCTOR, TUESDAY)]
    listed = [slot for slot in free_slots(two_doctors(), busy) if slot.start < at(0, TUESDAY)]
    assert listed
    for slot in listed:
        rows_of_that_day: list[Busy] = []
        assert choose(two_doctors(), rows_of_that_day, slot.start) == slot


def test_an_absence_is_not_work() -> None:
    busy = [taken(11, 12, kind="absence"), taken(11, 11.5, who=OTHER)]
    assert choose(two_doctors(), busy, at(9)).practitioner_id == DOCTOR


def test_bookings_with_any_clinician_spread_evenly() -> None:
    clinic = a_clinic(
        practitioners=tuple(a_practitioner(who) for who in (31, 32, 33)),
        weekly_hours=tuple(w for who in (31, 32, 33) for w in hours(practitioner_id=who)),
    )
    question, busy = a_question(clinic), list[Busy]()
    for _ in range(24):
        slot = free_slots(question, busy, limit=1)[0]
        busy.append(Busy(slot.practitioner_id, epoch(slot.start), epoch(slot.end), "visit", 1))
    assert Counter(row.resource_id for row in busy) == {31: 8, 32: 8, 33: 8}


def test_a_clinician_in_two_places_at_once_is_offered_once() -> None:
    places = (Place(EL_PASO, Mode.VIRTUAL), Place(2, Mode.VIRTUAL))
    clinic = a_clinic(
        locations=(a_location(), a_location(id=2, code="second")),
        practitioners=(a_practitioner(places=places),),
        weekly_hours=hours(9, 10) + hours(9, 10, location_id=2),
    )
    slots = free_slots(on(MONDAY, a_question(clinic)), [])
    assert [(slot.location_id, slot.start) for slot in slots] == [(EL_PASO, at(9)), (EL_PASO, at(9.5))]
    elsewhere = free_slots(on(MONDAY, a_question(clinic, location_id=2)), [])
    assert {slot.location_id for slot in elsewhere} == {2}


def test_places_in_two_zones_each_follow_their_own_clock_in_one_sorted_list() -> None:
    clinic = a_clinic(
        locations=(a_location(), a_location(id=2, code="dallas", zone="America/Chicago")),
        practitioners=(a_practitioner(), a_practitioner(OTHER, places=(Place(2, Mode.VIRTUAL),))),
        weekly_hours=hours(9, 10) + hours(9, 10, practitioner_id=OTHER, location_id=2),
    )
    slots = free_slots(on(MONDAY, a_question(clinic)), [])
    assert clock(slots) == ["08:00", "08:30", "09:00", "09:30"]
    assert [slot.location_id for slot in slots] == [2, 2, 1, 1]


def test_a_visit_goes_into_the_gap_it_fits_rather_than_into_a_free_morning() -> None:
    busy = [taken(9, 9 + 10 / 60), taken(9 + 40 / 60, 12)]
    assert choose(two_doctors(), busy, at(9 + 10 / 60)).practitioner_id == DOCTOR
    assert choose(two_doctors(), busy, at(9 + 15 / 60)).practitioner_id == OTHER


# Days, nearest times, and what must be read


def test_days_without_a_time_are_left_out() -> None:
    busy = [taken(9, 17, day=TUESDAY)]
    week = [MONDAY + timedelta(days=days) for days in (0, 2, 3, 4)]
    assert free_days(a_question(), busy) == week


def test_the_nearest_times_stand_in_the_order_of_the_clock() -> None:
    busy = [taken(10, 11)]
    assert clock(nearest(a_day(), busy, at(10))) == ["09:00", "09:30", "11:00"]
    assert clock(nearest(a_day(), busy, at(10.5), count=2)) == ["09:30", "11:00"]


def test_the_nearest_times_come_from_another_day_when_need_be() -> None:
    slots = nearest(a_question(), [taken(9, 17)], at(9))
    assert [slot.start for slot in slots] == [at(9, TUESDAY), at(9.5, TUESDAY), at(10, TUESDAY)]


def test_nothing_is_near_when_nothing_is_free() -> None:
    assert nearest(a_day(), [taken(9, 12)], at(9)) == ()


def test_what_must_be_read_are_those_who_could_give_the_visit_and_their_rooms() -> None:
    assert two_doctors(Mode.IN_PERSON).resources == (DOCTOR, OTHER, *EXAM_ROOMS)
    assert two_doctors(Mode.VIRTUAL).resources == (DOCTOR, OTHER)
    assert replace(two_doctors(), practitioner_id=OTHER).resources == (OTHER,)


def test_what_must_be_read_are_whole_local_days_and_the_buffers_beyond() -> None:
    question = a_day(buffer_before=30, buffer_after=45, minutes=60)
    assert replace(question, start=epoch(at(9)), end=epoch(at(10))).reach == (epoch(at(0)), epoch(at(24)))
    late = replace(question, start=epoch(at(0)), end=epoch(at(24)))
    assert late.reach == (epoch(at(-0.5)), epoch(at(24)) - 1 + 105 * 60)


def test_history_is_not_read() -> None:
    question = a_question(start=at(0, MONDAY - timedelta(days=300)))
    assert question.reach[0] == epoch(at(0, MONDAY - timedelta(days=2)))


def test_nothing_need_be_read_when_no_start_is_in_time() -> None:
    past = a_question(start=at(0, MONDAY - timedelta(days=300)), end=at(0, MONDAY - timedelta(days=200)))
    assert past.reach[0] == past.reach[1]
    assert a_question(a_clinic(practitioners=())).reach[0] == a_question(a_clinic(practitioners=())).reach[1]


def test_a_question_about_one_start_reads_its_day() -> None:
    assert a_question().at(at(9, TUESDAY)).reach == (epoch(at(0, TUESDAY)), epoch(at(24, TUESDAY)))


# The days on which the clocks change


def test_both_passes_of_the_repeated_hour_are_offered_once_each() -> None:
    question = on(FALL_BACK, a_question(a_clinic(weekly_hours=hours(0, 3, range(7))), now=at(0, MONDAY)))
    slots = free_slots(question, [])
    assert clock(slots) == ["00:00", "00:30", "01:00", "01:30", "01:00", "01:30", "02:00", "02:30"]
    assert {after.start - before.start for before, after in pairwise(slots)} == {timedelta(minutes=30)}


def test_no_time_is_offered_in_the_gap() -> None:
    question = on(SPRING_FORWARD, a_question(a_clinic(weekly_hours=hours(1, 4, range(7))), now=at(0, MONDAY)))
    assert clock(free_slots(question, [])) == ["01:00", "01:30", "03:00", "03:30"]


def test_a_visit_across_the_gap_is_as_long_as_any_other() -> None:
    clinic = a_clinic(weekly_hours=hours(1, 4, range(7)), visit_types=(a_visit_type(minutes=60),))
    question = on(SPRING_FORWARD, a_question(clinic, now=at(0, MONDAY)))
    across = free_slots(question, [])[1]
    assert clock([across]) == ["01:30"]
    assert across.end - across.start == timedelta(hours=1)
    assert across.end.astimezone(DENVER).strftime("%H:%M") == "03:30"


@pytest.mark.parametrize("change", [FALL_BACK, SPRING_FORWARD])
def test_nine_in_the_morning_is_nine_on_the_wall_before_and_after_the_change(change: date) -> None:
    clinic = a_clinic(weekly_hours=hours(9, 10, range(7)))
    week = replace(
        a_question(clinic, now=at(0, MONDAY)),
        start=epoch(at(0, change - timedelta(days=3))),
        end=epoch(at(0, change + timedelta(days=4))),
    )
    assert clock(free_slots(week, [])) == ["09:00", "09:30"] * 7


def test_a_25_hour_day_is_offered_through_and_through() -> None:
    clinic = a_clinic(weekly_hours=hours(0, 24, range(7)))
    question = a_question(clinic, now=at(0, MONDAY))
    counts = [len(free_slots(on(day, question), [])) for day in (FALL_BACK, MONDAY, SPRING_FORWARD)]
    assert counts == [50, 48, 46]
