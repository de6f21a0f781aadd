"""People are found while the desk types: however they are written, heard or born, and as they are known now."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from scheduler.domain.errors import NotPermitted
from scheduler.domain.person import PatientDetails
from scheduler.persistence import people
from scheduler.services import people_search
from scheduler.services.house import House
from tests.engines import CLERK, NOW, OWNER, a_patient


@pytest.fixture
def maria(house: House) -> PatientDetails:
    """Somebody with accents, a telephone and a birthday; and some others."""
    known = a_patient(
        given_name="María José",
        family_name="González Núñez",
        phone="+19155550147",
        birth_date=date(1948, 3, 9),
    )
    keep(house, known)
    for number in range(8):
        phone = f"+1915555{300 + number:04d}"
        born = date(1950, 1, 2)
        keep(
            house,
            a_patient(given_name="Frank", family_name=f"Parker{number}", birth_date=born, phone=phone),
        )
    return known


def keep(house: House, details: PatientDetails) -> int:
    with house.database.transaction() as connection:
        return people.add(connection, house.vault, details, NOW)


def found(house: House, asked: str) -> list[str]:
    return [each.patient.details.name for each in people_search.search(house, asked, CLERK, NOW)]


@pytest.mark.parametrize(
    "asked",
    [
        "mar",
        "gonz",
        "GONZÁLEZ",
        "nunez maria",
        "jose gon",
        "gonsales",
        "maria nunes",
        "9155550147",
        "(915) 555-0147",
        "0147",
        "3/9/1948",
        "1948-03-09",
        "maria 3/9/1948",
    ],
)
def test_one_person_is_found_in_many_ways(house: House, maria: PatientDetails, asked: str) -> None:
    assert found(house, asked)[0] == maria.name


@pytest.mark.parametrize("asked", ["", "   ", "zzzz", "%", "'; --", "9" * 90])
def test_nobody_is_found_for_what_means_nobody(house: House, maria: PatientDetails, asked: str) -> None:
    assert found(house, asked) == []


def test_a_search_shows_no_more_than_a_screen_holds(house: House, maria: PatientDetails) -> None:
    for number in range(20):
        keep(house, a_patient(given_name="Rosa", family_name=f"Sample{number}"))
    assert len(found(house, "rosa")) == people_search.MOST


def test_somebody_new_is_found_at_once_and_a_changed_name_too(house: House, maria: PatientDetails) -> None:
    assert found(house, "ximena") == []
    number = keep(house, a_patient(given_name="Ximena", family_name="Luz"))
    assert found(house, "ximena") == ["Ximena Luz"]
    with house.database.transaction() as connection:
        later = NOW + timedelta(seconds=1)
        people.renew(
            connection, house.vault, number, a_patient(given_name="Jimena", family_name="Sol"), later
        )
    assert found(house, "sol") == ["Jimena Sol"]


def test_each_person_shown_is_written_down(house: House, maria: PatientDetails) -> None:
    people_search.search(house, "gonz", CLERK, NOW)
    with house.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT patient_id FROM audit WHERE action = 'find-person'").all()
    assert len(rows) == 1


def test_patients_do_not_search(house: House, maria: PatientDetails) -> None:
    with pytest.raises(NotPermitted):
        people_search.search(house, "gonz", OWNER, NOW)


def test_those_who_may_be_the_same_are_named(house: House, maria: PatientDetails) -> None:
    twin = a_patient(
        given_name="Maria", family_name="Gonsales", phone="+19155550999", birth_date=maria.birth_date
    )
    assert [each.patient.details.name for each in people_search.alike(house, twin, CLERK, NOW)] == [
        maria.name
    ]
    same_phone = a_patient(given_name="Luz", family_name="Other", phone=maria.phone)
    assert [each.patient.details.name for each in people_search.alike(house, same_phone, CLERK, NOW)] == [
        maria.name
    ]
    assert people_search.alike(house, a_patient(family_name="Zimmer", phone="+19155550998"), CLERK, NOW) == []
