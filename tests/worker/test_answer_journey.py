"""The whole way there and back: booked by form, mailed by SMTP, answered by a mail in a Maildir, read by the worker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from icalendar import Calendar

from scheduler.domain.appointment import Status
from scheduler.domain.hand_over import Circuit
from scheduler.persistence.database import database_now
from scheduler.services import changing, delivery, mailbox_reading
from scheduler.services.house import House
from scheduler.services.post_room import PostRoom
from scheduler.services.replies import Trust
from scheduler.worker.clock import Clock
from scheduler.worker.mail import Mailer
from scheduler.worker.mailbox import Maildir
from scheduler.worker.post_office import Server, SmtpOffice
from tests.answer_corpus import OWN, SERVER, Said, gmail, outlook
from tests.engines import NOW
from tests.inspector import Inspector
from tests.patients import Visitor, visit_of, words
from tests.post import BASE_URL
from tests.programs import house_of
from tests.worker.test_post_office import a_free_port


class Kept:
    """A mail server that takes everything."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(  # noqa: N802 - the name that the server calls
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        """Take one mail."""
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 queued as 1"


@pytest.fixture
def server() -> Iterator[tuple[Kept, int]]:
    """A real SMTP server on a port of its own."""
    kept, port = Kept(), a_free_port()
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    yield kept, port
    controller.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The clinic's mailbox."""
    for name in ("cur", "new", "tmp"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    return tmp_path / "mail"


class Worker:
    """A worker whose ticks the test gives, with its mail server and its mailbox."""

    def __init__(self, house: House, kept: Kept, port: int, folder: Path, anchor: Path) -> None:
        self.kept = kept
        self.folder = folder
        self.office = SmtpOffice(Server("127.0.0.1", port))
        room = PostRoom(house, Mailer(self.office, OWN, BASE_URL), BASE_URL)
        with house.database.reading() as connection:
            ahead = NOW - database_now(connection) + timedelta(minutes=5)
        self.room = replace(room, offset=ahead)
        trust = Trust(OWN, SERVER)
        mailbox = mailbox_reading.Mailbox("box", lambda: Maildir(folder), trust)
        self.clock = Clock(room, anchor, mailbox=mailbox)

    def send(self) -> EmailMessage:
        """Send what is owed, once the desk can no longer take it back; the last mail that left."""
        delivery.drain(self.room, Circuit())
        return self.kept.mails[-1]

    def read(self, raw: bytes) -> None:
        """A mail comes into the mailbox, and the worker looks."""
        number = sum(1 for _ in self.folder.rglob("*.host*"))
        (self.folder / "new" / f"{number}.host").write_bytes(raw)
        self.clock.rounds.read_mailbox()


@pytest.fixture
def worker(visitor: Visitor, server: tuple[Kept, int], folder: Path, tmp_path: Path) -> Iterator[Worker]:
    """The worker beside the app that the visitor books in."""
    worker = Worker(house_of(visitor.app), *server, folder, tmp_path / "audit.anchor")
    yield worker
    worker.office.close()


def answer_to(mail: EmailMessage, word: str, turn: int = 0, **changes: Any) -> Said:
    """What the reader's calendar answers to the invitation in a mail, as it understands it."""
    part = next(each for each in mail.walk() if each.get_content_type() == "text/calendar")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    invite: Any = Calendar.from_ical(content)
    event = invite.events[0]
    reader = str(event["ATTENDEE"]).removeprefix("mailto:")
    fields: dict[str, Any] = {
        "word": word,
        "uid": str(event["UID"]),
        "sequence": int(event["SEQUENCE"]),
        "attendee": reader,
        "sender": f"<{reader}>",
        "organizer": str(event["ORGANIZER"]).removeprefix("mailto:"),
        "stamp": NOW + timedelta(seconds=turn),
        "message_id": f"<journey-{word}-{turn}@mail.example.com>",
        "start": event.start,
    }
    return Said(**(fields | changes))


def test_an_answer_finds_its_way_back_to_the_desk_and_to_the_patient(
    visitor: Visitor, worker: Worker, clerk: Inspector
) -> None:
    secret = visitor.book_ahead()
    house = house_of(visitor.app)
    invited = worker.send()
    assert invited["From"].addresses[0].addr_spec == OWN

    worker.read(gmail(answer_to(invited, "ACCEPTED")))
    assert visit_of(visitor.app, secret).appointment.confirmed_by == "calendar"
    assert "Nothing waits." in words(clerk.get("/desk/todo"))

    worker.read(outlook(answer_to(invited, "DECLINED", 1)))
    visit = visit_of(visitor.app, secret)
    assert (visit.appointment.status, visit.appointment.confirmed_at) == (Status.BOOKED, None)
    assert "Invitation declined" in words(clerk.get("/desk/todo"))
    assert "Do you want to keep your visit?" in words(visitor.get(f"/my/{secret}"))
    asked = worker.send()
    assert asked["Subject"].startswith("Do you want to keep your visit?")
    assert secret in asked.get_body(("plain",)).get_content()  # type: ignore[union-attr]

    visitor.send(f"/my/{secret}", {}, to=f"/my/{secret}/coming")
    assert visit_of(visitor.app, secret).appointment.confirmed_by == "link"
    assert "Nothing waits." in words(clerk.get("/desk/todo"))

    later = visit.appointment.start + timedelta(days=7)
    worker.read(outlook(answer_to(invited, "TENTATIVE", 2, method="COUNTER", start=later)))
    assert "Asks for another time" in words(clerk.get("/desk/todo"))
    number = next(iter(mail_numbers(clerk)))
    clerk.submit(f"/desk/inbox/{number}", {}, to=f"/desk/inbox/{number}/agree")
    moved = changing.show(house, visit.appointment.id).appointment
    assert (moved.start, moved.sequence) == (later, 1)
    again = worker.send()
    assert again["Subject"].startswith("Your visit has a new time")
    assert "Nothing waits." in words(clerk.get("/desk/todo"))

    worker.read(gmail(answer_to(invited, "DECLINED", 3)))
    assert changing.show(house, visit.appointment.id).appointment == moved
    worker.read(gmail(answer_to(again, "ACCEPTED", 3, message_id="<last@mail.example.com>")))
    assert changing.show(house, visit.appointment.id).appointment.confirmed_by == "calendar"


def mail_numbers(clerk: Inspector) -> list[str]:
    """The numbers of the mails that wait, in order."""
    page = clerk.get("/desk/inbox").text
    return [link.partition('"')[0] for link in page.split('href="/desk/inbox/')[1:]]
