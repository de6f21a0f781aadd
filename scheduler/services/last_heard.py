"""Which version of a visit somebody was told of last, where the desk has changed it since and told nobody.

Another room or another length is no news to a patient, and the desk may also tell of a move by phone alone. Their
calendar then still shows, and answers to, the version before.
"""

from __future__ import annotations

from sqlalchemy import Connection

from scheduler.domain.desk_change import last_told
from scheduler.domain.notification import Addressee
from scheduler.domain.visit import Visit
from scheduler.persistence import desk_changes, planned_messages


def version_of(connection: Connection, visit: Visit, reader: Addressee) -> int | None:
    """The version that this reader was mailed last; None where it is the one that stands, or there was none."""
    newest = planned_messages.newest_mailed(connection, visit.appointment.id, reader)
    return newest if newest is not None and newest < visit.appointment.sequence else None


def is_still_true(connection: Connection, visit: Visit) -> bool:
    """Say whether what its people were told of a visit last still holds: the hour, and how they meet."""
    told = last_told(desk_changes.of_visit(connection, visit.appointment.id), visit.appointment)
    return (told.start, told.mode) == (visit.appointment.start, visit.appointment.mode)
