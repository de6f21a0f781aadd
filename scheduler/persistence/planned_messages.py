"""Messages that wait for their hour: silenced when their visit changes, held back when nobody wants them any more."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    text,
    update,
)

from scheduler.domain.news import KINDS
from scheduler.domain.notification import (
    OF_ANY_VERSION,
    REMINDERS,
    Addressee,
    Channel,
    Kind,
    Notification,
    State,
)
from scheduler.domain.wishes import Coming
from scheduler.persistence.database import Instant
from scheduler.persistence.outbox import OutboxRow

_SUPERSEDE = (
    update(OutboxRow)
    .where(
        OutboxRow.appointment_id == bindparam("visit"),
        OutboxRow.sequence < bindparam("version"),
        OutboxRow.state.in_([State.PENDING.value, State.CLAIMED.value]),
        OutboxRow.kind.not_in([kind.value for kind in OF_ANY_VERSION]),
    )
    .values(state=State.CANCELLED.value, reason="superseded", rendered=None)
)


def supersede(connection: Connection, appointment_id: int, sequence: int) -> int:
    """Silence what is still unsent of earlier versions of a visit; returns how many messages that was."""
    return connection.execute(_SUPERSEDE, {"visit": appointment_id, "version": sequence}).rowcount


@dataclass(frozen=True, slots=True)
class News:
    """One message about a change of a visit: of which version it speaks, and whether it may have reached anybody."""

    kind: Kind
    sequence: int
    is_out: bool


_NOT_OUT = [State.PENDING.value, State.CLAIMED.value, State.CANCELLED.value, State.EXPIRED.value]
_NEWS = (
    select(OutboxRow.kind, OutboxRow.sequence, OutboxRow.state)
    .where(
        OutboxRow.appointment_id == bindparam("visit"),
        OutboxRow.kind.in_([kind.value for kind in KINDS.values()]),
    )
    .order_by(OutboxRow.id)
)


def news_of(connection: Connection, appointment_id: int) -> list[News]:
    """Every message that was owed about changes of a visit, oldest first."""
    rows = connection.execute(_NEWS, {"visit": appointment_id})
    return [News(Kind(row.kind), row.sequence, row.state not in _NOT_OUT) for row in rows]


_NEVER_READ = [
    state.value for state in (State.CANCELLED, State.EXPIRED, State.SUPPRESSED, State.DEAD, State.UNDELIVERED)
]
_NEWEST_MAIL = select(func.max(OutboxRow.sequence)).where(
    OutboxRow.appointment_id == bindparam("visit"),
    OutboxRow.recipient == bindparam("reader"),
    OutboxRow.channel == Channel.EMAIL.value,
    OutboxRow.kind.in_([kind.value for kind in KINDS.values()]),
    OutboxRow.state.not_in(_NEVER_READ),
)


def newest_mailed(connection: Connection, appointment_id: int, reader: Addressee) -> int | None:
    """The newest version of a visit that was mailed to this reader, or is about to be; None when none ever was."""
    about = {"visit": appointment_id, "reader": reader.value}
    return connection.execute(_NEWEST_MAIL, about).scalar()


_ABOUT = OutboxRow.appointment_id == bindparam("visit")
_UNWRITE = (
    update(OutboxRow)
    .where(_ABOUT, OutboxRow.state.in_([State.PENDING.value, State.SENDING.value, State.UNKNOWN.value]))
    .values(rendered=None)
)
_TAKE_BACK = (
    update(OutboxRow)
    .where(_ABOUT, OutboxRow.state == State.CLAIMED.value)
    .values(state=State.PENDING.value, rendered=None, lease_token=None, lease_until=None)
)
_DROP_LINKS = (
    update(OutboxRow)
    .where(_ABOUT, OutboxRow.state == State.PENDING.value, OutboxRow.kind == Kind.LINKS.value)
    .values(state=State.CANCELLED.value, reason="superseded", rendered=None)
)


def unwrite(connection: Connection, appointment_id: int) -> None:
    """Let no message about a visit carry the links it was written with: what waits is written anew when it leaves.

    A worker that holds one loses it, for it may be writing at this moment. What is out already is not called back; if
    it has to be sent again, it is written anew as well. Older messages that only carry links are dropped: the caller
    owes newer ones.
    """
    for statement in (_TAKE_BACK, _UNWRITE, _DROP_LINKS):
        connection.execute(statement, {"visit": appointment_id})


def say_in(connection: Connection, appointment_id: int, language: str) -> None:
    """Let what waits about a visit be written in this language when it leaves."""
    waiting = update(OutboxRow).where(
        _ABOUT,
        OutboxRow.state == State.PENDING.value,
        OutboxRow.channel != Channel.INTERNAL.value,
        OutboxRow.language != language,
    )
    connection.execute(waiting.values(language=language, rendered=None), {"visit": appointment_id})


def coming(connection: Connection, appointment_id: int, reader: Addressee, now: datetime) -> list[Coming]:
    """The reminders of a visit that wait for their hour to reach this reader, soonest first."""
    question = (
        select(OutboxRow.channel, OutboxRow.kind, OutboxRow.due_at)
        .where(
            _ABOUT,
            OutboxRow.state == State.PENDING.value,
            OutboxRow.recipient == reader.value,
            OutboxRow.kind.in_([kind.value for kind in REMINDERS]),
            OutboxRow.due_at > now,
        )
        .order_by(OutboxRow.due_at, OutboxRow.id)
    )
    rows = connection.execute(question, {"visit": appointment_id})
    return [Coming(Channel(row.channel), Kind(row.kind), row.due_at) for row in rows]


def keep_only(
    connection: Connection,
    appointment_id: int,
    kinds: Mapping[Kind, bool],
    keys: Sequence[str],
    reasons: Mapping[Addressee, str],
    now: datetime,
) -> None:
    """Hold back what was planned about a visit among these kinds, unless its dedupe key is one of `keys`.

    `reasons` are why, for each reader.
    `kinds` says of each whether it is still sent at all: then a message whose hour has come already keeps its place,
    and the gate judges it. What a person at the desk asked for stays: such a message has an occasion at the end of its
    key.
    """
    is_to_come = and_(OutboxRow.due_at > now, OutboxRow.reason.is_(None))
    dropped = [kind.value for kind, is_sent in kinds.items() if not is_sent]
    connection.execute(
        update(OutboxRow)
        .where(
            OutboxRow.appointment_id == appointment_id,
            OutboxRow.state == State.PENDING.value,
            OutboxRow.kind.in_([kind.value for kind in kinds]),
            OutboxRow.dedupe_key.not_in(keys),
            or_(OutboxRow.kind.in_(dropped), is_to_come),
            or_(*(OutboxRow.dedupe_key.like(f"%:{reader.value}") for reader in Addressee)),
        )
        .values(state=State.SUPPRESSED.value, reason=_of_reader(reasons), rendered=None)
    )


def _of_reader(reasons: Mapping[Addressee, str]) -> ColumnElement[str]:
    return case(
        {reader.value: reason for reader, reason in reasons.items()}, value=OutboxRow.recipient, else_=None
    )


def take_up(connection: Connection, keys: Sequence[str], reasons: Collection[str]) -> None:
    """Let messages wait again that were held back for one of these reasons and are wanted after all."""
    connection.execute(
        update(OutboxRow)
        .where(
            OutboxRow.dedupe_key.in_(keys),
            OutboxRow.state == State.SUPPRESSED.value,
            OutboxRow.reason.in_(reasons),
        )
        .values(state=State.PENDING.value, reason=None)
    )


_RETIME = (
    update(OutboxRow)
    .where(
        OutboxRow.dedupe_key == bindparam("key"),
        OutboxRow.state == State.PENDING.value,
        or_(OutboxRow.due_at != bindparam("due"), OutboxRow.expires_at != bindparam("until")),
    )
    .values(
        due_at=bindparam("due"),
        next_attempt_at=bindparam("due"),
        expires_at=bindparam("until"),
        reason=None,
        rendered=None,
    )
)


def retime(connection: Connection, wanted: Sequence[Notification]) -> None:
    """Let messages that wait go at the times they are wanted at now."""
    values = [{"key": one.dedupe_key, "due": one.due_at, "until": one.expires_at} for one in wanted]
    if values:
        connection.execute(_RETIME, values)


_REPLANNING = and_(
    text("outbox.state = 'pending'"),
    OutboxRow.channel == Channel.INTERNAL.value,
    OutboxRow.kind == Kind.REPLAN.value,
    OutboxRow.next_attempt_at <= bindparam("soon", type_=Instant),
)


def is_replanning(connection: Connection, soon: datetime) -> bool:
    """Say whether coming messages are still to be planned anew, by `soon`."""
    return (
        connection.execute(select(OutboxRow.id).where(_REPLANNING).limit(1), {"soon": soon}).first()
        is not None
    )


def end_replanning(connection: Connection, soon: datetime) -> None:
    """Drop the planning that was begun before: a newer one begins at the beginning."""
    dropped = update(OutboxRow).where(_REPLANNING)
    connection.execute(dropped.values(state=State.CANCELLED.value, reason="superseded"), {"soon": soon})


_FIRST_OUT = (
    select(
        OutboxRow.appointment_id,
        OutboxRow.channel,
        OutboxRow.recipient,
        func.min(OutboxRow.id).label("first"),
    )
    .where(
        OutboxRow.appointment_id.in_(bindparam("visits", expanding=True)),
        OutboxRow.state.in_([State.SENT.value, State.DELIVERED.value, State.UNDELIVERED.value]),
    )
    .group_by(OutboxRow.appointment_id, OutboxRow.channel, OutboxRow.recipient)
    .subquery()
)
_THREADS = select(_FIRST_OUT, OutboxRow.message_id).join(OutboxRow, OutboxRow.id == _FIRST_OUT.c.first)


def first_message_ids(
    connection: Connection, appointment_ids: Sequence[int]
) -> dict[tuple[int, str, str], str]:
    """The Message-ID that began each talk, by visit, channel and reader; a talk that has not begun is not there."""
    found = connection.execute(_THREADS, {"visits": list(appointment_ids)})
    return {(row.appointment_id, row.channel, row.recipient): row.message_id for row in found}
