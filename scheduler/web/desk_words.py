"""The desk's own words in the page's language: what each state is called, its sign and key, how long people wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Flask

from scheduler.domain.appointment import Appointment, CancelledBy
from scheduler.domain.availability import Reason
from scheduler.domain.block import BlockKind
from scheduler.domain.calendar import Behind, View
from scheduler.domain.desk_state import DeskState, state
from scheduler.domain.directory import Mode
from scheduler.domain.safety_gate import Tier
from scheduler.domain.wording import N_
from scheduler.translations import LOCALES, times
from scheduler.web.forms.blocks import KINDS as BLOCKS
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language


@dataclass(frozen=True, slots=True)
class StateWords:
    """How a state is shown: its word, what pressing it says, a sign beside the colour, the key."""

    word: str
    press: str
    sign: str
    key: str


STATES: Mapping[DeskState, StateWords] = {
    DeskState.BOOKED: StateWords(N_("Booked"), N_("Not here yet"), "○", "B"),
    DeskState.CONFIRMED: StateWords(N_("Confirmed"), N_("Has confirmed"), "✓", "C"),
    DeskState.ARRIVED: StateWords(N_("Is here"), N_("Is here now"), "●", "A"),
    DeskState.IN_ROOM: StateWords(N_("In room"), N_("Is in the room"), "◧", "R"),
    DeskState.SEEN: StateWords(N_("Seen"), N_("Was seen"), "✔", "S"),
    DeskState.NO_SHOW: StateWords(N_("No-show"), N_("Did not come"), "✕", "X"),
    DeskState.LEFT: StateWords(N_("Left unseen"), N_("Left without being seen"), "↩", "L"),
    DeskState.CANCELLED: StateWords(N_("Cancelled"), N_("Cancel the visit"), "–", "K"),
}

VIEWS: Mapping[View, str] = {
    View.CLINICIANS: N_("By clinician"),
    View.ROOMS: N_("By room"),
    View.WEEK: N_("Week"),
    View.MONTH: N_("Month"),
}

REASONS: Mapping[str, str] = {
    "patient-asked": N_("The patient cannot come"),
    "ill": N_("The patient is ill"),
    "no-ride": N_("No way to get here"),
    "another-clinic": N_("Goes to another clinic"),
    "not-needed": N_("No longer needed"),
    "clinician-away": N_("The clinician is away"),
    "clinic-closed": N_("The clinic is closed"),
    "mistake": N_("Booked by mistake"),
    "other": N_("Another reason"),
}
"""Why a visit is given up, by the code that is kept: what the desk may choose."""

REASONS_KEPT: Mapping[str, str] = {
    **REASONS,
    "declined-in-calendar": N_("Declined in their calendar"),
}
"""The same with what nobody chooses."""

WHO: tuple[tuple[str, str], ...] = (
    (CancelledBy.PATIENT.value, N_("The patient")),
    (CancelledBy.HELPER.value, N_("A helper")),
    (CancelledBy.DESK.value, N_("The front desk")),
    (CancelledBy.CLINICIAN.value, N_("The clinician")),
    (CancelledBy.SYSTEM.value, N_("The clinic's computer")),
)

GATE: Mapping[Tier, str] = {
    Tier.NONE: N_("No warning signs"),
    Tier.CALL_BACK: N_("A clinician should call first"),
    Tier.SAME_DAY: N_("Needs care the same day"),
    Tier.EMERGENCY: N_("Emergency signs"),
}

REASON_WORDS: Mapping[Reason, str] = {
    Reason.CLOSED: N_("The office is closed then."),
    Reason.ABSENT: N_("The clinician is away then."),
    Reason.OUTSIDE_HOURS: N_("The clinician does not work then, or not in this way."),
    Reason.TAKEN: N_("The clinician has another visit, or the time around one, then."),
    Reason.TOO_SOON: N_("It is too soon for patients to book it themselves. The desk can."),
    Reason.TOO_FAR: N_("It is too far ahead for patients to book it themselves. The desk can."),
    Reason.NO_ROOM: N_("No room of the right kind is free then."),
    Reason.CAP: N_("There are as many visits of this kind on that day as the clinic allows."),
    Reason.OFF_GRID: N_("Visits begin on a full five minutes."),
    Reason.NOT_GIVEN: N_("This clinician does not give this visit in this way."),
}
"""Why a time is not offered, in the desk's words."""

ACTORS: Mapping[str, str] = {
    "patient": N_("The patient"),
    "anyone": N_("Online"),
    "system": N_("The clinic's computer"),
    "desk": N_("The front desk"),
    "clinician": N_("The clinician"),
    "manager": N_("The manager"),
}

MODE_TAGS: Mapping[Mode, str] = {Mode.VIRTUAL: N_("Video"), Mode.PHONE: N_("Phone")}
"""What is said of a visit beside its kind; people who come to the office are the rule."""


def init_app(app: Flask) -> None:
    """Teach the templates the filters below."""
    app.jinja_env.filters.update(
        state_word=state_word,
        state_sign=state_sign,
        state_named=state_named,
        desk_state_word=desk_state_word,
        actor_word=actor_word,
        short_date=short_date,
        away_words=away_words,
        weekday_letter=weekday_letter,
    )


def state_word(state: DeskState) -> str:
    """`{{ state|state_word }}`: "Is here"."""
    return _(STATES[state].word)


def state_sign(state: DeskState) -> str:
    """`{{ state|state_sign }}`: the sign beside the word."""
    return STATES[state].sign


def state_named(code: str) -> str:
    """`{{ "in-room"|state_named }}`: the word for a state's code."""
    return state_word(DeskState(code)) if code in set(DeskState) else code


def desk_state_word(visit: Appointment) -> str:
    """`{{ appointment|desk_state_word }}`: where a visit stands."""
    return state_word(state(visit))


def actor_word(kind: str) -> str:
    """`{{ record.actor_kind|actor_word }}`: who acted, where there is no name for them."""
    return _(ACTORS.get(kind, ACTORS["anyone"]))


def away_words(behind: Behind) -> str:
    """`{{ shade.behind|away_words }}`: "Lunch", "Meeting: budget", and "Away" where nothing more is known."""
    kind = _(BLOCKS[BlockKind(behind.kind)]) if behind.kind in set(BlockKind) else _(BLOCKS[BlockKind.AWAY])
    return f"{kind}: {behind.note}" if behind.note else kind


def short_date(when: datetime) -> str:
    """`{{ day|short_date }}`: "Tue Dec 1"."""
    return times.short_day(when, language())


def weekday_letter(when: datetime) -> str:
    """`{{ day|weekday_letter }}`: "T", above a narrow column."""
    return str(LOCALES[language()].days["stand-alone"]["narrow"][when.weekday()])


def waited(since: datetime | None, until: datetime) -> int | None:
    """Whole minutes that somebody has waited; None when nobody does."""
    return None if since is None else max(0, int((until - since).total_seconds() // 60))
