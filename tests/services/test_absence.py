"""Claims about clinicians who are away."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import text

from scheduler.domain.absence import Absence
from scheduler.domain.appointment import CancelledBy
from scheduler.domain.availability import Reason
from scheduler.domain.booking import MoveRequest
from scheduler.domain.errors import InvalidInput, NotFound, NotOffered
from scheduler.domain.stranding import StrandsVisits, mark_of
from scheduler.domain.visit import Visit
from scheduler.persistence import occupancy
from scheduler.services import absence, booking, changing, holding, slot_search
from scheduler.services.house import House
from tests.engines import CLERK, MANAGER, NOW, SOMEBODY, a_request, query

WEEK = timedelta(days=7)


@pytest.fixture
def visit(house: House) -> Visit:
    """The soonest visit in person."""
    booked = booking.book(house, a_request(house), SOMEBODY, NOW).visit
    assert booked is not None
    return booked


def away_around(visit: Visit) -> Absence:
    """A week off that the visit lies in."""
    start = visit.appointment.start
    return Absence(0, visit.practitioner.id, start - timedelta(hours=3), start + WEEK, "Conference")


def offered(house: House, visit: Visit) -> list[object]:
    around = query(practitioner_id=visit.practitioner.id, start=NOW, end=visit.appointment.start + WEEK)
    found = slot_search.find(house, around, NOW)
    since = visit.appointment.start - timedelta(hours=3)
    return [slot.start for slot in found if slot.start >= since]


def test_nothing_is_offered_while_a_clinician_is_away(house: House, visit: Visit) -> None:
    assert offered(house, visit)
    absence.add(house, away_around(visit), MANAGER, NOW, confirmed=mark_of([visit.appointment]))
    assert offered(house, visit) == []


def test_an_absence_over_a_visit_lists_it_and_changes_nothing(house: House, visit: Visit) -> None:
    with pytest.raises(StrandsVisits) as refusal:
        absence.add(house, away_around(visit), MANAGER, NOW)
    assert [stranded.id for stranded in refusal.value.visits] == [visit.appointment.id]
    assert absence.upcoming(house, NOW) == []
    assert offered(house, visit)


def test_the_visit_within_stays_and_waits_for_the_desk(house: House, visit: Visit) -> None:
    absence.add(house, away_around(visit), MANAGER, NOW, confirmed=mark_of([visit.appointment]))
    assert changing.show(house, visit.appointment.id).appointment == visit.appointment
    with house.database.reading() as connection:
        waiting = (
            connection.execute(text("SELECT appointment_id FROM worklist WHERE kind = 'stranded'"))
            .scalars()
            .all()
        )
        assert waiting == [visit.appointment.id]
        assert occupancy.count_overlaps(connection) == 0


def test_the_time_of_a_visit_that_is_cancelled_becomes_the_absences(house: House, visit: Visit) -> None:
    absence.add(house, away_around(visit), MANAGER, NOW, confirmed=mark_of([visit.appointment]))
    changing.cancel(house, visit.appointment.id, CancelledBy.DESK, CLERK, NOW)
    assert offered(house, visit) == []


def test_the_time_of_a_visit_that_moves_away_becomes_the_absences(house: House, visit: Visit) -> None:
    absence.add(house, away_around(visit), MANAGER, NOW, confirmed=mark_of([visit.appointment]))
    after = visit.appointment.start + WEEK
    free = slot_search.find(house, query(start=after, end=after + WEEK), NOW, limit=1)[0]
    changing.move(house, visit.appointment.id, MoveRequest(free.start, free.mode), CLERK, NOW)
    assert offered(house, visit) == []


def test_the_explanation_is_that_the_clinician_is_away(house: House, visit: Visit) -> None:
    later = offered(house, visit)[1]
    absence.add(house, away_around(visit), MANAGER, NOW, confirmed=mark_of([visit.appointment]))
    narrow = query(practitioner_id=visit.practitioner.id)
    assert slot_search.explain(house, narrow, later, NOW) is Reason.ABSENT  # type: ignore[arg-type]


def test_back_again_the_times_are_offered_as_before(house: House, visit: Visit) -> None:
    before = offered(house, visit)
    number = absence.add(house, away_around(visit), MANAGER, NOW, confirmed=mark_of([visit.appointment]))
    absence.remove(house, number, MANAGER, NOW)
    assert offered(house, visit) == before


def test_a_time_that_somebody_keeps_is_given_to_the_absence(house: House, visit: Visit) -> None:
    wish = query(practitioner_id=visit.practitioner.id)
    slot = slot_search.find(house, wish, NOW, limit=1)[0]
    holding.hold(house, wish, slot.start, SOMEBODY, NOW)
    absence.add(house, away_around(visit), MANAGER, NOW, confirmed=mark_of([visit.appointment]))
    assert offered(house, visit) == []
    with house.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM hold")).scalar() == 0


def test_a_long_absence_is_taken_in_pieces_without_a_gap(house: House, visit: Visit) -> None:
    start = visit.appointment.end + timedelta(hours=1)
    months = Absence(0, visit.practitioner.id, start, start + timedelta(days=100), "")
    number = absence.add(house, months, MANAGER, NOW)
    with house.database.reading() as connection:
        question = text(
            "SELECT starts_at, ends_at FROM occupancy WHERE absence_id = :number ORDER BY starts_at"
        )
        pieces = connection.execute(question, {"number": number}).all()
    assert pieces[-1][1] - pieces[0][0] == 100 * 86400
    assert all(one[1] == other[0] for one, other in pairwise(pieces))


def test_two_absences_may_overlap(house: House, visit: Visit) -> None:
    start = visit.appointment.end + timedelta(hours=1)
    for days in (3, 5):
        absence.add(
            house, Absence(0, visit.practitioner.id, start, start + timedelta(days=days)), MANAGER, NOW
        )
    assert len(absence.upcoming(house, NOW)) == 2


def test_when_one_of_two_absences_ends_the_other_one_still_stands(house: House, visit: Visit) -> None:
    start = visit.appointment.end + timedelta(hours=1)
    numbers = [
        absence.add(
            house, Absence(0, visit.practitioner.id, start, start + timedelta(days=days)), MANAGER, NOW
        )
        for days in (3, 5)
    ]
    absence.remove(house, numbers[0], MANAGER, NOW)
    asked = query(practitioner_id=visit.practitioner.id, start=start, end=start + timedelta(days=5))
    assert slot_search.find(house, asked, NOW) == ()


def test_an_absence_that_met_a_visits_buffer_has_no_hole_once_the_visit_is_cancelled(
    house: House, visit: Visit
) -> None:
    assert visit.visit_type.buffer_after
    start = visit.appointment.end
    number = absence.add(house, Absence(0, visit.practitioner.id, start, start + WEEK), MANAGER, NOW)
    changing.cancel(house, visit.appointment.id, CancelledBy.DESK, CLERK, NOW)
    with house.database.reading() as connection:
        question = text("SELECT sum(ends_at - starts_at) FROM occupancy WHERE absence_id = :number")
        assert connection.execute(question, {"number": number}).scalar() == WEEK.total_seconds()


def test_a_kept_time_whose_buffer_meets_the_absence_is_given_back(house: House, visit: Visit) -> None:
    wish = query(practitioner_id=visit.practitioner.id)
    kept = holding.hold(house, wish, slot_search.find(house, wish, NOW, limit=1)[0].start, SOMEBODY, NOW)
    absence.add(house, Absence(0, visit.practitioner.id, kept.end, kept.end + WEEK), MANAGER, NOW)
    assert holding.get(house, kept.id, NOW) is None


@pytest.mark.parametrize("how", ["left", "lapsed", "swept", "changed for another"])
def test_a_kept_time_given_back_beside_an_absence_leaves_no_hole(
    house: House, visit: Visit, how: str
) -> None:
    wish = query(practitioner_id=visit.practitioner.id)
    first, *_, other = slot_search.find(house, wish, NOW, limit=9)
    kept = holding.hold(house, wish, first.start, SOMEBODY, NOW)
    start, lapsed = kept.end + timedelta(minutes=visit.visit_type.buffer_after), kept.expires_at
    number = absence.add(house, Absence(0, visit.practitioner.id, start, start + WEEK), MANAGER, NOW)
    assert holding.get(house, kept.id, NOW) == kept
    if how == "left":
        holding.release(house, kept.id)
    elif how == "lapsed":
        assert holding.release_lapsed(house, lapsed) == 1
    elif how == "swept":
        booking.book(house, a_request(house, start=first.start), SOMEBODY, lapsed)
    else:
        with pytest.raises(NotOffered):
            holding.hold(house, wish, other.start, SOMEBODY, NOW, instead_of=kept.id)
    with house.database.reading() as connection:
        question = text("SELECT sum(ends_at - starts_at) FROM occupancy WHERE absence_id = :number")
        assert connection.execute(question, {"number": number}).scalar() == WEEK.total_seconds()


def test_an_absence_ends_after_it_starts_and_within_a_year(house: House, visit: Visit) -> None:
    start = visit.appointment.end
    for end in (start, start + timedelta(days=400)):
        with pytest.raises(InvalidInput):
            absence.add(house, Absence(0, visit.practitioner.id, start, end), MANAGER, NOW)


def test_an_absence_of_nobody_is_refused(house: House, visit: Visit) -> None:
    start = visit.appointment.end
    with pytest.raises(NotFound):
        absence.add(house, Absence(0, 999_999, start, start + WEEK), MANAGER, NOW)
    with pytest.raises(NotFound):
        absence.remove(house, 999_999, MANAGER, NOW)
