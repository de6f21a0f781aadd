"""Words for the desk's list: what a thing is called, what its note says, and what was done with it so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Flask

from scheduler.domain.directory import Location
from scheduler.domain.interval import instant
from scheduler.domain.message_story import RETURNED, why_failed
from scheduler.domain.notification import Channel, Kind
from scheduler.domain.right import Right
from scheduler.domain.wording import N_
from scheduler.domain.worklist import End, Event, Item, Step
from scheduler.services.todo import Task
from scheduler.translations import places
from scheduler.web import room_words
from scheduler.web.context import clock_place
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language, ngettext
from scheduler.web.inbox_words import mail_because, mail_said
from scheduler.web.message_words import channel_name, kind_name, soon
from scheduler.web.navigation import may

TIERS = {
    "emergency": N_("A sign that needs 911 or the emergency room"),
    "same-day": N_("A sign that needs care today"),
    "call-back": N_("A sign to talk about, or not sure"),
}
TIMES = {"any": N_("Any time"), "morning": N_("In the morning"), "afternoon": N_("In the afternoon")}
WISHES = {
    "move": N_("Another time"),
    "cancel": N_("To cancel"),
    "switch": N_("Another way to meet"),
}
REASONS = {
    "absence": N_("The clinician is away"),
    "held": N_("The hours changed while the time was kept"),
    "weekly-hours": N_("The weekly hours changed"),
    "dated-hours": N_("The hours of that day changed"),
    "closure": N_("The clinic is closed"),
    "location": N_("The office changed"),
    "room": N_("The room is not in use"),
    "practitioner": N_("The clinician does not work here"),
    "visit-type": N_("This kind of visit changed"),
}
YES = {"yes": N_("Yes")}
HELP = {"practice": N_("A practice call with the desk"), "phone": N_("A visit by phone")}


def _one_of(words: Mapping[str, str]) -> Callable[[str], str]:
    return lambda value: _(words[value]) if value in words else value


def _reason(value: str) -> str:
    """Why a visit is stranded, or why a message failed."""
    if value == RETURNED:
        return _("Mail to this address comes back. Please ask for the right one.")
    return _(REASONS.get(value) or why_failed(value) or value)


def _message(value: str) -> str:
    return kind_name(value) if value in {kind.value for kind in Kind} else value


def _channel(value: str) -> str:
    return channel_name(value) if value in {channel.value for channel in Channel} else value


def _until(value: str) -> str:
    place = clock_place()
    return soon(datetime.fromisoformat(value), place) if place is not None else ""


def _place(value: str) -> str:
    return places.named(value, language())


def _weeks(value: str) -> str:
    return (
        ngettext("%(num)s week", "%(num)s weeks", int(value)) % {"num": value} if value.isdecimal() else value
    )


def _freed(value: str) -> str:
    """When a free time begins; `domain.waitlist` spells it as clinician, start and end."""
    start, place = value.split(":")[1], clock_place()
    return soon(instant(int(start)), place) if place else ""


LINES: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "tier": (N_("Safety questions"), _one_of(TIERS)),
    "minor": (N_("Under 18"), _one_of(YES)),
    "best_time": (N_("Best time to call"), _one_of(TIMES)),
    "wish": (N_("Asks for"), _one_of(WISHES)),
    "message": (N_("Message"), _message),
    "kind": (N_("Message"), _message),
    "channel": (N_("Sent by"), _channel),
    "reason": (N_("Why"), _reason),
    "where": (N_("Will be in"), _place),
    "said": (N_("What came"), mail_said),
    "because": (N_("Please note"), mail_because),
    "email": (N_("Sender"), str),
    "until": (N_("Held until"), _until),
    "at": (N_("Call"), _until),
    "weeks": (N_("Book again in"), _weeks),
    "outcome": (N_("How it ended"), _one_of(room_words.ENDINGS)),
    "planned": (N_("The patient asked for it before the visit"), _one_of(YES)),
    "help": (N_("Asks for"), _one_of(HELP)),
    "freed": (N_("From"), _freed),
    "suits": (N_("Suits people on the waitlist"), str),
}
"""How each part of a note is shown: what it is called, and how its value is put into words."""

QUOTED = ("text", "note")
"""Parts of a note that are somebody's own words."""

WHO = ("name", "phone", "relates", "mail", "one", "other")
"""Parts of a note that the head of the card shows already, or that are for programs."""

OF_THE_GATE = ("tier", "minor")
"""Parts of a note that say how the safety questions went."""

ENDS: Mapping[End, str] = {
    End.SPOKE: N_("Spoke with them"),
    End.SENT_TO_CARE: N_("Sent to 911 or to care today"),
    End.REBOOKED: N_("Gave another time"),
    End.KEPT: N_("The visit stays as it is"),
    End.CANCELLED: N_("The visit is cancelled"),
    End.PUT_RIGHT: N_("Put right"),
    End.TWO_PEOPLE: N_("They are two people"),
    End.NOT_REACHED: N_("Could not reach them"),
    End.NOTHING: N_("Nothing to do"),
    End.SETTLED: N_("Settled by a change of the visit"),
    End.WITHDRAWN: N_("Taken back"),
}

STEPS: Mapping[Step, str] = {
    Step.CLAIM: N_("Taken"),
    Step.RELEASE: N_("Given back"),
    Step.SNOOZE: N_("Put off"),
    Step.TRIED: N_("Called, no answer"),
    Step.NOTE: N_("Note"),
    Step.OFFERED: N_("Asked by message to choose another time"),
    Step.TO_CALLS: N_("Put on the call list"),
    Step.DONE: N_("Done"),
    Step.REOPEN: N_("Put back on the list"),
}


def init_app(app: Flask) -> None:
    """Teach the templates the filters below."""
    app.jinja_env.filters.update(
        thing_lines=thing_lines,
        thing_quotes=thing_quotes,
        thing_ends=thing_ends,
        end_name=end_name,
        step_told=step_told,
        step_taker=step_taker,
    )


def thing_lines(item: Item) -> list[tuple[str, str]]:
    """`{{ task.item|thing_lines }}`: what its note says, each part with its name. An unknown part is shown as it is."""
    hidden = (*WHO, *QUOTED, *(() if may(Right.SEE_GATE_RESULT) else OF_THE_GATE))
    shown = [(name, value) for name, value in item.note.items() if name not in hidden and value]
    plain = (N_("Note"), str)
    lines = [(_(LINES.get(name, plain)[0]), LINES.get(name, plain)[1](value)) for name, value in shown]
    return [(name, value) for name, value in lines if value]


def thing_quotes(item: Item) -> list[str]:
    """`{{ task.item|thing_quotes }}`: what somebody wrote in their own words."""
    return [item.note[name] for name in QUOTED if item.note.get(name)]


def thing_ends(item: Item) -> list[tuple[str, str]]:
    """`{{ task.item|thing_ends }}`: the ends it may have, with their words."""
    return [(end.value, _(ENDS[end])) for end in item.sort.ends]


def end_name(outcome: str) -> str:
    """`{{ item.outcome|end_name }}`: "Gave another time"."""
    return _(ENDS[End(outcome)])


def step_told(event: Event, place: Location | None) -> str:
    """`{{ event|step_told(place) }}`: "Put off until today at 2:00 PM"."""
    words = _(STEPS[event.step])
    if event.outcome:
        words = f"{words}: {end_name(event.outcome)}"
    if event.until is not None and place is not None:
        return _("%(step)s, again %(when)s") % {"step": words, "when": soon(event.until, place)}
    return words


def step_taker(event: Event, task: Task) -> str:
    """`{{ event|step_taker(task) }}`: the name of whoever took the step; a patient and the clinic's clock have none."""
    if event.actor_kind == "system":
        return _("by itself")
    if event.actor_kind in {"patient", "anyone"}:
        return _("the patient")
    return task.staff.get(event.actor_id, _("the staff"))
