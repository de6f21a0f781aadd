"""What a storm shall send: made-up visits, with one mail and one text to the reader of each, due now."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from scheduler.domain.actor import SYSTEM
from scheduler.domain.notification import Channel
from scheduler.domain.person import RemindBy
from scheduler.persistence import directory, visits
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.directory import OrganizationRow
from scheduler.persistence.outbox import OutboxRow
from scheduler.services import loading
from scheduler.services.house import House
from tests.engines import NOW

KIND = "reminder-two-days"
OPEN = ("pending", "claimed", "sending", "unknown")


def owe_many(house: House, count: int) -> int:
    """Made-up visits and `count` reminders due now, half mails, half texts, each to a reader of its own.

    Returns how many were written.
    """
    people = -(-count // 2)
    visits = people * 3 + 60  # some have no address, and some come too soon
    loading.load(house, -(-visits // 24), visits, SYSTEM, NOW, lambda _: None)
    with house.database.transaction() as connection:
        connection.execute(update(OrganizationRow).values(texts_per_day=10**6, texts_per_week=10**6))
        directory.bump(connection)
        rows = list(_reminders(connection, house.host, people))
        _ask_for_both(connection, house, sorted({row["appointment_id"] for row in rows}))
        connection.execute(insert(OutboxRow.__table__), rows)  # type: ignore[arg-type]
        return len(rows)


def _ask_for_both(connection: Connection, house: House, numbers: list[Any]) -> None:
    """Let the readers of these visits have asked for mails and for texts."""
    ways = (RemindBy.EMAIL, RemindBy.SMS)
    clinic = house.clinic(connection)
    said = [
        {
            "visit": each.appointment.id,
            "said": visits.seal_details(house.vault, each.appointment.uid, told, None),
        }
        for each in visits.many(connection, house.vault, clinic, numbers)
        for told in (replace(each.patient, remind_by=ways),)
    ]
    asked = update(AppointmentRow).where(AppointmentRow.id == bindparam("visit"))
    connection.execute(asked.values(sealed=bindparam("said")), said)


def _reminders(connection: Connection, host: str, people: int) -> Iterator[dict[str, object]]:
    """One visit of each patient who has an address: one mail and one text for it."""
    first = (
        select(func.min(AppointmentRow.id).label("id"))
        .where(
            AppointmentRow.status == "booked",
            AppointmentRow.email_index.is_not(None),
            AppointmentRow.starts_at > NOW + timedelta(days=2),
        )
        .group_by(AppointmentRow.patient_id)
        .limit(people)
        .subquery()
    )
    visits = select(AppointmentRow.id, AppointmentRow.patient_id, AppointmentRow.sequence).join(
        first, first.c.id == AppointmentRow.id
    )
    for visit in connection.execute(visits).all():
        for channel in (Channel.EMAIL, Channel.SMS):
            name = f"storm{visit.id}{channel.value}"
            yield {
                "dedupe_key": name,
                "appointment_id": visit.id,
                "patient_id": visit.patient_id,
                "sequence": visit.sequence,
                "kind": KIND,
                "channel": channel.value,
                "recipient": "patient",
                "language": "en",
                "message_id": f"{name}@{host}",
                "stamp": NOW,
                "due_at": NOW,
                "expires_at": NOW + timedelta(hours=5),
                "next_attempt_at": NOW,
                "state": "pending",
                "attempts": 0,
                "ambiguous": False,
                "created_at": NOW,
            }


def unsettled(house: House) -> int:
    """How many messages have not come to an end."""
    question = select(func.count()).where(
        OutboxRow.state.in_(OPEN),
        OutboxRow.channel.in_(["email", "sms"]),
        OutboxRow.next_attempt_at <= NOW + timedelta(hours=3),
    )
    with house.database.reading() as connection:
        return int(connection.execute(question).scalar_one())


def settle(house: House, seconds: float) -> float:
    """Wait until every message has come to an end; returns how many seconds that took."""
    begun = time.monotonic()
    while left := unsettled(house):
        if time.monotonic() - begun > seconds:
            raise AssertionError(f"{left} messages did not come to an end within {seconds:.0f} s")
        time.sleep(0.2)
    return time.monotonic() - begun
