"""Staff at work in front of a browser, as tests need them: one of each role, signed in with both steps."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from flask import Flask

from scheduler.domain.actor import SYSTEM
from scheduler.domain.second_factor import KeyMaterial
from scheduler.domain.visit import Visit
from scheduler.persistence import accounts, second_factors, staff_sessions
from scheduler.services import staffing
from tests.inspector import Inspector
from tests.patients import Clock
from tests.programs import house_of

PASSWORD = "correct horse battery"

Employ = Callable[[str], Inspector]


def hire(
    app: Flask, email: str, *roles: str, now: datetime | None = None, practitioner_id: int | None = None
) -> int:
    """Gives somebody an account with a password and a passkey; returns its number."""
    database, now = house_of(app).database, now or datetime.now(UTC)
    number = staffing.create_user(
        database,
        email=email,
        name=email.partition("@")[0],
        roles=roles,
        password=PASSWORD,
        now=now,
        actor=SYSTEM,
        practitioner_id=practitioner_id,
    )
    with database.transaction() as connection:
        key = KeyMaterial(secrets.token_bytes(16), b"public", 0)
        second_factors.add_passkey(connection, number, key, "Test key", now)
    return number


def at_work(app: Flask, email: str, *, now: datetime | None = None) -> Inspector:
    """A browser with which somebody has signed in and shown their passkey."""
    client = cast("Inspector", app.test_client())
    answer = client.submit("/sign-in", {"email": email, "password": PASSWORD})
    assert answer.status_code == 303, answer.status_code
    show_factor(app, email, now=now)
    return client


def show_factor(app: Flask, email: str, *, now: datetime | None = None) -> None:
    """Marks every browser of an account as one that the second factor was shown with."""
    now = now or datetime.now(UTC)
    with house_of(app).database.transaction() as connection:
        found = accounts.by_email(connection, email)
        assert found is not None
        for session in staff_sessions.live_ones(connection, found[0].id, now):
            until = now + timedelta(hours=12)
            staff_sessions.change(connection, session.id, second_at=now, expires_at=until)


@pytest.fixture
def employ(app: Flask, clock: Clock) -> Employ:
    """Gives somebody a role and signs them in; it is the tests' Monday morning."""

    def sign_in(role: str) -> Inspector:
        email = f"{role}@example.com"
        hire(app, email, role)
        return at_work(app, email)

    return sign_in


@pytest.fixture
def clerk(employ: Employ) -> Inspector:
    """Somebody at the front desk."""
    return employ("desk")


@pytest.fixture
def doctor(app: Flask, clock: Clock, visit: Visit) -> Inspector:
    """The clinician of the test's own `visit`, signed in."""
    hire(app, "doctor@example.com", "clinician", practitioner_id=visit.practitioner.id)
    return at_work(app, "doctor@example.com")
