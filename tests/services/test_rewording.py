"""A message worded anew: what is written later says it, what was written stays, and the way back is one step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from scheduler.domain.actor import Actor, Role
from scheduler.domain.errors import NotFound, NotPermitted, StaleVersion
from scheduler.domain.hand_over import Circuit
from scheduler.domain.notification import Channel, Kind
from scheduler.domain.own_words import OwnMessage, OwnWords
from scheduler.domain.own_words_check import WordsRefused
from scheduler.persistence.own_words import OwnWordsRow
from scheduler.services import delivery, directory, replanning, rewording
from scheduler.services.house import House
from scheduler.services.post_room import PostRoom
from tests.engines import MANAGER, NOW, a_patient
from tests.post import DEFERRED, Tray, book, later, outbox_of

OURS = OwnMessage(
    Kind.CONFIRMATION,
    Channel.EMAIL,
    OwnWords("Good to have you, {name}.", "See you {day}", "All set"),
    OwnWords("Qué gusto, {name}.", "Hasta el {day}", "Todo listo"),
)
IDENTITY = (Kind.CONFIRMATION, Channel.EMAIL)


def drain(room: PostRoom) -> None:
    delivery.drain(room, Circuit())


def said_in(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def in_force(house: House) -> OwnMessage | None:
    return directory.clinic(house.database).own_message(*IDENTITY)


def test_the_next_mail_carries_the_new_words_in_its_readers_language(
    house: House, room: PostRoom, tray: Tray
) -> None:
    assert rewording.put_in_force(house, OURS, 0, MANAGER, NOW) == 1
    book(house)
    book(house, patient=a_patient(given_name="Luz", language="es"))
    drain(room)
    english, spanish = tray.mails
    assert str(english["Subject"]).startswith("See you ") and "All set\n\nGood to have you, " in said_in(
        english
    )
    assert str(spanish["Subject"]).startswith("Hasta el ") and "Todo listo\n\nQué gusto, Luz." in said_in(
        spanish
    )
    assert "booked" not in said_in(english)


def test_what_was_owed_before_is_written_in_the_words_of_its_own_moment(
    house: House, room: PostRoom, tray: Tray
) -> None:
    book(house)
    rewording.put_in_force(house, OURS, 0, MANAGER, NOW)
    drain(room)
    assert tray.subjects[0].startswith("See you")


def test_a_message_that_was_handed_over_once_stays_as_it_was_written(
    house: House, room: PostRoom, tray: Tray
) -> None:
    tray.answers.append(DEFERRED)
    book(house)
    drain(room)
    rewording.put_in_force(house, OURS, 0, MANAGER, NOW)
    drain(later(room, hours=1))
    first, second = (message for _, message in tray.posted)
    assert first == second
    assert b"See you" not in first


def test_the_standard_words_come_back_in_one_step(house: House, room: PostRoom, tray: Tray) -> None:
    rewording.put_in_force(house, OURS, 0, MANAGER, NOW)
    rewording.use_standard(house, *IDENTITY, MANAGER, NOW)
    assert in_force(house) is None
    book(house)
    drain(room)
    assert tray.subjects == ["Your visit is booked"]


def test_bringing_the_standard_words_back_twice_is_one_version(house: House) -> None:
    rewording.use_standard(house, *IDENTITY, MANAGER, NOW)
    rewording.put_in_force(house, OURS, 0, MANAGER, NOW)
    for _ in range(2):
        rewording.use_standard(house, *IDENTITY, MANAGER, NOW)
    assert [one.version for one in rewording.history(house, *IDENTITY, MANAGER).editions] == [2, 1]


def test_every_version_stays_with_who_and_when(house: House) -> None:
    rewording.put_in_force(house, OURS, 0, MANAGER, NOW)
    second = replace(OURS, en=replace(OURS.en, heading="Wonderful"))
    assert rewording.put_in_force(house, second, 1, MANAGER, NOW + timedelta(hours=1)) == 2
    assert in_force(house) == replace(second, version=2)
    rewording.use_standard(house, *IDENTITY, MANAGER, NOW + timedelta(hours=2))
    found = rewording.history(house, *IDENTITY, MANAGER).editions
    assert [(one.version, one.at - NOW, one.actor_id) for one in found] == [
        (3, timedelta(hours=2), MANAGER.id),
        (2, timedelta(hours=1), MANAGER.id),
        (1, timedelta(0), MANAGER.id),
    ]
    assert [one.message for one in found] == [None, replace(second, version=2), replace(OURS, version=1)]


def test_of_two_who_write_at_once_the_second_is_told(house: House) -> None:
    rewording.put_in_force(house, OURS, 0, MANAGER, NOW)
    with pytest.raises(StaleVersion):
        rewording.put_in_force(house, OURS, 0, MANAGER, NOW)
    assert rewording.put_in_force(house, OURS, 1, MANAGER, NOW) == 2


def test_a_message_worded_anew_leaves_the_others_alone(house: House) -> None:
    rewording.put_in_force(house, OURS, 0, MANAGER, NOW)
    clinic = directory.clinic(house.database)
    assert clinic.own_message(Kind.CONFIRMATION, Channel.SMS) is None
    assert clinic.own_message(Kind.MOVED, Channel.EMAIL) is None


def test_it_is_written_down_who_did_it(house: House) -> None:
    rewording.put_in_force(house, OURS, 0, MANAGER, NOW)
    rewording.use_standard(house, *IDENTITY, MANAGER, NOW)
    with house.database.reading() as connection:
        rows = connection.execute(
            text(
                "SELECT actor_id, action, object_id FROM audit WHERE object_type = 'message-words' ORDER BY id"
            )
        )
        assert [tuple(row) for row in rows] == [
            (MANAGER.id, "publish", "confirmation email 1"),
            (MANAGER.id, "use-standard", "confirmation email 2"),
        ]


@pytest.mark.parametrize("role", [Role.DESK, Role.CLINICIAN, Role.PATIENT, Role.ANYONE])
def test_nobody_but_a_manager_may(house: House, role: Role) -> None:
    somebody = Actor(frozenset({role}), id="9")
    for act in (
        lambda: rewording.put_in_force(house, OURS, 0, somebody, NOW),
        lambda: rewording.use_standard(house, *IDENTITY, somebody, NOW),
        lambda: rewording.history(house, *IDENTITY, somebody),
    ):
        with pytest.raises(NotPermitted):
            act()
    assert in_force(house) is None


def test_words_that_may_not_go_out_are_not_kept(house: House) -> None:
    with pytest.raises(WordsRefused):
        rewording.put_in_force(house, replace(OURS, es=OwnWords("", "", "")), 0, MANAGER, NOW)
    with pytest.raises(NotFound):
        rewording.put_in_force(house, replace(OURS, kind=Kind.NO_SHOW), 0, MANAGER, NOW)
    assert rewording.history(house, *IDENTITY, MANAGER).editions == ()


def test_the_database_keeps_no_language_without_the_other(house: House) -> None:
    parts = ("subject_en", "heading_en", "subject_es", "heading_es", "body_es")
    row = dict.fromkeys(parts, "") | {"kind": "moved", "channel": "sms", "version": 1, "body_en": "Hello"}
    with pytest.raises(IntegrityError), house.database.transaction() as connection:
        connection.execute(insert(OwnWordsRow), row | {"actor_id": "1", "created_at": NOW})


@pytest.mark.parametrize("statement", ["UPDATE own_words SET heading_en = 'x'", "DELETE FROM own_words"])
def test_the_database_lets_nobody_alter_what_was_in_force(house: House, statement: str) -> None:
    rewording.put_in_force(house, OURS, 0, MANAGER, NOW)
    with pytest.raises(DBAPIError, match="append_only"), house.database.transaction() as connection:
        connection.execute(text(statement))


def test_own_words_cost_no_statement_of_a_message(
    house: House, room: PostRoom, count_statements: Callable[[], int]
) -> None:
    def cost() -> int:
        book(house)
        directory.clinic(house.database)
        before = count_statements()
        drain(room)
        return count_statements() - before

    first, standard = cost(), cost()
    rewording.put_in_force(house, OURS, 0, MANAGER, NOW)
    assert cost() == standard <= first


def test_new_words_plan_no_message_anew(house: House) -> None:
    book(house, reminded=True)
    before = outbox_of(house)
    rewording.put_in_force(house, OURS, 0, MANAGER, NOW)
    assert outbox_of(house) == before
    assert not replanning.is_under_way(house, NOW)
