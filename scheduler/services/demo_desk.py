"""The made-up clinic's desk as it is on a working morning: people in the waiting room, calls to make, people who wait.

Shared: the filling of a demo calls it in its own transaction. Whatever the hour of the newcomer, somebody has come a
few minutes ago, and the list of things to do has one of most kinds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from scheduler.domain.appointment import Status
from scheduler.domain.clinic import Clinic
from scheduler.domain.desk_state import DeskState, state, step
from scheduler.domain.directory import Mode
from scheduler.domain.founding.fullness import Placed
from scheduler.domain.interval import epoch
from scheduler.domain.waitlist import Part, Wish
from scheduler.persistence import appointments, people, waitlist, worklist
from scheduler.services import merging
from scheduler.services.house import House
from scheduler.services.populating import Made

FIVE = 300
NEAR = timedelta(hours=2)
TURNS: tuple[tuple[int, int, DeskState | None, int], ...] = (
    (1, -15, DeskState.IN_ROOM, 6),
    (1, 5, DeskState.ARRIVED, 17),
    (2, 10, DeskState.ARRIVED, 3),
    (2, 35, DeskState.CONFIRMED, 0),
)
"""Who is here: the clinician's place, minutes from now to the visit, how it stands, and for how many minutes."""

CALLS: tuple[tuple[str, str, str, int], ...] = (
    ("Consuelo Sample", "same-day", "morning", 18),
    ("Walter Sample", "call-back", "afternoon", 140),
)
"""Calls that the safety questions have asked for: who, how soon, when they can talk, and how many minutes ago."""


def guests(clinic: Clinic, now: datetime) -> tuple[Placed, ...]:
    """The visits of those who are here, around this moment; none so near to midnight that it would be another day."""
    kind, office = clinic.visit_type("follow-up"), clinic.locations[0]
    rooms = clinic.rooms_of(office.id, kind.room_kind or "")
    moment, zone = epoch(now) // FIVE * FIVE, ZoneInfo(office.zone)
    if (now - NEAR).astimezone(zone).date() != (now + NEAR).astimezone(zone).date():
        return ()
    starts = [moment + minutes * 60 for _who, minutes, _state, _since in TURNS]
    return tuple(
        Placed(
            clinic.practitioners[who].id,
            office.id,
            rooms[-who].id if rooms else None,
            kind,
            Mode.IN_PERSON,
            start,
            start + kind.minutes * 60,
        )
        for start, (who, _minutes, _state, _since) in zip(starts, TURNS, strict=True)
    )


def enliven(
    connection: Connection, house: House, here: Sequence[Made], others: Sequence[Made], now: datetime
) -> None:
    """Let the guests come, and put things on the desk's list and people on the waitlist."""
    _let_in(connection, house, here, now)
    ahead = [one for one in others if one.status is Status.BOOKED and one.placed.start > epoch(now) + 86_400]
    soonest = sorted(ahead, key=lambda one: one.placed.start)
    _fill_list(connection, house, soonest, now)
    _let_wait(connection, house, soonest, now)


def _let_in(connection: Connection, house: House, here: Sequence[Made], now: datetime) -> None:
    clinic = house.clinic(connection)
    for one, (_who, _minutes, wanted, since) in zip(here, TURNS, strict=False):
        before, zone = (
            appointments.get(connection, one.id),
            ZoneInfo(clinic.location(one.placed.location_id).zone),
        )
        for to in _on_the_way(wanted):
            if state(before) is not to:
                after = step(before, to, now - timedelta(minutes=since), zone)
                before = appointments.change(connection, before, after)


def _on_the_way(to: DeskState | None) -> Iterator[DeskState]:
    """Whoever is in the room has arrived before."""
    if to is DeskState.IN_ROOM:
        yield DeskState.ARRIVED
    if to is not None:
        yield to


def _fill_list(connection: Connection, house: House, ahead: Sequence[Made], now: datetime) -> None:
    for turn, (name, tier, best, minutes) in enumerate(CALLS):
        note = {"name": name, "phone": f"+1915555019{turn}", "tier": tier, "best_time": best}
        _put(
            connection, house, "call-back", note, now - timedelta(minutes=minutes), urgent=tier == "same-day"
        )
    late, declined, twice = ahead[:3]
    wish = {"wish": "move", "note": "My ride cannot come that day.", "phone": late.patient.details.phone}
    _put(connection, house, "late-change", wish, now - timedelta(minutes=44), about=late)
    _put(connection, house, "declined-invite", {}, now - timedelta(minutes=75), about=declined)
    again = replace(twice.patient.details, given_name=f"{twice.patient.details.given_name} M.", email=None)
    number = people.add(connection, house.vault, again, now - timedelta(minutes=95))
    visit = appointments.get(connection, twice.id)
    merging.note_possible(connection, house, twice.patient.id, number, visit, now - timedelta(minutes=95))


def _put(
    connection: Connection,
    house: House,
    kind: str,
    note: dict[str, str],
    at: datetime,
    *,
    about: Made | None = None,
    urgent: bool = False,
) -> None:
    worklist.add(
        connection,
        house.vault,
        kind,
        note,
        urgency="urgent" if urgent else "normal",
        language=about.patient.details.language if about else "en",
        now=at,
        appointment_id=about.id if about else None,
    )


def _let_wait(connection: Connection, house: House, ahead: Sequence[Made], now: datetime) -> None:
    """Three people who would rather come sooner, with wishes of their own."""
    parts = (Part.MORNING, Part.ANY, Part.AFTERNOON)
    for turn, (one, part) in enumerate(zip(ahead[-3:], parts, strict=False)):
        kind = one.placed.visit_type
        wish = Wish(
            kind.code,
            frozenset({one.placed.mode}),
            frozenset({one.placed.practitioner_id}) if turn else frozenset(),
            part=part,
            notice=timedelta(hours=(2, 24, 4)[turn]),
        )
        waitlist.add(
            connection,
            wish,
            kind.id,
            patient_id=one.patient.id,
            appointment_id=one.id,
            language=one.patient.details.language,
            source="patient",
            now=now - timedelta(days=turn + 1, hours=3),
        )
