"""The shelves of the directory: for each kind of entry its list, its form, and the service that keeps it.

One table instead of nine copies of the same five views: a shelf says what its entries are called, how a line of the
list reads, and which functions of `web/forms` and `services` belong to it. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.domain import entries
from scheduler.domain.absence import Absence, check_absence
from scheduler.domain.actor import Actor
from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Location, Mode, Practitioner, Room, VisitType
from scheduler.domain.schedule import Closure, DatedHours, WeeklyHours
from scheduler.domain.wording import N_
from scheduler.services import absence, rostering
from scheduler.services.house import House
from scheduler.translations import phones, times
from scheduler.web.forms import care, directory, rota
from scheduler.web.forms.entry import EntrySheet, Field, Typed
from scheduler.web.forms.options import MODES, weekday
from scheduler.web.i18n import gettext as _
from scheduler.web.i18n import language

Save = Callable[[House, Any, Actor, datetime, str | None], object]
Remove = Callable[[House, int, Actor, datetime, str | None], None]


@dataclass(frozen=True, slots=True)
class Look:
    """What a list is made from: the clinic as it is, and the moment."""

    house: House
    clinic: Clinic
    now: datetime

    @property
    def today(self) -> date:
        """The date in the clinic."""
        return times.today(self.now, ZoneInfo(self.clinic.organization.zone))


@dataclass(frozen=True, slots=True)
class Shelf:
    """One kind of entry. Titles and columns are msgids; `cells` are in the page's language, one for each column.

    `remove` is None where entries are retired and never removed; `is_fixed` where they are not edited afterwards.
    """

    title: str
    hint: str
    add: str
    edit: str
    columns: tuple[str, ...]
    entries: Callable[[Look], Iterable[Any]]
    cells: Callable[[Any, Clinic], tuple[str, ...]]
    fields: Callable[[Clinic], Sequence[Field]]
    typed: Callable[[Any], Typed]
    read: Callable[[EntrySheet, int, Clinic], Any]
    check: Callable[[Clinic, Any], None]
    save: Save
    remove: Remove | None = None
    is_fixed: bool = False
    blank: Mapping[str, str | list[str]] | None = None


def _window(opens: int, closes: int) -> str:
    tongue = language()
    return _("%(start)s to %(end)s") % {"start": times.wall(opens, tongue), "end": times.wall(closes, tongue)}


def _date(when: date | None) -> str:
    return "" if when is None else times.plain(times.day_of_month(when, language(), year=True))


def _state(is_active: bool) -> str:
    return _("In use") if is_active else _("Retired")


def _mode(mode: Mode) -> str:
    return _(MODES[mode])


def _location_cells(entry: Location, _clinic: Clinic) -> tuple[str, ...]:
    return entry.name, entry.address, phones.shown(entry.phone), _state(entry.active)


def _room_cells(entry: Room, clinic: Clinic) -> tuple[str, ...]:
    return entry.name, entry.kind, clinic.location(entry.location_id).name, _state(entry.active)


def _practitioner_cells(entry: Practitioner, _clinic: Clinic) -> tuple[str, ...]:
    ways = ", ".join(_mode(mode) for mode in Mode if any(place.mode is mode for place in entry.places))
    return (
        f"{entry.name} {entry.credentials}".strip(),
        ways,
        ", ".join(entry.licensed_states),
        _state(entry.active),
    )


def _visit_type_cells(entry: VisitType, _clinic: Clinic) -> tuple[str, ...]:
    ways = ", ".join(_mode(mode) for mode in entry.modes)
    return (
        entry.title.in_(language()),
        ways,
        _("%(number)s min") % {"number": entry.minutes},
        _state(entry.active),
    )


def _weekly_cells(entry: WeeklyHours, clinic: Clinic) -> tuple[str, ...]:
    until = " – ".join(filter(None, (_date(entry.valid_from), _date(entry.valid_until))))
    who = clinic.practitioner(entry.practitioner_id).name
    when = weekday(entry.weekday), _window(entry.opens, entry.closes)
    return who, *when, _mode(entry.mode), until or _("Always")


def _dated_cells(entry: DatedHours, clinic: Clinic) -> tuple[str, ...]:
    who = clinic.practitioner(entry.practitioner_id).name
    return who, _date(entry.day), _window(entry.opens, entry.closes), _mode(entry.mode)


def _closure_cells(entry: Closure, clinic: Clinic) -> tuple[str, ...]:
    where = _("All offices") if entry.location_id is None else clinic.location(entry.location_id).name
    whole = entry.opens is None or entry.closes is None
    hours = _("The whole day") if whole else _window(entry.opens or 0, entry.closes or 0)
    return _date(entry.day), entry.title.in_(language()), where, hours


def _absence_cells(entry: Absence, clinic: Clinic) -> tuple[str, ...]:
    zone, place = ZoneInfo(clinic.organization.zone), _place(clinic)
    first, last = (times.moment(moment, zone, place, language()) for moment in (entry.start, entry.end))
    return clinic.practitioner(entry.practitioner_id).name, first, last, entry.note


def _place(clinic: Clinic) -> str:
    """How the clinic's own time is called."""
    return clinic.locations[0].city if clinic.locations else clinic.organization.name


def _remove_absence(house: House, number: int, actor: Actor, now: datetime, _confirmed: str | None) -> None:
    absence.remove(house, number, actor, now)


SHELVES: Mapping[str, Shelf] = {
    "locations": Shelf(
        title=N_("Offices"),
        hint=N_("Where patients come."),
        add=N_("Add an office"),
        edit=N_("Change an office"),
        columns=(N_("Name"), N_("Address"), N_("Phone"), N_("Status")),
        entries=lambda look: look.clinic.locations,
        cells=_location_cells,
        fields=directory.location_fields,
        typed=directory.typed_location,
        read=lambda sheet, number, _clinic: directory.read_location(sheet, number),
        check=entries.check_location,
        save=rostering.save_location,
        blank={"active": ["yes"]},
    ),
    "rooms": Shelf(
        title=N_("Rooms"),
        hint=N_("A visit in person takes a room of its kind."),
        add=N_("Add a room"),
        edit=N_("Change a room"),
        columns=(N_("Name"), N_("Kind of room"), N_("Office"), N_("Status")),
        entries=lambda look: look.clinic.rooms,
        cells=_room_cells,
        fields=directory.room_fields,
        typed=directory.typed_room,
        read=lambda sheet, number, _clinic: directory.read_room(sheet, number),
        check=entries.check_room,
        save=rostering.save_room,
        blank={"active": ["yes"]},
    ),
    "clinicians": Shelf(
        title=N_("Clinicians"),
        hint=N_("Who sees patients, where, and for which visits."),
        add=N_("Add a clinician"),
        edit=N_("Change a clinician"),
        columns=(N_("Name"), N_("Ways to meet"), N_("Licensed in"), N_("Status")),
        entries=lambda look: look.clinic.practitioners,
        cells=_practitioner_cells,
        fields=care.practitioner_fields,
        typed=care.typed_practitioner,
        read=lambda sheet, number, _clinic: care.read_practitioner(sheet, number),
        check=entries.check_practitioner,
        save=rostering.save_practitioner,
        blank={"active": ["yes"], "languages": ["en"]},
    ),
    "visit-types": Shelf(
        title=N_("Visits"),
        hint=N_("What people can book, how long it takes, and how to prepare."),
        add=N_("Add a kind of visit"),
        edit=N_("Change a kind of visit"),
        columns=(N_("Name"), N_("Ways to meet"), N_("Length"), N_("Status")),
        entries=lambda look: look.clinic.visit_types,
        cells=_visit_type_cells,
        fields=care.visit_type_fields,
        typed=care.typed_visit_type,
        read=lambda sheet, number, _clinic: care.read_visit_type(sheet, number),
        check=entries.check_visit_type,
        save=rostering.save_visit_type,
        blank={
            "active": ["yes"],
            "minutes": "30",
            "buffer_before": "0",
            "buffer_after": "0",
            "minimum_notice": "120",
            "horizon_days": "60",
            "patient_cutoff": "1440",
        },
    ),
    "weekly-hours": Shelf(
        title=N_("Weekly hours"),
        hint=N_("When each clinician sees people, week by week."),
        add=N_("Add weekly hours"),
        edit=N_("Change weekly hours"),
        columns=(
            N_("Clinician"),
            N_("Day of the week"),
            N_("Hours"),
            N_("Way to meet"),
            N_("In force"),
        ),
        entries=lambda look: [
            hours
            for hours in look.clinic.weekly_hours
            if hours.valid_until is None or hours.valid_until >= look.today
        ],
        cells=_weekly_cells,
        fields=rota.weekly_fields,
        typed=rota.typed_weekly,
        read=lambda sheet, number, _clinic: rota.read_weekly(sheet, number),
        check=entries.check_weekly_hours,
        save=rostering.save_weekly_hours,
        remove=rostering.remove_weekly_hours,
    ),
    "dated-hours": Shelf(
        title=N_("Extra hours"),
        hint=N_("Hours on one day, beside the weekly ones."),
        add=N_("Add extra hours"),
        edit=N_("Change extra hours"),
        columns=(N_("Clinician"), N_("Day"), N_("Hours"), N_("Way to meet")),
        entries=lambda look: [hours for hours in look.clinic.dated_hours if hours.day >= look.today],
        cells=_dated_cells,
        fields=rota.dated_fields,
        typed=rota.typed_dated,
        read=lambda sheet, number, _clinic: rota.read_dated(sheet, number),
        check=entries.check_dated_hours,
        save=rostering.save_dated_hours,
        remove=rostering.remove_dated_hours,
    ),
    "closures": Shelf(
        title=N_("Closed days"),
        hint=N_("Holidays and other days without visits."),
        add=N_("Add a closed day"),
        edit=N_("Change a closed day"),
        columns=(N_("Day"), N_("Why"), N_("Office"), N_("Hours")),
        entries=lambda look: [closure for closure in look.clinic.closures if closure.day >= look.today],
        cells=_closure_cells,
        fields=rota.closure_fields,
        typed=rota.typed_closure,
        read=lambda sheet, number, _clinic: rota.read_closure(sheet, number),
        check=entries.check_closure,
        save=rostering.save_closure,
        remove=rostering.remove_closure,
    ),
    "absences": Shelf(
        title=N_("Absences"),
        hint=N_("When a clinician is away."),
        add=N_("Add an absence"),
        edit=N_("Change an absence"),
        columns=(N_("Clinician"), N_("From"), N_("Until"), N_("Note")),
        entries=lambda look: absence.upcoming(look.house, look.now),
        cells=_absence_cells,
        fields=rota.absence_fields,
        typed=rota.typed_absence,
        read=lambda sheet, _number, clinic: rota.read_absence(sheet, ZoneInfo(clinic.organization.zone)),
        check=lambda _clinic, entry: check_absence(entry),
        save=absence.add,
        remove=_remove_absence,
        is_fixed=True,
    ),
}
"""By the word in the address."""
