"""Claims about changing the directory while visits are booked."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from scheduler.domain.appointment import CancelledBy
from scheduler.domain.availability import Reason
from scheduler.domain.booking import MoveRequest
from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Mode, Place
from scheduler.domain.errors import InvalidInput, NotFound, NotOffered
from scheduler.domain.schedule import Closure, DatedHours, WeeklyHours
from scheduler.domain.stranding import StrandsVisits, mark_of
from scheduler.domain.visit import Visit
from scheduler.domain.wording import Text
from scheduler.services import booking, changing, rostering, slot_search
from scheduler.services.directory import clinic
from scheduler.services.house import House
from tests.engines import CLERK, MANAGER, NOW, SOMEBODY, a_request, query


@pytest.fixture
def visit(house: House) -> Visit:
    """The soonest visit in person, booked by a patient."""
    booked = booking.book(house, a_request(house), SOMEBODY, NOW).visit
    assert booked is not None
    return booked


def rows(house: House, question: str) -> list[Any]:
    with house.database.reading() as connection:
        return list(connection.execute(text(question)))


def on_the_list(house: House) -> list[tuple[int, str]]:
    found = rows(
        house, "SELECT appointment_id, urgency FROM worklist WHERE kind = 'stranded' ORDER BY appointment_id"
    )
    return [(row[0], row[1]) for row in found]


def local_day(visit: Visit) -> date:
    return visit.appointment.start.astimezone(visit.location.tz).date()


def hours_of(house: House, visit: Visit) -> WeeklyHours:
    """The weekly window that the visit lies in."""
    start = visit.appointment.start.astimezone(visit.location.tz)
    minute = start.hour * 60 + start.minute
    return next(
        hours
        for hours in clinic(house.database).weekly_hours
        if (hours.practitioner_id, hours.mode, hours.weekday)
        == (visit.appointment.practitioner_id, visit.appointment.mode, start.weekday())
        and hours.opens <= minute < hours.closes
    )


def a_closure(visit: Visit, **changes: object) -> Closure:
    return replace(Closure(0, None, local_day(visit), Text("Water damage", "Daños por agua")), **changes)  # type: ignore[arg-type]


def seen(*visits: Visit) -> str:
    """What somebody hands back who saw these visits."""
    return mark_of(visit.appointment for visit in visits)


Change = Callable[[House, Visit, str | None], object]


def close_the_day(house: House, visit: Visit, confirmed: str | None = None) -> None:
    rostering.save_closure(house, a_closure(visit), MANAGER, NOW, confirmed)


def take_the_hours_away(house: House, visit: Visit, confirmed: str | None = None) -> None:
    rostering.remove_weekly_hours(house, hours_of(house, visit).id, MANAGER, NOW, confirmed)


def shorten_the_hours(house: House, visit: Visit, confirmed: str | None = None) -> None:
    hours = hours_of(house, visit)
    ended = replace(hours, valid_until=local_day(visit) - timedelta(days=1))
    rostering.save_weekly_hours(house, ended, MANAGER, NOW, confirmed)


def retire_the_clinician(house: House, visit: Visit, confirmed: str | None = None) -> None:
    rostering.save_practitioner(house, replace(visit.practitioner, active=False), MANAGER, NOW, confirmed)


def retire_the_room(house: House, visit: Visit, confirmed: str | None = None) -> None:
    assert visit.room is not None
    rostering.save_room(house, replace(visit.room, active=False), MANAGER, NOW, confirmed)


def retire_the_office(house: House, visit: Visit, confirmed: str | None = None) -> None:
    rostering.save_location(house, replace(visit.location, active=False), MANAGER, NOW, confirmed)


def stop_seeing_people_there(house: House, visit: Visit, confirmed: str | None = None) -> None:
    only_video = replace(visit.practitioner, places=(Place(visit.location.id, Mode.VIRTUAL),))
    rostering.save_practitioner(house, only_video, MANAGER, NOW, confirmed)


def move_the_office_to_another_zone(house: House, visit: Visit, confirmed: str | None = None) -> None:
    rostering.save_location(house, replace(visit.location, zone="Asia/Tokyo"), MANAGER, NOW, confirmed)


def retire_the_kind_of_visit(house: House, visit: Visit, confirmed: str | None = None) -> None:
    rostering.save_visit_type(house, replace(visit.visit_type, active=False), MANAGER, NOW, confirmed)


def meet_by_video_alone(house: House, visit: Visit, confirmed: str | None = None) -> None:
    rostering.save_visit_type(
        house, replace(visit.visit_type, modes=(Mode.VIRTUAL,)), MANAGER, NOW, confirmed
    )


def retire_it_under_another_code(house: House, visit: Visit, confirmed: str | None = None) -> None:
    renamed = replace(visit.visit_type, active=False, code="pictures")
    rostering.save_visit_type(house, renamed, MANAGER, NOW, confirmed)


CHANGES: tuple[Change, ...] = (
    close_the_day,
    take_the_hours_away,
    shorten_the_hours,
    retire_the_clinician,
    retire_the_room,
    retire_the_office,
    stop_seeing_people_there,
    move_the_office_to_another_zone,
    retire_the_kind_of_visit,
    meet_by_video_alone,
    retire_it_under_another_code,
)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_strands_a_visit_lists_it_and_changes_nothing(
    house: House, visit: Visit, change: Change
) -> None:
    before = clinic(house.database)
    with pytest.raises(StrandsVisits) as refusal:
        change(house, visit, None)
    assert [stranded.id for stranded in refusal.value.visits] == [visit.appointment.id]
    assert clinic(house.database) == before
    assert on_the_list(house) == []


@pytest.mark.parametrize("change", CHANGES)
def test_once_confirmed_the_change_is_made_and_the_visit_is_the_desks(
    house: House, visit: Visit, change: Change
) -> None:
    before = clinic(house.database)
    change(house, visit, seen(visit))
    assert clinic(house.database).version > before.version
    assert on_the_list(house) == [(visit.appointment.id, "urgent")]
    kept = changing.show(house, visit.appointment.id).appointment
    assert replace(kept, visit_type_code=visit.visit_type.code) == visit.appointment


def test_whoever_confirms_must_have_seen_every_visit(house: House, visit: Visit) -> None:
    with pytest.raises(StrandsVisits) as refusal:
        close_the_day(house, visit)
    second = booking.book(house, a_request(house), SOMEBODY, NOW).visit
    assert second is not None and local_day(second) == local_day(visit)
    with pytest.raises(StrandsVisits) as again:
        close_the_day(house, visit, confirmed=refusal.value.mark)
    assert again.value.stranded == 2


def test_as_many_other_visits_are_not_those_that_were_seen(house: House, visit: Visit) -> None:
    with pytest.raises(StrandsVisits) as refusal:
        close_the_day(house, visit)
    later = slot_search.find(house, query(moving=visit.appointment.id), NOW, limit=4)[3]
    wish = MoveRequest(later.start, later.mode)
    moved = changing.move(house, visit.appointment.id, wish, CLERK, NOW)
    assert local_day(moved) == local_day(visit)
    with pytest.raises(StrandsVisits) as again:
        close_the_day(house, visit, refusal.value.mark)
    changing.cancel(house, visit.appointment.id, CancelledBy.DESK, CLERK, NOW)
    other = booking.book(house, a_request(house), SOMEBODY, NOW).visit
    assert other is not None and local_day(other) == local_day(visit)
    with pytest.raises(StrandsVisits) as third:
        close_the_day(house, visit, again.value.mark)
    assert [len(one.value.visits) for one in (refusal, again, third)] == [1, 1, 1]
    close_the_day(house, visit, third.value.mark)


def test_a_kind_of_visit_may_lose_a_way_to_meet_that_nobody_booked_and_get_another_code(
    house: House, visit: Visit
) -> None:
    assert Mode.VIRTUAL in visit.visit_type.modes
    changed = replace(visit.visit_type, modes=(Mode.IN_PERSON,), code="pictures")
    rostering.save_visit_type(house, changed, MANAGER, NOW)
    assert on_the_list(house) == []


def test_a_visit_stands_on_the_list_once_however_often_it_is_stranded(house: House, visit: Visit) -> None:
    retire_the_room(house, visit, seen(visit))
    close_the_day(house, visit, None)
    assert len(on_the_list(house)) == 1


def test_a_change_is_not_blamed_for_what_was_stranded_before(house: House, visit: Visit) -> None:
    close_the_day(house, visit, seen(visit))
    retire_the_office(house, visit, None)
    assert len(on_the_list(house)) == 1


def test_a_visit_far_ahead_is_not_urgent(house: House, visit: Visit) -> None:
    far = NOW + timedelta(days=20)
    slot = slot_search.find(house, query(start=far, end=far + timedelta(days=7)), NOW, limit=1)[0]
    later = booking.book(house, a_request(house, start=slot.start), SOMEBODY, NOW).visit
    assert later is not None
    close_the_day(house, later, seen(later))
    assert on_the_list(house) == [(later.appointment.id, "normal")]


def test_a_cancelled_visit_strands_nobody(house: House, visit: Visit) -> None:
    changing.cancel(house, visit.appointment.id, CancelledBy.DESK, CLERK, NOW)
    close_the_day(house, visit)
    assert on_the_list(house) == []


def test_a_closed_part_of_the_day_leaves_the_visits_outside_it(house: House, visit: Visit) -> None:
    evening = a_closure(visit, opens=20 * 60, closes=22 * 60)
    rostering.save_closure(house, evening, MANAGER, NOW)
    assert on_the_list(house) == []


def test_an_unused_room_is_retired_without_a_question(house: House, visit: Visit) -> None:
    other = next(room for room in clinic(house.database).rooms if room != visit.room)
    rostering.save_room(house, replace(other, active=False), MANAGER, NOW)
    assert not clinic(house.database).room(other.id).active


def test_a_closed_day_is_offered_no_more_and_again_once_the_closure_goes(house: House, visit: Visit) -> None:
    day = local_day(visit) + timedelta(days=1)
    number = rostering.save_closure(house, a_closure(visit, day=day), MANAGER, NOW)
    assert day not in offered_days(house, visit)
    rostering.remove_closure(house, number, MANAGER, NOW)
    assert day in offered_days(house, visit)


def offered_days(house: House, visit: Visit) -> set[date]:
    zone = visit.location.tz
    return {slot.start.astimezone(zone).date() for slot in slot_search.find(house, query(), NOW)}


def test_dated_hours_open_a_saturday(house: House, visit: Visit) -> None:
    saturday = date(2026, 9, 19)
    assert saturday not in offered_days(house, visit)
    hours = DatedHours(0, visit.practitioner.id, visit.location.id, Mode.IN_PERSON, saturday, 540, 720)
    number = rostering.save_dated_hours(house, hours, MANAGER, NOW)
    assert saturday in offered_days(house, visit)
    rostering.remove_dated_hours(house, number, MANAGER, NOW)
    assert saturday not in offered_days(house, visit)


def test_hours_that_change_within_their_bounds_keep_the_visit(house: House, visit: Visit) -> None:
    hours = hours_of(house, visit)
    rostering.save_weekly_hours(house, replace(hours, closes=hours.closes + 30), MANAGER, NOW)
    assert replace(hours, closes=hours.closes + 30) in clinic(house.database).weekly_hours


def test_a_wrong_npi_is_refused_and_nothing_is_written(house: House) -> None:
    doctor = clinic(house.database).practitioners[0]
    with pytest.raises(InvalidInput) as refusal:
        rostering.save_practitioner(house, replace(doctor, npi="1234567890"), MANAGER, NOW)
    assert set(refusal.value.errors) == {"npi"}
    assert clinic(house.database).practitioner(doctor.id).npi == doctor.npi


def test_two_clinicians_never_share_an_npi(house: House) -> None:
    first, second, *_ = clinic(house.database).practitioners
    with pytest.raises(InvalidInput) as refusal:
        rostering.save_practitioner(house, replace(second, npi=first.npi), MANAGER, NOW)
    assert set(refusal.value.errors) == {"npi"}


def test_a_new_clinician_is_offered_as_soon_as_there_are_hours(house: House) -> None:
    picture = clinic(house.database)
    template = picture.practitioners[0]
    number = rostering.save_practitioner(
        house, replace(template, id=0, given_name="New", npi="1000000020"), MANAGER, NOW
    )
    hours = WeeklyHours(0, number, picture.locations[0].id, Mode.IN_PERSON, 5, 600, 720)
    rostering.save_weekly_hours(house, hours, MANAGER, NOW)
    found = slot_search.find(house, query(practitioner_id=number), NOW)
    assert found and {slot.practitioner_id for slot in found} == {number}


def test_hours_need_a_clinician_who_works_there_in_that_way(house: House) -> None:
    picture = clinic(house.database)
    nobody_calls = WeeklyHours(
        0, picture.practitioners[0].id, picture.locations[0].id, Mode.PHONE, 0, 540, 600
    )
    with pytest.raises(InvalidInput) as refusal:
        rostering.save_weekly_hours(house, nobody_calls, MANAGER, NOW)
    assert set(refusal.value.errors) == {"mode"}


def test_what_is_not_there_cannot_be_removed(house: House) -> None:
    for remove in (rostering.remove_weekly_hours, rostering.remove_dated_hours, rostering.remove_closure):
        with pytest.raises(NotFound):
            remove(house, 999_999, MANAGER, NOW)


def test_every_change_leaves_one_audit_row_that_says_who(house: House, visit: Visit) -> None:
    close_the_day(house, visit, seen(visit))
    (row,) = rows(
        house,
        "SELECT actor_kind, actor_id, action, object_type, detail FROM audit WHERE object_type = 'closure'",
    )
    assert (row[0], row[1], row[2]) == ("manager", "1", "add")
    assert "stranded" in str(row[4])


def test_a_refused_change_leaves_no_audit_row(house: House, visit: Visit) -> None:
    with contextlib.suppress(StrandsVisits):
        close_the_day(house, visit)
    assert rows(house, "SELECT id FROM audit WHERE object_type = 'closure'") == []


def test_the_explanation_of_a_closed_day_is_that_it_is_closed(house: House, visit: Visit) -> None:
    close_the_day(house, visit, seen(visit))
    later = visit.appointment.start + timedelta(hours=1)
    assert slot_search.explain(house, query(), later, NOW) is Reason.CLOSED


def test_the_picture_is_read_again_after_a_change_and_only_then(house: House) -> None:
    first: Clinic = clinic(house.database)
    assert clinic(house.database) is first
    rostering.save_organization(house, replace(first.organization, name="Another name"), MANAGER, NOW)
    assert clinic(house.database).organization.name == "Another name"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("zone", "America/El_Paso"),
        ("name", "  "),
        ("hold_minutes", 1),
        ("hold_extensions", 3),
        ("decline_grace_minutes", -1),
        ("video_opens_minutes", 4),
        ("video_grace_minutes", 0),
        ("practice_minutes", 90),
    ],
)
def test_the_clinics_identity_is_checked_field_by_field(house: House, field: str, value: object) -> None:
    wrong = replace(clinic(house.database).organization, **{field: value})  # type: ignore[arg-type]
    with pytest.raises(InvalidInput) as refusal:
        rostering.save_organization(house, wrong, MANAGER, NOW)
    assert set(refusal.value.errors) == {field}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("minutes", 7),
        ("buffer_after", 999),
        ("horizon_days", 0),
        ("daily_cap", 0),
        ("modes", ()),
        ("code", "Bad Code"),
    ],
)
def test_a_kind_of_visit_is_checked_field_by_field(house: House, field: str, value: object) -> None:
    wrong = replace(clinic(house.database).visit_types[0], **{field: value})  # type: ignore[arg-type]
    with pytest.raises(InvalidInput) as refusal:
        rostering.save_visit_type(house, wrong, MANAGER, NOW)
    assert set(refusal.value.errors) == {field}


def test_a_retired_kind_of_visit_stays_with_its_visits_and_is_offered_no_more(
    house: House, visit: Visit
) -> None:
    retire_the_kind_of_visit(house, visit, seen(visit))
    assert changing.show(house, visit.appointment.id).visit_type.code == visit.visit_type.code
    with pytest.raises(InvalidInput):
        booking.book(house, a_request(house, start=visit.appointment.end), SOMEBODY, NOW)


def test_a_booking_that_waits_for_a_closure_is_refused(house: House, visit: Visit) -> None:
    """The slot was shown before the closure came; booking looks again and says why."""
    request = a_request(house, start=visit.appointment.end + timedelta(minutes=30))
    close_the_day(house, visit, seen(visit))
    with pytest.raises(NotOffered):
        booking.book(house, request, SOMEBODY, NOW)
