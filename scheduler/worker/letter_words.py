"""The words that a mail or a text about a visit may use, in its reader's language, as of the moment it is written.

"Today" and "tomorrow" are reckoned from the hour of writing, so a message that leaves late still says what is true.
Where, when and how; nothing of why.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from scheduler.domain.appointment import CancelledBy
from scheduler.domain.directory import Mode
from scheduler.domain.invitation import Method
from scheduler.domain.letter import Letter
from scheduler.domain.notification import REMINDERS, Addressee, Kind
from scheduler.domain.visit import Visit
from scheduler.domain.wording import N_, Language
from scheduler.translations import catalogue, language_of, phones, times

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"

SUBJECTS = {
    Kind.CONFIRMATION: N_("Your visit is booked: %(moment)s"),
    Kind.MOVED: N_("Your visit has a new time: %(moment)s"),
    Kind.MOVED_BY_CLINIC: N_("We had to move your visit: %(moment)s"),
    Kind.SWITCHED: N_("Your visit has changed: %(moment)s"),
    Kind.CANCELLED: N_("Your visit is cancelled: %(moment)s"),
    Kind.LINKS: N_("The links for your visit: %(moment)s"),
    Kind.REMINDER_WEEK: N_("You have a visit: %(moment)s"),
    Kind.REMINDER_TWO_DAYS: N_("You have a visit: %(moment)s"),
    Kind.REMINDER_DAY: N_("You have a visit: %(moment)s"),
    Kind.PREPARATION: N_("How to get ready for your visit: %(moment)s"),
    Kind.DEVICE_CHECK: N_("Try your device before your visit: %(moment)s"),
    Kind.JOIN_LINK: N_("Your video visit begins soon: %(moment)s"),
    Kind.BOOK_AGAIN: N_("We missed you: %(moment)s"),
    Kind.CHOOSE_TIME: N_("Please choose another time: %(moment)s"),
    Kind.DECLINED: N_("Do you want to keep your visit? %(moment)s"),
    Kind.COUNTER_REFUSED: N_("Your visit stays as it is: %(moment)s"),
    Kind.OFFER: N_("A time is free for you: %(moment)s"),
    Kind.OFFER_GONE: N_("That time is taken: %(moment)s"),
}
"""Every kind that a person reads. The clinic's own chores have no words."""

METHODS = {
    Kind.CONFIRMATION: Method.REQUEST,
    Kind.MOVED: Method.REQUEST,
    Kind.MOVED_BY_CLINIC: Method.REQUEST,
    Kind.SWITCHED: Method.REQUEST,
    Kind.CANCELLED: Method.CANCEL,
    Kind.COUNTER_REFUSED: Method.DECLINECOUNTER,
}
"""What each mail asks of the calendar; a kind that is not here brings no calendar file."""

MAY_BE_REFUSED = REMINDERS | {Kind.BOOK_AGAIN}
"""What a reader may do without. News of a change is never among it."""

ANSWERED = frozenset({Kind.REMINDER_WEEK, Kind.REMINDER_TWO_DAYS, Kind.REMINDER_DAY})
"""What asks its reader to confirm."""

OFFERS = frozenset({Kind.OFFER, Kind.OFFER_GONE})
"""What speaks of a time that is nobody's visit yet."""

PAST = frozenset({Kind.CANCELLED, Kind.BOOK_AGAIN})
"""What speaks of a visit that will not take place any more."""


NOW = frozenset({Kind.JOIN_LINK, Kind.DEVICE_CHECK})
"""What asks its reader to open the link of the video visit at once."""


def of(letter: Letter, base_url: str) -> dict[str, Any]:
    """What the templates may say."""
    visit, language = letter.visit, letter.language
    start, end = visit.appointment.start, visit.appointment.end
    place, zone = visit.location.city, visit.location.tz
    say, own, clocks = catalogue(language_of(language)).gettext, _own_zone(letter), visit.patient_clocks
    moment = times.plain(times.moment(start, zone, place, language))
    return {
        "language": language_of(language).value,
        "subject": say(SUBJECTS[letter.kind]) % {"moment": moment},
        "clinic": visit.organization.neutral_name,
        "day": times.day(start.astimezone(zone), language, year=True),
        "time": times.stretch(start, end, zone, place, language),
        "own_time": times.viewer_time(start, own, zone, language) if own else "",
        "own_clock": _own_clock(start, own, language) if own else "",
        "clocks": times.in_towns(start, clocks, zone, language),
        "other_clock": times.elsewhere(start, clocks, zone, language),
        "soon": _soon(letter),
        "short_day": times.short_day(start.astimezone(zone).date(), language),
        "short_date": times.short_date(start.astimezone(zone).date(), language),
        "brief": False,
        "starts": _starts(visit, language),
        "also": [_also(each, language) for each in letter.also],
        "mode": visit.appointment.mode.value,
        "place": _place(visit),
        "street": visit.location.line,
        "links": letter.links,
        "book": f"{base_url}/book",
        "change_until": times.moment(visit.change_until, zone, place, language)
        if visit.may_change(letter.written_at)
        else "",
        "held_until": times.moment(letter.held_until, zone, place, language) if letter.held_until else "",
        "over": letter.kind in PAST,
        "by_clinic": visit.appointment.cancelled_by in {CancelledBy.DESK, CancelledBy.CLINICIAN},
        "has_invite": METHODS.get(letter.kind) in {Method.REQUEST, Method.CANCEL},
        "is_offer": letter.kind in OFFERS,
        "may_join": visit.is_virtual and letter.kind not in PAST | OFFERS | {Kind.CHOOSE_TIME},
        "joins_now": letter.kind in NOW,
        "may_confirm": letter.kind in ANSWERED and not visit.appointment.is_confirmed,
        "may_refuse": letter.kind in MAY_BE_REFUSED,
        "reminders": _reminders(letter),
        "to_helper": letter.addressee is Addressee.HELPER,
        "has_helper": visit.helper is not None and visit.helper.may_be_told,
        "phone": phones.shown(visit.organization.phone),
        "phone_href": phones.href(visit.organization.phone),
        "own": None,
    }


def _reminders(letter: Letter) -> str:
    """Where the patient changes how they are reminded; a helper has nothing to change there."""
    is_own = letter.addressee is Addressee.PATIENT and letter.kind in REMINDERS
    return f"{letter.links.manage}/reminders" if is_own and letter.links.manage else ""


def _soon(letter: Letter) -> str:
    """How the visit's day is called at the hour of writing: "today", "tomorrow", or "" for later days."""
    zone = letter.visit.location.tz
    day, today = letter.visit.appointment.start.astimezone(zone).date(), times.today(letter.written_at, zone)
    return {today: "today", today + timedelta(days=1): "tomorrow"}.get(day, "")


def _own_zone(letter: Letter) -> ZoneInfo | None:
    """Where the patient's own clock hangs at a video visit, when it is known and shows another time."""
    visit = letter.visit
    own = visit.patient_clock if letter.addressee is Addressee.PATIENT else None
    start = visit.appointment.start
    if (
        own is None
        or start.astimezone(ZoneInfo(own)).utcoffset() == start.astimezone(visit.location.tz).utcoffset()
    ):
        return None
    return ZoneInfo(own)


def _own_clock(start: datetime, own: ZoneInfo, language: str) -> str:
    """The hour by the patient's own clock, without the zone's name; everybody knows their own."""
    return times.clock(start.astimezone(own), language)


def _starts(visit: Visit, language: str) -> str:
    """The hour with its zone in words, as short as can be: "2:00 PM El Paso time"."""
    local = visit.appointment.start.astimezone(visit.location.tz)
    named = catalogue(language_of(language)).gettext(N_("%(place)s time")) % {"place": visit.location.city}
    return f"{times.clock(local, language)} {named}"


def _also(visit: Visit, language: str) -> str:
    """Another visit of the same day, by its hour alone: "3:30 PM El Paso time"."""
    return _starts(visit, language)


def _place(visit: Visit) -> str:
    if visit.appointment.mode is not Mode.IN_PERSON:
        return ""
    return f"{visit.organization.neutral_name}, {visit.location.address}"


@cache
def environment(language: Language) -> Environment:
    """Jinja in one language, for text (as it is) and HTML (escaped). A name that is missing is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    spoken = catalogue(language)
    made.install_gettext_callables(spoken.gettext, spoken.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return made
