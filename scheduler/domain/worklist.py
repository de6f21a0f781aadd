"""A thing for the desk to do: who has taken it, until when it rests, and how it ended.

Nothing leaves the list by itself. Whatever is done with a thing is a step, and each step is kept for good with who took
it, when and why (`persistence.worklist`). `version` counts the steps: two desks that act on what they both saw are told
apart by it, and the slower one is shown what the thing is now.

To add a kind of thing: call `persistence.worklist.add` with a new kind, and give that kind one line in `SORTS`. What
its note says is shown line by line; `web.worklist_words.LINES` has the words for each part of a note. The parts "name"
and "phone" say whom to call when it is not the visit's own patient, and "text" is shown as somebody's own words. A kind
without a line here is shown all the same, under a plain title.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from scheduler.domain.call_back import Urgency
from scheduler.domain.errors import InvalidInput, MoveRefused
from scheduler.domain.wording import N_


class State(StrEnum):
    """How a thing stands, as kept; a snoozed one whose rest is over waits again."""

    OPEN = "open"
    CLAIMED = "claimed"
    SNOOZED = "snoozed"
    DONE = "done"


class Step(StrEnum):
    """What may be done with a thing."""

    CLAIM = "claim"
    RELEASE = "release"
    SNOOZE = "snooze"
    TRIED = "tried"
    NOTE = "note"
    OFFERED = "offered"
    TO_CALLS = "to-calls"
    DONE = "done"
    REOPEN = "reopen"


class End(StrEnum):
    """How a thing ended; the values are kept."""

    SPOKE = "spoke"
    SENT_TO_CARE = "sent-to-care"
    REBOOKED = "rebooked"
    KEPT = "kept"
    CANCELLED = "cancelled"
    PUT_RIGHT = "put-right"
    TWO_PEOPLE = "two-people"
    NOT_REACHED = "not-reached"
    NOTHING = "nothing"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


NEEDS_WORDS = frozenset({End.NOT_REACHED, End.NOTHING})
"""Whoever lets a thing drop says why."""

A_CALL = (End.SPOKE, End.SENT_TO_CARE, End.REBOOKED, End.NOT_REACHED, End.NOTHING)
A_VISIT = (End.KEPT, End.REBOOKED, End.CANCELLED, End.NOT_REACHED, End.NOTHING)
A_RECORD = (End.PUT_RIGHT, End.NOTHING)


ANSWERED_ELSEWHERE = (End.SETTLED, End.WITHDRAWN, End.TWO_PEOPLE)
"""Ends that nobody chooses on the list: what was done on another page has answered the thing."""


@dataclass(frozen=True, slots=True)
class Sort:
    """What a kind of thing is called, and the ends that it may have."""

    title: str
    ends: tuple[End, ...]


MOVES_ON = frozenset(
    {"stranded", "late-change", "declined-invite", "countered-invite", "out-of-area", "calendar-clash"}
)
"""Kinds whose visit may need another time: the list offers to ask the patient for one."""

ANSWERED_BY_MOVE = frozenset(
    {"stranded", "countered-invite", "declined-invite", "answered-invite", "calendar-clash"}
)
ANSWERED_BY_CANCEL = ANSWERED_BY_MOVE | {"late-change", "out-of-area"}
"""Kinds that are settled when the visit itself is moved or cancelled, by whomever."""

SORTS: Mapping[str, Sort] = {
    "call-back": Sort(N_("Call back"), A_CALL),
    "late-change": Sort(N_("Late change"), A_VISIT),
    "stranded": Sort(N_("Visit without a place"), A_VISIT),
    "calendar-clash": Sort(N_("Clinician busy at that time"), A_VISIT),
    "call-the-patient": Sort(N_("Message did not arrive"), (End.SPOKE, End.PUT_RIGHT, *A_VISIT)),
    "declined-invite": Sort(N_("Invitation declined"), A_VISIT),
    "answered-invite": Sort(N_("Answer of a calendar"), A_VISIT),
    "countered-invite": Sort(N_("Asks for another time"), A_VISIT),
    "time-freed": Sort(N_("A time is free"), (End.REBOOKED, End.PUT_RIGHT, End.NOTHING)),
    "out-of-area": Sort(N_("Out of our area"), A_VISIT),
    "wrong-number": Sort(N_("Wrong number"), A_RECORD),
    "text-to-read": Sort(N_("Text to read"), (*A_CALL, End.PUT_RIGHT)),
    "mail-to-read": Sort(N_("Mail to read"), (*A_CALL, End.PUT_RIGHT)),
    "video-red-flag": Sort(N_("Warning sign before a video visit"), A_CALL),
    "video-by-phone": Sort(N_("Call instead of video"), A_VISIT),
    "video-out-of-area": Sort(N_("Not seen: out of our area"), A_VISIT),
    "video-not-finished": Sort(N_("Video visit did not work out"), A_VISIT),
    "video-follow-up": Sort(N_("Follow-up to book"), (End.REBOOKED, End.NOT_REACHED, End.NOTHING)),
    "practice-call": Sort(
        N_("Practice call before a video visit"), (End.SPOKE, End.NOT_REACHED, End.NOTHING)
    ),
    "device-help": Sort(N_("Help with the video before a visit"), (End.PUT_RIGHT, *A_VISIT)),
    "possible-duplicate": Sort(N_("Perhaps one person twice"), A_RECORD),
}
"""Every kind of thing, in the order in which the filter names them. A new kind adds its line here."""

ANYTHING = Sort(N_("To do"), (*A_VISIT, End.SPOKE, End.PUT_RIGHT))

LONGEST_REST: Mapping[Urgency, timedelta] = {
    Urgency.URGENT: timedelta(hours=1),
    Urgency.NORMAL: timedelta(days=31),
}
"""How long a thing may be put off at once."""

PAUSE_AFTER_TRY: Mapping[Urgency, timedelta] = {
    Urgency.URGENT: timedelta(minutes=15),
    Urgency.NORMAL: timedelta(hours=2),
}
"""When to try again after nobody answered."""

REST_AFTER_WORD: Mapping[Urgency, timedelta] = {
    Urgency.URGENT: timedelta(hours=2),
    Urgency.NORMAL: timedelta(days=1),
}
"""How long a thing rests after the patient was written to, or the call list was asked to call."""

LONGEST_WORDS = 2000


@dataclass(frozen=True, slots=True)
class Item:
    """One thing, at one version; instants are aware UTC. `note` is what is known of it, unsealed."""

    id: str
    kind: str
    urgency: Urgency
    state: State
    language: str
    appointment_id: int | None
    note: Mapping[str, str]
    created_at: datetime
    version: int = 0
    claimed_by: int | None = None
    snoozed_until: datetime | None = None
    done_at: datetime | None = None
    outcome: str | None = None

    @property
    def moves_on(self) -> bool:
        """Say whether the patient may be asked to choose another time."""
        return self.kind in MOVES_ON and self.appointment_id is not None

    @property
    def sort(self) -> Sort:
        """What is known about its kind."""
        return SORTS.get(self.kind, ANYTHING)

    def is_resting(self, now: datetime) -> bool:
        """Say whether it was put off and its rest is not over."""
        return self.state is State.SNOOZED and self.snoozed_until is not None and now < self.snoozed_until


@dataclass(frozen=True, slots=True)
class Act:
    """A step that somebody takes: until when it shall rest, how it ended, and their words about it."""

    step: Step
    until: datetime | None = None
    end: End | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A step that was taken, as kept; `actor_id` is an account's number, a link's id or "clock"."""

    version: int
    step: Step
    at: datetime
    actor_kind: str
    actor_id: str
    until: datetime | None = None
    outcome: str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which things to read: those that wait, rest, or are done; of one kind, or those that one account has taken."""

    state: State = State.OPEN
    kind: str = ""
    claimed_by: int | None = None
    offset: int = 0
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Count:
    """How many things wait, and how many of them are urgent."""

    waiting: int
    urgent: int


def after(item: Item, act: Act, account_id: int | None, now: datetime) -> Item:
    """The thing after a step, at its next version.

    :raises MoveRefused: when it is done already, or not done and shall be taken up again.
    :raises InvalidInput: when the rest is too long, no end was chosen, or the words that it needs are missing.
    """
    if (item.state is State.DONE) is not (act.step is Step.REOPEN):
        raise MoveRefused
    if len(act.words) > LONGEST_WORDS:
        raise InvalidInput({"words": N_("This is too long. Please keep it short.")})
    return _STEPS[act.step](replace(item, version=item.version + 1), act, account_id, now)


def _claim(item: Item, _act: Act, account_id: int | None, _now: datetime) -> Item:
    return replace(item, state=State.CLAIMED, claimed_by=account_id, snoozed_until=None)


def _release(item: Item, _act: Act, _account_id: int | None, _now: datetime) -> Item:
    return replace(item, state=State.OPEN, claimed_by=None, snoozed_until=None)


def _snooze(item: Item, act: Act, _account_id: int | None, now: datetime) -> Item:
    if act.until is None or act.until <= now:
        raise InvalidInput({"until": N_("Please choose until when.")})
    if act.until - now > LONGEST_REST[item.urgency]:
        raise InvalidInput(
            {"until": N_("That is too long to wait. Something urgent rests one hour at most.")}
        )
    return replace(item, state=State.SNOOZED, snoozed_until=act.until)


def _tried(item: Item, _act: Act, account_id: int | None, now: datetime) -> Item:
    rest = now + PAUSE_AFTER_TRY[item.urgency]
    return replace(item, state=State.SNOOZED, snoozed_until=rest, claimed_by=account_id)


def _asked(item: Item, _act: Act, account_id: int | None, now: datetime) -> Item:
    rest = now + REST_AFTER_WORD[item.urgency]
    return replace(item, state=State.SNOOZED, snoozed_until=rest, claimed_by=account_id)


def _note(item: Item, act: Act, _account_id: int | None, _now: datetime) -> Item:
    if not act.words:
        raise InvalidInput({"words": N_("Please write a few words.")})
    return item


def _done(item: Item, act: Act, _account_id: int | None, now: datetime) -> Item:
    if act.end is None or act.end not in (*item.sort.ends, *ANSWERED_ELSEWHERE):
        raise InvalidInput({"end": N_("Please choose how it ended.")})
    if act.end in NEEDS_WORDS and not act.words:
        raise InvalidInput({"words": N_("Please say why, in a few words.")})
    return replace(item, state=State.DONE, done_at=now, outcome=act.end.value, snoozed_until=None)


def _reopen(item: Item, _act: Act, account_id: int | None, _now: datetime) -> Item:
    return replace(item, state=State.CLAIMED, claimed_by=account_id, done_at=None, outcome=None)


_STEPS = {
    Step.CLAIM: _claim,
    Step.RELEASE: _release,
    Step.SNOOZE: _snooze,
    Step.TRIED: _tried,
    Step.NOTE: _note,
    Step.OFFERED: _asked,
    Step.TO_CALLS: _asked,
    Step.DONE: _done,
    Step.REOPEN: _reopen,
}
