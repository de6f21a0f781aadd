"""The front desk's pages about messages: the ledger of a day, of one visit, and one message with what may be done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from scheduler.domain.directory import Location
from scheduler.domain.interval import instant
from scheduler.domain.message_story import Group
from scheduler.domain.notification import Channel, Kind
from scheduler.domain.wall_clock import day_span
from scheduler.domain.wording import N_
from scheduler.services import ledger
from scheduler.services.housekeeping import MESSAGES_AT_HAND
from scheduler.services.ledger import Found, Question
from scheduler.translations import times
from scheduler.web import message_preview
from scheduler.web.context import actor, clinic, clock_place, house, now
from scheduler.web.forms.entry import day_of
from scheduler.web.forms.options import LANGUAGES
from scheduler.web.i18n import gettext as _
from scheduler.web.message_words import CHANNELS, GROUPS, KINDS

bp = Blueprint("desk_messages", __name__)

NUMBER = f"<int(max={2**63 - 1}):number>"
"""A message's number in an address; greater ones do not fit into any database, so they lead nowhere."""

LAST_WEEK, NEXT_WEEK, TODAY, TOMORROW = "last-7", "next-7", "today", "tomorrow"
PERIODS = {
    TODAY: N_("Today"),
    TOMORROW: N_("Tomorrow"),
    NEXT_WEEK: N_("The next 7 days"),
    LAST_WEEK: N_("The last 7 days"),
}
_OFFSETS = {TODAY: (0, 1), TOMORROW: (1, 2), NEXT_WEEK: (0, 7), LAST_WEEK: (-6, 1)}
"""Each period as days from today: its first, and the one after its last."""

MOST_PAGES = 200
LONGEST_CODE = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What the filter above the list says; empty where it says nothing."""

    period: str = TODAY
    day: date | None = None
    group: Group | None = None
    kind: Kind | None = None
    channel: Channel | None = None
    code: str = ""
    page: int = 0

    def values(self, **changes: int) -> dict[str, str]:
        """The same filter as the words of an address."""
        asked = replace(self, **changes)  # type: ignore[arg-type]
        words = {
            "period": asked.period,
            "day": asked.day.isoformat() if asked.day else "",
            "group": asked.group.value if asked.group else "",
            "kind": asked.kind.value if asked.kind else "",
            "channel": asked.channel.value if asked.channel else "",
            "code": asked.code,
            "page": str(asked.page) if asked.page else "",
        }
        return {name: word for name, word in words.items() if word}


@bp.get("/messages")
def all() -> ResponseReturnValue:
    """List the messages of a day, or those about the visit whose code a person reads out."""
    asked = _asked(request.args)
    return render_template(
        "desk/messages.html",
        asked=asked,
        found=_find(asked),
        place=_place(),
        is_archived=asked.day is not None and _stretch(asked)[1] < now() - MESSAGES_AT_HAND,
        periods=[(value, _(words)) for value, words in PERIODS.items()],
        groups=[("", _("All")), *((group.value, _(words)) for group, (words, _colour) in GROUPS.items())],
        kinds=[("", _("All")), *((kind.value, _(words)) for kind, words in KINDS.items())],
        channels=[("", _("All")), *((channel.value, _(words)) for channel, words in CHANNELS.items())],
    )


@bp.get("/visits/<public_id>/messages")
def of_visit(public_id: str) -> ResponseReturnValue:
    """List every message about one visit."""
    visit, found = ledger.of_visit(house(), public_id, actor(), now())
    return render_template("desk/of_visit.html", visit=visit, found=found)


@bp.get(f"/messages/{NUMBER}")
def one(number: int) -> ResponseReturnValue:
    """Show one message: what became of it, how it reads, and what may be done."""
    line = ledger.one(house(), number, actor(), now())
    preview = message_preview.of_entry(line.entry, line.visit)
    languages = {tongue.value: words for tongue, words in LANGUAGES.items()}
    return render_template("desk/message.html", line=line, preview=preview, languages=languages)


@bp.post(f"/messages/{NUMBER}/resend")
def resend(number: int) -> ResponseReturnValue:
    """Send a message once more."""
    public_id = ledger.resend(house(), number, actor(), now())
    return redirect(url_for(".of_visit", public_id=public_id, done="resent"), 303)


@bp.post(f"/messages/{NUMBER}/call")
def call_instead(number: int) -> ResponseReturnValue:
    """Put a call on the list instead."""
    public_id = ledger.call_instead(house(), number, actor(), now())
    return redirect(url_for(".of_visit", public_id=public_id, done="on-list"), 303)


def _find(asked: Asked) -> Found:
    if asked.code:
        return ledger.look_by_code(house(), asked.code, actor(), now())
    start, end = _stretch(asked)
    question = Question(start, end, asked.group, asked.kind, asked.channel, asked.page)
    return ledger.look(house(), question, actor(), now())


def _stretch(asked: Asked) -> tuple[datetime, datetime]:
    """The asked days of the clinic's own calendar, as instants."""
    zone = clinic().organization.zone
    if asked.day is not None:
        first, after = asked.day, asked.day + timedelta(days=1)
    else:
        today = times.today(now(), ZoneInfo(zone))
        first, after = (today + timedelta(days=days) for days in _OFFSETS[asked.period])
    return instant(day_span(zone, first.toordinal())[0]), instant(day_span(zone, after.toordinal())[0])


def _asked(args: MultiDict[str, str]) -> Asked:
    """The filter as it came; what makes no sense says nothing."""
    period, page = args.get("period", ""), args.get("page", "")
    group, kind, channel = args.get("group", ""), args.get("kind", ""), args.get("channel", "")
    return Asked(
        period=period if period in PERIODS else TODAY,
        day=day_of(args.get("day", "")),
        group=Group(group) if group in {one.value for one in GROUPS} else None,
        kind=Kind(kind) if kind in {one.value for one in KINDS} else None,
        channel=Channel(channel) if channel in {one.value for one in CHANNELS} else None,
        code=" ".join(args.get("code", "").split())[:LONGEST_CODE],
        page=int(page) if page.isascii() and page.isdigit() and int(page[:6]) <= MOST_PAGES else 0,
    )


def _place() -> Location | None:
    """Whose clock the heading names."""
    return clock_place()
