"""Chores throw away what is over and nothing else."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from scheduler.domain.actor import SYSTEM
from scheduler.domain.worklist import End
from scheduler.persistence import inbox, visit_signals, worklist
from scheduler.persistence.inbox import InboundMailRow
from scheduler.services import holding, housekeeping, slot_search
from scheduler.services.house import House
from scheduler.services.housekeeping import BEATS_KEPT, NOTES_KEPT
from tests.engines import NOW, SOMEBODY, query
from tests.post import book
from tests.video_rooms import a_visit_soon


def test_a_time_is_given_back_when_its_while_is_over_and_not_before(house: House) -> None:
    anybody = slot_search.find(house, query(), NOW, limit=1)[0]
    wish, start = query(practitioner_id=anybody.practitioner_id), anybody.start
    hold = holding.hold(house, wish, start, SOMEBODY, NOW)
    assert housekeeping.tidy(house, hold.expires_at - timedelta(seconds=1)).holds == 0
    assert slot_search.find(house, wish, NOW, limit=1)[0].start != start
    assert housekeeping.tidy(house, hold.expires_at).holds == 1
    assert slot_search.find(house, wish, NOW, limit=1)[0].start == start


def test_workers_that_are_long_gone_are_forgotten(house: House) -> None:
    housekeeping.beat(house, "old", started_at=NOW, now=NOW - BEATS_KEPT - timedelta(seconds=1))
    housekeeping.beat(house, "new", started_at=NOW, now=NOW)
    assert housekeeping.tidy(house, NOW).beats == 1
    assert housekeeping.tidy(house, NOW).beats == 0


def test_notes_of_a_call_that_nobody_ended_go_before_the_day_is_over(house: House) -> None:
    soon = a_visit_soon(house, NOW)
    with house.database.transaction() as connection:
        visit_signals.keep(connection, house.vault, soon.number, "a" * 32, [("c" * 32, {"sdp": "x"})], NOW)
    assert housekeeping.tidy(house, NOW + NOTES_KEPT).notes == 0
    assert housekeeping.tidy(house, NOW + NOTES_KEPT + timedelta(seconds=1)).notes == 1


class TestMails:
    """The record of mails is a log: it is forgotten like one, but for what must still be known."""

    def mail(self, house: House, name: str, days: int, **facts: object) -> None:
        with house.database.transaction() as connection:
            number = inbox.add(connection, name, None, NOW - timedelta(days=days))
            assert number
            inbox.conclude(connection, number, "dropped", "automatic", **facts)  # type: ignore[arg-type]

    def left(self, house: House) -> list[str]:
        with house.database.reading() as connection:
            return list(connection.scalars(select(InboundMailRow.message_id).order_by(InboundMailRow.id)))

    def test_that_a_mail_came_is_forgotten_after_a_season(self, house: House) -> None:
        self.mail(house, "old", 91)
        self.mail(house, "new", 89)
        assert housekeeping.forget_mails(house, NOW) == 1
        assert self.left(house) == ["new"]
        assert housekeeping.forget_mails(house, NOW) == 0

    def test_what_a_person_must_still_read_stays(self, house: House) -> None:
        self.mail(house, "unread", 200, sealed=b"sealed")
        assert housekeeping.forget_mails(house, NOW) == 0
        with house.database.transaction() as connection:
            assert inbox.handle(connection, 1, NOW)
        assert housekeeping.forget_mails(house, NOW) == 1

    def test_what_the_desk_has_nothing_to_do_with_any_more_goes_unread(self, house: House) -> None:
        with house.database.transaction() as connection:
            item = worklist.add(
                connection, house.vault, "answered-invite", {}, urgency="normal", language="en", now=NOW
            )
        self.mail(house, "answered", 200, sealed=b"sealed", worklist_id=item)
        assert housekeeping.forget_mails(house, NOW) == 0
        with house.database.transaction() as connection:
            worklist.finish(connection, house.vault, item, End.SETTLED, SYSTEM, NOW)
        assert housekeeping.forget_mails(house, NOW) == 1

    def test_an_answer_is_known_again_as_long_as_its_visit_is_ahead(self, house: House) -> None:
        visit = book(house)
        self.mail(house, "answer", 200, appointment_id=visit.appointment.id)
        assert housekeeping.forget_mails(house, NOW) == 0
        assert housekeeping.forget_mails(house, visit.appointment.end + timedelta(days=91)) == 1


def test_tidying_twice_changes_nothing_more(house: House) -> None:
    housekeeping.tidy(house, NOW)
    assert housekeeping.tidy(house, NOW) == housekeeping.Tidied(0, 0, 0, 0, 0, 0)
