"""The desk's list of things to do: what waits, who has it, and every step taken with it. Nothing on it can be lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain import worklist as rules
from scheduler.domain.actor import Actor
from scheduler.domain.errors import StaleVersion
from scheduler.domain.right import Right, demand, may
from scheduler.domain.safety_gate import Answer
from scheduler.domain.visit import Visit
from scheduler.domain.wording import Text
from scheduler.domain.worklist import Act, Count, End, Event, Item, State, Step, Wanted
from scheduler.persistence import accounts, answers, audit, visits, worklist
from scheduler.persistence.audit import Entry
from scheduler.services import ending, telling_apart
from scheduler.services.house import House


@dataclass(frozen=True, slots=True)
class Task:
    """One thing with everything its reader needs beside it: the visit, the steps so far, and the staff by number."""

    item: Item
    visit: Visit | None
    history: tuple[Event, ...]
    staff: Mapping[str, str]

    @property
    def name(self) -> str:
        """Whom it is about; "" when nobody knows."""
        return self.item.note.get("name") or (self.visit.patient.name if self.visit else "")

    @property
    def phone(self) -> str:
        """Where to call; "" when there is no number."""
        said = self.item.note.get("phone")
        if said or self.visit is None:
            return said or ""
        return self.visit.virtual.callback_phone if self.visit.virtual else self.visit.patient.phone

    @property
    def holder(self) -> str:
        """Who has taken it; "" while nobody has."""
        return self.staff.get(str(self.item.claimed_by), "") if self.item.claimed_by is not None else ""


@dataclass(frozen=True, slots=True)
class Board:
    """The things asked for, how much waits in all and of each kind, and whether there are more."""

    tasks: tuple[Task, ...]
    count: Count
    kinds: Mapping[str, int]
    has_more: bool


@dataclass(frozen=True, slots=True)
class Sign:
    """A safety question that was not answered with no."""

    text: Text
    answer: Answer


def count(house: House, now: datetime) -> Count:
    """How much waits, for the line at the head of each page."""
    with house.database.glance() as connection:
        return worklist.count(connection, now)


def look(house: House, wanted: Wanted, actor: Actor, now: datetime) -> Board:
    """Show the things asked for, and write down whom they are about."""
    demand(actor, Right.WORK_LIST)
    with house.database.transaction() as connection:
        found = worklist.look(connection, house.vault, wanted, now)
        tasks = _tasks(connection, house, found[: wanted.limit])
        _note_look(connection, tasks, actor, now)
        waits, kinds = worklist.count(connection, now), worklist.count_by_kind(connection, now)
    return Board(tasks, waits, kinds, len(found) > wanted.limit)


def one(house: House, item_id: str, actor: Actor, now: datetime) -> tuple[Task, tuple[Sign, ...]]:
    """Show one thing, with the safety questions that led to it.

    :raises NotFound: when there is none.
    """
    demand(actor, Right.WORK_LIST)
    with house.database.transaction() as connection:
        tasks = _tasks(connection, house, [worklist.get(connection, house.vault, item_id)])
        signs = _signs(connection, house, item_id) if may(actor, Right.SEE_GATE_RESULT) else ()
        _note_look(connection, tasks, actor, now)
    return tasks[0], signs


def act(house: House, item_id: str, seen: int, act: Act, actor: Actor, now: datetime) -> Item:
    """Take one step with a thing as it was seen; the same press twice is one step.

    :raises NotFound: when there is no such thing.
    :raises StaleVersion: when somebody else was faster.
    :raises MoveRefused, InvalidInput: as `domain.worklist.after` says.
    """
    demand(actor, Right.WORK_LIST)
    with house.database.transaction() as connection:
        item = worklist.get(connection, house.vault, item_id)
        if item.version != seen:
            if _is_pressed_twice(connection, house, item, seen, act, actor):
                return item
            raise StaleVersion
        changed = rules.after(item, act, int(actor.id), now)
        declined = ending.declined(connection, item, act)
        worklist.change(connection, house.vault, item, changed, act, actor, now)
        if changed.state is State.DONE:
            ending.follow(connection, house, item, act, declined, actor, now)
        if act.step is Step.REOPEN and item.outcome == End.TWO_PEOPLE:
            _ask_again(connection, house, item, actor, now)
        _record(connection, item, act, actor, now)
    return changed


def _ask_again(connection: Connection, house: House, item: Item, actor: Actor, now: datetime) -> None:
    """Two records that were told apart are a question once more."""
    demand(actor, Right.MERGE_PEOPLE)
    one, other = (int(item.note[name]) for name in ("one", "other"))
    telling_apart.take_back_within(connection, house, one, other, actor, now)


def _is_pressed_twice(
    connection: Connection, house: House, item: Item, seen: int, act: Act, actor: Actor
) -> bool:
    if item.version != seen + 1:
        return False
    last = worklist.history(connection, house.vault, [item.id]).get(item.id, ())[-1]
    same_end = last.outcome == (act.end.value if act.end else None)
    return (last.step, last.actor_id, last.words) == (act.step, actor.id, act.words) and same_end


def _tasks(connection: Connection, house: House, items: Sequence[Item]) -> tuple[Task, ...]:
    numbers = sorted({item.appointment_id for item in items if item.appointment_id is not None})
    clinic = house.clinic(connection)
    found = visits.many(connection, house.vault, clinic, numbers) if numbers else []
    known = {visit.appointment.id: visit for visit in found}
    steps = worklist.history(connection, house.vault, [item.id for item in items])
    staff = {str(member.id): member.name for member in accounts.everyone(connection)}
    return tuple(
        Task(item, known.get(item.appointment_id or 0), steps.get(item.id, ()), staff) for item in items
    )


def _signs(connection: Connection, house: House, item_id: str) -> tuple[Sign, ...]:
    """What was not answered with no, in the words in force; a question that is no longer asked is named by its id."""
    said = answers.of_item(connection, house.vault, item_id)
    texts = {question.id: question.text for question in house.clinic(connection).gate.questions}
    return tuple(
        Sign(texts.get(sign, Text(sign, sign)), answer)
        for sign, answer in said.items()
        if answer is not Answer.NO
    )


def _note_look(connection: Connection, tasks: Sequence[Task], actor: Actor, now: datetime) -> None:
    seen = [
        Entry("see-todo", "worklist", task.item.id, task.visit.appointment.patient_id if task.visit else None)
        for task in tasks
    ]
    audit.record_many(connection, actor, seen, now=now)


def _record(connection: Connection, item: Item, act: Act, actor: Actor, now: datetime) -> None:
    detail = {"kind": item.kind, **({"end": act.end.value} if act.end else {})}
    audit.record(connection, actor, f"todo-{act.step.value}", "worklist", item.id, now=now, detail=detail)
