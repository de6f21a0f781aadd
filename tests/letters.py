"""Visits and letters about them, made from plain values, for tests of what leaves the house."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from scheduler.domain.appointment import Appointment, Status
from scheduler.domain.calendar_entry import InviteLinks
from scheduler.domain.directory import Mode
from scheduler.domain.invitation import Host
from scheduler.domain.letter import Letter
from scheduler.domain.notification import Addressee, Kind
from scheduler.domain.person import HelperDetails, PatientDetails, Relation
from scheduler.domain.visit import Visit
from tests.factories import a_location, a_practitioner, a_room, a_visit_type, an_organization

UID = "0123456789abcdef0123456789abcdef@clinic.example.com"
SENDER = "visits@clinic.example.com"
HOST = Host(SENDER, "(915) 555-0100")
LINKS = InviteLinks("https://clinic.example.com/my/MANAGE", "https://clinic.example.com/visit/JOIN")
NO_LINKS = InviteLinks()

TUESDAY = datetime(2026, 12, 1, 21, 0, tzinfo=UTC)
"""2:00 PM in El Paso, in winter."""

WRITTEN = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)


def a_patient(**changes: object) -> PatientDetails:
    """Somebody with an e-mail."""
    fields: dict[str, object] = {
        "given_name": "Ana",
        "family_name": "Peña Example",
        "birth_date": date(1948, 3, 9),
        "phone": "+19155550111",
        "email": "ana@example.com",
        "language": "en",
    }
    return PatientDetails(**(fields | changes))  # type: ignore[arg-type]


def a_helper(**changes: object) -> HelperDetails:
    """A daughter who may be told."""
    fields: dict[str, object] = {
        "name": "Rosa Example",
        "phone": "+19155550112",
        "email": "rosa@example.com",
        "relation": Relation.CHILD,
    }
    return HelperDetails(**(fields | changes))  # type: ignore[arg-type]


def an_appointment(mode: Mode = Mode.IN_PERSON, **changes: object) -> Appointment:
    """Half an hour on a Tuesday, booked and never changed."""
    start = changes.get("start", TUESDAY)
    assert isinstance(start, datetime)
    fields: dict[str, object] = {
        "id": 1,
        "uid": UID,
        "sequence": 0,
        "status": Status.BOOKED,
        "mode": mode,
        "visit_type_code": "imaging-review",
        "patient_id": 31,
        "practitioner_id": 21,
        "location_id": 1,
        "room_id": 11 if mode is Mode.IN_PERSON else None,
        "start": start,
        "end": start + timedelta(minutes=30),
        "created_at": datetime(2026, 11, 20, 16, 29, tzinfo=UTC),
        "changed_at": datetime(2026, 11, 20, 16, 29, tzinfo=UTC),
        "language": "en",
    }
    return Appointment(**(fields | changes))  # type: ignore[arg-type]


def a_visit(mode: Mode = Mode.IN_PERSON, **changes: object) -> Visit:
    """That appointment with everybody beside it; names of an appointment's fields change the appointment."""
    own = {name: changes.pop(name) for name in list(changes) if name in Appointment.__slots__}
    fields: dict[str, object] = {
        "appointment": an_appointment(mode, **own),
        "organization": an_organization(),
        "visit_type": a_visit_type(),
        "practitioner": a_practitioner(),
        "location": a_location(latitude=31.7619, longitude=-106.485),
        "room": a_room() if mode is Mode.IN_PERSON else None,
        "patient": a_patient(),
    }
    return Visit(**(fields | changes))  # type: ignore[arg-type]


def a_letter(kind: Kind = Kind.CONFIRMATION, visit: Visit | None = None, **changes: object) -> Letter:
    """The mail to the patient about a visit, or about the default one as it stands after `kind`."""
    visit = visit or visit_after(kind)
    fields: dict[str, object] = {
        "kind": kind,
        "visit": visit,
        "addressee": Addressee.PATIENT,
        "name": visit.patient.name,
        "address": visit.patient.email,
        "language": "en",
        "links": LINKS,
        "message_id": "00112233445566778899aabbccddeeff@clinic.example.com",
        "written_at": WRITTEN,
    }
    return Letter(**(fields | changes))  # type: ignore[arg-type]


def visit_after(kind: Kind, mode: Mode = Mode.IN_PERSON, **changes: object) -> Visit:
    """The default visit as it stands after what `kind` tells of."""
    visit = a_visit(mode, **changes)
    if kind in {Kind.CONFIRMATION, Kind.LINKS}:
        return visit
    later = visit.appointment.changed_at + timedelta(minutes=5)
    after = replace(visit.appointment, sequence=visit.appointment.sequence + 1, changed_at=later)
    if kind is Kind.CANCELLED:
        after = replace(after, status=Status.CANCELLED)
    return replace(visit, appointment=after)
