"""What a text does that comes in, and that nothing unsigned and nothing twice does anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from scheduler.domain.appointment import Status
from scheduler.domain.directory import Mode
from scheduler.domain.notification import Channel, State
from scheduler.domain.person import RemindBy
from scheduler.domain.text_message import Alphabet, count
from scheduler.domain.visit import Visit
from scheduler.persistence import opt_outs
from scheduler.persistence.audit import AuditRow
from scheduler.persistence.inbound_texts import InboundTextRow
from scheduler.persistence.opt_outs import OptOutRow
from scheduler.persistence.outbox import OutboxRow
from scheduler.persistence.receipts import ReceiptRow
from scheduler.persistence.worklist import WorklistRow
from scheduler.services import changing
from scheduler.services.house import House
from tests.engines import NOW, OWNER, a_patient
from tests.house import MakeApp
from tests.patients import Clock
from tests.post import book, move
from tests.programs import house_of
from tests.texts import BASE_URL, PHONE, SMS_URL, Caller, new_sid

STRANGER = "+19155550177"


@pytest.fixture
def app(make_app: MakeApp, clock: Clock) -> Flask:
    """A clinic with an account for texts."""
    return make_app(BASE_URL=BASE_URL, SMS_URL=SMS_URL)


@pytest.fixture
def house(app: Flask) -> House:
    return house_of(app)


@pytest.fixture
def caller(app: Flask) -> Caller:
    return Caller(app)


def booked(house: House, days: int = 7, language: str = "en", **changes: Any) -> Visit:
    """A visit of somebody with that phone."""
    person = a_patient(phone=PHONE, language=language, remind_by=(RemindBy.SMS,), **changes)
    return book(house, Mode.IN_PERSON, days, patient=person)


def now_of(house: House, visit: Visit) -> Visit:
    """The visit as it stands now."""
    return changing.show(house, visit.appointment.id)


def is_out(house: House, number: str = PHONE) -> bool:
    with house.database.reading() as connection:
        return opt_outs.is_out(connection, Channel.SMS, house.vault.index("phone", number))


def on_list(house: House) -> list[tuple[str, str, dict[str, Any]]]:
    """What waits at the desk: kind, urgency, and what is said."""
    with house.database.reading() as connection:
        rows = connection.execute(select(WorklistRow.__table__).order_by(WorklistRow.created_at)).all()
    return [(row.kind, row.urgency, house.vault.open("worklist", row.id, row.sealed)) for row in rows]


def rows_of(house: House, table: type) -> int:
    with house.database.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


class TestConfirming:
    """C, and what means the same."""

    @pytest.mark.parametrize("words", ["C", "c", "Confirm", "sí", "Si", "YES", "C1"])
    def test_the_only_visit_is_confirmed(self, house: House, caller: Caller, words: str) -> None:
        visit = booked(house)
        assert caller.text(words) == "Thank you. Your visit is confirmed: Mon Sep 21 9:00 AM."
        after = now_of(house, visit).appointment
        assert (after.confirmed_at, after.confirmed_by, after.sequence) == (NOW, "sms", 0)

    def test_it_is_written_down_who_confirmed(self, house: House, caller: Caller) -> None:
        visit = booked(house)
        caller.text("C")
        with house.database.reading() as connection:
            row = connection.execute(select(AuditRow.__table__).where(AuditRow.action == "confirm")).one()
        assert (row.object_id, row.actor_kind, row.actor_id) == (
            str(visit.appointment.id),
            "patient",
            "text",
        )

    def test_the_answer_is_in_the_language_of_the_visit(self, house: House, caller: Caller) -> None:
        booked(house, language="es")
        assert caller.text("C") == "Gracias. Su cita queda confirmada: lun 21 sept 9:00 a.m."

    def test_of_two_visits_none_is_guessed(self, house: House, caller: Caller) -> None:
        first, second = booked(house), booked(house, 8)
        assert caller.text("C") == (
            "Reply C1 to confirm Mon Sep 21 9:00 AM. Reply C2 to confirm Tue Sep 22 9:00 AM."
        )
        assert now_of(house, first).appointment.confirmed_at is None
        assert "Tue Sep 22" in caller.text("C2")
        assert now_of(house, first).appointment.confirmed_at is None
        assert now_of(house, second).appointment.confirmed_at == NOW

    def test_another_time_asks_anew(self, house: House, caller: Caller) -> None:
        visit = booked(house)
        caller.text("C")
        moved = move(house, visit, OWNER)
        assert now_of(house, moved).appointment.confirmed_at is None


class TestCancelling:
    """X, and the words of people."""

    def test_the_only_visit_is_given_up_and_the_news_is_not_told_twice(
        self, house: House, caller: Caller
    ) -> None:
        visit = booked(house)
        assert caller.text("X") == (
            "Your visit is cancelled: Mon Sep 21 9:00 AM. To book again: (915) 555-0100."
        )
        after = now_of(house, visit).appointment
        assert (after.status, after.sequence) == (Status.CANCELLED, 1)
        with house.database.reading() as connection:
            texts = connection.execute(
                select(OutboxRow.state, OutboxRow.reason).where(
                    OutboxRow.kind == "cancelled", OutboxRow.channel == "sms"
                )
            ).all()
        assert {tuple(row) for row in texts} <= {("suppressed", "told in the answer")}

    def test_of_several_visits_a_list_names_the_word_for_each(self, house: House, caller: Caller) -> None:
        first, second = booked(house), booked(house, 8)
        assert caller.text("x") == (
            "Reply X1 to cancel Mon Sep 21 9:00 AM. Reply X2 to cancel Tue Sep 22 9:00 AM."
        )
        assert caller.text("X2").startswith("Your visit is cancelled: Tue Sep 22")
        assert now_of(house, first).appointment.status is Status.BOOKED
        assert now_of(house, second).appointment.status is Status.CANCELLED

    def test_a_number_means_the_list_that_was_sent_and_not_the_visits_of_today(
        self, house: House, caller: Caller
    ) -> None:
        booked(house, 8)
        booked(house, 9)
        caller.text("X")
        earlier = booked(house, 7)
        assert "Tue Sep 22" in caller.text("X1")
        assert now_of(house, earlier).appointment.status is Status.BOOKED

    def test_a_listed_visit_that_changed_since_is_listed_anew(self, house: House, caller: Caller) -> None:
        visit, other = booked(house), booked(house, 8)
        caller.text("X")
        caller.text("X1")
        answer = caller.text("X1")
        assert answer == "Reply X1 to cancel Tue Sep 22 9:00 AM."
        assert now_of(house, other).appointment.status is Status.BOOKED
        assert now_of(house, visit).appointment.status is Status.CANCELLED

    @pytest.mark.parametrize("words", ["X7", "X2"])
    def test_a_number_that_was_never_listed_is_listed_first(
        self, house: House, caller: Caller, words: str
    ) -> None:
        visit = booked(house)
        assert caller.text(words) == "Reply X1 to cancel Mon Sep 21 9:00 AM."
        assert now_of(house, visit).appointment.status is Status.BOOKED

    def test_words_of_ones_own_are_answered_with_the_word_that_does_it(
        self, house: House, caller: Caller
    ) -> None:
        visit = booked(house)
        assert caller.text("please cancel my visit") == "Reply X1 to cancel Mon Sep 21 9:00 AM."
        assert now_of(house, visit).appointment.status is Status.BOOKED
        caller.text("X1")
        assert now_of(house, visit).appointment.status is Status.CANCELLED

    def test_too_late_goes_to_the_desk(self, house: House, caller: Caller, clock: Clock) -> None:
        visit = booked(house)
        clock.move_to(visit.appointment.start - timedelta(hours=3))
        assert caller.text("X").startswith("It is too late to cancel by text. We call you about it.")
        assert now_of(house, visit).appointment.status is Status.BOOKED
        assert [(kind, note["wish"]) for kind, _, note in on_list(house)] == [("late-change", "cancel")]


class TestWordsOfTheCarriers:
    """STOP, START, HELP and theirs, which the carrier acts on before we hear of it."""

    @pytest.mark.parametrize("words", ["STOP", "stop", "QUIT", "End", "unsubscribe", "STOPALL"])
    def test_stop_stops_and_is_left_to_the_carrier_to_answer(
        self, house: House, caller: Caller, words: str
    ) -> None:
        booked(house)
        assert caller.text(words) == ""
        assert is_out(house)

    def test_alto_stops_and_is_answered_because_no_carrier_does(self, house: House, caller: Caller) -> None:
        booked(house, language="es")
        assert caller.text("ALTO") == (
            "Ya no le enviaremos mensajes. Para recibirlos de nuevo, responda START."
        )
        assert is_out(house)

    def test_a_number_nobody_knows_is_heard_too(self, house: House, caller: Caller) -> None:
        caller.text("alto", STRANGER)
        assert is_out(house, STRANGER)
        assert not is_out(house)

    def test_cancel_alone_stops_the_texts_keeps_the_visit_and_tells_the_desk(
        self, house: House, caller: Caller
    ) -> None:
        visit = booked(house)
        assert caller.text("CANCEL") == ""
        assert is_out(house)
        assert now_of(house, visit).appointment.status is Status.BOOKED
        assert [(kind, note) for kind, _, note in on_list(house)] == [
            ("text-to-read", {"phone": PHONE, "text": "CANCEL"})
        ]

    @pytest.mark.parametrize("words", ["START", "YES", "unstop"])
    def test_start_lets_texts_come_again(self, house: House, caller: Caller, words: str) -> None:
        visit = booked(house)
        caller.text("STOP")
        assert caller.text(words) == ""
        assert not is_out(house)
        assert now_of(house, visit).appointment.confirmed_at is None

    def test_every_word_is_kept_in_order_and_the_same_word_twice_is_one(
        self, house: House, caller: Caller
    ) -> None:
        for words in ("STOP", "STOP", "START", "ALTO"):
            caller.text(words)
        with house.database.reading() as connection:
            states = list(connection.scalars(select(OptOutRow.state).order_by(OptOutRow.id)))
        assert states == ["out", "in", "out"]

    @pytest.mark.parametrize(
        ("words", "answer"),
        [("HELP", "C confirms, X cancels, A: we call you. STOP to end."), ("Ayuda", "C confirma")],
    )
    def test_help_says_what_can_be_said(self, caller: Caller, words: str, answer: str) -> None:
        assert answer in caller.text(words)

    def test_what_the_carrier_took_it_for_is_believed(self, house: House, caller: Caller) -> None:
        booked(house)
        assert caller.text("please make it end", OptOutType="STOP") == ""
        assert is_out(house)


class TestForAPerson:
    """What only a person can answer."""

    def test_a_wish_to_be_called_is_one_call(self, house: House, caller: Caller) -> None:
        visit = booked(house)
        assert caller.text("A") == "We call you in office hours. Emergency: 911"
        caller.text("call me")
        assert [(kind, note["phone"], note["name"]) for kind, _, note in on_list(house)] == [
            ("call-back", PHONE, visit.patient.name)
        ]

    def test_free_text_is_read_and_that_is_said_once_an_hour(
        self, house: House, caller: Caller, clock: Clock
    ) -> None:
        booked(house)
        assert caller.text("Can I bring my dog?").startswith("Thank you. We read this in office hours.")
        assert caller.text("He is small.") == ""
        clock.shift(timedelta(hours=2))
        assert caller.text("Very small.") != ""
        assert [note["text"] for _, _, note in on_list(house)] == [
            "Can I bring my dog?",
            "He is small.",
            "Very small.",
        ]

    def test_it_is_urgent_when_the_visit_is_near(self, house: House, caller: Caller, clock: Clock) -> None:
        visit = booked(house)
        clock.move_to(visit.appointment.start - timedelta(hours=3))
        caller.text("I am running late")
        assert [urgency for _, urgency, _ in on_list(house)] == ["urgent"]

    @pytest.mark.parametrize("words", ["C", "X", "A", "hello?"])
    def test_a_number_that_nobody_knows_goes_to_the_desk(
        self, house: House, caller: Caller, words: str
    ) -> None:
        visit = booked(house)
        assert "555-0100" in caller.text(words, STRANGER)
        assert [note for _, _, note in on_list(house)] == [{"phone": STRANGER, "text": words}]
        assert now_of(house, visit).appointment.confirmed_at is None

    def test_a_machine_that_answers_answers_is_heard_no_more_but_may_still_stop(
        self, house: House, caller: Caller
    ) -> None:
        booked(house)
        answers = [caller.text(f"beep {number}") for number in range(25)]
        assert sum(1 for answer in answers if answer) == 1
        assert len(on_list(house)) == 20
        caller.text("STOP")
        assert is_out(house)

    def test_the_words_are_sealed(self, house: House, caller: Caller) -> None:
        caller.text("my back hurts so")
        with house.database.reading() as connection:
            kept = [bytes(row) for row in connection.scalars(select(WorklistRow.sealed))]
            sealed = list(connection.scalars(select(InboundTextRow.sealed)))
        assert sealed == [None]
        assert b"hurts" not in kept[0]


class TestWhoMayCall:
    """Signed by our account, over our own address; each text once."""

    def form(self, words: str = "X") -> dict[str, str]:
        return {"MessageSid": new_sid(), "From": PHONE, "Body": words}

    def test_a_replay_does_nothing(self, house: House, caller: Caller) -> None:
        visit, form = booked(house), self.form("C")
        first = caller.call("/sms/inbound", form)
        second = caller.call("/sms/inbound", form)
        assert "<Message>" in first.text
        assert "<Message>" not in second.text
        assert rows_of(house, InboundTextRow) == 1
        assert now_of(house, visit).appointment.confirmed_at == NOW

    def test_a_replay_of_a_stop_after_a_start_does_not_stop(self, house: House, caller: Caller) -> None:
        form = self.form("STOP")
        caller.call("/sms/inbound", form)
        caller.text("START")
        caller.call("/sms/inbound", form)
        assert not is_out(house)

    @pytest.mark.parametrize("signed", ["", "bm90IGl0", "ñ"])
    def test_a_wrong_signature_does_nothing_and_finds_nothing(
        self, house: House, caller: Caller, signed: str
    ) -> None:
        visit = booked(house)
        answer = caller.call("/sms/inbound", self.form(), signed=signed.encode().decode("latin-1"))
        assert answer.status_code == 404
        assert now_of(house, visit).appointment.status is Status.BOOKED
        assert rows_of(house, InboundTextRow) == 0

    def test_a_changed_field_another_place_and_another_token_break_the_seal(
        self, house: House, caller: Caller
    ) -> None:
        booked(house)
        form = self.form("C")
        signed = caller.sign("/sms/inbound", form)
        assert caller.call("/sms/inbound", {**form, "Body": "X"}, signed=signed).status_code == 404
        assert caller.call("/sms/inbound?x=1", form, signed=signed).status_code == 404
        assert replace(caller, token="another").call("/sms/inbound", form).status_code == 404
        assert rows_of(house, InboundTextRow) == 0

    def test_the_address_is_ours_as_set_and_not_as_the_request_spells_it(
        self, app: Flask, caller: Caller
    ) -> None:
        form = self.form("HELP")
        signed = caller.sign("/sms/inbound", form)
        answer = app.test_client().post(
            "/sms/inbound",
            data=form,
            headers={"X-Twilio-Signature": signed, "X-Forwarded-Proto": "http"},
            base_url="http://clinic.example.com",
        )
        assert answer.status_code == 200

    def test_a_second_accounts_token_is_good_too(self, make_app: MakeApp, clock: Clock) -> None:
        other = "https://AC9:another-token@other.example.com/?from=+19155550100"
        app = make_app(BASE_URL=BASE_URL, SMS_URL=SMS_URL, SMS_URL_2=other)
        assert "STOP to end" in Caller(app, "another-token").text("HELP")
        assert "STOP to end" in Caller(app).text("HELP")

    def test_where_no_company_is_set_nobody_may_call(self, make_app: MakeApp) -> None:
        app = make_app(BASE_URL=BASE_URL)
        assert Caller(app).call("/sms/inbound", self.form()).status_code == 404

    @pytest.mark.parametrize("sid", ["", "S" * 65, "SM\x00", "SM-1", "é"])
    def test_a_text_without_a_usable_name_is_refused(self, caller: Caller, sid: str) -> None:
        form = {**self.form("STOP"), "MessageSid": sid}
        assert caller.call("/sms/inbound", form).status_code == 404


class TestRubbish:
    """Whatever is signed, however odd."""

    @pytest.mark.parametrize("words", ["", "\x00", "\u202e" * 9, "x" * 100_000, "<b>&]]>", "%s %(x)s {0}"])
    @pytest.mark.parametrize("sender", ["", "+19155550111", "12345", "whatsapp:+1", "\x00", "x" * 5000])
    def test_odd_words_of_odd_senders_are_read_by_a_person(
        self, house: House, caller: Caller, words: str, sender: str
    ) -> None:
        booked(house)
        assert "<" not in caller.text(words, sender)
        assert len(on_list(house)) == 1

    @pytest.mark.parametrize("name", ["x", "0" * 65, "%00", "..", "a%20b"])
    def test_a_report_of_an_odd_name_changes_nothing(self, house: House, caller: Caller, name: str) -> None:
        form = {"MessageSid": "SM7", "MessageStatus": "delivered", "ErrorCode": "x" * 99}
        assert caller.call(f"/sms/status/{name}", form).status_code in {204, 404}
        assert rows_of(house, ReceiptRow) == 0


class TestReports:
    """What became of a text that went out."""

    def owed(self, house: House, visit: Visit, state: State = State.SENT) -> str:
        """Our name for the text about that visit, which has left."""
        with house.database.transaction() as connection:
            row = connection.execute(
                select(OutboxRow.id, OutboxRow.message_id).where(
                    OutboxRow.appointment_id == visit.appointment.id, OutboxRow.channel == "sms"
                )
            ).first()
            assert row is not None
            left = update(OutboxRow).where(OutboxRow.id == row.id)
            index = house.vault.index("phone", PHONE)
            connection.execute(left.values(state=state.value, opened_at=NOW, address_index=index))
        return str(row.message_id.partition("@")[0])

    def report(self, caller: Caller, name: str, said: str, code: str = "") -> int:
        form = {"MessageSid": "SM7", "MessageStatus": said, "ErrorCode": code}
        return caller.call(f"/sms/status/{name}", form).status_code

    def state(self, house: House, name: str) -> tuple[str, str | None]:
        with house.database.reading() as connection:
            row = connection.execute(
                select(OutboxRow.state, OutboxRow.reason).where(OutboxRow.message_id.like(f"{name}@%"))
            ).one()
        return row.state, row.reason

    @pytest.mark.parametrize("before", [State.SENDING, State.UNKNOWN, State.SENT])
    def test_an_arrival_settles_it_whatever_we_knew(
        self, house: House, caller: Caller, before: State
    ) -> None:
        name = self.owed(house, booked(house), before)
        assert self.report(caller, name, "delivered") == 204
        assert self.state(house, name) == ("delivered", None)

    def test_what_did_not_arrive_says_why_and_goes_to_the_desk(self, house: House, caller: Caller) -> None:
        name = self.owed(house, booked(house))
        self.report(caller, name, "undelivered", "30003")
        assert self.state(house, name) == ("undelivered", "sms 30003")
        assert [kind for kind, _, _ in on_list(house)] == ["call-the-patient"]

    def test_a_report_counts_once_and_late_ones_do_not_take_an_arrival_back(
        self, house: House, caller: Caller
    ) -> None:
        name = self.owed(house, booked(house))
        for said in ("queued", "sent", "delivered", "delivered", "sent", "failed"):
            assert self.report(caller, name, said) == 204
        assert self.state(house, name) == ("delivered", None)
        assert rows_of(house, ReceiptRow) == 3

    def test_a_number_that_told_its_carrier_to_stop_is_remembered(self, house: House, caller: Caller) -> None:
        name = self.owed(house, booked(house))
        self.report(caller, name, "failed", "21610")
        assert is_out(house)

    def test_an_unsigned_report_and_one_of_a_stranger_change_nothing(
        self, house: House, caller: Caller
    ) -> None:
        name = self.owed(house, booked(house))
        form = {"MessageSid": "SM7", "MessageStatus": "delivered"}
        assert caller.call(f"/sms/status/{name}", form, signed="x").status_code == 404
        assert self.report(caller, "0" * 32, "delivered") == 204
        assert self.state(house, name) == ("sent", None)
        assert rows_of(house, ReceiptRow) == 0


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_answer_is_in_the_telephones_letters_and_one_part(
    house: House, caller: Caller, language: str
) -> None:
    booked(house, language=language)
    for words in ("HELP", "hm?", "A", "C", "X", "ALTO"):
        counted = count(caller.text(words))
        assert (counted.alphabet, counted.parts) == (Alphabet.GSM7, 1)
