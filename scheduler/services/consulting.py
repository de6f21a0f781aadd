"""The clinician's side of visits by video: who waits, letting in, a few minutes more, the telephone, and the end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.actor import SYSTEM, Actor
from scheduler.domain.appointment import Appointment
from scheduler.domain.desk_state import DeskState
from scheduler.domain.errors import MoveRefused, NotPermitted
from scheduler.domain.interval import instant
from scheduler.domain.right import Right, demand, may
from scheduler.domain.telehealth import (
    MORE_TIME,
    SEEN,
    AreaDecision,
    Outcome,
    Provider,
    Stage,
    VideoVisit,
)
from scheduler.domain.wall_clock import day_span, local_day
from scheduler.persistence import appointments, audit, video_visits
from scheduler.services import call_moves, call_rooms, looking, telehealth
from scheduler.services.call_rooms import Room
from scheduler.services.house import House
from scheduler.services.looking import Seen

PRESSING = (Stage.WAITING, Stage.PHONE, Stage.ADMITTED, Stage.IN_CALL, Stage.EXPECTED, Stage.ENDED)
"""In which order a list shows them: first who needs somebody now."""

FOLLOW_UP = "video-follow-up"
AREA = "video-out-of-area"
UNFINISHED = "video-not-finished"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a clinician ends a visit: the outcome, in how many weeks to book again (0: not), and a line for the desk."""

    outcome: Outcome
    weeks: int = 0
    note: str = ""


def find(house: House, public_id: str, actor: Actor, now: datetime) -> int:
    """The number of a visit that this clinician may run.

    :raises NotFound: when there is none.
    :raises NotPermitted: when it is a colleague's; it is written down.
    """
    demand(actor, Right.RUN_VIDEO)
    with house.database.reading() as connection:
        appointment = appointments.named(connection, public_id, house.host)
    if appointment.practitioner_id != actor.practitioner_id:
        _note_foreign(house, appointment, actor, now)
        raise NotPermitted
    return appointment.id


def number_of(house: House, public_id: str) -> int:
    """The number of a visit by its name on the wire; what may be done with it is asked by whoever does it.

    :raises NotFound: when there is none.
    """
    with house.database.reading() as connection:
        return appointments.named(connection, public_id, house.host).id


def enter(house: House, appointment_id: int, actor: Actor, now: datetime) -> Room:
    """Show one visit to its clinician, and write the look down."""
    demand(actor, Right.RUN_VIDEO)
    with house.database.transaction() as connection:
        room = call_rooms.room_of(connection, house, appointment_id)
        call_moves.record(connection, actor, "video-open", room.visit.appointment, now)
        return room


def open_today(house: House, actor: Actor, now: datetime) -> list[Room]:
    """The same for a page that somebody opens, and write down whom they saw; a page that stays open asks `today`."""
    rooms = today(house, actor, now)
    with house.database.transaction() as connection:
        looking.at_list(connection, actor, "see-video-day", [Seen.visit(room.visit) for room in rooms], now)
    return rooms


def today(house: House, actor: Actor, now: datetime) -> list[Room]:
    """The video visits of the clinic's day, those who wait first: a clinician's own, or everybody's for the desk.

    Shortly before midnight the first of the next day are among them: their people may be at the door already.
    """
    demand(actor, Right.SEE_VIDEO_STATE)
    own = actor.practitioner_id if not may(actor, Right.WORK_LIST) else None
    with house.database.reading() as connection:
        if own is None and not may(actor, Right.WORK_LIST):
            return []
        organization = house.clinic(connection).organization
        zone = organization.zone
        start, end = day_span(zone, local_day(zone, int(now.timestamp())).toordinal())
        until = max(instant(end), now + organization.video_lead)
        numbers = video_visits.of_day(connection, instant(start), until, own)
        rooms = call_rooms.rooms_of(connection, house, numbers)
    return sorted(rooms, key=lambda room: PRESSING.index(room.call.stage))


def admit(house: House, appointment_id: int, actor: Actor, now: datetime) -> None:
    """Let the patient in. Twice is once.

    :raises MoveRefused: when nobody waits, or it was decided not to go on with a patient out of area.
    """
    with house.database.transaction() as connection:
        appointment, call = _own(connection, house, appointment_id, actor)
        if call.stage in {Stage.ADMITTED, Stage.IN_CALL}:
            return
        if call.area is AreaDecision.NOT_TODAY:
            raise MoveRefused
        call_moves.step(connection, house, appointment, call, call.moved_to(Stage.ADMITTED, now), actor, now)


def send_back(house: House, appointment_id: int, actor: Actor, now: datetime) -> None:
    """Let the patient wait again: admitted or ended by mistake."""
    with house.database.transaction() as connection:
        appointment, call = _own(connection, house, appointment_id, actor)
        if call.stage is Stage.WAITING:
            return
        call_moves.step(connection, house, appointment, call, call.moved_to(Stage.WAITING, now), actor, now)


def ask_for_time(house: House, appointment_id: int, actor: Actor, now: datetime) -> None:
    """Tell the one who waits that it takes five minutes more; each press adds to the last."""
    with house.database.transaction() as connection:
        appointment, call = _own(connection, house, appointment_id, actor)
        if call.stage not in {Stage.WAITING, Stage.EXPECTED}:
            raise MoveRefused
        until = max(call.delay_until or now, now) + MORE_TIME
        video_visits.change(connection, call, replace(call, delay_until=until))
        call_moves.record(connection, actor, "video-delay", appointment, now)


def call_by_phone(house: House, appointment_id: int, actor: Actor, now: datetime) -> None:
    """Go on by telephone. Twice is once."""
    with house.database.transaction() as connection:
        appointment, call = _own(connection, house, appointment_id, actor)
        if call.stage is Stage.PHONE:
            return
        call_moves.step(connection, house, appointment, call, call.moved_to(Stage.PHONE, now), actor, now)


def finish(house: House, appointment_id: int, ending: Ending, actor: Actor, now: datetime) -> None:
    """End the visit with its outcome; what is to be booked next goes on the desk's list.

    :raises MoveRefused: when it was ended before, by somebody and not by the clock.
    """
    with house.database.transaction() as connection:
        appointment, call = _own(connection, house, appointment_id, actor)
        if call.stage is Stage.ENDED and call.outcome is not Outcome.RULE:
            raise MoveRefused
        ended = call if call.stage is Stage.ENDED else call.moved_to(Stage.ENDED, now)
        call_moves.step(
            connection, house, appointment, call, replace(ended, outcome=ending.outcome), actor, now
        )
        again = appointments.get(connection, appointment_id, locked=True)
        if ending.outcome in SEEN:
            call_moves.follow(connection, house, again, DeskState.SEEN, now)
        elif ending.outcome is Outcome.NOT_REACHED:
            call_moves.follow(connection, house, again, DeskState.LEFT, now)
        _tell_desk_of(connection, house, appointment, ending, now)


def end_by_rule(connection: Connection, house: House, appointment_id: int, now: datetime) -> datetime | None:
    """End a visit that nobody ended, in the caller's transaction; the moment to look again when it is not time yet."""
    appointment = appointments.get(connection, appointment_id, locked=True)
    call = video_visits.get(connection, house.vault, appointment_id)
    if call is None or call.stage is Stage.ENDED:
        return None
    closes = call_moves.window_of(house.clinic(connection), appointment).closes
    if now < closes:
        return closes
    ended = replace(call.moved_to(Stage.ENDED, now), outcome=Outcome.RULE)
    call_moves.step(connection, house, appointment, call, ended, SYSTEM, now)
    return None


def decide_area(
    house: House, appointment_id: int, decision: AreaDecision, actor: Actor, now: datetime
) -> None:
    """Decide about a patient who is where the clinician holds no licence; the desk hears of a "not today"."""
    if not may(actor, Right.WORK_LIST):
        demand(actor, Right.RUN_VIDEO)
    with house.database.transaction() as connection:
        appointment, call = call_moves.locked(connection, house, appointment_id)
        if not may(actor, Right.WORK_LIST) and appointment.practitioner_id != actor.practitioner_id:
            raise NotPermitted
        video_visits.change(connection, call, replace(call, area=decision))
        video_visits.note_decision(connection, appointment_id, actor.id, now)
        if decision is AreaDecision.NOT_TODAY:
            telehealth.tell_desk(connection, house, appointment, AREA, {"decision": decision.value}, now)
        detail = {"decision": decision.value}
        call_moves.record(connection, actor, "video-area", appointment, now, detail=detail)


def use_provider(
    house: House, appointment_id: int, provider: Provider, address: str, actor: Actor, now: datetime
) -> None:
    """Meet in another way for this visit: its time, its link and its invitation stay.

    :raises MoveRefused: when the visit is over.
    """
    with house.database.transaction() as connection:
        appointment, call = _own(connection, house, appointment_id, actor)
        if call.stage is Stage.ENDED:
            raise MoveRefused
        video_visits.change(connection, call, replace(call, provider=provider))
        video_visits.use_address(connection, house.vault, call, address)
        call_moves.record(
            connection, actor, "video-provider", appointment, now, detail={"to": provider.value}
        )


def meeting_place(house: House, actor: Actor) -> tuple[Provider, str]:
    """How this clinician meets people by video."""
    demand(actor, Right.RUN_VIDEO)
    with house.database.reading() as connection:
        doctor = _practitioner(actor)
        places = video_visits.meeting_places(connection, house.vault, [doctor])
    return places.get(doctor, (Provider.OWN, ""))


def keep_meeting_place(house: House, provider: Provider, address: str, actor: Actor, now: datetime) -> None:
    """Keep how this clinician meets people from now on; visits whose door was opened already stay as they are."""
    demand(actor, Right.RUN_VIDEO)
    number = _practitioner(actor)
    with house.database.transaction() as connection:
        video_visits.keep_meeting_place(connection, house.vault, number, provider, address, now)
        audit.record(connection, actor, "video-meeting-place", "practitioner", number, now=now)


def _own(
    connection: Connection, house: House, appointment_id: int, actor: Actor
) -> tuple[Appointment, VideoVisit]:
    demand(actor, Right.RUN_VIDEO)
    appointment, call = call_moves.locked(connection, house, appointment_id)
    if appointment.practitioner_id != actor.practitioner_id:
        raise NotPermitted
    return appointment, call


def _practitioner(actor: Actor) -> int:
    if actor.practitioner_id is None:
        raise NotPermitted
    return actor.practitioner_id


def _note_foreign(house: House, appointment: Appointment, actor: Actor, now: datetime) -> None:
    with house.database.transaction() as connection:
        call_moves.record(connection, actor, "video-open", appointment, now, outcome="refused")


def _tell_desk_of(
    connection: Connection, house: House, appointment: Appointment, ending: Ending, now: datetime
) -> None:
    if ending.weeks or ending.note:
        said = {"weeks": str(ending.weeks)} if ending.weeks else {}
        said |= {"text": ending.note} if ending.note else {}
        telehealth.tell_desk(connection, house, appointment, FOLLOW_UP, said, now, "normal")
    if ending.outcome not in SEEN:
        said = {"outcome": ending.outcome.value}
        telehealth.tell_desk(connection, house, appointment, UNFINISHED, said, now)
