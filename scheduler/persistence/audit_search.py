"""Looking through the trail of acts: whose data, which visit, which of the staff, what and when."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from scheduler.domain.audit_trail import Record, Wanted
from scheduler.persistence.audit import AuditRow

_RECORD = tuple(AuditRow.__table__.c)


def find(connection: Connection, wanted: Wanted, most: int) -> Sequence[Record]:
    """The acts that fit, the newest first; at most so many, from before `wanted.before` when it is set."""
    query = select(*_RECORD).where(AuditRow.at >= wanted.start, AuditRow.at < wanted.end)
    if wanted.before is not None:
        query = query.where(AuditRow.id < wanted.before)
    if wanted.patients is not None:
        query = query.where(AuditRow.patient_id.in_(wanted.patients))
    if wanted.visit is not None:
        query = query.where(AuditRow.object_type == "appointment", AuditRow.object_id == str(wanted.visit))
    if wanted.actor_id:
        query = query.where(AuditRow.actor_id == wanted.actor_id)
    if wanted.action:
        query = query.where(AuditRow.action == wanted.action)
    if wanted.outcome:
        query = query.where(AuditRow.outcome == wanted.outcome)
    rows = connection.execute(query.order_by(AuditRow.id.desc()).limit(most)).mappings()
    return [Record(**row) for row in rows]


def actions(connection: Connection, wanted: Wanted) -> tuple[str, ...]:
    """Every kind of act in that stretch of time, by name."""
    query = select(AuditRow.action).where(AuditRow.at >= wanted.start, AuditRow.at < wanted.end)
    return tuple(sorted(connection.scalars(query.distinct())))
