"""What the clinic makes of a mail that reached its mailbox: an answer of a calendar, a bounce, or words for a person.

Each mail counts once, by its Message-ID, and all that it does is one transaction. An answer is believed only when our
own mail server vouches for its sender and it speaks of the visit as it stands (`domain/reply`); then a yes confirms, a
no holds the time for a while, and another time is a proposal for the desk, never a move. Words are for a person to
read, sealed until then. Machines' chatter is dropped, and nothing that came in is ever answered by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain import incoming_mail, reply
from scheduler.domain.actor import Actor, Role
from scheduler.domain.bounce import Bounce, Fate
from scheduler.domain.call_back import Urgency
from scheduler.domain.incoming_mail import IncomingMail, Sort, Unreadable
from scheduler.domain.notification import Addressee, State, address_of
from scheduler.domain.reply import CalendarAnswer, Invited, Judgement, NoAnswer, Reason, Verdict
from scheduler.domain.visit import Visit
from scheduler.domain.voucher import Vouched
from scheduler.domain.worklist import End
from scheduler.persistence import (
    appointment_lists,
    appointments,
    audit,
    bounces,
    inbox,
    receipts,
    visits,
    worklist,
)
from scheduler.persistence.receipts import Receipt
from scheduler.services import confirming, declining, doubts, last_heard
from scheduler.services.house import House

MAIL = Actor(frozenset({Role.PATIENT}), id="mail")
"""Who acts when a mail does: its sender, as far as our mail server vouches for them."""

PROVIDER = "mailbox"
TO_READ = "mail-to-read"
ANSWER = "answered-invite"
COUNTER = "countered-invite"
HOUR = timedelta(hours=1)
MOST_IN_AN_HOUR = 20
"""Mails of one address that are looked at in an hour; two machines that thank each other would go on for ever."""

MOST_UNREAD = 1_000
"""So many mails may wait for a person; beyond it the mailbox itself is the place to read them."""

SOON = timedelta(days=1)

_OUTDATES = {
    Verdict.ACCEPTED: {Verdict.TENTATIVE, Verdict.COUNTER},
    Verdict.DECLINED: {Verdict.TENTATIVE},
}
"""What a later answer of the same person makes pointless; a proposal may come with a no, and outlives it."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose word counts: the clinic's own mailbox, and the mail server that vouches for senders ("": none does)."""

    own_address: str
    authserv_id: str = ""


@dataclass(frozen=True, slots=True)
class _Post:
    """One mail at work, with everything beside it.

    `index` is the look-up hash of the address that it says it is from. `sender` is the same only where our mail server
    vouches for that: what others send under somebody's name is never counted against them.
    """

    connection: Connection
    house: House
    trust: Trust
    mail: IncomingMail
    number: int
    index: bytes
    sender: bytes
    now: datetime


@dataclass(frozen=True, slots=True)
class _Made:
    """What was made of a mail; `about` is the visit, `worklist_id` what the desk has to do, `sealed` what it reads."""

    verdict: Verdict
    reason: str
    about: int | None = None
    sequence: int | None = None
    stamp: datetime | None = None
    worklist_id: str | None = None
    sealed: bytes | None = None


def receive(house: House, trust: Trust, raw: bytes, now: datetime, *, is_cut: bool = False) -> Judgement:
    """Make of a mail what there is in it, once; `is_cut` says that `raw` is only the beginning of a large one."""
    try:
        mail = (incoming_mail.head_of if is_cut else incoming_mail.read)(
            raw, trust.authserv_id, trust.own_address
        )
    except Unreadable as broken:
        return pass_over(house, incoming_mail.name_of(raw), broken.reason, now)
    with house.database.transaction() as connection:
        index = house.vault.index("email", mail.sender)
        sender = index if mail.vouched is Vouched.YES else house.vault.index("email", f"? {mail.sender}")
        number = inbox.add(connection, mail.name, sender, now)
        if number is None:
            return Judgement(Verdict.REPEATED, "seen-before")
        made = _made_of(_Post(connection, house, trust, mail, number, index, sender, now), is_cut=is_cut)
        _conclude(connection, number, made)
        return Judgement(made.verdict, made.reason)


def pass_over(house: House, name: str, reason: str, now: datetime) -> Judgement:
    """Write down that a mail was not read, and why."""
    with house.database.transaction() as connection:
        number = inbox.add(connection, name, None, now)
        if number is None:
            return Judgement(Verdict.REPEATED, "seen-before")
        inbox.conclude(connection, number, Verdict.REFUSED.value, reason)
        return Judgement(Verdict.REFUSED, reason)


def leave_to_people(house: House, name: str, reason: str, now: datetime) -> Judgement:
    """Write down that a mail broke its reader, and send a person to the mailbox itself: it may be a patient's."""
    with house.database.transaction() as connection:
        number = inbox.add(connection, name, None, now)
        if number is None:
            return Judgement(Verdict.REPEATED, "seen-before")
        note = {"said": "words", "because": "broken"}
        item = worklist.add(
            connection, house.vault, TO_READ, note, urgency=Urgency.NORMAL.value, language="en", now=now
        )
        inbox.conclude(connection, number, Verdict.REFUSED.value, reason, worklist_id=item)
        return Judgement(Verdict.REFUSED, reason)


def act_on(
    connection: Connection,
    house: House,
    visit: Visit,
    verdict: Verdict,
    addressee: Addressee,
    actor: Actor,
    now: datetime,
) -> None:
    """Do what a believed yes or no asks for; the rest is for the desk to decide."""
    match verdict:
        case Verdict.ACCEPTED:
            by = confirming.BY_CALENDAR
            confirming.confirm_within(connection, house, visit.appointment, by, actor, now)
        case Verdict.DECLINED:
            declining.decline_within(connection, house, visit, addressee, actor, now)


def _conclude(connection: Connection, number: int, made: _Made) -> None:
    inbox.conclude(
        connection,
        number,
        made.verdict.value,
        made.reason,
        appointment_id=made.about,
        sequence=made.sequence,
        stamp=made.stamp,
        worklist_id=made.worklist_id,
        sealed=made.sealed,
    )


def _made_of(post: _Post, *, is_cut: bool) -> _Made:
    if post.mail.sort is Sort.OURS:
        return _Made(Verdict.DROPPED, "our-own")
    if post.mail.sort is Sort.BOUNCE and post.mail.bounce is not None:
        return _bounced(post, post.mail.bounce)
    if post.mail.sort is Sort.AUTOMATIC:
        return _Made(Verdict.DROPPED, "automatic")
    if post.mail.vouched is Vouched.YES:
        bounces.clear(post.connection, post.index)
    if inbox.count_since(post.connection, post.sender, post.now - HOUR) > MOST_IN_AN_HOUR:
        return _Made(Verdict.DROPPED, "too-many")
    if post.mail.sort is Sort.CALENDAR:
        return _answered(post)
    return _for_a_person(post, Reason.TOO_LARGE.value if is_cut else "words")


def _answered(post: _Post) -> _Made:
    """An answer of a calendar; a file that is none is for a person with the words around it, but not a machine's."""
    try:
        answer = reply.answer_in(post.mail.calendars)
    except NoAnswer as none:
        if post.mail.vouched is Vouched.NO:
            return _Made(Verdict.REFUSED, Reason.FORGED.value)
        if post.mail.is_automatic:
            return _Made(Verdict.DROPPED, "automatic")
        return _for_a_person(post, none.reason.value)
    visit = _visit_named(post, answer.uid)
    heard = None if visit is None else _heard(post, visit, answer)
    if visit is not None and heard is not None and last_heard.is_still_true(post.connection, visit):
        answer = replace(answer, sequence=visit.appointment.sequence)
    judged = reply.judge(
        answer,
        None if visit is None else _invited(post, visit, heard),
        sender=post.mail.sender,
        vouched=post.mail.vouched,
        own_address=post.trust.own_address,
        now=post.now,
    )
    if visit is None or judged.verdict is Verdict.REFUSED:
        about = visit.appointment.id if visit else None
        return _Made(judged.verdict, judged.reason, about, answer.sequence)
    if judged.verdict is Verdict.TO_READ:
        return _for_the_desk(post, ANSWER, visit, answer, judged)
    return _believed(post, visit, answer, judged)


def _believed(post: _Post, visit: Visit, answer: CalendarAnswer, judged: Judgement) -> _Made:
    if judged.verdict in {Verdict.ACCEPTED, Verdict.DECLINED}:
        asker = _addressee(visit, answer.attendee)
        _replace_older(post, visit, judged)
        act_on(post.connection, post.house, visit, judged.verdict, asker, MAIL, post.now)
        return _Made(judged.verdict, judged.reason, visit.appointment.id, answer.sequence, answer.stamp)
    kind = COUNTER if judged.verdict is Verdict.COUNTER else ANSWER
    return _for_the_desk(post, kind, visit, answer, judged)


def _heard(post: _Post, visit: Visit, answer: CalendarAnswer) -> int | None:
    """The earlier version that is answered, where its sender was told of no later one."""
    if answer.sequence >= visit.appointment.sequence:
        return None
    reader = _addressee(visit, answer.attendee)
    version = last_heard.version_of(post.connection, visit, reader)
    return version if version == answer.sequence else None


def _visit_named(post: _Post, uid: str) -> Visit | None:
    """The visit of exactly this UID, with other writers waiting."""
    if not uid.isprintable() or not uid.isascii() or len(uid) > 255:
        return None
    name, _, domain = uid.partition("@")
    found = appointments.find(post.connection, name, domain)
    if found is None:
        return None
    appointments.get(post.connection, found.id, locked=True)
    clinic = post.house.clinic(post.connection)
    return visits.get(post.connection, post.house.vault, clinic, found.id)


def _invited(post: _Post, visit: Visit, heard: int | None) -> Invited:
    told = (address_of(each, visit.patient, visit.helper) for each in (Addressee.PATIENT, Addressee.HELPER))
    appointment = visit.appointment
    return Invited(
        sequence=appointment.sequence,
        addresses=frozenset(address.lower() for address in told if address),
        is_ahead=appointment.is_open and appointment.start > post.now,
        last_stamp=inbox.last_stamp(post.connection, appointment.id, post.sender),
        heard=heard,
    )


def _addressee(visit: Visit, address: str) -> Addressee:
    own = (visit.patient.email or "").lower()
    return Addressee.PATIENT if address == own else Addressee.HELPER


def _bounced(post: _Post, came_back: Bounce) -> _Made:
    """Move the message of ours that a report names; a report that names none of ours is nobody's."""
    names = [
        *came_back.names,
        *([f"{came_back.envelope_id}@{post.house.host}"] if came_back.envelope_id else []),
    ]
    for name in names:
        message = receipts.message_named(post.connection, name)
        if message is not None:
            break
    else:
        return _Made(Verdict.DROPPED, "bounce-of-nothing-ours")
    row = receipts.about(post.connection, message.number)
    about = row[0] if row else None
    if came_back.fate is not Fate.FAILED:
        return _Made(Verdict.DROPPED, f"bounce-{came_back.fate.value}", about)
    if message.address_index is not None and came_back.is_for_good:
        bounces.mark(post.connection, message.address_index, came_back.status, post.now)
    reason = f"bounce {came_back.status}".strip()
    receipt = Receipt(PROVIDER, post.mail.name, State.UNDELIVERED, message.number, "", reason)
    doubts.receive_within(post.connection, post.house, receipt, post.now)
    return _Made(Verdict.BOUNCED, reason, about)


def _for_the_desk(post: _Post, kind: str, visit: Visit, answer: CalendarAnswer, judged: Judgement) -> _Made:
    """Put an answer on the desk's list; a newer one of the same sort takes the place of the older."""
    said = reply.meaning(answer).value if answer.is_counter or judged.has_effect else answer.word.lower()
    _replace_older(post, visit, judged)
    item = _put_on_list(post, kind, visit, {"said": said, "because": judged.reason})
    words = {
        **_words(post),
        "said": said,
        "word": answer.word,
        "sequence": answer.sequence,
        "attendee": answer.attendee,
        "start": answer.start.isoformat() if answer.start else "",
        "minutes": answer.minutes or 0,
        "stamp": answer.stamp.isoformat(),
        "comment": answer.comment,
        "uid": answer.uid,
    }
    return _Made(
        judged.verdict,
        judged.reason,
        visit.appointment.id,
        answer.sequence,
        answer.stamp if judged.has_effect else None,
        item,
        _seal(post, words),
    )


def _replace_older(post: _Post, visit: Visit, judged: Judgement) -> None:
    """Take answers off the list that their sender has given anew, as far as they were believed just as much."""
    outdated = _OUTDATES.get(judged.verdict, {judged.verdict})
    for old in inbox.waiting_about(post.connection, [visit.appointment.id]):
        is_senders = old.sender_index == post.sender and old.reason == judged.reason
        if not is_senders or Verdict(old.verdict) not in outdated:
            continue
        if inbox.handle(post.connection, old.id, post.now) and old.worklist_id:
            worklist.finish(post.connection, post.house.vault, old.worklist_id, End.WITHDRAWN, MAIL, post.now)


def _for_a_person(post: _Post, reason: str) -> _Made:
    """Let a person read the words, beside the visit that is surely meant."""
    if inbox.count_unread(post.connection) >= MOST_UNREAD:
        return _Made(Verdict.DROPPED, "too-many-unread")
    visit = _visit_written_about(post)
    if post.mail.vouched is Vouched.NO:
        reason = Reason.FORGED.value
    item = _put_on_list(post, TO_READ, visit, {"said": "words", "because": reason})
    about = visit.appointment.id if visit else None
    words = {**_words(post), "said": "words"}
    return _Made(Verdict.TO_READ, reason, about, None, None, item, _seal(post, words))


def _visit_written_about(post: _Post) -> Visit | None:
    """The visit of the mail of ours that is answered, else the next one of the only patient with this address."""
    ahead = appointment_lists.upcoming_by_contact(post.connection, post.now, email_index=post.index)
    is_one_person = len({appointment.patient_id for appointment in ahead}) == 1
    numbers = [ahead[0].id] if is_one_person else []
    for name in post.mail.refers_to:
        message = receipts.message_named(post.connection, name)
        row = receipts.about(post.connection, message.number) if message is not None else None
        if row is not None and row[0] is not None:
            numbers = [row[0]]
            break
    if not numbers:
        return None
    clinic = post.house.clinic(post.connection)
    return visits.get(post.connection, post.house.vault, clinic, numbers[0])


def _words(post: _Post) -> dict[str, object]:
    mail = post.mail
    return {
        "from": mail.sender,
        "subject": mail.subject,
        "text": mail.text,
        "files": mail.files,
        "vouched": mail.vouched.value,
    }


def _seal(post: _Post, words: Mapping[str, object]) -> bytes:
    return post.house.vault.seal("inbound_mail", post.mail.name, words)


def _put_on_list(post: _Post, kind: str, visit: Visit | None, note: dict[str, str]) -> str:
    start = visit.appointment.start if visit else None
    is_soon = start is not None and timedelta(0) < start - post.now < SOON
    item = worklist.add(
        post.connection,
        post.house.vault,
        kind,
        {**note, "mail": str(post.number), "email": post.mail.sender},
        urgency=(Urgency.URGENT if is_soon else Urgency.NORMAL).value,
        language=visit.appointment.language if visit else "en",
        now=post.now,
        appointment_id=visit.appointment.id if visit else None,
    )
    audit.record(post.connection, MAIL, "mail-in", "worklist", item, now=post.now)
    return item
