"""Finding people and visits from one line, and the page of one person."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from scheduler.domain.desk_state import DeskState
from scheduler.domain.visit import Visit
from scheduler.persistence import directory
from scheduler.persistence.directory import LocationRow
from scheduler.services import desk_status, merging
from tests.engines import CLERK, NOW, a_patient
from tests.inspector import Inspector
from tests.patients import Clock, words
from tests.post import book
from tests.programs import house_of
from tests.staff import Employ, at_work, hire

FIND = "/desk/people"


@pytest.fixture
def visit(app: Flask, clerk: Inspector) -> Visit:
    """A visit of somebody whom the clinic knows."""
    person = a_patient(given_name="Ximena", family_name="Luján", birth_date=date(1951, 3, 9))
    return book(house_of(app), days=1, patient=person)


def found(clerk: Inspector, asked: str) -> str:
    answer = clerk.submit(FIND, {"q": asked}, to=FIND)
    assert answer.status_code == 200
    return str(answer.text)


def person_page(visit: Visit) -> str:
    return f"{FIND}/{visit.appointment.patient_id}"


def visit_page(visit: Visit) -> str:
    return f"/desk/visits/{visit.appointment.public_id}"


def test_a_person_and_their_next_visit_stand_in_one_list(clerk: Inspector, visit: Visit) -> None:
    for asked in ("xim", "lujan", visit.patient.phone[-7:], "3/9/1951"):
        page = found(clerk, asked)
        assert page.index(f'href="{person_page(visit)}"') < page.index(f'href="{visit_page(visit)}"')
    assert "Nobody found." in found(clerk, "zzzz")


def test_nothing_that_is_looked_for_stands_in_an_address(clerk: Inspector, visit: Visit) -> None:
    assert "Ximena" not in clerk.get(f"{FIND}?q=xim").text


def test_a_code_read_out_finds_its_visit(clerk: Inspector, visit: Visit) -> None:
    code = visit.appointment.spoken_code
    for asked in (code, f"{code[:3]} {code[3:]}"):
        assert visit_page(visit) in found(clerk, asked)


def test_a_day_a_state_and_a_name_find_visits(app: Flask, clerk: Inspector, visit: Visit) -> None:
    other = book(house_of(app), days=1)
    day = visit.appointment.start.astimezone(visit.location.tz)
    for asked in (f"{day:%m/%d}", f"{day:%Y-%m-%d}", f"booked {day:%m/%d/%Y}"):
        page = found(clerk, asked)
        assert visit_page(visit) in page
        assert visit_page(other) in page
    page = found(clerk, f"lujan {day:%m/%d}")
    assert visit_page(visit) in page
    assert visit_page(other) not in page
    assert visit_page(visit) not in found(clerk, f"confirmed {day:%m/%d}")
    desk_status.set_state(house_of(app), visit.appointment.public_id, DeskState.CONFIRMED, CLERK, NOW)
    page = found(clerk, f"confirmed {day:%m/%d}")
    assert visit_page(visit) in page
    assert visit_page(other) not in page


def test_the_page_of_a_person_shows_how_to_reach_them_and_their_visits(
    clerk: Inspector, visit: Visit
) -> None:
    page = clerk.get(person_page(visit)).text
    assert "Ximena Luján" in page
    assert visit_page(visit) in page
    assert f"/desk/book?patient={visit.appointment.patient_id}" in page
    assert clerk.get(f"{FIND}/999999").status_code == 404


def test_a_look_at_a_person_is_written_down(app: Flask, clerk: Inspector, visit: Visit) -> None:
    clerk.get(person_page(visit))
    found(clerk, "xim")
    found(clerk, visit.appointment.spoken_code)
    with house_of(app).database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT action FROM audit WHERE patient_id = ? AND actor_kind = 'desk' ORDER BY id",
            (visit.appointment.patient_id,),
        ).scalars()
        assert [*rows] == ["see-person", "find-person", "find-visit"]


def test_a_clinician_finds_everybody_and_opens_their_own_patients_only(
    app: Flask, clerk: Inspector, visit: Visit, employ: Employ
) -> None:
    hire(app, "own@example.com", "clinician", practitioner_id=visit.practitioner.id)
    own, foreign = at_work(app, "own@example.com"), employ("clinician")
    for doctor in (own, foreign):
        assert person_page(visit) in found(doctor, "xim")
    assert own.get(person_page(visit)).status_code == 200
    refused = foreign.get(person_page(visit))
    assert refused.status_code == 303
    assert f"/records/{visit.appointment.patient_id}/reason" in refused.location


def test_two_records_are_compared_joined_and_taken_apart(app: Flask, clerk: Inspector, visit: Visit) -> None:
    twin = a_patient(given_name="Jimena", family_name="Lujan", birth_date=date(1951, 3, 9))
    other = book(house_of(app), days=2, patient=twin)
    one, two = visit.appointment.patient_id, other.appointment.patient_id
    side_by_side = f"{FIND}/{one}/same/{two}"
    assert side_by_side in clerk.get(person_page(visit)).text
    page = words(clerk.get(side_by_side))
    assert "Ximena Luján" in page
    assert "Jimena Lujan" in page
    answer = clerk.submit(side_by_side, {"name": "one", "phone": "other"}, to=side_by_side)
    assert answer.status_code == 303, words(answer)
    joined = clerk.get(answer.location).text
    assert "The two records are one now." in joined
    assert visit_page(visit) in joined
    assert visit_page(other) in joined
    assert clerk.get(person_page(other)).text.count(visit_page(visit)) == 1, (
        "the old number leads to the one record"
    )
    assert person_page(other) not in found(clerk, "jimena")
    (done,) = merging.of_patient(house_of(app), one, CLERK)
    back = clerk.submit(person_page(visit), {}, to=f"/desk/merges/{done.id}/undo")
    assert back.status_code == 303
    assert person_page(other) in found(clerk, "jimena")


@pytest.fixture
def twin(app: Flask, visit: Visit) -> Visit:
    """A visit of somebody else who looks like the same person."""
    person = a_patient(given_name="Jimena", family_name="Lujan", birth_date=date(1951, 3, 9))
    return book(house_of(app), days=2, patient=person)


def pair_page(visit: Visit, twin: Visit) -> str:
    return f"{person_page(visit)}/same/{twin.appointment.patient_id}"


def test_two_people_are_told_apart_where_they_are_compared_and_taken_back_there(
    clerk: Inspector, visit: Visit, twin: Visit
) -> None:
    pair = pair_page(visit, twin)
    answer = clerk.submit(pair, {}, to=f"{pair}/apart")
    assert (answer.status_code, answer.location) == (303, pair)
    shown = clerk.get(pair)
    assert "They are two people. The clinic knows since" in words(shown)
    assert "join them</button>" not in shown.text
    person = words(clerk.get(person_page(visit)))
    assert "Perhaps the same person" not in person
    assert "Looks alike, and is somebody else Jimena Lujan" in person
    assert clerk.submit(pair, {}, to=pair).status_code == 409
    back = clerk.submit(person_page(visit), {}, to=f"{pair}/together")
    assert (back.status_code, back.location) == (303, pair)
    assert "Perhaps the same person" in words(clerk.get(person_page(visit)))


def test_from_the_list_two_people_are_one_press_and_the_list_stays_as_it_was(
    clerk: Inspector, visit: Visit, twin: Visit
) -> None:
    todo = "/desk/todo?kind=possible-duplicate"
    (form,) = [one for one in clerk.get(todo).text.split("<form") if "/apart?" in one]
    action = form.split('action="', 1)[1].split('"', 1)[0].replace("&amp;", "&")
    answer = clerk.submit(todo, {}, to=action)
    assert answer.status_code == 303
    assert "kind=possible-duplicate" in answer.location
    shown = words(clerk.get(answer.location))
    assert "They are two people. Nobody is asked again." in shown
    assert "See both records" not in shown
    done = words(clerk.get("/desk/todo?show=done"))
    assert "They are two people" in done


def test_the_trail_says_it_in_words(app: Flask, clerk: Inspector, visit: Visit, twin: Visit) -> None:
    pair = pair_page(visit, twin)
    clerk.submit(pair, {}, to=f"{pair}/apart")
    clerk.submit(pair, {}, to=f"{pair}/together")
    hire(app, "boss@example.com", "manager")
    page = words(at_work(app, "boss@example.com").get("/manage/audit"))
    assert "Said that two records are two people" in page
    assert "Took back that two records are two people" in page


def test_where_every_office_has_closed_people_are_still_shown(
    app: Flask, clerk: Inspector, visit: Visit, twin: Visit
) -> None:
    with house_of(app).database.transaction() as connection:
        connection.execute(update(LocationRow).values(active=False))
        directory.bump(connection)
    for page in (person_page(visit), pair_page(visit, twin), FIND, "/desk/todo", "/desk/blocks"):
        assert clerk.get(page).status_code == 200, page
    assert visit_page(visit) in found(clerk, "xim")
    form = {"patient": str(visit.appointment.patient_id), "start": "2026-09-21T10:00", "signs": "none"}
    answer = clerk.submit("/desk/book", form)
    assert answer.status_code == 422
    assert "No office is open for visits." in words(answer)


def test_the_worklist_leads_to_both_records(app: Flask, clerk: Inspector, visit: Visit) -> None:
    twin = a_patient(given_name="Jimena", family_name="Lujan", birth_date=date(1951, 3, 9))
    other = book(house_of(app), days=2, patient=twin)
    page = clerk.get("/desk/todo").text
    numbers = visit.appointment.patient_id, other.appointment.patient_id
    assert f"{FIND}/{numbers[0]}/same/{numbers[1]}" in page
    assert clerk.get(f"{FIND}/{numbers[0]}/same/{numbers[1]}").status_code == 200


def test_two_visits_at_one_time_are_named_before_anything_is_joined(
    app: Flask, clerk: Inspector, visit: Visit
) -> None:
    other = book(house_of(app), days=2)
    with house_of(app).database.transaction() as connection:
        start, end = visit.appointment.start, visit.appointment.end
        connection.exec_driver_sql(
            "UPDATE occupancy SET starts_at = ?, ends_at = ? WHERE appointment_id = ? AND resource_id = ?",
            (
                int(start.timestamp()),
                int(end.timestamp()),
                other.appointment.id,
                other.appointment.patient_id,
            ),
        )
        connection.exec_driver_sql(
            "UPDATE appointment SET starts_at = (SELECT starts_at FROM appointment WHERE id = ?),"
            " ends_at = (SELECT ends_at FROM appointment WHERE id = ?) WHERE id = ?",
            (visit.appointment.id, visit.appointment.id, other.appointment.id),
        )
    page = f"{FIND}/{visit.appointment.patient_id}/same/{other.appointment.patient_id}"
    shown = clerk.get(page).text
    assert "Two visits at the same time" in shown
    assert visit_page(visit) in shown
    assert "join them</button>" not in shown
    answer = clerk.submit(page, {}, to=page)
    assert answer.status_code == 409
    assert "Both records have a visit at the same time." in words(answer)


def test_a_record_is_put_right_and_what_is_missing_is_said_at_its_field(
    app: Flask, clerk: Inspector, visit: Visit
) -> None:
    path = f"{person_page(visit)}/change"
    assert path in clerk.get(person_page(visit)).text
    assert path in clerk.get(visit_page(visit)).text
    wrong = clerk.submit(
        path, {"given_name": "", "family_name": "Luján", "born": "2999-01-01", "phone": "12"}
    )
    assert wrong.status_code == 422
    for field in ("given_name", "born", "phone"):
        assert f'href="#{field}"' in wrong.text
    right = {"given_name": "Jimena", "family_name": "Luján", "born": "1951-03-09", "phone": "(915) 555-0177"}
    answer = clerk.submit(path, right)
    assert (answer.status_code, answer.location) == (303, f"{person_page(visit)}?done=changed")
    shown = words(clerk.get(answer.location))
    assert "Saved." in shown
    assert "Jimena Luján" in shown
    assert "(915) 555-0177" in shown
    back = clerk.submit(person_page(visit), {}, to=f"{path}/undo")
    assert back.status_code == 303
    assert "Taken back. Book a visit" in words(clerk.get(back.location))
    assert "Ximena Luján" in words(clerk.get(person_page(visit)))


def test_of_two_who_put_a_record_right_the_second_sees_what_it_says_now(
    clerk: Inspector, clock: Clock, visit: Visit
) -> None:
    path = f"{person_page(visit)}/change"
    old = clerk.get(path).text.split('name="seen" value="', 1)[1].split('"', 1)[0]
    clock.move_to(NOW + timedelta(minutes=1))
    person = {"family_name": "Luján", "born": "1951-03-09", "phone": "(915) 555-0177"}
    assert clerk.submit(path, {**person, "given_name": "Jimena"}).status_code == 303
    answer = clerk.submit(path, {**person, "given_name": "Gimena", "seen": old})
    assert answer.status_code == 409
    assert "It says now: Jimena Luján" in words(answer)
    assert 'value="Gimena"' in answer.text, "what was typed is kept"


def test_clinicians_put_nothing_right(visit: Visit, employ: Employ) -> None:
    assert employ("clinician").get(f"{person_page(visit)}/change").status_code == 403


def test_clinicians_do_not_join_records(visit: Visit, employ: Employ) -> None:
    page = f"{FIND}/{visit.appointment.patient_id}/same/{visit.appointment.patient_id + 1}"
    assert employ("clinician").get(page).status_code == 403
