"""The board of who is where today, for the staff's own screen and for screens on the wall.

A screen on the wall hangs there all day and nobody signs in at it. So it has an address of its own: a private link that
opens this board and nothing else, names nobody, and ends when a manager takes it down. What this module gives away
holds initials alone, so that no page of the board can say more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from scheduler.domain.actor import Actor
from scheduler.domain.calendar import View
from scheduler.domain.desk_state import DeskState
from scheduler.domain.errors import NotFound, NotPermitted
from scheduler.domain.flow import Whereabouts
from scheduler.domain.interval import epoch, instant
from scheduler.domain.link import Link, LinkPurpose
from scheduler.domain.right import Right, demand
from scheduler.domain.wall_clock import day_span, local_day
from scheduler.persistence import audit, calendar, links
from scheduler.services.calendar import Wish, zone_of
from scheduler.services.house import House


@dataclass(frozen=True, slots=True)
class Board:
    """Everybody of today, soonest first, and the wall clock that the times go by."""

    day: date
    zone: str
    people: tuple[Whereabouts, ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen on the wall: the number of its link, the secret in its address, and since when it hangs."""

    id: str
    secret: str
    since: datetime


def for_staff(house: House, location_id: int | None, actor: Actor, now: datetime) -> Board:
    """The board for somebody who has signed in.

    :raises NotPermitted: when they may not see visits.
    """
    demand(actor, Right.SEE_VISITS)
    return _board(house, location_id, now)


def for_wall(house: House, link: Link, location_id: int | None, now: datetime) -> Board:
    """The board for whoever holds a screen's own link.

    :raises NotPermitted: for a link that was made for something else.
    """
    if link.purpose is not LinkPurpose.WALL:
        raise NotPermitted
    return _board(house, location_id, now)


def screens(house: House, actor: Actor) -> list[Screen]:
    """The screens that hang on a wall, the oldest first.

    :raises NotPermitted: for those who do not keep the directory.
    """
    demand(actor, Right.KEEP_DIRECTORY)
    with house.database.reading() as connection:
        return [Screen(*found) for found in links.open_of_purpose(connection, house.vault, LinkPurpose.WALL)]


def hang(house: House, actor: Actor, now: datetime) -> None:
    """Make the address of one more screen.

    :raises NotPermitted: for those who do not keep the directory.
    """
    demand(actor, Right.KEEP_DIRECTORY)
    with house.database.transaction() as connection:
        number = links.issue_wall(connection, house.vault, now)
        audit.record(connection, actor, "hang", "screen", number, now=now)


def take_down(house: House, number: str, actor: Actor, now: datetime) -> None:
    """End the address of a screen: it shows nothing from its next look on.

    :raises NotFound: when no such screen hangs.
    :raises NotPermitted: for those who do not keep the directory.
    """
    demand(actor, Right.KEEP_DIRECTORY)
    with house.database.transaction() as connection:
        known = {each[0] for each in links.open_of_purpose(connection, house.vault, LinkPurpose.WALL)}
        if number not in known or not links.revoke(connection, number, now):
            raise NotFound
        audit.record(connection, actor, "take-down", "screen", number, now=now)


def _board(house: House, location_id: int | None, now: datetime) -> Board:
    with house.database.reading() as connection:
        clinic = house.clinic(connection)
        zone = zone_of(clinic, Wish(View.CLINICIANS, date.min, None, location_id))
        day = local_day(zone, epoch(now))
        first, after = (instant(edge) for edge in day_span(zone, day.toordinal()))
        found = calendar.entries(connection, house.vault, first, after)
    here = [each for each in found if location_id in (None, each.location_id)]
    people = (Whereabouts.of(each) for each in here if each.state is not DeskState.CANCELLED)
    return Board(day, zone, tuple(people))
