"""Claims about the values a clinic begins with: complete in both languages, and true to what the clinic asked for."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from scheduler.domain.directory import Audience, Mode, npi_from, npi_is_valid
from scheduler.domain.founding import holidays, house, signs, texts, visits
from scheduler.domain.safety_gate import Answer, Tier
from scheduler.domain.wording import Text

FEDERAL_2027 = {
    date(2027, 1, 1),
    date(2027, 1, 18),
    date(2027, 2, 15),
    date(2027, 5, 31),
    date(2027, 6, 18),
    date(2027, 7, 5),
    date(2027, 9, 6),
    date(2027, 10, 11),
    date(2027, 11, 11),
    date(2027, 11, 25),
    date(2027, 12, 24),
}
"""As the Office of Personnel Management lists them for 2027."""


def test_the_holidays_are_those_the_government_keeps() -> None:
    days = {closure.day for closure in holidays.closures(range(2027, 2028))}
    new_years_eve = date(2027, 12, 31)
    assert days == FEDERAL_2027 | {date(2027, 11, 26), new_years_eve}


def test_three_years_have_their_holidays_in_order_and_none_on_a_weekend() -> None:
    days = [closure.day for closure in holidays.closures()]
    assert len(days) == 36
    assert all(one < other for one, other in pairwise(days))
    assert all(day.weekday() < 5 for day in days)


@pytest.mark.parametrize(
    ("day", "kept"),
    [
        (date(2026, 7, 4), date(2026, 7, 3)),
        (date(2027, 7, 4), date(2027, 7, 5)),
        (date(2028, 7, 4), date(2028, 7, 4)),
    ],
)
def test_a_holiday_on_a_weekend_is_kept_on_the_nearest_working_day(day: date, kept: date) -> None:
    assert holidays.observed(day) == kept


def test_the_last_monday_of_may_is_memorial_day() -> None:
    assert [holidays.nth_weekday(year, 5, 0, -1).day for year in (2026, 2027, 2028)] == [25, 31, 29]


def test_every_clinician_has_a_valid_identifier_of_their_own() -> None:
    identifiers = [clinician.npi for clinician in house.CLINICIANS]
    assert all(npi_is_valid(npi) for npi in identifiers)
    assert len(set(identifiers)) == len(identifiers) == 3


@pytest.mark.parametrize("wrong", ["1234567890", "123456789", "12345678933", "12345６7893", "abcdefghij", ""])
def test_a_wrong_identifier_is_noticed(wrong: str) -> None:
    assert npi_is_valid("1234567893")
    assert not npi_is_valid(wrong)


def test_identifiers_are_completed_with_their_check_digit() -> None:
    made = [npi_from(200_000_000 + number) for number in range(200)]
    assert all(npi_is_valid(npi) for npi in made)
    assert len(set(made)) == 200


def test_the_house_has_four_rooms_and_six_kinds_of_visit() -> None:
    assert sorted(room.kind for room in house.ROOMS) == ["exam", "exam", "exam", "procedure"]
    assert [(kind.code, kind.minutes) for kind in visits.VISIT_TYPES] == [
        ("new-fracture-evaluation", 60),
        ("imaging-review", 30),
        ("nurse-triage-call", 15),
        ("pre-procedure", 30),
        ("follow-up", 20),
        ("procedure", 90),
    ]


def test_what_patients_may_book_themselves_is_what_the_clinic_said() -> None:
    alone = {kind.code for kind in visits.VISIT_TYPES if Audience.PATIENT in kind.bookable_by}
    known = {kind.code for kind in visits.VISIT_TYPES if Audience.KNOWN_PATIENT in kind.bookable_by} - alone
    assert alone == {"new-fracture-evaluation", "imaging-review"}
    assert known == {"follow-up"}
    assert all(Audience.DESK in kind.bookable_by for kind in visits.VISIT_TYPES)


def test_every_visit_can_be_given_by_somebody_in_each_of_its_ways() -> None:
    for kind in visits.VISIT_TYPES:
        for mode in kind.modes:
            able = [c for c in house.CLINICIANS if kind.code in c.visit_type_codes and mode in c.modes]
            assert able, (kind.code, mode)


def test_hours_of_one_clinician_never_overlap() -> None:
    for clinician in house.CLINICIANS:
        windows = sorted((hours.weekday, hours.opens, hours.closes) for hours in clinician.hours)
        for (day, _, closes), (next_day, opens, _) in pairwise(windows):
            assert day < next_day or closes <= opens, clinician.family_name


def test_one_clinician_is_licensed_beyond_texas_and_all_within() -> None:
    assert all("TX" in clinician.licensed_states for clinician in house.CLINICIANS)
    assert sum("NM" in clinician.licensed_states for clinician in house.CLINICIANS) == 1


def test_the_name_for_messages_does_not_say_what_is_treated() -> None:
    assert "pain" not in house.ORGANIZATION.neutral_name.lower()
    assert house.ORGANIZATION.neutral_name != house.ORGANIZATION.name


SIGNS = {
    Tier.EMERGENCY: {"bladder-bowel", "saddle-numbness", "leg-weakness", "fall-crash", "chest-breath"},
    Tier.SAME_DAY: {"fever-infection", "iv-immune"},
    Tier.CALL_BACK: {"cancer", "weight-loss", "night-pain", "thinner-fall", "steroids", "under-18"},
}


def test_the_safety_questions_cover_each_tier() -> None:
    for tier, ids in SIGNS.items():
        assert {question.id for question in signs.GATE.of_tier(tier)} == ids


@pytest.mark.parametrize(
    ("tier", "sign"), [(tier, sign) for tier, ids in SIGNS.items() for sign in sorted(ids)]
)
def test_a_single_yes_leads_to_its_tier_and_no_to_none(tier: Tier, sign: str) -> None:
    said = {question.id: Answer.NO for question in signs.GATE.questions}
    assert signs.GATE.triage(signs.VERSION, said) is Tier.NONE
    assert signs.GATE.triage(signs.VERSION, said | {sign: Answer.YES}) is tier


def test_every_text_is_there_in_both_languages() -> None:
    said: list[Text] = [question.text for question in signs.GATE.questions]
    said += [text.text for text in texts.CONSENTS]
    said += [closure.title for closure in holidays.closures()]
    for kind in visits.VISIT_TYPES:
        said += [kind.title, kind.summary, kind.preparation]
    assert all(text.en and text.es and text.en != text.es for text in said)


def test_nobody_is_told_to_stop_a_medicine() -> None:
    for kind in visits.VISIT_TYPES:
        if "medicines" in kind.preparation.en and kind.code in {"new-fracture-evaluation", "pre-procedure"}:
            assert "Do not stop any medicine on your own" in kind.preparation.en
            assert "No deje ninguna medicina por su cuenta" in kind.preparation.es


def test_calls_need_no_room() -> None:
    call = next(kind for kind in visits.VISIT_TYPES if kind.modes == (Mode.PHONE,))
    assert call.room_kind is None
