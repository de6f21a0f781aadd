"""The calendar by mouse and by touch: visits are dragged, made longer, put back, and what is in the way is said."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import CDPSession, Locator, Page, expect

from scheduler.domain.booking import MoveRequest
from scheduler.domain.visit import Visit
from scheduler.services import desk_moving
from tests.engines import CLERK
from tests.pages.counter import Counter

FIVE = 8
"""Pixels that five minutes take when the calendar is close together."""

LONG_PRESS = 600


def drawn(page: Page, visit: Visit) -> Locator:
    return page.locator(f"[data-visit='{visit.appointment.public_id}']")


def middle(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 3, box["y"] + box["height"] / 3


def lift(page: Page, place: Locator) -> tuple[float, float]:
    """Take hold of a visit; answers where."""
    place.scroll_into_view_if_needed()
    x, y = middle(place)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 3, y + 8, steps=3)
    return x, y


def drag(page: Page, place: Locator, *, right: float = 0, down: float = 0) -> None:
    x, y = lift(page, place)
    page.mouse.move(x + right, y + down, steps=5)
    page.mouse.up()


def test_a_visit_goes_where_it_is_dragged_and_can_be_taken_back(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    visit = counter.book("09:00")
    page = desk()
    place = drawn(page, visit)
    drag(page, place, down=6 * FIVE)
    expect(page.locator("#desk-bar")).to_contain_text("09:30")
    expect(place.locator(".cal-visit__start")).to_have_text("9:30 AM")
    assert counter.clock_of(visit) == "09:30"
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(place.locator("a")).to_be_focused()
    page.get_by_role("button", name="Take it back (U)").click()
    expect(place.locator(".cal-visit__start")).to_have_text("9:00 AM")


def test_a_visit_is_dragged_to_another_clinician(counter: Counter, desk: Callable[[], Page]) -> None:
    visit = counter.book("09:00")
    page = desk()
    columns = page.locator("[data-column]")
    mine, other = columns.nth(0).bounding_box(), columns.nth(1).bounding_box()
    assert mine is not None
    assert other is not None
    drag(page, drawn(page, visit), right=other["x"] - mine["x"])
    expect(columns.nth(1).locator(f"[data-visit='{visit.appointment.public_id}']")).to_be_visible()
    assert counter.stands(visit).practitioner_id != visit.practitioner.id
    expect(drawn(page, visit).locator("a")).to_be_focused()


def test_a_visit_is_made_longer_by_its_edge(counter: Counter, desk: Callable[[], Page]) -> None:
    visit = counter.book("09:00")
    page = desk()
    place = drawn(page, visit)
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box is not None
    x, y = box["x"] + 40, box["y"] + box["height"] - 3
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 4 * FIVE, steps=5)
    page.mouse.up()
    expect(page.locator("#desk-bar")).to_contain_text("40 min")
    expect(place).to_have_class(re.compile(r"\bs8\b"))
    stands = counter.stands(visit)
    assert (stands.end - stands.start).total_seconds() == 40 * 60
    assert stands.start == visit.appointment.start


def refused(page: Page, visit: Visit, other: Visit) -> Locator:
    """Drag a visit of nine o'clock onto one of ten; answers the message, which has the focus."""
    drag(page, drawn(page, visit), down=12 * FIVE)
    bar = page.locator("#desk-bar")
    expect(bar).to_contain_text(f"There is {other.patient.name} from 10:00 AM to 10:20 AM.")
    expect(bar).to_be_focused()
    return bar


def test_what_is_in_the_way_is_named_and_the_nearest_free_time_is_one_press(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    visit, other = counter.book("09:00"), counter.book("10:00")
    page = desk()
    bar = refused(page, visit, other)
    expect(bar.get_by_role("button", name="Take it back")).to_be_hidden()
    expect(drawn(page, visit).locator(".cal-visit__start")).to_have_text("9:00 AM")
    assert counter.clock_of(visit) == "09:00"
    free = bar.get_by_role("group", name="Nearest free times:").get_by_role("button")
    expect(free).to_have_count(3)
    words = free.first.inner_text()
    free.first.click()
    expect(drawn(page, visit).locator(".cal-visit__start")).to_have_text(words)
    expect(drawn(page, visit).locator("a")).to_be_focused()
    expect(free).to_have_count(0)
    expect(bar).to_contain_text(words)
    bar.get_by_role("button", name="Take it back").click()
    expect(drawn(page, visit).locator(".cal-visit__start")).to_have_text("9:00 AM")


def test_a_free_time_is_pressed_by_keys_and_undone_by_one(counter: Counter, desk: Callable[[], Page]) -> None:
    visit, other = counter.book("09:00"), counter.book("10:00")
    page = desk()
    bar = refused(page, visit, other)
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    expect(drawn(page, visit).locator("a")).to_be_focused()
    refused(page, visit, other)
    page.keyboard.press("Tab")
    first = bar.get_by_role("button").first
    expect(first).to_be_focused()
    words = first.inner_text()
    page.keyboard.press("Enter")
    expect(drawn(page, visit).locator(".cal-visit__start")).to_have_text(words)
    expect(drawn(page, visit).locator("a")).to_be_focused()
    page.keyboard.press("u")
    expect(drawn(page, visit).locator(".cal-visit__start")).to_have_text("9:00 AM")


def test_a_visit_that_cannot_be_longer_is_offered_its_length_elsewhere(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    visit, other = counter.book("09:00"), counter.book("10:00")
    page = desk()
    box = drawn(page, visit).bounding_box()
    assert box is not None
    x, y = box["x"] + 40, box["y"] + box["height"] - 3
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 12 * FIVE, steps=5)
    page.mouse.up()
    bar = page.locator("#desk-bar")
    expect(bar).to_contain_text(f"There is {other.patient.name} from 10:00 AM to 10:20 AM.")
    free = bar.get_by_role("group", name="Nearest free times:").get_by_role("button").first
    expect(free).to_have_text(re.compile(r"^\d+:\d\d\s[AP]M$"))
    free.click()
    expect(drawn(page, visit)).to_have_class(re.compile(r"\bs16\b"))
    stands = counter.stands(visit)
    assert (stands.end - stands.start).total_seconds() == 80 * 60


def test_a_free_time_moves_nothing_that_another_desk_has_moved(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    visit, other = counter.book("09:00"), counter.book("10:00")
    page = desk()
    bar = refused(page, visit, other)
    before = visit.appointment
    to = before.start.replace(minute=5)
    wish = MoveRequest(to, before.mode, before.practitioner_id)
    desk_moving.move(counter.world.house, before.public_id, wish, CLERK, counter.now())
    expect(drawn(page, visit).locator(".cal-visit__start")).to_have_text("9:05 AM")
    bar.get_by_role("button").first.click()
    expect(bar).to_contain_text("Now it is:")
    expect(bar).to_be_focused()
    assert counter.clock_of(visit) == "09:05"


def test_escape_gives_a_drag_up(counter: Counter, desk: Callable[[], Page]) -> None:
    visit = counter.book("09:00")
    page = desk()
    x, y = lift(page, drawn(page, visit))
    page.mouse.move(x, y + 90, steps=4)
    expect(page.locator(".cal-visit--dragged")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".cal-visit--dragged")).to_have_count(0)
    page.mouse.up()
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert counter.stands(visit).revision == visit.appointment.revision


def test_a_drag_scrolls_on_at_the_edge_and_counts_what_went_by(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    visit = counter.book("09:00")
    page = desk()
    page.set_viewport_size({"width": 1280, "height": 520})
    page.locator(".cal-box").evaluate("box => { box.scrollTop = 0; }")
    box = page.locator(".cal-box").bounding_box()
    assert box is not None
    x, _y = lift(page, drawn(page, visit))
    edge = min(box["y"] + box["height"], 520) - 8
    for turn in range(30):
        page.mouse.move(x, edge - turn % 2)
    page.mouse.up()
    expect(page.locator("#desk-bar")).to_be_visible()
    assert page.locator(".cal-box").evaluate("box => box.scrollTop") > 0
    seen = drawn(page, visit).bounding_box()
    assert counter.clock_of(visit) > "12:00"
    assert seen is not None
    assert abs(seen["y"] - edge) < 60, "it lies where the hand let go of it"


def test_a_click_on_an_empty_place_asks_for_a_booking_at_that_time(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    counter.book("09:00")
    page = desk()
    column = page.locator("[data-column]").first
    page.locator(".cal-box").evaluate("box => { box.scrollTop = 0; }")
    column.click(position={"x": 80, "y": 36 * FIVE + 3})
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("#start")).to_have_value(f"{counter.day}T11:00")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


class Finger:
    """One finger on the screen, by way of the browser's own tools."""

    def __init__(self, page: Page) -> None:
        self.session: CDPSession = page.context.new_cdp_session(page)

    def send(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


def touching(counter: Counter, new_page: Callable[..., Page]) -> Page:
    return counter.open(new_page(has_touch=True, viewport={"width": 900, "height": 700}))


def test_a_long_press_lifts_a_visit_by_touch(counter: Counter, new_page: Callable[..., Page]) -> None:
    visit = counter.book("09:00")
    page = touching(counter, new_page)
    place = drawn(page, visit)
    place.scroll_into_view_if_needed()
    x, y = middle(place)
    finger = Finger(page)
    finger.send("touchStart", (x, y))
    page.wait_for_timeout(LONG_PRESS)
    expect(page.locator(".cal-visit--dragged")).to_be_visible()
    for step in range(1, 7):
        finger.send("touchMove", (x, y + step * FIVE))
    finger.send("touchEnd")
    expect(page.locator("#desk-bar")).to_contain_text("09:30")
    expect(place.locator(".cal-visit__start")).to_have_text("9:30 AM")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_swipe_scrolls_and_moves_nothing(counter: Counter, new_page: Callable[..., Page]) -> None:
    visit = counter.book("11:00")
    page = touching(counter, new_page)
    place = drawn(page, visit)
    place.scroll_into_view_if_needed()
    x, y = middle(place)
    before = page.locator(".cal-box").evaluate("box => box.scrollTop")
    finger = Finger(page)
    finger.send("touchStart", (x, y))
    for step in range(1, 12):
        finger.send("touchMove", (x, y - step * 10))
    expect(page.locator(".cal-visit--dragged")).to_have_count(0)
    finger.send("touchEnd")
    page.wait_for_function("before => document.querySelector('.cal-box').scrollTop > before", arg=before)
    assert counter.stands(visit).revision == visit.appointment.revision


def test_a_tap_opens_a_visit(counter: Counter, new_page: Callable[..., Page]) -> None:
    visit = counter.book("09:00")
    page = touching(counter, new_page)
    drawn(page, visit).locator("a").tap()
    expect(page.locator("dialog[open] h1")).to_have_text(visit.patient.name)
