"""What the desk does with a mail that waits for it: read it, believe an answer, say yes or no to another time.

Whoever has dealt with a mail lets its words be forgotten; that it came, and what was made of it, stays in the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.booking import MoveRequest
from scheduler.domain.errors import MoveRefused, NotFound, StaleVersion
from scheduler.domain.notification import Addressee, Channel, Kind, Notification, address_of
from scheduler.domain.reply import Verdict
from scheduler.domain.right import Right, demand
from scheduler.domain.visit import Visit
from scheduler.domain.worklist import End
from scheduler.persistence import appointments, audit, declines, inbox, outbox, visits, wake_up, worklist
from scheduler.persistence.audit import Entry
from scheduler.persistence.inbox import KeptMail
from scheduler.services import changing, declining, replies, slot_search
from scheduler.services.declining import Held
from scheduler.services.house import House
from scheduler.services.slot_search import SlotQuery

PAGE = 50
NEWS_LASTS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One mail as the desk reads it; `text` is shown as text alone.

    `said` is "words", or the word of a calendar ("accepted", "tentative", "declined", "counter"); `asked` is the time
    that a calendar asked for, `asked_minutes` its length where it said one. `is_current`: the answer speaks of the
    visit as it stands. `because` is why a person must look.
    """

    number: int
    at: datetime
    said: str
    because: str
    sender: str
    subject: str
    text: str
    files: int
    comment: str
    visit: Visit | None
    asked: datetime | None
    is_current: bool
    asked_minutes: int = 0

    @property
    def may_be_believed(self) -> bool:
        """Say whether it is a plain yes or no that a person may take for true."""
        return self.is_current and self.because != "genuine" and self.said in {"accepted", "declined"}

    @property
    def asks_for_another_length(self) -> bool:
        """Say whether the time that a calendar asked for is shorter or longer than the visit, which keeps its own."""
        return bool(self.visit and self.asked_minutes and self.asked_minutes != self.minutes)

    @property
    def minutes(self) -> int:
        """How long the visit is; 0 where none is known."""
        if self.visit is None:
            return 0
        return int((self.visit.appointment.end - self.visit.appointment.start).total_seconds() // 60)

    @property
    def asks_for_a_time(self) -> bool:
        """Say whether it asks to move the visit as it stands."""
        return self.is_current and self.asked is not None


@dataclass(frozen=True, slots=True)
class Tray:
    """Everything that waits: mails, the longest first, and declined visits, the soonest to be given up first."""

    mails: tuple[Waiting, ...]
    held: tuple[Held, ...]
    has_more: bool


def look(house: House, actor: Actor, now: datetime) -> Tray:
    """Show what waits, and write down whom it is about."""
    demand(actor, Right.WORK_LIST)
    with house.database.transaction() as connection:
        kept = inbox.unread(connection, PAGE + 1)
        mails = _opened(connection, house, kept[:PAGE])
        held = declining.held_of(connection, house, declines.pending(connection))
        _note_look(connection, mails, actor, now)
    return Tray(mails, held, len(kept) > PAGE)


def one(house: House, number: int, actor: Actor, now: datetime) -> tuple[Waiting, bool]:
    """Show one mail, and whether the time it asks for is free now.

    :raises NotFound: when it does not wait any more.
    """
    demand(actor, Right.WORK_LIST)
    with house.database.transaction() as connection:
        waiting = _one(connection, house, number)
        _note_look(connection, (waiting,), actor, now)
    return waiting, _is_free(house, waiting, now)


def handled(house: House, number: int, actor: Actor, now: datetime) -> None:
    """Forget the words of a mail that a person has dealt with; doing it twice changes nothing."""
    demand(actor, Right.WORK_LIST)
    with house.database.transaction() as connection:
        _settle(connection, house, number, End.PUT_RIGHT, actor, now)


def believe(house: House, number: int, actor: Actor, now: datetime) -> None:
    """Do what an answer asks for that nobody vouches for, because a person has made sure of it.

    :raises NotFound: when it does not wait any more.
    :raises MoveRefused: when it speaks of no visit that stands, or is no plain yes or no.
    """
    demand(actor, Right.WORK_LIST)
    with house.database.transaction() as connection:
        waiting = _one(connection, house, number, locked=True)
        if waiting.visit is None or not waiting.may_be_believed:
            raise MoveRefused
        replies.act_on(connection, house, waiting.visit, Verdict(waiting.said), _asker(waiting), actor, now)
        _settle(connection, house, number, End.SETTLED, actor, now)


def agree(house: House, number: int, actor: Actor, now: datetime) -> Visit:
    """Move the visit to the time that a calendar asked for; the news goes out as of any move.

    :raises NotFound: when it does not wait any more.
    :raises StaleVersion, MoveRefused, SlotTaken, NotOffered, PatientBusy: as a move does.
    """
    demand(actor, Right.MOVE)
    with house.database.reading() as connection:
        waiting = _one(connection, house, number)
    if waiting.visit is None or waiting.asked is None:
        raise MoveRefused
    if not waiting.is_current:
        raise StaleVersion
    appointment = waiting.visit.appointment
    wish = MoveRequest(
        waiting.asked,
        appointment.mode,
        appointment.practitioner_id,
        seen=appointment.sequence,
        is_patients=True,
    )
    moved = changing.move(house, appointment.id, wish, actor, now)
    with house.database.transaction() as connection:
        _settle(connection, house, number, End.REBOOKED, actor, now)
    return moved


def refuse(house: House, number: int, actor: Actor, now: datetime) -> None:
    """Say no to the time that a calendar asked for: to the calendar, and in words with a link to choose another.

    :raises NotFound: when it does not wait any more.
    :raises MoveRefused: when it asks for no time.
    """
    demand(actor, Right.MOVE)
    with house.database.transaction() as connection:
        if not refuse_within(connection, house, number, actor, now):
            raise MoveRefused


def refuse_within(connection: Connection, house: House, number: int, actor: Actor, now: datetime) -> bool:
    """The same in the caller's transaction; False when it asks for no time, and then nothing was done.

    :raises NotFound: when it does not wait any more.
    """
    waiting = _one(connection, house, number, locked=True)
    if waiting.visit is None or not waiting.asks_for_a_time:
        return False
    outbox.owe(connection, [_refusal(waiting.visit, _asker(waiting), number, now)], now)
    wake_up.call(connection)
    _settle(connection, house, number, End.KEPT, actor, now)
    return True


def _one(connection: Connection, house: House, number: int, *, locked: bool = False) -> Waiting:
    kept = inbox.get(connection, number)
    if kept is None or kept.sealed is None:
        raise NotFound
    if locked and kept.appointment_id is not None:
        appointments.get(connection, kept.appointment_id, locked=True)
    return _opened(connection, house, [kept])[0]


def _opened(connection: Connection, house: House, kept: list[KeptMail]) -> tuple[Waiting, ...]:
    numbers = sorted({mail.appointment_id for mail in kept if mail.appointment_id is not None})
    found = visits.many(connection, house.vault, house.clinic(connection), numbers) if numbers else []
    known = {visit.appointment.id: visit for visit in found}
    return tuple(_waiting(house, mail, known.get(mail.appointment_id or 0)) for mail in kept)


def _waiting(house: House, kept: KeptMail, visit: Visit | None) -> Waiting:
    assert kept.sealed is not None
    words: Mapping[str, Any] = house.vault.open("inbound_mail", kept.message_id, kept.sealed)
    start = str(words.get("start", ""))
    return Waiting(
        number=kept.id,
        at=kept.at,
        said=str(words["said"]),
        because=kept.reason,
        sender=str(words["from"]),
        subject=str(words["subject"]),
        text=str(words["text"]),
        files=int(words["files"]),
        comment=str(words.get("comment", "")),
        visit=visit,
        asked=datetime.fromisoformat(start) if start else None,
        is_current=visit is not None
        and visit.appointment.is_open
        and visit.appointment.sequence == kept.sequence,
        asked_minutes=int(words.get("minutes", 0)),
    )


def _is_free(house: House, waiting: Waiting, now: datetime) -> bool:
    if waiting.visit is None or waiting.asked is None or waiting.asked <= now:
        return False
    appointment = waiting.visit.appointment
    query = SlotQuery(
        appointment.visit_type_code,
        appointment.mode,
        waiting.asked,
        waiting.asked + timedelta(minutes=1),
        appointment.practitioner_id,
        for_desk=True,
        moving=appointment.id,
    )
    return any(slot.start == waiting.asked for slot in slot_search.find(house, query, now, limit=1))


def _asker(waiting: Waiting) -> Addressee:
    """Who answered: the patient, unless it is the helper's address."""
    assert waiting.visit is not None
    helper = address_of(Addressee.HELPER, waiting.visit.patient, waiting.visit.helper)
    own = waiting.visit.patient.email
    is_helper = helper is not None and waiting.sender.casefold() == helper.casefold()
    return Addressee.HELPER if helper is not None and (is_helper or not own) else Addressee.PATIENT


def _refusal(visit: Visit, addressee: Addressee, number: int, now: datetime) -> Notification:
    appointment = visit.appointment
    return Notification.about(
        appointment,
        Kind.COUNTER_REFUSED,
        Channel.EMAIL,
        addressee,
        due_at=now,
        expires_at=max(appointment.start, now + NEWS_LASTS),
        occasion=f"mail-{number}",
    )


def _settle(connection: Connection, house: House, number: int, end: End, actor: Actor, now: datetime) -> None:
    kept = inbox.get(connection, number)
    if kept is None or not inbox.handle(connection, number, now):
        return
    if kept.worklist_id:
        worklist.finish(connection, house.vault, kept.worklist_id, end, actor, now)
    audit.record(connection, actor, "mail-handled", "inbound-mail", number, now=now)


def _note_look(connection: Connection, mails: tuple[Waiting, ...], actor: Actor, now: datetime) -> None:
    seen = [
        Entry(
            "see-mail",
            "inbound-mail",
            str(mail.number),
            mail.visit.appointment.patient_id if mail.visit else None,
        )
        for mail in mails
    ]
    audit.record_many(connection, actor, seen, now=now)
