"""A visit with everything its reader needs beside it: the people, the place, the kind, and what was agreed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from scheduler.domain.appointment import Appointment
from scheduler.domain.directory import Location, Mode, Organization, Practitioner, Room, VisitType
from scheduler.domain.person import HelperDetails, PatientDetails, VirtualDetails
from scheduler.domain.policy import MessageRules


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

    @property
    def is_virtual(self) -> bool:
        """Say whether the visit happens in the browser."""
        return self.appointment.mode is Mode.VIRTUAL

    @property
    def reader_zone(self) -> str:
        """The zone that the patient's own wall clock shows, as far as it is known; else that of the office."""
        return self.patient.zone or self.location.zone

    @property
    def change_until(self) -> datetime:
        """The instant from which the patient may no longer change the visit alone."""
        return self.appointment.start - self.visit_type.cutoff

    def may_change(self, now: datetime) -> bool:
        """Say whether the patient may still change the visit alone."""
        return self.appointment.is_open and now < self.change_until
