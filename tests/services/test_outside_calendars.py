"""What a clinician's own calendar says blocks booking, moves no visit, and stays true while the calendar is away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from scheduler.domain.actor import SYSTEM, Actor, Role
from scheduler.domain.appointment import CancelledBy
from scheduler.domain.errors import InvalidInput, NotFound, NotOffered, NotPermitted, SlotLost
from scheduler.domain.interval import Span, epoch, merge
from scheduler.domain.outside_calendar import MOST, OutsideCalendar, Reading, Trouble, Validators
from scheduler.domain.visit import Visit
from scheduler.domain.worklist import Item
from scheduler.persistence import absences, occupancy, schedules, worklist
from scheduler.persistence.occupancy import OccupancyRow
from scheduler.services import (
    absence,
    booking,
    changing,
    holding,
    outside_calendars,
    slot_search,
    timed_actions,
)
from scheduler.services.house import House
from scheduler.services.outside_calendars import CLASH, Job
from tests.engines import CLERK, MANAGER, NOW, SOMEBODY, a_request, query
from tests.post import book, move

ADDRESS = "https://calendar.example.com/private-abc/basic.ics"
TAG = Validators('"1"', "Mon, 14 Sep 2026 10:00:00 GMT")


def add(house: House, practitioner_id: int, address: str = ADDRESS) -> None:
    outside_calendars.add(house, practitioner_id, address, MANAGER, NOW)


def read(house: House, *busy: tuple[datetime, datetime], now: datetime = NOW) -> Job:
    """The next calendar that is due is read, and says this."""
    job = outside_calendars.take(house, now)
    assert job is not None
    spans = tuple(sorted((epoch(start), epoch(end)) for start, end in busy))
    outside_calendars.settle(house, job, Reading(spans, TAG), now)
    return job


def chores(house: House, moment: datetime) -> None:
    """The clinic's own chores are done as of half a minute before a moment: the database's clock runs on."""
    timed_actions.carry_out(house, moment - timedelta(seconds=30) - datetime.now(moment.tzinfo))


def around(visit: Visit, hours: float = 1) -> tuple[datetime, datetime]:
    return visit.appointment.start - timedelta(hours=hours), visit.appointment.end + timedelta(hours=hours)


def only(house: House, practitioner_id: int) -> OutsideCalendar:
    (calendar,) = outside_calendars.of_practitioner(house, practitioner_id)
    return calendar


def taken(house: House, practitioner_id: int) -> list[Span]:
    with house.database.reading() as connection:
        rows = connection.execute(
            select(OccupancyRow.starts_at, OccupancyRow.ends_at)
            .where(OccupancyRow.resource_id == practitioner_id, OccupancyRow.kind == "absence")
            .order_by(OccupancyRow.starts_at)
        )
        return [(row.starts_at, row.ends_at) for row in rows]


def to_do(house: House, visit: Visit) -> list[Item]:
    with house.database.reading() as connection:
        found = worklist.of_visit(connection, house.vault, visit.appointment.id)
    return [item for item in found if item.kind == CLASH]


def free_start(house: House, days: int = 3) -> tuple[datetime, int]:
    slot = slot_search.find(house, query(start=NOW + timedelta(days=days)), NOW, limit=1)[0]
    return slot.start, slot.practitioner_id


class TestBlocking:
    """A busy time is time that cannot be booked."""

    def test_a_busy_time_is_offered_to_nobody_and_a_free_one_again(self, house: House) -> None:
        start, who = free_start(house)
        asked = query(start=start, end=start + timedelta(minutes=1), practitioner_id=who)
        request = a_request(house, start=start, practitioner_id=who)
        add(house, who)
        read(house, (start, start + timedelta(hours=1)))
        assert slot_search.find(house, asked, NOW) == ()
        with pytest.raises(NotOffered):
            booking.book(house, request, SOMEBODY, NOW)
        outside_calendars.look_again(house, only(house, who).id, MANAGER, NOW)
        read(house)
        assert slot_search.find(house, asked, NOW) != ()
        assert taken(house, who) == []

    def test_the_database_itself_refuses_a_visit_over_a_busy_time(self, house: House) -> None:
        start, who = free_start(house)
        add(house, who)
        read(house, (start, start + timedelta(hours=1)))
        taking = occupancy.Taking(who, epoch(start) + 600, epoch(start) + 1200)
        with pytest.raises(SlotLost), house.database.transaction() as connection:
            occupancy.take(connection, [taking], "visit")
        assert len(taken(house, who)) == 1

    def test_a_long_stretch_is_taken_piece_by_piece(self, house: House) -> None:
        start, who = free_start(house)
        add(house, who)
        read(house, (start, start + timedelta(days=10)))
        pieces = taken(house, who)
        assert (pieces[0][0], pieces[-1][1]) == (epoch(start), epoch(start) + 10 * 86400)
        assert len(pieces) == 10

    def test_a_reading_that_says_the_same_changes_nothing(
        self, house: House, tables_of: Callable[[str], list[tuple[object, ...]]]
    ) -> None:
        start, who = free_start(house)
        add(house, who)
        busy = [(start + timedelta(days=day), start + timedelta(days=day, hours=1)) for day in range(5)]
        read(house, *busy)
        before = tables_of("absence"), tables_of("occupancy")
        outside_calendars.look_again(house, only(house, who).id, MANAGER, NOW)
        read(house, *busy)
        assert (tables_of("absence"), tables_of("occupancy")) == before

    def test_a_time_that_somebody_keeps_in_a_form_is_given_up(self, house: House) -> None:
        start, who = free_start(house)
        hold = holding.hold(house, query(practitioner_id=who), start, SOMEBODY, NOW)
        add(house, who)
        read(house, (start, start + timedelta(hours=1)))
        assert holding.get(house, hold.id, NOW) is None
        assert taken(house, who) == [(epoch(start), epoch(start) + 3600)]

    def test_two_calendars_and_an_absence_share_what_they_claim(self, house: House) -> None:
        start, who = free_start(house)
        hour = timedelta(hours=1)
        add(house, who)
        read(house, (start, start + 2 * hour))
        add(house, who, f"{ADDRESS}?2")
        read(house, (start + hour, start + 3 * hour))
        assert taken(house, who)[-1][1] == epoch(start + 3 * hour)
        first = next(one for one in outside_calendars.of_practitioner(house, who) if one.address == ADDRESS)
        outside_calendars.remove(house, first.id, MANAGER, NOW)
        assert merge(taken(house, who)) == [(epoch(start + hour), epoch(start + 3 * hour))]
        with house.database.reading() as connection:
            assert occupancy.count_overlaps(connection) == 0

    def test_a_thousand_busy_times_cost_a_few_statements(
        self, house: House, count_statements: Callable[[], int]
    ) -> None:
        start, who = free_start(house)
        add(house, who)
        busy = [(start + timedelta(hours=8 * n), start + timedelta(hours=8 * n + 1)) for n in range(1000)]
        job = outside_calendars.take(house, NOW)
        assert job is not None
        spans = tuple((epoch(begins), epoch(ends)) for begins, ends in busy)
        before = count_statements()
        outside_calendars.settle(house, job, Reading(spans, TAG), NOW)
        assert count_statements() - before <= 20
        assert len(taken(house, who)) == 1000

    def test_busy_times_are_no_absences_that_the_manager_sees_or_removes(self, house: House) -> None:
        start, who = free_start(house)
        add(house, who)
        read(house, (start, start + timedelta(hours=1)))
        assert absence.upcoming(house, NOW) == []
        with house.database.transaction() as connection:
            number = connection.execute(select(schedules.AbsenceRow.id)).scalar_one()
            assert not absences.remove(connection, number)


class TestVisits:
    """A busy time over a booked visit is for the desk to settle."""

    def test_a_visit_in_a_busy_time_stays_and_goes_on_the_desks_list(self, house: House) -> None:
        visit = book(house)
        add(house, visit.practitioner.id)
        read(house, around(visit))
        (item,) = to_do(house, visit)
        assert item.state.value == "open"
        assert changing.show(house, visit.appointment.id).appointment == visit.appointment

    def test_it_goes_there_once(self, house: House) -> None:
        visit = book(house)
        who = visit.practitioner.id
        add(house, who)
        read(house, around(visit))
        outside_calendars.look_again(house, only(house, who).id, MANAGER, NOW)
        read(house, around(visit, hours=2))
        assert len(to_do(house, visit)) == 1

    def test_what_nothing_meets_any_more_leaves_the_list(self, house: House) -> None:
        visit = book(house)
        who = visit.practitioner.id
        add(house, who)
        read(house, around(visit))
        outside_calendars.look_again(house, only(house, who).id, MANAGER, NOW)
        read(house)
        (item,) = to_do(house, visit)
        assert (item.state.value, item.outcome) == ("done", "withdrawn")

    def test_a_visit_beside_a_busy_time_is_left_alone(self, house: House) -> None:
        visit = book(house)
        add(house, visit.practitioner.id)
        end = visit.appointment.end
        read(house, (end, end + timedelta(hours=1)))
        assert to_do(house, visit) == []

    @pytest.mark.parametrize("leave", ["moves", "is given up"])
    def test_when_the_visit_leaves_its_time_is_the_busy_times(self, house: House, leave: str) -> None:
        visit = book(house)
        who = visit.practitioner.id
        add(house, who)
        start, end = around(visit)
        read(house, (start, end))
        if leave == "moves":
            move(house, visit, CLERK, days=3)
        else:
            changing.cancel(house, visit.appointment.id, CancelledBy.DESK, SYSTEM, NOW)
        assert sum(last - first for first, last in taken(house, who)) == epoch(end) - epoch(start)
        assert [(item.state.value, item.outcome) for item in to_do(house, visit)] == [("done", "settled")]

    def test_a_calendar_that_is_taken_away_takes_its_clashes_off_the_list(self, house: House) -> None:
        visit = book(house)
        who = visit.practitioner.id
        add(house, who)
        read(house, around(visit))
        outside_calendars.remove(house, only(house, who).id, MANAGER, NOW)
        assert [(item.state.value, item.outcome) for item in to_do(house, visit)] == [("done", "withdrawn")]

    def test_what_two_calendars_meet_stays_on_the_list_until_both_let_go(self, house: House) -> None:
        visit = book(house)
        who = visit.practitioner.id
        for address in (ADDRESS, f"{ADDRESS}?second"):
            add(house, who, address)
            read(house, around(visit))
        first, second = outside_calendars.of_practitioner(house, who)
        outside_calendars.remove(house, first.id, MANAGER, NOW)
        assert [item.state.value for item in to_do(house, visit)] == ["open"]
        outside_calendars.remove(house, second.id, MANAGER, NOW)
        assert [item.state.value for item in to_do(house, visit)] == ["done"]

    def test_a_busy_time_that_moves_from_one_visit_to_another_moves_its_row(self, house: House) -> None:
        first = book(house)
        who = first.practitioner.id
        second = book(house, days=9)
        while second.practitioner.id != who:
            second = book(house, days=9)
        add(house, who)
        read(house, around(first))
        outside_calendars.look_again(house, only(house, who).id, MANAGER, NOW)
        read(house, around(second))
        assert [item.state.value for item in to_do(house, first)] == ["done"]
        assert [item.state.value for item in to_do(house, second)] == ["open"]


class TestReading:
    """When a calendar is read, and what is remembered of it."""

    def test_a_new_calendar_is_read_at_once_and_by_one_worker(self, house: House) -> None:
        _, who = free_start(house)
        assert outside_calendars.take(house, NOW) is None
        add(house, who)
        job = outside_calendars.take(house, NOW)
        assert job is not None
        assert (job.address, job.own_domain, job.zone) == (ADDRESS, house.host, "America/Denver")
        assert outside_calendars.take(house, NOW) is None
        again = outside_calendars.take(house, NOW + timedelta(minutes=3))
        assert again is not None, "a worker that died holds it for the length of a lease"

    def test_what_the_server_said_is_asked_with_the_next_time(self, house: House) -> None:
        _, who = free_start(house)
        add(house, who)
        read(house)
        later = NOW + timedelta(minutes=16)
        chores(house, later)
        job = outside_calendars.take(house, later)
        assert job is not None
        assert job.validators == TAG
        outside_calendars.settle(house, job, Reading(None, TAG), later)
        assert only(house, who).read_at == later

    def test_each_day_is_read_whole_because_the_stretch_ahead_grows(self, house: House) -> None:
        _, who = free_start(house)
        add(house, who)
        read(house)
        chores(house, NOW + timedelta(days=1))
        job = outside_calendars.take(house, NOW + timedelta(days=1))
        assert job is not None
        assert job.validators == Validators()

    def test_while_it_cannot_be_read_the_last_good_copy_stays(self, house: House) -> None:
        start, who = free_start(house)
        add(house, who)
        read(house, (start, start + timedelta(hours=1)))
        for turn in range(1, 4):
            later = NOW + timedelta(hours=3 * turn)
            chores(house, later)
            job = outside_calendars.take(house, later)
            assert job is not None
            outside_calendars.settle(house, job, Reading(trouble=Trouble.UNREACHABLE), later)
        calendar = only(house, who)
        assert (calendar.trouble, calendar.failures, calendar.read_at) == ("unreachable", 3, NOW)
        assert len(taken(house, who)) == 1
        outside_calendars.look_again(house, calendar.id, MANAGER, NOW + timedelta(days=1))
        read(house, (start, start + timedelta(hours=1)), now=NOW + timedelta(days=1))
        assert (only(house, who).trouble, only(house, who).failures) == (None, 0)

    def test_the_next_reading_is_a_chore_of_the_clinic_and_not_before_its_time(self, house: House) -> None:
        _, who = free_start(house)
        add(house, who)
        read(house)
        for minutes, is_wanted in ((14, False), (16, True)):
            later = NOW + timedelta(minutes=minutes)
            chores(house, later)
            assert (outside_calendars.take(house, later) is not None) is is_wanted

    def test_a_reading_out_of_turn_does_not_add_one_more_to_those_that_follow(self, house: House) -> None:
        _, who = free_start(house)
        add(house, who)
        read(house)
        early = NOW + timedelta(minutes=10)
        outside_calendars.look_again(house, only(house, who).id, MANAGER, early)
        read(house, now=early)
        chores(house, NOW + timedelta(minutes=16))
        assert outside_calendars.take(house, NOW + timedelta(minutes=16)) is None
        chores(house, early + timedelta(minutes=16))
        assert outside_calendars.take(house, early + timedelta(minutes=16)) is not None

    def test_a_calendar_that_was_taken_away_meanwhile_leaves_nothing(self, house: House) -> None:
        start, who = free_start(house)
        add(house, who)
        job = outside_calendars.take(house, NOW)
        assert job is not None
        outside_calendars.remove(house, job.id, MANAGER, NOW)
        outside_calendars.settle(house, job, Reading(((epoch(start), epoch(start) + 60),), TAG), NOW)
        assert taken(house, who) == []


class TestKeeping:
    """Who may add one, and how its address is kept."""

    def test_the_address_is_sealed(
        self, house: House, tables_of: Callable[[str], list[tuple[object, ...]]]
    ) -> None:
        _, who = free_start(house)
        add(house, who)
        assert "private-abc" not in str(tables_of("outside_calendar"))
        assert "private-abc" not in str(tables_of("audit"))
        assert only(house, who).address == ADDRESS
        assert only(house, who).host == "calendar.example.com"

    def test_a_clinician_brings_their_own_and_no_other(self, house: House) -> None:
        with house.database.reading() as connection:
            first, second, *_ = house.clinic(connection).practitioners
        me = Actor(frozenset({Role.CLINICIAN}), id="3", practitioner_id=first.id)
        outside_calendars.add(house, first.id, ADDRESS, me, NOW)
        number = only(house, first.id).id
        with pytest.raises(NotPermitted):
            outside_calendars.add(house, second.id, ADDRESS, me, NOW)
        other = Actor(frozenset({Role.CLINICIAN}), id="4", practitioner_id=second.id)
        for act in (outside_calendars.remove, outside_calendars.look_again):
            with pytest.raises(NotPermitted):
                act(house, number, other, NOW)
            with pytest.raises(NotFound):
                act(house, "0" * 32, me, NOW)

    def test_the_same_twice_and_too_many_are_refused(self, house: House) -> None:
        _, who = free_start(house)
        for turn in range(MOST):
            add(house, who, f"{ADDRESS}?{turn}")
        for address in (f"{ADDRESS}?0", f"{ADDRESS}?more"):
            with pytest.raises(InvalidInput):
                add(house, who, address)
