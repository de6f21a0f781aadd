"""Fill a new clinic with made-up people, so that a newcomer sees it at work and can try everything at once.

Twelve weeks are written, four past and eight to come, half booked. Two visits are there to be tried: one in person
tomorrow, and one by video that begins ten minutes from now. Where the clinic would be closed then, it opens for them
(a holiday is taken off the list, hours are added). People are in the waiting room, and the desk has calls to make.
Sign-ins and links land in `instance/demo.json`, for the owner alone. Never for real use, and never beside real data: a
database that anybody uses is left as it is.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from itertools import cycle
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from scheduler.domain.actor import Actor, Role
from scheduler.domain.appointment import Status
from scheduler.domain.booking import GateAnswers
from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Mode
from scheduler.domain.eligibility import CONSENT
from scheduler.domain.founding.fullness import Filling, Placed
from scheduler.domain.interval import Span, epoch, instant
from scheduler.domain.link import LinkPurpose
from scheduler.domain.news import Change
from scheduler.domain.safety_gate import Answer, Tier
from scheduler.domain.schedule import DatedHours
from scheduler.persistence import (
    accounts,
    answers,
    appointments,
    audit,
    consents,
    directory,
    schedules,
    visits,
)
from scheduler.persistence.passwords import hash_password
from scheduler.services import (
    announcement,
    demo_desk,
    demo_messages,
    founding,
    populating,
    private_links,
)
from scheduler.services.house import House
from scheduler.services.populating import Known, Made

DEMO_FILE = "demo.json"
PEOPLE = 260
PAST_DAYS, AHEAD_DAYS = 28, 56
TOLD_DAYS = 10
HALF = 0.5
SHOWN = 8
"""How many further visits the file lists."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One sign-in, with the password that is kept nowhere else."""

    role: str
    email: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Demo:
    """What a newcomer may try: sign-ins, and visits with their links."""

    accounts: tuple[DemoAccount, ...]
    visits: tuple[Mapping[str, str], ...]


def seed_demo(house: House, folder: Path, base_url: str, actor: Actor, now: datetime) -> Demo | None:
    """Fill a clinic that nobody uses yet, and write the sign-ins and links to `folder`; None when it is in use."""
    founding.found(house.database, actor, now)
    with house.database.transaction() as connection:
        if accounts.everyone(connection) or appointments.any_at_all(connection):
            return None
        chance = Random(915)  # noqa: S311 - the same made-up people every time
        clinic = directory.read_clinic(connection)
        stars, guests = _stars(clinic, now), demo_desk.guests(clinic, now)
        clinic = _open_for(connection, clinic, (*stars, *guests))
        crowd = populating.people_of(connection, house, PEOPLE, chance, now)
        made = _write_stars(connection, house, clinic, stars, crowd, chance, now)
        here, crowd = crowd[: len(guests)], crowd[len(guests) :]
        come = populating.visits_of(connection, house, guests, iter(here), chance, now, cancelled=0)
        others = _write_crowd(connection, house, clinic, (*stars, *guests), crowd, chance, now)
        demo_messages.write(connection, house, _told([*come, *others], now), chance, actor, now)
        demo_desk.enliven(connection, house, come, others, now)
        made += [*come, *others]
        shown = _issue_links(connection, house, base_url, made, now)
        demo = Demo(_accounts(connection, clinic, now), tuple(shown[: len(stars) + SHOWN]))
        audit.record(connection, actor, "seed", "organization", 1, now=now)
        _keep(folder / DEMO_FILE, demo)
    return demo


def _told(made: Sequence[Made], now: datetime) -> list[int]:
    """The visits whose messages are written: those ahead, and those of the last days, which people still ask about."""
    since = epoch(now) - TOLD_DAYS * 86_400
    return [one.id for one in made if one.placed.start >= since]


def _stars(clinic: Clinic, now: datetime) -> tuple[Placed, ...]:
    """The two visits to try: the first clinician's, one in person tomorrow at ten, one by video in ten minutes."""
    doctor, office = clinic.practitioners[0], clinic.locations[0]
    exam, review = clinic.visit_type("new-fracture-evaluation"), clinic.visit_type("imaging-review")
    local = now.astimezone(ZoneInfo(office.zone))
    tomorrow = local.replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
    soon = -(-(epoch(now) + 600) // 60) * 60
    room = clinic.rooms_of(office.id, exam.room_kind or "")[0]
    return (
        Placed(
            doctor.id,
            office.id,
            room.id,
            exam,
            Mode.IN_PERSON,
            epoch(tomorrow),
            epoch(tomorrow) + exam.minutes * 60,
        ),
        Placed(doctor.id, office.id, None, review, Mode.VIRTUAL, soon, soon + review.minutes * 60),
    )


def _open_for(connection: Connection, clinic: Clinic, stars: Sequence[Placed]) -> Clinic:
    """The clinic with hours for these visits, whatever day it is: closures of that day go, extra hours come."""
    starts = {
        star: instant(star.start).astimezone(ZoneInfo(clinic.location(star.location_id).zone))
        for star in stars
    }
    days = {start.date() for start in starts.values()}
    for closure in clinic.closures:
        if closure.day in days:
            schedules.remove_closure(connection, closure.id)
    timetable = directory.read_clinic(connection).timetable
    for star, start in starts.items():
        rota = timetable.rota(star.practitioner_id, star.location_id, star.mode)
        if not rota.is_open(start.toordinal(), star.start, star.end):
            schedules.save_dated_hours(connection, _hours_for(star, start))
    directory.bump(connection)
    return directory.read_clinic(connection)


def _hours_for(star: Placed, start: datetime) -> DatedHours:
    """Hours around one visit, on the 5-minute grid; `start` is in the office's zone."""
    opens = (start.hour * 60 + start.minute) // 5 * 5
    closes = opens + (star.end - star.start) // 60 + 10
    return DatedHours(0, star.practitioner_id, star.location_id, star.mode, start.date(), opens, closes)


def _write_stars(
    connection: Connection,
    house: House,
    clinic: Clinic,
    stars: Sequence[Placed],
    crowd: list[Known],
    chance: Random,
    now: datetime,
) -> list[Made]:
    """The visits to try, as if just booked: safety answers, consent and a confirmation that is owed."""
    reachable = [known for known in crowd if known.details.email]
    people = [
        next(known for known in reachable if known.details.language == tongue) for tongue in ("en", "es")
    ]
    for known in people:
        crowd.remove(known)
    made = populating.visits_of(connection, house, stars, iter(people), chance, now, cancelled=0)
    for one in made:
        _keep_answers(connection, house, clinic, one, now)
        visit = visits.get(connection, house.vault, clinic, one.id)
        announcement.owe_about(connection, visit, Change.BOOKED, now)
    return made


def _keep_answers(connection: Connection, house: House, clinic: Clinic, made: Made, now: datetime) -> None:
    language = made.patient.details.language
    said = {question.id: Answer.NO for question in clinic.gate.questions}
    gate = GateAnswers(clinic.gate.version, said, language)
    answers.keep(connection, house.vault, gate, Tier.NONE, now, appointment_id=made.id)
    if made.placed.mode is Mode.VIRTUAL:
        consents.keep(
            connection,
            appointment_id=made.id,
            patient_id=made.patient.id,
            kind=CONSENT,
            version=clinic.consent(CONSENT).version,
            language=language,
            channel="web",
            now=now,
        )


def _write_crowd(
    connection: Connection,
    house: House,
    clinic: Clinic,
    stars: Sequence[Placed],
    crowd: Sequence[Known],
    chance: Random,
    now: datetime,
) -> list[Made]:
    filling = Filling(clinic, clinic.practitioners, chance, HALF)
    taken = [taking for star in stars for taking in _takings(star)]
    placed = [visit for day in _days(clinic, now) for visit in filling.day(day, taken)]
    return populating.visits_of(connection, house, placed, cycle(crowd), chance, now)


def _days(clinic: Clinic, now: datetime) -> Iterator[date]:
    today = now.astimezone(ZoneInfo(clinic.locations[0].zone)).date()
    return (today + timedelta(days=step) for step in range(-PAST_DAYS, AHEAD_DAYS))


def _takings(star: Placed) -> Iterator[tuple[int, Span]]:
    before, after = star.visit_type.buffer_before * 60, star.visit_type.buffer_after * 60
    yield star.practitioner_id, (star.start - before, star.end + after)
    if star.room_id is not None:
        yield star.room_id, (star.start, star.end)


def _issue_links(
    connection: Connection, house: House, base_url: str, made: Sequence[Made], now: datetime
) -> list[Mapping[str, str]]:
    """Links for every visit ahead; the answer lists them soonest first, the two to try in front."""
    ahead = [one for one in made if one.status is Status.BOOKED and one.placed.start > epoch(now)]
    stars, others = ahead[:2], sorted(ahead[2:], key=lambda one: one.placed.start)
    shown = []
    for one in (*stars, *others):
        appointment = appointments.get(connection, one.id)
        secrets_of_links = private_links.issue(connection, house, appointment, now)
        shown.append(_shown(one, base_url, secrets_of_links))
    return shown


def _shown(made: Made, base_url: str, secrets_of_links: Mapping[LinkPurpose, str]) -> Mapping[str, str]:
    shown = {
        "mode": made.placed.mode.value,
        "start": instant(made.placed.start).isoformat(),
        "status": made.status.value,
        "manage": f"{base_url}/my/{secrets_of_links[LinkPurpose.MANAGE]}",
        "ics": f"{base_url}/ics/{secrets_of_links[LinkPurpose.CALENDAR]}/appointment.ics",
    }
    if made.placed.mode is Mode.VIRTUAL:
        shown["join"] = f"{base_url}/visit/{secrets_of_links[LinkPurpose.VISIT]}"
    return shown


def _accounts(connection: Connection, clinic: Clinic, now: datetime) -> tuple[DemoAccount, ...]:
    made = []
    for role in (Role.DESK, Role.CLINICIAN, Role.MANAGER):
        account = DemoAccount(role.value, f"{role.value}@example.com", secrets.token_urlsafe(12))
        accounts.add(
            connection,
            email=account.email,
            name=role.value.capitalize(),
            roles=[role],
            password_hash=hash_password(account.password),
            now=now,
            practitioner_id=clinic.practitioners[0].id if role is Role.CLINICIAN else None,
        )
        made.append(account)
    return tuple(made)


def _keep(path: Path, demo: Demo) -> None:
    """Write the file, 0600, in one step."""
    text = json.dumps({"accounts": [asdict(one) for one in demo.accounts], "visits": demo.visits}, indent=2)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    scratch.replace(path)
