"""A text from the booking to the patient and back: owed, handed to a real company, reported, answered, silenced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from scheduler.domain.directory import Mode
from scheduler.domain.hand_over import Circuit
from scheduler.domain.notification import Channel
from scheduler.domain.person import RemindBy
from scheduler.domain.visit import Visit
from scheduler.persistence.outbox import OutboxRow
from scheduler.services import changing, delivery, doubts
from scheduler.services.house import House
from scheduler.services.post_room import PostRoom
from scheduler.services.provider_choice import SharedChoice
from scheduler.worker.providers import gateways
from scheduler.worker.sms import Texter
from tests.engines import NOW, a_patient
from tests.house import MakeApp
from tests.post import book
from tests.programs import house_of
from tests.text_company import Answer, Company
from tests.texts import BASE_URL, PHONE, Caller


@dataclass
class Journey:
    """A clinic whose texts really go over HTTP, and a company that really calls back."""

    app: Flask
    company: Company
    room: PostRoom

    @property
    def house(self) -> House:
        return house_of(self.app)

    @property
    def caller(self) -> Caller:
        return Caller(self.app)

    def book(self) -> Visit:
        patient = a_patient(phone=PHONE, remind_by=(RemindBy.SMS,))
        return book(self.house, Mode.IN_PERSON, patient=patient)

    def drain(self, circuit: Circuit | None = None) -> delivery.Drained:
        return delivery.drain(self.room, circuit or Circuit())

    def later(self, **more: float) -> None:
        offset = self.room.offset + timedelta(**more)
        self.room = PostRoom(self.room.house, self.room.carrier, BASE_URL, offset, lambda: 0.5)

    def texts(self) -> list[tuple[str, str]]:
        """Kind and state of every text owed."""
        with self.house.database.reading() as connection:
            rows = connection.execute(
                select(OutboxRow.kind, OutboxRow.state)
                .where(OutboxRow.channel == Channel.SMS.value)
                .order_by(OutboxRow.id)
            )
            return [(row.kind, row.state) for row in rows]

    def report(self, said: str, code: str = "") -> None:
        """The company calls the address that it was given."""
        path = urlsplit(self.company.asked[-1]["StatusCallback"]).path
        sid = next(reversed(self.company.taken.values()))["sid"]
        form = {"MessageSid": sid, "MessageStatus": said, "ErrorCode": code}
        assert self.caller.call(path, form).status_code == 204


@pytest.fixture
def journey(make_app: MakeApp, company: Company) -> Iterator[Journey]:
    offset = NOW - datetime.now(UTC) + timedelta(seconds=1)
    moved = str(int(offset.total_seconds()))
    app = make_app(BASE_URL=BASE_URL, SMS_URL=company.url, NOW_OFFSET=moved)
    choice = SharedChoice(house_of(app), Channel.SMS, offset)
    means = gateways(app.extensions["settings"], choice)
    room = PostRoom(house_of(app), Texter(means, BASE_URL), BASE_URL, offset, lambda: 0.5)
    yield Journey(app, company, room)
    means.close()


def test_a_confirmation_goes_out_arrives_and_is_answered(journey: Journey) -> None:
    visit = journey.book()
    assert journey.drain().sent == 1
    (sent,) = journey.company.asked
    assert sent["To"] == PHONE
    assert sent["Body"].startswith(
        "West Texas Institute: Your visit is booked: Mon Sep 21, 9:00 AM El Paso time"
    )
    assert journey.texts()[0] == ("confirmation", "sent")
    journey.report("delivered")
    assert journey.texts()[0] == ("confirmation", "delivered")
    assert "confirmed" in journey.caller.text("C")
    assert changing.show(journey.house, visit.appointment.id).appointment.confirmed_by == "sms"


def test_a_text_that_was_cut_off_is_not_sent_twice(journey: Journey) -> None:
    journey.book()
    journey.company.answers = [Answer(silent=True)]
    journey.drain()
    assert journey.texts()[0] == ("confirmation", "unknown")
    journey.report("delivered")
    journey.later(minutes=5)
    doubts.resolve(journey.room)
    journey.drain()
    assert journey.texts()[0] == ("confirmation", "delivered")
    assert len(journey.company.asked) == 1


def test_a_text_that_never_was_taken_goes_again(journey: Journey) -> None:
    journey.book()
    journey.company.answers = [Answer(500, {}, takes=False)]
    journey.drain()
    assert journey.texts()[0] == ("confirmation", "unknown")
    journey.later(minutes=5)
    doubts.resolve(journey.room)
    journey.drain()
    assert journey.texts()[0] == ("confirmation", "sent")
    assert len(journey.company.taken) == 1


def test_who_told_the_carrier_to_stop_gets_a_mail_instead(journey: Journey) -> None:
    journey.book()
    journey.company.answers = [Answer(400, {"code": 21610}, takes=False)]
    journey.drain()
    assert journey.texts()[0] == ("confirmation", "suppressed")
    with journey.house.database.reading() as connection:
        mails = connection.execute(
            select(OutboxRow.kind, OutboxRow.state).where(OutboxRow.channel == Channel.EMAIL.value)
        ).all()
    assert ("confirmation", "pending") in [tuple(row) for row in mails]


def test_who_stopped_gets_no_text_any_more(journey: Journey) -> None:
    journey.book()
    journey.caller.text("ALTO")
    journey.drain()
    assert journey.texts()[0] == ("confirmation", "suppressed")
    assert journey.company.asked == []


def test_too_many_waits_as_long_as_it_was_asked_to(journey: Journey) -> None:
    journey.book()
    journey.company.answers = [Answer(429, {"code": 20429}, (("Retry-After", "40"),), takes=False)]
    done = journey.drain()
    assert journey.texts()[0] == ("confirmation", "pending")
    journey.later(seconds=30)
    assert journey.drain(done.circuit).sent == 0
    journey.later(seconds=15)
    assert journey.drain(done.circuit).sent == 1
