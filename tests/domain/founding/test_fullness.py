"""Claims about made-up visits: they keep every rule that booked ones keep."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest

from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Mode
from scheduler.domain.founding.crowd import someone
from scheduler.domain.founding.fullness import Filling, Placed
from scheduler.domain.interval import Span
from tests.factories import a_clinic, a_practitioner, a_visit_type

DAYS = [date(2026, 10, 26) + timedelta(days=step) for step in range(14)]
"""Two weeks around the day on which the clocks go back."""


@pytest.fixture
def clinic() -> Clinic:
    return a_clinic()


def filled(clinic: Clinic, fullness: float = 0.8, seed: int = 1) -> list[Placed]:
    filling = Filling(clinic, clinic.practitioners, Random(seed), fullness)
    return [visit for day in DAYS for visit in filling.day(day)]


def test_no_practitioner_and_no_room_is_in_two_places_at_once(clinic: Clinic) -> None:
    taken: dict[int, list[Span]] = defaultdict(list)
    for visit in filled(clinic):
        before, after = visit.visit_type.buffer_before * 60, visit.visit_type.buffer_after * 60
        taken[visit.practitioner_id].append((visit.start - before, visit.end + after))
        if visit.room_id is not None:
            taken[visit.room_id].append((visit.start, visit.end))
    assert taken
    for spans in taken.values():
        assert all(one[1] <= other[0] for one, other in pairwise(sorted(spans)))


def test_every_visit_lies_within_open_hours_and_has_its_room(clinic: Clinic) -> None:
    for visit in filled(clinic):
        rota = clinic.timetable.rota(visit.practitioner_id, visit.location_id, visit.mode)
        assert any(rota.is_open(day.toordinal(), visit.start, visit.end) for day in DAYS), visit
        assert (visit.room_id is not None) == visit.visit_type.needs_room(visit.mode)
        assert visit.end - visit.start == visit.visit_type.minutes * 60
        assert visit.start % 300 == 0


def test_a_fuller_week_has_more_visits_and_an_empty_one_none(clinic: Clinic) -> None:
    counts = [len(filled(clinic, fullness)) for fullness in (0.0, 0.3, 0.9)]
    assert counts[0] == 0
    assert counts[0] < counts[1] < counts[2]


def test_the_same_chance_gives_the_same_visits(clinic: Clinic) -> None:
    assert filled(clinic, seed=7) == filled(clinic, seed=7)
    assert filled(clinic, seed=7) != filled(clinic, seed=8)


def test_what_is_taken_stays_free(clinic: Clinic) -> None:
    doctor = clinic.practitioners[0].id
    day = DAYS[0]
    whole = clinic.timetable.open_spans(doctor, clinic.locations[0].id, Mode.IN_PERSON, day, day)
    taken = [(doctor, (span[0], span[1])) for span in whole]
    filling = Filling(clinic, clinic.practitioners, Random(1), 1.0)
    assert [visit for visit in filling.day(day, taken) if visit.practitioner_id == doctor] == []


def test_a_daily_cap_is_kept() -> None:
    kind = a_visit_type(daily_cap=2)
    clinic = a_clinic(
        visit_types=(kind,), practitioners=(a_practitioner(visit_type_codes=frozenset({kind.code})),)
    )
    filling = Filling(clinic, clinic.practitioners, Random(1), 1.0)
    for day in DAYS:
        assert len(list(filling.day(day))) <= 2


def test_made_up_people_can_be_reached_by_nobody() -> None:
    chance = Random(3)
    for number in range(300):
        person = someone(number, chance)
        assert person.phone[5:10] == "55501" and len(person.phone) == 12, "numbers that belong to nobody"
        assert person.email is None or person.email.endswith("@example.com")
        assert person.email is None or person.email.isascii()
        assert person.birth_date.year < 1970
