"""What a patient will hear before their visit, in words: what comes over each way and when, or why nothing does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scheduler.domain.notification import Channel, Kind
from scheduler.domain.person import RemindBy
from scheduler.domain.plan import CHANNELS, wished_ways
from scheduler.domain.visit import Visit
from scheduler.domain.wishes import Bar, Coming, Outlook
from scheduler.domain.wording import N_
from scheduler.translations import times
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language

OFFERED: Mapping[RemindBy, str] = {
    RemindBy.PHONE: N_("By a phone call"),
    RemindBy.SMS: N_("By text message"),
    RemindBy.EMAIL: N_("By e-mail"),
}
_HEADS: Mapping[RemindBy, str] = {
    RemindBy.PHONE: N_("We call you"),
    RemindBy.SMS: N_("We text you"),
    RemindBy.EMAIL: N_("We e-mail you"),
}
_BARS: Mapping[Bar, str] = {
    Bar.STOPPED: N_(
        "You sent us STOP from this phone, so we cannot text it. To get texts again, text START to us."
    ),
    Bar.REFUSED: N_("You told us to stop reminders by e-mail."),
    Bar.CAME_BACK: N_("Our mail to you came back. We write nothing to your e-mail until it is put right."),
}
_BESIDES: Mapping[Kind, str] = {
    Kind.PREPARATION: N_("how to get ready"),
    Kind.DEVICE_CHECK: N_("how to try your device"),
    Kind.JOIN_LINK: N_("the link to your video visit"),
}
"""What comes besides the day and the time."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way as the page shows it: "We text you", the lines of what is to come, and the bar with its sentence."""

    head: str
    lines: tuple[str, ...]
    bar: str
    why: str


def wished(visit: Visit) -> tuple[RemindBy, ...]:
    """The ways that count now, in the order in which the form shows them."""
    ways = wished_ways(visit)
    return tuple(way for way in OFFERED if way in ways)


def offered(visit: Visit, ahead: Outlook) -> list[tuple[str, str, str]]:
    """The choices of the form: value, words, and what stands in the way of one; no mail without an address."""
    return [
        (way.value, _(words), _bar(ahead, way))
        for way, words in OFFERED.items()
        if way is not RemindBy.EMAIL or visit.patient.email
    ]


def ways(visit: Visit, ahead: Outlook) -> list[Way]:
    """What comes over each way that was chosen."""
    return [_way(visit, ahead, way) for way in wished(visit)]


def _way(visit: Visit, ahead: Outlook, way: RemindBy) -> Way:
    """A barred way promises nothing, except where mail steps in for texts (`services/escalation`)."""
    bar, why = ahead.bars.get(CHANNELS[way]), _bar(ahead, way)
    lines = tuple(_line(visit, one) for one in ahead.over(CHANNELS[way]))
    if bar is Bar.STOPPED and visit.patient.email and Channel.EMAIL not in ahead.bars:
        return Way(_(_HEADS[way]), lines, bar, " ".join((why, _("Until then we write to your e-mail."))))
    return Way(_(_HEADS[way]), () if bar else lines, bar or "", why)


def news(visit: Visit, ahead: Outlook) -> str:
    """How the patient hears of a change: by mail whatever they wish, where mail gets through."""
    if not visit.patient.email or ahead.bars.get(Channel.EMAIL) is Bar.CAME_BACK:
        return ""
    return _("If the visit changes, we write to your e-mail at once.")


def _bar(ahead: Outlook, way: RemindBy) -> str:
    bar = ahead.bars.get(CHANNELS[way])
    return _(_BARS[bar]) if bar else ""


def _line(visit: Visit, one: Coming) -> str:
    """ "2 days before, on Sunday, November 29": the day by the clock of the office, and what comes besides."""
    zone = visit.location.tz
    due, day = one.due_at.astimezone(zone), visit.appointment.start.astimezone(zone).date()
    when = {"when": _how_long_before((day - due.date()).days), "day": times.day(due, language())}
    words = _("%(when)s, on %(day)s") % when
    return f"{words}: {_(_BESIDES[one.kind])}" if one.kind in _BESIDES else words


def _how_long_before(days: int) -> str:
    if days == 0:
        return _("On the day of the visit")
    if days == 1:
        return _("The day before")
    return _("%(number)s days before") % {"number": days}
