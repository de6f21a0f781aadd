"""The desk works its list off by keyboard alone: take, put off, end with a note, open, and go from box to box."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from scheduler.services import merging
from tests.pages.counter import Counter
from tests.pages.keyboard import tab_to
from tests.pages.todo_ways import make_things
from tests.pages.world import World
from tests.services.test_todo import put


@pytest.fixture
def things(world: World, new_page: Callable[..., Page]) -> Page:
    """The list with things of every kind, and two that only this test knows."""
    make_things(world)
    for _ in range(2):
        put(world.house, "possible-duplicate")
    page = new_page()
    world.sign_in(page, "desk")
    page.goto(world.address("/desk/todo?kind=possible-duplicate"))
    return page


def test_a_thing_is_taken_and_ended_without_the_mouse(things: Page) -> None:
    cards = things.locator("[data-call]")
    cards.nth(0).focus()
    things.keyboard.press("ArrowDown")
    mine = cards.nth(1).get_attribute("id")
    things.keyboard.press("t")
    card = things.locator(f"#{mine}")
    expect(card).to_contain_text("Yours")
    expect(card).to_be_focused()
    things.keyboard.press("d")
    expect(card.get_by_label("How did it end?")).to_be_focused()
    things.keyboard.press("P")
    things.keyboard.press("Tab")
    things.keyboard.type("Same birthday, other mother. Talked to both.")
    things.keyboard.press("Tab")
    things.keyboard.press("Enter")
    expect(card).to_have_count(0)
    expect(things.get_by_role("status")).to_contain_text("Done.")


def test_letters_typed_into_a_note_press_nothing(things: Page) -> None:
    cards = things.locator("[data-call]")
    before = cards.count()
    cards.nth(0).focus()
    things.keyboard.press("d")
    cards.nth(0).get_by_label("Note").focus()
    things.keyboard.type("not done, no letter lost, told later")
    expect(cards.nth(0).get_by_label("Note")).to_have_value("not done, no letter lost, told later")
    expect(cards).to_have_count(before)


def test_a_thing_is_put_off_and_opened_by_key(things: Page) -> None:
    cards = things.locator("[data-call]")
    mine = cards.nth(0).get_attribute("id")
    cards.nth(0).focus()
    things.keyboard.press("l")
    expect(cards.nth(0).get_by_label("Come back to it")).to_be_focused()
    things.keyboard.press("Tab")
    things.keyboard.press("Enter")
    expect(things.locator(f"#{mine}")).to_have_count(0)
    cards.nth(0).focus()
    things.keyboard.press("o")
    expect(things.get_by_role("heading", name="What was done so far")).to_be_visible()


def test_without_scripts_every_step_is_a_button(
    things: Page, world: World, new_page: Callable[..., Page]
) -> None:
    page = new_page(java_script_enabled=False)
    page.context.add_cookies(things.context.cookies())  # type: ignore[arg-type]
    page.goto(world.address("/desk/todo?kind=possible-duplicate"))
    page.locator("[data-call]").first.get_by_role("button", name="I take it").click()
    expect(page.get_by_role("status")).to_contain_text("It is yours now.")


def test_two_people_are_told_apart_by_one_key_and_put_back_on_the_list_by_another(
    counter: Counter, new_page: Callable[..., Page]
) -> None:
    one, other = (counter.book(clock).appointment for clock in ("09:00", "10:00"))
    house = counter.world.house
    with house.database.transaction() as connection:
        merging.note_possible(
            connection,
            house,
            one.patient_id,
            other.patient_id,
            counter.stands(counter.taken[0]),
            counter.now(),
        )
    page = new_page()
    counter.world.sign_in(page, "desk")
    page.goto(counter.world.address("/desk/todo?kind=possible-duplicate"))
    card = page.locator("[data-call]", has_text=counter.taken[0].patient.name)
    card.focus()
    page.keyboard.press("2")
    said = page.get_by_role("status")
    expect(said).to_contain_text("They are two people. Nobody is asked again.")
    expect(card).to_have_count(0)
    tab_to(page, said.get_by_role("link", name="Open it"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Put back on the list"))
    page.keyboard.press("Enter")
    expect(card).to_be_visible()


def test_two_records_are_told_apart_where_they_are_compared_without_a_mouse(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    first, second = counter.book("09:00"), counter.book("10:00")
    page = desk()
    page.goto(
        counter.world.address(
            f"/desk/people/{first.appointment.patient_id}/same/{second.appointment.patient_id}"
        )
    )
    tab_to(page, page.get_by_role("button", name="They are two people"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The clinic knows since")
    tab_to(page, page.get_by_role("button", name="Take it back"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="It is one person: join them")).to_be_visible()
