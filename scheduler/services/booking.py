"""Booking a visit: one transaction from the safety answers to the confirmation owed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain import desk_change
from scheduler.domain.actor import Actor
from scheduler.domain.appointment import Appointment
from scheduler.domain.availability import Question, Slot
from scheduler.domain.booking import BookingRequest
from scheduler.domain.clinic import Clinic
from scheduler.domain.eligibility import CONSENT, refuse_unfit
from scheduler.domain.likeness import may_be_one
from scheduler.domain.link import LinkPurpose
from scheduler.domain.news import Change
from scheduler.domain.stranding import fits
from scheduler.domain.visit import Visit
from scheduler.persistence import (
    answers,
    appointments,
    audit,
    consents,
    drafts,
    people,
    visits,
)
from scheduler.persistence.appointments import NewAppointment
from scheduler.persistence.people import Met
from scheduler.services import (
    announcement,
    desk_log,
    merging,
    out_of_area,
    private_links,
    racing,
    stranding,
    wanted_time,
)
from scheduler.services.house import House
from scheduler.services.slot_search import SlotQuery


@dataclass(frozen=True, slots=True)
class Booked:
    """A booked visit and the secrets of its links; `answer` is what a repeated request must be told again."""

    visit: Visit | None
    links: dict[LinkPurpose, str]
    answer: bytes | None = None


@dataclass(frozen=True, slots=True)
class Once:
    """A request that may come twice: its key, its body, and how its answer is written."""

    key: str
    body: bytes
    answer_of: Callable[[Visit, dict[LinkPurpose, str]], bytes]


def book(
    house: House,
    request: BookingRequest,
    actor: Actor,
    now: datetime,
    *,
    draft_id: str | None = None,
    once: Once | None = None,
) -> Booked:
    """Book the visit, take its time, keep what was said and owe the confirmation, all or nothing.

    `draft_id` names the half-filled form this comes from: pressed twice, it gives the visit of the first press. `once`
    does the same for a request with an idempotency key.

    :raises GateClosed: when the safety answers lead to care sooner than a visit.
    :raises SlotTaken, NotOffered, HoldLapsed: with the nearest free times.
    :raises PatientBusy, NotPermitted, InvalidInput, IdempotencyMismatch: as their sentences say.
    """
    query = SlotQuery(
        request.visit_type_code,
        request.mode,
        request.start,
        request.start,
        request.practitioner_id,
        for_desk=actor.is_staff,
        room_id=request.room_id,
    )

    def attempt() -> Booked:
        with house.database.transaction() as connection:
            before = _answered_before(connection, house, draft_id, once, now)
            if before is not None:
                return before
            booked = _book(connection, house, request, query, actor, now)
            return _finish(connection, house, booked, draft_id, once)

    return racing.until_settled(house, attempt, query, request.start, now)


def _answered_before(
    connection: Connection, house: House, draft_id: str | None, once: Once | None, now: datetime
) -> Booked | None:
    """The outcome of the same request, when it came before."""
    if once is not None:
        answer = drafts.begin(connection, house.vault, once.key, once.body, now)
        if answer is not None:
            return Booked(None, {}, answer)
    if draft_id is not None:
        number = drafts.booked_as(connection, draft_id)
        if number is not None:
            visit = visits.get(connection, house.vault, house.clinic(connection), number)
            return Booked(visit, {})
    return None


def _finish(
    connection: Connection, house: House, booked: Booked, draft_id: str | None, once: Once | None
) -> Booked:
    assert booked.visit is not None
    number = booked.visit.appointment.id
    if draft_id is not None:
        drafts.close(connection, house.vault, draft_id, number)
    if once is None:
        return booked
    answer = once.answer_of(booked.visit, booked.links)
    drafts.finish(connection, house.vault, once.key, answer, number)
    return replace(booked, answer=answer)


def _book(
    connection: Connection,
    house: House,
    request: BookingRequest,
    query: SlotQuery,
    actor: Actor,
    now: datetime,
) -> Booked:
    people.wait_for_turn(connection, house.vault, request.patient)
    met = people.recognise(connection, house.vault, request.patient)
    chosen = request.patient_id if actor.is_staff else None
    known = people.standing(connection, chosen) if chosen else met.patient_id
    clinic = house.clinic_at(connection, met.version)
    refuse_unfit(clinic, request, actor, known is not None, now)
    question, slot, hold = wanted_time.for_booking(connection, house, request, query, actor, now, known)
    patient_id = known or people.add(connection, house.vault, request.patient, now)
    appointment = _keep(connection, house, request, question, slot, patient_id, now)
    wanted_time.take(connection, question, slot, hold, appointment)
    _keep_answers(connection, house, clinic, request, appointment, now)
    visit = _visit(clinic, request, appointment)
    out_of_area.tell_desk(connection, house, visit, now)
    if known is None and not actor.is_staff:
        _note_likeness(connection, house, request, appointment, met, now)
    if hold is not None and not fits(question.clinic, appointment):
        stranding.pass_on(connection, house, (appointment,), "held", now)
    secrets_of_links = private_links.issue(connection, house, appointment, now)
    wait = desk_log.wait_for(actor)
    announcement.owe_about(connection, visit, Change.BOOKED, now, wait=wait, quietly=not request.tell)
    if request.note:
        _keep_note(connection, house, appointment, request.note)
    _write_down(connection, house, request, appointment, actor, now)
    return Booked(visit, secrets_of_links)


def _write_down(
    connection: Connection,
    house: House,
    request: BookingRequest,
    appointment: Appointment,
    actor: Actor,
    now: datetime,
) -> None:
    why = request.overbook
    desk_log.note(
        connection,
        house,
        actor,
        desk_change.BOOKED,
        None,
        appointment,
        now,
        told=request.tell,
        reason=why,
    )
    audit.record(
        connection,
        actor,
        "book",
        "appointment",
        appointment.id,
        now=now,
        patient_id=appointment.patient_id,
        detail={"overbook": "yes"} if why else None,
    )


def _keep(
    connection: Connection,
    house: House,
    request: BookingRequest,
    question: Question,
    slot: Slot,
    patient_id: int,
    now: datetime,
) -> Appointment:
    uid = f"{secrets.token_hex(16)}@{house.host}"
    vault, patient = house.vault, request.patient
    helper_id = (
        people.add_helper(connection, vault, patient_id, request.helper, now) if request.helper else None
    )
    new = NewAppointment(
        uid=uid,
        mode=slot.mode,
        visit_type_id=question.visit_type.id,
        patient_id=patient_id,
        practitioner_id=slot.practitioner_id,
        location_id=slot.location_id,
        room_id=slot.room_id,
        related_person_id=helper_id,
        start=slot.start,
        end=slot.end,
        language=patient.language,
        source=request.source,
        sealed=visits.seal_details(vault, uid, patient, request.virtual),
        phone_index=vault.index("phone", patient.phone),
        email_index=vault.index("email", patient.email) if patient.email else None,
    )
    return appointments.as_booked(new, appointments.add(connection, new, now), request.visit_type_code, now)


def _note_likeness(
    connection: Connection,
    house: House,
    request: BookingRequest,
    appointment: Appointment,
    met: Met,
    now: datetime,
) -> None:
    """Show the desk that somebody new may be known already; at the desk that was asked before the booking."""
    for other in people.unsealed(house.vault, met.alike):
        if may_be_one(other.details, request.patient):
            merging.note_possible(connection, house, other.id, appointment.patient_id, appointment, now)
            return


def _keep_note(connection: Connection, house: House, appointment: Appointment, words: str) -> None:
    sealed = house.vault.seal("appointment", appointment.uid, {"note": words})
    appointments.keep_note(connection, appointment.id, sealed)


def _keep_answers(
    connection: Connection,
    house: House,
    clinic: Clinic,
    request: BookingRequest,
    appointment: Appointment,
    now: datetime,
) -> None:
    tier = clinic.gate.triage(request.gate.version, request.gate.answers)
    answers.keep(connection, house.vault, request.gate, tier, now, appointment_id=appointment.id)
    if request.virtual is not None:
        consents.keep(
            connection,
            appointment_id=appointment.id,
            patient_id=appointment.patient_id,
            kind=CONSENT,
            version=request.virtual.consent_version,
            language=request.patient.language,
            channel=request.source,
            now=now,
        )


def _visit(clinic: Clinic, request: BookingRequest, appointment: Appointment) -> Visit:
    return Visit(
        appointment=appointment,
        organization=clinic.organization,
        visit_type=clinic.visit_type(request.visit_type_code),
        practitioner=clinic.practitioner(appointment.practitioner_id),
        location=clinic.location(appointment.location_id),
        room=clinic.room(appointment.room_id) if appointment.room_id else None,
        patient=request.patient,
        helper=request.helper,
        virtual=request.virtual,
        messages=clinic.messages,
    )
