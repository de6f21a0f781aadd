"""The manager's report: charts with their tables beneath, and each table as a file for a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from scheduler.domain.appointment import Status
from scheduler.domain.errors import NotFound
from scheduler.domain.report import Report, Shares, Use, Week
from scheduler.domain.wording import N_
from scheduler.services import reporting
from scheduler.translations import times
from scheduler.web.context import actor, clinic, house, now, today
from scheduler.web.forms.entry import day_of
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language
from scheduler.web.spreadsheets import csv_file
from scheduler.web.visit_words import way_to_meet

bp = Blueprint("reports", __name__)

STATUSES = {
    Status.BOOKED: N_("Booked"),
    Status.ARRIVED: N_("Arrived"),
    Status.CHECKED_IN: N_("In room"),
    Status.FULFILLED: N_("Seen"),
    Status.NOSHOW: N_("No-show"),
    Status.CANCELLED: N_("Cancelled"),
}
"""The columns of the table of weeks, in the order of a visit's life."""

CHANNELS = {
    "web": N_("Online"),
    "api": N_("By a program"),
    "desk": N_("At the desk"),
    "walk-in": N_("Walk-in"),
    "phone": N_("By phone"),
    "offer": N_("From the waitlist"),
    "demo": N_("Sample data"),
}
LANGUAGES = {"en": "English", "es": "Español"}
STRETCHES = {
    "1": N_("One week"),
    "4": N_("4 weeks"),
    "13": N_("13 weeks"),
    "26": N_("26 weeks"),
    "53": N_("A year"),
}
TABLES = ("weeks", "rates", "clinicians", "rooms", "channels", "languages", "next-free")
BY_WEEK = ("clinicians", "rooms", "channels", "languages")
"""Tables that are one sum on the page; their files have a line for each week."""

Row = list[str]


@bp.get("/reports")
def all() -> ResponseReturnValue:
    """Show the report of some weeks."""
    found = _report()
    return render_template(
        "reports/all.html",
        report=found,
        tables={name: _table(name, found, _in_words) for name in TABLES},
        stretches=STRETCHES,
        asked=_asked(),
    )


@bp.get("/reports/<table>.csv")
def export(table: str) -> ResponseReturnValue:
    """One table as a file; its cells are shown by a spreadsheet and never calculated."""
    if table not in TABLES:
        raise NotFound
    reporting.note_export(house(), actor(), now())
    rows = _week_by_week(table) if table in BY_WEEK else _table(table, _report(), date.isoformat)
    return csv_file(table, rows)


def _asked() -> dict[str, str]:
    """The stretch of time as asked for, by its last week; what makes no sense is thirteen weeks up to now."""
    weeks = request.args.get("weeks", "")
    last = day_of(request.args.get("last", "")) or today()
    return {"weeks": weeks if weeks in STRETCHES else "13", "last": last.isoformat()}


def _stretch() -> tuple[date, int]:
    """Its first day, and how many weeks."""
    asked = _asked()
    weeks = int(asked["weeks"])
    return date.fromisoformat(asked["last"]) - timedelta(days=7 * (weeks - 1)), weeks


def _report() -> Report:
    return reporting.report(house(), *_stretch(), actor(), now())


def _in_words(week: date) -> str:
    return times.short_date(week, language())


def _table(name: str, found: Report, dated: Callable[[date], str]) -> list[Row]:
    """A table of the report: its head, then its rows; `dated` spells the first day of a week."""
    if name == "weeks":
        return _weeks(found.weeks, dated)
    if name == "rates":
        return _rates(found.weeks, dated)
    if name == "next-free":
        return _next_free(found)
    return _of_shares(name, found.shares)


def _week_by_week(name: str) -> list[Row]:
    """The same figures for each week by itself."""
    weeks = reporting.by_week(house(), *_stretch(), actor())
    rows = [[week.start.isoformat(), *row] for week in weeks for row in _of_shares(name, week)[1:]]
    return [[_("Week of"), *_of_shares(name, weeks[0])[0]], *rows]


def _of_shares(name: str, found: Shares) -> list[Row]:
    if name == "clinicians":
        return _uses(_("Clinician"), found.clinicians)
    if name == "rooms":
        return _uses(_("Room"), found.rooms)
    if name == "channels":
        return _counts(_("Booked"), {_(CHANNELS.get(key, key)): n for key, n in found.channels.items()})
    return _counts(_("Language"), {LANGUAGES.get(key, key): n for key, n in found.languages.items()})


def _weeks(weeks: tuple[Week, ...], dated: Callable[[date], str]) -> list[Row]:
    head = [_("Week of"), *(_(words) for words in STATUSES.values()), _("Cancelled late")]
    rows = [
        [
            dated(week.start),
            *(str(week.by_status.get(status, 0)) for status in STATUSES),
            str(week.cancelled_late),
        ]
        for week in weeks
    ]
    return [head, *rows]


def _rates(weeks: tuple[Week, ...], dated: Callable[[date], str]) -> list[Row]:
    """Shares in percent; a week without any visit has none."""
    head = [_("Week of"), _("No-show rate"), _("Late rate")]
    rows = [
        [dated(week.start), _percent(week.no_show_rate), _percent(week.late_cancel_rate)] for week in weeks
    ]
    return [head, *rows]


def _uses(who: str, uses: tuple[Use, ...]) -> list[Row]:
    head = [who, _("How full"), _("Visits"), _("Hours of visits"), _("Hours open")]
    rows = [
        [
            use.name,
            _percent(use.rate),
            str(use.visits),
            f"{use.minutes / 60:.1f}",
            f"{use.open_minutes / 60:.1f}",
        ]
        for use in uses
    ]
    return [head, *rows]


def _counts(what: str, counts: dict[str, int]) -> list[Row]:
    most_first = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [[what, _("Visits")], *([name, str(number)] for name, number in most_first)]


def _next_free(found: Report) -> list[Row]:
    from_kind = [
        [
            clinic().visit_type(one.visit_type_code).title.in_(language()),
            way_to_meet(one.mode.value),
            _("none ahead") if one.days is None else str(one.days),
        ]
        for one in found.next_free
    ]
    return [[_("Visit"), _("Way to meet"), _("Days to wait")], *from_kind]


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.0f} %"
