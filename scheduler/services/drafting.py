"""Keeping a booking that is being filled in, so that no answer is lost: by going back, by a pause, in a second window.

The browser holds a random handle and nothing else. What was answered is sealed in the database for two hours after the
last answer, and emptied once it became a visit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain.booking import Hold
from scheduler.domain.draft import DraftAnswers
from scheduler.domain.errors import GateNeeded, StaleVersion
from scheduler.persistence import drafts, holds, occupancy
from scheduler.persistence.drafts import Draft
from scheduler.services import draft_values
from scheduler.services.house import House

LIVES = timedelta(hours=2)
"""How long a pause may be. Longer than any reader needs, short for what lies on a shared computer."""

ATTEMPTS = 3

Change = Callable[[DraftAnswers], DraftAnswers]


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """A draft as read. `version` rises with each answer; `appointment_id` is set once it became a visit."""

    id: str
    version: int
    answers: DraftAnswers
    hold_id: str | None
    appointment_id: int | None


def begin(house: House, answers: DraftAnswers, now: datetime) -> str:
    """Start a draft; returns the handle that the browser keeps."""
    with house.database.transaction() as connection:
        return drafts.start(
            connection, house.vault, draft_values.written(answers), now=now, expires_at=now + LIVES
        )


def load(house: House, handle: str, now: datetime) -> OpenDraft | None:
    """Show what was answered so far; None when the handle is unknown or the draft is too old."""
    with house.database.glance() as connection:
        kept = drafts.load(connection, house.vault, handle, now)
    return None if kept is None else opened(kept)


def advance(
    house: House, handle: str, change: Change, now: datetime, *, hold: Hold | None = None
) -> OpenDraft:
    """Keep one more answer, on top of whatever another window answered meanwhile.

    With `hold` the time it keeps is the chosen one. A time that is no longer the chosen one is given back.

    :raises GateNeeded: when the draft is gone; its answers went with it.
    """
    for left in reversed(range(ATTEMPTS)):
        try:
            with house.database.transaction() as connection:
                return _advance(connection, house, handle, change, now, hold)
        except StaleVersion:
            if left == 0:
                raise
    raise AssertionError("the last attempt returns or raises")


def forget(house: House, handle: str, now: datetime) -> None:
    """Give up a draft: empty it and give its time back; a visit that came of it stays."""
    with house.database.transaction() as connection:
        kept = drafts.load(connection, house.vault, handle, now)
        if kept is None or kept.appointment_id is not None:
            return
        drafts.close(connection, house.vault, kept.id, None)
        _give_back(connection, kept.hold_id)


def opened(kept: Draft) -> OpenDraft:
    """A kept draft with its answers read."""
    return OpenDraft(kept.id, kept.version, draft_values.read(kept.values), kept.hold_id, kept.appointment_id)


def _advance(
    connection: Connection, house: House, handle: str, change: Change, now: datetime, hold: Hold | None
) -> OpenDraft:
    kept = drafts.load(connection, house.vault, handle, now)
    if kept is None:
        raise GateNeeded
    if kept.appointment_id is not None:
        return opened(kept)
    answers = change(draft_values.read(kept.values))
    hold_id = hold.id if hold else kept.hold_id if answers.start else None
    values = draft_values.written(answers)
    saved = drafts.save(connection, house.vault, kept, values, expires_at=now + LIVES, hold_id=hold_id)
    if (
        kept.hold_id != hold_id
    ):  # after the draft, as booking has it: the other way round the two could deadlock
        _give_back(connection, kept.hold_id)
    return opened(saved)


def _give_back(connection: Connection, hold_id: str | None) -> None:
    if hold_id is not None:
        occupancy.release_hold(connection, hold_id)
        holds.remove(connection, hold_id)
