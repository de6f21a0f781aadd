"""A patient and a clinician meet in two real browsers with pretended cameras: quickly, alone, come what may."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from scheduler.domain.telehealth import Stage
from scheduler.persistence.visit_signals import VisitSignalRow
from scheduler.services import call_rooms, changing, companions
from tests.pages.meeting import FIGURES, NO_CAMERA, PIXELS, SEES, Meeting, Open
from tests.pages.video_ways import soon_visit, waiting
from tests.pages.world import World
from tests.relay import SECRET, RelayServer
from tests.video_rooms import PATIENT, on_list

FIRST_PICTURE = 3.0
BACK_AFTER_RELOAD = 10.0
LEAVING_TOLD = 10_000
FLOWS_AGAIN = 30_000
SLOW_SAID = 30_000
ARRIVAL_SEEN = 2_500
"""Milliseconds."""


def stage(world: World, meeting: Meeting) -> Stage:
    return call_rooms.look(world.house, meeting.soon.number).call.stage


@pytest.mark.alone
def test_both_see_and_hear_each_other_within_three_seconds(world: World, meeting: Meeting) -> None:
    assert meeting.begin() <= FIRST_PICTURE
    before = [page.evaluate(FIGURES) for page in (meeting.patient, meeting.clinician)]
    pixels = [page.evaluate(PIXELS) for page in (meeting.patient, meeting.clinician)]
    meeting.patient.wait_for_timeout(3000)
    after = [page.evaluate(FIGURES) for page in (meeting.patient, meeting.clinician)]
    assert all(then["frames"] > first["frames"] + 10 for first, then in zip(before, after, strict=True))
    assert all(then["energy"] > first["energy"] for first, then in zip(before, after, strict=True))
    assert pixels != [page.evaluate(PIXELS) for page in (meeting.patient, meeting.clinician)]
    assert stage(world, meeting) is Stage.IN_CALL


def test_both_are_shown_the_same_two_words(meeting: Meeting) -> None:
    meeting.begin()
    for page in (meeting.patient, meeting.clinician):
        expect(page.locator("[data-secret]")).to_be_visible()
    words = meeting.patient.inner_text("[data-words]")
    assert len(words.split()) == 2
    assert meeting.clinician.inner_text("[data-words]") == words


def test_mute_really_stops_the_sound_and_says_so(meeting: Meeting) -> None:
    meeting.begin()
    meeting.patient.get_by_role("button", name="Turn my microphone off").click()
    expect(meeting.patient.get_by_text("Nobody hears you")).to_be_visible()
    meeting.clinician.wait_for_timeout(1500)
    silent = meeting.clinician.evaluate(FIGURES)["energy"]
    meeting.clinician.wait_for_timeout(2500)
    assert meeting.clinician.evaluate(FIGURES)["energy"] == pytest.approx(silent, abs=1e-6)
    meeting.patient.get_by_role("button", name="Turn my microphone on").click()
    meeting.clinician.wait_for_timeout(2500)
    assert meeting.clinician.evaluate(FIGURES)["energy"] > silent


@pytest.mark.alone
def test_a_reload_comes_back_by_itself_on_both_sides(meeting: Meeting) -> None:
    meeting.begin()
    begun = time.monotonic()
    meeting.patient.reload()
    meeting.patient.wait_for_function(SEES)
    frames = meeting.clinician.evaluate(FIGURES)["frames"]
    meeting.clinician.wait_for_function(
        f"async () => {{ const found = await ({FIGURES})(); return found.frames > 0 && found.frames != {frames}; }}"
    )
    assert time.monotonic() - begun <= BACK_AFTER_RELOAD


def test_leaving_is_told_to_the_other_side(meeting: Meeting) -> None:
    meeting.begin()
    meeting.patient.get_by_text("I want to leave the visit").click()
    meeting.patient.get_by_role("button", name="Yes, leave the visit").click()
    expect(meeting.clinician.locator("[data-words-now]")).to_contain_text(
        "has left or lost the line", timeout=LEAVING_TOLD
    )
    expect(meeting.patient.get_by_role("button", name="Come in")).to_be_visible()


def test_what_is_written_is_shown_in_large_letters_and_kept_nowhere(world: World, meeting: Meeting) -> None:
    meeting.begin()
    meeting.patient.get_by_role("button", name="I cannot hear").click()
    expect(meeting.clinician.locator("[data-heard]")).to_contain_text("I cannot hear you")
    meeting.patient.get_by_label("Write to the other side").fill("My left leg hurts")
    meeting.patient.get_by_role("button", name="Show it to them").click()
    expect(meeting.clinician.locator("[data-heard]")).to_contain_text("My left leg hurts")
    with world.house.database.reading() as connection:
        for row in connection.execute(select(VisitSignalRow.mark, VisitSignalRow.sealed)):
            assert b"left leg" not in world.house.vault.open_bytes("visit_signal", row.mark, row.sealed)


def test_a_second_device_is_asked_to_take_the_visit_over(
    world: World, meeting: Meeting, people: Open
) -> None:
    meeting.begin()
    tablet = people()
    tablet.goto(world.address(f"/visit/{meeting.soon.token}/room"))
    expect(tablet.get_by_text("open on another device")).to_be_visible()
    assert tablet.evaluate("window.lines.length") == 0
    assert meeting.patient.evaluate(SEES)
    tablet.get_by_role("button", name="Move the visit here").click()
    tablet.wait_for_function(SEES, timeout=30_000)
    expect(meeting.patient.get_by_text("open on another device")).to_be_visible()


def test_the_telephone_is_one_press_and_the_clinician_and_the_desk_see_the_number(
    world: World, meeting: Meeting
) -> None:
    meeting.begin()
    meeting.patient.locator("section").get_by_role("button", name="Call my phone").click()
    expect(meeting.patient.get_by_role("heading", level=1)).to_have_text("We call you")
    expect(meeting.clinician.locator(".clinic-call-card__phone")).to_contain_text("(915) 555-0177")
    assert ("video-by-phone", "urgent") in on_list(world.house, meeting.soon.number)
    meeting.clinician.get_by_label("Seen by phone").check()
    meeting.clinician.get_by_role("button", name="Finish the visit").click()
    expect(meeting.patient.get_by_role("heading", level=1)).to_have_text("The visit has ended")
    assert stage(world, meeting) is Stage.ENDED


def test_a_refused_camera_is_explained_and_the_other_side_is_still_seen(
    world: World, meeting: Meeting
) -> None:
    meeting.patient.evaluate(NO_CAMERA, "NotAllowedError")
    meeting.patient.locator("[data-do=media]:visible").click()
    expect(meeting.patient.get_by_role("heading", name="The camera is blocked")).to_be_visible()
    expect(meeting.patient.locator("[data-phone-now]")).to_be_visible()
    meeting.clinician.get_by_role("button", name="Let the patient in").click()
    meeting.patient.wait_for_function(SEES)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("NotFoundError", "We found no camera and no microphone"),
        ("NotReadableError", "Another program uses the camera"),
    ],
)
def test_each_trouble_with_the_camera_has_its_own_words(meeting: Meeting, name: str, title: str) -> None:
    meeting.patient.evaluate(NO_CAMERA, name)
    meeting.patient.locator("[data-do=media]:visible").click()
    expect(meeting.patient.get_by_role("heading", name=title)).to_be_visible()


def test_every_button_of_the_call_is_reached_by_the_keyboard(meeting: Meeting) -> None:
    meeting.begin()
    reached: set[str] = set()
    meeting.patient.locator("h1").evaluate("e => { e.tabIndex = -1; e.focus(); }")
    for _ in range(12):
        meeting.patient.keyboard.press("Tab")
        reached.add(meeting.patient.evaluate("document.activeElement.dataset.do ?? ''"))
    assert {"mute", "camera", "deaf", "share"} <= reached
    meeting.patient.locator("[data-do=mute]").focus()
    meeting.patient.keyboard.press("Enter")
    expect(meeting.patient.locator("[data-do=mute]")).to_have_text("Turn my microphone on")


@pytest.fixture
def relayed(world: World, relay_server: RelayServer) -> Iterator[RelayServer]:
    """The clinic sends every call through a relay of this test's own."""
    usual = world.app.extensions["settings"]
    told = {"turn_url": relay_server.url, "turn_secret": SECRET, "turn_only": True}
    world.app.extensions["settings"] = replace(usual, **told)
    yield relay_server
    world.app.extensions["settings"] = usual


@pytest.mark.alone
def test_a_call_goes_through_the_relay_alone_when_the_clinic_says_so(
    relayed: RelayServer, meeting: Meeting
) -> None:
    assert meeting.begin() <= FIRST_PICTURE
    paths = [page.evaluate(FIGURES)["path"] for page in (meeting.patient, meeting.clinician)]
    assert paths == ["relay", "relay"]


def test_a_relay_that_dies_for_eight_seconds_gives_the_call_back(
    relayed: RelayServer, meeting: Meeting
) -> None:
    meeting.begin()
    relayed.end()
    meeting.clinician.wait_for_timeout(8000)
    relayed.begin()
    stood = meeting.clinician.evaluate("window.lines.length")
    meeting.clinician.wait_for_function(
        f"""async () => {{ const first = (await ({FIGURES})()).frames;
          await new Promise(done => setTimeout(done, 1000));
          return first > 0 && (await ({FIGURES})()).frames > first; }}""",
        timeout=FLOWS_AGAIN,
    )
    assert meeting.clinician.evaluate("window.lines.length") == stood


def test_a_wrong_secret_connects_nobody_and_the_telephone_is_offered(
    world: World, relayed: RelayServer, meeting: Meeting
) -> None:
    wrong = replace(world.app.extensions["settings"], turn_secret="another")
    world.app.extensions["settings"] = wrong
    meeting.patient.locator("[data-do=media]:visible").click()
    meeting.clinician.get_by_role("button", name="Let the patient in").click()
    expect(meeting.patient.get_by_role("heading", name="The video does not connect")).to_be_visible(
        timeout=SLOW_SAID
    )
    expect(meeting.patient.locator("[data-phone-now]")).to_be_visible()


@pytest.mark.alone
def test_an_arrival_is_seen_by_the_clinician_and_the_desk_within_two_seconds(
    world: World, people: Open
) -> None:
    clinician, desk = people(), people()
    world.sign_in(clinician, "clinician")
    world.sign_in(desk, "desk")
    soon = soon_visit(world)
    clinician.goto(world.address("/clinic/visits"))
    desk.goto(world.address("/desk/video"))
    name = changing.show(world.house, soon.number).patient.name
    rows = [page.locator("li.clinic-video-list__item", has_text=name) for page in (clinician, desk)]
    for row in rows:
        expect(row).to_contain_text("not here yet")
    waiting(world, soon, datetime.now(UTC))
    for row in rows:
        expect(row).to_contain_text("waiting", timeout=ARRIVAL_SEEN)


def test_a_device_that_works_is_told_so_in_one_verdict(world: World, people: Open) -> None:
    soon = soon_visit(world, minutes=300)
    page = people()
    page.goto(world.address(f"/visit/{soon.token}/check"))
    page.get_by_role("button", name="Turn on camera and sound").click()
    expect(page.get_by_text("We hear you. Good.")).to_be_visible()
    page.get_by_role("button", name="Play the bell").click()
    page.get_by_role("button", name="Yes, I heard it").click()
    page.get_by_role("button", name="Show me the result").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All is ready")


def test_a_device_without_a_camera_hears_what_to_do(world: World, people: Open) -> None:
    soon = soon_visit(world, minutes=11_520)
    page = people()
    page.goto(world.address(f"/visit/{soon.token}/check"))
    page.evaluate(NO_CAMERA, "NotFoundError")
    page.get_by_role("button", name="Turn on camera and sound").click()
    expect(page.get_by_role("heading", name="We found no camera and no microphone")).to_be_visible()
    page.get_by_role("button", name="Play the bell").click()
    page.get_by_role("button", name="Yes, I heard it").click()
    page.get_by_role("button", name="Show me the result").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Something does not work yet")
    page.get_by_role("link", name="Practice with us by phone").click()
    page.locator(".clinic-slot").first.click()
    page.get_by_role("button", name="Call me then").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We call you to practice")
    assert ("practice-call", "normal") in on_list(world.house, soon.number)


def test_a_helper_is_told_where_the_visit_stands_and_the_patient_who_is_there(
    world: World, meeting: Meeting, people: Open
) -> None:
    companions.invite(world.house, meeting.soon.number, PATIENT, datetime.now(UTC))
    helper = people()
    helper.goto(world.address(f"/with/{companions.link_of(world.house, meeting.soon.number)}"))
    helper.get_by_label("Your name").fill("Luz")
    helper.get_by_role("button", name="Continue").click()
    expect(helper.get_by_text("The video call holds two people")).to_be_visible()
    expect(meeting.patient.locator("[data-here]")).to_contain_text("Luz")
    meeting.begin()
    expect(helper.locator("[data-words-now]")).to_have_text("The visit is going on.")
    companions.take_back(world.house, meeting.soon.number, PATIENT, datetime.now(UTC))
    expect(meeting.patient.locator("[data-here]")).not_to_contain_text("Luz")
