"""Writing down what people must be told, in the very transaction that changes their visit.

Shared: booking, moving and cancelling call it with their open connection. Nothing leaves the house here; the worker
sends what is owed, and a change that is rolled back owes nothing. News and reminders are written by one statement, and
the workers are woken by what is due at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain.appointment import Appointment, Status
from scheduler.domain.news import DEFAULT, LATE_NEWS, Change, Policy, owed
from scheduler.domain.notification import REMINDERS, Addressee, Channel, Kind, Notification
from scheduler.domain.person import HelperDetails, PatientDetails
from scheduler.domain.plan import REPLANS, after_no_show, plan, recipients_of
from scheduler.domain.visit import Visit
from scheduler.persistence import outbox, planned_messages, wake_up

NOT_WANTED = "not-wanted"
"""Why a message was held back whose reader wants to hear in another way now."""

HELPER_NOT_TOLD = "helper-not-told"
"""Why a copy was held back that the patient does not want to go to whoever helps any more."""

RULES_CHANGED = "rules-changed"
"""Why a message was held back that the clinic does not send any more, or not to such visits."""


def owe(
    connection: Connection,
    appointment: Appointment,
    patient: PatientDetails,
    helper: HelperDetails | None,
    change: Change,
    now: datetime,
    policy: Policy = DEFAULT,
) -> None:
    """Owe the news of one change, and silence what is unsent about earlier versions of the visit.

    `appointment` is the visit after the change. The caller has locked or just written its row.
    """
    _silence(connection, appointment)
    outbox.owe(connection, owed(appointment, patient, helper, change, now, policy), now)
    wake_up.call(connection)


def owe_about(
    connection: Connection,
    visit: Visit,
    change: Change,
    now: datetime,
    *,
    wait: timedelta = timedelta(0),
    quietly: bool = False,
    believed: datetime | None = None,
) -> None:
    """Owe the news and plan the reminders, for a caller that holds the whole visit as it stands after the change.

    The news leaves after `wait`; `quietly` plans the reminders alone, for a change that nobody is to be told of.
    `believed` is the start that its people still have in mind.
    """
    appointment = visit.appointment
    _silence(connection, appointment)
    notifications: tuple[Notification, ...] = ()
    if not quietly:
        policy = _policy_of(visit)
        notifications = owed(appointment, visit.patient, visit.helper, change, now, policy, wait, believed)
    if change in REPLANS:
        notifications += plan(visit, visit.messages, recipients_of(visit), now)
    outbox.owe(connection, notifications, now)
    wake_up.call(connection)


def owe_after_no_show(connection: Connection, visit: Visit, now: datetime) -> None:
    """Owe the kind word to somebody who did not come, for a visit that has just been marked as missed.

    It goes out only while the visit stands as missed: a mark that is taken back in time leaves no trace.
    """
    outbox.owe(connection, after_no_show(visit, visit.messages, recipients_of(visit), now), now)


def owe_chore(
    connection: Connection, kind: Kind, subject: str, due_at: datetime, now: datetime, *, occasion: str = ""
) -> None:
    """Owe something that the clinic does by itself at `due_at`; `subject` says what about ("hold:<id>", 64 signs).

    One kind about one subject is owed once, on each `occasion`.
    """
    chore = Notification(
        appointment_id=None,
        patient_id=None,
        uid="",
        sequence=0,
        kind=kind,
        channel=Channel.INTERNAL,
        addressee=Addressee.CLINIC,
        language="en",
        stamp=now,
        due_at=due_at,
        expires_at=due_at + LATE_NEWS,
        occasion=occasion,
        subject=subject,
    )
    outbox.owe(connection, [chore], now)


def plan_anew(connection: Connection, visit: Visit, now: datetime, reason: str = NOT_WANTED) -> None:
    """Plan the messages of a visit afresh after its people's wishes or the clinic's rules changed.

    The visit itself is as it was, so nothing is announced. What is no longer wanted is held back for this `reason`,
    what is wanted and planned already keeps its place or gets its new time, and what has left is not told again: doing
    this twice changes nothing. The caller has locked the visit's row.
    """
    wanted = _wanted(visit, now)
    keys = [notification.dedupe_key for notification in wanted]
    speaks = {Kind.BOOK_AGAIN} if visit.appointment.status is Status.NOSHOW else REMINDERS
    kinds = {kind: _is_sent(visit, kind) for kind in sorted(speaks)}
    reasons = dict.fromkeys(Addressee, reason)
    if visit.helper and not visit.helper.may_be_told:
        reasons[Addressee.HELPER] = HELPER_NOT_TOLD
    planned_messages.keep_only(connection, visit.appointment.id, kinds, keys, reasons, now)
    outbox.owe(connection, wanted, now)
    planned_messages.take_up(connection, keys, (NOT_WANTED, HELPER_NOT_TOLD, RULES_CHANGED))
    planned_messages.retime(connection, wanted)
    wake_up.call(connection)


def _wanted(visit: Visit, now: datetime) -> tuple[Notification, ...]:
    """What a visit owes from now on by the rules in force."""
    readers = recipients_of(visit)
    coming = plan(visit, visit.messages, readers, now, told_at=visit.appointment.changed_at)
    missed = after_no_show(visit, visit.messages, readers, now)
    return (*coming, *(one for one in missed if one.due_at > now))


def _is_sent(visit: Visit, kind: Kind) -> bool:
    """Say whether the clinic sends such messages about such visits at all."""
    appointment = visit.appointment
    return visit.messages.of(kind, appointment.visit_type_code, appointment.mode) is not None


def _silence(connection: Connection, appointment: Appointment) -> None:
    if appointment.sequence > 0:
        planned_messages.supersede(connection, appointment.id, appointment.sequence)


def _policy_of(visit: Visit) -> Policy:
    """Mail brings the calendar entry and always goes; whether texts go too, the clinic's policy says."""
    appointment = visit.appointment
    set_so = visit.messages.of(Kind.CONFIRMATION, appointment.visit_type_code, appointment.mode)
    if set_so is None or Channel.SMS in set_so.channels:
        return DEFAULT
    return Policy(channels=(Channel.EMAIL, Channel.PHONE))
