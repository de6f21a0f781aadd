"""Write the directory: one function for each kind of entry, which adds it when its id is 0 and changes it otherwise.

Nothing is ever deleted here, only retired (`active` off): past visits go on naming their room and their clinician.
Whoever calls these also raises the directory's number (`directory.bump`), in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from scheduler.domain.directory import Location, Organization, Practitioner, Room, VisitType
from scheduler.domain.policy import MessageRules
from scheduler.persistence.database import Model
from scheduler.persistence.directory import (
    LocationRow,
    OrganizationRow,
    PractitionerPlaceRow,
    PractitionerRow,
    PractitionerVisitTypeRow,
    ResourceRow,
    RoomRow,
    VisitTypeRow,
)


def save_organization(connection: Connection, organization: Organization) -> None:
    """Keep the clinic's identity; there is one row."""
    values = {
        "name": organization.name,
        "discreet_name": organization.discreet_name,
        "phone": organization.phone,
        "email": organization.email,
        "zone": organization.zone,
        "website": organization.website,
        "logo_text": organization.logo_text,
        "languages": list(organization.languages),
        "hold_minutes": organization.hold_minutes,
        "hold_extensions": organization.hold_extensions,
        "decline_grace_minutes": organization.decline_grace_minutes,
        "video_opens_minutes": organization.video_opens_minutes,
        "video_grace_minutes": organization.video_grace_minutes,
        "practice_minutes": organization.practice_minutes,
    }
    if connection.execute(update(OrganizationRow).values(values)).rowcount == 0:
        connection.execute(insert(OrganizationRow), {"id": 1, **values})


def save_message_limits(connection: Connection, rules: MessageRules) -> None:
    """Keep the quiet hours, and how many texts are enough; the policies themselves are in `policies`."""
    connection.execute(
        update(OrganizationRow).values(
            quiet_from=rules.quiet.begins,
            quiet_until=rules.quiet.ends,
            texts_per_day=rules.texts_per_day,
            texts_per_week=rules.texts_per_week,
        )
    )


def save_location(connection: Connection, location: Location) -> int:
    """Keep an office, and return its id."""
    values = {
        "code": location.code,
        "name": location.name,
        "zone": location.zone,
        "line": location.line,
        "city": location.city,
        "state": location.state,
        "postal_code": location.postal_code,
        "phone": location.phone,
        "latitude": location.latitude,
        "longitude": location.longitude,
        "directions_en": location.directions.en,
        "directions_es": location.directions.es,
        "active": location.active,
    }
    return _save(connection, LocationRow, location.id, values)


def save_room(connection: Connection, room: Room) -> int:
    """Keep a room, and return its resource id."""
    values = {"location_id": room.location_id, "name": room.name, "kind": room.kind, "active": room.active}
    return _save_resource(connection, RoomRow, "room", room.id, values)


def save_practitioner(connection: Connection, practitioner: Practitioner) -> int:
    """Keep a clinician with their places and visits, and return the resource id."""
    values = {
        "prefix": practitioner.prefix,
        "given_name": practitioner.given_name,
        "family_name": practitioner.family_name,
        "credentials": practitioner.credentials,
        "npi": practitioner.npi,
        "licensed_states": list(practitioner.licensed_states),
        "languages": list(practitioner.languages),
        "active": practitioner.active,
    }
    number = _save_resource(connection, PractitionerRow, "practitioner", practitioner.id, values)
    places = [
        {"practitioner_id": number, "location_id": place.location_id, "mode": place.mode.value}
        for place in practitioner.places
    ]
    _replace(connection, PractitionerPlaceRow, number, places)
    given = (
        select(VisitTypeRow.id)
        .where(VisitTypeRow.code.in_(practitioner.visit_type_codes))
        .order_by(VisitTypeRow.id)
    )
    visits = [
        {"practitioner_id": number, "visit_type_id": key} for key in connection.execute(given).scalars()
    ]
    _replace(connection, PractitionerVisitTypeRow, number, visits)
    return number


def save_visit_type(connection: Connection, visit_type: VisitType) -> int:
    """Keep a kind of visit, and return its id; a new one stands last in the list."""
    values: dict[str, Any] = {
        "code": visit_type.code,
        "title_en": visit_type.title.en,
        "title_es": visit_type.title.es,
        "summary_en": visit_type.summary.en,
        "summary_es": visit_type.summary.es,
        "modes": [mode.value for mode in visit_type.modes],
        "minutes": visit_type.minutes,
        "buffer_before": visit_type.buffer_before,
        "buffer_after": visit_type.buffer_after,
        "minimum_notice": visit_type.minimum_notice,
        "horizon_days": visit_type.horizon_days,
        "patient_cutoff": visit_type.patient_cutoff,
        "daily_cap": visit_type.daily_cap,
        "bookable_by": sorted(audience.value for audience in visit_type.bookable_by),
        "room_kind": visit_type.room_kind,
        "preparation_en": visit_type.preparation.en,
        "preparation_es": visit_type.preparation.es,
        "active": visit_type.active,
    }
    if not visit_type.id:
        last = connection.execute(select(func.max(VisitTypeRow.position))).scalar()
        values["position"] = 0 if last is None else last + 1
    return _save(connection, VisitTypeRow, visit_type.id, values)


def _save(connection: Connection, table: type[Model], number: int, values: Mapping[str, Any]) -> int:
    columns = table.__table__.c
    if number:
        connection.execute(update(table).where(columns.id == number).values(values))
        return number
    added: int = connection.execute(insert(table).returning(columns.id), values).scalar_one()
    return added


def _save_resource(
    connection: Connection, table: type[Model], kind: str, number: int, values: Mapping[str, Any]
) -> int:
    """Save a row whose id is its resource's: time can be taken of it from the first moment."""
    if number:
        return _save(connection, table, number, values)
    resource = insert(ResourceRow).returning(ResourceRow.id)
    number = connection.execute(resource, {"kind": kind}).scalar_one()
    connection.execute(insert(table), {"id": number, **values})
    return number


def _replace(
    connection: Connection, table: type[Model], practitioner_id: int, rows: Iterable[Mapping[str, Any]]
) -> None:
    connection.execute(delete(table).where(table.__table__.c.practitioner_id == practitioner_id))
    written = list(rows)
    if written:
        connection.execute(insert(table), written)
