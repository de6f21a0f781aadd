"""The house on its first day: the clinic's name, its office, its rooms, its clinicians and when they work.

The full name says what is treated, so messages use the discreet one: it is the full name without that word, which
patients recognise and a lock screen may show. Ids are 0: the database gives them.
"""

from __future__ import annotations

from dataclasses import dataclass

from scheduler.domain.directory import Location, Mode, Organization, Room
from scheduler.domain.wording import Text

ZONE = "America/Denver"
"""El Paso keeps Mountain Time, unlike most of Texas."""

ORGANIZATION = Organization(
    name="West Texas Pain Institute",
    discreet_name="West Texas Institute",
    logo_text="West Texas Pain Institute",
    phone="+19155550100",
    email="office@example.com",
    zone=ZONE,
    website="https://example.com",
    languages=("en", "es"),
)

LOCATION = Location(
    id=0,
    code="el-paso",
    name="El Paso",
    zone=ZONE,
    line="100 Sample Avenue, Suite 200",
    city="El Paso",
    state="TX",
    postal_code="79901",
    phone="+19155550100",
    latitude=31.7587,
    longitude=-106.4869,
    directions=Text(
        "Park behind the building. The parking is free. The door has no steps. Take the elevator to floor 2.",
        "Deje su carro detrás del edificio. Es gratis. La entrada no tiene escalones. "
        "Suba en el elevador al piso 2.",
    ),
)

ROOMS = (
    Room(id=0, location_id=0, name="Exam room 1", kind="exam"),
    Room(id=0, location_id=0, name="Exam room 2", kind="exam"),
    Room(id=0, location_id=0, name="Exam room 3", kind="exam"),
    Room(id=0, location_id=0, name="Procedure room", kind="procedure"),
)


@dataclass(frozen=True, slots=True)
class Hours:
    """One weekly window: weekday (0 is Monday), minutes after local midnight, and how patients are seen."""

    weekday: int
    opens: int
    closes: int
    mode: Mode


@dataclass(frozen=True, slots=True)
class Clinician:
    """A clinician before the database knows them."""

    prefix: str
    given_name: str
    family_name: str
    credentials: str
    npi: str
    licensed_states: tuple[str, ...]
    languages: tuple[str, ...]
    visit_type_codes: frozenset[str]
    hours: tuple[Hours, ...]

    @property
    def modes(self) -> tuple[Mode, ...]:
        """In which ways this clinician sees people: those of the hours."""
        return tuple(mode for mode in Mode if any(hours.mode is mode for hours in self.hours))


def _week(mode: Mode, weekday: int, *windows: tuple[float, float]) -> tuple[Hours, ...]:
    """Windows of one weekday, given in hours of the clock (8.5 is half past eight)."""
    return tuple(Hours(weekday, round(opens * 60), round(closes * 60), mode) for opens, closes in windows)


MON, TUE, WED, THU, FRI = range(5)

_DOCTOR = frozenset({"new-fracture-evaluation", "imaging-review", "pre-procedure", "follow-up", "procedure"})
_NURSE = frozenset({"imaging-review", "nurse-triage-call", "pre-procedure", "follow-up"})

CLINICIANS = (
    Clinician(
        prefix="Dr.",
        given_name="Raul",
        family_name="Lopez",
        credentials="MD",
        npi="1234567893",
        licensed_states=("TX",),
        languages=("en", "es"),
        visit_type_codes=_DOCTOR,
        hours=(
            *_week(Mode.IN_PERSON, MON, (8, 12), (13, 17)),
            *_week(Mode.IN_PERSON, TUE, (8, 12), (13, 16.5)),
            *_week(Mode.VIRTUAL, WED, (9, 12), (13, 16)),
            *_week(Mode.IN_PERSON, THU, (8, 12), (13, 17)),
            *_week(Mode.VIRTUAL, FRI, (8, 12)),
        ),
    ),
    Clinician(
        prefix="Dr.",
        given_name="Daniel",
        family_name="Sample",
        credentials="MD",
        npi="1000000004",
        licensed_states=("TX", "NM"),
        languages=("en", "es"),
        visit_type_codes=_DOCTOR,
        hours=(
            *_week(Mode.VIRTUAL, MON, (9, 12), (13, 16.5)),
            *_week(Mode.IN_PERSON, TUE, (8.5, 12), (13, 17)),
            *_week(Mode.IN_PERSON, WED, (8.5, 12), (13, 17)),
            *_week(Mode.VIRTUAL, THU, (8.5, 12)),
            *_week(Mode.IN_PERSON, THU, (13, 17)),
            *_week(Mode.IN_PERSON, FRI, (8, 13)),
        ),
    ),
    Clinician(
        prefix="",
        given_name="Jordan",
        family_name="Example",
        credentials="NP",
        npi="1000000012",
        licensed_states=("TX",),
        languages=("en",),
        visit_type_codes=_NURSE,
        hours=(
            *_week(Mode.PHONE, MON, (8, 9.5), (16, 17)),
            *_week(Mode.IN_PERSON, MON, (9.5, 12), (13, 16)),
            *_week(Mode.IN_PERSON, TUE, (9, 12), (13, 17)),
            *_week(Mode.PHONE, WED, (8, 9.5), (16, 17)),
            *_week(Mode.VIRTUAL, WED, (9.5, 12), (13, 16)),
            *_week(Mode.IN_PERSON, THU, (9, 12), (13, 17)),
            *_week(Mode.PHONE, FRI, (8, 9.5), (13, 14)),
            *_week(Mode.VIRTUAL, FRI, (9.5, 13)),
        ),
    ),
)
