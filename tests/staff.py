"""Staff at work in front of a browser, as tests need them: one of each role, signed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
from flask import Flask

from scheduler.domain.actor import SYSTEM
from scheduler.services import staffing
from tests.engines import NOW
from tests.inspector import Inspector
from tests.patients import Clock
from tests.programs import house_of

PASSWORD = "correct horse battery"

Employ = Callable[[str], Inspector]


@pytest.fixture
def employ(app: Flask, clock: Clock) -> Employ:
    """Gives somebody a role and signs them in; it is the tests' Monday morning."""

    def sign_in(role: str) -> Inspector:
        email = f"{role}@example.com"
        staffing.create_user(
            house_of(app).database,
            email=email,
            name=role,
            roles=[role],
            password=PASSWORD,
            now=NOW,
            actor=SYSTEM,
        )
        client = cast("Inspector", app.test_client())
        client.submit("/sign-in", {"email": email, "password": PASSWORD})
        return client

    return sign_in


@pytest.fixture
def clerk(employ: Employ) -> Inspector:
    """Somebody at the front desk."""
    return employ("desk")
