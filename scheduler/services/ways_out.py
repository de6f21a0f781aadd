"""One press for a visit that needs another time: ask the patient by message, or have somebody call them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain import worklist as rules
from scheduler.domain.actor import Actor
from scheduler.domain.errors import CannotSend, StaleVersion
from scheduler.domain.right import Right, demand
from scheduler.domain.way_out import ask_to_choose
from scheduler.domain.worklist import Act, Item, Step
from scheduler.persistence import audit, outbox, visits, wake_up, worklist
from scheduler.services.house import House


def take(house: House, item_id: str, seen: int, step: Step, actor: Actor, now: datetime) -> None:
    """Ask for another time, by message or by a call, and let the thing rest until an answer may have come.

    `step` is OFFERED or TO_CALLS. The same press twice is one.

    :raises NotFound: when there is no such thing.
    :raises StaleVersion: when somebody else was faster.
    :raises CannotSend: when there is no visit ahead to ask about.
    """
    demand(actor, Right.WORK_LIST)
    demand(actor, Right.SEND_MESSAGES)
    with house.database.transaction() as connection:
        item = worklist.get(connection, house.vault, item_id)
        if item.version == seen + 1 and item.is_resting(now):
            return
        if item.version != seen:
            raise StaleVersion
        _take(connection, house, item, step, actor, now)


def take_all(
    connection: Connection, house: House, appointment_ids: Sequence[int], actor: Actor, now: datetime
) -> None:
    """Ask the patients of all these stranded visits by message, in the caller's transaction."""
    for number in appointment_ids:
        for item in worklist.of_visit(connection, house.vault, number):
            if item.kind == "stranded" and item.state is not rules.State.DONE and not item.is_resting(now):
                _take(connection, house, item, Step.OFFERED, actor, now)


def _take(connection: Connection, house: House, item: Item, step: Step, actor: Actor, now: datetime) -> None:
    if not item.moves_on or item.appointment_id is None:
        raise CannotSend
    visit = visits.get(connection, house.vault, house.clinic(connection), item.appointment_id)
    if not visit.appointment.is_open or visit.appointment.start <= now:
        raise CannotSend
    act = Act(step)
    changed = rules.after(item, act, int(actor.id), now)
    worklist.change(connection, house.vault, item, changed, act, actor, now)
    by_phone = step is Step.TO_CALLS
    owed = ask_to_choose(visit, f"todo-{item.id}-{item.version}", now, by_phone=by_phone)
    outbox.owe(connection, owed, now)
    wake_up.call(connection)
    audit.record(
        connection,
        actor,
        f"todo-{step.value}",
        "worklist",
        item.id,
        now=now,
        patient_id=visit.appointment.patient_id,
    )
