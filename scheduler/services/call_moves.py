"""One step of a call from one state to the next, with what always goes with it: the record, and the visit's own status.

Shared: the patient's side, the clinician's side and the clinic's own clock move calls in their own transactions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain import desk_state
from scheduler.domain.actor import Actor
from scheduler.domain.appointment import Appointment
from scheduler.domain.clinic import Clinic
from scheduler.domain.desk_state import DeskState
from scheduler.domain.directory import Mode
from scheduler.domain.telehealth import STANDS, Provider, RoomClosed, Stage, VideoVisit, Window
from scheduler.persistence import appointments, audit, video_visits, visit_parties, visit_signals
from scheduler.services.house import House

USEFUL = timedelta(days=1)
"""How long after its hour the end by rule may still be carried out."""

FOLLOWS: Mapping[Stage, DeskState] = {
    Stage.EXPECTED: DeskState.BOOKED,
    Stage.WAITING: DeskState.ARRIVED,
    Stage.ADMITTED: DeskState.IN_ROOM,
    Stage.PHONE: DeskState.IN_ROOM,
}
"""The state that the visit itself takes with the call's, where the desk's own table of steps permits it."""


def locked(connection: Connection, house: House, appointment_id: int) -> tuple[Appointment, VideoVisit]:
    """The visit and its call, with other writers waiting.

    :raises RoomClosed: when the visit is no video visit, or not any more.
    """
    appointment = appointments.get(connection, appointment_id, locked=True)
    if appointment.mode is not Mode.VIRTUAL or appointment.status not in STANDS:
        raise RoomClosed
    return appointment, video_visits.begin(connection, house.vault, fresh(connection, house, appointment))


def fresh(connection: Connection, house: House, appointment: Appointment) -> VideoVisit:
    """The call of a visit before anything has happened: in the way its clinician meets people."""
    doctor = appointment.practitioner_id
    places = video_visits.meeting_places(connection, house.vault, [doctor])
    return fresh_at(appointment.id, places.get(doctor))


def fresh_at(appointment_id: int, place: tuple[Provider, str] | None) -> VideoVisit:
    """The same, where it is known how the clinician meets people; None is our own video."""
    provider, address = place or (Provider.OWN, "")
    return VideoVisit(appointment_id, provider=provider, address=address)


def window_of(clinic: Clinic, appointment: Appointment) -> Window:
    """When the room of a visit is open."""
    rules = clinic.organization
    return Window(appointment.start, appointment.end, rules.video_lead, rules.video_grace)


def step(
    connection: Connection,
    house: House,
    appointment: Appointment,
    seen: VideoVisit,
    changed: VideoVisit,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep the call's next state, let the visit follow, and write it down.

    :raises StaleVersion: when somebody else moved it meanwhile.
    """
    video_visits.change(connection, seen, changed)
    to = FOLLOWS.get(changed.stage)
    if to is not None:
        follow(connection, house, appointment, to, now)
    if changed.stage is Stage.ENDED:
        visit_signals.forget(connection, appointment.id)
        visit_parties.clear(connection, appointment.id, now)
    record(connection, actor, f"video-{changed.stage.value}", appointment, now)


def follow(connection: Connection, house: House, before: Appointment, to: DeskState, now: datetime) -> None:
    """Let the visit itself take a state, by way of the room where there is no straight step; else it stays."""
    state = desk_state.state(before)
    if state is to:
        return
    zone = house.clinic(connection).location(before.location_id).tz
    for one in (to,) if to in desk_state.STEPS[state] else (DeskState.IN_ROOM, to):
        if not desk_state.permits(before, one, now, zone):
            return
        before = appointments.change(connection, before, desk_state.step(before, one, now, zone))


def record(
    connection: Connection,
    actor: Actor,
    action: str,
    appointment: Appointment,
    now: datetime,
    outcome: str = "ok",
    detail: Mapping[str, str] | None = None,
) -> None:
    """Write down one act about a call."""
    audit.record(
        connection,
        actor,
        action,
        "appointment",
        appointment.id,
        now=now,
        patient_id=appointment.patient_id,
        outcome=outcome,
        detail=detail,
    )
