"""What happens when two people reach for one time: try again while trying can help, else name the nearest times.

Shared. An attempt is one whole transaction. It is worth another one when the database broke a deadlock, and when the
time was lost between the first look and the second: another clinician or room may still be free, and if none is, the
next first look says so at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from scheduler.domain.availability import Slot
from scheduler.domain.errors import HoldLapsed, NotOffered, SlotLost, SlotTaken
from scheduler.persistence.database import is_lost_race
from scheduler.services import slot_search
from scheduler.services.house import House
from scheduler.services.slot_search import SlotQuery

T = TypeVar("T")

ATTEMPTS = 4
AROUND = timedelta(days=14)


def until_settled(
    house: House, attempt: Callable[[], T], query: SlotQuery, start: datetime, now: datetime
) -> T:
    """Run `attempt` until it succeeds or is refused for good.

    :raises SlotTaken, NotOffered, HoldLapsed: with the three nearest free times.
    """
    for left in reversed(range(ATTEMPTS)):
        try:
            return attempt()
        except SlotTaken as refusal:
            if left == 0 or not isinstance(refusal, SlotLost):
                raise SlotTaken(alternatives(house, query, start, now)) from refusal
        except NotOffered as refusal:
            raise NotOffered(refusal.reason, alternatives(house, query, start, now)) from refusal
        except HoldLapsed as refusal:
            raise HoldLapsed(alternatives(house, query, start, now)) from refusal
        except DBAPIError as error:
            if not is_lost_race(error):
                raise
            if left == 0:
                raise SlotTaken(alternatives(house, query, start, now)) from error
    raise AssertionError("the last attempt returns or raises")


def alternatives(house: House, query: SlotQuery, start: datetime, now: datetime) -> tuple[Slot, ...]:
    """The three free times nearest to `start`: with the same clinician if there are any, else with any."""
    wide = replace(query, start=max(now, start - AROUND), end=start + AROUND, hold_id=None)
    found = slot_search.nearest(house, wide, start, now)
    if found or query.practitioner_id is None:
        return found
    return slot_search.nearest(house, replace(wide, practitioner_id=None), start, now)
