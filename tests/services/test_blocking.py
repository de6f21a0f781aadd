"""A block takes what is free, shows whom it concerns before it is made, asks them if told to, and can be given back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.actor import SYSTEM, Actor, Role
from scheduler.domain.appointment import CancelledBy
from scheduler.domain.block import Block, BlockKind, Rhythm
from scheduler.domain.errors import CannotSend, NotFound, NotPermitted, StaleVersion
from scheduler.domain.person import RemindBy
from scheduler.domain.stranding import StrandsVisits
from scheduler.domain.visit import Visit
from scheduler.domain.worklist import Act, State, Step, Wanted
from scheduler.persistence import occupancy
from scheduler.persistence.outbox import OutboxRow
from scheduler.services import blocking, changing, slot_search, staffing, todo, ways_out
from scheduler.services.house import House
from tests.engines import NOW, a_patient, query
from tests.post import PATIENT, book, move
from tests.services.test_todo import employ


@pytest.fixture
def ruth(house: House) -> Actor:
    return employ(house, "ruth")


@pytest.fixture
def visit(house: House) -> Visit:
    return book(house)


def day_of(visit: Visit, **changes: object) -> Block:
    """The whole day of a visit, for its clinician."""
    day = visit.appointment.start.astimezone(visit.location.tz).date()
    return replace(Block((visit.practitioner.id,), BlockKind.AWAY, day), **changes)  # type: ignore[arg-type]


def strand(house: House, visit: Visit, actor: Actor, **changes: bool) -> None:
    """Block the day of a visit, having seen it."""
    with pytest.raises(StrandsVisits) as refusal:
        blocking.add(house, day_of(visit), actor, NOW)
    blocking.add(house, day_of(visit), actor, NOW, refusal.value.mark, **changes)


def offered_on(house: House, practitioner_id: int, day: date) -> int:
    """How many times of a clinician are offered on a day."""
    asked = query(practitioner_id=practitioner_id, start=NOW, end=NOW + timedelta(days=21))
    found = slot_search.find(house, asked, NOW)
    return sum(1 for slot in found if (slot.start - timedelta(hours=6)).date() == day)


def owed(house: House, kind: str = "choose-time") -> list[str]:
    """The channels of the messages of a kind."""
    with house.database.reading() as connection:
        question = select(OutboxRow.channel).where(OutboxRow.kind == kind).order_by(OutboxRow.id)
        return list(connection.scalars(question))


def test_nothing_is_offered_in_a_block_and_all_is_again_when_it_is_given_back(
    house: House, ruth: Actor, visit: Visit
) -> None:
    block = day_of(visit, first=day_of(visit).first + timedelta(days=7))
    before = offered_on(house, visit.practitioner.id, block.first)
    assert before
    made = blocking.add(house, block, ruth, NOW)
    assert offered_on(house, visit.practitioner.id, block.first) == 0
    assert blocking.remove(house, made.series, ruth, NOW) == 1
    assert offered_on(house, visit.practitioner.id, block.first) == before


def test_a_series_is_one_line_and_one_piece_of_it_can_be_given_back(
    house: House, ruth: Actor, visit: Visit
) -> None:
    first = day_of(visit).first + timedelta(days=1)
    noon = Block(
        (visit.practitioner.id,), BlockKind.LUNCH, first, 720, 721, Rhythm.WEEKLY, count=4, note="team"
    )
    made = blocking.add(house, noon, ruth, NOW)
    (series,) = blocking.upcoming(house, ruth, NOW)
    assert (series.id, len(series.pieces), series.next.kind) == (made.series, 4, "lunch")
    assert blocking.remove(house, made.series, ruth, NOW, series.next.id) == 1
    (series,) = blocking.upcoming(house, ruth, NOW)
    assert len(series.pieces) == 3
    assert blocking.remove(house, made.series, ruth, series.pieces[1].start) == 2
    with pytest.raises(NotFound):
        blocking.remove(house, made.series, ruth, series.pieces[2].end)


def test_a_block_over_a_visit_is_shown_first_and_changes_nothing(
    house: House, ruth: Actor, visit: Visit
) -> None:
    with pytest.raises(StrandsVisits) as refusal:
        blocking.add(house, day_of(visit), ruth, NOW)
    assert [found.id for found in refusal.value.visits] == [visit.appointment.id]
    assert blocking.upcoming(house, ruth, NOW) == []
    (seen,) = blocking.visits_of(house, refusal.value.visits, ruth, NOW)
    assert seen.patient.name == visit.patient.name


def test_a_stranded_visit_waits_on_the_list_until_it_moves(house: House, ruth: Actor, visit: Visit) -> None:
    strand(house, visit, ruth)
    (task,) = todo.look(house, Wanted(), ruth, NOW).tasks
    assert (task.item.kind, task.item.moves_on, owed(house)) == ("stranded", True, [])
    move(house, visit, PATIENT, days=2)
    assert todo.look(house, Wanted(), ruth, NOW).tasks == ()
    (done,) = todo.look(house, Wanted(State.DONE), ruth, NOW).tasks
    assert (done.item.outcome, done.history[-1].actor_kind) == ("settled", "patient")
    with house.database.reading() as connection:
        assert occupancy.count_overlaps(connection) == 0


def test_a_cancelled_visit_is_off_the_list_as_well(house: House, ruth: Actor, visit: Visit) -> None:
    strand(house, visit, ruth)
    changing.cancel(house, visit.appointment.id, CancelledBy.DESK, ruth, NOW)
    assert todo.count(house, NOW).waiting == 0


def test_patients_are_asked_at_once_when_the_desk_says_so(house: House, ruth: Actor, visit: Visit) -> None:
    strand(house, visit, ruth, ask_patients=True)
    assert owed(house) == ["email"]
    assert todo.count(house, NOW).waiting == 0
    (task,) = todo.look(house, Wanted(State.SNOOZED), ruth, NOW).tasks
    assert task.history[-1].step is Step.OFFERED
    assert todo.count(house, NOW + timedelta(days=1)).waiting == 1


@pytest.mark.parametrize(
    ("step", "remind_by", "email", "ways"),
    [
        (Step.OFFERED, (RemindBy.EMAIL,), "ana@example.com", ["email"]),
        (Step.OFFERED, (RemindBy.SMS,), "ana@example.com", ["email", "sms"]),
        (Step.OFFERED, (RemindBy.PHONE,), None, ["phone"]),
        (Step.TO_CALLS, (RemindBy.EMAIL,), "ana@example.com", ["phone"]),
    ],
)
def test_each_is_asked_in_the_way_they_can_be_reached(
    house: House, ruth: Actor, step: Step, remind_by: tuple[RemindBy, ...], email: str | None, ways: list[str]
) -> None:
    visit = book(house, patient=a_patient(remind_by=remind_by, email=email))
    strand(house, visit, ruth)
    (task,) = todo.look(house, Wanted(), ruth, NOW).tasks
    for _ in range(2):
        ways_out.take(house, task.item.id, 0, step, ruth, NOW)
    assert owed(house) == ways


def test_whoever_comes_second_is_told(house: House, ruth: Actor, visit: Visit) -> None:
    strand(house, visit, ruth)
    (task,) = todo.look(house, Wanted(), ruth, NOW).tasks
    todo.act(house, task.item.id, 0, Act(Step.CLAIM), employ(house, "otto"), NOW)
    with pytest.raises(StaleVersion):
        ways_out.take(house, task.item.id, 0, Step.OFFERED, ruth, NOW)


def test_nobody_is_asked_about_a_visit_that_is_over(house: House, ruth: Actor, visit: Visit) -> None:
    strand(house, visit, ruth)
    (task,) = todo.look(house, Wanted(), ruth, NOW).tasks
    with pytest.raises(CannotSend):
        ways_out.take(house, task.item.id, 0, Step.OFFERED, ruth, visit.appointment.end)


def test_a_clinician_blocks_their_own_time_and_nobody_elses(house: House, visit: Visit) -> None:
    own = visit.practitioner.id
    account = staffing.create_user(
        house.database,
        email="doc@example.com",
        name="doc",
        roles=["clinician"],
        password="correct horse battery",
        now=NOW,
        actor=SYSTEM,
        practitioner_id=own,
    )
    doctor = Actor(frozenset({Role.CLINICIAN}), id=str(account))
    other = next(number for number in _practitioners(house) if number != own)
    day = date(2026, 11, 17)
    made = blocking.add(house, Block((own,), BlockKind.AWAY, day), doctor, NOW)
    foreign = blocking.add(house, Block((other,), BlockKind.AWAY, day), employ(house, "ruth"), NOW)
    assert [series.id for series in blocking.upcoming(house, doctor, NOW)] == [made.series]
    with pytest.raises(NotPermitted):
        blocking.add(house, Block((other,), BlockKind.AWAY, day), doctor, NOW)
    with pytest.raises(NotPermitted):
        blocking.remove(house, foreign.series, doctor, NOW)


def _practitioners(house: House) -> list[int]:
    with house.database.reading() as connection:
        return [person.id for person in house.clinic(connection).practitioners]


def test_a_year_of_lunches_is_made_in_a_moment(house: House, ruth: Actor, visit: Visit) -> None:
    lunch = Block(
        (visit.practitioner.id,), BlockKind.LUNCH, date(2026, 9, 15), 780, 785, Rhythm.WORKDAYS, count=250
    )
    blocking.add(house, lunch, ruth, NOW)
    (series,) = blocking.upcoming(house, ruth, NOW)
    assert len(series.pieces) == 250
