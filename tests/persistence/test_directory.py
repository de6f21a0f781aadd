"""Claims about the directory's tables and the picture made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Location, Mode, Practitioner, Room, VisitType
from scheduler.domain.founding import holidays, house, signs, texts, visits
from scheduler.domain.schedule import Closure, DatedHours, WeeklyHours
from scheduler.domain.wording import Text
from scheduler.persistence import directory, entries, schedules, wordings
from scheduler.persistence.database import Database, Model
from tests.engines import NOW


def picture(database: Database) -> Clinic:
    with database.reading() as connection:
        return directory.read_clinic(connection)


def test_what_was_founded_is_read_back_value_by_value(database: Database) -> None:
    clinic = picture(database)
    assert clinic.organization == house.ORGANIZATION
    assert [replace(place, id=0) for place in clinic.locations] == [house.LOCATION]
    assert [replace(room, id=0, location_id=0) for room in clinic.rooms] == list(house.ROOMS)
    assert [replace(kind, id=0) for kind in clinic.visit_types] == list(visits.VISIT_TYPES)
    assert [replace(closure, id=0) for closure in clinic.closures] == list(holidays.closures())
    assert clinic.gate == signs.GATE
    assert sorted(clinic.consents, key=lambda text: text.kind) == sorted(
        texts.CONSENTS, key=lambda text: text.kind
    )
    for known, founded in zip(clinic.practitioners, house.CLINICIANS, strict=True):
        assert (known.npi, known.licensed_states) == (founded.npi, founded.licensed_states)
        assert {place.mode for place in known.places} == set(founded.modes)
        assert known.visit_type_codes == founded.visit_type_codes


def test_the_picture_takes_the_same_few_queries_however_large_the_clinic(
    database: Database, count_statements: Callable[[], int]
) -> None:
    def cost() -> int:
        before = count_statements()
        picture(database)
        return count_statements() - before

    small = cost()
    with database.transaction() as connection:
        template = directory.read_clinic(connection).practitioners[0]
        for number in range(30):
            entries.save_practitioner(connection, replace(template, id=0, npi=f"9{number:09d}"))
    assert cost() == small <= 15


def test_the_number_rises_with_each_change_and_never_with_a_roll_back(database: Database) -> None:
    with database.transaction() as connection:
        first = directory.bump(connection)
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:
        directory.bump(connection)
        _ = 1 / 0
    with database.transaction() as connection:
        assert directory.bump(connection) == first + 1


def test_before_anything_is_entered_there_is_a_clinic_without_visits(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/new.sqlite")
    Model.metadata.create_all(database.engine)
    clinic = picture(database)
    assert (clinic.version, clinic.visit_types, clinic.practitioners) == (0, (), ())
    assert clinic.organization.name
    database.dispose()


def test_rooms_clinicians_and_patients_are_numbered_as_one_kind_of_thing(database: Database) -> None:
    clinic = picture(database)
    numbers = [*(room.id for room in clinic.rooms), *(who.id for who in clinic.practitioners)]
    assert len(numbers) == len(set(numbers))
    with database.reading() as connection:
        rows = connection.execute(text("SELECT id, kind FROM resource"))
        kinds = {row.id: row.kind for row in rows}
    assert {kinds[room.id] for room in clinic.rooms} == {"room"}
    assert {kinds[who.id] for who in clinic.practitioners} == {"practitioner"}


def test_an_entry_is_changed_in_place(database: Database) -> None:
    clinic = picture(database)
    office: Location = replace(clinic.locations[0], city="Las Cruces", latitude=None, longitude=None)
    room: Room = replace(clinic.rooms[0], name="Room A", active=False)
    doctor: Practitioner = replace(
        clinic.practitioners[0], places=(), visit_type_codes=frozenset({"procedure"})
    )
    kind: VisitType = replace(clinic.visit_types[0], minutes=45, daily_cap=None, modes=(Mode.PHONE,))
    with database.transaction() as connection:
        entries.save_location(connection, office)
        entries.save_room(connection, room)
        entries.save_practitioner(connection, doctor)
        entries.save_visit_type(connection, kind)
    after = picture(database)
    assert after.location(office.id) == office
    assert after.room(room.id) == room
    assert after.practitioner(doctor.id) == doctor
    assert after.visit_type(kind.code) == kind
    assert [known.id for known in after.visit_types] == [known.id for known in clinic.visit_types]


def test_hours_and_closures_are_kept_and_forgotten(database: Database) -> None:
    clinic = picture(database)
    who, where = clinic.practitioners[0].id, clinic.locations[0].id
    weekly = WeeklyHours(0, who, where, Mode.PHONE, 6, 1320, 1560, date(2026, 1, 1), date(2026, 12, 31))
    dated = DatedHours(0, who, where, Mode.VIRTUAL, date(2026, 12, 24), 540, 600)
    closure = Closure(0, where, date(2026, 12, 24), Text("Short day", "Día corto"), 720, 1440)
    with database.transaction() as connection:
        weekly = replace(weekly, id=schedules.save_weekly_hours(connection, weekly))
        dated = replace(dated, id=schedules.save_dated_hours(connection, dated))
        closure = replace(closure, id=schedules.save_closure(connection, closure))
    kept = picture(database)
    assert weekly in kept.weekly_hours and dated in kept.dated_hours and closure in kept.closures
    with database.transaction() as connection:
        assert schedules.remove_weekly_hours(connection, weekly.id)
        assert schedules.remove_dated_hours(connection, dated.id)
        assert schedules.remove_closure(connection, closure.id)
        assert not schedules.remove_closure(connection, closure.id)
    gone = picture(database)
    assert weekly not in gone.weekly_hours and dated not in gone.dated_hours and closure not in gone.closures


def test_two_clinicians_with_one_identifier_are_refused_by_the_database(database: Database) -> None:
    doctor = picture(database).practitioners[0]
    with pytest.raises(IntegrityError), database.transaction() as connection:
        entries.save_practitioner(connection, replace(doctor, id=0))


def test_hours_that_end_before_they_start_are_refused_by_the_database(database: Database) -> None:
    clinic = picture(database)
    hours = WeeklyHours(0, clinic.practitioners[0].id, clinic.locations[0].id, Mode.PHONE, 1, 600, 500)
    with pytest.raises(IntegrityError), database.transaction() as connection:
        schedules.save_weekly_hours(connection, hours)


def test_the_newest_wording_is_in_force_and_the_older_ones_stay(database: Database) -> None:
    consent = texts.CONSENTS[0]
    with database.transaction() as connection:
        wordings.add_gate(
            connection, replace(signs.GATE, version="2", questions=signs.GATE.questions[:6]), NOW
        )
        wordings.add_consent(connection, replace(consent, version="2", text=Text("New", "Nuevo")), NOW)
    clinic = picture(database)
    assert (clinic.gate.version, len(clinic.gate.questions)) == ("2", 6)
    assert clinic.consent(consent.kind).text == Text("New", "Nuevo")
    assert [known.version for known in clinic.consents if known.kind == consent.kind] == ["1", "2"]
