"""A time that frees goes to whoever waits: kept while they think, to the first who says yes, and on to the next."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from scheduler.domain.actor import Actor, Role
from scheduler.domain.appointment import CancelledBy, Status
from scheduler.domain.directory import Mode
from scheduler.domain.errors import NotOffered, OfferGone, SlotTaken
from scheduler.domain.link import Link, LinkPurpose
from scheduler.domain.notification import Kind
from scheduler.domain.visit import Visit
from scheduler.domain.waitlist import EntryState, OfferSettings, OfferState, Wish
from scheduler.domain.worklist import Wanted
from scheduler.persistence import links, occupancy, waitlist
from scheduler.persistence.database import database_now
from scheduler.persistence.occupancy import OccupancyRow
from scheduler.persistence.offer_rounds import OfferRow
from scheduler.persistence.outbox import OutboxRow
from scheduler.persistence.waitlist import WaitlistRow
from scheduler.services import booking, changing, offering, taking_up, timed_actions, todo, waiting
from scheduler.services.house import House
from tests.engines import MANAGER, NOW, SOMEBODY, a_patient, a_request
from tests.post import PATIENT, book
from tests.services.test_todo import employ

HOUR = timedelta(hours=1)
SOON = Wish("imaging-review", frozenset({Mode.IN_PERSON}), notice=HOUR)


@pytest.fixture
def freed(house: House) -> Visit:
    """A visit in the coming days that will be given up."""
    return book(house, days=2)


@pytest.fixture
def later(house: House) -> Visit:
    """A visit weeks ahead whose patient wants to come sooner."""
    return waits(house)


def waits(house: House, wish: Wish = SOON) -> Visit:
    visit = book(house, days=12)
    waiting.join(house, visit.appointment.id, wish, PATIENT, NOW)
    return visit


def by_itself(house: House, people: int = 2) -> None:
    waiting.choose_settings(house, OfferSettings(True, people, 60), MANAGER, NOW)


def run_chores(house: House, now: datetime = NOW) -> None:
    """Do what is due at that moment."""
    from_now = now + timedelta(seconds=1)
    with house.database.reading() as connection:
        offset = from_now - database_now(connection)
    timed_actions.carry_out(house, offset)


def cancel(house: House, visit: Visit, now: datetime = NOW) -> None:
    changing.cancel(house, visit.appointment.id, CancelledBy.DESK, employ_once(house), now)
    run_chores(house, now)


def employ_once(house: House) -> Actor:
    return Actor(frozenset({Role.DESK}), id="7", request_id="test", address="192.0.2.9")


def offers(house: House) -> list[tuple[int, str]]:
    """The proposed visits and how their offers stand."""
    with house.database.reading() as connection:
        rows = connection.execute(
            select(OfferRow.appointment_id, OfferRow.state).order_by(OfferRow.appointment_id)
        )
        return [(row.appointment_id, row.state) for row in rows]


def link_of(house: House, proposed: int) -> Link:
    with house.database.reading() as connection:
        secret = links.secret_for(connection, house.vault, proposed, LinkPurpose.OFFER)
        assert secret
        found = links.find(connection, secret, LinkPurpose.OFFER, NOW)
    assert found
    return found


def owed(house: House, kind: Kind) -> list[str]:
    with house.database.reading() as connection:
        question = select(OutboxRow.state).where(OutboxRow.kind == kind.value).order_by(OutboxRow.id)
        return list(connection.scalars(question))


def holds_of(house: House) -> int:
    with house.database.reading() as connection:
        assert occupancy.count_overlaps(connection) == 0
        return connection.execute(
            select(func.count()).select_from(OccupancyRow).where(OccupancyRow.kind == "hold")
        ).scalar_one()


def entry_states(house: House) -> list[str]:
    with house.database.reading() as connection:
        return list(
            connection.scalars(select(WaitlistRow.state).order_by(WaitlistRow.created_at, WaitlistRow.id))
        )


def test_a_time_that_frees_is_offered_and_kept(house: House, freed: Visit, later: Visit) -> None:
    by_itself(house)
    cancel(house, freed)
    ((proposed, state),) = offers(house)
    assert state == "open"
    assert owed(house, Kind.OFFER) == ["pending"]
    assert holds_of(house) == 2
    shown = taking_up.show(house, link_of(house, proposed), NOW)
    assert shown.state is OfferState.OPEN
    assert shown.visit.appointment.start == freed.appointment.start
    assert timedelta(0) <= shown.until - (NOW + HOUR) < timedelta(minutes=1)
    assert shown.instead_of == later.appointment.start
    start = freed.appointment.start
    request = a_request(house, start=start, practitioner_id=freed.practitioner.id, patient=a_patient())
    with pytest.raises((SlotTaken, NotOffered)):
        booking.book(house, request, SOMEBODY, NOW)


def test_whoever_accepts_comes_sooner_with_the_same_visit(house: House, freed: Visit, later: Visit) -> None:
    by_itself(house)
    cancel(house, freed)
    ((proposed, _),) = offers(house)
    for _press in range(2):
        visit = taking_up.accept(house, link_of(house, proposed), PATIENT, NOW)
    assert visit.appointment.id == later.appointment.id
    assert visit.appointment.uid == later.appointment.uid
    assert visit.appointment.start == freed.appointment.start
    assert holds_of(house) == 0
    assert offers(house) == [(proposed, "accepted")]
    assert entry_states(house) == ["served"]
    assert owed(house, Kind.MOVED) == ["pending"]


def test_a_visit_for_tomorrow_may_come_sooner_although_it_can_no_longer_be_changed_online(
    house: House, freed: Visit, later: Visit
) -> None:
    by_itself(house)
    cancel(house, freed)
    ((proposed, _),) = offers(house)
    moment = NOW + timedelta(minutes=30)
    visit = taking_up.accept(house, link_of(house, proposed), PATIENT, moment)
    assert visit.appointment.start == freed.appointment.start


def test_somebody_without_a_visit_gets_one_of_their_own(house: House, freed: Visit) -> None:
    by_itself(house)
    patient = a_patient()
    for _twice in range(2):
        waiting.join_without_visit(house, patient, SOON, SOMEBODY, NOW)
    assert entry_states(house) == ["waiting"]
    cancel(house, freed)
    ((proposed, _),) = offers(house)
    visit = taking_up.accept(house, link_of(house, proposed), PATIENT, NOW)
    assert (visit.appointment.id, visit.appointment.status) == (proposed, Status.BOOKED)
    assert visit.patient.name == patient.name
    assert owed(house, Kind.CONFIRMATION)[-1] == "pending"
    assert holds_of(house) == 0
    assert changing.show(house, proposed).appointment.source == "offer"


def test_of_two_who_accept_at_once_one_has_it_and_the_other_is_told(house: House, freed: Visit) -> None:
    by_itself(house)
    both = [waits(house), waits(house)]
    cancel(house, freed)
    first, second = (proposed for proposed, _ in offers(house))
    outcomes: list[object] = []
    start = threading.Barrier(2)

    def press(proposed: int) -> None:
        link = link_of(house, proposed)
        start.wait()
        try:
            outcomes.append(taking_up.accept(house, link, PATIENT, NOW).appointment.start)
        except OfferGone as gone:
            outcomes.append(type(gone))

    threads = [threading.Thread(target=press, args=(proposed,)) for proposed in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == sorted(map(str, [freed.appointment.start, OfferGone]))
    states = sorted(state for _, state in offers(house))
    assert states == ["accepted", "lost"]
    starts = [changing.show(house, visit.appointment.id).appointment.start for visit in both]
    assert starts.count(freed.appointment.start) == 1
    assert sorted(entry_states(house)) == ["served", "waiting"]
    assert owed(house, Kind.OFFER_GONE) == ["pending"]
    assert holds_of(house) == 0


def test_when_the_time_to_think_is_over_the_next_is_asked(house: House, freed: Visit) -> None:
    by_itself(house, people=1)
    waits(house)
    waits(house)
    cancel(house, freed)
    assert [state for _, state in offers(house)] == ["open"]
    run_chores(house, NOW + 30 * timedelta(minutes=1))
    assert [state for _, state in offers(house)] == ["open"]
    run_chores(house, NOW + HOUR + timedelta(minutes=1))
    assert [state for _, state in offers(house)] == ["expired", "open"]
    late, _ = offers(house)[0]
    with pytest.raises(OfferGone):
        taking_up.accept(house, link_of(house, late), PATIENT, NOW + HOUR + timedelta(minutes=2))
    assert holds_of(house) == 2


def test_an_offer_past_its_time_is_gone_even_before_the_clock_has_seen_it(
    house: House, freed: Visit, later: Visit
) -> None:
    by_itself(house)
    cancel(house, freed)
    ((proposed, _),) = offers(house)
    late = taking_up.show(house, link_of(house, proposed), NOW).until
    with pytest.raises(OfferGone):
        taking_up.accept(house, link_of(house, proposed), PATIENT, late)


def test_a_no_asks_the_next_at_once(house: House, freed: Visit) -> None:
    by_itself(house, people=1)
    waits(house)
    waits(house)
    cancel(house, freed)
    ((proposed, _),) = offers(house)
    taking_up.decline(house, link_of(house, proposed), PATIENT, NOW)
    assert [state for _, state in offers(house)] == ["declined", "open"]
    assert entry_states(house) == ["waiting", "waiting"]


def test_when_nobody_is_left_the_time_is_everybodys_again(house: House, freed: Visit, later: Visit) -> None:
    by_itself(house)
    cancel(house, freed)
    ((proposed, _),) = offers(house)
    taking_up.decline(house, link_of(house, proposed), PATIENT, NOW)
    assert holds_of(house) == 0
    start = freed.appointment.start
    request = a_request(house, start=start, practitioner_id=freed.practitioner.id)
    assert booking.book(house, request, SOMEBODY, NOW).visit


def test_the_desk_is_told_whom_it_suits_where_the_clinic_asks_by_hand(
    house: House, freed: Visit, later: Visit
) -> None:
    ruth = employ(house, "ruth")
    cancel(house, freed)
    assert offers(house) == []
    (task,) = todo.look(house, Wanted(), ruth, NOW).tasks
    assert (task.item.kind, task.item.note["suits"]) == ("time-freed", "1")
    practitioner_id, start, end = task.item.note["freed"].split(":")
    span = (
        int(practitioner_id),
        datetime.fromtimestamp(int(start), NOW.tzinfo),
        datetime.fromtimestamp(int(end), NOW.tzinfo),
    )
    ((candidate, waiter),) = waiting.fitting(house, span, ruth, NOW)
    assert waiter.patient.name == later.patient.name
    offering.offer_by_hand(house, span, [candidate.entry.id], ruth, NOW)
    assert [state for _, state in offers(house)] == ["open"]
    with pytest.raises(OfferGone):
        offering.offer_by_hand(house, span, [candidate.entry.id], ruth, NOW)


def test_nobody_is_bothered_when_nobody_waits(house: House, freed: Visit) -> None:
    cancel(house, freed)
    assert owed(house, Kind.OFFER_TIME) == []


def test_whoever_gives_the_visit_up_waits_no_longer(house: House, later: Visit) -> None:
    changing.cancel(house, later.appointment.id, CancelledBy.PATIENT, employ_once(house), NOW)
    assert entry_states(house) == [EntryState.CLOSED.value]


def test_a_second_wish_takes_the_place_of_the_first(house: House, later: Visit) -> None:
    waiting.join(house, later.appointment.id, SOON, PATIENT, NOW)
    assert sorted(entry_states(house)) == ["closed", "waiting"]
    waiting.leave(house, later.appointment.id, PATIENT, NOW)
    assert waiting.wish_of(house, later.appointment.id) is None


def test_the_time_that_was_left_is_offered_in_turn(house: House, freed: Visit) -> None:
    by_itself(house, people=1)
    middle = book(house, days=6)
    waiting.join(house, middle.appointment.id, SOON, PATIENT, NOW - HOUR)
    waits(house)
    cancel(house, freed)
    ((proposed, _),) = offers(house)
    taking_up.accept(house, link_of(house, proposed), PATIENT, NOW)
    run_chores(house)
    second = offers(house)[1][0]
    assert (
        taking_up.show(house, link_of(house, second), NOW).visit.appointment.start == middle.appointment.start
    )


def test_the_settings_are_the_managers(house: House) -> None:
    with house.database.transaction() as connection:
        assert waitlist.settings(connection) == OfferSettings()
    by_itself(house, 3)
    with house.database.reading() as connection:
        assert waitlist.settings(connection) == OfferSettings(True, 3, 60)
