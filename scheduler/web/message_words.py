"""Words for the ledger in the page's language: what a message is called, how it travels, how it stands, and when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import Flask

from scheduler.domain.appointment import Appointment
from scheduler.domain.directory import Location
from scheduler.domain.message_story import Group, Outcome, Story
from scheduler.domain.notification import Addressee, Channel, Kind
from scheduler.domain.wording import N_
from scheduler.translations import times
from scheduler.web.context import now
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language, ngettext, say

KINDS: Mapping[Kind, str] = {
    Kind.CONFIRMATION: N_("Visit booked"),
    Kind.REMINDER_WEEK: N_("Reminder a week before"),
    Kind.REMINDER_TWO_DAYS: N_("Reminder two days before"),
    Kind.REMINDER_DAY: N_("Last reminder"),
    Kind.PREPARATION: N_("How to get ready"),
    Kind.DEVICE_CHECK: N_("Try your device"),
    Kind.JOIN_LINK: N_("Link to join"),
    Kind.MOVED: N_("Visit moved"),
    Kind.MOVED_BY_CLINIC: N_("Visit moved by us"),
    Kind.SWITCHED: N_("Way to meet changed"),
    Kind.CANCELLED: N_("Visit cancelled"),
    Kind.LINKS: N_("Links sent again"),
    Kind.BOOK_AGAIN: N_("Book again"),
    Kind.CHOOSE_TIME: N_("Choose another time"),
    Kind.DECLINED: N_("Declined, asked once more"),
    Kind.COUNTER_REFUSED: N_("Asked time refused"),
    Kind.OFFER: N_("Offer of a time"),
    Kind.OFFER_GONE: N_("Offered time is taken"),
}
"""What the staff calls each message to a person."""

CHANNELS: Mapping[Channel, str] = {
    Channel.EMAIL: N_("E-mail"),
    Channel.SMS: N_("Text message"),
    Channel.PHONE: N_("Phone call"),
}

GROUPS: Mapping[Group, tuple[str, str]] = {
    Group.PLANNED: (N_("Planned"), "calm"),
    Group.LEAVING: (N_("On its way"), "calm"),
    Group.SENT: (N_("Sent"), "good"),
    Group.DELIVERED: (N_("Arrived"), "good"),
    Group.FAILED: (N_("Failed"), "alert"),
    Group.NOT_SENT: (N_("Not sent"), "warm"),
}
"""How a message stands, and the colour that goes with the word."""

OUTCOMES: Mapping[Outcome, tuple[str, str]] = {
    Outcome.REACHED: (N_("Reached"), "R"),
    Outcome.VOICEMAIL: (N_("Voicemail"), "V"),
    Outcome.WRONG_NUMBER: (N_("Wrong number"), "W"),
}
"""What may come of a call, and the key for it."""

ADDRESSEES: Mapping[Addressee, str] = {
    Addressee.PATIENT: N_("To the patient"),
    Addressee.HELPER: N_("To the helper"),
}


def init_app(app: Flask) -> None:
    """Teach the templates the filters below."""
    app.jinja_env.filters.update(
        kind_name=kind_name,
        channel_name=channel_name,
        group_name=group_name,
        group_colour=group_colour,
        addressee_name=addressee_name,
        outcome_name=outcome_name,
        told=told,
        soon=soon,
        lasting=lasting,
        one_stop=one_stop,
        confirmed_words=confirmed_words,
    )


def kind_name(kind: str) -> str:
    """`{{ entry.kind|kind_name }}`: "Reminder two days before"."""
    return _(KINDS.get(Kind(kind), kind))


def channel_name(channel: str) -> str:
    """`{{ entry.channel|channel_name }}`: "Text message"."""
    return _(CHANNELS.get(Channel(channel), channel))


def group_name(group: str) -> str:
    """`{{ entry.group|group_name }}`: "Not sent"."""
    return _(GROUPS[Group(group)][0])


def group_colour(group: str) -> str:
    """`{{ entry.group|group_colour }}`: the colour of its tag."""
    return GROUPS[Group(group)][1]


def addressee_name(addressee: str) -> str:
    """`{{ entry.addressee|addressee_name }}`: "To the helper"."""
    return _(ADDRESSEES.get(Addressee(addressee), addressee))


def outcome_name(outcome: str) -> str:
    """`{{ entry.outcome|outcome_name }}`: "Voicemail"."""
    return _(OUTCOMES[Outcome(outcome)][0])


def told(story: Story, place: Location) -> str:
    """`{{ line.story|told(place) }}`: "Not sent: the visit was changed today at 10:02 AM."."""
    when = soon(story.when, place) if story.when is not None else ""
    return one_stop(" ".join([say(story.sentence, when=when), *(_(sentence) for sentence in story.more)]))


CONFIRMED_BY: Mapping[str, str] = {
    "sms": N_("By text, %(when)s."),
    "link": N_("On their own page, %(when)s."),
    "desk": N_("To the desk, %(when)s."),
    "calendar": N_("In their calendar, %(when)s."),
}
"""How somebody said that they will come, by the way that is kept."""


def confirmed_words(appointment: Appointment, place: Location) -> str:
    """`{{ visit.appointment|confirmed_words(place) }}`: "By text, today at 10:02 AM."."""
    if appointment.confirmed_at is None:
        return ""
    sentence = CONFIRMED_BY.get(appointment.confirmed_by or "", N_("Yes, %(when)s."))
    return one_stop(say(sentence, when=soon(appointment.confirmed_at, place)))


def one_stop(words: str) -> str:
    """`{{ sentence|one_stop }}`: a Spanish clock time ends with a full stop of its own, and one is enough."""
    return words.replace("..", ".")


def soon(instant: datetime, place: Location) -> str:
    """`{{ entry.due_at|soon(place) }}`: "today at 10:02 AM", else "on Tuesday, December 1 at 10:02 AM"."""
    local, tongue = instant.astimezone(place.tz), language()
    clock = times.clock(local, tongue)
    if local.date() == now().astimezone(place.tz).date():
        return _("today at %(time)s") % {"time": clock}
    return _("on %(day)s at %(time)s") % {"day": times.day(local.date(), tongue), "time": clock}


def lasting(length: timedelta) -> str:
    """`{{ one.oldest_due|lasting }}`: "less than a minute", "12 minutes", "3 hours", "2 days"."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 1:
        return _("less than a minute")
    if minutes < 60:
        return ngettext("%(num)s minute", "%(num)s minutes", minutes) % {"num": minutes}
    if minutes < 48 * 60:
        hours = minutes // 60
        return ngettext("%(num)s hour", "%(num)s hours", hours) % {"num": hours}
    days = minutes // (24 * 60)
    return ngettext("%(num)s day", "%(num)s days", days) % {"num": days}
