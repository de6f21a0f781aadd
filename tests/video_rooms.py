"""Video visits about to begin, for tests: booked as people book, then moved to the moment that a test needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from scheduler.domain.actor import Actor, Role
from scheduler.domain.arrival import Whereabouts
from scheduler.domain.booking import GateAnswers
from scheduler.domain.directory import Mode
from scheduler.domain.link import LinkPurpose
from scheduler.domain.safety_gate import Answer
from scheduler.persistence import occupancy
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.worklist import WorklistRow
from scheduler.services import booking, slot_search, telehealth
from scheduler.services.house import House
from scheduler.services.telehealth import ASKED_AT_DOOR
from tests.engines import SOMEBODY, a_patient, a_request, query

PATIENT = Actor(frozenset({Role.PATIENT}), id="link", request_id="test", address="192.0.2.1")


@dataclass(frozen=True, slots=True)
class Soon:
    """A video visit that begins soon: its number, its name on the wire, its link, and who sees the patient."""

    number: int
    public_id: str
    token: str
    practitioner: int

    @property
    def clinician(self) -> Actor:
        """The one who may run it."""
        return Actor(
            frozenset({Role.CLINICIAN}), id="9", request_id="test", practitioner_id=self.practitioner
        )


def a_visit_soon(
    house: House, now: datetime, minutes: int = 10, *, practitioner: int | None = None, language: str = "en"
) -> Soon:
    """Book a video visit with somebody new, and let it begin so many minutes from now.

    The time that it was booked for is free again, so that tests can have as many as they like.
    """
    wish = query(
        Mode.VIRTUAL,
        start=now + timedelta(days=1),
        end=now + timedelta(days=30),
        practitioner_id=practitioner,
    )
    slot = slot_search.find(house, wish, now, limit=1)[0]
    request = a_request(
        house,
        Mode.VIRTUAL,
        start=slot.start,
        practitioner_id=slot.practitioner_id,
        patient=a_patient(language=language),
    )
    booked = booking.book(house, request, SOMEBODY, now - timedelta(days=1))
    assert booked.visit is not None
    appointment = booked.visit.appointment
    start = now + timedelta(minutes=minutes)
    with house.database.transaction() as connection:
        occupancy.release(connection, appointment.id)
        moved = update(AppointmentRow).where(AppointmentRow.id == appointment.id)
        connection.execute(moved.values(starts_at=start, ends_at=start + timedelta(minutes=30)))
    return Soon(
        appointment.id, appointment.public_id, booked.links[LinkPurpose.VISIT], appointment.practitioner_id
    )


def answer_all(house: House, soon: Soon, now: datetime, *, place: str = "US-TX", yes: str = "") -> None:
    """Answer everything that is asked at the door; `yes` is a sign that is there."""
    telehealth.say_where(house, soon.number, Whereabouts(place, "+19155550177", ""), "en", PATIENT, now)
    with house.database.reading() as connection:
        gate = house.clinic(connection).gate
    said = {sign.id: Answer.NO for tier in ASKED_AT_DOOR for sign in gate.of_tier(tier)}
    said |= {yes: Answer.YES} if yes else {}
    telehealth.answer_signs(house, soon.number, GateAnswers(gate.version, said, "en"), PATIENT, now)


def sit_down(house: House, soon: Soon, now: datetime, **said: str) -> None:
    """Come into the waiting room."""
    answer_all(house, soon, now, **said)
    telehealth.wait(house, soon.number, PATIENT, now)


def on_list(house: House, number: int) -> list[tuple[str, str]]:
    """What waits at the desk about a visit: kind and urgency."""
    with house.database.reading() as connection:
        rows = connection.execute(
            select(WorklistRow.kind, WorklistRow.urgency)
            .where(WorklistRow.appointment_id == number, WorklistRow.state != "done")
            .order_by(WorklistRow.created_at, WorklistRow.kind)
        )
        return [(row.kind, row.urgency) for row in rows]
