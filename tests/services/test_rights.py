"""Rights are asked in the services: whatever a door for staff calls demands a right, or is named here with its reason.

The look at the sources finds a service that was forgotten; the calls below it find a right that does not hold.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from scheduler.domain.actor import Actor, Role
from scheduler.domain.calendar import View
from scheduler.domain.errors import NotPermitted
from scheduler.domain.interval import epoch
from scheduler.domain.message_story import Outcome
from scheduler.domain.notification import Channel
from scheduler.domain.wording import Text
from scheduler.services import (
    calendar,
    call_list,
    desk_moving,
    finding,
    ledger,
    merging,
    message_rules,
    messaging_health,
    people_search,
    person_page,
    publishing,
    putting_right,
    rostering,
    undoing,
    visit_panel,
    waiting,
)
from scheduler.services.calendar import Wish
from scheduler.services.house import House
from scheduler.web.guards import StaffGuard
from scheduler.web.routes import SITE
from tests.engines import CLERK, NOW, a_patient

SCHEDULER = Path(__file__).resolve().parent.parent.parent / "scheduler"
NOBODY = Actor(frozenset({Role.ANYONE}))
CLINICIAN = Actor(frozenset({Role.CLINICIAN}), id="9", practitioner_id=1)

FREE = {
    "auditing.narrowed": "turns a number into a search, which demands the right",
    "calendar.mark": "a number that tells of a change and of nothing else",
    "calendar.zone_of": "a clock on a wall",
    "calendar_feeds.of_staff": "one's own feeds; the door says whose",
    "changing.show": "patients read it by their link; at the desk it says how a visit stands by now",
    "confirming.confirm": "patients do it too, by their link",
    "consulting.number_of": "a number for a name that one has already",
    "desk_booking.soon": "the next five minutes",
    "desk_booking.soonest": "a free time, which anybody may know",
    "desk_moving.find": "the shape of a visit, without its people",
    "messaging_health.show": "how the sending goes, without a person",
    "outside_calendars.everybodys": "addresses of calendars; the door is the manager's",
    "outside_calendars.of_practitioner": "one's own calendars; the door says whose",
    "replanning.is_under_way": "a yes or no, without a person",
    "signalling.breathe": "the call says who speaks",
    "signalling.hang_up": "the call says who speaks",
    "waiting.wish_of": "the wish alone, behind a page that demands the right",
}
"""What may be called without a right, and why."""


@cache
def functions() -> dict[str, ast.FunctionDef]:
    """Every function of the services, as module.name."""
    return {
        f"{path.stem}.{node.name}": node
        for path in sorted((SCHEDULER / "services").glob("*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }


@cache
def demands(name: str, depth: int = 4) -> bool:
    """Say whether a service asks for a right, itself or by what it calls."""
    module, node = name.partition(".")[0], functions()[name]
    for call in (each for each in ast.walk(node) if isinstance(each, ast.Call)):
        called = ast.unparse(call.func)
        if called in {"demand", "looking.at_record"}:
            return True
        inner = called if called in functions() else f"{module}.{called}"
        if depth and inner in functions() and inner != name and demands(inner, depth - 1):
            return True
    return False


def called_by_staff() -> set[str]:
    """Every service that a view behind a guard for staff calls."""
    doors = {
        door.blueprint.import_name.rpartition(".")[2]
        for door in SITE
        if any(isinstance(guard, StaffGuard) and guard.roles for guard in door.guards)
    }
    found = set()
    for door in doors - {"screen", "second_step", "factors", "account"}:
        source = (SCHEDULER / "web" / f"{door}.py").read_text(encoding="utf-8")
        found |= {".".join(pair) for pair in re.findall(r"\b(\w+)\.(\w+)\(", source)}
    return found & set(functions())


def test_whatever_a_door_for_staff_calls_demands_a_right() -> None:
    called = called_by_staff()
    assert len(called) > 60
    assert sorted(name for name in called if not demands(name) and name not in FREE) == []
    assert sorted(set(FREE) - called) == []


DAY = NOW.date()
SERVICES: dict[str, Callable[[House, Actor], object]] = {
    "calendar.look": lambda h, a: calendar.look(h, Wish(View.CLINICIANS, DAY), a, epoch(NOW)),
    "calendar.month": lambda h, a: calendar.month(h, Wish(View.MONTH, DAY), a),
    "calendar.export_day": lambda h, a: calendar.export_day(h, Wish(View.CLINICIANS, DAY), a, NOW),
    "call_list.today": lambda h, a: call_list.today(h, a, NOW),
    "call_list.note": lambda h, a: call_list.note(h, 1, Outcome.REACHED, a, NOW),
    "desk_moving.show": lambda h, a: desk_moving.show(h, "x", a, NOW),
    "finding.find": lambda h, a: finding.find(h, finding.Wish("ana"), a, NOW),
    "ledger.of_visit": lambda h, a: ledger.of_visit(h, "x", a, NOW),
    "ledger.one": lambda h, a: ledger.one(h, 1, a, NOW),
    "ledger.resend": lambda h, a: ledger.resend(h, 1, a, NOW),
    "merging.merge": lambda h, a: merging.merge(h, 1, 2, (), a, NOW),
    "merging.undo": lambda h, a: merging.undo(h, "x", a, NOW),
    "message_rules.remove_policy": lambda h, a: message_rules.remove_policy(h, 1, a, NOW),
    "messaging_health.pause": lambda h, a: messaging_health.pause(h, Channel.SMS, a, NOW),
    "people_search.search": lambda h, a: people_search.search(h, "ana", a, NOW),
    "people_search.alike": lambda h, a: people_search.alike(h, a_patient(), a, NOW),
    "person_page.show": lambda h, a: person_page.show(h, 1, a, NOW),
    "publishing.publish_text": lambda h, a: publishing.publish_text(h, "telehealth", Text("a", "b"), a, NOW),
    "putting_right.show": lambda h, a: putting_right.show(h, 1, a, NOW),
    "rostering.remove_closure": lambda h, a: rostering.remove_closure(h, 1, a, NOW),
    "undoing.last": lambda h, a: undoing.last(h, a, NOW),
    "visit_panel.show": lambda h, a: visit_panel.show(h, "x", a, NOW),
    "waiting.board": lambda h, a: waiting.board(h, a, NOW),
}
FOR_MANAGERS = (
    "calendar.export_day",
    "message_rules.remove_policy",
    "messaging_health.pause",
    "publishing.publish_text",
    "rostering.remove_closure",
)
FOR_THE_DESK = ("call_list.today", "ledger.one", "merging.merge", "waiting.board", "desk_moving.show")


@pytest.mark.parametrize("name", SERVICES)
def test_a_stranger_is_refused_by_the_service_itself(sqlite_house: House, name: str) -> None:
    with pytest.raises(NotPermitted):
        SERVICES[name](sqlite_house, NOBODY)


@pytest.mark.parametrize("name", FOR_MANAGERS)
def test_the_desk_is_refused_what_is_the_managers(sqlite_house: House, name: str) -> None:
    with pytest.raises(NotPermitted):
        SERVICES[name](sqlite_house, CLERK)


@pytest.mark.parametrize("name", FOR_THE_DESK)
def test_a_clinician_is_refused_what_is_the_desks(sqlite_house: House, name: str) -> None:
    with pytest.raises(NotPermitted):
        SERVICES[name](sqlite_house, CLINICIAN)
