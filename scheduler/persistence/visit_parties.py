"""Who is in a video visit, on which device, and when they were last heard of: one row a party.

A page that opens has a name of its own (`instance`); a device keeps one over a reload (`device`). One instance speaks
for a party at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    LargeBinary,
    String,
    UniqueConstraint,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.telehealth import HERE, Party, Quality
from scheduler.persistence.database import Instant, Model
from scheduler.persistence.vault import Vault


class VisitPartyRow(Model):
    """One party of one visit. `holder` tells apart several of a kind; `sealed` is the name a companion gave."""

    __tablename__ = "visit_party"
    __table_args__ = (
        CheckConstraint("kind IN ('patient', 'clinician', 'companion')", name="kind"),
        UniqueConstraint("appointment_id", "kind", "holder"),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"))
    kind: Mapped[str] = mapped_column(String(16))
    holder: Mapped[str] = mapped_column(String(32))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    instance: Mapped[str | None] = mapped_column(String(32))
    device: Mapped[str | None] = mapped_column(String(32))
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    joined_at: Mapped[datetime | None] = mapped_column(Instant)
    left_at: Mapped[datetime | None] = mapped_column(Instant)
    quality: Mapped[str | None] = mapped_column(String(16))
    worst: Mapped[str | None] = mapped_column(String(16))


@dataclass(frozen=True, slots=True)
class Present:
    """A party as kept; `name` is what a companion calls themselves."""

    id: str
    kind: Party
    holder: str
    name: str
    instance: str
    device: str
    seen_at: datetime | None
    quality: Quality | None
    worst: Quality | None

    def is_here(self, now: datetime) -> bool:
        """Say whether it was heard of a moment ago."""
        return self.seen_at is not None and now - self.seen_at < HERE


_OF_VISIT = (
    select(VisitPartyRow.__table__)
    .where(VisitPartyRow.appointment_id == bindparam("visit"))
    .order_by(VisitPartyRow.id)
)


def of_visit(connection: Connection, vault: Vault, appointment_id: int) -> list[Present]:
    """Everybody who ever came to this visit."""
    return [_present(row, vault) for row in connection.execute(_OF_VISIT, {"visit": appointment_id})]


def of_visits(connection: Connection, vault: Vault, appointment_ids: list[int]) -> dict[int, list[Present]]:
    """The same for many visits, by visit."""
    wanted = select(VisitPartyRow.__table__).where(VisitPartyRow.appointment_id.in_(appointment_ids))
    found: dict[int, list[Present]] = {}
    for row in connection.execute(wanted):
        found.setdefault(row.appointment_id, []).append(_present(row, vault))
    return found


def take(
    connection: Connection,
    appointment_id: int,
    kind: Party,
    holder: str,
    instance: str,
    device: str,
    now: datetime,
) -> None:
    """Let this page speak for the party from now on."""
    values = {"instance": instance, "device": device, "seen_at": now, "left_at": None}
    mine = (
        VisitPartyRow.appointment_id == appointment_id,
        VisitPartyRow.kind == kind.value,
        VisitPartyRow.holder == holder,
    )
    if connection.execute(update(VisitPartyRow).where(*mine).values(**values)).rowcount:
        return
    row = {
        "id": uuid4().hex,
        "appointment_id": appointment_id,
        "kind": kind.value,
        "holder": holder,
        "joined_at": now,
        **values,
    }
    connection.execute(insert(VisitPartyRow).inline(), row)


def name(connection: Connection, vault: Vault, party_id: str, words: str) -> None:
    """Keep the name that a companion gave."""
    sealed = vault.seal("visit_party", party_id, {"name": words})
    connection.execute(update(VisitPartyRow).where(VisitPartyRow.id == party_id).values(sealed=sealed))


_SEE = (
    update(VisitPartyRow)
    .where(VisitPartyRow.id == bindparam("party"), VisitPartyRow.instance == bindparam("page"))
    .values(seen_at=bindparam("at"), quality=bindparam("line"), worst=bindparam("low"))
)


def see(connection: Connection, party: Present, now: datetime, quality: Quality | None) -> None:
    """Remember that a party was heard of, and how its line is."""
    worst = quality.worse(party.worst) if quality else party.worst
    values = {
        "party": party.id,
        "page": party.instance,
        "at": now,
        "line": quality.value if quality else None,
        "low": worst.value if worst else None,
    }
    connection.execute(_SEE, values)


def leave(connection: Connection, party_id: str, instance: str, now: datetime) -> bool:
    """Remember that a party's page was closed; False when another page speaks for it."""
    mine = VisitPartyRow.id == party_id, VisitPartyRow.instance == instance
    gone = {"instance": None, "seen_at": None, "left_at": now}
    return connection.execute(update(VisitPartyRow).where(*mine).values(**gone)).rowcount == 1


def clear(connection: Connection, appointment_id: int, now: datetime) -> None:
    """Nobody speaks any more: the visit is over."""
    everyone = update(VisitPartyRow).where(VisitPartyRow.appointment_id == appointment_id)
    connection.execute(everyone.values(instance=None, device=None, seen_at=None, left_at=now))


def _present(row: Any, vault: Vault) -> Present:
    words = vault.open("visit_party", row.id, row.sealed)["name"] if row.sealed else ""
    return Present(
        row.id,
        Party(row.kind),
        row.holder,
        words,
        row.instance or "",
        row.device or "",
        row.seen_at,
        Quality(row.quality) if row.quality else None,
        Quality(row.worst) if row.worst else None,
    )
