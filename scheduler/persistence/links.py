"""Private links: the secret is made from a key outside the database, and only its hash is kept here."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    LargeBinary,
    RowMapping,
    String,
    bindparam,
    exists,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from scheduler.domain.link import Link, LinkPurpose
from scheduler.persistence.database import Database, Instant, Model, instant_of
from scheduler.persistence.vault import Vault, token_hash

SECRET_LENGTH = 43


class LinkRow(Model):
    """One capability: who holds the secret may do what `purpose` says with this visit (or this person's visits).

    The 256-bit secret is HMAC-SHA256 of the id under the link key `key_id`, so the worker can write it into a mail
    while a stolen database reveals none; only SHA-256 of the secret is stored. `told` is the digest of what a feed gave
    last, `told_at` since when it gives that.
    """

    __tablename__ = "link"
    __table_args__ = (
        CheckConstraint(
            "purpose IN ('manage', 'visit', 'companion', 'helper', 'calendar', 'feed', 'offer', 'wall')",
            name="purpose",
        ),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    purpose: Mapped[str] = mapped_column(String(16))
    key_id: Mapped[str] = mapped_column(String(16))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"), index=True)
    practitioner_id: Mapped[int | None] = mapped_column(ForeignKey("practitioner.id"), index=True)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    told: Mapped[str | None] = mapped_column(String(64))
    told_at: Mapped[datetime | None] = mapped_column(Instant)


_COLUMNS = (
    LinkRow.id,
    LinkRow.purpose,
    LinkRow.appointment_id,
    LinkRow.patient_id,
    LinkRow.practitioner_id,
    LinkRow.created_at,
    LinkRow.expires_at,
    LinkRow.room_id,
    LinkRow.told,
    LinkRow.told_at,
)
_INSERT = insert(LinkRow)
_FIND = select(*_COLUMNS).where(LinkRow.token_hash == bindparam("token"), LinkRow.revoked_at.is_(None))
_ASKED_FOR = [column.key for column in _COLUMNS]
_ASKED = f"SELECT {', '.join(_ASKED_FOR)} FROM link WHERE token_hash = {{mark}} AND revoked_at IS NULL"  # noqa: S608
_NEWER = aliased(LinkRow)
_RENEWED = select(LinkRow.appointment_id).where(
    LinkRow.token_hash == bindparam("token"),
    LinkRow.purpose == bindparam("wanted"),
    LinkRow.revoked_at >= bindparam("since", type_=Instant),
    exists().where(
        _NEWER.appointment_id == LinkRow.appointment_id,
        _NEWER.purpose == LinkRow.purpose,
        _NEWER.created_at >= LinkRow.revoked_at,
    ),
)
_NEWEST = (
    select(LinkRow.id, LinkRow.key_id, LinkRow.token_hash)
    .where(
        LinkRow.appointment_id == bindparam("visit"),
        LinkRow.purpose == bindparam("wanted"),
        LinkRow.revoked_at.is_(None),
    )
    .order_by(LinkRow.created_at.desc(), LinkRow.id)
    .limit(1)
)


def issue(
    connection: Connection,
    vault: Vault,
    purpose: LinkPurpose | str,
    *,
    now: datetime,
    appointment_id: int | None = None,
    patient_id: int | None = None,
    practitioner_id: int | None = None,
    room_id: int | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Make one link and return its secret, which is not kept."""
    about = {
        "appointment_id": appointment_id,
        "patient_id": patient_id,
        "practitioner_id": practitioner_id,
        "room_id": room_id,
    }
    row, secret = _new(vault, LinkPurpose(purpose), now, about, expires_at)
    connection.execute(_INSERT, row)
    return secret


def issue_many(
    connection: Connection,
    vault: Vault,
    purposes: Iterable[LinkPurpose | str],
    *,
    now: datetime,
    appointment_id: int | None = None,
    patient_id: int | None = None,
    practitioner_id: int | None = None,
    expires_at: datetime | None = None,
) -> dict[LinkPurpose, str]:
    """Make several links about the same thing with one insert; returns the secret of each purpose."""
    about = {"appointment_id": appointment_id, "patient_id": patient_id, "practitioner_id": practitioner_id}
    made = [_new(vault, LinkPurpose(purpose), now, about, expires_at) for purpose in purposes]
    if made:
        connection.execute(_INSERT, [row for row, _ in made])
    return {LinkPurpose(row["purpose"]): secret for row, secret in made}


def _new(
    vault: Vault,
    purpose: LinkPurpose,
    now: datetime,
    about: Mapping[str, int | None],
    expires_at: datetime | None,
) -> tuple[dict[str, Any], str]:
    link_id = secrets.token_hex(16)
    secret = vault.link_secret(link_id)
    row = {
        "id": link_id,
        "token_hash": token_hash(secret),
        "purpose": purpose.value,
        "key_id": vault.link_key_id,
        "created_at": now,
        "expires_at": expires_at,
        "revoked_at": None,
        **about,
    }
    return row, secret


def find(
    connection: Connection,
    secret: str,
    purposes: LinkPurpose | str | Iterable[LinkPurpose | str],
    now: datetime,
) -> Link | None:
    """The open link of this secret, if it serves one of these purposes; None for wrong, revoked and expired alike."""
    if len(secret) != SECRET_LENGTH or not secret.isascii():
        return None
    row = connection.execute(_FIND, {"token": token_hash(secret)}).mappings().first()
    if row is None:
        return None
    link = _link(row)
    wanted = {purposes} if isinstance(purposes, str) else set(purposes)
    return link if link.purpose in wanted and link.is_open(now) else None


def find_at_a_glance(
    database: Database, secret: str, purposes: Iterable[LinkPurpose | str], now: datetime
) -> Link | None:
    """The same for somebody who only looks, in the driver's own words: each page behind a link asks this first."""
    if len(secret) != SECRET_LENGTH or not secret.isascii():
        return None
    rows = database.ask(_ASKED.format(mark="?" if database.is_sqlite else "%s"), (token_hash(secret),))
    if not rows:
        return None
    found = dict(zip(_ASKED_FOR, rows[0], strict=True))
    stamps = {
        name: found[name] and instant_of(found[name]) for name in ("created_at", "expires_at", "told_at")
    }
    link = Link(**{**found, **stamps, "purpose": LinkPurpose(found["purpose"])})
    return link if link.purpose in set(purposes) and link.is_open(now) else None


def renewed_since(
    connection: Connection, secret: str, purpose: LinkPurpose | str, since: datetime
) -> int | None:
    """The visit whose link of this secret was closed at or after `since` and replaced by another; None for all else."""
    if len(secret) != SECRET_LENGTH or not secret.isascii():
        return None
    wanted = {"token": token_hash(secret), "wanted": LinkPurpose(purpose).value, "since": since}
    return connection.execute(_RENEWED, wanted).scalar_one_or_none()


def secret_for(
    connection: Connection, vault: Vault, appointment_id: int, purpose: LinkPurpose | str
) -> str | None:
    """The secret of a visit's newest link that is not revoked, made again from its key; None when there is none.

    Also None when the key it was made from has been taken out of the setting; the caller then issues a new one.
    """
    row = connection.execute(_NEWEST, {"visit": appointment_id, "wanted": LinkPurpose(purpose).value}).first()
    if row is None:
        return None
    secret = vault.link_secret(row.id, row.key_id)
    return secret if token_hash(secret) == row.token_hash else None


def with_open(connection: Connection, appointment_ids: Iterable[int], purpose: LinkPurpose) -> set[int]:
    """Of these visits, those that have a link of this purpose which was not taken back."""
    question = select(LinkRow.appointment_id).where(
        LinkRow.appointment_id.in_(list(appointment_ids)),
        LinkRow.purpose == purpose.value,
        LinkRow.revoked_at.is_(None),
    )
    return {number for number in connection.scalars(question) if number is not None}


_OF_VISITS = (
    select(LinkRow.appointment_id, LinkRow.purpose, LinkRow.id, LinkRow.key_id, LinkRow.token_hash)
    .where(LinkRow.appointment_id.in_(bindparam("visits", expanding=True)), LinkRow.revoked_at.is_(None))
    .order_by(LinkRow.created_at, LinkRow.id.desc())
)


def secrets_for(
    connection: Connection, vault: Vault, appointment_ids: Iterable[int]
) -> dict[int, dict[LinkPurpose, str]]:
    """The secrets of the newest links of many visits, by visit and purpose, as `secret_for` gives them one by one."""
    found: dict[int, dict[LinkPurpose, str]] = {}
    for row in connection.execute(_OF_VISITS, {"visits": list(appointment_ids)}):
        secret = vault.link_secret(row.id, row.key_id)
        if token_hash(secret) == row.token_hash:
            found.setdefault(row.appointment_id, {})[LinkPurpose(row.purpose)] = secret
    return found


def revoke(connection: Connection, link_id: str, now: datetime) -> bool:
    """Close one link for good; False when it was closed already."""
    statement = (
        update(LinkRow).where(LinkRow.id == link_id, LinkRow.revoked_at.is_(None)).values(revoked_at=now)
    )
    return connection.execute(statement).rowcount == 1


def revoke_all(
    connection: Connection,
    appointment_id: int,
    now: datetime,
    purposes: Iterable[LinkPurpose | str] | None = None,
) -> int:
    """Close every link of a visit, or those of some purposes; returns how many were open."""
    statement = update(LinkRow).where(LinkRow.appointment_id == appointment_id, LinkRow.revoked_at.is_(None))
    if purposes is not None:
        statement = statement.where(LinkRow.purpose.in_([LinkPurpose(purpose).value for purpose in purposes]))
    return connection.execute(statement.values(revoked_at=now)).rowcount


def reissue(connection: Connection, vault: Vault, link: Link, now: datetime) -> str:
    """Close a link and make another of the same reach and end; returns the new secret."""
    revoke(connection, link.id, now)
    return issue(
        connection,
        vault,
        link.purpose,
        now=now,
        appointment_id=link.appointment_id,
        patient_id=link.patient_id,
        practitioner_id=link.practitioner_id,
        room_id=link.room_id,
        expires_at=link.expires_at,
    )


_FEEDS = select(
    LinkRow.id,
    LinkRow.key_id,
    LinkRow.token_hash,
    LinkRow.practitioner_id,
    LinkRow.room_id,
    LinkRow.created_at,
).where(LinkRow.purpose == LinkPurpose.FEED.value, LinkRow.revoked_at.is_(None))


def feeds_of_staff(connection: Connection, vault: Vault) -> dict[tuple[str, int], tuple[str, datetime]]:
    """The open feeds of practitioners and rooms: by ("practitioner" or "room", number) the secret and since when."""
    rows = connection.execute(
        _FEEDS.where(or_(LinkRow.practitioner_id.is_not(None), LinkRow.room_id.is_not(None))).order_by(
            LinkRow.created_at, LinkRow.id
        )
    )
    found = {}
    for row in rows:
        secret = vault.link_secret(row.id, row.key_id)
        if token_hash(secret) == row.token_hash:
            whose = ("practitioner", row.practitioner_id) if row.practitioner_id else ("room", row.room_id)
            found[whose] = secret, row.created_at
    return found


_OPEN = (
    select(LinkRow.id, LinkRow.key_id, LinkRow.token_hash, LinkRow.created_at)
    .where(LinkRow.purpose == bindparam("wanted"), LinkRow.revoked_at.is_(None))
    .order_by(LinkRow.created_at, LinkRow.id)
)


def open_of_purpose(
    connection: Connection, vault: Vault, purpose: LinkPurpose
) -> list[tuple[str, str, datetime]]:
    """Number, secret and age of every open link of a purpose that is about nobody, the oldest first.

    The secret is empty where the key it was made from has been taken out of the setting.
    """
    found = []
    for row in connection.execute(_OPEN, {"wanted": purpose.value}):
        secret = vault.link_secret(row.id, row.key_id)
        found.append((row.id, secret if token_hash(secret) == row.token_hash else "", row.created_at))
    return found


def issue_wall(connection: Connection, vault: Vault, now: datetime) -> str:
    """Make the link of a screen on the wall, and return its number; its secret is found again by it."""
    row, _secret = _new(vault, LinkPurpose.WALL, now, {}, None)
    connection.execute(_INSERT, row)
    return str(row["id"])


def issue_feed(connection: Connection, vault: Vault, now: datetime, kind: str, number: int) -> str:
    """Make the feed of a "practitioner" or a "room", and return its secret."""
    if kind == "room":
        return issue(connection, vault, LinkPurpose.FEED, now=now, room_id=number)
    return issue(connection, vault, LinkPurpose.FEED, now=now, practitioner_id=number)


def revoke_feed(connection: Connection, now: datetime, kind: str, number: int) -> int:
    """Close the feeds of a "practitioner" or a "room"; returns how many were open."""
    column = LinkRow.room_id if kind == "room" else LinkRow.practitioner_id
    closed = update(LinkRow).where(
        column == number, LinkRow.purpose == LinkPurpose.FEED.value, LinkRow.revoked_at.is_(None)
    )
    return connection.execute(closed.values(revoked_at=now)).rowcount


def note_told(connection: Connection, link_id: str, told: str, now: datetime) -> None:
    """Write down what a feed gives from now on."""
    connection.execute(update(LinkRow).where(LinkRow.id == link_id).values(told=told, told_at=now))


def _link(row: RowMapping) -> Link:
    return Link(**{**row, "purpose": LinkPurpose(row["purpose"])})
