"""A real mail server refuses an address for good: nothing more is written there until somebody puts it right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from scheduler.domain.visit import Visit
from scheduler.services import changing, contact
from scheduler.services.house import House
from scheduler.services.post_room import PostRoom
from scheduler.worker.mail import Mailer
from scheduler.worker.post_office import Server, SmtpOffice
from tests.engines import CLERK, NOW, OWNER
from tests.letters import a_helper
from tests.post import BASE_URL, SENDER, book, later, move, outbox_of
from tests.services.test_replies import on_the_list
from tests.services.test_returned_mail import is_marked, send, told
from tests.worker.test_post_office import Handler, a_server

NO_SUCH_USER = "550 5.1.1 <ana@example.com>: no such user"


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def served(room: PostRoom, handler: Handler) -> Iterator[PostRoom]:
    """A post room whose mails go to a real server."""
    with a_server(handler) as port:
        office = SmtpOffice(Server("127.0.0.1", port), timeout=5)
        yield replace(room, carrier=Mailer(office, SENDER, BASE_URL))
        office.close()


@pytest.fixture
def refused(house: House, served: PostRoom, handler: Handler) -> Visit:
    """A visit whose confirmation was refused because nobody has the address."""
    visit = book(house)
    handler.answers["RCPT"] = NO_SUCH_USER
    send(served)
    handler.answers.clear()
    return visit


def reached(handler: Handler) -> list[str]:
    return [name for envelope in handler.taken for name in envelope.rcpt_tos]


def test_the_address_is_marked_and_the_desk_calls_once(house: House, refused: Visit) -> None:
    assert is_marked(house, refused)
    (row,) = outbox_of(house)
    assert (row.state, row.reason) == ("dead", "smtp 550 5.1.1")
    assert told(house) == [
        "The mail server says that nobody has this address. Please find the right one, or call."
    ]
    assert [(item.kind, item.about, item.note["reason"]) for item in on_the_list(house)] == [
        ("call-the-patient", refused.appointment.id, "smtp 550 5.1.1")
    ]


def test_nothing_more_is_written_there(
    house: House, served: PostRoom, handler: Handler, refused: Visit
) -> None:
    move(house, refused, OWNER)
    send(served)
    assert reached(handler) == []
    assert [row.state for row in outbox_of(house)] == ["dead", "suppressed"]
    assert told(house)[1] == "Not sent: this address returned our mail %(when)s."
    assert len(on_the_list(house)) == 1


def test_until_the_patient_puts_it_right_on_their_own_page(
    house: House, served: PostRoom, handler: Handler, refused: Visit
) -> None:
    assert contact.came_back(house, changing.show(house, refused.appointment.id)) is not None
    contact.correct_by_patient(house, refused.appointment.id, "right@example.com", OWNER, NOW)
    send(served)
    assert reached(handler) == ["right@example.com"]
    assert on_the_list(house) == []


def test_or_the_desk_hears_that_it_is_right(
    house: House, served: PostRoom, handler: Handler, refused: Visit
) -> None:
    email = refused.patient.email or ""
    contact.correct_at_desk(house, refused.appointment.public_id, email, CLERK, NOW)
    send(served)
    assert reached(handler) == [email]
    assert not is_marked(house, refused)


@pytest.mark.parametrize(
    ("step", "answer", "state"),
    [
        ("RCPT", "550 5.7.1 relaying denied", "dead"),
        ("RCPT", "550 5.1.8 sender address rejected: domain not found", "dead"),
        ("RCPT", "450 4.2.1 mailbox busy", "pending"),
        ("DATA", "554 5.7.1 looks like spam", "dead"),
        ("DATA", "552 5.3.4 message too big", "dead"),
        ("MAIL", "550 5.7.1 you may not send", "pending"),
    ],
)
def test_what_is_not_about_the_address_marks_none(
    house: House, served: PostRoom, handler: Handler, step: str, answer: str, state: str
) -> None:
    visit = book(house)
    handler.answers[step] = answer
    send(served)
    assert not is_marked(house, visit)
    assert [row.state for row in outbox_of(house)] == [state]
    handler.answers.clear()
    move(house, visit, OWNER)
    send(later(served, minutes=30))
    assert visit.patient.email in reached(handler)


def test_a_helpers_address_that_is_refused_leaves_the_patients_alone(
    house: House, served: PostRoom, handler: Handler
) -> None:
    visit = book(house, helper=a_helper(email="nobody@example.com"))
    handler.refuses = {"nobody@example.com": NO_SUCH_USER}
    send(served)
    move(house, visit, OWNER)
    send(served)
    assert reached(handler) == [visit.patient.email, visit.patient.email]
    assert not is_marked(house, visit)
