"""What the clinic makes of a text that somebody sends to its number, and of what text companies report.

The sender's number is a hint and no proof. A text may therefore confirm or give up a visit of that number, which tells
nobody anything; it opens nothing and moves nothing. Which of several visits is meant is never guessed: the answer lists
them, with the word that does it. Whatever is not plainly a wish is for a person to read. Each text counts once, by the
company's name for it, and all that it does is one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.appointment import CancelledBy
from scheduler.domain.call_back import BestTime, Urgency
from scheduler.domain.errors import CutOffPassed, MoveRefused, StaleVersion
from scheduler.domain.inbound_text import SILENCE, Answer, InboundText, Say
from scheduler.domain.notification import Channel
from scheduler.domain.reply_words import Reply, Wish, language_of_words
from scheduler.domain.visit import Visit
from scheduler.persistence import audit, inbound_texts, opt_outs, visits, worklist
from scheduler.services import calling_back, changing, confirming, late_change
from scheduler.services.house import House

TO_READ = "text-to-read"
HOUR = timedelta(hours=1)
MOST_IN_AN_HOUR = 20
"""Texts of one number that are looked at; beyond it only a wish to stop is."""

LIST_LASTS = timedelta(days=3)
"""How long "X2" means the second visit of the list that was sent."""

SOON = timedelta(days=1)
LONGEST = 1600
"""Characters of a text that are kept; companies deliver no more."""

_LISTED = {Wish.CONFIRM: "listed-confirm", Wish.CANCEL: "listed-cancel"}
_WHICH = {Wish.CONFIRM: Say.WHICH_CONFIRM, Wish.CANCEL: Say.WHICH_CANCEL}


@dataclass(frozen=True, slots=True)
class _Talk:
    """One text with everything beside it that is needed to answer it."""

    connection: Connection
    house: House
    text: InboundText
    index: bytes
    visits: tuple[Visit, ...]
    language: str
    actor: Actor
    now: datetime


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What is answered, how the text is filed, and which visits were listed, by number and version."""

    answer: Answer
    verdict: str
    listed: tuple[tuple[int, int], ...] = ()


def receive(house: House, text: InboundText, actor: Actor, now: datetime) -> Answer:
    """Do what a text asks for, once, and say what to answer."""
    index = house.vault.index("phone", text.sender)
    with house.database.transaction() as connection:
        if not inbound_texts.add(connection, text.sid, index, "received", now):
            return SILENCE
        talk = _talk(connection, house, text, index, actor, now)
        outcome = _too_many(talk) or _act(talk)
        sealed = None
        if outcome.listed:
            sealed = house.vault.seal("inbound_text", text.sid, {"visits": [list(v) for v in outcome.listed]})
        inbound_texts.conclude(connection, text.sid, outcome.verdict, sealed)
        return outcome.answer


def _talk(
    connection: Connection, house: House, text: InboundText, index: bytes, actor: Actor, now: datetime
) -> _Talk:
    ids = inbound_texts.visits_ahead(connection, index, now)
    ahead = tuple(visits.many(connection, house.vault, house.clinic(connection), ids)) if ids else ()
    language = ahead[0].appointment.language if ahead else language_of_words(text.words)
    return _Talk(connection, house, text, index, ahead, language, actor, now)


def _too_many(talk: _Talk) -> _Outcome | None:
    """A machine that answers our answers would go on for ever; a wish to stop is heard all the same."""
    if talk.text.reply.wish in {Wish.STOP, Wish.STOP_OR_CANCEL}:
        return None
    seen = inbound_texts.count_since(talk.connection, talk.index, talk.now - HOUR)
    return _Outcome(SILENCE, "too-many") if seen > MOST_IN_AN_HOUR else None


def _act(talk: _Talk) -> _Outcome:
    reply = talk.text.reply
    if reply.wish is Wish.START_OR_CONFIRM:
        is_out = opt_outs.is_out(talk.connection, Channel.SMS, talk.index)
        reply = Reply(Wish.START if is_out or not talk.visits else Wish.CONFIRM)
    match reply.wish:
        case Wish.STOP | Wish.STOP_OR_CANCEL:
            return _stop(talk, reply.wish)
        case Wish.START:
            _keep_word(talk, out=False)
            return _Outcome(_unless_answered(talk, Say.STARTED), "start")
        case Wish.HELP:
            return _Outcome(Answer(Say.HELP, talk.language), "help")
        case Wish.UNCLEAR:
            return _for_a_person(talk, "unclear")
    if not talk.visits:
        return _for_a_person(talk, "unknown-number", Say.UNKNOWN)
    if reply.wish is Wish.CALL:
        return _call(talk)
    if reply.wish is Wish.ASK_TO_CANCEL:
        return _list(talk, Wish.CANCEL)
    return _about_one(talk, reply)


def _about_one(talk: _Talk, reply: Reply) -> _Outcome:
    """Confirm or give up the one visit that is meant, or ask which it is."""
    meant = _meant(talk, reply)
    if meant is None:
        return _list(talk, reply.wish)
    return _confirm(talk, meant) if reply.wish is Wish.CONFIRM else _cancel(talk, meant)


def _meant(talk: _Talk, reply: Reply) -> Visit | None:
    """The visit that is surely meant: the one of that number on the last list, unchanged since, or the only one."""
    if reply.which is None:
        return talk.visits[0] if len(talk.visits) == 1 else None
    kept = inbound_texts.last_of(talk.connection, talk.index, _LISTED[reply.wish], talk.now - LIST_LASTS)
    if kept is None:
        return talk.visits[0] if len(talk.visits) == 1 and reply.which == 1 else None
    sid, sealed = kept
    listed = talk.house.vault.open("inbound_text", sid, sealed)["visits"]
    if reply.which > len(listed):
        return None
    number, sequence = listed[reply.which - 1]
    same = [visit for visit in talk.visits if visit.appointment.id == number]
    return same[0] if same and same[0].appointment.sequence == sequence else None


def _list(talk: _Talk, wish: Wish) -> _Outcome:
    """Say which word does it for which visit; nine at most."""
    shown = talk.visits[:9]
    listed = tuple((visit.appointment.id, visit.appointment.sequence) for visit in shown)
    return _Outcome(Answer(_WHICH[wish], talk.language, shown), _LISTED[wish], listed)


def _confirm(talk: _Talk, visit: Visit) -> _Outcome:
    try:
        confirming.confirm_within(
            talk.connection, talk.house, visit.appointment, confirming.BY_TEXT, talk.actor, talk.now
        )
    except (MoveRefused, StaleVersion):
        return _for_a_person(talk, "changed-meanwhile")
    return _Outcome(Answer(Say.CONFIRMED, talk.language, (visit,)), "confirm")


def _cancel(talk: _Talk, visit: Visit) -> _Outcome:
    number = visit.appointment.id
    try:
        after = changing.cancel_within(
            talk.connection,
            talk.house,
            number,
            CancelledBy.PATIENT,
            talk.actor,
            talk.now,
            seen=visit.appointment.sequence,
        )
    except CutOffPassed:
        note = talk.text.words[:LONGEST]
        late_change.ask_within(talk.connection, talk.house, number, "cancel", note, talk.actor, talk.now)
        return _Outcome(Answer(Say.TOO_LATE, talk.language, (visit,)), "too-late")
    except (StaleVersion, MoveRefused):
        return _for_a_person(talk, "changed-meanwhile")
    if talk.house.vault.index("phone", visit.patient.phone) == talk.index:
        inbound_texts.told_in_the_answer(talk.connection, number, after.appointment.sequence)
    return _Outcome(Answer(Say.CANCELLED, talk.language, (after,)), "cancel")


def _call(talk: _Talk) -> _Outcome:
    """Put a call on the desk's list; asking twice is one call."""
    visit = talk.visits[0]
    note = {"name": visit.patient.name, "phone": talk.text.sender, "best_time": BestTime.ANY.value}
    _put_on_list(talk, calling_back.KIND, note, visit)
    return _Outcome(Answer(Say.WILL_CALL, talk.language), "call")


def _stop(talk: _Talk, wish: Wish) -> _Outcome:
    """Send no more texts to this number; whoever wrote CANCEL may have meant a visit, so a person asks."""
    _keep_word(talk, out=True)
    if wish is Wish.STOP_OR_CANCEL and talk.visits:
        _put_on_list(talk, TO_READ, _words(talk), _only(talk.visits))
    return _Outcome(_unless_answered(talk, Say.STOPPED), "stop")


def _for_a_person(talk: _Talk, verdict: str, say: Say = Say.READ) -> _Outcome:
    """Let a person read the text. That it is read is said once an hour, else two machines would thank each other."""
    _put_on_list(talk, TO_READ, _words(talk), _only(talk.visits))
    said_lately = inbound_texts.count_since(talk.connection, talk.index, talk.now - HOUR, verdict)
    return _Outcome(SILENCE if said_lately else Answer(say, talk.language), verdict)


def _words(talk: _Talk) -> dict[str, str]:
    return {"phone": talk.text.sender, "text": talk.text.words[:LONGEST]}


def _only(ahead: Sequence[Visit]) -> Visit | None:
    return ahead[0] if len(ahead) == 1 else None


def _put_on_list(talk: _Talk, kind: str, note: dict[str, str], visit: Visit | None) -> None:
    number = visit.appointment.id if visit else None
    if number is not None and worklist.is_waiting(
        talk.connection, talk.house.vault, kind, note, appointment_id=number
    ):
        return
    is_soon = bool(talk.visits) and talk.visits[0].appointment.start - talk.now < SOON
    item = worklist.add(
        talk.connection,
        talk.house.vault,
        kind,
        note,
        urgency=(Urgency.URGENT if is_soon else Urgency.NORMAL).value,
        language=talk.language,
        now=talk.now,
        appointment_id=number,
    )
    audit.record(talk.connection, talk.actor, "text-in", "worklist", item, now=talk.now)


def _keep_word(talk: _Talk, *, out: bool) -> None:
    is_news = opt_outs.record(
        talk.connection,
        Channel.SMS,
        talk.index,
        out=out,
        source="text",
        language=talk.language,
        now=talk.now,
    )
    if is_news:
        action = "opt-out" if out else "opt-in"
        audit.record(
            talk.connection, talk.actor, action, "contact", "", now=talk.now, detail={"channel": "sms"}
        )


def _unless_answered(talk: _Talk, say: Say) -> Answer:
    """Nothing where the carrier answers by itself."""
    return SILENCE if talk.text.was_acted_on else Answer(say, talk.language)
