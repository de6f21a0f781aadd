"""What is asked of the clinic's time: which visit, how, with whom, from when to when, and what must be known for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Mode, Practitioner, VisitType
from scheduler.domain.interval import Span, epoch
from scheduler.domain.sweep import Fit
from scheduler.domain.wall_clock import day_span, offset_at, ordinal_at

_FOREVER = 1 << 40  # seconds: some thirty thousand years


@dataclass(frozen=True)
class Question:
    """What is asked of the clinic: starts in `[start, end)`, epoch seconds, for one visit type in one mode.

    Without `practitioner_id` any clinician will do, without `location_id` any place, without `room_id` any room of the
    right kind. `audience_notice` says whether
    notice and horizon bind the asker; the desk may pass them, though nobody books the past. A retired visit type is
    not given, nor is a mode that the type does not have. Licences are not looked at here. What follows from the
    question is worked out once (so no slots), since the statement and the search both need it.
    """

    clinic: Clinic
    visit_type: VisitType
    mode: Mode
    start: int
    end: int
    now: int
    practitioner_id: int | None = None
    audience_notice: bool = True
    location_id: int | None = None
    room_id: int | None = None

    def at(self, start: datetime) -> Question:
        """The same question about one start only."""
        return replace(self, start=epoch(start), end=epoch(start) + 1)

    @property
    def earliest(self) -> int:
        """The first second at which a visit may begin."""
        return self.now + (self.visit_type.minimum_notice * 60 if self.audience_notice else 0)

    def latest(self, zone: str) -> int:
        """The second before which a visit must begin: the end of the horizon's last local day; none for the desk."""
        if not self.audience_notice:
            return _FOREVER
        today = ordinal_at(self.now, offset_at(zone, self.now))
        return day_span(zone, today + self.visit_type.horizon_days)[1]

    @cached_property
    def places(self) -> list[tuple[int, int]]:
        """Practitioner and location ids where such a visit is given."""
        return [
            (practitioner.id, place.location_id)
            for practitioner in self._candidates()
            for place in practitioner.places
            if place.mode is self.mode
            and self.location_id in (None, place.location_id)
            and self.clinic.location(place.location_id).active
        ]

    def _candidates(self) -> tuple[Practitioner, ...]:
        if not self.visit_type.active or self.mode not in self.visit_type.modes:
            return ()
        everybody, wanted = self.clinic.candidates(self.visit_type, self.mode), self.practitioner_id
        return everybody if wanted is None else tuple(one for one in everybody if one.id == wanted)

    @cached_property
    def resources(self) -> tuple[int, ...]:
        """The resources whose busy rows the answer needs: practitioners, and rooms where the visit takes one."""
        places = self.places
        rooms = {room for location_id in {place[1] for place in places} for room in self.rooms(location_id)}
        return (*sorted({place[0] for place in places}), *sorted(rooms))

    def rooms(self, location_id: int) -> tuple[int, ...]:
        """Rooms of the right kind there, lowest id first; none when the visit takes no room."""
        kind = self.visit_type.room_kind
        if kind is None or not self.visit_type.needs_room(self.mode):
            return ()
        fitting = self.clinic.rooms_of(location_id, kind)
        return tuple(sorted(room.id for room in fitting if self.room_id in (None, room.id)))

    @cached_property
    def reach(self) -> Span:
        """The stretch whose busy rows the answer needs: whole local days, for caps and for fairness; may be empty."""
        zones = {self.clinic.location(location_id).zone for _, location_id in self.places}
        first = max(self.start, self.earliest)
        last = max((min(self.end, self.latest(zone)) for zone in zones), default=first) - 1
        if last < first:
            return first, first
        fit = Fit.of(self.visit_type)
        dawn = min(day_span(zone, ordinal_at(first, offset_at(zone, first)))[0] for zone in zones)
        dusk = max(day_span(zone, ordinal_at(last, offset_at(zone, last)))[1] for zone in zones)
        return min(dawn, first - fit.before), max(dusk, last + fit.length + fit.after)
