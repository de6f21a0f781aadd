"""Every act of the front desk from the keyboard alone, its keys pressed as a person presses them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from scheduler.domain.appointment import Status
from tests.pages.counter import MORNING, Counter
from tests.pages.keyboard import FAR, a_visit, choose, tab_to, type_time


def walk_to(page: Page, visit: Locator) -> None:
    """Go by the arrow keys, column by column, to a visit."""
    a_visit(page)
    for key in ("ArrowLeft", "ArrowLeft", "Home"):
        page.keyboard.press(key)
    for _ in range(FAR):
        before = page.evaluate("document.activeElement.closest('.cal-visit').id")
        if before == visit.get_attribute("id"):
            return
        page.keyboard.press("ArrowDown")
        if page.evaluate("document.activeElement.closest('.cal-visit').id") == before:
            page.keyboard.press("ArrowRight")
            page.keyboard.press("Home")
    raise AssertionError("the arrow keys never come to the visit")


def test_a_call_from_somebody_known_is_booked_in_four_keys_and_typing(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    known = counter.book("09:00").patient
    page = desk()
    page.keyboard.press("n")
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("#find")).to_be_focused()
    expect(dialog.locator("#start")).to_have_value(re.compile(rf"^{counter.day}T"))
    page.keyboard.type(known.family_name)
    expect(dialog.locator("[role=option]").first).to_contain_text(known.name)
    page.keyboard.press("Enter")
    expect(dialog.locator("[data-none]")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator(".cal-visit__name", has_text=known.family_name)).to_have_count(2)


def test_somebody_new_is_booked_after_the_visit_that_has_the_focus(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    counter.book("09:00")
    page = desk()
    a_visit(page)
    page.keyboard.press("n")
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("#start")).to_have_value(f"{counter.day}T09:20")
    tab_to(page, dialog.locator("summary", has_text="Somebody new"))
    page.keyboard.press("Enter")
    for name, typed in (("given_name", "Lola"), ("family_name", "Newcomer"), ("born", "03091950")):
        tab_to(page, dialog.locator(f"#{name}"))
        page.keyboard.type(typed)
    tab_to(page, dialog.locator("#phone"))
    page.keyboard.type("915 555 0143")
    tab_to(page, dialog.locator("[data-none]"))
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator(".cal-visit__name", has_text="Lola Newcomer")).to_be_visible()


def test_a_walk_in_is_here_after_four_keys_and_typing(
    counter: Counter, today: Counter, new_page: Callable[..., Page]
) -> None:
    known = counter.book("09:00").patient
    page = today.open(new_page())
    page.keyboard.press("w")
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("#find")).to_be_focused()
    page.keyboard.type(known.family_name)
    expect(dialog.locator("[role=option]").first).to_contain_text(known.name)
    page.keyboard.press("Enter")
    expect(dialog.locator("[data-none]")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    here = page.locator(".cal-visit", has_text=known.family_name)
    expect(here).to_have_attribute("data-state", "arrived")
    expect(here).to_contain_text("min")


def test_a_visit_in_the_way_is_named_and_the_next_free_time_is_one_key_away(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    visit, other = counter.book("09:00"), counter.book("10:00")
    page = desk()
    a_visit(page)
    page.keyboard.press("m")
    dialog = page.locator("dialog[open]")
    start = dialog.locator("#start")
    expect(start).to_be_focused()
    type_time(page, counter.day, "1000AM")
    expect(start).to_have_value(f"{counter.day}T10:00")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text(f"There is {other.patient.name} from 10:00 AM")
    expect(dialog.locator("[data-free]").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    assert counter.clock_of(visit) not in {"09:00", "10:00"}
    page.keyboard.press("u")
    expect(page.locator("#desk-said")).to_contain_text("Taken back")
    assert counter.clock_of(visit) == "09:00"


def test_enter_in_a_field_takes_what_was_typed_and_not_what_was_offered(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    visit, _other = counter.book("09:00"), counter.book("10:00")
    page = desk()
    a_visit(page)
    page.keyboard.press("m")
    start = page.locator("dialog[open] #start")
    expect(start).to_be_focused()
    for typed in ("1000AM", "1130AM"):
        tab_to(page, start)
        type_time(page, counter.day, typed)
        page.keyboard.press("Enter")
        if typed == "1000AM":
            expect(page.locator("dialog[open]").get_by_role("alert")).to_be_visible()
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert counter.clock_of(visit) == "11:30"


def test_another_clinician_and_another_way_to_meet_are_chosen_by_keys(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    visit = counter.book("09:00")
    page = desk()
    a_visit(page)
    page.keyboard.press("m")
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("#start")).to_be_focused()
    choose(page, dialog.locator("#practitioner"), counter.doctor(1).name)
    tab_to(page, dialog.get_by_role("button", name="Move the visit"))
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    assert counter.stands(visit).practitioner_id != visit.practitioner.id


@pytest.mark.parametrize(
    ("keys", "clock", "who"),
    [
        ("c", "08:00", 0),
        ("a", "08:30", 0),
        ("ar", "09:00", 0),
        ("ars", "08:30", 1),
        ("al", "09:00", 1),
        ("x", "09:30", 1),
    ],
    ids=["confirmed", "here", "in room", "seen", "left", "missed"],
)
def test_each_state_is_one_key_and_one_takes_it_back(
    keys: str, clock: str, who: int, today: Counter, new_page: Callable[..., Page]
) -> None:
    states = {"c": "confirmed", "a": "arrived", "r": "in-room", "s": "seen", "l": "left", "x": "no-show"}
    visit = today.earlier(clock, who)
    page = today.open(new_page())
    drawn = page.locator(f"[data-visit='{visit.appointment.public_id}']")
    expect(drawn).to_be_visible()
    walk_to(page, drawn)
    before = "booked"
    for key in keys:
        before = str(drawn.get_attribute("data-state"))
        page.keyboard.press(key)
        expect(drawn).to_have_attribute("data-state", states[key])
        expect(drawn.locator("a")).to_be_focused()
        expect(page.locator("#desk-said")).to_contain_text(visit.patient.name)
    page.keyboard.press("u")
    expect(drawn).to_have_attribute("data-state", before)


def test_a_visit_is_cancelled_with_who_and_why_and_taken_back_from_its_history(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    visit = counter.book("09:00")
    page = desk()
    drawn = a_visit(page)
    page.keyboard.press("k")
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("h1")).to_have_text("Cancel the visit")
    choose(page, dialog.locator("#by"), "A helper")
    choose(page, dialog.locator("#reason"), "No way to get here")
    tab_to(page, dialog.locator("button[type=submit]").last)
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Cancelled")
    page.keyboard.press("Escape")
    expect(drawn).to_have_count(0)
    assert counter.stands(visit).status is Status.CANCELLED
    tab_to(page, page.locator(".cal-off summary"))
    page.keyboard.press("Enter")
    tab_to(page, page.locator(".cal-off a"))
    page.keyboard.press("Enter")
    expect(page.locator("h1", has_text=visit.patient.name)).to_be_visible()
    expect(page.locator("main")).to_contain_text("A helper, No way to get here")
    tab_to(page, page.get_by_role("button", name="Take it back"))
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/desk\?"))
    assert counter.stands(visit).status is Status.BOOKED


def test_the_slash_finds_people_and_enter_opens_them(counter: Counter, desk: Callable[[], Page]) -> None:
    known = counter.book("09:00").patient
    page = desk()
    page.keyboard.press("/")
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("#q")).to_be_focused()
    page.keyboard.type(known.family_name)
    expect(dialog.locator("[role=option]").first).to_contain_text(known.name)
    page.keyboard.press("Enter")
    expect(dialog.locator("h1")).to_contain_text(known.name)
    tab_to(page, dialog.get_by_role("link", name=re.compile("Book a visit")))
    page.keyboard.press("Enter")
    expect(dialog.locator("[data-chosen-name]")).to_contain_text(known.name)


def test_a_wrong_number_is_put_right_from_the_visit_without_leaving_the_calendar(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    visit = counter.book("09:00")
    page = desk()
    a_visit(page)
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    tab_to(page, dialog.get_by_role("link", name="Change name or number"))
    page.keyboard.press("Enter")
    expect(dialog.locator("#given_name")).to_be_focused()
    tab_to(page, dialog.locator("#phone"))
    page.keyboard.press("Control+a")
    page.keyboard.type("915 555 0166")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("Saved.")
    expect(dialog).to_contain_text("(915) 555-0166")
    expect(page).to_have_url(re.compile(r"/desk\?"))
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(dialog.locator("h1")).to_have_text(visit.patient.name)
    expect(dialog).to_contain_text("(915) 555-0166")


def test_the_keys_are_listed_under_a_question_mark(counter: Counter, desk: Callable[[], Page]) -> None:
    counter.book("09:00")
    page = desk()
    page.keyboard.press("?")
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("h1")).to_have_text("Keys")
    for key in ("N", "W", "/", "U", "?", "M", "A", "R", "S", "X", "L", "K", "C"):
        expect(dialog.locator("kbd").get_by_text(key, exact=True).first).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("n")
    expect(dialog.locator("#find")).to_be_focused()


def test_the_panel_of_a_visit_takes_a_note_and_says_why_a_time_is_not_offered(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    counter.book("09:00")
    page = desk()
    drawn = a_visit(page)
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    tab_to(page, dialog.locator("#note"))
    page.keyboard.type("Comes with a walker. Not by mouse.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("Saved.")
    tab_to(page, dialog.locator("#why"))
    type_time(page, MORNING.date() + timedelta(days=1), "0600AM")
    page.keyboard.press("Tab")
    tab_to(page, page.get_by_role("button", name="Ask"))
    page.keyboard.press("Enter")
    expect(page.locator("main [role=status]")).to_contain_text("The clinician does not work then")
    page.goto(counter.world.address(f"/desk?day={counter.day}"))
    expect(drawn).to_contain_text("Has a note")


def test_a_clinician_opens_a_visit_of_their_day(counter: Counter, new_page: Callable[..., Page]) -> None:
    visit = counter.book("09:00")
    page = new_page()
    counter.world.sign_in(page, "clinician")
    page.goto(counter.world.address(f"/clinic?day={counter.day}"))
    tab_to(page, page.get_by_role("link", name=visit.patient.name))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(visit.patient.name)


def test_another_day_is_typed_whole_before_it_is_gone_to(counter: Counter, desk: Callable[[], Page]) -> None:
    counter.book("09:00")
    page = desk()
    address = page.url
    tab_to(page, page.locator("#cal-day"))
    page.keyboard.type("0310")
    assert page.url == address
    page.keyboard.type("2027")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("day=2027-03-10"))
