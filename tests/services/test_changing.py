"""Changing a visit: another time, another way, or not at all; the UID and the links stay, the version rises."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.appointment import CancelledBy, Status
from scheduler.domain.booking import MoveRequest
from scheduler.domain.directory import Mode
from scheduler.domain.errors import (
    CutOffPassed,
    InvalidInput,
    MoveRefused,
    PatientBusy,
    SlotTaken,
    StaleVersion,
)
from scheduler.domain.link import LinkPurpose
from scheduler.domain.visit import Visit
from scheduler.persistence import occupancy
from scheduler.persistence.occupancy import OccupancyRow
from scheduler.persistence.outbox import OutboxRow
from scheduler.persistence.worklist import WorklistRow
from scheduler.services import booking, changing, holding, late_change, private_links, slot_search
from scheduler.services.house import House
from tests.engines import CLERK, NOW, OWNER, SOMEBODY, a_patient, a_request, in_texas, query
from tests.post import NEWS


@pytest.fixture
def visit(house: House) -> Iterator[Visit]:
    """A visit in person, some days ahead."""
    start = slot_search.find(house, query(start=NOW + timedelta(days=7)), NOW, limit=1)[0].start
    booked = booking.book(house, a_request(house, start=start), SOMEBODY, NOW).visit
    assert booked is not None
    yield booked


def another_time(house: House, visit: Visit, mode: Mode = Mode.IN_PERSON) -> datetime:
    wish = query(mode, start=visit.appointment.start + timedelta(days=1), moving=visit.appointment.id)
    return slot_search.find(house, wish, NOW, limit=1)[0].start


def spans(house: House, number: int) -> set[tuple[int, int]]:
    with house.database.reading() as connection:
        rows = connection.execute(
            select(OccupancyRow.resource_id, OccupancyRow.starts_at).where(
                OccupancyRow.appointment_id == number
            )
        )
        return {(row.resource_id, row.starts_at) for row in rows}


def messages(house: House) -> list[tuple[str, int, str]]:
    with house.database.reading() as connection:
        rows = connection.execute(
            select(OutboxRow.kind, OutboxRow.sequence, OutboxRow.state)
            .where(OutboxRow.kind.in_(NEWS))
            .order_by(OutboxRow.id)
        )
        return [(row.kind, row.sequence, row.state) for row in rows]


def test_a_moved_visit_keeps_its_uid_and_links_and_rises_one_version(house: House, visit: Visit) -> None:
    links = private_links.of_visit(house, visit.appointment.id)
    start = another_time(house, visit)
    moved = changing.move(house, visit.appointment.id, MoveRequest(start, Mode.IN_PERSON), OWNER, NOW)
    assert moved.appointment.start == start
    assert moved.appointment.uid == visit.appointment.uid
    assert moved.appointment.sequence == visit.appointment.sequence + 1
    assert moved.appointment.changed_at > visit.appointment.changed_at
    assert private_links.of_visit(house, visit.appointment.id) == links
    assert changing.show(house, visit.appointment.id) == moved


def test_the_old_time_is_offered_again_and_the_new_one_is_not(house: House, visit: Visit) -> None:
    old, start = visit.appointment, another_time(house, visit)
    moved = changing.move(house, old.id, MoveRequest(start, Mode.IN_PERSON), OWNER, NOW).appointment
    asked = query(practitioner_id=old.practitioner_id)
    assert slot_search.explain(house, asked, old.start, NOW) is None
    taken = query(practitioner_id=moved.practitioner_id)
    assert slot_search.explain(house, taken, moved.start, NOW) is not None


def test_a_visit_may_move_into_its_own_time(house: House, visit: Visit) -> None:
    old = visit.appointment
    start = old.start + timedelta(minutes=15)
    wish = MoveRequest(start, Mode.IN_PERSON, practitioner_id=old.practitioner_id)
    moved = changing.move(house, old.id, wish, OWNER, NOW).appointment
    assert moved.start == start
    with house.database.reading() as connection:
        assert occupancy.count_overlaps(connection) == 0


def test_a_hold_for_a_move_may_overlap_the_visits_own_time(house: House, visit: Visit) -> None:
    old = visit.appointment
    start = old.start + timedelta(minutes=15)
    asked = query(practitioner_id=old.practitioner_id, moving=old.id)
    hold = holding.hold(house, asked, start, OWNER, NOW)
    with pytest.raises(SlotTaken):
        beside = query(practitioner_id=old.practitioner_id)
        holding.hold(house, beside, old.end, SOMEBODY, NOW)
    wish = MoveRequest(start, Mode.IN_PERSON, practitioner_id=old.practitioner_id, hold_id=hold.id)
    moved = changing.move(house, old.id, wish, OWNER, NOW).appointment
    assert (moved.start, moved.practitioner_id) == (start, old.practitioner_id)
    assert len(spans(house, old.id)) == 3
    assert holding.get(house, hold.id, NOW) is None


def test_the_same_move_twice_is_one_move(house: House, visit: Visit) -> None:
    wish = MoveRequest(another_time(house, visit), Mode.IN_PERSON)
    first = changing.move(house, visit.appointment.id, wish, OWNER, NOW)
    second = changing.move(house, visit.appointment.id, wish, OWNER, NOW)
    assert first == second
    assert [kind for kind, _, _ in messages(house)] == ["confirmation", "moved"]


def test_a_move_silences_what_is_unsent_and_owes_the_news(house: House, visit: Visit) -> None:
    changing.move(
        house, visit.appointment.id, MoveRequest(another_time(house, visit), Mode.IN_PERSON), OWNER, NOW
    )
    assert messages(house) == [("confirmation", 0, "cancelled"), ("moved", 1, "pending")]


def test_the_clinics_move_is_told_as_the_clinics(house: House, visit: Visit) -> None:
    changing.move(
        house, visit.appointment.id, MoveRequest(another_time(house, visit), Mode.IN_PERSON), CLERK, NOW
    )
    assert messages(house)[-1][0] == "moved-by-clinic"


def test_two_people_moving_from_one_version_cannot_both_win(house: House, visit: Visit) -> None:
    first = another_time(house, visit)
    changing.move(house, visit.appointment.id, MoveRequest(first, Mode.IN_PERSON, seen=0), CLERK, NOW)
    with pytest.raises(StaleVersion):
        later = MoveRequest(first + timedelta(days=1), Mode.IN_PERSON, seen=0)
        changing.move(house, visit.appointment.id, later, CLERK, NOW)


def test_a_taken_time_leaves_the_visit_where_it_was(house: House, visit: Visit) -> None:
    other = booking.book(house, a_request(house, start=another_time(house, visit)), SOMEBODY, NOW).visit
    assert other is not None
    wish = MoveRequest(
        other.appointment.start, Mode.IN_PERSON, practitioner_id=other.appointment.practitioner_id
    )
    with pytest.raises(SlotTaken) as refusal:
        changing.move(house, visit.appointment.id, wish, OWNER, NOW)
    assert len(refusal.value.alternatives) == 3
    assert changing.show(house, visit.appointment.id) == visit
    assert len(spans(house, visit.appointment.id)) == 3


def test_switching_to_video_frees_the_room_and_keeps_uid_and_links(house: House, visit: Visit) -> None:
    links = private_links.of_visit(house, visit.appointment.id)
    start = another_time(house, visit, mode=Mode.VIRTUAL)
    wish = MoveRequest(start, Mode.VIRTUAL, virtual=in_texas(house))
    switched = changing.move(house, visit.appointment.id, wish, OWNER, NOW)
    assert switched.is_virtual
    assert switched.appointment.uid == visit.appointment.uid
    assert switched.appointment.room_id is None
    assert len(spans(house, visit.appointment.id)) == 2
    assert private_links.of_visit(house, visit.appointment.id)[LinkPurpose.VISIT] == links[LinkPurpose.VISIT]
    assert changing.show(house, visit.appointment.id).virtual == wish.virtual


def test_switching_to_video_asks_where_the_patient_will_be(house: House, visit: Visit) -> None:
    start = another_time(house, visit, mode=Mode.VIRTUAL)
    with pytest.raises(InvalidInput) as refusal:
        changing.move(house, visit.appointment.id, MoveRequest(start, Mode.VIRTUAL), OWNER, NOW)
    assert list(refusal.value.errors) == ["virtual"]


def test_a_cancelled_slot_is_offered_again(house: House, visit: Visit) -> None:
    old = visit.appointment
    changing.cancel(house, old.id, CancelledBy.PATIENT, OWNER, NOW, reason="better")
    assert spans(house, old.id) == set()
    asked = query(practitioner_id=old.practitioner_id)
    assert slot_search.explain(house, asked, old.start, NOW) is None


def test_a_cancelled_visit_stays_with_who_and_why(house: House, visit: Visit) -> None:
    changing.cancel(house, visit.appointment.id, CancelledBy.HELPER, OWNER, NOW, reason="better")
    kept = changing.show(house, visit.appointment.id).appointment
    assert (kept.status, kept.cancelled_by, kept.cancel_reason) == (
        Status.CANCELLED,
        CancelledBy.HELPER,
        "better",
    )
    assert kept.sequence == 1
    assert not kept.cancelled_late


def test_cancelling_twice_is_one_cancellation(house: House, visit: Visit) -> None:
    for _ in range(2):
        changing.cancel(house, visit.appointment.id, CancelledBy.PATIENT, OWNER, NOW)
    assert messages(house) == [("confirmation", 0, "cancelled"), ("cancelled", 1, "pending")]


def test_a_cancelled_visit_does_not_move(house: House, visit: Visit) -> None:
    start = another_time(house, visit)
    changing.cancel(house, visit.appointment.id, CancelledBy.PATIENT, OWNER, NOW)
    with pytest.raises(MoveRefused):
        changing.move(house, visit.appointment.id, MoveRequest(start, Mode.IN_PERSON), OWNER, NOW)


def test_after_the_cut_off_only_the_desk_may_change(house: House, visit: Visit) -> None:
    start, late = another_time(house, visit), visit.change_until
    with pytest.raises(CutOffPassed):
        changing.move(house, visit.appointment.id, MoveRequest(start, Mode.IN_PERSON), OWNER, late)
    with pytest.raises(CutOffPassed):
        changing.cancel(house, visit.appointment.id, CancelledBy.PATIENT, OWNER, late)
    late_change.ask(house, visit.appointment.id, "cancel", "my ride is ill", OWNER, late)
    with house.database.reading() as connection:
        row = connection.execute(select(WorklistRow.kind, WorklistRow.urgency, WorklistRow.sealed)).one()
    assert (row.kind, row.urgency) == ("late-change", "urgent")
    assert b"ride" not in row.sealed
    soon = late + timedelta(seconds=1)
    gone = changing.cancel(house, visit.appointment.id, CancelledBy.DESK, CLERK, soon)
    assert gone.appointment.cancelled_late


def test_one_second_before_the_cut_off_is_in_time(house: House, visit: Visit) -> None:
    moment = visit.change_until - timedelta(seconds=1)
    changing.cancel(house, visit.appointment.id, CancelledBy.PATIENT, OWNER, moment)


def test_a_renewed_link_closes_the_old_one(house: House, visit: Visit) -> None:
    old = private_links.of_visit(house, visit.appointment.id)
    private_links.renew(house, visit.appointment.id, OWNER, NOW)
    new = private_links.of_visit(house, visit.appointment.id)
    assert old.keys() == new.keys()
    assert not set(old.values()) & set(new.values())
    assert messages(house)[-1][0] == "links"


def test_lost_links_are_sent_to_the_address_the_visit_was_booked_with(house: House) -> None:
    patient = a_patient()
    booking.book(house, a_request(house, patient=patient), SOMEBODY, NOW)
    private_links.send_again(house, SOMEBODY, NOW, phone=patient.phone)
    private_links.send_again(house, SOMEBODY, NOW, email="nobody@example.com")
    assert [kind for kind, _, _ in messages(house)] == ["confirmation", "links"]


def test_lost_links_of_past_and_cancelled_visits_are_not_sent(house: House) -> None:
    patient = a_patient()
    visit = booking.book(house, a_request(house, patient=patient), SOMEBODY, NOW).visit
    assert visit is not None
    private_links.send_again(house, SOMEBODY, visit.appointment.end, phone=patient.phone)
    changing.cancel(house, visit.appointment.id, CancelledBy.DESK, CLERK, NOW)
    private_links.send_again(house, SOMEBODY, NOW, phone=patient.phone)
    assert "links" not in [kind for kind, _, _ in messages(house)]


def test_the_same_person_cannot_be_moved_onto_their_other_visit(house: House) -> None:
    patient = a_patient()
    first = booking.book(house, a_request(house, patient=patient), SOMEBODY, NOW).visit
    assert first is not None
    later = another_time(house, first)
    second = booking.book(house, a_request(house, patient=patient, start=later), SOMEBODY, NOW).visit
    assert second is not None
    wish = MoveRequest(first.appointment.start, Mode.IN_PERSON)
    moving = query(moving=second.appointment.id)
    assert slot_search.explain(house, moving, first.appointment.start, NOW) is None
    with pytest.raises(PatientBusy):
        changing.move(house, second.appointment.id, wish, OWNER, NOW)
    assert second == changing.show(house, second.appointment.id)
