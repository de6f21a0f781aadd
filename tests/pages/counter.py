"""The clinic on a Tuesday morning at two minutes past ten, with nobody in it yet: a desk to try things at.

The clock of the application stands there whatever the day of the test, so that people can walk in and be seen. Each
test asks for a day of its own and books its own visits on it.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from scheduler.app import create_app
from scheduler.domain.actor import SYSTEM
from scheduler.domain.appointment import Appointment
from scheduler.domain.booking import BookingRequest
from scheduler.domain.directory import Mode, Practitioner
from scheduler.domain.visit import Visit
from scheduler.persistence import migration
from scheduler.persistence.vault import KeyRing, Vault
from scheduler.services import changing, desk_booking, founding, staffing
from scheduler.services.house import House
from scheduler.services.seeding import Demo, DemoAccount
from tests.engines import CLERK, a_patient, passed_gate
from tests.pages.world import BUILT, Quiet, World, whole

EL_PASO = ZoneInfo("America/Denver")
MORNING = datetime(2027, 2, 2, 10, 2, tzinfo=EL_PASO)
PASSWORD = "correct horse battery"
ROLES = ("desk", "clinician", "manager")
_weeks = itertools.count(1)
_people = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Counter:
    """The clinic, and a day of its own for one test: a Tuesday, when the first doctor is in from eight to five."""

    world: World
    day: date
    taken: list[Visit] = field(default_factory=list)

    def now(self) -> datetime:
        """The moment by the application's clock."""
        offset: timedelta = self.world.app.extensions["settings"].now_offset
        return datetime.now(UTC) + offset

    def book(
        self,
        clock: str,
        code: str = "follow-up",
        mode: Mode = Mode.IN_PERSON,
        who: int = 0,
        at: datetime | None = None,
    ) -> Visit:
        """A visit of somebody new at that time of the day, booked now or `at` an earlier moment; `who` is the
        clinician's place in the directory.
        """
        start = datetime.combine(self.day, datetime.strptime(clock, "%H:%M").time(), EL_PASO)  # noqa: DTZ007
        doctor = self.doctor(who)
        patient = a_patient(family_name=f"Counter{_letters(next(_people))}")
        request = BookingRequest(
            code, mode, start.astimezone(UTC), doctor.id, passed_gate(self.world.house), patient
        )
        booked = desk_booking.book(self.world.house, request, CLERK, at or self.now())
        self.taken.append(booked)
        return booked

    def doctor(self, place: int) -> Practitioner:
        """The clinician at that place of the directory."""
        with self.world.house.database.reading() as connection:
            return self.world.house.clinic(connection).practitioners[place]

    def earlier(self, clock: str, who: int) -> Visit:
        """A visit of this morning, booked the day before."""
        return self.book(clock, who=who, at=self.now() - timedelta(days=1))

    def stands(self, visit: Visit) -> Appointment:
        """How a visit stands now."""
        return changing.show(self.world.house, visit.appointment.id).appointment

    def clock_of(self, visit: Visit) -> str:
        """When a visit begins now, on the wall."""
        return self.stands(visit).start.astimezone(EL_PASO).strftime("%H:%M")

    def open(self, page: Page, more: str = "", role: str = "desk") -> Page:
        """The calendar of that day, open and ready for keys."""
        self.world.sign_in(page, role)
        page.goto(self.world.address(f"/desk?day={self.day}{more}"))
        if self.taken:
            expect(page.locator(".cal-visit__link[tabindex='0']")).to_have_count(1)
        return page


def _letters(number: int) -> str:
    """1 is A, 27 is AA: names that no search takes for one another's number."""
    found = ""
    while number:
        number, rest = divmod(number - 1, 26)
        found = chr(65 + rest) + found
    return found


@contextmanager
def a_clinic_at_work(folder: Path) -> Iterator[World]:
    """A clinic without a single visit, served at the standing moment."""
    (folder / "vendor").symlink_to(BUILT)
    offset = int((MORNING - datetime.now(UTC)).total_seconds())
    app = create_app(
        {
            "INSTANCE_PATH": str(folder),
            "TESTING": "1",
            "DEMO": "1",
            "RATE_LIMITS": "off",
            "NOW_OFFSET": str(offset),
        }
    )
    app.config["PROPAGATE_EXCEPTIONS"] = False
    database = app.extensions["database"]
    migration.upgrade(database)
    founding.found(database, SYSTEM, MORNING)
    server = make_server("127.0.0.1", 0, whole(app), threaded=True, request_handler=Quiet)
    house = House(database, Vault(KeyRing.of(app.extensions["settings"].encryption_keys)), "127.0.0.1")
    demo = Demo(tuple(_hire(house, role) for role in ROLES), ())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield World(f"http://127.0.0.1:{server.server_port}", app, house, demo)
    server.shutdown()
    server.server_close()
    thread.join()
    database.dispose()


@pytest.fixture(scope="session")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The clinic of the whole run; each test has a day of its own in it."""
    with a_clinic_at_work(tmp_path_factory.mktemp("morning")) as world:
        yield world


def _hire(house: House, role: str) -> DemoAccount:
    with house.database.reading() as connection:
        doctor = house.clinic(connection).practitioners[0]
    staffing.create_user(
        house.database,
        email=f"{role}@example.com",
        name=role.capitalize(),
        roles=[role],
        password=PASSWORD,
        now=MORNING,
        actor=SYSTEM,
        practitioner_id=doctor.id if role == "clinician" else None,
    )
    return DemoAccount(role, f"{role}@example.com", PASSWORD)


@pytest.fixture
def counter(morning: World) -> Counter:
    """The clinic with a day ahead that no other test uses."""
    return Counter(morning, MORNING.date() + timedelta(weeks=next(_weeks)))


@pytest.fixture
def today(morning: World) -> Counter:
    """The clinic on the day that its clock stands at; its visits stay for the tests that follow."""
    return Counter(morning, MORNING.date())


@pytest.fixture
def desk(counter: Counter, new_page: Callable[..., Page]) -> Callable[[], Page]:
    """Opens the calendar of the test's day at the desk."""
    return lambda: counter.open(new_page())
