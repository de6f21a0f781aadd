"""Makes the things that tests speak of, with good defaults, so that each test names only what it is about.

Every person is plainly synthetic. The default clinic is one office in El Paso with two exam rooms and one clinician,
who works weekdays from 9 to 17 in person and by video.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from scheduler.domain.availability import Question
from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import (
    Audience,
    Location,
    Mode,
    Organization,
    Place,
    Practitioner,
    Room,
    VisitType,
)
from scheduler.domain.interval import epoch
from scheduler.domain.safety_gate import Gate
from scheduler.domain.schedule import Closure, DatedHours, WeeklyHours
from scheduler.domain.wording import Text

EL_PASO = 1
EXAM_ROOMS = (11, 12)
DOCTOR = 21
WEEKDAYS = range(5)

MONDAY = date(2026, 9, 14)
"""A day on which nothing happens to the clocks."""


def an_organization(**changes: object) -> Organization:
    """A pain clinic in El Paso."""
    fields: dict[str, object] = {
        "name": "West Texas Pain Institute",
        "phone": "+19155550100",
        "email": "desk@example.com",
        "zone": "America/Denver",
    }
    return Organization(**(fields | changes))  # type: ignore[arg-type]


def a_location(**changes: object) -> Location:
    """The El Paso office."""
    fields: dict[str, object] = {
        "id": EL_PASO,
        "code": "el-paso",
        "name": "El Paso office",
        "zone": "America/Denver",
        "line": "1 Example Street",
        "city": "El Paso",
        "state": "TX",
        "postal_code": "79901",
        "phone": "+19155550100",
    }
    return Location(**(fields | changes))  # type: ignore[arg-type]


def a_room(id: int = EXAM_ROOMS[0], **changes: object) -> Room:
    """An exam room in the El Paso office."""
    fields: dict[str, object] = {"id": id, "location_id": EL_PASO, "name": f"Room {id}", "kind": "exam"}
    return Room(**(fields | changes))  # type: ignore[arg-type]


def a_practitioner(id: int = DOCTOR, **changes: object) -> Practitioner:
    """A clinician who gives the default visit in person and by video in El Paso."""
    fields: dict[str, object] = {
        "id": id,
        "prefix": "Dr.",
        "given_name": "Test",
        "family_name": f"Clinician {id}",
        "credentials": "MD",
        "npi": "1234567893",
        "licensed_states": ("TX",),
        "languages": ("en", "es"),
        "places": (Place(EL_PASO, Mode.IN_PERSON), Place(EL_PASO, Mode.VIRTUAL)),
        "visit_type_codes": frozenset({"imaging-review"}),
    }
    return Practitioner(**(fields | changes))  # type: ignore[arg-type]


def a_visit_type(**changes: object) -> VisitType:
    """A 30-minute visit in person or by video, without buffers, notice or cap, a year ahead."""
    fields: dict[str, object] = {
        "id": 1,
        "code": "imaging-review",
        "title": Text("Imaging review", "Revisión de imágenes"),
        "summary": Text("We look at your pictures together.", "Vemos juntos sus imágenes."),
        "modes": (Mode.IN_PERSON, Mode.VIRTUAL),
        "minutes": 30,
        "buffer_before": 0,
        "buffer_after": 0,
        "minimum_notice": 0,
        "horizon_days": 365,
        "patient_cutoff": 1440,
        "daily_cap": None,
        "bookable_by": frozenset({Audience.PATIENT, Audience.DESK}),
        "room_kind": "exam",
    }
    return VisitType(**(fields | changes))  # type: ignore[arg-type]


def hours(
    opens: float = 9,
    closes: float = 17,
    weekdays: Iterable[int] = WEEKDAYS,
    modes: Iterable[Mode] = (Mode.IN_PERSON, Mode.VIRTUAL),
    **changes: object,
) -> tuple[WeeklyHours, ...]:
    """The same window on several weekdays and in several modes; `opens` and `closes` in hours of the clock."""
    fields: dict[str, object] = {"id": 0, "practitioner_id": DOCTOR, "location_id": EL_PASO}
    window: dict[str, object] = {"opens": round(opens * 60), "closes": round(closes * 60)}
    return tuple(
        WeeklyHours(**(fields | window | {"weekday": weekday, "mode": mode} | changes))  # type: ignore[arg-type]
        for weekday in weekdays
        for mode in modes
    )


def extra_hours(day: date, opens: float, closes: float, **changes: object) -> DatedHours:
    """Extra hours by video on one date, in hours of the clock."""
    fields: dict[str, object] = {
        "id": 0,
        "practitioner_id": DOCTOR,
        "location_id": EL_PASO,
        "mode": Mode.VIRTUAL,
        "day": day,
        "opens": round(opens * 60),
        "closes": round(closes * 60),
    }
    return DatedHours(**(fields | changes))  # type: ignore[arg-type]


def a_closure(
    day: date, opens: float | None = None, closes: float | None = None, **changes: object
) -> Closure:
    """A closure of every location, for the whole day unless hours of the clock are named."""
    fields: dict[str, object] = {
        "id": 0,
        "location_id": None,
        "day": day,
        "title": Text("Holiday", "Día festivo"),
        "opens": None if opens is None else round(opens * 60),
        "closes": None if closes is None else round(closes * 60),
    }
    return Closure(**(fields | changes))  # type: ignore[arg-type]


def a_clinic(**changes: object) -> Clinic:
    """The default clinic; any of its tables may be replaced by name."""
    fields: dict[str, object] = {
        "version": 1,
        "organization": an_organization(),
        "locations": (a_location(),),
        "rooms": tuple(a_room(room) for room in EXAM_ROOMS),
        "practitioners": (a_practitioner(),),
        "visit_types": (a_visit_type(),),
        "weekly_hours": hours(),
        "dated_hours": (),
        "closures": (),
        "gate": Gate("test", ()),
    }
    return Clinic(**(fields | changes))  # type: ignore[arg-type]


def a_question(clinic: Clinic | None = None, **changes: object) -> Question:
    """A week of video visits from Monday, asked two days before; `start`, `end` and `now` may be aware datetimes."""
    clinic = clinic or a_clinic()
    fields: dict[str, object] = {
        "clinic": clinic,
        "visit_type": clinic.visit_types[0],
        "mode": Mode.VIRTUAL,
        "start": datetime(2026, 9, 14, 6, tzinfo=UTC),
        "end": datetime(2026, 9, 21, 6, tzinfo=UTC),
        "now": datetime(2026, 9, 12, 12, tzinfo=UTC),
    }
    fields |= changes
    seconds = {name: epoch(value) for name, value in fields.items() if isinstance(value, datetime)}
    return Question(**(fields | seconds))  # type: ignore[arg-type]
