"""Those who work here see where they may go; everybody else sees nothing of it."""

from __future__ import annotations

import pytest
from flask import Flask

from scheduler.domain.actor import Actor, Role
from scheduler.web import context, navigation


def links_of(app: Flask, *roles: Role) -> list[str]:
    with app.test_request_context("/account"):
        context.act_as(Actor(frozenset(roles)))
        return [words for _, words, _ in navigation.staff_links()]


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (
            Role.MANAGER,
            ["Calendar", "To do", "Messages", "Calls", "Manage the clinic", "Your account", "Sign out"],
        ),
        (Role.DESK, ["Calendar", "To do", "Messages", "Calls", "Your account", "Sign out"]),
        (Role.CLINICIAN, ["Calendar", "Your account", "Sign out"]),
        (Role.PATIENT, []),
        (Role.ANYONE, []),
    ],
)
def test_each_role_sees_its_own_doors(app: Flask, role: Role, seen: list[str]) -> None:
    assert links_of(app, role) == seen


def test_the_page_one_stands_on_is_marked(app: Flask) -> None:
    with app.test_request_context("/account"):
        context.act_as(Actor(frozenset({Role.DESK})))
        assert [here for _, _, here in navigation.staff_links()] == [False, False, False, False, True, False]


def test_a_public_page_shows_no_staff_links(app: Flask) -> None:
    assert "Sign out" not in app.test_client().get("/").text
