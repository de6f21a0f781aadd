"""Claims about the manager's pages: who may see them, what they keep, and what they ask before they strand anybody."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from scheduler.domain.clinic import Clinic
from scheduler.domain.visit import Visit
from scheduler.persistence.database import Database
from scheduler.services import booking, directory, slot_search
from scheduler.services.house import House
from scheduler.web.shelves import SHELVES
from tests.engines import SOMEBODY, a_request, query
from tests.inspector import Inspector, Page
from tests.staff import at_work, hire

PAGES = (
    "/manage/",
    "/manage/clinic",
    *(f"/manage/{which}" for which in SHELVES),
    "/manage/questions",
    "/manage/texts",
)
FORMS = tuple(f"/manage/{which}/new" for which in SHELVES)

Enter = Callable[[str], Inspector]


@pytest.fixture
def enter(app: Flask) -> Enter:
    """Signs somebody of a role in."""

    def sign_in(role: str) -> Inspector:
        now = datetime.now(UTC)
        hire(app, f"{role}@example.com", role, now=now)
        return at_work(app, f"{role}@example.com", now=now)

    return sign_in


@pytest.fixture
def manager(enter: Enter) -> Inspector:
    """A manager at work."""
    return enter("manager")


def database_of(app: Flask) -> Database:
    return cast("Database", app.extensions["database"])


def house_of(app: Flask) -> House:
    return House(database_of(app), app.extensions["vault"], "clinic.example.com")


def picture(app: Flask) -> Clinic:
    return directory.clinic(database_of(app))


def a_visit(app: Flask) -> Visit:
    """A visit in person within the coming two weeks of the real calendar."""
    house, now = house_of(app), datetime.now(UTC)
    asked = query(start=now + timedelta(days=2), end=now + timedelta(days=16))
    start = slot_search.find(house, asked, now, limit=1)[0].start
    booked = booking.book(house, a_request(house, start=start), SOMEBODY, now).visit
    assert booked is not None
    return booked


def shown_values(answer: TestResponse) -> dict[str, Any]:
    """What a browser would send back from a form page, ticks and choices included."""
    html = answer.get_data(as_text=True)
    values: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", html):
        given = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if given.get("type") in {"checkbox", "radio"}:
            if re.search(r"\schecked\b", tag):
                values.setdefault(given["name"], []).append(given["value"])
        elif given.get("name"):
            values[given["name"]] = given.get("value", "")
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', html, re.S):
        values[name] = text.strip()
    for name, inside in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.search(r'<option[^>]*value="([^"]*)"[^>]*\sselected', inside)
        values[name] = chosen.group(1) if chosen else re.findall(r'value="([^"]*)"', inside)[0]
    return values


def going_on(asked: TestResponse, mark: str | None = None) -> dict[str, Any]:
    """The answers of a page that asks whether to strand visits, with the box ticked."""
    (offered,) = re.findall(r'name="confirmed"[^>]*?value="([^"]+)"', asked.text)
    return {**shown_values(asked), "confirmed": mark or offered}


def change(client: Inspector, path: str, **fields: Any) -> TestResponse:
    """Open a form, change some fields, send it."""
    page = client.get(path)
    assert page.status_code == 200
    return client.post(path, data={**shown_values(page), **fields})


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_of_the_manager_opens_in_both_languages(manager: Inspector, language: str) -> None:
    for path in PAGES + FORMS:
        answer = manager.get(f"{path}?lang={language}")
        assert answer.status_code == 200, path
        assert Page.read(answer.get_data(as_text=True)).lang == language, path


def test_strangers_are_sent_to_the_sign_in(client: Inspector) -> None:
    for path in PAGES + FORMS:
        answer = client.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["Location"].startswith("/sign-in"), path


@pytest.mark.parametrize("role", ["desk", "clinician"])
def test_other_staff_may_not_manage(enter: Enter, role: str) -> None:
    client = enter(role)
    assert client.get("/manage/").status_code == 403
    assert client.post("/manage/rooms/new").status_code in {400, 403}


def test_every_entry_is_saved_unchanged_when_nothing_is_changed(app: Flask, manager: Inspector) -> None:
    before = picture(app)
    entries: dict[str, tuple[Any, ...]] = {
        "locations": before.locations,
        "rooms": before.rooms,
        "clinicians": before.practitioners,
        "visit-types": before.visit_types,
        "weekly-hours": before.weekly_hours,
    }
    for which, kept in entries.items():
        for entry in kept:
            assert change(manager, f"/manage/{which}/{entry.id}").status_code == 303, (which, entry)
    assert change(manager, "/manage/clinic").status_code == 303
    after = picture(app)
    assert after.version > before.version
    assert (after.organization, after.locations, after.rooms, after.visit_types) == (
        before.organization,
        before.locations,
        before.rooms,
        before.visit_types,
    )
    assert (after.practitioners, after.weekly_hours) == (before.practitioners, before.weekly_hours)


def test_a_room_is_added_and_stands_on_the_list(app: Flask, manager: Inspector) -> None:
    answer = change(manager, "/manage/rooms/new", name="Exam room 9", kind="exam")
    assert answer.headers["Location"] == "/manage/rooms?done=saved"
    assert "Exam room 9" in manager.get("/manage/rooms?done=saved").get_data(as_text=True)
    assert any(room.name == "Exam room 9" and room.active for room in picture(app).rooms)


def test_a_wrong_npi_is_told_beside_its_field_and_the_input_is_kept(app: Flask, manager: Inspector) -> None:
    doctor = picture(app).practitioners[0]
    answer = change(manager, f"/manage/clinicians/{doctor.id}", npi="1234567890", credentials="MD, PhD")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "<title>Error:" in page
    assert 'href="#npi"' in page and 'id="npi-error"' in page
    assert 'value="MD, PhD"' in page
    assert picture(app).practitioner(doctor.id) == doctor


def test_every_wrong_field_is_told_at_once_by_its_name_in_the_order_of_the_page(manager: Inspector) -> None:
    answer = change(
        manager,
        "/manage/locations/new",
        name="",
        code="Bad Code",
        state="Texas",
        postal_code="79",
        zone="Mars",
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    links = re.findall(r'<a href="#([^"]+)">([^<]+)</a>', page)
    told = [name for name, _ in links if name != "main"]
    assert told == ["name", "code", "line", "city", "state", "postal_code", "zone", "phone"]
    assert ("name", "Name of the office: Please fill this in.") in [
        (name, words.strip()) for name, words in links
    ]
    assert all(f'id="{name}-error"' in page for name in told)


@pytest.mark.parametrize(
    "path", ["/manage/rooms/999999", "/manage/closures/999999/remove", "/manage/nothing"]
)
def test_what_is_not_there_is_not_found(manager: Inspector, path: str) -> None:
    assert manager.get(path).status_code == 404


def test_rooms_are_retired_and_never_removed(app: Flask, manager: Inspector) -> None:
    room = picture(app).rooms[0]
    assert manager.get(f"/manage/rooms/{room.id}/remove").status_code == 404
    page = manager.get(f"/manage/rooms/{room.id}")
    kept = {name: value for name, value in shown_values(page).items() if name != "active"}
    assert manager.post(f"/manage/rooms/{room.id}", data=kept).status_code == 303
    assert not picture(app).room(room.id).active


def test_a_closure_over_a_visit_lists_it_and_asks(app: Flask, manager: Inspector) -> None:
    visit = a_visit(app)
    day = visit.appointment.start.astimezone(visit.location.tz).date().isoformat()
    asked = change(manager, "/manage/closures/new", day=day, title_en="Storm", title_es="Tormenta")
    page = asked.get_data(as_text=True)
    assert asked.status_code == 409
    assert visit.practitioner.name in page and 'name="confirmed"' in page and 'value="Storm"' in page
    assert visit.patient.family_name not in page
    closed = {closure.day.isoformat() for closure in picture(app).closures}
    assert day not in closed
    assert manager.post("/manage/closures/new", data=going_on(asked, "1")).status_code == 409
    again = going_on(asked)
    assert manager.post("/manage/closures/new", data=again).status_code == 303
    assert day in {closure.day.isoformat() for closure in picture(app).closures}


def test_removing_hours_under_a_visit_asks_first(app: Flask, manager: Inspector) -> None:
    visit = a_visit(app)
    start = visit.appointment.start.astimezone(visit.location.tz)
    hours = next(
        one
        for one in picture(app).weekly_hours
        if one.practitioner_id == visit.practitioner.id
        and one.weekday == start.weekday()
        and one.mode is visit.appointment.mode
        and one.opens <= start.hour * 60 + start.minute < one.closes
    )
    path = f"/manage/weekly-hours/{hours.id}/remove"
    asked = manager.submit(path, {})
    assert asked.status_code == 409
    assert hours in picture(app).weekly_hours
    assert manager.post(path, data=going_on(asked)).status_code == 303
    assert hours not in picture(app).weekly_hours


def test_retiring_a_kind_of_visit_that_somebody_booked_asks_first(app: Flask, manager: Inspector) -> None:
    visit = a_visit(app)
    path = f"/manage/visit-types/{visit.visit_type.id}"
    asked = change(manager, path, modes=["virtual"], code="pictures")
    assert asked.status_code == 409
    assert picture(app).visit_type(visit.visit_type.code) == visit.visit_type
    assert manager.post(path, data=going_on(asked)).status_code == 303
    assert [mode.value for mode in picture(app).visit_type("pictures").modes] == ["virtual"]


def test_an_absence_is_entered_in_whole_days_of_the_clinics_zone(app: Flask, manager: Inspector) -> None:
    doctor = picture(app).practitioners[0]
    first = (datetime.now(UTC) + timedelta(days=40)).date()
    answer = change(
        manager,
        "/manage/absences/new",
        practitioner_id=str(doctor.id),
        first=first.isoformat(),
        last=first.isoformat(),
    )
    assert answer.status_code == 303
    with database_of(app).reading() as connection:
        starts, ends = connection.exec_driver_sql("SELECT starts_at, ends_at FROM absence").one()
    zone = picture(app).locations[0].tz
    local = [datetime.fromisoformat(one).astimezone(zone) for one in (starts, ends)]
    assert [(one.hour, one.minute) for one in local] == [(0, 0), (0, 0)]
    assert [one.date() for one in local] == [first, first + timedelta(days=1)]


def test_an_absence_is_taken_back(app: Flask, manager: Inspector) -> None:
    day = (datetime.now(UTC) + timedelta(days=40)).date().isoformat()
    doctor = picture(app).practitioners[0]
    change(manager, "/manage/absences/new", practitioner_id=str(doctor.id), first=day, last=day)
    page = manager.get("/manage/absences").get_data(as_text=True)
    path = re.findall(r'href="(/manage/absences/\d+/remove)"', page)[0]
    assert manager.get(path.removesuffix("/remove")).status_code == 404
    assert manager.submit(path, {}).status_code == 303
    assert doctor.name not in manager.get("/manage/absences").get_data(as_text=True)


def test_hours_past_midnight_are_ticked_and_not_guessed(app: Flask, manager: Inspector) -> None:
    doctor = picture(app).practitioners[0]
    fields = {"practitioner_id": str(doctor.id), "weekday": "5", "opens": "22:00", "closes": "02:00"}
    assert change(manager, "/manage/weekly-hours/new", **fields).status_code == 422
    assert change(manager, "/manage/weekly-hours/new", **fields, next_day="yes").status_code == 303
    assert any((one.opens, one.closes) == (22 * 60, 26 * 60) for one in picture(app).weekly_hours)


def test_new_safety_questions_are_a_new_version_and_the_old_one_stays(app: Flask, manager: Inspector) -> None:
    before = picture(app).gate
    answer = change(manager, "/manage/questions", **{"en-0": "Can you not pass water?"})
    assert answer.status_code == 303
    after = picture(app).gate
    assert after.version != before.version
    assert after.questions[0].text.en == "Can you not pass water?"
    assert after.questions[1:] == before.questions[1:]
    with database_of(app).reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM gate_version").scalar() == 2


def test_a_question_is_taken_out_by_emptying_it(app: Flask, manager: Inspector) -> None:
    before = picture(app).gate
    change(manager, "/manage/questions", **{"en-8": "", "es-8": ""})
    assert picture(app).gate.questions == (*before.questions[:8], *before.questions[9:])


def test_a_question_in_one_language_alone_is_refused(app: Flask, manager: Inspector) -> None:
    answer = change(manager, "/manage/questions", **{"es-2": ""})
    assert answer.status_code == 422
    assert 'href="#es-2"' in answer.get_data(as_text=True)
    assert picture(app).gate.version == "1"


def test_a_new_consent_text_is_in_force_at_once(app: Flask, manager: Inspector) -> None:
    words = {
        "text_en": "New words. 911 in an emergency.",
        "text_es": "Palabras nuevas. 911 en una emergencia.",
    }
    answer = change(manager, "/manage/texts/telehealth", **words)
    assert answer.status_code == 303
    consent = picture(app).consent("telehealth")
    assert (consent.version, consent.text.es) == ("2", words["text_es"])
    assert change(manager, "/manage/texts/telehealth", text_es=" ").status_code == 422
    assert manager.get("/manage/texts/nothing").status_code == 404


NONSENSE = ("999999999999999999999", "-1", "\u202e12", "' OR 1=1", "9999-12-31", "NaN", "\x00")


@pytest.mark.parametrize("path", [*FORMS, "/manage/clinic"])
def test_nonsense_in_any_field_is_answered_and_never_an_accident(manager: Inspector, path: str) -> None:
    page = manager.get(path)
    token = shown_values(page)["csrf_token"]
    names = [name for name in shown_values(page) if name != "csrf_token"]
    for value in NONSENSE:
        answer = manager.post(path, data={**dict.fromkeys(names, value), "csrf_token": token})
        assert answer.status_code in {303, 404, 422}, value


def test_reading_never_changes_the_directory(app: Flask, manager: Inspector) -> None:
    version = picture(app).version
    for path in PAGES + FORMS:
        manager.get(path)
    assert picture(app).version == version
