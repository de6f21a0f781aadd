"""Claims about the demonstration, and about the load data that is made the same way."""

from __future__ import annotations

import json
import stat
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from scheduler.domain.actor import SYSTEM
from scheduler.domain.desk_state import DeskState
from scheduler.domain.directory import Mode, npi_is_valid
from scheduler.domain.link import LinkPurpose
from scheduler.persistence import occupancy
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.database import Model
from scheduler.persistence.occupancy import OccupancyRow
from scheduler.persistence.opt_outs import OptOutRow
from scheduler.persistence.outbox import OutboxRow
from scheduler.persistence.people import PatientRow
from scheduler.persistence.worklist import WorklistRow
from scheduler.services import (
    booking,
    changing,
    demo_desk,
    flow,
    founding,
    loading,
    populating,
    private_links,
    seeding,
    sign_in,
    slot_search,
)
from scheduler.services.directory import clinic
from scheduler.services.house import House
from scheduler.services.seeding import Demo
from tests.engines import CLERK, NOW, SOMEBODY, a_request, query

BASE = "http://127.0.0.1:8000"
MOMENTS = {
    "a working morning": NOW,
    "the day before Thanksgiving": datetime(2026, 11, 25, 20, 53, tzinfo=UTC),
    "a Friday night": datetime(2026, 10, 31, 5, 55, 30, tzinfo=UTC),
    "just before the clocks go back": datetime(2026, 11, 1, 7, 58, tzinfo=UTC),
    "just before the clocks go forward": datetime(2027, 3, 14, 8, 49, 59, tzinfo=UTC),
}


def rows(house: House, question: str) -> list[Any]:
    with house.database.reading() as connection:
        return list(connection.execute(text(question)))


def seeded(house: House, folder: Path, now: datetime = NOW) -> Demo:
    demo = seeding.seed_demo(house, folder, BASE, SYSTEM, now)
    assert demo is not None
    return demo


@pytest.mark.parametrize("now", MOMENTS.values(), ids=list(MOMENTS))
def test_there_is_always_a_visit_tomorrow_and_a_video_in_ten_minutes(
    house: House, tmp_path: Path, now: datetime
) -> None:
    demo = seeded(house, tmp_path, now)
    office, video = demo.visits[:2]
    zone = clinic(house.database).locations[0].tz
    start = datetime.fromisoformat(office["start"]).astimezone(zone)
    assert office["mode"] == "in-person"
    assert start.date() == (now.astimezone(zone) + timedelta(days=1)).date()
    begins = datetime.fromisoformat(video["start"])
    assert video["mode"] == "virtual"
    assert timedelta(minutes=10) <= begins - now < timedelta(minutes=11)
    picture = clinic(house.database)
    for visit in rows(house, "SELECT id FROM appointment ORDER BY id LIMIT 2"):
        appointment = changing.show(house, visit.id).appointment
        rota = picture.timetable.rota(appointment.practitioner_id, appointment.location_id, appointment.mode)
        local = appointment.start.astimezone(zone)
        assert rota.is_open(
            local.toordinal(), int(appointment.start.timestamp()), int(appointment.end.timestamp())
        )


def test_the_file_of_the_demo_is_private_and_opens_every_door(house: House, tmp_path: Path) -> None:
    demo = seeded(house, tmp_path)
    path = tmp_path / "demo.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert [account["role"] for account in kept["accounts"]] == ["desk", "clinician", "manager"]
    for account in kept["accounts"]:
        handle, _ = sign_in.sign_in(
            house.database, house.vault, account["email"], account["password"], now=NOW, actor=SOMEBODY
        )
        assert sign_in.who(house.database, handle, now=NOW) is not None
    for visit in kept["visits"]:
        secret = visit["manage"].removeprefix(f"{BASE}/my/")
        assert private_links.find(house, secret, [LinkPurpose.MANAGE], NOW).appointment_id
        assert visit["ics"].startswith(f"{BASE}/ics/")
        assert ("join" in visit) == (visit["mode"] == "virtual")
    assert demo.visits == tuple(kept["visits"])


def test_twelve_weeks_are_half_booked_with_people_of_both_languages(house: House, tmp_path: Path) -> None:
    seeded(house, tmp_path)
    doctors = (
        "SELECT sum(ends_at - starts_at) FROM occupancy WHERE resource_id IN (SELECT id FROM practitioner)"
    )
    taken = rows(house, doctors)[0][0]
    picture = clinic(house.database)
    first, last = (NOW + timedelta(days=step) for step in (-seeding.PAST_DAYS, seeding.AHEAD_DAYS - 1))
    opened = sum(
        end - start
        for who in picture.practitioners
        for place in who.places
        for start, end in picture.timetable.open_spans(
            who.id, place.location_id, place.mode, first.date(), last.date()
        )
    )
    assert 0.35 < taken / opened < 0.7
    statuses = Counter(row.status for row in rows(house, "SELECT status FROM appointment"))
    assert statuses["booked"] > 200 and statuses["fulfilled"] > 100
    assert statuses["noshow"] > 0 and statuses["cancelled"] > 0
    languages = Counter(row.language for row in rows(house, "SELECT language FROM appointment"))
    assert min(languages["en"], languages["es"]) > 0.3 * sum(languages.values())


def test_a_clinic_in_use_is_left_as_it_is(house: House, tmp_path: Path) -> None:
    booking.book(house, a_request(house), SOMEBODY, NOW)
    assert seeding.seed_demo(house, tmp_path, BASE, SYSTEM, NOW) is None
    assert len(rows(house, "SELECT id FROM appointment")) == 1
    assert not (tmp_path / "demo.json").exists()


def test_the_demo_is_loaded_once(house: House, tmp_path: Path) -> None:
    seeded(house, tmp_path)
    before = (tmp_path / "demo.json").read_bytes()
    count = len(rows(house, "SELECT id FROM appointment"))
    assert seeding.seed_demo(house, tmp_path, BASE, SYSTEM, NOW) is None
    assert len(rows(house, "SELECT id FROM appointment")) == count
    assert (tmp_path / "demo.json").read_bytes() == before


def test_made_up_visits_read_like_booked_ones(house: House, tmp_path: Path) -> None:
    seeded(house, tmp_path)
    for row in rows(house, "SELECT id FROM appointment ORDER BY id LIMIT 40"):
        visit = changing.show(house, row.id)
        assert visit.patient.phone.startswith("+191555501")
        assert (visit.virtual is not None) == (visit.appointment.mode is Mode.VIRTUAL)
    with house.database.reading() as connection:
        assert occupancy.count_overlaps(connection) == 0


def test_the_two_visits_to_try_owe_their_confirmations(house: House, tmp_path: Path) -> None:
    seeded(house, tmp_path)
    waiting = (
        "SELECT kind FROM outbox WHERE state = 'pending' AND channel = 'email' AND kind = 'confirmation'"
    )
    owed = rows(house, waiting)
    assert [row.kind for row in owed] == ["confirmation", "confirmation"]


def test_a_time_is_still_offered_and_can_be_booked(house: House, tmp_path: Path) -> None:
    seeded(house, tmp_path)
    slot = slot_search.find(house, query(), NOW, limit=1)[0]
    assert booking.book(house, a_request(house, start=slot.start), SOMEBODY, NOW).visit is not None


@pytest.fixture
def loaded(house: House) -> Iterator[House]:
    """Two clinicians with three thousand visits."""
    told: list[int] = []
    loading.load(house, 2, 3000, SYSTEM, NOW, told.append)
    assert sum(told) == 3000
    yield house


def test_load_data_has_exactly_as_many_visits_as_asked_and_no_overlap(loaded: House) -> None:
    assert rows(loaded, "SELECT count(*) FROM appointment")[0][0] == 3000
    with loaded.database.reading() as connection:
        assert occupancy.count_overlaps(connection) == 0
    past = rows(loaded, "SELECT status FROM appointment WHERE status IN ('fulfilled', 'noshow')")
    ahead = rows(loaded, "SELECT status FROM appointment WHERE status = 'booked'")
    assert len(past) > 300 and len(ahead) > 1000


def test_load_data_takes_time_exactly_where_its_visits_are(loaded: House) -> None:
    held = "status IN ('booked', 'fulfilled', 'noshow')"
    people = rows(loaded, f"SELECT count(*) FROM appointment WHERE {held}")[0][0]  # noqa: S608 - our own words
    rooms = rows(loaded, f"SELECT count(*) FROM appointment WHERE room_id IS NOT NULL AND {held}")[0][0]  # noqa: S608
    assert rows(loaded, "SELECT count(*) FROM occupancy")[0][0] == 2 * people + rooms


def test_numbers_go_on_after_load_data(loaded: House) -> None:
    slot = slot_search.find(loaded, query(), NOW, limit=1)[0]
    booked = booking.book(loaded, a_request(loaded, start=slot.start), SOMEBODY, NOW).visit
    assert booked is not None and booked.appointment.id > 3000


def test_the_days_ahead_of_new_clinicians_are_four_fifths_full(loaded: House) -> None:
    picture = clinic(loaded.database)
    newest = picture.practitioners[-1]
    day = (NOW + timedelta(days=8)).date()
    week = [day + timedelta(days=step) for step in range(14)]
    opened = sum(
        end - start
        for place in newest.places
        for start, end in picture.timetable.open_spans(
            newest.id, place.location_id, place.mode, week[0], week[-1]
        )
    )
    zone = picture.locations[0].tz
    first = int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
    taken = rows(
        loaded,
        f"SELECT sum(ends_at - starts_at) FROM occupancy WHERE resource_id = {newest.id}"  # noqa: S608
        f" AND starts_at >= {first} AND starts_at < {first + 14 * 86400}",
    )[0][0]
    assert 0.6 < taken / opened < 0.95


def test_more_load_data_adds_to_what_is_there(loaded: House) -> None:
    before = clinic(loaded.database).practitioners
    loading.load(loaded, 2, 50, SYSTEM, NOW, lambda _count: None)
    after = clinic(loaded.database).practitioners
    assert len(after) == len(before) + 2
    assert len({who.npi for who in after}) == len(after)
    assert all(npi_is_valid(who.npi) for who in after)


@pytest.mark.parametrize(
    ("table", "written"),
    [
        (AppointmentRow, populating.APPOINTMENT),
        (OccupancyRow, populating.OCCUPANCY),
        (PatientRow, populating.PATIENT),
    ],
)
def test_bulk_writing_leaves_out_only_what_may_be_empty(table: type[Model], written: tuple[str, ...]) -> None:
    """A column added to one of these tables must be thought of here, too."""
    columns = table.__table__.c
    assert set(written) <= {column.name for column in columns}
    left_out = {
        column.name for column in columns if not column.nullable and column.server_default is None
    } - set(written)
    assert left_out <= {"id"}


def test_founding_happens_once_and_is_written_down(house: House) -> None:
    assert founding.is_founded(house.database)
    assert not founding.found(house.database, SYSTEM, NOW)
    found = rows(house, "SELECT action FROM audit WHERE action = 'found'")
    assert len(found) == 1


def test_the_ledger_of_the_demo_is_one_of_a_clinic_at_work(house: House, tmp_path: Path) -> None:
    """Messages of weeks, settled or waiting by the clinic's own rules; none is late for the worker."""
    seeded(house, tmp_path)
    counted = select(OutboxRow.channel, OutboxRow.state, func.count()).group_by(
        OutboxRow.channel, OutboxRow.state
    )
    with house.database.reading() as connection:
        found = {(channel, state): count for channel, state, count in connection.execute(counted)}
        late = select(func.count()).where(
            OutboxRow.state == "pending",
            OutboxRow.next_attempt_at < NOW,
            OutboxRow.channel.in_(["email", "sms"]),
        )
        confirmed = select(func.count()).where(AppointmentRow.confirmed_at.is_not(None))
        called = select(func.count()).where(WorklistRow.kind == "call-the-patient")
        assert connection.scalar(late) == 0
        assert (connection.scalar(confirmed) or 0) > 10
        assert (connection.scalar(called) or 0) > 1
    assert found["email", "sent"] > 200
    assert found["sms", "delivered"] > 100
    assert found["sms", "suppressed"] > 5
    assert found["phone", "pending"] > 10
    assert found["phone", "delivered"] > 3
    assert {state for _, state in found} >= {"dead", "undelivered", "cancelled"}


def test_whoever_stopped_texts_in_the_demo_has_said_so(house: House, tmp_path: Path) -> None:
    seeded(house, tmp_path)
    with house.database.reading() as connection:
        held = connection.execute(
            select(func.count(OutboxRow.patient_id.distinct())).where(
                OutboxRow.channel == "sms", OutboxRow.reason == "opted-out"
            )
        ).scalar_one()
        said = connection.execute(select(func.count()).select_from(OptOutRow)).scalar_one()
    assert 0 < held <= said


@pytest.mark.parametrize("now", MOMENTS.values(), ids=list(MOMENTS))
def test_the_demo_s_desk_is_at_work(house: House, tmp_path: Path, now: datetime) -> None:
    seeded(house, tmp_path, now)
    kinds = {row.kind for row in rows(house, "SELECT kind FROM worklist WHERE state = 'open'")}
    expected = {"call-back", "late-change", "declined-invite", "call-the-patient", "possible-duplicate"}
    assert expected <= kinds
    assert rows(house, "SELECT count(*) FROM waitlist")[0][0] == 3
    board = flow.for_staff(house, None, CLERK, now)
    states = Counter(one.state for one in board.people)
    by_night = len(demo_desk.guests(clinic(house.database), now)) == 0
    assert by_night or (states[DeskState.ARRIVED] >= 2 and states[DeskState.IN_ROOM] == 1)
    with house.database.reading() as connection:
        assert occupancy.count_overlaps(connection) == 0
