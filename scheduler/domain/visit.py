"""A visit with everything its reader needs beside it: the people, the place, the kind, and what was agreed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from scheduler.domain.appointment import Appointment
from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Location, Mode, Organization, Practitioner, Room, VisitType
from scheduler.domain.person import HelperDetails, PatientDetails, VirtualDetails
from scheduler.domain.policy import MessageRules
from scheduler.domain.reader_zone import reader_zones, seems_at_home, sure_zone
from scheduler.domain.town_clocks import TownClock, town_clocks


@dataclass(frozen=True, slots=True)
class Visit:
    """One appointment, joined with its people and places, at one version; `messages` is what the clinic has set."""

    appointment: Appointment
    organization: Organization
    visit_type: VisitType
    practitioner: Practitioner
    location: Location
    room: Room | None
    patient: PatientDetails
    helper: HelperDetails | None = None
    virtual: VirtualDetails | None = None
    messages: MessageRules = field(default_factory=MessageRules)

    def standing_as(self, changed: Appointment, clinic: Clinic) -> Visit:
        """The visit after a change of its time, its place or its clinician."""
        return replace(
            self,
            appointment=changed,
            practitioner=clinic.practitioner(changed.practitioner_id),
            location=clinic.location(changed.location_id),
            room=clinic.room(changed.room_id) if changed.room_id else None,
        )

    @property
    def is_virtual(self) -> bool:
        """Say whether the visit happens in the browser."""
        return self.appointment.mode is Mode.VIRTUAL

    @property
    def patient_zones(self) -> tuple[str, ...]:
        """The zones in which it must be day before the patient is written to (see `reader_zone`)."""
        place = self.virtual.state if self.virtual and self.is_virtual else None
        return reader_zones(self.location.zone, self.patient.phone, place, self.patient.zone)

    @property
    def patient_clock(self) -> str | None:
        """The zone of the patient's own clock at a video visit; None where it is not known for sure."""
        if self.virtual is None or not self.is_virtual:
            return None
        told, start = self.virtual, self.appointment.start
        sure = sure_zone(start, told.state, self.patient.zone, told.zone)
        own, ours = (self.patient.phone, told.callback_phone), (self.location.phone, self.organization.phone)
        is_near = sure is None and seems_at_home(self.location.zone, told.state, ours, own)
        return self.location.zone if is_near else sure

    @property
    def patient_clocks(self) -> tuple[TownClock, ...]:
        """The clocks of which one is the patient's at a video visit; none where theirs is known, or not even these."""
        if self.virtual is None or not self.is_virtual or self.patient_clock is not None:
            return ()
        return town_clocks(self.appointment.start, self.virtual.state, self.location.zone)

    @property
    def helper_zones(self) -> tuple[str, ...]:
        """The same for the helper, of whom only a number is known."""
        return reader_zones(self.location.zone, self.helper.phone if self.helper else "")

    @property
    def change_until(self) -> datetime:
        """The instant from which the patient may no longer change the visit alone."""
        return self.appointment.start - self.visit_type.cutoff

    def may_change(self, now: datetime) -> bool:
        """Say whether the patient may still change the visit alone."""
        return self.appointment.is_open and now < self.change_until
