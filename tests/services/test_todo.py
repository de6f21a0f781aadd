"""Nothing on the desk's list can be lost: two desks are told apart, each step is kept for good, each kind is shown."""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from scheduler.domain.actor import SYSTEM, Actor, Role
from scheduler.domain.call_back import Urgency
from scheduler.domain.errors import InvalidInput, NotFound, NotPermitted, StaleVersion
from scheduler.domain.worklist import SORTS, Act, End, State, Step, Wanted
from scheduler.persistence import worklist
from scheduler.services import late_change, staffing, todo
from scheduler.services.house import House
from tests.engines import NOW
from tests.post import PATIENT, book
from tests.services.test_ledger import acts

HOUR = timedelta(hours=1)
ALL = Wanted()


def employ(house: House, name: str) -> Actor:
    """Somebody at the desk with an account of their own."""
    member = staffing.create_user(
        house.database,
        email=f"{name}@example.com",
        name=name,
        roles=["desk"],
        password="correct horse battery",
        now=NOW,
        actor=SYSTEM,
    )
    return Actor(frozenset({Role.DESK}), id=str(member), request_id="test", address="192.0.2.9")


@pytest.fixture
def ruth(house: House) -> Actor:
    return employ(house, "ruth")


def put(house: House, kind: str = "call-back", urgency: Urgency = Urgency.NORMAL, **changes: object) -> str:
    """Put a call on the list."""
    note = {"name": "Ana Example", "phone": "+19155550123"}
    fields: dict[str, object] = {"urgency": urgency.value, "language": "es", "now": NOW}
    with house.database.transaction() as connection:
        return worklist.add(connection, house.vault, kind, note, **(fields | changes))  # type: ignore[arg-type]


def shown(house: House, actor: Actor, wanted: Wanted = ALL, now: object = NOW) -> list[str]:
    """The ids on a shelf, in order."""
    return [task.item.id for task in todo.look(house, wanted, actor, now).tasks]  # type: ignore[arg-type]


def test_urgent_things_come_first_and_then_the_oldest(house: House, ruth: Actor) -> None:
    new = put(house, now=NOW)
    old = put(house, now=NOW - HOUR)
    urgent = put(house, urgency=Urgency.URGENT)
    assert shown(house, ruth) == [urgent, old, new]
    count = todo.count(house, NOW)
    assert (count.waiting, count.urgent) == (3, 1)


def test_of_one_moment_the_soonest_visit_comes_first(house: House, ruth: Actor) -> None:
    days = (9, 3, 5)
    visits = {day: book(house, days=day).appointment for day in days}
    items = {day: put(house, "stranded", appointment_id=visits[day].id) for day in days}
    assert shown(house, ruth) == [items[day] for day in sorted(days)]


def test_what_was_put_off_leaves_the_list_and_comes_back(house: House, ruth: Actor) -> None:
    item = put(house)
    todo.act(house, item, 0, Act(Step.SNOOZE, until=NOW + HOUR), ruth, NOW)
    assert shown(house, ruth) == []
    assert shown(house, ruth, Wanted(State.SNOOZED)) == [item]
    assert shown(house, ruth, now=NOW + HOUR) == [item]
    assert todo.count(house, NOW + HOUR).waiting == 1


def test_two_desks_cannot_both_end_one_thing(house: House, ruth: Actor) -> None:
    item, otto = put(house), employ(house, "otto")
    todo.act(house, item, 0, Act(Step.DONE, end=End.SPOKE), ruth, NOW)
    with pytest.raises(StaleVersion):
        todo.act(house, item, 0, Act(Step.DONE, end=End.REBOOKED), otto, NOW)
    task, _ = todo.one(house, item, otto, NOW)
    assert [(event.step, event.actor_id, event.outcome) for event in task.history] == [
        (Step.DONE, ruth.id, "spoke")
    ]


def test_the_same_press_twice_is_one_step(house: House, ruth: Actor) -> None:
    item = put(house)
    for _ in range(2):
        todo.act(house, item, 0, Act(Step.DONE, end=End.NOTHING, words="moved away"), ruth, NOW)
    task, _ = todo.one(house, item, ruth, NOW)
    assert [event.words for event in task.history] == ["moved away"]
    assert acts(house, "todo-done") == [(item, None)]


def test_a_refused_step_leaves_nothing(house: House, ruth: Actor) -> None:
    item = put(house)
    with pytest.raises(InvalidInput):
        todo.act(house, item, 0, Act(Step.DONE), ruth, NOW)
    assert todo.one(house, item, ruth, NOW)[0].item.version == 0


def test_what_is_done_stays_with_who_when_and_why(house: House, ruth: Actor) -> None:
    item = put(house)
    todo.act(house, item, 0, Act(Step.DONE, end=End.NOT_REACHED, words="three days"), ruth, NOW)
    (task,) = todo.look(house, Wanted(State.DONE), ruth, NOW).tasks
    (event,) = task.history
    assert (task.item.id, event.at, task.staff[event.actor_id]) == (item, NOW, "ruth")
    assert (event.outcome, event.words) == ("not-reached", "three days")


@pytest.mark.parametrize(
    "statement",
    ["UPDATE worklist_event SET step = 'note'", "DELETE FROM worklist_event"],
)
def test_the_database_lets_nobody_alter_a_step(house: House, ruth: Actor, statement: str) -> None:
    todo.act(house, put(house), 0, Act(Step.CLAIM), ruth, NOW)
    with pytest.raises(DBAPIError, match="append_only"), house.database.transaction() as connection:
        connection.execute(text(statement))


def test_words_and_names_are_sealed_in_the_database(house: House, ruth: Actor) -> None:
    todo.act(house, put(house), 0, Act(Step.NOTE, words="daughter Luz answers"), ruth, NOW)
    with house.database.reading() as connection:
        rows = [*connection.execute(text("SELECT * FROM worklist_event"))]
        rows += [*connection.execute(text("SELECT * FROM worklist"))]
    assert b"Luz" not in repr(rows).encode()
    assert "Ana" not in repr(rows)


def test_a_thing_shows_whom_to_call_about_which_visit(house: House, ruth: Actor) -> None:
    visit = book(house)
    late_change.ask(house, visit.appointment.id, "move", "my ride is sick", PATIENT, NOW)
    (task,) = todo.look(house, Wanted(), ruth, NOW).tasks
    assert (task.name, task.phone) == (visit.patient.name, visit.patient.phone)
    assert task.visit and task.visit.appointment.id == visit.appointment.id


def test_a_look_is_written_down(house: House, ruth: Actor) -> None:
    item = put(house)
    shown(house, ruth)
    assert acts(house, "see-todo") == [(item, None)]


def test_only_mine_are_those_i_took(house: House, ruth: Actor) -> None:
    mine = put(house)
    put(house)
    todo.act(house, mine, 0, Act(Step.CLAIM), ruth, NOW)
    assert shown(house, ruth, Wanted(claimed_by=int(ruth.id))) == [mine]


def test_the_list_is_read_in_pages_and_says_when_there_is_more(house: House, ruth: Actor) -> None:
    for _ in range(3):
        put(house)
    board = todo.look(house, Wanted(limit=2), ruth, NOW)
    assert (len(board.tasks), board.has_more) == (2, True)
    board = todo.look(house, Wanted(limit=2, offset=2), ruth, NOW)
    assert (len(board.tasks), board.has_more) == (1, False)


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.PATIENT, Role.ANYONE])
def test_the_list_is_the_desks(house: House, role: Role) -> None:
    stranger = Actor(frozenset({role}), id="1")
    item = put(house)
    with pytest.raises(NotPermitted):
        todo.look(house, Wanted(), stranger, NOW)
    with pytest.raises(NotPermitted):
        todo.act(house, item, 0, Act(Step.CLAIM), stranger, NOW)


def test_what_is_not_there_is_not_found(house: House, ruth: Actor) -> None:
    with pytest.raises(NotFound):
        todo.act(house, "0" * 32, 0, Act(Step.CLAIM), ruth, NOW)


def test_every_kind_that_a_service_puts_on_the_list_has_its_line() -> None:
    """Reads the services: whatever is handed to `worklist.add` as a kind stands in the table of kinds."""
    named: dict[str, str] = {}
    kinds: list[tuple[str, str]] = []
    for path in sorted(Path("scheduler/services").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                for target in node.targets:
                    if isinstance(target, ast.Name) and isinstance(node.value.value, str):
                        named[target.id] = node.value.value
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "worklist.add":
                kinds.append((path.name, ast.unparse(node.args[2]).rpartition(".")[2].strip("'")))
    assert kinds
    unknown = [(file, kind) for file, kind in kinds if kind != "kind" and named.get(kind, kind) not in SORTS]
    assert unknown == []
