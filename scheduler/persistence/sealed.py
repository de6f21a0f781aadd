"""Every place where something sealed is kept, so that a new key can be put to all of it.

A test holds this list against the tables: a new column of bytes must be named here, or named as no sealed one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Table, select, update

from scheduler.persistence.accounts import AttemptRow
from scheduler.persistence.answers import GateAnswerRow
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.arrivals import WhereaboutsRow
from scheduler.persistence.audit import AuditSealRow
from scheduler.persistence.bounces import BouncedAddressRow
from scheduler.persistence.corrections import CorrectionRow
from scheduler.persistence.desk_changes import DeskChangeRow
from scheduler.persistence.drafts import DraftRow, IdempotencyRow
from scheduler.persistence.form_drafts import FormDraftRow
from scheduler.persistence.glass import BrokenGlassRow
from scheduler.persistence.inbound_texts import InboundTextRow
from scheduler.persistence.inbox import InboundMailRow
from scheduler.persistence.links import LinkRow
from scheduler.persistence.merges import MergeRow
from scheduler.persistence.opt_outs import OptOutRow
from scheduler.persistence.outbox import OutboxRow
from scheduler.persistence.outside_calendars import OutsideCalendarRow
from scheduler.persistence.people import PatientRow, RelatedPersonRow
from scheduler.persistence.people_pages import PeoplePageRow
from scheduler.persistence.second_factors import CodeAppRow, PasskeyRow, RecoveryCodeRow
from scheduler.persistence.staff_invitations import StaffInvitationRow
from scheduler.persistence.staff_sessions import StaffSessionRow
from scheduler.persistence.video_visits import MeetingPlaceRow, VideoVisitRow
from scheduler.persistence.visit_parties import VisitPartyRow
from scheduler.persistence.visit_signals import VisitSignalRow
from scheduler.persistence.worklist import WorklistEventRow, WorklistRow


@dataclass(frozen=True, slots=True)
class Place:
    """A column of sealed values, and the unique column whose value each one is bound to."""

    table: Table
    record: Column[Any]
    column: Column[Any]

    def bound_to(self, record: Any) -> str | int:
        """The record as the vault knows it; bytes are spelled in hexadecimal."""
        return record.hex() if isinstance(record, bytes) else record


def _place(row: Any, record: str, column: str) -> Place:
    table: Table = row.__table__
    return Place(table, table.c[record], table.c[column])


PLACES = (
    _place(PatientRow, "id", "sealed"),
    _place(RelatedPersonRow, "id", "sealed"),
    _place(PeoplePageRow, "number", "sealed"),
    _place(MergeRow, "id", "sealed"),
    _place(CorrectionRow, "id", "sealed"),
    _place(GateAnswerRow, "id", "sealed"),
    _place(WorklistRow, "id", "sealed"),
    _place(WorklistEventRow, "id", "sealed"),
    _place(AppointmentRow, "uid", "sealed"),
    _place(AppointmentRow, "uid", "note"),
    _place(OutboxRow, "id", "rendered"),
    _place(DeskChangeRow, "id", "sealed"),
    _place(InboundTextRow, "message_sid", "sealed"),
    _place(OutsideCalendarRow, "id", "sealed"),
    _place(InboundMailRow, "message_id", "sealed"),
    _place(DraftRow, "id", "sealed"),
    _place(IdempotencyRow, "key_hash", "answer"),
    _place(CodeAppRow, "account_id", "sealed"),
    _place(BrokenGlassRow, "id", "sealed"),
    _place(FormDraftRow, "id", "sealed"),
    _place(VideoVisitRow, "appointment_id", "sealed"),
    _place(MeetingPlaceRow, "practitioner_id", "sealed"),
    _place(VisitPartyRow, "id", "sealed"),
    _place(VisitSignalRow, "mark", "sealed"),
    _place(WhereaboutsRow, "id", "sealed"),
)
NOT_SEALED = frozenset(
    {
        AppointmentRow.__table__.c.phone_index,
        AppointmentRow.__table__.c.email_index,
        PatientRow.__table__.c.phone_index,
        PatientRow.__table__.c.email_index,
        PatientRow.__table__.c.person_index,
        LinkRow.__table__.c.token_hash,
        OptOutRow.__table__.c.address_index,
        InboundTextRow.__table__.c.phone_index,
        InboundMailRow.__table__.c.sender_index,
        BouncedAddressRow.__table__.c.address_index,
        OutboxRow.__table__.c.address_index,
        DraftRow.__table__.c.handle_hash,
        IdempotencyRow.__table__.c.key_hash,
        IdempotencyRow.__table__.c.request_hash,
        StaffSessionRow.__table__.c.handle_hash,
        StaffSessionRow.__table__.c.challenge,
        StaffInvitationRow.__table__.c.secret_hash,
        PasskeyRow.__table__.c.credential_id,
        PasskeyRow.__table__.c.public_key,
        RecoveryCodeRow.__table__.c.code_hash,
        AttemptRow.__table__.c.key_hash,
        AuditSealRow.__table__.c.mac,
    }
)
"""Columns of bytes that are hashes, or no secret at all: they hang on the stable key or on none."""


def portion(connection: Connection, place: Place, after: Any, size: int) -> list[tuple[Any, bytes]]:
    """The next sealed values of a place in the order of their records; `after` is None at the beginning."""
    query = select(place.record, place.column).where(place.column.is_not(None))
    if after is not None:
        query = query.where(place.record > after)
    rows = connection.execute(query.order_by(place.record).limit(size))
    return [(record, bytes(sealed)) for record, sealed in rows]


def replace(connection: Connection, place: Place, record: Any, old: bytes, new: bytes) -> bool:
    """Put a resealed value in the place of the one it was made from; False when somebody wrote meanwhile."""
    statement = update(place.table).where(place.record == record, place.column == old)
    return connection.execute(statement.values({place.column: new})).rowcount == 1
