"""A block of time as a form: its fields, what stands in them at first, and the block that was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from scheduler.domain.block import Block, BlockKind, Rhythm
from scheduler.domain.clinic import Clinic
from scheduler.domain.wording import N_
from scheduler.web.forms.entry import MIDNIGHT, NO_CHOICE, EntrySheet, Field, Kind, Typed, clock
from scheduler.web.forms.options import practitioner_options
from scheduler.web.i18n import gettext as _

EVERYBODY = "all"
KINDS: Mapping[BlockKind, str] = {
    BlockKind.LUNCH: N_("Lunch"),
    BlockKind.MEETING: N_("Meeting"),
    BlockKind.AWAY: N_("Away"),
    BlockKind.CLOSED: N_("Clinic closed"),
    BlockKind.OTHER: N_("Something else"),
}
RHYTHMS: Mapping[Rhythm, str] = {
    Rhythm.ONCE: N_("Once"),
    Rhythm.WORKDAYS: N_("Monday to Friday"),
    Rhythm.WEEKLY: N_("Every week"),
    Rhythm.FORTNIGHTLY: N_("Every two weeks"),
}


def fields(clinic: Clinic, *, own: bool = False) -> Sequence[Field]:
    """What is asked of a block; those who block their own time are not asked whose."""
    who = Field(
        "who",
        N_("Clinician"),
        Kind.CHOICE,
        options=[("", _("Choose one")), *practitioner_options(clinic), (EVERYBODY, _("Everybody"))],
    )
    return (
        *(() if own else (who,)),
        Field("kind", N_("What for"), Kind.CHOICE, options=[(kind.value, _(KINDS[kind])) for kind in KINDS]),
        Field("first", N_("First day"), Kind.DATE),
        Field("opens", N_("From"), Kind.TIME, N_("Leave both times empty for whole days."), optional=True),
        Field("closes", N_("Until"), Kind.TIME, optional=True),
        Field(
            "rhythm",
            N_("How often"),
            Kind.CHOICE,
            options=[(rhythm.value, _(RHYTHMS[rhythm])) for rhythm in RHYTHMS],
        ),
        Field("last", N_("Last day"), Kind.DATE, optional=True),
        Field("count", N_("Or how many times"), Kind.NUMBER, optional=True),
        Field("note", N_("Note for the staff"), hint=N_("Please write nothing about health."), optional=True),
    )


def at_first(args: Mapping[str, str], zone: ZoneInfo) -> Typed:
    """What stands in a new form: the clinician and the times that the calendar hands over, where they make sense."""
    start, end = _local(args.get("start", ""), zone), _local(args.get("end", ""), zone)
    return {
        "who": args.get("practitioner", "")[:12],
        "kind": BlockKind.MEETING.value,
        "first": start.date().isoformat() if start else "",
        "opens": clock(start.hour * 60 + start.minute) if start else "",
        "closes": clock(end.hour * 60 + end.minute) if end else "",
        "rhythm": Rhythm.ONCE.value,
    }


def read(form: MultiDict[str, str], clinic: Clinic, own: int | None = None) -> tuple[Block, EntrySheet]:
    """The block as typed; the sheet notes what cannot be read."""
    sheet = EntrySheet(form)
    opens, closes = sheet.minutes_or_none("opens"), sheet.minutes_or_none("closes")
    block = Block(
        practitioner_ids=(own,) if own is not None else _who(sheet, clinic),
        kind=sheet.one_of("kind", BlockKind, NO_CHOICE) or BlockKind.OTHER,
        first=sheet.day("first"),
        opens=opens or 0,
        closes=closes or MIDNIGHT,
        rhythm=sheet.one_of("rhythm", Rhythm, NO_CHOICE) or Rhythm.ONCE,
        last=sheet.day_or_none("last"),
        count=sheet.number_or_none("count"),
        note=sheet.optional("note", 200),
    )
    return block, sheet


def _who(sheet: EntrySheet, clinic: Clinic) -> tuple[int, ...]:
    if sheet.optional("who", 12) == EVERYBODY:
        return tuple(person.id for person in clinic.practitioners if person.active)
    number = sheet.key("who")
    return (number,) if number else ()


def _local(typed: str, zone: ZoneInfo) -> datetime | None:
    """An instant, or a wall clock without a zone, as the clinic's wall shows it."""
    try:
        found = datetime.fromisoformat(typed[:40].replace(" ", "+"))
    except ValueError:
        return None
    if found.year not in range(2000, 2101):
        return None
    return found.replace(tzinfo=zone) if found.tzinfo is None else found.astimezone(UTC).astimezone(zone)


def is_all_day(start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    """Say whether a stretch goes from one midnight of the wall clock to another."""
    midnights = [moment.astimezone(zone) for moment in (start, end)]
    return all((moment.hour, moment.minute) == (0, 0) for moment in midnights)


def last_day(end: datetime, zone: ZoneInfo) -> date:
    """The last day that a stretch touches; one that ends at midnight does not touch the next."""
    wall = end.astimezone(zone)
    return date.fromordinal(wall.date().toordinal() - (1 if (wall.hour, wall.minute) == (0, 0) else 0))
