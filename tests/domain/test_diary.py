"""A diary knows when its owner is free, and how much there is to do."""

from __future__ import annotations

from scheduler.domain.diary import Busy, Diaries, Diary


def a_diary() -> Diary:
    """Two visits that overlap, a hold that touches them, and an absence later."""
    return Diary(
        [
            Busy(1, 30, 40, "hold", 7),
            Busy(1, 10, 30, "visit", 7),
            Busy(1, 15, 20, "visit", 8),
            Busy(1, 60, 90, "absence"),
        ]
    )


def test_overlapping_and_touching_rows_are_one_busy_stretch() -> None:
    diary = a_diary()
    assert list(zip(diary.begins, diary.ends, strict=True)) == [(10, 40), (60, 90)]


def test_touching_a_busy_stretch_is_free() -> None:
    diary = a_diary()
    assert diary.is_free(0, 10)
    assert diary.is_free(40, 60)
    assert not diary.is_free(0, 11)
    assert not diary.is_free(39, 60)
    assert not diary.is_free(5, 100)
    assert diary.is_free(90, 1000)


def test_only_an_absence_makes_absent() -> None:
    diary = a_diary()
    assert diary.is_absent(89, 95)
    assert not diary.is_absent(90, 95)
    assert not diary.is_absent(50, 60)
    assert not diary.is_absent(10, 40)


def test_work_is_summed_by_where_it_begins_without_absences() -> None:
    diary = a_diary()
    assert diary.booked(0, 100) == 35
    assert diary.booked(10, 30) == 25
    assert diary.booked(11, 31) == 15
    assert diary.booked(0, 10) == 0


def test_visits_of_one_type_are_counted_by_where_they_begin() -> None:
    diary = a_diary()
    assert diary.count(7, 0, 100) == 2
    assert diary.count(7, 11, 100) == 1
    assert diary.count(7, 0, 30) == 1
    assert diary.count(9, 0, 100) == 0


def test_every_resource_has_its_own_diary_and_strangers_an_empty_one() -> None:
    diaries = Diaries([Busy(1, 10, 20, "visit"), Busy(2, 20, 30, "visit")])
    assert diaries.of(1).begins == [10]
    assert diaries.of(2).begins == [20]
    assert diaries.of(3).is_free(0, 100)
    assert diaries.of(1) is diaries.of(1)
