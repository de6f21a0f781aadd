"""Who waits for a time: what would suit them, whether a time that frees does, who is asked first, and until when.

A time that frees is offered to a few people at once and kept for them while they think: the first valid answer has it.
Whoever waits without any visit is asked before those who only want to come sooner; then whoever has waited longest.
Only hours of the day count while a person thinks it over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from scheduler.domain.directory import Mode
from scheduler.domain.errors import InvalidInput
from scheduler.domain.interval import epoch
from scheduler.domain.quiet_hours import QuietHours
from scheduler.domain.slot import Slot
from scheduler.domain.wording import N_

NOON = 12
MOST_PEOPLE = 3
LEAST_THOUGHT = timedelta(minutes=15)
"""Nobody is offered a time that they could not think over for at least this long."""


class Part(StrEnum):
    """The part of the local day that suits."""

    ANY = "any"
    MORNING = "morning"
    AFTERNOON = "afternoon"


class EntryState(StrEnum):
    """How an entry stands."""

    WAITING = "waiting"
    SERVED = "served"
    CLOSED = "closed"


class OfferState(StrEnum):
    """What became of an offer. `LOST` went to somebody faster, `WITHDRAWN` was taken back by the clinic."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    LOST = "lost"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Wish:
    """What would suit somebody: ways to meet, clinicians and weekdays (none means any), a part of the day.

    `notice` is how long before a time they must know of it.
    """

    visit_type_code: str
    modes: frozenset[Mode]
    practitioner_ids: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    part: Part = Part.ANY
    notice: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who waits; `visit_start` is the visit they would give up for a sooner one, if they have one."""

    id: str
    patient_id: int
    wish: Wish
    language: str
    state: EntryState
    created_at: datetime
    appointment_id: int | None = None
    visit_start: datetime | None = None

    def fits(self, slot: Slot, zone: ZoneInfo, now: datetime) -> bool:
        """Say whether a free time suits."""
        local = slot.start.astimezone(zone)
        part = Part.MORNING if local.hour < NOON else Part.AFTERNOON
        return (
            slot.mode in self.wish.modes
            and (not self.wish.practitioner_ids or slot.practitioner_id in self.wish.practitioner_ids)
            and (not self.wish.weekdays or local.weekday() in self.wish.weekdays)
            and self.wish.part in (Part.ANY, part)
            and slot.start - now >= self.wish.notice
            and (self.visit_start is None or slot.start < self.visit_start)
        )


@dataclass(frozen=True, slots=True)
class OfferSettings:
    """How the clinic offers times: by itself or not, to how many at once, how long they may think."""

    automatic: bool = False
    people: int = 2
    minutes: int = 60


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who waits, and the time that would suit them."""

    entry: Entry
    slot: Slot


def ranked(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Who is asked first."""
    return sorted(
        candidates,
        key=lambda one: (one.entry.appointment_id is not None, one.entry.created_at, one.entry.id),
    )


def think_until(
    now: datetime, start: datetime, minutes: int, quiet: QuietHours, zone: str
) -> datetime | None:
    """Until when an offer made now stands: so many minutes of the day, and over before the time itself.

    None when it is night, or when too little time is left to think.
    """
    if quiet.are_on(now, [zone]):
        return None
    until = now + timedelta(minutes=minutes)
    if quiet.are_on(until, [zone]):
        left = until - quiet.begun_at(until, [zone])
        until = quiet.over_at(until, [zone]) + left
    until = min(until, start - LEAST_THOUGHT)
    if quiet.are_on(until, [zone]):
        until = quiet.begun_at(until, [zone])
    return until if until - now >= LEAST_THOUGHT else None


def freed_spelled(practitioner_id: int, start: datetime, end: datetime) -> str:
    """A free time in one word, as a thing to do and an address name it: clinician, start and end in epoch seconds."""
    return f"{practitioner_id}:{epoch(start)}:{epoch(end)}"


def check_settings(settings: OfferSettings) -> None:
    """Check how the clinic offers times.

    :raises InvalidInput: with a sentence for each field.
    """
    errors: dict[str, str] = {}
    if not 1 <= settings.people <= MOST_PEOPLE:
        errors["people"] = N_("Enter a number from 1 to 3.")
    if not 15 <= settings.minutes <= 720:
        errors["minutes"] = N_("Enter minutes from 15 to 720.")
    if errors:
        raise InvalidInput(errors)


def check_wish(wish: Wish) -> None:
    """Check what somebody waits for.

    :raises InvalidInput: with a sentence for each field.
    """
    if not wish.modes:
        raise InvalidInput({"modes": N_("Choose one or more ways to meet.")})
    if not timedelta(0) <= wish.notice <= timedelta(days=14):
        raise InvalidInput({"notice": N_("Please choose one.")})
