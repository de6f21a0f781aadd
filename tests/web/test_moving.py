"""Claims about moving a visit and about switching between office and video: same rules, same link, one message."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from scheduler.domain.directory import Mode
from scheduler.persistence.holds import HoldRow
from tests.engines import NOW
from tests.patients import VIDEO, Clock, Visitor, heading, take_away, visit_of, words
from tests.programs import house_of


@pytest.fixture
def secret(visitor: Visitor) -> str:
    """The secret of a visit at the office three days ahead."""
    return visitor.book_ahead("imaging-review/in-person")


def choose(visitor: Visitor, secret: str, start: str, **more: str) -> TestResponse:
    """Keep a time for the move, and return the confirm page."""
    sent = {"start": start, "clinician": "", **more}
    answer = visitor.send(f"/my/{secret}/move", sent, to=f"/my/{secret}/move")
    assert answer.status_code == 303, answer.text
    return visitor.get(answer.location)


def confirm(visitor: Visitor, secret: str, page: TestResponse, **more: str) -> TestResponse:
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    return visitor.client.post(f"/my/{secret}/confirm", data={**hidden, **more})


def other_times(visitor: Visitor, secret: str) -> list[str]:
    return visitor.offered(f"/my/{secret}/move?clinician=")


def holds(app: Flask) -> int:
    with house_of(app).database.reading() as connection:
        return connection.execute(select(func.count()).select_from(HoldRow)).scalar_one()


def test_a_visit_moves_and_keeps_its_name_and_its_link(app: Flask, visitor: Visitor, secret: str) -> None:
    before = visit_of(app, secret).appointment
    start = other_times(visitor, secret)[0]
    page = choose(visitor, secret, start)
    assert heading(page) == "Move your visit?"
    answer = confirm(visitor, secret, page)
    assert "Your visit has a new time" in words(visitor.get(answer.location))
    after = visit_of(app, secret).appointment
    assert after.start.isoformat() == start
    assert (after.uid, after.id, after.sequence) == (before.uid, before.id, before.sequence + 1)
    assert holds(app) == 0


def test_the_old_time_stays_until_the_yes(app: Flask, visitor: Visitor, secret: str) -> None:
    before = visit_of(app, secret)
    choose(visitor, secret, other_times(visitor, secret)[1])
    assert visit_of(app, secret) == before


def test_saying_yes_twice_moves_once(app: Flask, visitor: Visitor, secret: str) -> None:
    page = choose(visitor, secret, other_times(visitor, secret)[0])
    assert confirm(visitor, secret, page).status_code == 303
    assert confirm(visitor, secret, page).status_code == 303
    assert visit_of(app, secret).appointment.sequence == 1


def test_choosing_again_gives_the_first_choice_back(app: Flask, visitor: Visitor, secret: str) -> None:
    first, second = other_times(visitor, secret)[:2]
    choose(visitor, secret, first)
    choose(visitor, secret, second)
    assert holds(app) == 1


def test_the_kept_time_is_told_in_words_on_every_page_of_the_move(visitor: Visitor, secret: str) -> None:
    page = choose(visitor, secret, other_times(visitor, secret)[0])
    assert "We keep the new time for you until 9:15 AM El Paso time (MDT)." in words(page)
    assert "You have 15 more minutes." in words(page)
    times = visitor.get(f"/my/{secret}/move")
    assert "We keep a time for you" in words(times)
    assert "You have 15 more minutes." in words(times)
    assert re.search(rf'href="/my/{secret}/confirm\?hold=\w+"', times.text)


def test_one_press_keeps_the_time_longer(visitor: Visitor, secret: str, clock: Clock) -> None:
    page = choose(visitor, secret, other_times(visitor, secret)[0])
    clock.shift(timedelta(minutes=10))
    answer = confirm(visitor, secret, page, more_time="1")
    assert "until 9:25 AM" in words(visitor.get(answer.location))
    clock.shift(timedelta(minutes=10))
    answer = visitor.send(f"/my/{secret}/move", to=f"/my/{secret}/keep")
    assert "You have 15 more minutes." in words(visitor.get(answer.location))


def test_the_time_can_be_kept_longer_as_often_as_the_clinic_allows(visitor: Visitor, secret: str) -> None:
    page = choose(visitor, secret, other_times(visitor, secret)[0])
    for _ in range(20):
        shown = visitor.get(confirm(visitor, secret, page, more_time="1").location)
        assert heading(shown) == "Move your visit?"
    assert "Keep it longer" not in words(shown)


def test_a_switch_at_the_same_time_can_be_kept_longer_too(
    visitor: Visitor, secret: str, clock: Clock
) -> None:
    answer = visitor.send(f"/my/{secret}/mode", to=f"/my/{secret}/move")
    if answer.status_code == 200:
        pytest.fail("the visit's own time is not free by video")
    page = visitor.get(answer.location)
    clock.shift(timedelta(minutes=10))
    longer = confirm(visitor, secret, page, more_time="1", state="US", us_state="US-AZ", callback_phone="915")
    assert longer.status_code == 200
    assert "until 9:25 AM" in words(longer)
    assert 'value="US-AZ" selected' in longer.text
    assert 'value="915"' in longer.text


def test_a_time_kept_too_short_is_told(visitor: Visitor, secret: str, clock: Clock) -> None:
    page = choose(visitor, secret, other_times(visitor, secret)[0])
    clock.shift(timedelta(minutes=16))
    answer = confirm(visitor, secret, page, more_time="1")
    assert "We could not keep the time any longer." in words(visitor.get(answer.location))


def test_leaving_gives_the_time_back_and_the_visit_stays(app: Flask, visitor: Visitor, secret: str) -> None:
    before = visit_of(app, secret)
    page = choose(visitor, secret, other_times(visitor, secret)[0])
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    for _ in range(2):
        answer = visitor.client.post(f"/my/{secret}/leave", data=hidden)
        assert answer.location == f"/my/{secret}"
    assert holds(app) == 0
    assert visit_of(app, secret) == before
    assert "We keep a time for you" not in words(visitor.get(f"/my/{secret}/move"))


def test_nobody_elses_kept_time_can_be_given_back(
    app: Flask, visitor: Visitor, secret: str, someone: Callable[..., Visitor]
) -> None:
    other = someone()
    theirs = other.book_ahead("imaging-review/in-person")
    page = choose(other, theirs, other_times(other, theirs)[0])
    hold = re.findall(r'name="hold" value="(\w+)"', page.text)[0]
    own = choose(visitor, secret, other_times(visitor, secret)[2])
    token = re.findall(r'name="csrf_token" value="([^"]+)"', own.text)[0]
    for action in ("leave", "keep"):
        visitor.client.post(f"/my/{secret}/{action}", data={"csrf_token": token, "hold": hold})
    assert holds(app) == 2


def test_a_day_can_be_chosen(visitor: Visitor, secret: str) -> None:
    page = visitor.get(f"/my/{secret}/move?clinician=")
    path = re.findall(r'href="(/my/[^"]+/move/[^"]+)"', page.text)[2].replace("&amp;", "&")
    assert visitor.offered(path)
    assert "Choose a time." in words(visitor.send(path, {}))


def test_choosing_nothing_on_a_day_without_times_leads_to_other_days(visitor: Visitor, secret: str) -> None:
    page = visitor.get(f"/my/{secret}/move").text
    token = {"csrf_token": re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]}
    answer = visitor.client.post(f"/my/{secret}/move/2026-09-19", data=token)
    assert "No free time on this day" in words(answer)
    assert "#start" not in answer.text
    assert "Choose another day" in words(answer)


def test_a_taken_time_leaves_the_visit_where_it_is(app: Flask, visitor: Visitor, secret: str) -> None:
    before = visit_of(app, secret)
    answer = visitor.send(
        f"/my/{secret}/move", {"start": "2026-09-19T18:00:00+00:00"}, to=f"/my/{secret}/move"
    )
    assert answer.status_code == 409
    assert "Your visit is still at its old time" in words(answer)
    assert len(re.findall(r'name="start" value="[^"]+"', answer.text)) == 3
    assert visit_of(app, secret) == before


def test_a_lapsed_choice_that_is_gone_leaves_the_visit_where_it_is(
    app: Flask, visitor: Visitor, secret: str, clock: Clock
) -> None:
    before = visit_of(app, secret)
    start = other_times(visitor, secret)[2]
    page = choose(visitor, secret, start)
    clock.shift(timedelta(minutes=16))
    take_away(app, start, NOW + timedelta(minutes=16))
    answer = confirm(visitor, secret, page)
    assert answer.status_code == 409
    assert visit_of(app, secret) == before


def test_the_form_cannot_be_bent_to_a_time_that_is_not_offered(
    app: Flask, visitor: Visitor, secret: str
) -> None:
    before = visit_of(app, secret)
    page = choose(visitor, secret, other_times(visitor, secret)[0])
    answer = confirm(visitor, secret, page, start="2026-09-19T18:00:00+00:00")
    assert answer.status_code == 409
    assert visit_of(app, secret) == before


@pytest.mark.parametrize(
    "bent",
    [{"start": "soon"}, {"mode": "by-foot"}, {"seen": "x"}, {"practitioner": "-1"}, {"practitioner": ""}],
)
def test_a_form_that_makes_no_sense_leads_back_to_the_times(
    visitor: Visitor, secret: str, bent: dict[str, str]
) -> None:
    page = choose(visitor, secret, other_times(visitor, secret)[0])
    assert confirm(visitor, secret, page, **bent).location == f"/my/{secret}/move"


def test_somebody_elses_kept_time_cannot_be_confirmed(
    visitor: Visitor, secret: str, someone: Callable[..., Visitor]
) -> None:
    other = someone()
    theirs = other.book_ahead("imaging-review/in-person")
    page = choose(other, theirs, other_times(other, theirs)[0])
    hold = re.findall(r'name="hold" value="(\w+)"', page.text)[0]
    assert visitor.get(f"/my/{secret}/confirm?hold={hold}").location == f"/my/{secret}/move"


def test_after_the_cut_off_nothing_moves(app: Flask, visitor: Visitor, secret: str, clock: Clock) -> None:
    page = choose(visitor, secret, other_times(visitor, secret)[0])
    before = visit_of(app, secret)
    clock.move_to(before.change_until + timedelta(seconds=1))
    assert visitor.get(f"/my/{secret}/move").location == f"/my/{secret}"
    assert confirm(visitor, secret, page).status_code == 409
    assert visit_of(app, secret) == before


def test_a_visit_at_the_office_becomes_a_video_visit_with_consent(
    app: Flask, visitor: Visitor, secret: str
) -> None:
    before = visit_of(app, secret).appointment
    start = visitor.offered(f"/my/{secret}/move?clinician=&mode=virtual")[0]
    page = choose(visitor, secret, start, mode="virtual")
    assert heading(page) == "Change your visit?"
    refused = confirm(visitor, secret, page)
    assert refused.status_code == 422
    assert "Choose where the patient will be." in words(refused)
    assert confirm(visitor, secret, page, **VIDEO).location == f"/my/{secret}?done=switched"
    after = visit_of(app, secret)
    assert after.appointment.mode is Mode.VIRTUAL
    assert after.appointment.uid == before.uid
    assert after.virtual is not None
    assert after.virtual.state == "US-TX"


def test_a_video_visit_becomes_one_at_the_office(app: Flask, visitor: Visitor) -> None:
    secret = visitor.book_ahead("imaging-review/virtual")
    start = visitor.offered(f"/my/{secret}/move?clinician=&mode=in-person")[0]
    page = choose(visitor, secret, start, mode="in-person")
    assert confirm(visitor, secret, page).location == f"/my/{secret}?done=switched"
    after = visit_of(app, secret).appointment
    assert after.mode is Mode.IN_PERSON
    assert after.room_id is not None


def test_moving_a_video_visit_asks_nothing_twice(app: Flask, visitor: Visitor) -> None:
    secret = visitor.book_ahead("imaging-review/virtual")
    page = choose(visitor, secret, other_times(visitor, secret)[0])
    assert 'name="consent"' not in page.text
    assert confirm(visitor, secret, page).status_code == 303
    virtual = visit_of(app, secret).virtual
    assert virtual is not None
    assert virtual.state == "US-TX"


def test_the_switch_page_says_whether_the_time_can_stay(visitor: Visitor, secret: str) -> None:
    page = visitor.get(f"/my/{secret}/mode")
    assert heading(page) == "Meet by video instead?"
    assert ("You can keep your time." in words(page)) is ('name="start"' in page.text)


def test_a_visit_that_can_only_be_at_the_office_offers_no_switch(visitor: Visitor) -> None:
    secret = visitor.book_ahead("new-fracture-evaluation/in-person")
    assert f"/my/{secret}/mode" not in visitor.get(f"/my/{secret}").text
    assert visitor.get(f"/my/{secret}/mode").location == f"/my/{secret}"
