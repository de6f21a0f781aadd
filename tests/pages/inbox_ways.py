"""Mails of every sort for the desk's pages: words, answers nobody vouches for, another time, and a declined visit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page
from sqlalchemy import select

from scheduler.domain.link import LinkPurpose
from scheduler.domain.visit import Visit
from scheduler.persistence import bounces, visits
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.inbox import InboundMailRow
from scheduler.services import private_links, replies
from scheduler.services.replies import Trust
from tests.answer_corpus import OWN, SERVER, Said, gmail, letter, outlook
from tests.pages.world import World

WORDS = (
    "Good morning,\n\nmay my daughter come along? She drives me and would like to hear what the doctor says.\n\n"
    "Thank you, and until soon."
)


def with_mails(path: str) -> Callable[[Page, World, str], None]:
    """Open an address at the desk, once mails of every sort wait."""

    def go(page: Page, world: World, language: str) -> None:
        make_mails(world)
        world.sign_in(page, "desk")
        page.goto(world.address(path, language))

    return go


def to_a_mail(tag: str) -> Callable[[Page, World, str], None]:
    """The same, and open the first mail of that sort, by its place on the list."""

    def go(page: Page, world: World, language: str) -> None:
        with_mails("/desk/inbox")(page, world, language)
        page.locator(".clinic-todo__open").nth(("words", "unvouched", "counter").index(tag)).click()

    return go


def make_mails(world: World) -> None:
    """Let mails of every sort come in, once for the run."""
    now = datetime.now(UTC)
    house = world.house
    with house.database.reading() as connection:
        if connection.execute(select(InboundMailRow.id).limit(1)).first():
            return
        ahead = select(AppointmentRow.id).where(
            AppointmentRow.starts_at > now + timedelta(days=3),
            AppointmentRow.status == "booked",
            AppointmentRow.email_index.is_not(None),
        )
        numbers = connection.scalars(
            ahead.order_by(AppointmentRow.starts_at, AppointmentRow.id).limit(4)
        ).all()
        found = visits.many(connection, house.vault, house.clinic(connection), numbers)
    vouched, unvouched = Trust(OWN, SERVER), Trust(OWN)
    first, second, third, fourth = found
    replies.receive(house, vouched, letter(WORDS, sender=f"<{first.patient.email}>", subject="My visit"), now)
    replies.receive(house, unvouched, gmail(_said(second, now, word="DECLINED")), now)
    later = third.appointment.start + timedelta(days=7)
    replies.receive(
        house,
        vouched,
        outlook(
            _said(third, now, word="TENTATIVE", method="COUNTER", start=later, comment="My ride is late.")
        ),
        now,
    )
    replies.receive(house, vouched, gmail(_said(fourth, now, word="DECLINED")), now)


def _said(visit: Visit, now: datetime, **changes: object) -> Said:
    fields: dict[str, object] = {
        "uid": visit.appointment.uid,
        "sequence": visit.appointment.sequence,
        "attendee": visit.patient.email,
        "sender": f"<{visit.patient.email}>",
        "stamp": now - timedelta(minutes=1),
        "message_id": f"<way-{visit.appointment.id}@mail.example.com>",
    }
    return Said(**(fields | changes))  # type: ignore[arg-type]


def to_returned_mail(rest: str) -> Callable[[Page, World, str], None]:
    """Open a page of a patient whose mail came back."""

    def go(page: Page, world: World, language: str) -> None:
        number = _with_returned_mail(world)
        secret = private_links.of_visit(world.house, number)[LinkPurpose.MANAGE]
        page.goto(world.address(f"/my/{secret}{rest}", language))

    return go


def _with_returned_mail(world: World) -> int:
    """The number of a visit ahead whose patient's address is marked."""
    now, house = datetime.now(UTC), world.house
    with house.database.transaction() as connection:
        ahead = select(AppointmentRow.id, AppointmentRow.email_index).where(
            AppointmentRow.starts_at > now + timedelta(days=4),
            AppointmentRow.status == "booked",
            AppointmentRow.email_index.is_not(None),
        )
        row = connection.execute(ahead.order_by(AppointmentRow.starts_at.desc(), AppointmentRow.id)).first()
        assert row is not None
        bounces.mark(connection, row.email_index, "5.1.1", now)
    return int(row.id)
