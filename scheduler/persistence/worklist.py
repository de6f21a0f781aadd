"""What waits for a person at the desk: calls to make, requests to answer, visits without a place.

A thing is added once and never deleted; each step taken with it is a row of its own that the database lets nobody alter
(`persistence.guards`), so that nothing can leave the list without who, when and why. A step names the version it saw.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Row,
    Select,
    String,
    UniqueConstraint,
    and_,
    case,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.domain.actor import Actor
from scheduler.domain.call_back import Urgency
from scheduler.domain.errors import NotFound, StaleVersion
from scheduler.domain.worklist import Act, Count, End, Event, Item, State, Step, Wanted, after
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.database import Instant, Model
from scheduler.persistence.vault import Vault


class WorklistRow(Model):
    """One thing to do; names, phones and notes are sealed. `urgency` is "urgent" or "normal"."""

    __tablename__ = "worklist"
    __table_args__ = (
        CheckConstraint("urgency IN ('urgent', 'normal')", name="urgency"),
        CheckConstraint("state IN ('open', 'claimed', 'snoozed', 'done')", name="state"),
        Index("ix_worklist_state", "state", "urgency", "created_at"),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    urgency: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(2))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)
    claimed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    snoozed_until: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None] = mapped_column(String(32))
    version: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class WorklistEventRow(Model):
    """One step that was taken with a thing; rows are added and never altered. `sealed` holds the words, if any."""

    __tablename__ = "worklist_event"
    __table_args__ = (UniqueConstraint("item_id", "version"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("worklist.id"))
    version: Mapped[int] = mapped_column(Integer)
    step: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(Instant)
    actor_kind: Mapped[str] = mapped_column(String(16))
    actor_id: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime | None] = mapped_column(Instant)
    outcome: Mapped[str | None] = mapped_column(String(32))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


_INSERT = insert(WorklistRow).inline()
_ITEM: Select[Any] = select(WorklistRow.__table__)


def add(
    connection: Connection,
    vault: Vault,
    kind: str,
    note: Mapping[str, str],
    *,
    urgency: str,
    language: str,
    now: datetime,
    appointment_id: int | None = None,
) -> str:
    """Put one thing on the desk's list, and return its id; `note` is sealed."""
    item_id = uuid4().hex
    row = {
        "id": item_id,
        "kind": kind,
        "urgency": urgency,
        "state": "open",
        "language": language,
        "appointment_id": appointment_id,
        "sealed": vault.seal("worklist", item_id, note),
        "created_at": now,
        "version": 0,
    }
    connection.execute(_INSERT, row)
    return item_id


def add_once(
    connection: Connection,
    vault: Vault,
    kind: str,
    note: Mapping[str, str],
    *,
    urgency: str,
    language: str,
    now: datetime,
    appointment_id: int,
) -> str | None:
    """The same about a visit; None, and nothing is added, while the very same thing waits already."""
    if is_waiting(connection, vault, kind, note, appointment_id=appointment_id):
        return None
    return add(
        connection,
        vault,
        kind,
        note,
        urgency=urgency,
        language=language,
        now=now,
        appointment_id=appointment_id,
    )


def waiting(connection: Connection, kind: str, appointment_ids: Sequence[int]) -> set[int]:
    """Of these visits, those that already wait on the list for this reason."""
    question = select(WorklistRow.appointment_id).where(
        WorklistRow.kind == kind,
        WorklistRow.state != "done",
        WorklistRow.appointment_id.in_(appointment_ids),
    )
    return {number for number in connection.execute(question).scalars() if number is not None}


def is_waiting(
    connection: Connection, vault: Vault, kind: str, note: Mapping[str, str], *, appointment_id: int
) -> bool:
    """Say whether the very same thing about this visit is on the list and not done yet."""
    question = select(WorklistRow.id, WorklistRow.sealed).where(
        WorklistRow.appointment_id == appointment_id, WorklistRow.kind == kind, WorklistRow.state != "done"
    )
    return any(vault.open("worklist", row.id, row.sealed) == note for row in connection.execute(question))


def get(connection: Connection, vault: Vault, item_id: str) -> Item:
    """One thing as it stands.

    :raises NotFound: when there is none.
    """
    named = item_id.isascii() and item_id.isalnum()
    row = connection.execute(_ITEM.where(WorklistRow.id == item_id)).one_or_none() if named else None
    if row is None:
        raise NotFound
    return _item(vault, row)


def look(connection: Connection, vault: Vault, wanted: Wanted, now: datetime) -> list[Item]:
    """The things that are wanted, one more than the limit when there are more.

    Waiting ones come urgent first, then by age, and of one moment by the visit; resting ones by when they wake; done
    ones newest first.
    """
    question = _ITEM.where(_stands(wanted.state, now))
    if wanted.kind:
        question = question.where(WorklistRow.kind == wanted.kind)
    if wanted.claimed_by is not None:
        question = question.where(WorklistRow.claimed_by == wanted.claimed_by)
    page = question.order_by(*_ORDER[wanted.state]).offset(wanted.offset).limit(wanted.limit + 1)
    return [_item(vault, row) for row in connection.execute(page)]


def of_visit(connection: Connection, vault: Vault, appointment_id: int) -> list[Item]:
    """Everything that ever waited about a visit, oldest first."""
    question = _ITEM.where(WorklistRow.appointment_id == appointment_id)
    return [_item(vault, row) for row in connection.execute(question.order_by(WorklistRow.created_at))]


def unsettled(connection: Connection, vault: Vault, kind: str) -> list[Item]:
    """Every thing of one kind that is not done, the oldest first, with other writers waiting."""
    question = _ITEM.where(WorklistRow.kind == kind, WorklistRow.state != State.DONE.value)
    rows = connection.execute(question.order_by(WorklistRow.created_at, WorklistRow.id).with_for_update())
    return [_item(vault, row) for row in rows]


def count(connection: Connection, now: datetime) -> Count:
    """How much waits now."""
    urgent = func.coalesce(func.sum(case((WorklistRow.urgency == "urgent", 1), else_=0)), 0)
    row = connection.execute(select(func.count(), urgent).where(_stands(State.OPEN, now))).one()
    return Count(int(row[0]), int(row[1]))


def count_by_kind(connection: Connection, now: datetime) -> dict[str, int]:
    """How much waits now, by kind."""
    question = (
        select(WorklistRow.kind, func.count()).where(_stands(State.OPEN, now)).group_by(WorklistRow.kind)
    )
    return {kind: int(number) for kind, number in connection.execute(question)}


def history(connection: Connection, vault: Vault, item_ids: Iterable[str]) -> dict[str, tuple[Event, ...]]:
    """The steps taken with these things, oldest first."""
    question = (
        select(WorklistEventRow.__table__)
        .where(WorklistEventRow.item_id.in_(list(item_ids)))
        .order_by(WorklistEventRow.version)
    )
    found: dict[str, tuple[Event, ...]] = {}
    for row in connection.execute(question):
        found[row.item_id] = (*found.get(row.item_id, ()), _event(vault, row))
    return found


def change(
    connection: Connection,
    vault: Vault,
    seen: Item,
    changed: Item,
    act: Act,
    actor: Actor,
    now: datetime,
) -> None:
    """Keep a thing's next version together with the step that led to it.

    :raises StaleVersion: when the thing is no longer as `seen`.
    """
    kept = connection.execute(
        update(WorklistRow)
        .where(WorklistRow.id == seen.id, WorklistRow.version == seen.version)
        .values(
            state=changed.state.value,
            claimed_by=changed.claimed_by,
            snoozed_until=changed.snoozed_until,
            done_at=changed.done_at,
            outcome=changed.outcome,
            version=changed.version,
        )
    )
    if kept.rowcount != 1:
        raise StaleVersion
    event_id = uuid4().hex
    connection.execute(
        insert(WorklistEventRow),
        {
            "id": event_id,
            "item_id": seen.id,
            "version": changed.version,
            "step": act.step.value,
            "at": now,
            "actor_kind": actor.kind.value,
            "actor_id": actor.id[:64],
            "until": changed.snoozed_until,
            "outcome": act.end.value if act.end else None,
            "sealed": vault.seal("worklist_event", event_id, {"words": act.words}) if act.words else None,
        },
    )


def settle(
    connection: Connection,
    vault: Vault,
    kinds: Collection[str],
    appointment_id: int,
    end: End,
    actor: Actor,
    now: datetime,
    words: str = "",
) -> int:
    """Close what waits about a visit for these reasons, because what happened has answered it; returns how many."""
    question = _ITEM.where(
        WorklistRow.appointment_id == appointment_id,
        WorklistRow.kind.in_(list(kinds)),
        WorklistRow.state != State.DONE.value,
    )
    act = Act(Step.DONE, end=end, words=words)
    found = [_item(vault, row) for row in connection.execute(question.with_for_update())]
    for item in found:
        change(connection, vault, item, after(item, act, None, now), act, actor, now)
    return len(found)


def finish(connection: Connection, vault: Vault, item_id: str, end: End, actor: Actor, now: datetime) -> None:
    """Close one thing, because what happened has answered it; a thing that is done stays as it is."""
    row = connection.execute(_ITEM.where(WorklistRow.id == item_id).with_for_update()).one_or_none()
    if row is None or row.state == State.DONE.value:
        return
    item, act = _item(vault, row), Act(Step.DONE, end=end)
    change(connection, vault, item, after(item, act, None, now), act, actor, now)


def _stands(state: State, now: datetime) -> ColumnElement[bool]:
    """Waiting means to be done now: open, taken, or rested long enough."""
    if state is State.DONE:
        return WorklistRow.state == State.DONE.value
    rests = and_(WorklistRow.state == State.SNOOZED.value, WorklistRow.snoozed_until > now)
    if state is State.SNOOZED:
        return rests
    woken = and_(WorklistRow.state == State.SNOOZED.value, WorklistRow.snoozed_until <= now)
    return or_(WorklistRow.state.in_([State.OPEN.value, State.CLAIMED.value]), woken)


_VISIT = (
    select(AppointmentRow.starts_at).where(AppointmentRow.id == WorklistRow.appointment_id).scalar_subquery()
)
"""When the visit begins: what one block strands came at one moment, and the soonest visit is the most pressing."""

_ORDER: Mapping[State, tuple[Any, ...]] = {
    State.OPEN: (WorklistRow.urgency.desc(), WorklistRow.created_at, _VISIT, WorklistRow.id),
    State.SNOOZED: (WorklistRow.snoozed_until, WorklistRow.id),
    State.DONE: (WorklistRow.done_at.desc(), WorklistRow.id),
}


def _item(vault: Vault, row: Row[Any]) -> Item:
    return Item(
        id=row.id,
        kind=row.kind,
        urgency=Urgency(row.urgency),
        state=State(row.state),
        language=row.language,
        appointment_id=row.appointment_id,
        note=vault.open("worklist", row.id, row.sealed),
        created_at=row.created_at,
        version=row.version,
        claimed_by=row.claimed_by,
        snoozed_until=row.snoozed_until,
        done_at=row.done_at,
        outcome=row.outcome,
    )


def _event(vault: Vault, row: Row[Any]) -> Event:
    return Event(
        version=row.version,
        step=Step(row.step),
        at=row.at,
        actor_kind=row.actor_kind,
        actor_id=row.actor_id,
        until=row.until,
        outcome=row.outcome,
        words=vault.open("worklist_event", row.id, row.sealed)["words"] if row.sealed else "",
    )
