"""Nobody comes through a door that is not theirs, and what is foreign looks like what is missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from flask import Flask, g
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule

from scheduler.domain.account import StaffMember
from scheduler.domain.actor import Actor, Role
from scheduler.domain.errors import NotFound, NotPermitted, SignInRequired
from scheduler.domain.link import LinkPurpose
from scheduler.domain.staff_session import StaffSession, Stage
from scheduler.persistence import audit, links
from scheduler.web import context, guards
from scheduler.web.guards import LinkGuard, StaffGuard
from scheduler.web.routes import SITE, door_of
from scheduler.web.staff_session import SignedIn
from tests.inspector import Inspector
from tests.staff import at_work, hire

MANAGE, VISIT = LinkPurpose.MANAGE, LinkPurpose.VISIT
STAFF = (Role.DESK, Role.CLINICIAN, Role.MANAGER)
SignIn = Callable[[Role], Inspector]


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """Opens a browser that a member of the staff with this one role is signed in with."""

    def enter(role: Role) -> Inspector:
        email, now = f"{role.value}@example.com", datetime.now(UTC)
        hire(app, email, role.value, now=now, practitioner_id=1 if role is Role.CLINICIAN else None)
        return at_work(app, email, now=now)

    return enter


def staff_rules(app: Flask) -> list[tuple[Rule, StaffGuard]]:
    """Every address behind a guard for staff."""
    found = []
    for rule in app.url_map.iter_rules():
        door = door_of(rule.endpoint.rpartition(".")[0])
        found += [(rule, one) for one in (door.guards if door else ()) if isinstance(one, StaffGuard)]
    return found


def ask(client: Inspector, app: Flask, rule: Rule) -> Any:
    """Ask for an address with made-up parts, by its own method."""
    parts = {name: made_up(converter) for name, converter in rule._converters.items()}
    path = app.url_map.bind("localhost").build(rule.endpoint, parts, method=method_of(rule))
    return client.open(path, method=method_of(rule))


def made_up(converter: BaseConverter) -> Any:
    """A value that the address takes and that stands for nothing."""
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    if isinstance(converter, IntegerConverter):
        return 999999
    return next(text for text in ("x", "x" * 32) if re.fullmatch(converter.regex, text))


def method_of(rule: Rule) -> str:
    [method] = (rule.methods or set()) - {"HEAD", "OPTIONS"}
    return method


def test_strangers_are_sent_to_the_sign_in_or_refused(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client = cast("Inspector", app.test_client())
    for rule, _ in staff_rules(app):
        answer = ask(client, app, rule)
        if method_of(rule) == "GET":
            assert answer.status_code == 303, rule
            assert answer.location.startswith("/sign-in?next="), rule
        else:
            assert answer.status_code == 401, rule


@pytest.mark.parametrize("role", STAFF)
def test_each_role_comes_through_its_own_doors_and_no_others(app: Flask, sign_in: SignIn, role: Role) -> None:
    client = sign_in(role)
    app.config["WTF_CSRF_ENABLED"] = False
    work = [(rule, guard) for rule, guard in staff_rules(app) if Stage.OPEN in guard.stages]
    for rule, guard in work:
        if role in guard.roles:
            continue
        assert ask(client, app, rule).status_code == 403, rule
    mine = [rule for rule, guard in work if role in guard.roles and method_of(rule) == "GET"]
    assert mine
    for rule in mine:
        answer = ask(client, app, rule)
        assert answer.status_code < 500, rule
        assert answer.status_code not in {401, 403}, rule
        assert not (answer.location or "").startswith("/sign-in"), rule


def test_a_refusal_of_the_staff_is_written_down(app: Flask) -> None:
    clerk = StaffMember(7, "dee@example.com", "Dee", frozenset({Role.DESK}), None, "en", has_factor=True)
    now = datetime.now(UTC)
    session = StaffSession("s", 7, now, now, now + timedelta(hours=1), now, second_at=now)
    with app.test_request_context("/account"):
        g._login_user = SignedIn("handle", session, clerk)
        with pytest.raises(NotPermitted):
            guards.staff(Role.MANAGER)()
    with app.extensions["database"].reading() as connection:
        refused = [record for record in audit.unsealed(connection, 100) if record.outcome == "refused"]
    assert [(one.action, one.object_id, one.actor_kind, one.actor_id) for one in refused] == [
        ("enter", "account", "desk", "7")
    ]


def test_every_door_with_a_token_in_its_address_has_a_link_guard(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        door = door_of(rule.endpoint.rpartition(".")[0])
        if door and "token" in rule.arguments:
            assert any(isinstance(one, LinkGuard) for one in door.guards), rule
            assert door.token, rule


def test_doors_for_staff_are_personal() -> None:
    for door in SITE:
        if any(isinstance(one, StaffGuard) for one in door.guards):
            assert door.personal, door.prefix


def a_link(app: Flask, purpose: LinkPurpose = MANAGE, **more: Any) -> str:
    with app.extensions["database"].transaction() as connection:
        return links.issue(connection, app.extensions["vault"], purpose, now=datetime.now(UTC), **more)


def knock(app: Flask, secret: str, *purposes: LinkPurpose) -> Actor:
    """Stand before a link guard with this secret; returns who one is inside."""
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": "192.0.2.1"}) as request:
        request.request.view_args = {"token": secret}
        assert guards.link(*purposes)() is None
        return context.actor()


def test_the_holder_of_a_link_comes_in_as_a_patient(app: Flask) -> None:
    known = knock(app, a_link(app), MANAGE)
    assert known.roles == frozenset({Role.PATIENT})
    assert known.address == "192.0.2.1"
    assert len(known.id) == 32


def test_wrong_ended_revoked_and_foreign_links_are_all_just_not_found(app: Flask) -> None:
    revoked, now = a_link(app), datetime.now(UTC)
    with app.extensions["database"].transaction() as connection:
        found = links.find(connection, revoked, MANAGE, now)
        assert found is not None
        links.revoke(connection, found.id, now)
    ended = a_link(app, expires_at=now - timedelta(seconds=1))
    for secret in (revoked, ended, a_link(app, VISIT), "x" * 43, "", "\0"):
        with pytest.raises(NotFound):
            knock(app, secret, MANAGE)


@pytest.mark.parametrize("header", ["", "Basic abc", "Bearer", "Bearer "])
def test_without_a_bearer_token_the_api_asks_for_one(app: Flask, header: str) -> None:
    with app.test_request_context("/", headers={"Authorization": header}), pytest.raises(SignInRequired):
        guards.bearer(MANAGE)


def test_a_bearer_token_is_the_secret_of_a_link(app: Flask) -> None:
    with app.test_request_context("/", headers={"Authorization": f"bearer {a_link(app)}"}):
        assert guards.bearer(MANAGE) is guards.current_link()
        assert context.actor().roles == {Role.PATIENT}
    for secret in ("x" * 43, a_link(app, VISIT)):
        headers = {"Authorization": f"Bearer {secret}"}
        with app.test_request_context("/", headers=headers), pytest.raises(NotFound):
            guards.bearer(MANAGE)


def test_what_is_for_demos_is_not_there_in_earnest(make_app: Callable[..., Flask]) -> None:
    with make_app(DEMO="0").test_request_context("/"), pytest.raises(NotFound):
        guards.demo_only()
    with make_app(DEMO="1").test_request_context("/"):
        assert guards.demo_only() is None


def normalised(page: str) -> str:
    """The page without what differs from request to request."""
    return re.sub(r"[0-9a-f]{16}|value=\"[^\"]+\"|(?:href|action)=\"[^\"]+\"", "", page)


def test_a_foreign_and_a_missing_thing_get_the_same_answer(app: Flask, sign_in: SignIn) -> None:
    client = sign_in(Role.DESK)
    other = sign_in(Role.MANAGER)
    with app.extensions["database"].reading() as connection:
        foreign = connection.exec_driver_sql(
            "SELECT s.id FROM staff_session s JOIN account a ON a.id = s.account_id"
            " WHERE a.email = 'manager@example.com'"
        ).scalar_one()
    app.config["WTF_CSRF_ENABLED"] = False
    answers = [client.post(f"/account/sessions/{which}/end") for which in (foreign, "0" * 32)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert len({normalised(answer.text) for answer in answers}) == 1
    assert other.get("/account").status_code == 200
