"""Set up a clinic on its first day: the house, its visits, its hours, its questions and its texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.directory import Place, Practitioner
from scheduler.domain.founding import holidays, house, signs, texts, visits
from scheduler.domain.founding.house import Clinician
from scheduler.domain.schedule import WeeklyHours
from scheduler.persistence import audit, directory, entries, schedules, wordings
from scheduler.persistence.database import Database


def is_founded(database: Database) -> bool:
    """Say whether there is a clinic already."""
    with database.reading() as connection:
        return directory.read_version(connection) > 0


def found(database: Database, actor: Actor, now: datetime) -> bool:
    """Set up the clinic in an empty database; one that has a clinic stays as it is, and the answer is False."""
    with database.transaction() as connection:
        if directory.read_version(connection) > 0:
            return False
        directory.bump(connection)
        _write(connection, now)
        audit.record(connection, actor, "found", "organization", 1, now=now)
        return True


def _write(connection: Connection, now: datetime) -> None:
    entries.save_organization(connection, house.ORGANIZATION)
    location_id = entries.save_location(connection, house.LOCATION)
    for visit_type in visits.VISIT_TYPES:
        entries.save_visit_type(connection, visit_type)
    for clinician in house.CLINICIANS:
        _hire(connection, clinician, location_id)
    for room in house.ROOMS:
        entries.save_room(connection, replace(room, location_id=location_id))
    for closure in holidays.closures():
        schedules.save_closure(connection, closure)
    wordings.add_gate(connection, signs.GATE, now)
    for text in texts.CONSENTS:
        wordings.add_consent(connection, text, now)


def _hire(connection: Connection, clinician: Clinician, location_id: int) -> None:
    practitioner = Practitioner(
        id=0,
        prefix=clinician.prefix,
        given_name=clinician.given_name,
        family_name=clinician.family_name,
        credentials=clinician.credentials,
        npi=clinician.npi,
        licensed_states=clinician.licensed_states,
        languages=clinician.languages,
        places=tuple(Place(location_id, mode) for mode in clinician.modes),
        visit_type_codes=clinician.visit_type_codes,
    )
    number = entries.save_practitioner(connection, practitioner)
    for hours in clinician.hours:
        week = WeeklyHours(0, number, location_id, hours.mode, hours.weekday, hours.opens, hours.closes)
        schedules.save_weekly_hours(connection, week)
