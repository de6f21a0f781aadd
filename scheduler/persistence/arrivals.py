"""What patients said on coming to a video visit: where they are, sealed and stamped, beside their consent and signs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    BindParameter,
    Connection,
    ForeignKey,
    LargeBinary,
    Row,
    String,
    bindparam,
    insert,
    select,
)
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


_IDS: BindParameter[Any] = bindparam("visits", expanding=True)
_PLACES = (
    select(WhereaboutsRow.appointment_id, WhereaboutsRow.id, WhereaboutsRow.sealed, WhereaboutsRow.at)
    .where(WhereaboutsRow.appointment_id.in_(_IDS))
    .order_by(WhereaboutsRow.at, WhereaboutsRow.id.desc())
)
_CONSENTS = (
    select(ConsentRow.appointment_id, ConsentRow.version, ConsentRow.given_at)
    .where(ConsentRow.appointment_id.in_(_IDS), ConsentRow.kind == bindparam("kind"))
    .order_by(ConsentRow.given_at, ConsentRow.id.desc())
)
_SIGNS = (
    select(
        GateAnswerRow.appointment_id,
        GateAnswerRow.id,
        GateAnswerRow.version,
        GateAnswerRow.sealed,
        GateAnswerRow.answered_at,
    )
    .where(GateAnswerRow.appointment_id.in_(_IDS))
    .order_by(GateAnswerRow.answered_at, GateAnswerRow.id.desc())
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


def of_visits(
    connection: Connection, vault: Vault, since: Mapping[int, datetime], consent_kind: str
) -> dict[int, Arrival]:
    """What was said for each visit so far, in three questions; safety answers count from `since` on.

    Of several answers the last one counts. Those to the safety questions of the booking are old, and not from the door.
    """
    wanted = {"visits": list(since)}
    places = _last(connection.execute(_PLACES, wanted))
    agreed = _last(connection.execute(_CONSENTS, {**wanted, "kind": consent_kind}))
    answered: Iterable[Row[Any]] = connection.execute(_SIGNS, wanted)
    signs = _last(row for row in answered if row.answered_at >= since[row.appointment_id])
    return {
        number: _arrival(vault, places.get(number), agreed.get(number), signs.get(number)) for number in since
    }


def _last(rows: Iterable[Row[Any]]) -> dict[int, Row[Any]]:
    """The last row of each visit."""
    return {row.appointment_id: row for row in rows}


def _arrival(
    vault: Vault, place: Row[Any] | None, agreed: Row[Any] | None, signs: Row[Any] | None
) -> Arrival:
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
