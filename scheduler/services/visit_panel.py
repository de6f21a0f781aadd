"""Everything the desk may know of one visit, on one page: people, answers, messages, history, and what may be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from scheduler.domain.actor import Actor, Role
from scheduler.domain.appointment import Appointment
from scheduler.domain.audit_trail import Record
from scheduler.domain.availability import Reason
from scheduler.domain.desk_change import DeskChange
from scheduler.domain.desk_state import DeskState, permits, state
from scheduler.domain.right import Right, demand, may
from scheduler.domain.safety_gate import Tier
from scheduler.domain.visit import Visit
from scheduler.persistence import (
    accounts,
    answers,
    appointment_lists,
    appointments,
    audit,
    desk_changes,
    messages,
)
from scheduler.services import contact, desk_status, looking, slot_search
from scheduler.services.house import House
from scheduler.services.ledger import Line, lines_of
from scheduler.services.slot_search import SlotQuery

LOOK = "see-"
"""How the names of looks begin, which the history of a visit leaves to the audit's own page."""


@dataclass(frozen=True, slots=True)
class Act:
    """One line of a visit's history: what was done, by whom, when."""

    record: Record
    name: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A visit with all the desk sees beside it; `tier` is None for those who may not see it or when nobody asked."""

    visit: Visit
    state: DeskState
    steps: tuple[DeskState, ...]
    note: str
    gate: tuple[Tier, datetime] | None
    lines: tuple[Line, ...]
    history: tuple[Act, ...]
    undoable: DeskChange | None
    others: tuple[Appointment, ...]
    came_back: datetime | None = None
    helper_came_back: datetime | None = None


def show(house: House, public_id: str, actor: Actor, now: datetime) -> Panel:
    """Show a visit and everything beside it, and write down that it was looked at.

    :raises NotFound: when there is no such visit.
    :raises NotPermitted: when the actor may not see visits.
    :raises ReasonNeeded: when a clinician has nothing to do with the patient.
    """
    demand(actor, Right.SEE_VISITS)
    with house.database.transaction() as connection:
        visit = looking.at_visit(connection, house, public_id, actor, now)
        return _panel(connection, house, visit, actor, now)


def explain(house: House, public_id: str, start: datetime, actor: Actor, now: datetime) -> Reason | None:
    """Say why this visit could not be at `start` with its clinician; None when it could.

    :raises NotFound: when there is no such visit.
    """
    demand(actor, Right.SEE_VISITS)
    with house.database.reading() as connection:
        found = appointments.named(connection, public_id, house.host)
    query = SlotQuery(
        found.visit_type_code,
        found.mode,
        start,
        start,
        found.practitioner_id,
        moving=found.id,
    )
    return slot_search.explain(house, query, start, now)


def _panel(connection: Connection, house: House, visit: Visit, actor: Actor, now: datetime) -> Panel:
    appointment, zone = visit.appointment, ZoneInfo(visit.location.zone)
    may_note = may(actor, Right.WRITE_DESK_NOTE)
    return Panel(
        visit=visit,
        state=state(appointment),
        steps=tuple(each for each in DeskState if permits(appointment, each, now, zone)),
        note=desk_status.note_of(connection, house, appointment) if may_note else "",
        gate=_gate(connection, house, appointment, actor),
        lines=_lines(connection, house, appointment, actor, now),
        history=_history(connection, appointment),
        undoable=next(
            (
                each
                for each in desk_changes.of_visit(connection, appointment.id)
                if each.may_be_undone(appointment)
            ),
            None,
        ),
        others=tuple(
            each
            for each in appointment_lists.of_patient(connection, appointment.patient_id)
            if each.id != appointment.id
        ),
        came_back=contact.returned_at(connection, house, visit.patient),
        helper_came_back=contact.returned_at(connection, house, visit.helper) if visit.helper else None,
    )


def _gate(
    connection: Connection, house: House, visit: Appointment, actor: Actor
) -> tuple[Tier, datetime] | None:
    if not may(actor, Right.SEE_GATE_RESULT):
        return None
    return answers.tier_of(connection, house.vault, visit.id)


def _lines(
    connection: Connection, house: House, visit: Appointment, actor: Actor, now: datetime
) -> tuple[Line, ...]:
    if not may(actor, Right.SEE_MESSAGES):
        return ()
    return lines_of(connection, house, messages.of_visits(connection, [visit.id]), now)


def _history(connection: Connection, visit: Appointment) -> tuple[Act, ...]:
    acts = audit.about(connection, "appointment", visit.id, but=LOOK)
    names = {str(member.id): member.name for member in accounts.everyone(connection)}
    return tuple(Act(each, _name(each, names)) for each in acts)


def _name(act: Record, names: dict[str, str]) -> str:
    """A member of the staff by name; others by what they are, in the page's words."""
    staff = {Role.DESK.value, Role.CLINICIAN.value, Role.MANAGER.value}
    return names.get(act.actor_id, "") if act.actor_kind in staff else ""
