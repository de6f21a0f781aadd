"""The desk's look at the calendar: a day by clinician or by room, a week of one of them, a month in numbers.

A page is three statements and the clinic's picture, however many visits there are. An open page asks again every two
seconds; then `mark` says in one statement whether anything has changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduler.domain.actor import Actor
from scheduler.domain.calendar import Behind, Column, Draft, Entry, Grid, Shade, View, lay_out
from scheduler.domain.clinic import Clinic
from scheduler.domain.desk_state import DeskState
from scheduler.domain.directory import Practitioner
from scheduler.domain.interval import Span, epoch, instant, merge
from scheduler.domain.right import Right, demand
from scheduler.domain.visit import Visit
from scheduler.domain.wall_clock import day_span, local_day
from scheduler.domain.wording import Text
from scheduler.persistence import audit, calendar, visits
from scheduler.persistence.calendar import Away, Kept
from scheduler.services import looking
from scheduler.services.house import House
from scheduler.services.looking import Seen

WEEK = 7
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """Which page of the calendar: `subject` is the clinician or room of a week, `location_id` None for all offices."""

    view: View
    day: date
    subject: int | None = None
    location_id: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the calendar with the clinic it belongs to."""

    wish: Wish
    clinic: Clinic
    grid: Grid
    closures: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Month:
    """A month in numbers: for each clinician the visits of each day, and the sum of the days."""

    wish: Wish
    clinic: Clinic
    days: tuple[date, ...]
    rows: tuple[tuple[Practitioner, tuple[int, ...]], ...]
    totals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read of some days."""

    entries: Sequence[Entry]
    away: Sequence[Away]
    kept: Sequence[Kept]


def zone_of(clinic: Clinic, wish: Wish) -> str:
    """The wall clock that a page goes by: the chosen office's, else the clinic's own."""
    place = next((each for each in clinic.locations if each.id == wish.location_id), None)
    return place.zone if place else clinic.organization.zone


def days_of(wish: Wish) -> list[date]:
    """The dates on a page."""
    if wish.view is View.WEEK:
        monday = wish.day - timedelta(days=wish.day.weekday())
        return [monday + timedelta(days=step) for step in range(WEEK)]
    if wish.view is View.MONTH:
        first = wish.day.replace(day=1)
        after = (first + timedelta(days=32)).replace(day=1)
        return [first + timedelta(days=step) for step in range((after - first).days)]
    return [wish.day]


def look(house: House, wish: Wish, actor: Actor, now: int) -> Page:
    """Show a day or a week; `now` in epoch seconds draws today's line.

    :raises NotPermitted: when the actor may not see visits.
    """
    demand(actor, Right.SEE_VISITS)
    with house.database.reading() as connection:
        clinic = house.clinic(connection)
        zone, days = zone_of(clinic, wish), days_of(wish)
        first, after = (instant(edge) for edge in _span(zone, days))
        entries = calendar.entries(connection, house.vault, first, after)
        facts = Facts(
            [each for each in entries if wish.location_id in (None, each.location_id)],
            calendar.away(connection, first, after),
            calendar.kept(connection, first, after, instant(now)),
        )
    return _page(clinic, wish, zone, days, facts, now)


def of_day(house: House, wish: Wish, actor: Actor) -> list[Entry]:
    """The visits of one day, soonest first, for lists of them; cancelled ones are left out.

    :raises NotPermitted: when the actor may not see visits.
    """
    demand(actor, Right.SEE_VISITS)
    with house.database.reading() as connection:
        zone = zone_of(house.clinic(connection), wish)
        first, after = (instant(edge) for edge in _span(zone, [wish.day]))
        found = calendar.entries(connection, house.vault, first, after)
    return [
        each
        for each in found
        if each.state is not DeskState.CANCELLED and wish.location_id in (None, each.location_id)
    ]


def export_day(house: House, wish: Wish, actor: Actor, now: datetime) -> list[Visit]:
    """The visits of one day for a file that leaves the house, soonest first; that, and each person in it, is kept.

    :raises NotPermitted, ProofNeeded: as `domain.right.demand` says.
    """
    demand(actor, Right.EXPORT)
    demand(actor, Right.SEE_VISITS)
    with house.database.transaction() as connection:
        clinic = house.clinic(connection)
        first, after = (instant(edge) for edge in _span(zone_of(clinic, wish), [wish.day]))
        numbers = [
            each.id
            for each in calendar.entries(connection, house.vault, first, after)
            if wish.location_id in (None, each.location_id)
        ]
        found = visits.many(connection, house.vault, clinic, numbers) if numbers else []
        audit.record(connection, actor, "export", "day", wish.day.isoformat(), now=now)
        looking.at_list(connection, actor, "export-visit", map(Seen.visit, found), now)
    return found


def month(house: House, wish: Wish, actor: Actor) -> Month:
    """Show how full the days of a month are.

    :raises NotPermitted: when the actor may not see visits.
    """
    demand(actor, Right.SEE_VISITS)
    with house.database.reading() as connection:
        clinic = house.clinic(connection)
        zone, days = zone_of(clinic, wish), days_of(wish)
        first, after = (instant(edge) for edge in _span(zone, days))
        starts = calendar.starts(connection, first, after)
    counts: dict[tuple[int, date], int] = defaultdict(int)
    for who, start in starts:
        counts[who, local_day(zone, epoch(start))] += 1
    people = [one for one in clinic.practitioners if _works_at(one, wish.location_id)]
    known = {who for who, _ in counts}
    rows = tuple(
        (one, tuple(counts[one.id, day] for day in days)) for one in people if one.active or one.id in known
    )
    totals = tuple(sum(row[place] for _, row in rows) for place in range(len(days)))
    return Month(wish, clinic, tuple(days), rows, totals)


def mark(house: House, clinic: Clinic, wish: Wish, now: int) -> tuple[str, ...]:
    """What differs whenever this page would look different, but for the clock; one statement."""
    first, after = (instant(edge) for edge in _span(zone_of(clinic, wish), days_of(wish)))
    return calendar.mark(house.database, first, after, instant(now))


def note_look(house: House, wish: Wish, actor: Actor, now: int) -> None:
    """Write down that somebody opened this page of the calendar, with the names on it.

    :raises NotPermitted: when they may not see visits.
    """
    demand(actor, Right.SEE_VISITS)
    detail = {"view": wish.view.value}
    with house.database.transaction() as connection:
        audit.record(
            connection, actor, "see-calendar", "day", wish.day.isoformat(), now=instant(now), detail=detail
        )


def _page(clinic: Clinic, wish: Wish, zone: str, days: Sequence[date], facts: Facts, now: int) -> Page:
    standing = [each for each in facts.entries if each.state is not DeskState.CANCELLED]
    off = [each for each in facts.entries if each.state is DeskState.CANCELLED]
    if wish.view is View.WEEK:
        drafts = list(_week(clinic, wish, zone, days, Facts(standing, facts.away, facts.kept)))
        off = [each for each in off if wish.subject in (each.practitioner_id, each.room_id)]
    elif wish.view is View.ROOMS:
        drafts = list(_rooms(clinic, wish, standing, facts.kept))
    else:
        drafts = list(_clinicians(clinic, wish, zone, Facts(standing, facts.away, facts.kept)))
    closures = tuple(
        each.title
        for each in clinic.closures
        if each.day in days and wish.location_id in (None, each.location_id)
    )
    return Page(wish, clinic, lay_out(drafts, zone, off, now), closures)


def _clinicians(clinic: Clinic, wish: Wish, zone: str, facts: Facts) -> Iterator[Draft]:
    """Everybody with hours, an absence or a visit that day; everybody who works here when there is nobody such."""
    by_person = _grouped(facts.entries, lambda each: each.practitioner_id)
    people = [one for one in clinic.practitioners if _works_at(one, wish.location_id) or one.id in by_person]
    hours = {one.id: _hours(clinic, one, wish, zone, wish.day) for one in people}
    away = {each.practitioner_id for each in facts.away}
    shown = [one for one in people if hours[one.id] or one.id in by_person or (one.active and one.id in away)]
    for one in shown or [one for one in people if one.active]:
        behind = (*_open(hours[one.id]), *_away(facts.away, one.id), *_kept(facts.kept, one.id))
        column = Column(f"p{one.id}", one.name, wish.day, one.id, practitioner_id=one.id)
        yield Draft(column, by_person.get(one.id, ()), behind)


def _rooms(clinic: Clinic, wish: Wish, entries: Sequence[Entry], kept: Sequence[Kept]) -> Iterator[Draft]:
    by_room = _grouped(entries, lambda each: each.room_id or 0)
    for room in clinic.rooms:
        if (room.active and wish.location_id in (None, room.location_id)) or room.id in by_room:
            times = [Behind(Shade.KEPT, each.start, each.end) for each in kept if each.room_id == room.id]
            column = Column(
                f"r{room.id}", room.name, wish.day, room.id, room_id=room.id, location_id=room.location_id
            )
            yield Draft(column, by_room.get(room.id, ()), times)
    if 0 in by_room:
        yield Draft(Column("r0", "", wish.day, None), by_room[0])


def _week(clinic: Clinic, wish: Wish, zone: str, days: Sequence[date], facts: Facts) -> Iterator[Draft]:
    """Monday to Friday, and the weekend where anything happens in it."""
    doctor = next((one for one in clinic.practitioners if one.id == wish.subject), None)
    mine = [each for each in facts.entries if wish.subject in (each.practitioner_id, each.room_id)]
    by_day = _grouped(mine, lambda each: local_day(zone, each.start).toordinal())
    for day in days:
        hours = _hours(clinic, doctor, wish, zone, day) if doctor else []
        if day.weekday() >= SATURDAY and not hours and day.toordinal() not in by_day:
            continue
        behind: list[Behind] = []
        if doctor:
            behind = [*_open(hours), *_away(facts.away, doctor.id), *_kept(facts.kept, doctor.id)]
        column = Column(
            day.isoformat(),
            "",
            day,
            wish.subject,
            practitioner_id=doctor.id if doctor else None,
            room_id=None if doctor else wish.subject,
        )
        yield Draft(column, by_day.get(day.toordinal(), ()), behind)


def _hours(clinic: Clinic, one: Practitioner, wish: Wish, zone: str, day: date) -> list[Span]:
    places = [place for place in one.places if wish.location_id in (None, place.location_id)]
    rotas = (clinic.timetable.rota(one.id, place.location_id, place.mode) for place in places)
    return merge(span for rota in rotas for span in rota.open_on(day.toordinal())) if one.active else []


def _open(hours: Iterable[Span]) -> Iterator[Behind]:
    return (Behind(Shade.OPEN, start, end) for start, end in hours)


def _away(away: Iterable[Away], who: int) -> Iterator[Behind]:
    return (
        Behind(Shade.AWAY, each.start, each.end, each.kind, each.note)
        for each in away
        if each.practitioner_id == who
    )


def _kept(kept: Iterable[Kept], who: int) -> Iterator[Behind]:
    return (Behind(Shade.KEPT, each.start, each.end) for each in kept if each.practitioner_id == who)


def _works_at(one: Practitioner, location_id: int | None) -> bool:
    return location_id is None or any(place.location_id == location_id for place in one.places)


def _grouped(entries: Iterable[Entry], key: Callable[[Entry], int]) -> Mapping[int, list[Entry]]:
    found: dict[int, list[Entry]] = defaultdict(list)
    for each in entries:
        found[key(each)].append(each)
    return dict(found)


def _span(zone: str, days: Sequence[date]) -> Span:
    return day_span(zone, days[0].toordinal())[0], day_span(zone, days[-1].toordinal())[1]
