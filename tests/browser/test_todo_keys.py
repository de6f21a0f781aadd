"""The desk works its list off by keyboard alone: take, put off, end with a note, open, and go from box to box."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

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
