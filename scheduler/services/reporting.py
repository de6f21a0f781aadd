"""The manager's report: what became of the visits, how full the clinic is, and how long people wait for a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.appointment import HOLDS_TIME
from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Mode
from scheduler.domain.interval import Span, epoch, instant, merge
from scheduler.domain.report import NextFree, Report, Shares, Use, Week
from scheduler.domain.right import Right, demand
from scheduler.domain.wall_clock import day_span, local_day
from scheduler.persistence import audit, visit_figures
from scheduler.persistence.visit_figures import Figure
from scheduler.services import slot_search
from scheduler.services.house import House
from scheduler.services.slot_search import SlotQuery

MOST_WEEKS = 53
AHEAD = timedelta(days=90)
WEEK = 7


def report(house: House, first: date, weeks: int, actor: Actor, now: datetime) -> Report:
    """Count the visits of so many weeks, from the Monday of the week of `first` on.

    :raises NotPermitted: when the actor may not see reports.
    """
    demand(actor, Right.SEE_REPORTS)
    monday, after = _stretch(first, weeks)
    with house.database.reading() as connection:
        clinic = house.clinic(connection)
        figures = _figures(connection, clinic, monday, after)
    return Report(
        first=monday,
        after=after,
        weeks=_weeks(figures, monday, after, clinic.organization.zone),
        shares=_shares(clinic, figures, monday, after),
        next_free=_next_free(house, clinic, now),
    )


def by_week(house: House, first: date, weeks: int, actor: Actor) -> tuple[Shares, ...]:
    """The shares of each week by itself, over the same stretch.

    :raises NotPermitted: when the actor may not see reports.
    """
    demand(actor, Right.SEE_REPORTS)
    monday, after = _stretch(first, weeks)
    with house.database.reading() as connection:
        clinic = house.clinic(connection)
        figures = _by_monday(_figures(connection, clinic, monday, after), clinic.organization.zone)
    return tuple(
        _shares(clinic, figures.get(start, ()), start, start + timedelta(days=WEEK))
        for start in _mondays(monday, after)
    )


def _stretch(first: date, weeks: int) -> tuple[date, date]:
    """The Monday of the week of `first`, and the Monday after so many weeks."""
    monday = first - timedelta(days=first.weekday())
    return monday, monday + timedelta(days=WEEK * min(max(weeks, 1), MOST_WEEKS))


def _figures(connection: Connection, clinic: Clinic, monday: date, after: date) -> Sequence[Figure]:
    zone = clinic.organization.zone
    begins, ends = (instant(day_span(zone, day.toordinal())[0]) for day in (monday, after))
    return visit_figures.between(connection, begins, ends)


def _shares(clinic: Clinic, figures: Sequence[Figure], monday: date, after: date) -> Shares:
    return Shares(
        monday,
        clinicians=_clinicians(clinic, figures, monday, after),
        rooms=_rooms(clinic, figures, monday, after),
        channels=Counter(figure.source for figure in figures),
        languages=Counter(figure.language for figure in figures),
    )


def note_export(house: House, actor: Actor, now: datetime) -> None:
    """Allow a report to leave the house as a file, and write it down.

    :raises NotPermitted, ProofNeeded: as `domain.right.demand` says.
    """
    demand(actor, Right.EXPORT)
    with house.database.transaction() as connection:
        audit.record(connection, actor, "export", "report", "visits", now=now)


def _weeks(figures: Sequence[Figure], monday: date, after: date, zone: str) -> tuple[Week, ...]:
    found = _by_monday(figures, zone)
    return tuple(
        Week(
            start,
            Counter(figure.status for figure in found.get(start, ())),
            sum(figure.cancelled_late for figure in found.get(start, ())),
        )
        for start in _mondays(monday, after)
    )


def _by_monday(figures: Sequence[Figure], zone: str) -> dict[date, list[Figure]]:
    found: dict[date, list[Figure]] = {}
    for figure in figures:
        day = local_day(zone, epoch(figure.start))
        found.setdefault(day - timedelta(days=day.weekday()), []).append(figure)
    return found


def _mondays(monday: date, after: date) -> list[date]:
    return [monday + timedelta(days=WEEK * turn) for turn in range((after - monday).days // WEEK)]


def _clinicians(clinic: Clinic, figures: Sequence[Figure], monday: date, after: date) -> tuple[Use, ...]:
    last = after - timedelta(days=1)
    uses = []
    for person in clinic.practitioners:
        spans = [
            span
            for place in clinic.locations
            for mode in Mode
            for span in clinic.timetable.open_spans(person.id, place.id, mode, monday, last)
        ]
        own = [figure for figure in figures if figure.practitioner_id == person.id]
        uses.append(_use(person.name, own, spans))
    return tuple(use for use in uses if use.open_minutes or use.visits)


def _rooms(clinic: Clinic, figures: Sequence[Figure], monday: date, after: date) -> tuple[Use, ...]:
    """A room is open while anybody sees people at its office."""
    last = after - timedelta(days=1)
    uses = []
    for room in clinic.rooms:
        spans = [
            span
            for hours in {(one.practitioner_id, one.mode) for one in clinic.weekly_hours}
            for span in clinic.timetable.open_spans(hours[0], room.location_id, hours[1], monday, last)
        ]
        uses.append(_use(room.name, [one for one in figures if one.room_id == room.id], spans))
    return tuple(use for use in uses if use.open_minutes or use.visits)


def _use(name: str, figures: Iterable[Figure], spans: Iterable[Span]) -> Use:
    held = [figure for figure in figures if figure.status in HOLDS_TIME]
    minutes = sum(int((figure.end - figure.start).total_seconds()) for figure in held) // 60
    open_minutes = sum(end - start for start, end in merge(spans)) // 60
    return Use(name, len(held), minutes, open_minutes)


def _next_free(house: House, clinic: Clinic, now: datetime) -> tuple[NextFree, ...]:
    zone = clinic.organization.zone
    today = local_day(zone, epoch(now))
    found = []
    for kind in clinic.visit_types:
        for mode in sorted(kind.modes) if kind.active else ():
            query = SlotQuery(kind.code, mode, now, now + AHEAD, for_desk=True)
            slots = slot_search.find(house, query, now, limit=1)
            days = (local_day(zone, epoch(slots[0].start)) - today).days if slots else None
            found.append(NextFree(kind.code, mode, days))
    return tuple(found)
