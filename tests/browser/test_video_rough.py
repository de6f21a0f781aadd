"""What a call does besides showing two faces: screens, poor lines, news while waiting, the end, and every language."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from scheduler.domain.telehealth import AreaDecision, Quality
from scheduler.services import call_rooms, consulting
from tests.pages.eyes import seen_at_every_width
from tests.pages.meeting import FIGURES, SEES, Meeting, Open
from tests.pages.video_ways import at_clinic, at_door, delayed, elsewhere, let_in
from tests.pages.world import BUILT_FOR_TESTS, World

JUDGED = 20_000
"""Milliseconds in which a poor line is noticed and acted on: two looks of two seconds for each step."""

SCREEN = """() => {
  const sheet = Object.assign(document.createElement("canvas"), {width: 800, height: 600});
  const pen = sheet.getContext("2d");
  let turn = 0;
  setInterval(() => { pen.fillStyle = `hsl(${turn++ % 360} 80% 50%)`; pen.fillRect(0, 0, 800, 600); }, 100);
  navigator.mediaDevices.getDisplayMedia = async () => sheet.captureStream(10);
}"""
"""A pretended screen, as the cameras are pretended: a sheet of 4 to 3 that changes its colour."""

LATER = """() => { const real = performance.now.bind(performance), since = real();
  performance.now = () => since + (real() - since) * 6; }"""
"""Lets the page's own clock run six times as fast, so that half a minute passes in five seconds."""

TAKEN_AWAY = """() => { for (const track of window.lines.at(-1).getSenders().map(one => one.track)) {
  track?.stop(); track?.dispatchEvent(new Event("ended")); } }"""
"""What a telephone call does to the camera and the microphone of a tablet."""

HEARD_FROM_ME = """() => window.lines.at(-1).getSenders().map(one => one.track).filter(one => one?.kind === "audio")
  .map(one => one.readyState === "ended" ? "ended" : one.enabled ? "on" : "off")"""
WATCHED_LOCK = """window.locks = 0;
  navigator.wakeLock.request = async () => { window.locks += 1; return {released: false}; };"""

SHAPE = """() => { const seen = document.querySelector("[data-other]"); return [seen.videoWidth, seen.videoHeight]; }"""
SENDS_PICTURE = """() => window.lines.findLast(one => one.connectionState === "connected").getSenders()
  .filter(one => one.track?.kind === "video").some(one => one.getParameters().encodings[0].active)"""
IS_OLD = """() => {
  Object.defineProperty(navigator, "mediaDevices", {value: undefined, configurable: true});
  delete window.RTCPeerConnection;
}"""
IS_PLAIN = """() => {
  Object.defineProperty(navigator, "mediaDevices", {value: undefined, configurable: true});
  Object.defineProperty(window, "isSecureContext", {value: false, configurable: true});
}"""

REFUSES = (
    """() => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("", "%s"); }; }"""
)
TROUBLES = {
    "plain": IS_PLAIN,
    "old": IS_OLD,
    "refused": REFUSES % "NotAllowedError",
    "none": REFUSES % "NotFoundError",
    "busy": REFUSES % "NotReadableError",
}


def with_axe(page: Page) -> Page:
    """The same page with axe at hand."""
    page.evaluate((BUILT_FOR_TESTS / "axe.min.js").read_text(encoding="utf-8"))
    return page


@pytest.mark.parametrize("who", ["patient", "clinician"])
def test_either_side_shows_its_screen_and_then_its_face_again(meeting: Meeting, who: str) -> None:
    meeting.begin()
    shows: Page = getattr(meeting, who)
    sees = meeting.clinician if who == "patient" else meeting.patient
    shows.evaluate(SCREEN)
    shows.get_by_role("button", name="Show my screen").click()
    expect(shows.get_by_role("button", name="Stop showing my screen")).to_be_visible()
    sees.wait_for_function(f"() => ({SHAPE})().join() === '800,600'")
    shows.get_by_role("button", name="Stop showing my screen").click()
    sees.wait_for_function(f"() => ({SHAPE})().join() !== '800,600'")
    assert sees.evaluate("window.lines.length") == 1
    assert sees.evaluate(SEES)


def test_on_a_poor_line_the_picture_gives_way_and_the_sound_stays(world: World, meeting: Meeting) -> None:
    meeting.begin()
    line = meeting.patient.locator("[data-line]")
    expect(line).to_contain_text("The line is good", timeout=JUDGED)
    meeting.patient.evaluate("window.rough = true")
    expect(line).to_contain_text("We make the picture smaller", timeout=JUDGED)
    expect(line).to_contain_text("We stop the picture to keep the sound", timeout=JUDGED)
    meeting.patient.wait_for_function(f"() => !({SENDS_PICTURE})()")
    meeting.clinician.wait_for_timeout(1000)
    before = meeting.clinician.evaluate(FIGURES)
    meeting.clinician.wait_for_timeout(2500)
    after = meeting.clinician.evaluate(FIGURES)
    assert after["frames"] - before["frames"] <= 2
    assert after["energy"] > before["energy"]
    meeting.patient.evaluate("window.rough = false")
    meeting.patient.wait_for_function(SENDS_PICTURE, timeout=JUDGED)
    people = call_rooms.look(world.house, meeting.soon.number).people
    assert Quality.SOUND_ONLY in {one.worst for one in people}


def test_a_network_that_goes_away_is_told_and_comes_back_by_itself(meeting: Meeting) -> None:
    meeting.begin()
    gone = meeting.patient.get_by_role("heading", name="There is no internet")
    meeting.patient.context.set_offline(True)
    expect(gone).to_be_visible()
    trouble = meeting.patient.locator("[data-troubles]")
    expect(trouble.get_by_role("link", name="(915) 555-0100")).to_be_visible()
    expect(trouble.get_by_role("button", name="Call my phone")).to_be_hidden()
    meeting.patient.context.set_offline(False)
    expect(gone).to_be_hidden()
    before = meeting.patient.evaluate(FIGURES)["frames"]
    meeting.patient.wait_for_function(f"async before => (await ({FIGURES})()).frames > before", arg=before)


def test_a_line_that_is_lost_offers_the_telephone_and_the_clinician_sees_the_number(meeting: Meeting) -> None:
    meeting.begin()
    meeting.patient.evaluate(LATER)
    meeting.clinician.evaluate("window.lines.forEach(one => one.close())")
    expect(meeting.patient.get_by_role("heading", name="The line is lost")).to_be_visible(timeout=JUDGED)
    meeting.clinician.evaluate(LATER)
    lost = meeting.clinician.locator("[data-troubles]")
    expect(lost.get_by_role("link", name="(915) 555-0177")).to_be_visible(timeout=JUDGED)
    expect(lost).not_to_contain_text("your phone")
    meeting.patient.locator("[data-phone-now]").click()
    expect(meeting.patient.get_by_role("heading", level=1)).to_have_text("We call you")
    expect(meeting.clinician.locator(".clinic-call-card__phone")).to_contain_text("(915) 555-0177")


def test_the_patient_is_told_of_a_delay_while_waiting(meeting: Meeting) -> None:
    words = meeting.patient.locator("[data-words-now]")
    expect(words).to_contain_text(re.compile("You are next|before you"))
    meeting.clinician.get_by_role("button", name="5 more minutes").click()
    expect(words).to_contain_text("It takes a little longer, until about")
    expect(words).to_have_attribute("role", "status")


def test_after_the_end_two_questions_are_asked_and_the_clinician_reads_the_answers(
    world: World, meeting: Meeting
) -> None:
    meeting.begin()
    meeting.clinician.get_by_label("Seen by video").check()
    meeting.clinician.get_by_role("button", name="Finish the visit").click()
    expect(meeting.patient.get_by_role("heading", name="How was the call?")).to_be_visible()
    meeting.patient.get_by_role("group", name="Could you see and hear well?").get_by_label("Partly").check()
    meeting.patient.get_by_role("button", name="Send").click()
    expect(meeting.patient.get_by_text("Thank you for telling us.")).to_be_visible()
    meeting.clinician.goto(world.address(f"/clinic/visits/{meeting.soon.public_id}"))
    record = meeting.clinician.get_by_role("region", name="Record of the call")
    expect(record).to_contain_text("Video on this page")
    expect(record).to_contain_text("Could they see and hear well? Partly")


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_call_itself_can_be_read_and_used_by_everybody(
    meet: Callable[[str], Meeting], language: str
) -> None:
    meeting = meet(language)
    meeting.begin()
    expect(meeting.patient.locator("[data-secret]")).to_be_visible()
    meeting.patient.locator("[data-do=deaf]").click()
    expect(meeting.clinician.locator("[data-heard]")).to_be_visible()
    faults = seen_at_every_width(with_axe(meeting.patient), language)
    faults += seen_at_every_width(with_axe(meeting.clinician), language, staff=True, quotes=True)
    assert faults == []


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(("trouble", "script"), list(TROUBLES.items()), ids=list(TROUBLES))
def test_every_trouble_is_explained_and_the_telephone_is_offered(
    world: World, people: Open, trouble: str, script: str, language: str
) -> None:
    page = people(locale="es-US" if language == "es" else "en-US")
    at_door("/room", let_in)(page, world, language)
    page.evaluate(script)
    page.locator("[data-do=media]:visible").click()
    expect(page.locator(f'[data-trouble="{trouble}"]')).to_be_visible()
    expect(page.locator("[data-phone-now]")).to_be_visible()
    assert seen_at_every_width(with_axe(page), language) == []


def test_a_meeting_on_another_page_is_opened_by_both_once_the_patient_is_let_in(
    world: World, people: Open
) -> None:
    for open_one in (at_door("/room", elsewhere), at_clinic(elsewhere)):
        page = people()
        open_one(page, world, "en")
        link = page.get_by_role("link", name="Open the meeting")
        expect(link).to_have_attribute("href", "https://meet.example.com/room")
        expect(link).to_have_attribute("rel", "noopener noreferrer")
        assert page.evaluate("window.lines.length") == 0


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_browser_that_cannot_even_read_our_script_is_told_so_and_the_telephone_is_offered(
    world: World, people: Open, language: str
) -> None:
    """An old tablet stops at a word that it does not know, so nothing of our script runs; here it never comes."""
    page = people(locale="es-US" if language == "es" else "en-US")
    page.route("**/call_peer.js", lambda route: route.abort())
    at_door("/room", let_in)(page, world, language)
    expect(page.locator('[data-trouble="old"]')).to_be_visible()
    expect(page.locator("[data-do=media]:visible")).to_have_count(0)
    assert seen_at_every_width(with_axe(page), language) == []
    page.locator("[data-phone-now]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Nosotros le llamamos" if language == "es" else "We call you"
    )


def test_a_check_in_a_browser_that_cannot_read_our_script_still_ends_with_help(
    world: World, people: Open
) -> None:
    page = people()
    page.route("**/device_check.js", lambda route: route.abort())
    at_door("/check")(page, world, "en")
    page.get_by_role("button", name="Show me the result").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Something does not work yet")
    expect(page.get_by_role("button", name="Make it a phone visit")).to_be_visible()


def test_who_turned_the_microphone_off_stays_unheard_when_the_device_gives_it_back(meeting: Meeting) -> None:
    meeting.begin()
    meeting.patient.get_by_role("button", name="Turn my microphone off").click()
    meeting.patient.evaluate(TAKEN_AWAY)
    meeting.patient.wait_for_function(f"async () => !(await ({HEARD_FROM_ME})()).includes('ended')")
    assert meeting.patient.evaluate(HEARD_FROM_ME) == ["off"]
    expect(meeting.patient.get_by_text("Nobody hears you")).to_be_visible()
    meeting.patient.get_by_role("button", name="Turn my microphone on").click()
    assert meeting.patient.evaluate(HEARD_FROM_ME) == ["on"]


def test_who_is_let_in_and_meets_nobody_is_offered_the_telephone(world: World, people: Open) -> None:
    page = people()
    at_door("/room", let_in)(page, world, "en")
    page.locator("[data-do=media]:visible").click()
    page.evaluate(LATER)
    expect(page.get_by_role("heading", name="The video does not connect")).to_be_visible(timeout=JUDGED)
    expect(page.locator("[data-phone-now]")).to_be_visible()


def test_whoever_waits_keeps_a_screen_that_does_not_fall_asleep(world: World, people: Open) -> None:
    page = people()
    page.add_init_script(WATCHED_LOCK)
    at_door("/room", delayed)(page, world, "en")
    page.wait_for_function("window.locks === 1")


def test_without_a_bell_the_call_still_begins(meeting: Meeting) -> None:
    meeting.patient.evaluate("delete window.AudioContext")
    assert meeting.begin() > 0
    expect(meeting.patient.get_by_role("heading", name="There is no internet")).to_be_hidden()


def test_whoever_is_not_seen_today_is_told_so_and_not_that_they_are_next(
    world: World, meeting: Meeting
) -> None:
    consulting.decide_area(
        world.house,
        meeting.soon.number,
        AreaDecision.NOT_TODAY,
        meeting.soon.clinician,
        datetime.now(UTC),
    )
    words = meeting.patient.locator("[data-words-now]")
    expect(words).to_have_text("We cannot go on by video today. We call you. Keep your phone near you.")
