"""One press at the desk: confirmed, arrived, in the room, seen, missed, left; and giving a visit up with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from scheduler.domain import desk_change
from scheduler.domain.actor import Actor
from scheduler.domain.appointment import Appointment, CancelledBy
from scheduler.domain.desk_state import DeskState, state, step
from scheduler.domain.errors import StaleVersion
from scheduler.domain.right import Right, demand
from scheduler.domain.visit import Visit
from scheduler.persistence import appointments, audit, visits
from scheduler.services import announcement, changing, desk_log
from scheduler.services.house import House

LATE = changing.LATE
"""A cancellation nearer to the visit than this is called late."""


def set_state(
    house: House, public_id: str, to: DeskState, actor: Actor, now: datetime, *, seen: int | None = None
) -> Visit:
    """Take one step of the desk's table; the same step twice changes nothing. `seen` is the revision looked at.

    :raises NotFound: when there is no such visit.
    :raises MoveRefused, NotYet: when the step is not in the table, or too soon.
    :raises StaleVersion: when the visit changed since it was looked at.
    """
    demand(actor, Right.SET_STATUS)
    with house.database.transaction() as connection:
        visit = locked(connection, house, public_id)
        before = visit.appointment
        if state(before) is to:
            return visit
        refuse_stale(before, seen)
        after = appointments.change(connection, before, step(before, to, now, ZoneInfo(visit.location.zone)))
        _owe_kind_word(connection, visit, to, after, now)
        desk_log.note(connection, house, actor, desk_change.STATUS, before, after, now)
        audit.record(
            connection,
            actor,
            "set-status",
            "appointment",
            before.id,
            now=now,
            patient_id=before.patient_id,
            detail={"state": to.value},
        )
        return _with(visit, after)


def cancel(
    house: House,
    public_id: str,
    by: CancelledBy,
    reason: str,
    actor: Actor,
    now: datetime,
    *,
    tell: bool = True,
    seen: int | None = None,
) -> Visit:
    """Give a visit up for somebody: who asked, why, and whether the patient is to be told.

    :raises NotFound: when there is no such visit.
    :raises MoveRefused, StaleVersion: when it can no longer be given up, or changed since it was looked at.
    """
    demand(actor, Right.CANCEL)
    with house.database.transaction() as connection:
        before = locked(connection, house, public_id).appointment
        if state(before) is not DeskState.CANCELLED:
            refuse_stale(before, seen)
        return changing.cancel_within(connection, house, before.id, by, actor, now, reason=reason, tell=tell)


def keep_note(
    house: House, public_id: str, words: str, actor: Actor, now: datetime, *, seen: str | None = None
) -> None:
    """Keep the desk's own note about a visit; empty words take it away.

    Where another desk has written since the note was `seen`, both notes stay.

    :raises NotFound: when there is no such visit.
    """
    demand(actor, Right.WRITE_DESK_NOTE)
    with house.database.transaction() as connection:
        visit = locked(connection, house, public_id).appointment
        stands = note_of(connection, house, visit)
        if seen is not None and stands not in {seen, words}:
            words = f"{stands}\n{words}".strip()
        note_within(connection, house, visit, words)
        audit.record(
            connection, actor, "write-note", "appointment", visit.id, now=now, patient_id=visit.patient_id
        )


def note_within(connection: Connection, house: House, visit: Appointment, words: str) -> None:
    """The same in the caller's transaction, without a line of its own in the audit."""
    sealed = house.vault.seal("appointment", visit.uid, {"note": words}) if words else None
    appointments.keep_note(connection, visit.id, sealed)


def note_of(connection: Connection, house: House, visit: Appointment) -> str:
    """The desk's note about a visit, or nothing."""
    sealed = appointments.note_of(connection, visit.id)
    return str(house.vault.open("appointment", visit.uid, sealed)["note"]) if sealed else ""


def locked(connection: Connection, house: House, public_id: str) -> Visit:
    """The visit of that name, with other writers waiting.

    :raises NotFound: when there is none.
    """
    found = appointments.named(connection, public_id, house.host)
    appointments.get(connection, found.id, locked=True)
    return visits.get(connection, house.vault, house.clinic(connection), found.id)


def refuse_stale(visit: Appointment, seen: int | None) -> None:
    """Stop a change that was decided on another state of the visit.

    :raises StaleVersion: when it was.
    """
    if seen is not None and seen != visit.revision:
        raise StaleVersion


def _owe_kind_word(
    connection: Connection, visit: Visit, to: DeskState, after: Appointment, now: datetime
) -> None:
    """Somebody who did not come hears how to book again, a day later and only while that is still true."""
    if to is DeskState.NO_SHOW:
        announcement.owe_after_no_show(connection, _with(visit, after), now)


def _with(visit: Visit, after: Appointment) -> Visit:
    return replace(visit, appointment=after)
