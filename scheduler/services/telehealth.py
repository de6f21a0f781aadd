"""A patient's way into a video visit: what is asked at the door, the wait, the telephone instead, and the way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.appointment import Appointment
from scheduler.domain.arrival import Whereabouts
from scheduler.domain.booking import GateAnswers
from scheduler.domain.clinic import Clinic
from scheduler.domain.eligibility import CONSENT
from scheduler.domain.errors import MoveRefused
from scheduler.domain.notification import Addressee, Channel, Kind, Notification
from scheduler.domain.person import VirtualDetails
from scheduler.domain.safety_gate import Answer, Tier
from scheduler.domain.telehealth import STANDS, Party, Provider, RoomClosed, Stage, Window
from scheduler.domain.whereabouts import is_licensed_at
from scheduler.persistence import (
    answers,
    arrivals,
    consents,
    outbox,
    video_visits,
    visit_parties,
    visits,
    worklist,
)
from scheduler.services import call_moves, call_rooms, out_of_area
from scheduler.services.call_rooms import Room
from scheduler.services.house import House

PHONE_WISH = "video-by-phone"
RED_FLAG = "video-red-flag"
ASKED_AT_DOOR = (Tier.EMERGENCY, Tier.SAME_DAY)
"""The signs that are asked again at the door: what cannot wait until the visit is over."""


def say_where(
    house: House, appointment_id: int, said: Whereabouts, language: str, actor: Actor, now: datetime
) -> None:
    """Keep where the patient is now and how to call them; a place without a licence is the desk's decision."""
    with house.database.transaction() as connection:
        room = _open_room(connection, house, appointment_id, now)
        arrivals.keep_whereabouts(connection, house.vault, appointment_id, said, language, now)
        appointment = room.visit.appointment
        if not is_licensed_at(said.place, room.visit.practitioner.licensed_states):
            tell_desk(connection, house, appointment, out_of_area.KIND, {"where": said.place}, now)
        call_moves.record(connection, actor, "video-where", appointment, now)


def agree(
    house: House, appointment_id: int, version: str, language: str, actor: Actor, now: datetime
) -> None:
    """Keep the consent to the text of that version.

    :raises MoveRefused: when the text has changed meanwhile: what was read is not what is in force.
    """
    with house.database.transaction() as connection:
        room = _open_room(connection, house, appointment_id, now)
        if version != room.consent_version:
            raise MoveRefused
        appointment = room.visit.appointment
        consents.keep(
            connection,
            appointment_id=appointment_id,
            patient_id=appointment.patient_id,
            kind=CONSENT,
            version=version,
            language=language,
            channel="video",
            now=now,
        )
        call_moves.record(connection, actor, "video-consent", appointment, now)


def answer_signs(house: House, appointment_id: int, said: GateAnswers, actor: Actor, now: datetime) -> Tier:
    """Keep what was said to the signs that cannot wait, and tell the desk of one that was ticked."""
    with house.database.transaction() as connection:
        room = _open_room(connection, house, appointment_id, now)
        tier = tier_of(house.clinic(connection), said.answers)
        answers.keep(connection, house.vault, said, tier, now, appointment_id=appointment_id, at_door=True)
        appointment = room.visit.appointment
        if tier in ASKED_AT_DOOR:
            note = {"tier": tier.value, "phone": room.phone}
            tell_desk(connection, house, appointment, RED_FLAG, note, now)
        call_moves.record(connection, actor, "video-signs", appointment, now)
        return tier


def tier_of(clinic: Clinic, said: Mapping[str, Answer]) -> Tier:
    """Where the answers at the door lead: the most urgent sign that is there, or a doubt."""
    for tier in ASKED_AT_DOOR:
        if any(said.get(sign.id) is Answer.YES for sign in clinic.gate.of_tier(tier)):
            return tier
    return Tier.CALL_BACK if Answer.UNSURE in said.values() else Tier.NONE


def wait(house: House, appointment_id: int, actor: Actor, now: datetime) -> None:
    """Let the patient sit down in the waiting room; whoever sits there already stays.

    :raises RoomClosed: too early or too late.
    :raises MoveRefused: when something was not answered yet, or the visit is over.
    """
    with house.database.transaction() as connection:
        room = _open_room(connection, house, appointment_id, now)
        appointment, call = call_moves.locked(connection, house, appointment_id)
        if call.stage not in {Stage.EXPECTED, Stage.PHONE}:
            if call.stage is Stage.ENDED:
                raise MoveRefused
            return
        if not room.is_ready:
            raise MoveRefused
        call_moves.step(connection, house, appointment, call, call.moved_to(Stage.WAITING, now), actor, now)
        _owe_end(connection, appointment, room.window, now)


def call_my_phone(house: House, appointment_id: int, actor: Actor, now: datetime) -> None:
    """Go on by telephone: the clinician sees the number, and the desk has it on its list. Twice is once.

    :raises RoomClosed: too early or too late.
    """
    with house.database.transaction() as connection:
        room = _open_room(connection, house, appointment_id, now)
        appointment, call = call_moves.locked(connection, house, appointment_id)
        if call.stage is Stage.PHONE:
            return
        call_moves.step(connection, house, appointment, call, call.moved_to(Stage.PHONE, now), actor, now)
        _owe_end(connection, appointment, room.window, now)
        note = {"phone": room.phone, "name": room.visit.patient.name}
        tell_desk(connection, house, appointment, PHONE_WISH, note, now)


def make_phone_visit(house: House, appointment_id: int, actor: Actor, now: datetime) -> None:
    """Plan the visit by telephone from the start: its time, its link and its invitation stay as they are."""
    with house.database.transaction() as connection:
        appointment, call = call_moves.locked(connection, house, appointment_id)
        if call.stage is Stage.ENDED or call.provider is Provider.PHONE:
            return
        video_visits.change(connection, call, replace(call, provider=Provider.PHONE))
        visit = visits.get(connection, house.vault, house.clinic(connection), appointment_id)
        phone = visit.virtual.callback_phone if visit.virtual else visit.patient.phone
        tell_desk(
            connection, house, appointment, PHONE_WISH, {"phone": phone, "planned": "yes"}, now, "normal"
        )
        call_moves.record(connection, actor, "video-plan-phone", appointment, now)


def leave(house: House, appointment_id: int, actor: Actor, now: datetime) -> None:
    """Let the patient go: out of the waiting room, or out of the call, which the clinician then sees."""
    with house.database.transaction() as connection:
        appointment, call = call_moves.locked(connection, house, appointment_id)
        for one in visit_parties.of_visit(connection, house.vault, appointment_id):
            if one.kind is Party.PATIENT:
                visit_parties.leave(connection, one.id, one.instance, now)
        if call.stage is Stage.WAITING:
            call_moves.step(
                connection, house, appointment, call, call.moved_to(Stage.EXPECTED, now), actor, now
            )
        else:
            call_moves.record(connection, actor, "video-leave", appointment, now)


def rate(
    house: House,
    appointment_id: int,
    saw_and_heard: str | None,
    was_easy: str | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep what the patient says of the call, once it is over.

    :raises MoveRefused: before that.
    """
    with house.database.transaction() as connection:
        appointment, call = call_moves.locked(connection, house, appointment_id)
        if call.stage is not Stage.ENDED:
            raise MoveRefused
        video_visits.rate(connection, appointment_id, saw_and_heard, was_easy)
        call_moves.record(connection, actor, "video-rate", appointment, now)


def virtual_of(room: Room) -> VirtualDetails | None:
    """What the page of the door shows first: the last answer, or that of the booking."""
    said = room.arrival.whereabouts
    if said is None:
        return room.visit.virtual
    return VirtualDetails(said.place, said.phone, room.arrival.consent_version)


def _open_room(connection: Connection, house: House, appointment_id: int, now: datetime) -> Room:
    room = call_rooms.room_of(connection, house, appointment_id)
    stands = room.visit.is_virtual and room.visit.appointment.status in STANDS
    if not stands or not room.window.is_open(now):
        raise RoomClosed
    return room


def tell_desk(
    connection: Connection,
    house: House,
    appointment: Appointment,
    kind: str,
    note: Mapping[str, str],
    now: datetime,
    urgency: str = "urgent",
) -> None:
    """Put one thing on the desk's list; the same thing twice is one."""
    worklist.add_once(
        connection,
        house.vault,
        kind,
        note,
        urgency=urgency,
        language=appointment.language,
        now=now,
        appointment_id=appointment.id,
    )


def _owe_end(connection: Connection, appointment: Appointment, window: Window, now: datetime) -> None:
    """Owe the end of the visit by rule, once for its version."""
    chore = Notification.about(
        appointment,
        Kind.END_VIDEO,
        Channel.INTERNAL,
        Addressee.CLINIC,
        due_at=window.closes,
        expires_at=window.closes + call_moves.USEFUL,
    )
    outbox.owe(connection, [chore], now)
