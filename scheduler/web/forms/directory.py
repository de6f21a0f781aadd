"""The clinic, its offices and its rooms as forms: what is asked, what stands in the fields, and what was meant.

Each kind of entry has three functions: its fields, its values as typed, and the entry that was typed. Whether an entry
makes sense is decided by `domain.entries`, not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Location, Organization, Room
from scheduler.domain.wording import N_
from scheduler.translations import phones
from scheduler.web.forms.entry import LINE, EntrySheet, Field, Kind, Typed, ticked
from scheduler.web.forms.options import ACTIVE, CODE, location_options


def organization_fields(_clinic: Clinic) -> Sequence[Field]:
    """What is asked of the clinic itself."""
    return (
        Field("name", N_("Name of the clinic")),
        Field(
            "discreet_name",
            N_("Name for messages"),
            hint=N_("Other people may see a message. Choose a name that does not say what you treat."),
            optional=True,
        ),
        Field("logo_text", N_("Name at the top of each page"), optional=True),
        Field("phone", N_("Phone"), Kind.PHONE),
        Field("email", N_("E-mail"), Kind.EMAIL),
        Field("website", N_("Website"), optional=True),
        Field("zone", N_("Time zone"), hint=N_("For example America/Denver.")),
        Field("hold_minutes", N_("Minutes to keep a time while someone fills in the form"), Kind.NUMBER),
        Field("hold_extensions", N_("How often a person may ask for more time"), Kind.NUMBER),
        Field(
            "decline_grace_minutes",
            N_("Minutes to hold a visit that was declined in a calendar"),
            Kind.NUMBER,
            hint=N_("Only the hours when you are open count."),
        ),
        Field(
            "video_opens_minutes",
            N_("Minutes before a video visit when its waiting room opens"),
            Kind.NUMBER,
        ),
        Field(
            "video_grace_minutes",
            N_("Minutes after a video visit when the system ends it"),
            Kind.NUMBER,
            hint=N_("A visit that nobody has ended stays open for so long."),
        ),
        Field(
            "practice_minutes",
            N_("Minutes for a practice call with the desk"),
            Kind.NUMBER,
            hint=N_("The desk tries the video with a patient before the visit."),
        ),
    )


def typed_organization(entry: Organization) -> Typed:
    """The clinic as its fields show it."""
    return {
        "name": entry.name,
        "discreet_name": entry.discreet_name,
        "logo_text": entry.logo_text,
        "phone": phones.shown(entry.phone),
        "email": entry.email,
        "website": entry.website,
        "zone": entry.zone,
        "hold_minutes": str(entry.hold_minutes),
        "hold_extensions": str(entry.hold_extensions),
        "decline_grace_minutes": str(entry.decline_grace_minutes),
        "video_opens_minutes": str(entry.video_opens_minutes),
        "video_grace_minutes": str(entry.video_grace_minutes),
        "practice_minutes": str(entry.practice_minutes),
    }


def read_organization(sheet: EntrySheet, before: Organization) -> Organization:
    """The clinic as typed; the sheet notes what cannot be read."""
    return replace(
        before,
        name=sheet.line("name"),
        discreet_name=sheet.optional("discreet_name", LINE),
        logo_text=sheet.optional("logo_text", 80),
        phone=sheet.phone("phone", N_("Enter a phone number.")),
        email=sheet.email("email") or "",
        website=sheet.optional("website", LINE),
        zone=sheet.line("zone"),
        hold_minutes=sheet.number("hold_minutes"),
        hold_extensions=sheet.number("hold_extensions"),
        decline_grace_minutes=sheet.number("decline_grace_minutes"),
        video_opens_minutes=sheet.number("video_opens_minutes"),
        video_grace_minutes=sheet.number("video_grace_minutes"),
        practice_minutes=sheet.number("practice_minutes"),
    )


def location_fields(_clinic: Clinic) -> Sequence[Field]:
    """What is asked of an office."""
    return (
        Field("name", N_("Name of the office")),
        CODE,
        Field("line", N_("Street and number")),
        Field("city", N_("City")),
        Field("state", N_("State"), hint=N_("Two letters, like TX.")),
        Field("postal_code", N_("ZIP code")),
        Field("zone", N_("Time zone"), hint=N_("For example America/Denver.")),
        Field("phone", N_("Phone"), Kind.PHONE),
        Field("latitude", N_("Latitude"), hint=N_("For the map. For example 31.7587."), optional=True),
        Field("longitude", N_("Longitude"), hint=N_("For example -106.4869."), optional=True),
        Field("directions_en", N_("How to get here, in English"), Kind.AREA, optional=True),
        Field("directions_es", N_("How to get here, in Spanish"), Kind.AREA, optional=True),
        ACTIVE,
    )


def typed_location(entry: Location) -> Typed:
    """An office as its fields show it."""
    return {
        "name": entry.name,
        "code": entry.code,
        "line": entry.line,
        "city": entry.city,
        "state": entry.state,
        "postal_code": entry.postal_code,
        "zone": entry.zone,
        "phone": phones.shown(entry.phone),
        "latitude": "" if entry.latitude is None else str(entry.latitude),
        "longitude": "" if entry.longitude is None else str(entry.longitude),
        "directions_en": entry.directions.en,
        "directions_es": entry.directions.es,
        "active": ticked(entry.active),
    }


def read_location(sheet: EntrySheet, number: int) -> Location:
    """An office as typed; the sheet notes what cannot be read."""
    return Location(
        id=number,
        name=sheet.line("name"),
        code=sheet.line("code"),
        line=sheet.line("line"),
        city=sheet.line("city"),
        state=sheet.line("state").upper(),
        postal_code=sheet.line("postal_code"),
        zone=sheet.line("zone"),
        phone=sheet.phone("phone", N_("Enter a phone number.")),
        latitude=sheet.decimal_or_none("latitude"),
        longitude=sheet.decimal_or_none("longitude"),
        directions=sheet.both("directions", lines=True),
        active=sheet.ticked("active"),
    )


def room_fields(clinic: Clinic) -> Sequence[Field]:
    """What is asked of a room."""
    return (
        Field("name", N_("Name of the room")),
        Field("location_id", N_("Office"), Kind.CHOICE, options=location_options(clinic)),
        Field("kind", N_("Kind of room"), hint=N_("Visits ask for a kind of room, like exam or procedure.")),
        ACTIVE,
    )


def typed_room(entry: Room) -> Typed:
    """A room as its fields show it."""
    return {
        "name": entry.name,
        "location_id": str(entry.location_id),
        "kind": entry.kind,
        "active": ticked(entry.active),
    }


def read_room(sheet: EntrySheet, number: int) -> Room:
    """A room as typed; the sheet notes what cannot be read."""
    return Room(
        number,
        location_id=sheet.key("location_id"),
        name=sheet.line("name"),
        kind=sheet.line("kind").lower(),
        active=sheet.ticked("active"),
    )
