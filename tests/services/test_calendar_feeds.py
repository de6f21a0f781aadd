"""A feed shows its owner's visits and no other, at a cost that does not grow, until its address is closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.domain.actor import SYSTEM, Actor, Role
from scheduler.domain.appointment import CancelledBy, Status
from scheduler.domain.directory import Mode
from scheduler.domain.errors import InvalidInput, NotFound, NotPermitted
from scheduler.domain.hand_over import Circuit
from scheduler.domain.link import Link, LinkPurpose
from scheduler.persistence import links
from scheduler.services import (
    booking,
    calendar_feeds,
    changing,
    delivery,
    loading,
    private_links,
    slot_search,
)
from scheduler.services.calendar_feeds import Found, Whose
from scheduler.services.house import House
from scheduler.services.post_room import PostRoom
from tests.engines import MANAGER, NOW, OWNER, SOMEBODY, a_patient, a_request, query
from tests.post import BASE_URL, Tray, book, without_reminders


def open_with(house: House, secret: str) -> Link:
    return private_links.find(house, secret, [LinkPurpose.FEED, LinkPurpose.CALENDAR], NOW)


def shown(house: House, link: Link, **later: float) -> Found:
    return calendar_feeds.read(house, link, BASE_URL, NOW + timedelta(**later))


def numbers(found: Found) -> set[int]:
    return {visit.number for visit in found.visits}


def feed_of(house: House, whose: Whose) -> Link:
    calendar_feeds.open_feed(house, whose, MANAGER, NOW)
    return open_with(house, calendar_feeds.of_staff(house)[whose][0])


def feed_for_patient(house: House, number: int) -> Link:
    """The link that the mail brings."""
    calendar_feeds.send_feed(house, number, OWNER, NOW)
    with house.database.reading() as connection:
        secret = links.secret_for(connection, house.vault, number, LinkPurpose.FEED)
    assert secret is not None
    return open_with(house, secret)


class TestStaff:
    """Clinicians and rooms."""

    def test_a_clinicians_feed_shows_their_visits_alone(self, house: House) -> None:
        first = book(house)
        second = book(house)
        who = first.practitioner.id
        found = shown(house, feed_of(house, Whose("practitioner", who)))
        mine = {visit.appointment.id for visit in (first, second) if visit.practitioner.id == who}
        assert numbers(found) == mine
        assert all(not visit.links.manage and not visit.links.join for visit in found.visits)

    def test_a_rooms_feed_shows_what_happens_in_it(self, house: House) -> None:
        visit, virtual = book(house), book(house, Mode.VIRTUAL)
        assert visit.room is not None
        found = shown(house, feed_of(house, Whose("room", visit.room.id)))
        assert numbers(found) == {visit.appointment.id}
        assert virtual.appointment.id not in numbers(found)

    def test_an_empty_feed_still_knows_the_clinic(self, house: House) -> None:
        with house.database.reading() as connection:
            room = house.clinic(connection).rooms[-1]
        found = shown(house, feed_of(house, Whose("room", room.id)))
        assert found.visits == []
        assert found.clinic.organization.name

    def test_a_new_address_ends_the_old_one(self, house: House) -> None:
        whose = Whose("practitioner", book(house).practitioner.id)
        calendar_feeds.open_feed(house, whose, MANAGER, NOW)
        old = calendar_feeds.of_staff(house)[whose][0]
        calendar_feeds.open_feed(house, whose, MANAGER, NOW)
        new = calendar_feeds.of_staff(house)[whose][0]
        assert old != new
        assert open_with(house, new).practitioner_id == whose.number
        with pytest.raises(NotFound):
            open_with(house, old)

    def test_a_closed_feed_opens_nothing(self, house: House) -> None:
        whose = Whose("practitioner", book(house).practitioner.id)
        calendar_feeds.open_feed(house, whose, MANAGER, NOW)
        secret = calendar_feeds.of_staff(house)[whose][0]
        calendar_feeds.close_feed(house, whose, MANAGER, NOW)
        assert whose not in calendar_feeds.of_staff(house)
        with pytest.raises(NotFound):
            open_with(house, secret)

    def test_a_clinician_opens_their_own_feed_and_no_other(self, house: House) -> None:
        with house.database.reading() as connection:
            first, second, *_ = house.clinic(connection).practitioners
        me = Actor(frozenset({Role.CLINICIAN}), id="3", practitioner_id=first.id)
        calendar_feeds.open_feed(house, Whose("practitioner", first.id), me, NOW)
        for other in (Whose("practitioner", second.id), Whose("room", 1)):
            with pytest.raises((NotPermitted, NotFound)):
                calendar_feeds.open_feed(house, other, me, NOW)
        desk = Actor(frozenset({Role.DESK}), id="4")
        with pytest.raises(NotPermitted):
            calendar_feeds.open_feed(house, Whose("practitioner", first.id), desk, NOW)

    def test_only_the_hash_of_the_secret_is_kept(
        self, house: House, tables_of: Callable[[str], list[tuple[object, ...]]]
    ) -> None:
        whose = Whose("practitioner", book(house).practitioner.id)
        calendar_feeds.open_feed(house, whose, MANAGER, NOW)
        secret = calendar_feeds.of_staff(house)[whose][0]
        assert len(secret) == 43
        assert secret not in str(tables_of("link"))


class TestPatients:
    """The visits that were booked for one person with one e-mail, for whoever reads that mailbox."""

    def test_it_shows_every_visit_booked_with_that_e_mail(self, house: House) -> None:
        patient = a_patient()
        first, second = book(house, patient=patient), book(house, days=9, patient=patient)
        book(house)
        found = shown(house, feed_for_patient(house, first.appointment.id))
        assert numbers(found) == {first.appointment.id, second.appointment.id}
        assert all(visit.links.manage.startswith(f"{BASE_URL}/my/") for visit in found.visits)
        assert all(visit.links.join.startswith(f"{BASE_URL}/visit/") for visit in found.visits)

    def test_who_books_under_anothers_name_learns_nothing_of_their_visits(self, house: House) -> None:
        patient = a_patient()
        book(house, patient=patient)
        stranger = replace(patient, email="stranger@example.com", phone="+19155550177")
        theirs = book(house, days=9, patient=stranger)
        found = shown(house, feed_for_patient(house, theirs.appointment.id))
        assert numbers(found) == {theirs.appointment.id}

    def test_a_person_of_another_name_at_the_same_mailbox_has_a_feed_of_their_own(self, house: House) -> None:
        first = book(house, patient=a_patient(email="home@example.com"))
        second = book(house, days=9, patient=a_patient(email="home@example.com"))
        assert numbers(shown(house, feed_for_patient(house, first.appointment.id))) == {first.appointment.id}
        assert numbers(shown(house, feed_for_patient(house, second.appointment.id))) == {
            second.appointment.id
        }

    def test_the_calendar_link_of_a_visit_shows_that_visit_alone(self, house: House) -> None:
        patient = a_patient()
        first = book(house, patient=patient)
        book(house, days=9, patient=patient)
        secret = private_links.of_visit(house, first.appointment.id)[LinkPurpose.CALENDAR]
        assert numbers(shown(house, open_with(house, secret))) == {first.appointment.id}

    def test_a_second_address_ends_the_first_whichever_visit_it_was_asked_from(self, house: House) -> None:
        patient = a_patient()
        first, second = book(house, patient=patient), book(house, days=9, patient=patient)
        feed_for_patient(house, first.appointment.id)
        feed_for_patient(house, second.appointment.id)
        with house.database.reading() as connection:
            assert links.secret_for(connection, house.vault, first.appointment.id, LinkPurpose.FEED) is None

    def test_closing_a_visits_links_closes_the_feed_made_from_it(self, house: House) -> None:
        visit = book(house)
        feed_for_patient(house, visit.appointment.id)
        private_links.renew(house, visit.appointment.id, OWNER, NOW)
        with house.database.reading() as connection:
            assert links.secret_for(connection, house.vault, visit.appointment.id, LinkPurpose.FEED) is None

    def test_the_address_goes_out_by_mail_and_to_the_patient_alone(
        self, house: House, room: PostRoom, tray: Tray
    ) -> None:
        visit = book(house)
        delivery.drain(room, Circuit())
        calendar_feeds.send_feed(house, visit.appointment.id, OWNER, NOW)
        delivery.drain(room, Circuit())
        with house.database.reading() as connection:
            secret = links.secret_for(connection, house.vault, visit.appointment.id, LinkPurpose.FEED)
        recipient, message = tray.posted[-1]
        assert recipient == visit.patient.email
        assert f"{BASE_URL}/ics/{secret}/feed.ics".encode() in message.replace(b"=\r\n", b"")
        assert secret is not None
        assert secret.encode() not in b"".join(mail for _, mail in tray.posted[:-1])

    def test_without_an_e_mail_there_is_nobody_to_send_it_to(self, house: House) -> None:
        visit = book(house, patient=a_patient(email="", remind_by=()))
        with pytest.raises(InvalidInput):
            calendar_feeds.send_feed(house, visit.appointment.id, OWNER, NOW)


class TestTime:
    """What is over leaves, but not before every calendar has heard of it."""

    def test_a_cancelled_visit_stays_thirty_days(self, house: House) -> None:
        visit = book(house)
        whose = Whose("practitioner", visit.practitioner.id)
        link = feed_of(house, whose)
        changing.cancel(house, visit.appointment.id, CancelledBy.DESK, SYSTEM, NOW)
        for days in (0, 15, 30):
            (kept,) = shown(house, link, days=days).visits
            assert (kept.status, kept.sequence) == (Status.CANCELLED, 1)
        assert shown(house, link, days=31).visits == []

    def test_a_visit_that_is_over_stays_for_a_season(self, house: House) -> None:
        visit = book(house)
        link = feed_of(house, Whose("practitioner", visit.practitioner.id))
        assert len(shown(house, link, days=98).visits) == 1
        assert shown(house, link, days=101).visits == []

    def test_a_feed_remembers_since_when_it_gives_what_it_gives(self, house: House) -> None:
        link = feed_of(house, Whose("practitioner", book(house).practitioner.id))
        assert calendar_feeds.since(house, link, "a", NOW) == NOW
        again = open_with(
            house, calendar_feeds.of_staff(house)[Whose("practitioner", link.practitioner_id or 0)][0]
        )
        later = NOW + timedelta(hours=1)
        assert calendar_feeds.since(house, again, "a", later) == NOW
        assert calendar_feeds.since(house, again, "b", later) == later


@pytest.mark.parametrize("visits", [3, 1000])
def test_a_feed_of_any_length_is_one_statement(
    house: House, count_statements: Callable[[], int], visits: int
) -> None:
    loading.load(house, 1, visits, SYSTEM, NOW, lambda _: None)
    with house.database.reading() as connection:
        hired = house.clinic(connection).practitioners[-1]
    link = feed_of(house, Whose("practitioner", hired.id))
    before = count_statements()
    found = shown(house, link)
    assert count_statements() - before == 1
    assert len(found.visits) >= min(visits, 3)


def test_a_patients_feed_is_one_statement_links_and_all(
    house: House, count_statements: Callable[[], int]
) -> None:
    without_reminders(house)
    patient = a_patient()
    asked = query(start=NOW + timedelta(days=3), end=NOW + timedelta(days=15))
    for slot in slot_search.find(house, asked, NOW)[:40:8]:
        booking.book(house, a_request(house, start=slot.start, patient=patient), SOMEBODY, NOW)
    visit = book(house, days=9, patient=patient)
    link = feed_for_patient(house, visit.appointment.id)
    before = count_statements()
    found = shown(house, link)
    assert count_statements() - before == 1
    assert len(found.visits) == 6
