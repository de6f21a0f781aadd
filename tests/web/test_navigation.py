"""Those who work here see where they may go; everybody else sees nothing of it."""

from __future__ import annotations

import ast
import re

import pytest
from flask import Flask

from scheduler.domain.actor import Actor, Role
from scheduler.web import context, navigation
from tests.pages.world import ROOT


def links_of(app: Flask, *roles: Role) -> list[str]:
    with app.test_request_context("/account"):
        context.act_as(Actor(frozenset(roles)))
        return [words for _, words, _ in (*navigation.staff_links(), *navigation.own_links())]


@pytest.mark.parametrize(
    ("role", "seen", "hidden"),
    [
        (Role.MANAGER, {"To do", "Messages", "Calls", "Blocks", "Manage the clinic", "Sign out"}, set()),
        (Role.DESK, {"Calendar", "To do", "Messages", "Calls", "Blocks"}, {"Manage the clinic"}),
        (Role.CLINICIAN, {"Calendar", "Your account", "Sign out"}, {"To do", "Calls", "Manage the clinic"}),
    ],
)
def test_each_role_sees_its_own_doors(app: Flask, role: Role, seen: set[str], hidden: set[str]) -> None:
    found = set(links_of(app, role))
    assert seen <= found
    assert not hidden & found


@pytest.mark.parametrize("role", [Role.PATIENT, Role.ANYONE])
def test_who_does_not_work_here_sees_none(app: Flask, role: Role) -> None:
    assert links_of(app, role) == []


def test_the_page_one_stands_on_is_marked(app: Flask) -> None:
    with app.test_request_context("/account"):
        context.act_as(Actor(frozenset({Role.DESK})))
        marked = [words for _, words, here in navigation.own_links() if here]
    assert marked == ["Your account"]


def test_a_public_page_shows_no_staff_links(app: Flask) -> None:
    assert "Sign out" not in app.test_client().get("/").text


def test_no_view_hands_over_a_name_that_the_frame_sets_for_itself() -> None:
    frame = (ROOT / "templates" / "base.html").read_text(encoding="utf-8")
    taken = set(re.findall(r"{%-? set (\w+) =", frame))
    assert "ways_of_staff" in taken
    handed = {
        (path.name, keyword.arg)
        for path in sorted((ROOT / "scheduler" / "web").glob("*.py"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "render_template"
        for keyword in call.keywords
    }
    assert len(handed) > 100
    assert sorted(pair for pair in handed if pair[1] in taken) == []
