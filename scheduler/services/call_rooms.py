"""A video visit as its pages show it: everything that was said, where its call stands, and everybody who is there.

Shared: the patient's side and the clinician's look at the same thing. A day's list asks for all its visits at once,
with as many questions as for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.appointment import Appointment
from scheduler.domain.arrival import Arrival
from scheduler.domain.device_check import DeviceCheck
from scheduler.domain.eligibility import CONSENT
from scheduler.domain.errors import NotFound
from scheduler.domain.link import LinkPurpose
from scheduler.domain.signalling import Standing
from scheduler.domain.telehealth import Party, Quality, Stage, VideoVisit, Window
from scheduler.domain.visit import Visit
from scheduler.domain.whereabouts import is_licensed_at
from scheduler.persistence import arrivals, device_checks, links, video_visits, visit_parties, visits
from scheduler.persistence.visit_parties import Present
from scheduler.services import call_moves
from scheduler.services.house import House


@dataclass(frozen=True, slots=True)
class Room:
    """One video visit as its pages show it. `ahead` is how many wait before this patient."""

    visit: Visit
    call: VideoVisit
    arrival: Arrival
    window: Window
    people: tuple[Present, ...]
    check: DeviceCheck | None
    ahead: int
    consent_version: str
    gate_version: str
    version: int
    has_helper_link: bool

    @property
    def phone(self) -> str:
        """The number to call the patient at: the one given at the door, at booking, or their own."""
        if self.arrival.whereabouts is not None:
            return self.arrival.whereabouts.phone
        return self.visit.virtual.callback_phone if self.visit.virtual else self.visit.patient.phone

    @property
    def place(self) -> str:
        """Where the patient is, as far as it was said; "" when it was not."""
        if self.arrival.whereabouts is not None:
            return self.arrival.whereabouts.place
        return self.visit.virtual.state if self.visit.virtual else ""

    def line_of(self, kind: Party) -> Quality | None:
        """How the line of a party was at its worst; None when there was none."""
        return next((one.worst for one in self.people if one.kind is kind), None)

    @property
    def is_out_of_area(self) -> bool:
        """Say whether the clinician holds no licence where the patient is."""
        return bool(self.place) and not is_licensed_at(self.place, self.visit.practitioner.licensed_states)

    @property
    def is_ready(self) -> bool:
        """Say whether everything was said that is asked at the door."""
        arrival = self.arrival
        unsaid = arrival.whereabouts is None or arrival.needs_consent(self.consent_version)
        return not unsaid and not arrival.needs_signs(self.gate_version)

    @property
    def standing(self) -> Standing:
        """Where it stands, as its open pages are told each second."""
        appointment = self.visit.appointment
        return Standing(
            number=appointment.id,
            uid=appointment.uid,
            patient_id=appointment.patient_id,
            practitioner_id=appointment.practitioner_id,
            location_id=appointment.location_id,
            language=appointment.language,
            status=appointment.status,
            mode=appointment.mode,
            window=self.window,
            stage=self.call.stage,
            provider=self.call.provider,
            delay_until=self.call.delay_until,
            ahead=self.ahead,
            version=self.version,
            area=self.call.area,
        )

    def companions(self) -> tuple[Present, ...]:
        """Those whom the patient asked to be there."""
        return tuple(one for one in self.people if one.kind is Party.COMPANION and one.name)


def look(house: House, appointment_id: int) -> Room:
    """Show a video visit with everything said and everybody there.

    :raises NotFound: when there is no such visit.
    """
    with house.database.reading() as connection:
        return room_of(connection, house, appointment_id)


def room_of(connection: Connection, house: House, appointment_id: int) -> Room:
    """The same in the caller's transaction."""
    found = rooms_of(connection, house, [appointment_id])
    if not found:
        raise NotFound
    return found[0]


def rooms_of(connection: Connection, house: House, appointment_ids: Sequence[int]) -> list[Room]:
    """The same for many visits, soonest first; what there is of them."""
    clinic, vault = house.clinic(connection), house.vault
    found = visits.many(connection, vault, clinic, appointment_ids)
    calls = _calls(connection, house, [visit.appointment for visit in found])
    windows = {each.appointment.id: call_moves.window_of(clinic, each.appointment) for each in found}
    opens = {number: window.opens for number, window in windows.items()}
    said = arrivals.of_visits(connection, vault, opens, CONSENT)
    people = visit_parties.of_visits(connection, vault, list(opens))
    checks = device_checks.newest_of(connection, list(opens))
    helped = links.with_open(connection, list(opens), LinkPurpose.COMPANION)
    queue = _queue(connection, found, calls)
    return [
        Room(
            visit=visit,
            call=calls[visit.appointment.id],
            arrival=said[visit.appointment.id],
            window=windows[visit.appointment.id],
            people=tuple(people.get(visit.appointment.id, ())),
            check=checks.get(visit.appointment.id),
            ahead=_ahead(visit.appointment, calls[visit.appointment.id], queue),
            consent_version=clinic.consent(CONSENT).version,
            gate_version=clinic.gate.version,
            version=clinic.version,
            has_helper_link=visit.appointment.id in helped,
        )
        for visit in found
    ]


def _calls(
    connection: Connection, house: House, appointments: Iterable[Appointment]
) -> dict[int, VideoVisit]:
    """The call of each visit; one that has not begun is as its clinician meets people."""
    wanted = {each.id: each.practitioner_id for each in appointments}
    known = video_visits.many(connection, house.vault, wanted)
    fresh = {number: doctor for number, doctor in wanted.items() if number not in known}
    places = video_visits.meeting_places(connection, house.vault, set(fresh.values())) if fresh else {}
    for number, doctor in fresh.items():
        known[number] = call_moves.fresh_at(number, places.get(doctor))
    return known


def _queue(
    connection: Connection, found: Iterable[Visit], calls: dict[int, VideoVisit]
) -> list[tuple[int, datetime]]:
    """Who waits for the clinicians of these visits, when somebody does."""
    doctors = {each.practitioner.id for each in found if calls[each.appointment.id].stage is Stage.WAITING}
    return video_visits.queue_of(connection, doctors) if doctors else []


def _ahead(appointment: Appointment, call: VideoVisit, queue: Iterable[tuple[int, datetime]]) -> int:
    """How many wait for the same clinician whose visit begins earlier."""
    if call.stage is not Stage.WAITING:
        return 0
    return sum(doctor == appointment.practitioner_id and start < appointment.start for doctor, start in queue)
