"""A founded clinic on each engine: tests that ask for `house` run twice, on SQLite and on PostgreSQL.

The SQLite file is migrated and founded once for the run and copied for each test; PostgreSQL copies a template
database. The standing moment is a Monday in September, so that the clocks stay out of tests that are not about them.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from scheduler.domain.actor import SYSTEM, Actor, Role
from scheduler.domain.booking import BookingRequest, GateAnswers
from scheduler.domain.directory import Mode
from scheduler.domain.person import PatientDetails, RemindBy, VirtualDetails
from scheduler.domain.safety_gate import Answer
from scheduler.persistence import migration
from scheduler.persistence.accounts import AccountRow
from scheduler.persistence.database import Database
from scheduler.persistence.vault import KeyRing, Vault
from scheduler.services import founding, slot_search
from scheduler.services.house import House
from scheduler.services.slot_search import SlotQuery
from tests.pool import Pool
from tests.postgres import Server, as_text

NOW = datetime(2026, 9, 14, 15, 0, tzinfo=UTC)
"""Monday, September 14, 2026, 9:00 in El Paso."""

KEYS = "k1:" + "MTIz" * 10 + "MTI=,stable:" + "NDU2" * 10 + "NDU="

SOMEBODY = Actor(frozenset({Role.ANYONE}), request_id="test", address="192.0.2.1")
OWNER = Actor(frozenset({Role.PATIENT}), id="link", request_id="test", address="192.0.2.1")
MANAGER = Actor(frozenset({Role.MANAGER}), id="1", request_id="test", address="192.0.2.7")
CLERK = Actor(frozenset({Role.DESK}), id="7", request_id="test", address="192.0.2.9")

_count = itertools.count(1)


@pytest.fixture(scope="session")
def founded_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated and founded SQLite file to copy from."""
    path = tmp_path_factory.mktemp("founded") / "template.sqlite"
    database = Database(f"sqlite:///{path}")
    migration.upgrade(database)
    founding.found(database, SYSTEM, NOW)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture(scope="session")
def founded_template(postgres_server: Server, postgres_template: str) -> Iterator[str]:
    """The name of a founded PostgreSQL database to copy from."""
    url = postgres_server.create(postgres_template)
    database = Database(as_text(url))
    founding.found(database, SYSTEM, NOW)
    database.dispose()
    assert url.database
    yield url.database
    postgres_server.drop(url)


@pytest.fixture(scope="session")
def founded_pool(postgres_server: Server, founded_template: str) -> Iterator[Pool]:
    """PostgreSQL databases of a founded clinic."""
    pool = Pool(postgres_server, founded_template)
    yield pool
    pool.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def founded_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh founded clinic, once on each engine."""
    if request.param == "sqlite":
        path = tmp_path / "clinic.sqlite"
        shutil.copyfile(request.getfixturevalue("founded_file"), path)
        yield f"sqlite:///{path}"
        return
    pool: Pool = request.getfixturevalue("founded_pool")
    url = pool.lend()
    yield as_text(url)
    pool.take_back(url)


@pytest.fixture
def house(founded_url: str) -> Iterator[House]:
    """A founded clinic at hand, once on each engine."""
    house = open_house(founded_url)
    yield house
    house.database.dispose()


@pytest.fixture
def sqlite_house(founded_file: Path, tmp_path: Path) -> Iterator[House]:
    """The same on SQLite alone, for what is not about the engine."""
    path = tmp_path / "one.sqlite"
    shutil.copyfile(founded_file, path)
    house = open_house(f"sqlite:///{path}")
    yield house
    house.database.dispose()


@pytest.fixture
def account(house: House) -> None:
    """The clerk has an account: who takes a thing from the list is one of the staff."""
    row = {
        "id": int(CLERK.id),
        "email": "c@example.com",
        "name": "C",
        "roles": ["desk"],
        "password_hash": "x",
        "created_at": NOW,
        "changed_at": NOW,
    }
    with house.database.transaction() as connection:
        connection.execute(insert(AccountRow).inline(), row)


def open_house(url: str) -> House:
    """The house of that database, with keys that all processes of a test share; all its people sit at one address."""
    return House(Database(url), Vault(KeyRing.parse(KEYS)), "clinic.example.com", has_limits=False)


def a_patient(**changes: object) -> PatientDetails:
    """A person whom nobody else in the test is."""
    number = next(_count)
    fields: dict[str, object] = {
        "given_name": "Ana",
        "family_name": f"Example {number}",
        "birth_date": date(1948, 3, 9),
        "phone": f"+1915555{100 + number % 100:04d}",
        "email": f"ana{number}@example.com",
        "language": "en",
        "remind_by": (RemindBy.EMAIL,),
    }
    return PatientDetails(**(fields | changes))  # type: ignore[arg-type]


def passed_gate(house: House, language: str = "en") -> GateAnswers:
    """No to every sign of the wording in force."""
    with house.database.reading() as connection:
        gate = house.clinic(connection).gate
    return GateAnswers(gate.version, {question.id: Answer.NO for question in gate.questions}, language)


def in_texas(house: House) -> VirtualDetails:
    """A virtual patient at home in Texas who accepts the consent in force."""
    with house.database.reading() as connection:
        version = house.clinic(connection).consent("telehealth").version
    return VirtualDetails("US-TX", "+19155550199", version)


def query(mode: Mode = Mode.IN_PERSON, code: str = "imaging-review", **changes: object) -> SlotQuery:
    """A wish for the two weeks from tomorrow on."""
    fields: dict[str, object] = {
        "visit_type_code": code,
        "mode": mode,
        "start": NOW + timedelta(days=1),
        "end": NOW + timedelta(days=15),
    }
    return SlotQuery(**(fields | changes))  # type: ignore[arg-type]


def a_request(house: House, mode: Mode = Mode.IN_PERSON, **changes: object) -> BookingRequest:
    """A request for the soonest time of the coming two weeks by somebody new."""
    asked = query(mode)
    fields: dict[str, object] = {
        "visit_type_code": asked.visit_type_code,
        "mode": mode,
        "practitioner_id": None,
        "gate": passed_gate(house),
        "patient": a_patient(),
        "virtual": in_texas(house) if mode is Mode.VIRTUAL else None,
    }
    if "start" not in changes:
        fields["start"] = slot_search.find(house, asked, NOW, limit=1)[0].start
    return BookingRequest(**(fields | changes))  # type: ignore[arg-type]
