"""The visits of one feed with their links and the directory's version, in one statement however many they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Row, and_, bindparam, or_, select, update

from scheduler.domain.appointment import HOLDS_TIME, Status
from scheduler.domain.calendar_entry import InviteLinks
from scheduler.domain.directory import Mode
from scheduler.domain.feed import FeedVisit
from scheduler.domain.link import Link, LinkPurpose
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.database import Instant
from scheduler.persistence.directory import DirectoryVersionRow
from scheduler.persistence.links import LinkRow
from scheduler.persistence.vault import Vault, token_hash

_SHOWN = and_(
    AppointmentRow.starts_at >= bindparam("since", type_=Instant),
    or_(
        AppointmentRow.status.in_([status.value for status in HOLDS_TIME]),
        and_(
            AppointmentRow.status == Status.CANCELLED.value,
            AppointmentRow.changed_at >= bindparam("given_up_since", type_=Instant),
        ),
    ),
)
_COLUMNS = (
    AppointmentRow.id,
    AppointmentRow.uid,
    AppointmentRow.sequence,
    AppointmentRow.status,
    AppointmentRow.mode,
    AppointmentRow.location_id,
    AppointmentRow.room_id,
    AppointmentRow.starts_at,
    AppointmentRow.ends_at,
    AppointmentRow.created_at,
    AppointmentRow.changed_at,
    AppointmentRow.language,
)
_OF: BindParameter[Any] = bindparam("of")
_ANCHOR = AppointmentRow.__table__.alias("anchor")


def _same_reader() -> ColumnElement[bool]:
    """The visit that the link was made for, and the same patient's that were booked with the same e-mail."""
    anchor = select(_ANCHOR.c.id).where(
        _ANCHOR.c.id == _OF,
        _ANCHOR.c.patient_id == AppointmentRow.patient_id,
        _ANCHOR.c.email_index == AppointmentRow.email_index,
    )
    return or_(AppointmentRow.id == _OF, anchor.exists())


def _question(whose: ColumnElement[bool], *, with_links: bool) -> Any:
    """The version stands in every row, and in a row of its own where there is no visit."""
    found = DirectoryVersionRow.__table__.outerjoin(AppointmentRow, and_(whose, _SHOWN))
    if not with_links:
        return select(DirectoryVersionRow.version, *_COLUMNS).select_from(found)
    links = and_(
        LinkRow.appointment_id == AppointmentRow.id,
        LinkRow.revoked_at.is_(None),
        LinkRow.purpose.in_([LinkPurpose.MANAGE.value, LinkPurpose.VISIT.value]),
    )
    about = (LinkRow.id.label("link_id"), LinkRow.key_id, LinkRow.token_hash, LinkRow.purpose)
    return (
        select(DirectoryVersionRow.version, *_COLUMNS, *about)
        .select_from(found.outerjoin(LinkRow, links))
        .order_by(LinkRow.created_at, LinkRow.id.desc())
    )


_OF_PRACTITIONER = _question(AppointmentRow.practitioner_id == _OF, with_links=False)
_OF_ROOM = _question(AppointmentRow.room_id == _OF, with_links=False)
_OF_READER = _question(_same_reader(), with_links=True)
_OF_VISIT = _question(AppointmentRow.id == _OF, with_links=True)


def visits_of(
    connection: Connection, vault: Vault, link: Link, base_url: str, since: datetime, given_up_since: datetime
) -> tuple[int, list[FeedVisit]]:
    """The directory's version in force, and the visits that this feed shows, in no order.

    Those that begin before `since` and those given up before `given_up_since` are left out.
    """
    question, of = _asked(link)
    rows = connection.execute(question, {"of": of, "since": since, "given_up_since": given_up_since}).all()
    if link.practitioner_id or link.room_id:
        return rows[0].version, [_visit(row, InviteLinks()) for row in rows if row.id is not None]
    return rows[0].version, list(_with_links(rows, vault, base_url))


_CLOSE = update(LinkRow).where(
    LinkRow.purpose == LinkPurpose.FEED.value,
    LinkRow.revoked_at.is_(None),
    LinkRow.appointment_id.in_(select(AppointmentRow.id).where(_same_reader())),
)


def close_of_reader(connection: Connection, appointment_id: int, now: datetime) -> int:
    """Close every feed that shows the same reader's visits as one made for this visit would; returns how many."""
    return connection.execute(_CLOSE.values(revoked_at=now), {"of": appointment_id}).rowcount


def _asked(link: Link) -> tuple[Any, int | None]:
    if link.practitioner_id is not None:
        return _OF_PRACTITIONER, link.practitioner_id
    if link.room_id is not None:
        return _OF_ROOM, link.room_id
    of_one = link.purpose is LinkPurpose.CALENDAR
    return (_OF_VISIT if of_one else _OF_READER), link.appointment_id


def _with_links(rows: Sequence[Row[Any]], vault: Vault, base_url: str) -> Iterator[FeedVisit]:
    """One visit of several rows, one for each of its links; of two for one purpose the newest."""
    visits: dict[int, Row[Any]] = {}
    addresses: dict[int, dict[str, str]] = {}
    for row in rows:
        if row.id is None:
            continue
        visits[row.id] = row
        if row.link_id is not None:
            secret = vault.link_secret(row.link_id, row.key_id)
            if token_hash(secret) == row.token_hash:
                addresses.setdefault(row.id, {})[row.purpose] = secret
    for number, row in visits.items():
        found = addresses.get(number, {})
        manage, join = found.get(LinkPurpose.MANAGE.value), found.get(LinkPurpose.VISIT.value)
        yield _visit(
            row,
            InviteLinks(
                manage=f"{base_url}/my/{manage}" if manage else "",
                join=f"{base_url}/visit/{join}" if join else "",
            ),
        )


def _visit(row: Row[Any], links: InviteLinks) -> FeedVisit:
    return FeedVisit(
        number=row.id,
        uid=row.uid,
        sequence=row.sequence,
        status=Status(row.status),
        mode=Mode(row.mode),
        location_id=row.location_id,
        room_id=row.room_id,
        start=row.starts_at,
        end=row.ends_at,
        created_at=row.created_at,
        changed_at=row.changed_at,
        language=row.language,
        links=links,
    )
