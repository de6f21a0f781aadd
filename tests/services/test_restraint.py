"""Nobody takes everything: times kept and links asked for are counted by address and by contact, on both engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text

from scheduler.domain.actor import Actor, Role
from scheduler.domain.allowance import HOLDS_OF_ADDRESS, LINKS_OF_ADDRESS, LINKS_OF_CONTACT
from scheduler.domain.booking import Hold
from scheduler.domain.errors import TooManyHolds
from scheduler.persistence.accounts import AttemptRow
from scheduler.persistence.outbox import OutboxRow
from scheduler.services import booking, holding, private_links, slot_search
from scheduler.services.house import House
from tests.engines import CLERK, NOW, SOMEBODY, a_patient, a_request, query

ELSEWHERE = Actor(frozenset({Role.ANYONE}), request_id="test", address="198.51.100.1")
FAR = query(end=NOW + timedelta(days=60))


@pytest.fixture
def strict(house: House) -> House:
    """A clinic that counts."""
    return replace(house, has_limits=True)


def starts(house: House, number: int) -> list[datetime]:
    """So many free times, far enough from each other that each can be kept."""
    free = [slot.start for slot in slot_search.find(house, FAR, NOW) if not slot.start.minute]
    return free[: 2 * number : 2]


def keep(house: House, start: datetime, actor: Actor = SOMEBODY, now: datetime = NOW, **more: str) -> Hold:
    return holding.hold(house, FAR, start, actor, now, **more)


def test_one_address_keeps_so_many_times_in_an_hour_and_is_told_when_it_may_again(strict: House) -> None:
    *first, last = starts(strict, HOLDS_OF_ADDRESS.most + 1)
    for start in first:
        keep(strict, start)
    with pytest.raises(TooManyHolds) as refusal:
        keep(strict, last)
    assert refusal.value.wait == HOLDS_OF_ADDRESS.window
    assert slot_search.explain(strict, FAR, last, NOW) is None
    keep(strict, last, ELSEWHERE)
    with strict.database.reading() as connection:
        kept = connection.execute(text("SELECT count(*) FROM hold")).scalar_one()
    assert kept == HOLDS_OF_ADDRESS.most + 1
    keep(strict, starts(strict, 1)[0], now=NOW + refusal.value.wait)


def test_choosing_again_and_again_is_no_new_time_and_the_desk_is_not_counted(strict: House) -> None:
    times = starts(strict, HOLDS_OF_ADDRESS.most + 2)
    kept = keep(strict, times[0])
    for start in times[1:]:
        kept = keep(strict, start, instead_of=kept.id)
    for start in times[:-1]:
        keep(strict, start, CLERK)


def test_a_made_up_time_to_give_back_does_not_help(strict: House) -> None:
    *first, last = starts(strict, HOLDS_OF_ADDRESS.most + 1)
    for start in first:
        keep(strict, start, instead_of="nothing")
    with pytest.raises(TooManyHolds):
        keep(strict, last, instead_of="nothing")


def test_all_at_once_are_counted_one_by_one(strict: House) -> None:
    """The last of the allowance goes to one, however many ask at the same moment."""
    times = starts(strict, HOLDS_OF_ADDRESS.most + 5)
    for start in times[: HOLDS_OF_ADDRESS.most - 1]:
        keep(strict, start)

    def attempt(start: datetime) -> bool:
        try:
            keep(strict, start)
        except TooManyHolds:
            return False
        return True

    with ThreadPoolExecutor(6) as people:
        outcomes = list(people.map(attempt, times[HOLDS_OF_ADDRESS.most - 1 :]))
    assert outcomes.count(True) == 1


def links_owed(house: House) -> int:
    with house.database.reading() as connection:
        return len(connection.execute(select(OutboxRow.id).where(OutboxRow.kind == "links")).all())


def test_one_contact_gets_so_many_links_a_day_from_wherever_they_are_asked(strict: House) -> None:
    patient = a_patient()
    start = starts(strict, 200)[-1]
    booking.book(strict, a_request(strict, patient=patient, start=start), SOMEBODY, NOW)
    for number in range(LINKS_OF_CONTACT.most + 3):
        actor = replace(SOMEBODY, address=f"198.51.100.{number}")
        private_links.send_again(strict, actor, NOW + number * timedelta(minutes=11), email=patient.email)
    assert links_owed(strict) == LINKS_OF_CONTACT.most
    private_links.send_again(strict, SOMEBODY, NOW + timedelta(hours=27), email=patient.email)
    assert links_owed(strict) == LINKS_OF_CONTACT.most + 1


def test_one_address_cannot_ask_for_everybody(strict: House) -> None:
    patient = a_patient()
    booking.book(strict, a_request(strict, patient=patient), SOMEBODY, NOW)
    for number in range(LINKS_OF_ADDRESS.most):
        private_links.send_again(strict, SOMEBODY, NOW, email=f"nobody{number}@example.com")
    private_links.send_again(strict, SOMEBODY, NOW, phone=patient.phone)
    assert links_owed(strict) == 0
    private_links.send_again(strict, ELSEWHERE, NOW, phone=patient.phone)
    assert links_owed(strict) == 1


def test_the_counts_name_nobody_and_a_clinic_without_limits_keeps_none(strict: House, house: House) -> None:
    private_links.send_again(house, SOMEBODY, NOW, email="ana@example.com")
    keep(house, starts(house, 1)[0])
    with house.database.reading() as connection:
        assert connection.execute(select(AttemptRow.count)).all() == []
    private_links.send_again(strict, SOMEBODY, NOW, email="ana@example.com")
    with house.database.reading() as connection:
        rows = connection.execute(select(AttemptRow.scope, AttemptRow.key_hash)).all()
    assert {row.scope for row in rows} == {LINKS_OF_CONTACT.scope, LINKS_OF_ADDRESS.scope}
    assert all(len(row.key_hash) == 16 and b"ana" not in row.key_hash for row in rows)
