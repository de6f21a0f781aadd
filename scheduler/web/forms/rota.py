"""Hours, closed days and absences as forms; each has its fields, its values as typed, and the entry that was typed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduler.domain.absence import Absence
from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Mode
from scheduler.domain.schedule import Closure, DatedHours, WeeklyHours
from scheduler.domain.wording import N_
from scheduler.web.forms.entry import MIDNIGHT, NO_CHOICE, EntrySheet, Field, Kind, Typed, clock, ticked
from scheduler.web.forms.options import location_options, mode_options, practitioner_options, weekday_options
from scheduler.web.i18n import gettext as _

NEXT_DAY = Field("next_day", N_("Ends on the next day"), Kind.SWITCH)


def weekly_fields(clinic: Clinic) -> Sequence[Field]:
    """What is asked of one weekly window."""
    return (
        *_who_and_where(clinic),
        Field("weekday", N_("Day of the week"), Kind.CHOICE, options=weekday_options()),
        Field("opens", N_("From"), Kind.TIME),
        Field("closes", N_("Until"), Kind.TIME),
        NEXT_DAY,
        Field("valid_from", N_("First day of these hours"), Kind.DATE, optional=True),
        Field("valid_until", N_("Last day of these hours"), Kind.DATE, optional=True),
    )


def _who_and_where(clinic: Clinic) -> Sequence[Field]:
    return (
        Field("practitioner_id", N_("Clinician"), Kind.CHOICE, options=practitioner_options(clinic)),
        Field("location_id", N_("Office"), Kind.CHOICE, options=location_options(clinic)),
        Field("mode", N_("Way to meet"), Kind.CHOICE, options=mode_options()),
    )


def typed_weekly(entry: WeeklyHours) -> Typed:
    """One weekly window as its fields show it."""
    return {
        "practitioner_id": str(entry.practitioner_id),
        "location_id": str(entry.location_id),
        "mode": entry.mode.value,
        "weekday": str(entry.weekday),
        "opens": clock(entry.opens),
        "closes": clock(entry.closes),
        "next_day": ticked(entry.closes > MIDNIGHT),
        "valid_from": "" if entry.valid_from is None else entry.valid_from.isoformat(),
        "valid_until": "" if entry.valid_until is None else entry.valid_until.isoformat(),
    }


def read_weekly(sheet: EntrySheet, number: int) -> WeeklyHours:
    """One weekly window as typed; the sheet notes what cannot be read."""
    return WeeklyHours(
        id=number,
        practitioner_id=sheet.key("practitioner_id"),
        location_id=sheet.key("location_id"),
        mode=sheet.one_of("mode", Mode, NO_CHOICE) or Mode.IN_PERSON,
        weekday=sheet.key("weekday"),
        opens=sheet.minutes("opens"),
        closes=sheet.until("closes", next_day="next_day"),
        valid_from=sheet.day_or_none("valid_from"),
        valid_until=sheet.day_or_none("valid_until"),
    )


def dated_fields(clinic: Clinic) -> Sequence[Field]:
    """What is asked of the extra hours of one date."""
    return (
        *_who_and_where(clinic),
        Field("day", N_("Day"), Kind.DATE),
        Field("opens", N_("From"), Kind.TIME),
        Field("closes", N_("Until"), Kind.TIME),
        NEXT_DAY,
    )


def typed_dated(entry: DatedHours) -> Typed:
    """The extra hours of one date as their fields show them."""
    return {
        "practitioner_id": str(entry.practitioner_id),
        "location_id": str(entry.location_id),
        "mode": entry.mode.value,
        "day": entry.day.isoformat(),
        "opens": clock(entry.opens),
        "closes": clock(entry.closes),
        "next_day": ticked(entry.closes > MIDNIGHT),
    }


def read_dated(sheet: EntrySheet, number: int) -> DatedHours:
    """The extra hours of one date as typed; the sheet notes what cannot be read."""
    return DatedHours(
        id=number,
        practitioner_id=sheet.key("practitioner_id"),
        location_id=sheet.key("location_id"),
        mode=sheet.one_of("mode", Mode, NO_CHOICE) or Mode.IN_PERSON,
        day=sheet.day("day"),
        opens=sheet.minutes("opens"),
        closes=sheet.until("closes", next_day="next_day"),
    )


def closure_fields(clinic: Clinic) -> Sequence[Field]:
    """What is asked of a closed day."""
    return (
        Field("day", N_("Day"), Kind.DATE),
        Field("title_en", N_("Why, in English"), hint=N_("For example Labor Day.")),
        Field("title_es", N_("Why, in Spanish"), hint=N_("For example Día del Trabajo.")),
        Field(
            "location_id",
            N_("Office"),
            Kind.CHOICE,
            options=[("", _("All offices")), *location_options(clinic)],
        ),
        Field(
            "opens",
            N_("Closed from"),
            Kind.TIME,
            N_("Leave both times empty for the whole day."),
            optional=True,
        ),
        Field("closes", N_("Closed until"), Kind.TIME, optional=True),
    )


def typed_closure(entry: Closure) -> Typed:
    """A closed day as its fields show it."""
    return {
        "day": entry.day.isoformat(),
        "title_en": entry.title.en,
        "title_es": entry.title.es,
        "location_id": "" if entry.location_id is None else str(entry.location_id),
        "opens": clock(entry.opens),
        "closes": clock(entry.closes),
    }


def read_closure(sheet: EntrySheet, number: int) -> Closure:
    """A closed day as typed; the sheet notes what cannot be read."""
    return Closure(
        id=number,
        location_id=sheet.key("location_id") if sheet.optional("location_id") else None,
        day=sheet.day("day"),
        title=sheet.both("title"),
        opens=sheet.minutes_or_none("opens"),
        closes=sheet.until("closes") if sheet.optional("closes") else None,
    )


def absence_fields(clinic: Clinic) -> Sequence[Field]:
    """What is asked of an absence."""
    return (
        Field("practitioner_id", N_("Clinician"), Kind.CHOICE, options=practitioner_options(clinic)),
        Field("first", N_("First day away"), Kind.DATE),
        Field("first_time", N_("From"), Kind.TIME, N_("Leave it empty for the whole day."), optional=True),
        Field("last", N_("Last day away"), Kind.DATE),
        Field("last_time", N_("Until"), Kind.TIME, N_("Leave it empty for the whole day."), optional=True),
        Field("note", N_("Note for the staff"), hint=N_("Please write nothing about health."), optional=True),
    )


def typed_absence(entry: Absence) -> Typed:
    """A new absence as its fields show it: all empty."""
    return {
        "practitioner_id": str(entry.practitioner_id),
        "first": "",
        "first_time": "",
        "last": "",
        "last_time": "",
        "note": entry.note,
    }


def read_absence(sheet: EntrySheet, zone: ZoneInfo) -> Absence:
    """An absence as typed, in the clinic's zone; without times it takes whole days."""
    first, last = sheet.day("first"), sheet.day("last")
    from_minute, until_minute = sheet.minutes_or_none("first_time"), sheet.minutes_or_none("last_time")
    practitioner_id, note = sheet.key("practitioner_id"), sheet.optional("note", 200)
    until = MIDNIGHT if until_minute is None else until_minute
    return Absence(
        0, practitioner_id, _instant(first, from_minute or 0, zone), _instant(last, until, zone), note
    )


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The instant of a wall clock; minute 1440 is the next midnight."""
    days, minutes = divmod(minute, MIDNIGHT)
    wall = datetime.combine(day + timedelta(days=days), time(minutes // 60, minutes % 60), zone)
    return wall.astimezone(UTC)
