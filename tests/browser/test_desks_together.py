"""Several desks at once, a lost connection, a screen that locks: nobody loses a word, and each sees how it stands."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from scheduler.domain.booking import MoveRequest
from scheduler.domain.call_back import Urgency
from scheduler.domain.desk_state import DeskState
from scheduler.domain.visit import Visit
from scheduler.services import desk_moving, desk_status, todo
from tests.engines import CLERK
from tests.pages.counter import PASSWORD, Counter
from tests.services.test_todo import put

MINUTE = 60_000
LIVE = 2500
"""Milliseconds in which another desk's change must be seen: a look every two seconds, and the answer."""


def move_elsewhere(counter: Counter, visit: Visit, minutes: int) -> None:
    """Another desk moves the visit."""
    before = counter.stands(visit)
    start = before.start.replace(minute=minutes)
    wish = MoveRequest(start, before.mode, before.practitioner_id, room_id=before.room_id)
    desk_moving.move(counter.world.house, before.public_id, wish, CLERK, counter.now())


@pytest.mark.alone
def test_another_desk_s_change_is_seen_within_two_seconds_and_nothing_jumps(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    visit, mine = counter.book("09:00"), counter.book("15:00")
    page = desk()
    page.set_viewport_size({"width": 1280, "height": 600})
    box = page.locator(".cal-box")
    page.locator(f"[data-visit='{mine.appointment.public_id}'] a").focus()
    box.evaluate("box => { box.scrollTop = 321; }")
    drawn = page.locator(f"[data-visit='{visit.appointment.public_id}']")
    public_id = visit.appointment.public_id
    desk_status.set_state(counter.world.house, public_id, DeskState.CONFIRMED, CLERK, counter.now())
    expect(drawn).to_have_attribute("data-state", "confirmed", timeout=LIVE)
    move_elsewhere(counter, visit, 30)
    expect(drawn.locator(".cal-visit__start")).to_have_text("9:30 AM", timeout=LIVE)
    assert box.evaluate("box => box.scrollTop") == 321
    expect(page.locator(f"[data-visit='{mine.appointment.public_id}'] a")).to_be_focused()


def test_a_new_thing_to_do_is_counted_at_the_head_of_a_calendar_that_stays_open(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    page = desk()
    house = counter.world.house
    count = page.locator("#todo-count")
    before = todo.count(house, counter.now()).waiting
    expect(count).to_contain_text(str(before) if before else "")
    put(house, "call-back", Urgency.URGENT)
    expect(count).to_contain_text(f"{before + 1},")
    expect(count.locator(".clinic-count--urgent")).to_be_visible()


def test_of_two_desks_that_move_a_visit_the_second_is_told_how_it_stands(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    visit = counter.book("09:00")
    page = desk()
    page.locator(".cal-visit__link").focus()
    page.keyboard.press("m")
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("#start")).to_be_focused()
    move_elsewhere(counter, visit, 30)
    dialog.locator("#start").fill(f"{counter.day}T11:00")
    page.keyboard.press("Enter")
    alert = dialog.get_by_role("alert")
    expect(alert).to_contain_text("This visit was changed in the meantime.")
    expect(alert).to_contain_text(f"9:30 AM, {counter.doctor(0).name}, Booked.")
    expect(dialog.locator("#start")).to_have_value(f"{counter.day}T11:00")
    assert counter.clock_of(visit) == "09:30"
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    assert counter.clock_of(visit) == "11:00"


def test_a_key_on_a_visit_that_changed_meanwhile_tells_how_it_stands(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    visit = counter.book("09:00")
    page = desk()
    page.route("**/desk/live*", lambda route: route.abort())
    move_elsewhere(counter, visit, 45)
    page.locator(".cal-visit__link").focus()
    page.keyboard.press("c")
    expect(page.locator("#desk-bar")).to_contain_text("Now it is:")
    expect(page.locator("#desk-bar")).to_contain_text(f"9:45 AM, {counter.doctor(0).name}, Booked.")
    assert not counter.stands(visit).is_confirmed


def typed(page: Page, family_name: str, phone: str) -> None:
    """Begin to book for somebody new, on the phone."""
    page.keyboard.press("n")
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("#find")).to_be_focused()
    dialog.locator("summary", has_text="Somebody new").click()
    values = {"given_name": "Olga", "family_name": family_name, "born": "1950-03-09", "phone": phone}
    for name, value in values.items():
        dialog.locator(f"#{name}").fill(value)
    dialog.locator("#note").fill("Daughter drives her.")
    dialog.locator("[data-none]").check()


def test_a_lost_connection_keeps_what_was_typed_and_the_next_press_sends_it(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    page = desk()
    typed(page, "Halfway", "432 555 0144")
    page.context.set_offline(True)
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog.get_by_role("alert")).to_contain_text("Nothing was lost")
    expect(dialog.locator("#family_name")).to_have_value("Halfway")
    expect(dialog.locator("#note")).to_have_value("Daughter drives her.")
    page.context.set_offline(False)
    dialog.get_by_role("button", name="Book it").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".cal-visit__name", has_text="Olga Halfway")).to_be_visible()


def test_a_server_in_trouble_keeps_what_was_typed(counter: Counter, desk: Callable[[], Page]) -> None:
    page = desk()
    typed(page, "Midway", "432 555 0145")

    def fail(route: Route) -> None:
        route.fulfill(status=502, content_type="text/html", body="<h1>Bad Gateway</h1>")

    page.route("**/desk/book", fail)
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog.get_by_role("alert")).to_contain_text("Nothing was lost")
    expect(dialog.locator("#family_name")).to_have_value("Midway")


def test_a_page_without_connection_says_that_it_may_be_old(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    counter.book("09:00")
    page = desk()
    page.context.set_offline(True)
    expect(page.locator("#desk-trouble")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#desk-trouble")).to_be_hidden()


def test_a_screen_that_locks_brings_the_half_booked_visit_back(
    counter: Counter, new_page: Callable[..., Page]
) -> None:
    known = counter.book("09:00").patient
    page = new_page()
    counter.world.sign_in(page, "desk")
    page.clock.install()
    page.goto(counter.world.address(f"/desk?day={counter.day}"))
    page.keyboard.press("n")
    dialog = page.locator("dialog[open]")
    dialog.locator("#find").fill(known.family_name)
    page.clock.run_for(1000)
    expect(dialog.locator("[role=option]").first).to_contain_text(known.name)
    page.keyboard.press("Enter")
    dialog.locator("#note").fill("Comes with her dog.")
    dialog.locator("#start").fill(f"{counter.day}T11:00")
    page.clock.fast_forward(13 * MINUTE + 2000)
    page.clock.fast_forward(2 * MINUTE)
    page.wait_for_url(re.compile("/unlock"))
    assert known.family_name not in page.content()
    page.fill("input[type=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/desk\?"))
    expect(dialog.locator("#note")).to_have_value("Comes with her dog.")
    expect(dialog.locator("#start")).to_have_value(f"{counter.day}T11:00")
    expect(dialog.locator("[data-chosen-name]")).to_contain_text(known.name)
    dialog.locator("[data-none]").check()
    dialog.get_by_role("button", name="Book it").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".cal-visit__name", has_text=known.family_name)).to_have_count(2)
