"""Times as people choose them: filters from the address, tiles and days for the page. Booking and moving share it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from scheduler.domain.availability import Slot
from scheduler.domain.directory import Location, Mode, Practitioner, VisitType
from scheduler.domain.errors import InvalidInput, NotFound
from scheduler.domain.wording import N_
from scheduler.services.slot_search import PartOfDay, SlotQuery
from scheduler.web import filters
from scheduler.web.context import clinic, now
from scheduler.web.viewer import viewer_zone

NO_TIME = N_("Choose a time.")
NOON = 12
SOON = timedelta(days=7)
SHOWN_DAYS = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """A visit for which a time is looked for; `moving` and `hold_id` name what does not stand in its own way."""

    visit_type: VisitType
    mode: Mode
    moving: int | None = None
    hold_id: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """With whom and at which part of the day, as the address says."""

    practitioner_id: int | None = None
    part: PartOfDay | None = None

    @property
    def args(self) -> dict[str, str]:
        """The wish as it stands in an address."""
        args = {
            "clinician": str(self.practitioner_id) if self.practitioner_id else "",
            "part": self.part or "",
        }
        return {name: value for name, value in args.items() if value}


@dataclass(frozen=True, slots=True)
class Tile:
    """One time to choose; `text` leads, `note` and `own_time` stand below it."""

    value: str
    text: str
    note: str
    own_time: str


@dataclass(frozen=True, slots=True)
class DayGroup:
    """Days under one heading: a month. The first ones are `is_open`, the rest wait for a press."""

    title: date
    days: tuple[date, ...]
    is_open: bool


def candidates(asked: Asked) -> tuple[Practitioner, ...]:
    """Who gives such a visit."""
    return clinic().candidates(asked.visit_type, asked.mode)


def wanted(args: MultiDict[str, str], asked: Asked) -> Wanted:
    """Read the wish; what makes no sense is no wish."""
    chosen = args.get("clinician", "")
    known = {str(one.id): one.id for one in candidates(asked)}
    part = args.get("part", "")
    return Wanted(known.get(chosen), PartOfDay(part) if part in set(PartOfDay) else None)


def query(asked: Asked, wish: Wanted, day: date | None = None) -> SlotQuery:
    """The question to the clinic: about one local day, or about everything up to the horizon."""
    if day is None:
        start, end = now(), now() + timedelta(days=asked.visit_type.horizon_days + 1)
    else:
        start, end = _midnight(day), _midnight(day + timedelta(days=1))
    return SlotQuery(
        asked.visit_type.code,
        asked.mode,
        start,
        end,
        wish.practitioner_id,
        wish.part,
        moving=asked.moving,
        hold_id=asked.hold_id,
    )


def chosen_start(typed: MultiDict[str, str]) -> datetime:
    """The time that was chosen, an aware UTC instant.

    :raises InvalidInput: when none was, or none that can be read.
    """
    try:
        start = datetime.fromisoformat(typed.get("start", ""))
    except ValueError:
        raise InvalidInput({"start": NO_TIME}) from None
    if start.tzinfo is None or not 2000 < start.year < 3000:
        raise InvalidInput({"start": NO_TIME})
    return start.astimezone(UTC)


def read_day(text: str) -> date:
    """The day that an address names.

    :raises NotFound: when it names none.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotFound from None
    if len(text) != 10 or not 2000 < day.year < 3000:
        raise NotFound
    return day


def tiles(slots: Iterable[Slot], *, with_day: bool) -> list[Tile]:
    """Times for the page; `with_day` puts the day before the time."""
    return [_tile(slot, with_day=with_day) for slot in slots]


def halves(slots: Sequence[Slot]) -> tuple[list[Tile], list[Tile]]:
    """The times of one day before and after noon."""
    early = [slot for slot in slots if _local(slot).hour < NOON]
    late = [slot for slot in slots if _local(slot).hour >= NOON]
    return tiles(early, with_day=False), tiles(late, with_day=False)


def months(days: Sequence[date]) -> list[DayGroup]:
    """Days under their months, those months open that begin among the first `SHOWN_DAYS` days."""
    groups: list[DayGroup] = []
    shown = 0
    for first, group in groupby(days, key=lambda day: day.replace(day=1)):
        found = tuple(group)
        groups.append(DayGroup(first, found, shown < SHOWN_DAYS))
        shown += len(found)
    return groups


def is_far(days: Sequence[date]) -> bool:
    """Say whether the first free day is more than a week away."""
    return bool(days) and days[0] > (now() + SOON).astimezone(_zone()).date()


def around(day: date, days: Sequence[date]) -> tuple[date | None, date | None]:
    """The free days before and after one day."""
    before = [other for other in days if other < day]
    after = [other for other in days if other > day]
    return (before[-1] if before else None), (after[0] if after else None)


def _tile(slot: Slot, *, with_day: bool) -> Tile:
    place = clinic().location(slot.location_id)
    time_of_day = filters.clock(slot.start, place)
    text = f"{filters.day(slot.start, place)}, {time_of_day}" if with_day else time_of_day
    return Tile(
        value=slot.start.isoformat(),
        text=text[:1].upper() + text[1:],
        note=clinic().practitioner(slot.practitioner_id).name,
        own_time=own_time(slot.start, slot.mode, place),
    )


def own_time(start: datetime, mode: Mode, place: Location) -> str:
    """A video visit's time on the viewer's own wall; nothing where it is the same, or for a visit at the office."""
    zone = viewer_zone() if mode is Mode.VIRTUAL else None
    return filters.viewer_time(start, zone, place) if zone else ""


def _local(slot: Slot) -> datetime:
    return slot.start.astimezone(clinic().location(slot.location_id).tz)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), _zone()).astimezone(UTC)


def _zone() -> ZoneInfo:
    return ZoneInfo(clinic().organization.zone)
