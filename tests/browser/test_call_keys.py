"""The desk settles a call with one key while it stands in that call's box, and no key does anything elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from scheduler.persistence.outbox import OutboxRow
from tests.pages.message_ways import MADE, make_messages
from tests.pages.world import World


@pytest.fixture
def calls(world: World, new_page: Callable[..., Page]) -> Page:
    """The call list with two calls that nobody has made yet."""
    make_messages(world)
    with world.house.database.transaction() as connection:
        mine = OutboxRow.subject == MADE, OutboxRow.channel == "phone"
        numbers = connection.scalars(select(OutboxRow.id).where(*mine).order_by(OutboxRow.id)).all()[:2]
        fresh = update(OutboxRow).where(OutboxRow.id.in_(numbers))
        connection.execute(fresh.values(state="pending", phone_outcome=None, sent_at=None, reason=None))
    page = new_page()
    world.sign_in(page, "desk")
    page.goto(world.address("/desk/calls"))
    return page


@pytest.mark.parametrize(("key", "said"), [("r", "Reached"), ("v", "Voicemail"), ("W", "Wrong number")])
def test_a_key_in_a_calls_box_settles_that_call_alone(calls: Page, key: str, said: str) -> None:
    cards = calls.locator("[data-call]")
    before, name = cards.count(), cards.nth(1).locator("h2").inner_text()
    cards.nth(0).focus()
    calls.keyboard.press("ArrowDown")
    calls.keyboard.press(key)
    expect(cards).to_have_count(before - 1)
    settled = calls.locator("tr", has_text=name).first
    expect(settled).to_contain_text(said)


def test_a_key_outside_every_box_does_nothing(calls: Page) -> None:
    cards = calls.locator("[data-call]")
    before, address = cards.count(), calls.url
    for key in "rvw":
        calls.keyboard.press(key)
    calls.locator("[data-call]").first.focus()
    calls.keyboard.press("Control+r")
    calls.wait_for_load_state()
    assert (cards.count(), calls.url) == (before, address)


def test_without_scripts_the_buttons_do_the_same(
    calls: Page, world: World, new_page: Callable[..., Page]
) -> None:
    page = new_page(java_script_enabled=False)
    page.context.add_cookies(calls.context.cookies())  # type: ignore[arg-type]
    page.goto(world.address("/desk/calls"))
    before = page.locator("[data-call]").count()
    assert not page.locator("[data-keys]").is_visible()
    page.get_by_role("button", name="Reached").first.click()
    expect(page.locator("[data-call]")).to_have_count(before - 1)


def test_paper_shows_a_box_to_tick_and_no_buttons(calls: Page) -> None:
    calls.emulate_media(media="print")
    assert calls.locator(".clinic-only-print").first.is_visible()
    assert not calls.get_by_role("button", name="Reached").first.is_visible()
    assert not calls.locator(".clinic-navigation").is_visible()
