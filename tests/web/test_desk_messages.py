"""The desk's pages about messages: found, read, sent again, called instead; for the desk and the manager alone."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from scheduler.domain.directory import Mode
from scheduler.domain.link import LinkPurpose
from scheduler.domain.visit import Visit
from scheduler.services import private_links
from tests.engines import a_patient
from tests.inspector import Inspector
from tests.patients import words
from tests.post import book
from tests.programs import house_of, statements
from tests.services.test_ledger import acts, confirmation, put
from tests.staff import Employ


@pytest.fixture
def visit(app: Flask, clerk: Inspector) -> Visit:
    """A visit with everything it owes."""
    return book(house_of(app), days=10, reminded=True)


def of_visit(visit: Visit) -> str:
    """The page of a visit's messages."""
    return f"/desk/visits/{visit.appointment.public_id}/messages"


@pytest.mark.parametrize(
    "path", ["/desk/messages", "/desk/messages/1", "/desk/visits/x/messages", "/desk/calls"]
)
def test_strangers_sign_in_first_and_clinicians_stay_out(app: Flask, employ: Employ, path: str) -> None:
    assert "/sign-in" in app.test_client().get(path).location
    assert employ("clinician").get(path).status_code == 403


@pytest.mark.parametrize("role", ["desk", "manager"])
def test_desk_and_manager_see_the_ledger(employ: Employ, role: str) -> None:
    answer = employ(role).get("/desk/messages")
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_day_says_what_goes_out_to_whom_and_when(clerk: Inspector, visit: Visit) -> None:
    page = words(clerk.get("/desk/messages"))
    assert f"Visit booked E-mail {visit.patient.name}" in page
    assert "Planned Goes out today at 9:00 AM." in page


def test_the_coming_week_shows_the_reminders(clerk: Inspector, visit: Visit) -> None:
    said = "Reminder a week before E-mail"
    assert said not in words(clerk.get("/desk/messages"))
    assert said in words(clerk.get("/desk/messages?period=next-7"))


@pytest.mark.parametrize(
    "query",
    [
        "period=nonsense&group=x&kind=y&channel=z&page=-1",
        "day=2026-13-40",
        "day=0001-01-01",
        "day=9999-12-31",
        "page=99999999999999999999",
        "page=%C2%B2",
        "code=%00%0A",
    ],
)
def test_a_filter_that_makes_no_sense_says_nothing(clerk: Inspector, query: str) -> None:
    assert clerk.get(f"/desk/messages?{query}").status_code == 200


def test_one_day_is_asked_for_by_its_date(clerk: Inspector, visit: Visit) -> None:
    assert visit.patient.name in clerk.get("/desk/messages?day=2026-09-14").text
    assert visit.patient.name not in clerk.get("/desk/messages?day=2026-09-13").text
    assert "archive" in words(clerk.get("/desk/messages?day=2026-01-02"))


def test_a_code_leads_to_the_messages_of_one_visit(app: Flask, clerk: Inspector, visit: Visit) -> None:
    other = book(house_of(app), patient=a_patient(given_name="Berta"))
    page = clerk.get(f"/desk/messages?code={visit.appointment.spoken_code}").text
    assert visit.patient.name in page
    assert other.patient.name not in page


def test_a_failed_message_says_what_to_do_and_is_found_by_its_state(
    app: Flask, clerk: Inspector, visit: Visit
) -> None:
    put(house_of(app), confirmation(house_of(app), visit).entry.id, state="dead", reason="smtp 550")
    page = words(clerk.get("/desk/messages?period=last-7&group=failed"))
    assert "The mail server would not take it. Please check the address, or call." in page
    assert "smtp" not in page


def test_sending_again_shows_both_and_is_audited(app: Flask, clerk: Inspector, visit: Visit) -> None:
    number = confirmation(house_of(app), visit).entry.id
    put(house_of(app), number, state="dead", reason="smtp 550")
    answer = clerk.submit(f"/desk/messages/{number}", {}, to=f"/desk/messages/{number}/resend")
    assert answer.location == f"{of_visit(visit)}?done=resent"
    page = words(clerk.get(answer.location))
    assert "The message goes out again" in page
    assert page.count("Visit booked E-mail") >= 2
    assert acts(house_of(app), "resend") == [(str(number), visit.appointment.patient_id)]


def test_a_call_instead_is_on_the_list(app: Flask, clerk: Inspector, visit: Visit) -> None:
    number = confirmation(house_of(app), visit).entry.id
    answer = clerk.submit(f"/desk/messages/{number}", {}, to=f"/desk/messages/{number}/call")
    assert "Not sent: the desk calls instead." in words(clerk.get(answer.location))
    assert visit.patient.name in words(clerk.get("/desk/calls"))


def test_what_may_not_be_done_has_no_button_and_is_refused(
    app: Flask, clerk: Inspector, visit: Visit
) -> None:
    number = confirmation(house_of(app), visit).entry.id
    put(house_of(app), number, state="sending")
    page = clerk.get(f"/desk/messages/{number}").text
    assert "resend" not in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', clerk.get("/sign-out").text)
    assert token
    answer = clerk.post(f"/desk/messages/{number}/resend", data={"csrf_token": token[1]})
    assert answer.status_code == 409
    assert "cannot be sent now" in answer.text


def test_a_message_is_shown_in_its_readers_language_whatever_the_clerk_speaks(
    app: Flask, clerk: Inspector
) -> None:
    visit = book(house_of(app), patient=a_patient(language="es"))
    page = clerk.get(f"/desk/messages/{confirmation(house_of(app), visit).entry.id}")
    assert 'lang="en"' in page.text
    assert re.search(r'<p class="clinic-preview__text" lang="es">[^<]*Su cita está', page.text)


def test_no_preview_shows_a_private_link(app: Flask, clerk: Inspector) -> None:
    visit = book(house_of(app), Mode.VIRTUAL)
    page = clerk.get(f"/desk/messages/{confirmation(house_of(app), visit).entry.id}").text
    secrets = private_links.of_visit(house_of(app), visit.appointment.id)
    assert set(secrets) >= {LinkPurpose.MANAGE, LinkPurpose.VISIT}
    assert [secret for secret in secrets.values() if secret in page] == []
    assert "/my/private-link-" in page


def test_every_page_that_shows_a_person_is_a_look_in_the_audit(
    app: Flask, clerk: Inspector, visit: Visit
) -> None:
    seen = len(acts(house_of(app), "see-messages"))
    number = confirmation(house_of(app), visit).entry.id
    seen += 1
    for path in (
        "/desk/messages",
        f"/desk/messages?code={visit.appointment.spoken_code}",
        of_visit(visit),
        f"/desk/messages/{number}",
    ):
        clerk.get(path)
    assert len(acts(house_of(app), "see-messages")) == seen + 4


def test_pages_need_no_more_statements_for_many_messages_than_for_few(app: Flask, clerk: Inspector) -> None:
    def cost() -> int:
        with statements(app) as sent:
            clerk.get("/desk/messages")
        return len(sent)

    book(house_of(app))
    cost()
    few = cost()
    for _ in range(6):
        book(house_of(app))
    assert cost() == few
