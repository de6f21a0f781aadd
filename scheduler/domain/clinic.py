"""One frozen picture of the whole directory, true for one version of its tables.

The picture carries the version it was read at. Every slot search reads the version in force beside the busy times, in
the same statement, so a process may keep the picture and still never answer from an old one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from scheduler.domain.directory import (
    ConsentText,
    Location,
    Mode,
    Organization,
    Practitioner,
    Room,
    VisitType,
)
from scheduler.domain.errors import NotFound
from scheduler.domain.notification import Channel, Kind
from scheduler.domain.own_words import OwnMessage, OwnWords
from scheduler.domain.policy import MessageRules
from scheduler.domain.safety_gate import Gate
from scheduler.domain.schedule import Closure, DatedHours, Timetable, WeeklyHours


@dataclass(frozen=True)
class Clinic:
    """One picture of the whole directory, true for `version`."""

    version: int
    organization: Organization
    locations: tuple[Location, ...]
    rooms: tuple[Room, ...]
    practitioners: tuple[Practitioner, ...]
    visit_types: tuple[VisitType, ...]
    weekly_hours: tuple[WeeklyHours, ...]
    dated_hours: tuple[DatedHours, ...]
    closures: tuple[Closure, ...]
    gate: Gate
    consents: tuple[ConsentText, ...] = ()
    messages: MessageRules = field(default_factory=MessageRules)
    own_messages: tuple[OwnMessage, ...] = ()

    @cached_property
    def _visit_types(self) -> dict[str, VisitType]:
        return {visit_type.code: visit_type for visit_type in self.visit_types}

    @cached_property
    def _practitioners(self) -> dict[int, Practitioner]:
        return {practitioner.id: practitioner for practitioner in self.practitioners}

    @cached_property
    def _locations(self) -> dict[int, Location]:
        return {location.id: location for location in self.locations}

    @cached_property
    def _rooms(self) -> dict[int, Room]:
        return {room.id: room for room in self.rooms}

    @cached_property
    def timetable(self) -> Timetable:
        """The hours and closures of this picture; it lives and is forgotten with it."""
        zones = {location.id: location.zone for location in self.locations}
        return Timetable(zones, self.weekly_hours, self.dated_hours, self.closures)

    @cached_property
    def _candidates(self) -> dict[tuple[str, Mode], tuple[Practitioner, ...]]:
        return {}

    @cached_property
    def _own_messages(self) -> dict[tuple[Kind, Channel], OwnMessage]:
        return {(message.kind, message.channel): message for message in self.own_messages}

    def own_message(self, kind: Kind, channel: Channel) -> OwnMessage | None:
        """The clinic's own words for a message; None where it uses the standard ones."""
        return self._own_messages.get((kind, channel))

    def own_words(self, kind: Kind, channel: Channel, language: str) -> OwnWords | None:
        """The same in the reader's language."""
        message = self.own_message(kind, channel)
        return None if message is None else message.in_(language)

    def visit_type(self, code: str) -> VisitType:
        """The visit type of that code, retired ones included.

        :raises NotFound: when there is none.
        """
        try:
            return self._visit_types[code]
        except KeyError:
            raise NotFound from None

    def practitioner(self, practitioner_id: int) -> Practitioner:
        """The practitioner of that resource id.

        :raises NotFound: when there is none.
        """
        try:
            return self._practitioners[practitioner_id]
        except KeyError:
            raise NotFound from None

    def location(self, location_id: int) -> Location:
        """The location of that id.

        :raises NotFound: when there is none.
        """
        try:
            return self._locations[location_id]
        except KeyError:
            raise NotFound from None

    def room(self, room_id: int) -> Room:
        """The room of that resource id.

        :raises NotFound: when there is none.
        """
        try:
            return self._rooms[room_id]
        except KeyError:
            raise NotFound from None

    def rooms_of(self, location_id: int, kind: str) -> tuple[Room, ...]:
        """Active rooms of a kind in a location."""
        return tuple(r for r in self.rooms if r.active and r.location_id == location_id and r.kind == kind)

    def candidates(self, visit_type: VisitType, mode: Mode) -> tuple[Practitioner, ...]:
        """Active practitioners who give this visit in this way; looked for once in a picture."""
        key = visit_type.code, mode
        if key not in self._candidates:
            self._candidates[key] = tuple(
                one
                for one in self.practitioners
                if one.active and key[0] in one.visit_type_codes and any(p.mode is mode for p in one.places)
            )
        return self._candidates[key]

    def consent(self, kind: str) -> ConsentText:
        """The wording in force for a kind of consent: the last one listed.

        :raises NotFound: when there is none.
        """
        for consent in reversed(self.consents):
            if consent.kind == kind:
                return consent
        raise NotFound
