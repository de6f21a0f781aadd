"""Nothing is written to an address that mail came back from for good; another way, or the desk, takes over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.hand_over import Circuit
from scheduler.domain.message_story import story
from scheduler.domain.notification import Channel
from scheduler.domain.person import RemindBy
from scheduler.domain.visit import Visit
from scheduler.persistence import bounces, messages, opt_outs
from scheduler.persistence.outbox import OutboxRow
from scheduler.services import delivery, private_links
from scheduler.services.house import House
from scheduler.services.post_room import PostRoom
from tests import answer_corpus as corpus
from tests.engines import NOW, OWNER, a_patient
from tests.letters import a_helper
from tests.post import Tray, book, move, outbox_of
from tests.services.test_replies import on_the_list, receive


def send(room: PostRoom) -> None:
    delivery.drain(room, Circuit())


def come_back(house: House, room: PostRoom, status: str = "5.1.1", action: str = "failed") -> None:
    """Send what is owed, and let the first mail that left come back."""
    send(room)
    with house.database.reading() as connection:
        sent = select(OutboxRow.message_id).where(OutboxRow.state == "sent").order_by(OutboxRow.id)
        name = connection.scalars(sent).first()
    receive(house, corpus.dsn(name or "", action=action, status=status))


def is_marked(house: House, visit: Visit) -> bool:
    index = house.vault.index("email", visit.patient.email or "")
    with house.database.reading() as connection:
        return index in bounces.since(connection, [index])


def told(house: House) -> list[str]:
    """What the desk reads about each message, in order."""
    with house.database.reading() as connection:
        numbers = connection.scalars(select(OutboxRow.appointment_id)).unique().all()
        entries = messages.of_visits(connection, [number for number in numbers if number is not None])
    return [story(entry, (), NOW).sentence for entry in sorted(entries, key=lambda entry: entry.id)]


def test_a_change_is_not_written_to_an_address_that_returned_our_mail(
    house: House, room: PostRoom, tray: Tray
) -> None:
    visit = book(house)
    come_back(house, room)
    move(house, visit, OWNER)
    send(room)
    assert len(tray.posted) == 1
    row = outbox_of(house)[1]
    assert (row.kind, row.state, row.reason) == ("moved", "suppressed", f"returned {NOW.isoformat()}")
    assert told(house) == [
        "The mail came back: nobody has this address. Please find the right one, or call.",
        "Not sent: this address returned our mail %(when)s.",
    ]


def test_the_desk_is_asked_to_call_whoever_takes_no_texts_once(house: House, room: PostRoom) -> None:
    visit = book(house)
    come_back(house, room)
    move(house, visit, OWNER)
    send(room)
    assert [(item.kind, item.about) for item in on_the_list(house)] == [
        ("call-the-patient", visit.appointment.id)
    ]


def test_the_next_visit_of_the_same_address_is_called_for_too(house: House, room: PostRoom) -> None:
    first = book(house)
    come_back(house, room)
    second = book(house, days=9, patient=first.patient)
    send(room)
    assert [(item.about, item.note["reason"]) for item in on_the_list(house)] == [
        (first.appointment.id, "bounce 5.1.1"),
        (second.appointment.id, "returned"),
    ]


def test_a_text_that_is_owed_beside_the_mail_is_enough(house: House, room: PostRoom) -> None:
    visit = book(house, patient=a_patient(remind_by=(RemindBy.EMAIL, RemindBy.SMS)))
    come_back(house, room)
    move(house, visit, OWNER)
    send(room)
    rows = [(row.kind, row.channel, row.state) for row in outbox_of(house) if row.kind == "moved"]
    assert rows == [("moved", "email", "suppressed"), ("moved", "sms", "pending")]


def test_what_only_mail_would_bring_goes_by_text(house: House, room: PostRoom) -> None:
    visit = book(house, patient=a_patient(remind_by=(RemindBy.EMAIL, RemindBy.SMS)))
    come_back(house, room)
    private_links.send_again(house, OWNER, NOW, email=visit.patient.email)
    send(room)
    rows = [(row.channel, row.state) for row in outbox_of(house) if row.kind == "links"]
    assert rows == [("email", "suppressed"), ("sms", "pending")]


def test_whoever_stopped_texts_is_called(house: House, room: PostRoom) -> None:
    visit = book(house, patient=a_patient(remind_by=(RemindBy.EMAIL, RemindBy.SMS)))
    come_back(house, room)
    with house.database.transaction() as connection:
        index = house.vault.index("phone", visit.patient.phone)
        opt_outs.record(connection, Channel.SMS, index, out=True, source="text", language="en", now=NOW)
    second = book(house, days=9, patient=visit.patient)
    send(room)
    assert second.appointment.id in [item.about for item in on_the_list(house)]


def test_a_helpers_address_that_returns_mail_leaves_the_patients_own_alone(
    house: House, room: PostRoom, tray: Tray
) -> None:
    visit = book(house, helper=a_helper())
    send(room)
    with house.database.reading() as connection:
        mine = select(OutboxRow.message_id).where(OutboxRow.recipient == "helper")
        name = connection.scalars(mine).one()
    receive(house, corpus.dsn(name))
    move(house, visit, OWNER)
    send(room)
    assert [address for address, _ in tray.posted][2:] == [visit.patient.email]


@pytest.mark.parametrize(("action", "status"), [("failed", "4.4.7"), ("delayed", "4.4.1")])
def test_a_fault_that_passes_marks_no_address(
    house: House, room: PostRoom, tray: Tray, action: str, status: str
) -> None:
    visit = book(house)
    come_back(house, room, status, action)
    assert not is_marked(house, visit)
    move(house, visit, OWNER)
    send(room)
    assert len(tray.posted) == 2


def test_the_mark_stands_until_somebody_says_that_the_address_is_right(house: House, room: PostRoom) -> None:
    visit = book(house)
    come_back(house, room)
    assert is_marked(house, visit)
    forged = corpus.letter("It is me.", sender=f"<{visit.patient.email}>").replace(
        b"dmarc=pass", b"dmarc=fail"
    )
    receive(house, forged, now=NOW + timedelta(days=1))
    assert is_marked(house, visit)
    receive(house, corpus.letter("It is me!", sender=f"<{visit.patient.email}>"), now=NOW + timedelta(days=1))
    assert not is_marked(house, visit)
