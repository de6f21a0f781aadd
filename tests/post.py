"""A post office that answers as a test tells it, and a post room whose clock stands at the tests' moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

import pytest
from sqlalchemy import select, update

from scheduler.domain.actor import Actor, Role
from scheduler.domain.booking import MoveRequest
from scheduler.domain.directory import Mode
from scheduler.domain.hand_over import HandOver, Result
from scheduler.domain.notification import CHORES, REMINDERS, Kind
from scheduler.domain.visit import Visit
from scheduler.persistence import directory
from scheduler.persistence.outbox import OutboxRow
from scheduler.persistence.policies import MessagePolicyRow
from scheduler.services import booking, changing, delivery, doubts, slot_search
from scheduler.services.house import House
from scheduler.services.post_room import PostRoom
from scheduler.worker.mail import Mailer
from tests.engines import NOW, SOMEBODY, a_request, query

BASE_URL = "https://clinic.example.com"
SENDER = "visits@clinic.example.com"
ACCEPTED = HandOver(Result.ACCEPTED, reference="Q1")
DEFERRED = HandOver(Result.DEFERRED, "smtp 451")
REFUSED = HandOver(Result.REFUSED, "smtp 550")
UNREACHABLE = HandOver(Result.UNREACHABLE, "smtp ConnectionRefusedError")
UNSURE = HandOver(Result.UNSURE, "smtp SMTPServerDisconnected")
PATIENT = Actor(frozenset({Role.PATIENT}), id="link", address="192.0.2.1")


@dataclass
class Tray:
    """Takes what is posted and gives the answers it was told, in turn; then it accepts everything.

    `on_post` may do something at the very moment of a hand-over, such as die.
    """

    answers: list[HandOver] = field(default_factory=list)
    posted: list[tuple[str, bytes]] = field(default_factory=list)
    on_post: Callable[[], None] = lambda: None

    def post(self, message: bytes, sender: str, recipient: str) -> HandOver:
        """Take one mail."""
        assert sender == SENDER
        self.posted.append((recipient, message))
        self.on_post()
        return self.answers.pop(0) if self.answers else ACCEPTED

    @property
    def mails(self) -> list[EmailMessage]:
        """What was posted, parsed."""
        return [parsed(message) for _, message in self.posted]

    @property
    def subjects(self) -> list[str]:
        """The part of each subject before its date."""
        return [str(mail["Subject"]).partition(":")[0] for mail in self.mails]


def parsed(message: bytes) -> EmailMessage:
    """A mail as a mail program reads it."""
    return message_from_bytes(message, policy=policy.default)


def invite_of(mail: EmailMessage) -> bytes:
    """The calendar file in a mail."""
    (part,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    return cast("bytes", part.get_payload(decode=True))


@pytest.fixture
def tray() -> Tray:
    """An empty tray."""
    return Tray()


@pytest.fixture
def room(house: House, tray: Tray) -> PostRoom:
    """The post room at the tests' moment, with the middle of every chance."""
    return room_of(house, tray)


def room_of(house: House, tray: Any) -> PostRoom:
    """A post room around any post office; its clock stands at the tests' moment and goes on from there."""
    offset = NOW - datetime.now(UTC) + timedelta(seconds=1)
    return PostRoom(house, Mailer(tray, SENDER, BASE_URL), BASE_URL, offset, chance=lambda: 0.5)


def reap(room: PostRoom) -> None:
    """Take back what was left lying, and settle the doubts whose rest is over."""
    delivery.reap(room)
    doubts.resolve(room)


def later(room: PostRoom, **more: float) -> PostRoom:
    """The same room some time later."""
    return replace(room, offset=room.offset + timedelta(**more))


def without_reminders(house: House) -> None:
    """Switch every reminder off, so that a test of one message sees that one alone."""
    with house.database.transaction() as connection:
        off = update(MessagePolicyRow).where(MessagePolicyRow.active, MessagePolicyRow.kind != "confirmation")
        if connection.execute(off.values(active=False)).rowcount:
            directory.bump(connection)


def book(
    house: House, mode: Mode = Mode.IN_PERSON, days: int = 7, *, reminded: bool = False, **changes: object
) -> Visit:
    """A visit of somebody new, some days ahead; only with `reminded` does it owe reminders."""
    if not reminded:
        without_reminders(house)
    start = slot_search.find(house, query(mode, start=NOW + timedelta(days=days)), NOW, limit=1)[0].start
    booked = booking.book(house, a_request(house, mode, start=start, **changes), SOMEBODY, NOW).visit
    assert booked is not None
    return booked


def move(house: House, visit: Visit, actor: Actor, days: int = 1) -> Visit:
    """The visit at another time, some days after the old one."""
    before = visit.appointment
    wish = query(before.mode, start=before.start + timedelta(days=days), moving=before.id)
    start = slot_search.find(house, wish, NOW, limit=1)[0].start
    return changing.move(house, before.id, MoveRequest(start, before.mode), actor, NOW)


@dataclass(frozen=True)
class Kept:
    """One outbox row, as far as tests look at it."""

    id: int
    kind: str
    recipient: str
    sequence: int
    state: str
    attempts: int
    ambiguous: bool
    reason: str | None
    rendered: bytes | None
    channel: str


NEWS = [kind.value for kind in Kind if kind not in REMINDERS | CHORES]
"""The kinds of messages that tell of a change at once."""


def outbox_of(house: House) -> list[Kept]:
    """Every owed message, in order."""
    columns = [getattr(OutboxRow, name) for name in Kept.__dataclass_fields__]
    with house.database.reading() as connection:
        return [Kept(*row) for row in connection.execute(select(*columns).order_by(OutboxRow.id))]


def states(house: House) -> list[tuple[str, str]]:
    """Kind and state of every owed message, in order."""
    return [(row.kind, row.state) for row in outbox_of(house)]
