"""Claims about a video visit from the door to its end, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler.domain.appointment import Status
from scheduler.domain.arrival import Whereabouts
from scheduler.domain.booking import MoveRequest
from scheduler.domain.desk_state import DeskState
from scheduler.domain.directory import Mode
from scheduler.domain.errors import MoveRefused, NotPermitted
from scheduler.domain.signalling import Told
from scheduler.domain.telehealth import AreaDecision, Outcome, Party, Provider, Quality, RoomClosed, Stage
from scheduler.persistence.database import database_now
from scheduler.services import (
    call_rooms,
    changing,
    consulting,
    desk_status,
    directory,
    rostering,
    signalling,
    slot_search,
    telehealth,
    timed_actions,
)
from scheduler.services.consulting import Ending
from scheduler.services.house import House
from tests.databases import Table
from tests.engines import CLERK, MANAGER, NOW, query
from tests.video_rooms import PATIENT, Soon, a_visit_soon, answer_all, on_list, sit_down


@pytest.fixture
def soon(house: House) -> Soon:
    return a_visit_soon(house, NOW)


def stage(house: House, soon: Soon) -> Stage:
    return call_rooms.look(house, soon.number).call.stage


def status(house: House, soon: Soon) -> Status:
    return changing.show(house, soon.number).appointment.status


def test_whoever_has_answered_everything_waits_and_the_visit_is_marked_arrived(
    house: House, soon: Soon
) -> None:
    sit_down(house, soon, NOW)
    room = call_rooms.look(house, soon.number)
    assert (room.call.stage, room.call.waiting_since) == (Stage.WAITING, NOW)
    assert status(house, soon) is Status.ARRIVED
    assert room.phone == "+19155550177"


def test_nobody_waits_before_everything_is_answered(house: House, soon: Soon) -> None:
    with pytest.raises(MoveRefused):
        telehealth.wait(house, soon.number, PATIENT, NOW)


@pytest.mark.parametrize("minutes", [31, -91])
def test_the_door_is_shut_too_early_and_too_late(house: House, minutes: int) -> None:
    far = a_visit_soon(house, NOW, minutes)
    with pytest.raises(RoomClosed):
        answer_all(house, far, NOW)


def test_the_manager_says_when_the_room_opens_and_when_a_visit_is_ended_by_rule(house: House) -> None:
    early = a_visit_soon(house, NOW, 40)
    with pytest.raises(RoomClosed):
        answer_all(house, early, NOW)
    usual = directory.clinic(house.database).organization
    ours = replace(usual, video_opens_minutes=45, video_grace_minutes=20)
    rostering.save_organization(house, ours, MANAGER, NOW)
    sit_down(house, early, NOW)
    assert stage(house, early) is Stage.WAITING
    window = call_rooms.look(house, early.number).window
    assert (window.opens, window.closes) == (
        NOW - timedelta(minutes=5),
        NOW + timedelta(minutes=40 + 30 + 20),
    )
    told = Told("a" * 32, "d" * 32, is_fresh=True)
    assert signalling.breathe(house, early.number, signalling.PATIENT, told, PATIENT, NOW).is_active
    with pytest.raises(RoomClosed):
        signalling.breathe(house, early.number, signalling.PATIENT, told, PATIENT, window.closes)


def test_a_day_of_many_visits_costs_as_many_questions_as_one_of_two(
    house: House, count_statements: Callable[[], int]
) -> None:
    def questions() -> int:
        before = count_statements()
        rooms = consulting.today(house, CLERK, NOW)
        assert rooms
        return count_statements() - before

    sit_down(house, a_visit_soon(house, NOW), NOW)
    a_visit_soon(house, NOW, 25)
    questions()
    few = questions()
    for minutes in (12, 14, 16, 18):
        sit_down(house, a_visit_soon(house, NOW, minutes), NOW)
    a_visit_soon(house, NOW, 26)
    assert questions() == few <= 14


def test_who_may_be_at_the_door_before_midnight_is_listed_before_midnight(house: House) -> None:
    night = NOW.astimezone(ZoneInfo("America/Denver")).replace(hour=23, minute=45).astimezone(UTC)
    at_door, tomorrow = a_visit_soon(house, night, 20), a_visit_soon(house, night, 40)
    listed = {room.visit.appointment.id for room in consulting.today(house, CLERK, night)}
    assert at_door.number in listed
    assert tomorrow.number not in listed


def test_a_visit_that_is_moved_while_somebody_waits_begins_anew(house: House, soon: Soon) -> None:
    sit_down(house, soon, NOW)
    telehealth.leave(house, soon.number, PATIENT, NOW)
    sit_down(house, soon, NOW)
    desk_status.set_state(house, soon.public_id, DeskState.BOOKED, CLERK, NOW)
    wish = query(Mode.VIRTUAL, start=NOW + timedelta(days=2), practitioner_id=soon.practitioner)
    free = slot_search.find(house, wish, NOW, limit=1)[0]
    to = MoveRequest(free.start, Mode.VIRTUAL, soon.practitioner, is_patients=True)
    changing.move(house, soon.number, to, CLERK, NOW)
    call = call_rooms.look(house, soon.number).call
    assert (call.stage, call.waiting_since) == (Stage.EXPECTED, None)
    assert soon.number not in {room.visit.appointment.id for room in consulting.today(house, CLERK, NOW)}


def test_a_list_tells_of_each_visit_what_its_own_page_tells(house: House, soon: Soon) -> None:
    sit_down(house, soon, NOW)
    other = a_visit_soon(house, NOW, 15, practitioner=soon.practitioner)
    sit_down(house, other, NOW, place="US-NM", yes="leg-weakness")
    a_visit_soon(house, NOW, 20)
    listed = consulting.today(house, CLERK, NOW)
    assert listed == [call_rooms.look(house, room.visit.appointment.id) for room in listed]
    assert [room.ahead for room in listed] == [0, 1, 0]


def test_where_somebody_is_and_the_signs_are_kept_sealed(
    house: House, soon: Soon, tables_of: Callable[[str], Table]
) -> None:
    said = Whereabouts("US-NM", "+15055550123", "12 Example Road")
    telehealth.say_where(house, soon.number, said, "en", PATIENT, NOW)
    assert call_rooms.look(house, soon.number).arrival.whereabouts == said
    kept = repr(tables_of("whereabouts"))
    assert "Example Road" not in kept
    assert "5055550123" not in kept
    assert "US-NM" not in kept


def test_out_of_area_is_a_decision_and_no_silent_refusal(house: House, soon: Soon) -> None:
    sit_down(house, soon, NOW, place="US-NM")
    assert ("out-of-area", "urgent") in on_list(house, soon.number)
    consulting.decide_area(house, soon.number, AreaDecision.NOT_TODAY, soon.clinician, NOW)
    with pytest.raises(MoveRefused):
        consulting.admit(house, soon.number, soon.clinician, NOW)
    consulting.decide_area(house, soon.number, AreaDecision.GO_ON, CLERK, NOW)
    consulting.admit(house, soon.number, soon.clinician, NOW)
    assert stage(house, soon) is Stage.ADMITTED


def test_a_sign_that_cannot_wait_is_on_the_desks_list_and_bars_nobody(house: House, soon: Soon) -> None:
    sit_down(house, soon, NOW, yes="leg-weakness")
    assert ("video-red-flag", "urgent") in on_list(house, soon.number)
    assert call_rooms.look(house, soon.number).arrival.has_red_flag


def test_those_who_come_later_stand_behind(house: House, soon: Soon) -> None:
    later = a_visit_soon(house, NOW, 25, practitioner=soon.practitioner)
    sit_down(house, later, NOW)
    assert call_rooms.look(house, later.number).ahead == 0
    sit_down(house, soon, NOW)
    assert call_rooms.look(house, later.number).ahead == 1
    assert call_rooms.look(house, soon.number).ahead == 0


def test_only_the_visits_own_clinician_runs_it(house: House, soon: Soon) -> None:
    sit_down(house, soon, NOW)
    other = type(soon)(soon.number, soon.public_id, soon.token, soon.practitioner + 1).clinician
    with pytest.raises(NotPermitted):
        consulting.find(house, soon.public_id, other, NOW)
    with pytest.raises(NotPermitted):
        consulting.admit(house, soon.number, other, NOW)
    with pytest.raises(NotPermitted):
        consulting.admit(house, soon.number, CLERK, NOW)


def test_a_finished_visit_is_fulfilled_and_its_follow_up_is_the_desks(house: House, soon: Soon) -> None:
    sit_down(house, soon, NOW)
    consulting.admit(house, soon.number, soon.clinician, NOW)
    assert status(house, soon) is Status.CHECKED_IN
    consulting.finish(house, soon.number, Ending(Outcome.BY_VIDEO, 2, "Bring images"), soon.clinician, NOW)
    assert status(house, soon) is Status.FULFILLED
    assert ("video-follow-up", "normal") in on_list(house, soon.number)
    with pytest.raises(MoveRefused):
        consulting.finish(house, soon.number, Ending(Outcome.BY_PHONE), soon.clinician, NOW)


def test_five_more_minutes_add_up(house: House, soon: Soon) -> None:
    sit_down(house, soon, NOW)
    for _ in range(2):
        consulting.ask_for_time(house, soon.number, soon.clinician, NOW)
    assert call_rooms.look(house, soon.number).call.delay_until == NOW + timedelta(minutes=10)


def test_the_telephone_is_a_state_with_an_outcome_and_the_desk_has_the_number(
    house: House, soon: Soon
) -> None:
    sit_down(house, soon, NOW)
    telehealth.call_my_phone(house, soon.number, PATIENT, NOW)
    telehealth.call_my_phone(house, soon.number, PATIENT, NOW)
    assert stage(house, soon) is Stage.PHONE
    assert on_list(house, soon.number) == [("video-by-phone", "urgent")]
    consulting.finish(house, soon.number, Ending(Outcome.BY_PHONE), soon.clinician, NOW)
    assert call_rooms.look(house, soon.number).call.outcome is Outcome.BY_PHONE
    assert status(house, soon) is Status.FULFILLED


def test_a_patient_who_was_not_reached_is_not_called_seen(house: House, soon: Soon) -> None:
    telehealth.call_my_phone(house, soon.number, PATIENT, NOW)
    consulting.finish(house, soon.number, Ending(Outcome.NOT_REACHED), soon.clinician, NOW)
    assert status(house, soon) is not Status.FULFILLED
    assert ("video-not-finished", "urgent") in on_list(house, soon.number)


def test_leaving_the_waiting_room_makes_room_for_the_next(house: House, soon: Soon) -> None:
    sit_down(house, soon, NOW)
    telehealth.leave(house, soon.number, PATIENT, NOW)
    assert (stage(house, soon), status(house, soon)) == (Stage.EXPECTED, Status.BOOKED)


def test_a_visit_that_nobody_ends_is_ended_by_the_clock(house: House, soon: Soon) -> None:
    sit_down(house, soon, NOW)
    closes = call_rooms.look(house, soon.number).window.closes
    offset = closes - _clock(house)
    timed_actions.carry_out(house, offset - timedelta(minutes=5))
    assert stage(house, soon) is Stage.WAITING
    timed_actions.carry_out(house, offset + timedelta(minutes=1))
    room = call_rooms.look(house, soon.number)
    assert (room.call.stage, room.call.outcome) == (Stage.ENDED, Outcome.RULE)
    consulting.finish(house, soon.number, Ending(Outcome.BY_VIDEO), soon.clinician, closes)
    assert call_rooms.look(house, soon.number).call.outcome is Outcome.BY_VIDEO


def test_another_way_to_meet_keeps_the_visit_its_link_and_its_uid(house: House, soon: Soon) -> None:
    before = changing.show(house, soon.number).appointment
    address = "https://meet.example.com/room"
    consulting.use_provider(house, soon.number, Provider.LINK, address, soon.clinician, NOW)
    call = call_rooms.look(house, soon.number).call
    assert (call.provider, call.address) == (Provider.LINK, address)
    telehealth.make_phone_visit(house, soon.number, PATIENT, NOW)
    assert call_rooms.look(house, soon.number).call.provider is Provider.PHONE
    assert changing.show(house, soon.number).appointment == before


def test_a_clinicians_own_meeting_place_is_where_their_visits_begin(house: House, soon: Soon) -> None:
    address = "https://meet.example.com/lopez"
    consulting.keep_meeting_place(house, Provider.LINK, address, soon.clinician, NOW)
    assert call_rooms.look(house, soon.number).call.address == address


def test_how_the_call_was_is_asked_once_it_is_over(house: House, soon: Soon) -> None:
    sit_down(house, soon, NOW)
    with pytest.raises(MoveRefused):
        telehealth.rate(house, soon.number, "yes", None, PATIENT, NOW)
    consulting.finish(house, soon.number, Ending(Outcome.CUT_SHORT), soon.clinician, NOW)
    telehealth.rate(house, soon.number, "yes", None, PATIENT, NOW)
    assert call_rooms.look(house, soon.number).call.rated


def test_the_record_keeps_what_it_must_and_nothing_of_the_call(
    house: House, soon: Soon, tables_of: Callable[[str], Table]
) -> None:
    sit_down(house, soon, NOW, place="US-NM")
    secret = "v=0 candidate 192.0.2.77 my leg hurts"
    for page, speaker, actor in (
        ("a" * 32, signalling.PATIENT, PATIENT),
        ("c" * 32, signalling.CLINICIAN, soon.clinician),
    ):
        told = Told(page, page, is_fresh=True)
        signalling.breathe(house, soon.number, speaker, told, actor, NOW)
    consulting.admit(house, soon.number, soon.clinician, NOW)
    told = Told(
        "a" * 32, "a" * 32, is_connected=True, quality=Quality.WEAK, notes=(("c" * 32, {"sdp": secret}),)
    )
    signalling.breathe(house, soon.number, signalling.PATIENT, told, PATIENT, NOW)
    consulting.finish(
        house, soon.number, Ending(Outcome.BY_VIDEO), soon.clinician, NOW + timedelta(minutes=9)
    )
    room = call_rooms.look(house, soon.number)
    call = room.call
    assert (call.waiting_since, call.admitted_at, call.connected_at) == (NOW, NOW, NOW)
    assert (call.ended_at, call.outcome) == (NOW + timedelta(minutes=9), Outcome.BY_VIDEO)
    assert (call.provider, room.place, room.line_of(Party.PATIENT)) == (Provider.OWN, "US-NM", Quality.WEAK)
    assert (room.arrival.consent_version, room.arrival.agreed_at is not None) == (room.consent_version, True)
    assert tables_of("visit_signal") == []
    kept = repr([tables_of(name) for name in ("video_visit", "visit_party", "audit", "worklist", "outbox")])
    assert "192.0.2.77" not in kept
    assert "leg hurts" not in kept
    assert {one.instance for one in room.people} == {""}


def test_a_changed_text_is_agreed_to_again(house: House, soon: Soon) -> None:
    room = call_rooms.look(house, soon.number)
    assert not room.arrival.needs_consent(room.consent_version)
    assert room.arrival.needs_consent("another")
    with pytest.raises(MoveRefused):
        telehealth.agree(house, soon.number, "another", "en", PATIENT, NOW)


def _clock(house: House) -> datetime:
    with house.database.reading() as connection:
        return database_now(connection)
