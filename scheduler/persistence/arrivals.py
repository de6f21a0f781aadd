"""What patients said on coming to a video visit: where they are, sealed and stamped, beside their consent and signs."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, ForeignKey, LargeBinary, String, bindparam, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.arrival import Arrival, Whereabouts
from scheduler.domain.safety_gate import Answer, Tier
from scheduler.persistence.answers import GateAnswerRow
from scheduler.persistence.consents import ConsentRow
from scheduler.persistence.database import Instant, Model
from scheduler.persistence.vault import Vault


class WhereaboutsRow(Model):
    """One answer to "where are you right now?"; a later answer is a row of its own."""

    __tablename__ = "whereabouts"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), index=True)
    language: Mapped[str] = mapped_column(String(2))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Instant)


_PLACE = (
    select(WhereaboutsRow.id, WhereaboutsRow.sealed, WhereaboutsRow.at)
    .where(WhereaboutsRow.appointment_id == bindparam("visit"))
    .order_by(WhereaboutsRow.at.desc(), WhereaboutsRow.id)
    .limit(1)
)
_CONSENT = (
    select(ConsentRow.version, ConsentRow.given_at)
    .where(ConsentRow.appointment_id == bindparam("visit"), ConsentRow.kind == bindparam("kind"))
    .order_by(ConsentRow.given_at.desc(), ConsentRow.id)
    .limit(1)
)
_SIGNS = (
    select(GateAnswerRow.id, GateAnswerRow.version, GateAnswerRow.sealed, GateAnswerRow.answered_at)
    .where(
        GateAnswerRow.appointment_id == bindparam("visit"),
        GateAnswerRow.answered_at >= bindparam("since", type_=Instant),
    )
    .order_by(GateAnswerRow.answered_at.desc(), GateAnswerRow.id)
    .limit(1)
)


def keep_whereabouts(
    connection: Connection,
    vault: Vault,
    appointment_id: int,
    said: Whereabouts,
    language: str,
    now: datetime,
) -> None:
    """Keep where a patient is now."""
    row_id = uuid4().hex
    sealed = vault.seal(
        "whereabouts", row_id, {"place": said.place, "phone": said.phone, "street": said.street}
    )
    row = {"id": row_id, "appointment_id": appointment_id, "language": language, "sealed": sealed, "at": now}
    connection.execute(insert(WhereaboutsRow).inline(), row)


def get(
    connection: Connection, vault: Vault, appointment_id: int, consent_kind: str, since: datetime
) -> Arrival:
    """What was said for this visit so far; safety answers count from `since` on, those of the booking are old."""
    place = connection.execute(_PLACE, {"visit": appointment_id}).one_or_none()
    agreed = connection.execute(_CONSENT, {"visit": appointment_id, "kind": consent_kind}).one_or_none()
    signs = connection.execute(_SIGNS, {"visit": appointment_id, "since": since}).one_or_none()
    said = vault.open("gate_answer", signs.id, signs.sealed) if signs else {}
    if not said.get("at_door"):
        signs, said = None, {}
    return Arrival(
        whereabouts=Whereabouts(**vault.open("whereabouts", place.id, place.sealed)) if place else None,
        placed_at=place.at if place else None,
        consent_version=agreed.version if agreed else "",
        agreed_at=agreed.given_at if agreed else None,
        gate_version=signs.version if signs else "",
        signs={sign: Answer(answer) for sign, answer in said.get("answers", {}).items()},
        tier=Tier(said["tier"]) if said else None,
        answered_at=signs.answered_at if signs else None,
    )
