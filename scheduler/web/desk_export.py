"""The visits of one day as a file for a spreadsheet, for those who may take data out of the house."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from scheduler.domain.desk_state import state
from scheduler.domain.visit import Visit
from scheduler.domain.wording import Language
from scheduler.services import calendar
from scheduler.translations import phones, times
from scheduler.web.context import actor, clinic, house, now
from scheduler.web.desk_calendar import asked
from scheduler.web.desk_words import STATES
from scheduler.web.forms.options import LANGUAGES, MODES
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language
from scheduler.web.spreadsheets import csv_file

bp = Blueprint("desk_export", __name__)


@bp.get("/day.csv")
def day() -> ResponseReturnValue:
    """One day's visits, soonest first, cancelled ones too."""
    wish = asked(request.args, clinic())
    found = calendar.export_day(house(), wish, actor(), now())
    return csv_file(f"visits-{wish.day.isoformat()}", [_head(), *map(_row, found)])


def _head() -> list[str]:
    return [
        _("Day"),
        _("From"),
        _("To"),
        _("Patient"),
        _("Phone"),
        _("Language"),
        _("Kind of visit"),
        _("Way to meet"),
        _("Clinician"),
        _("Room"),
        _("State"),
        _("Code"),
    ]


def _row(visit: Visit) -> list[str]:
    booked, zone = visit.appointment, visit.location.tz
    start, end = booked.start.astimezone(zone), booked.end.astimezone(zone)
    return [
        start.date().isoformat(),
        times.clock(start, language()),
        times.clock(end, language()),
        visit.patient.name,
        phones.shown(visit.patient.phone),
        LANGUAGES[Language(booked.language)],
        visit.visit_type.title.in_(language()),
        _(MODES[booked.mode]),
        visit.practitioner.name,
        visit.room.name if visit.room else "",
        _(STATES[state(booked)].word),
        booked.spoken_code,
    ]
