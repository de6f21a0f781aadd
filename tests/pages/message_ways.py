"""Messages in every state for the pages that show them: planned, sent, failed, held back, and calls to make."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Page
from sqlalchemy import insert, select

from scheduler.domain.actor import Actor, Role
from scheduler.domain.message_story import Outcome
from scheduler.domain.notification import Channel
from scheduler.persistence import channel_states
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.outbox import OutboxRow
from scheduler.services import call_list
from tests.pages.world import World

CLERK = Actor(frozenset({Role.DESK}), id="7")
MADE = "made-for-pages"
"""Marks the rows of this file, so that they are made once for the run."""

ROWS = (
    {"kind": "confirmation", "channel": "email", "state": "sent", "minutes": -50},
    {"kind": "reminder-two-days", "channel": "sms", "state": "delivered", "minutes": -40},
    {"kind": "reminder-week", "channel": "email", "state": "dead", "reason": "smtp 550", "minutes": -30},
    {"kind": "moved", "channel": "email", "state": "unknown", "reason": "no-answer", "minutes": -20},
    {"kind": "reminder-day", "channel": "sms", "state": "suppressed", "reason": "opted-out", "minutes": -15},
    {"kind": "reminder-day", "channel": "sms", "state": "expired", "reason": "too late", "minutes": -12},
    {"kind": "reminder-week", "channel": "sms", "state": "cancelled", "reason": "superseded", "minutes": -10},
    {"kind": "confirmation", "channel": "email", "state": "pending", "reason": "smtp 451", "minutes": -5},
    {"kind": "reminder-two-days", "channel": "phone", "state": "pending", "minutes": -4},
    {"kind": "reminder-day", "channel": "phone", "state": "pending", "minutes": -3},
    {"kind": "reminder-two-days", "channel": "phone", "state": "pending", "minutes": -2},
)
"""One message of each kind of fate; `minutes` is when it was due, from now."""


def with_messages(role: str, path: str) -> Callable[[Page, World, str], None]:
    """Open an address as one of the staff, once there is a message in every state."""

    def go(page: Page, world: World, language: str) -> None:
        make_messages(world)
        world.sign_in(page, role)
        page.goto(world.address(path, language))

    return go


def followed_to(role: str, path: str, link: str) -> Callable[[Page, World, str], None]:
    """The same, and follow the first such link."""

    def go(page: Page, world: World, language: str) -> None:
        with_messages(role, path)(page, world, language)
        page.locator(link).first.click()

    return go


def make_messages(world: World) -> None:
    """Write a message of each fate about the next visits, once for the run."""
    now = datetime.now(UTC)
    with world.house.database.transaction() as connection:
        if connection.execute(select(OutboxRow.id).where(OutboxRow.subject == MADE)).first():
            return
        ahead = select(AppointmentRow).where(
            AppointmentRow.starts_at > now + timedelta(days=1), AppointmentRow.status == "booked"
        )
        visits = connection.execute(ahead.order_by(AppointmentRow.id).limit(len(ROWS))).mappings().all()
        rows = [_row(turn, dict(visit), now) for turn, visit in enumerate(visits)]
        connection.execute(insert(OutboxRow), rows)
        again = now + timedelta(minutes=1)
        channel_states.report(connection, Channel.SMS, "main", failures=3, open_until=again, now=now)
    with world.house.database.reading() as connection:
        calls = select(OutboxRow.id).where(OutboxRow.subject == MADE, OutboxRow.channel == "phone")
        last = connection.scalars(calls.order_by(OutboxRow.id.desc())).first()
    assert last is not None
    call_list.note(world.house, last, Outcome.VOICEMAIL, CLERK, now)


def _row(turn: int, visit: dict[str, Any], now: datetime) -> dict[str, Any]:
    fate: dict[str, Any] = dict(ROWS[turn])
    due = now + timedelta(minutes=fate.pop("minutes"))
    is_pending = fate["state"] == "pending"
    return {
        "dedupe_key": f"{MADE}-{turn}",
        "message_id": f"{MADE}-{turn}@localhost",
        "subject": MADE,
        "appointment_id": visit["id"],
        "patient_id": visit["patient_id"],
        "sequence": visit["sequence"],
        "recipient": "patient",
        "language": visit["language"],
        "stamp": visit["changed_at"],
        "due_at": due,
        "next_attempt_at": due + timedelta(minutes=10 if is_pending and fate.get("reason") else 0),
        "expires_at": visit["starts_at"],
        "created_at": due - timedelta(minutes=1),
        "sent_at": due if fate["state"] in {"sent", "delivered"} else None,
        "attempts": 0 if is_pending else 1,
        "ambiguous": False,
        "reason": None,
        **fate,
    }
