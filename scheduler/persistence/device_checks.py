"""What the checks of patients' devices found, days before a visit or just before it; no word of anybody's health."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, ForeignKey, RowMapping, String, bindparam, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.device_check import DeviceCheck, Finding
from scheduler.persistence.database import Instant, Model


class DeviceCheckRow(Model):
    """One check."""

    __tablename__ = "device_check"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    camera: Mapped[str] = mapped_column(String(8))
    microphone: Mapped[str] = mapped_column(String(8))
    speaker: Mapped[str] = mapped_column(String(8))
    network: Mapped[str] = mapped_column(String(8))
    relay: Mapped[str] = mapped_column(String(8))
    verdict: Mapped[str] = mapped_column(String(16))


_PARTS = ("camera", "microphone", "speaker", "network", "relay")
_OF_VISITS = (
    select(DeviceCheckRow.__table__)
    .where(DeviceCheckRow.appointment_id.in_(bindparam("visits", expanding=True)))
    .order_by(DeviceCheckRow.at, DeviceCheckRow.id.desc())
)


def keep(connection: Connection, appointment_id: int, found: DeviceCheck, now: datetime) -> None:
    """Keep what one check found."""
    row = {part: getattr(found, part).value for part in _PARTS}
    row |= {"id": uuid4().hex, "appointment_id": appointment_id, "at": now, "verdict": found.verdict.value}
    connection.execute(insert(DeviceCheckRow).inline(), row)


def newest_of(connection: Connection, appointment_ids: Sequence[int]) -> dict[int, DeviceCheck]:
    """What the last check of each of these visits found; a visit without one is not in it."""
    rows = connection.execute(_OF_VISITS, {"visits": list(appointment_ids)}).mappings()
    return {row["appointment_id"]: _check(row) for row in rows}


def _check(row: RowMapping) -> DeviceCheck:
    camera, microphone, speaker, network, relay = (Finding(row[part]) for part in _PARTS)
    return DeviceCheck(camera, microphone, speaker, network, relay, row["at"])
