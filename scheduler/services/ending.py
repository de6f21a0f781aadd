"""What the end of a thing on the desk's list means for the visit that was declined, or the mail that it came from.

What the desk says there is what becomes of it: a visit that was kept on the phone is not cancelled by the clock two
hours later, a calendar that asked for another time hears that the visit stays, and nobody's words outlive the thing.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.appointment import Appointment
from scheduler.domain.right import Right, demand
from scheduler.domain.worklist import Act, End, Item, Step
from scheduler.persistence import appointments, audit, declines, inbox
from scheduler.services import answering, confirming, declining, held_time, replies
from scheduler.services.house import House


def declined(connection: Connection, item: Item, act: Act) -> Appointment | None:
    """The visit that was declined in a calendar and is still held, where this step says what becomes of it.

    A thing that ends has its visit locked here, before itself: so does everybody who holds both.
    """
    if act.step is not Step.DONE or item.appointment_id is None:
        return None
    visit = appointments.get(connection, item.appointment_id, locked=True)
    if item.kind != held_time.KIND or act.end not in {End.KEPT, End.CANCELLED} or not visit.is_open:
        return None
    return visit if declines.of_visit(connection, visit.id, visit.sequence) is not None else None


def follow(
    connection: Connection,
    house: House,
    item: Item,
    act: Act,
    visit: Appointment | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Do what the end of a thing says; `visit` is what `declined` found before it ended."""
    if visit is not None and act.end is End.KEPT:
        confirming.confirm_within(connection, house, visit, confirming.BY_DESK, actor, now)
    elif visit is not None:
        demand(actor, Right.CANCEL)
        declining.give_up_within(connection, house, visit.id, actor, now)
    _be_done_with_mail(connection, house, item, act, actor, now)


def _be_done_with_mail(
    connection: Connection, house: House, item: Item, act: Act, actor: Actor, now: datetime
) -> None:
    number = inbox.of_worklist(connection, item.id)
    kept = None if number is None else inbox.get(connection, number)
    if kept is None or kept.sealed is None:
        return
    if item.kind == replies.COUNTER and act.end is End.KEPT:
        answering.refuse_within(connection, house, kept.id, actor, now)
    if inbox.handle(connection, kept.id, now):
        audit.record(connection, actor, "mail-handled", "inbound-mail", kept.id, now=now)
