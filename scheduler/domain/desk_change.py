"""One change that the desk made to a visit, with how the visit stood before and after: what undoing needs to know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from scheduler.domain.appointment import Appointment, CancelledBy, Status
from scheduler.domain.directory import Mode

GRACE = timedelta(seconds=60)
"""So long the news of a desk's change waits before it leaves: nobody hears of a slip that is taken back."""

BOOKED, MOVED, STATUS, CANCELLED = "booked", "moved", "status", "cancelled"

_STAMPS = ("start", "end", "confirmed_at", "arrived_at", "roomed_at", "seen_at", "left_at")


@dataclass(frozen=True, slots=True)
class Shape:
    """How a visit stands: when, where, with whom, in which state. No person's data."""

    start: datetime
    end: datetime
    mode: Mode
    practitioner_id: int
    location_id: int
    room_id: int | None
    status: Status
    cancelled_by: CancelledBy | None = None
    cancel_reason: str | None = None
    cancelled_late: bool = False
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None
    arrived_at: datetime | None = None
    roomed_at: datetime | None = None
    seen_at: datetime | None = None
    left_at: datetime | None = None

    @classmethod
    def of(cls, visit: Appointment) -> Shape:
        """The shape of a visit as it stands now."""
        return cls(**{each.name: getattr(visit, each.name) for each in fields(cls)})

    def put_on(self, visit: Appointment) -> Appointment:
        """The visit, standing like this again."""
        return replace(visit, **{each.name: getattr(self, each.name) for each in fields(self)})

    def stands_in(self, visit: Appointment) -> bool:
        """Say whether the visit still has this time, place and state; whether somebody confirmed does not matter."""
        now = Shape.of(visit)
        return self._core() == now._core()

    def is_elsewhere(self, other: Shape) -> bool:
        """Say whether time, place or way to meet differ."""
        return self._core()[:6] != other._core()[:6]

    def is_as_told(self, other: Shape) -> bool:
        """Say whether a patient would call it the same visit: the same hour, way to meet and clinician."""
        mine, theirs = (
            (each.start, each.mode, each.practitioner_id, each.location_id) for each in (self, other)
        )
        return mine == theirs

    def as_json(self) -> dict[str, Any]:
        """The shape as plain values."""
        found: dict[str, Any] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            found[each.name] = value.isoformat() if isinstance(value, datetime) else value
        return found

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Shape:
        """The shape from its plain values."""
        values = dict(kept)
        for name in _STAMPS:
            values[name] = datetime.fromisoformat(values[name]) if values[name] else None
        values["mode"], values["status"] = Mode(values["mode"]), Status(values["status"])
        values["cancelled_by"] = CancelledBy(values["cancelled_by"]) if values["cancelled_by"] else None
        return cls(**values)

    def _core(self) -> tuple[object, ...]:
        return (
            self.start,
            self.end,
            self.mode,
            self.practitioner_id,
            self.location_id,
            self.room_id,
            self.status,
        )


@dataclass(frozen=True, slots=True)
class DeskChange:
    """A change as written down; `before` is None where the visit is new, `told` whether the patient was to hear."""

    id: str
    appointment_id: int
    kind: str
    actor_id: str
    at: datetime
    before: Shape | None
    after: Shape
    told: bool

    def may_be_undone(self, visit: Appointment) -> bool:
        """Say whether the visit still stands as this change left it."""
        return self.after.stands_in(visit)

    @property
    def is_quiet(self) -> bool:
        """Say whether the visit's people heard nothing of it: the desk wished so, or only room or length changed."""
        if self.kind != MOVED or self.before is None:
            return False
        return not self.told or self.before.is_as_told(self.after)


def last_told(changes: Iterable[DeskChange], visit: Appointment) -> Shape:
    """How the visit stood when its people last heard of it; `changes` are those that still stand, newest first."""
    shape = Shape.of(visit)
    for change in changes:
        if change.kind == STATUS:
            continue
        if not change.is_quiet or change.before is None or change.after.is_elsewhere(shape):
            break
        shape = change.before
    return shape
