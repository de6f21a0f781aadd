"""The whole calendar by keyboard: walked, pressed, moved, booked and taken back, without a mouse."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from scheduler.domain.directory import Mode
from scheduler.persistence.appointments import AppointmentRow
from scheduler.services import slot_search
from scheduler.services.slot_search import SlotQuery
from tests.pages.world import World

EL_PASO = ZoneInfo("America/Denver")


@pytest.fixture
def day(world: World) -> str:
    """A day ahead with several open visits."""
    with world.house.database.reading() as connection:
        starts = connection.scalars(
            select(AppointmentRow.starts_at).where(
                AppointmentRow.status == "booked",
                AppointmentRow.starts_at > datetime.now(UTC) + timedelta(days=3),
            )
        ).all()
    days = [start.astimezone(EL_PASO).date().isoformat() for start in starts]
    return max(sorted(set(days))[:10], key=days.count)


@pytest.fixture
def calendar(world: World, new_page: Callable[..., Page], day: str) -> Page:
    """The calendar of that day, open at the desk."""
    page = new_page()
    world.sign_in(page, "desk")
    page.goto(world.address(f"/desk?day={day}"))
    expect(page.locator(".cal-visit__link[tabindex='0']")).to_have_count(1)
    return page


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('.cal-visit')?.id ?? ''"))


def first(page: Page) -> str:
    page.locator(".cal-visit__link[tabindex='0']").focus()
    return focused(page)


def test_the_tab_key_stops_once_and_arrows_walk_over_the_visits(calendar: Page) -> None:
    assert calendar.locator(".cal-visit__link[tabindex='0']").count() == 1
    begun = first(calendar)
    calendar.keyboard.press("ArrowRight")
    assert focused(calendar) != begun
    calendar.keyboard.press("ArrowLeft")
    calendar.keyboard.press("End")
    calendar.keyboard.press("Home")
    assert focused(calendar)


def test_one_key_confirms_and_one_takes_it_back(calendar: Page) -> None:
    visit = calendar.locator(f"#{first(calendar)}")
    calendar.keyboard.press("c")
    expect(visit).to_have_attribute("data-state", "confirmed")
    expect(calendar.locator("#desk-said")).to_contain_text("Has confirmed")
    assert focused(calendar) == visit.get_attribute("id"), "the focus stays where it was"
    calendar.keyboard.press("u")
    expect(visit).to_have_attribute("data-state", "booked")


def test_a_visit_is_opened_moved_and_its_dialog_closed_by_keys(calendar: Page) -> None:
    first(calendar)
    calendar.keyboard.press("Enter")
    dialog = calendar.locator("dialog[open]")
    expect(dialog.locator("h1")).to_be_visible()
    calendar.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    calendar.keyboard.press("m")
    expect(dialog.locator("h1")).to_have_text("Move the visit")
    expect(dialog.locator("#start")).to_be_focused()
    dialog.locator("#minutes").fill("25")
    calendar.keyboard.press("Enter")
    expect(dialog).to_have_count(0)


def test_a_page_follows_another_desk_within_two_seconds_and_keeps_the_focus(
    calendar: Page, world: World, new_page: Callable[..., Page]
) -> None:
    visit = first(calendar)
    public_id = calendar.locator(f"#{visit}").get_attribute("data-visit")
    other = new_page()
    other.context.add_cookies(calendar.context.cookies())  # type: ignore[arg-type]
    other.goto(world.address(f"/desk/visits/{public_id}"))
    other.get_by_role("button", name=re.compile("Has confirmed")).click()
    expect(calendar.locator(f"#{visit}")).to_have_attribute("data-state", "confirmed", timeout=4000)
    assert focused(calendar) == visit


def test_somebody_known_is_booked_in_four_keys_and_typing(calendar: Page, world: World) -> None:
    with world.house.database.reading() as connection:
        clinic = world.house.clinic(connection)
    start = slot_search.find(
        world.house,
        SlotQuery(
            "follow-up",
            Mode.IN_PERSON,
            datetime.now(UTC) + timedelta(days=2),
            datetime.now(UTC) + timedelta(days=20),
            for_desk=True,
        ),
        datetime.now(UTC),
        limit=1,
    )[0].start
    assert clinic.visit_type("follow-up").active
    local = start.astimezone(EL_PASO).strftime("%Y-%m-%dT%H:%M")
    calendar.goto(f"{world.base}/desk?day={local[:10]}")
    calendar.locator(".cal-box").focus()
    calendar.keyboard.press("n")
    dialog = calendar.locator("dialog[open]")
    expect(dialog.locator("#find")).to_be_focused()
    dialog.locator("#start").fill(local)  # a click on the empty place has filled this in
    dialog.locator("#find").focus()
    calendar.keyboard.type("park")
    expect(dialog.locator("[role=option]").first).to_be_visible()
    calendar.keyboard.press("Enter")
    expect(dialog.locator("[data-none]")).to_be_focused()
    calendar.keyboard.press("Space")
    calendar.keyboard.press("Enter")
    expect(dialog).to_have_count(0)


def test_without_scripts_the_day_can_be_read_and_a_visit_opened(
    world: World, new_page: Callable[..., Page], calendar: Page, day: str
) -> None:
    page = new_page(java_script_enabled=False)
    page.context.add_cookies(calendar.context.cookies())  # type: ignore[arg-type]
    page.goto(world.address(f"/desk?day={day}"))
    page.locator(".cal-visit__link").first.click()
    expect(page.locator("h1")).to_be_visible()
    assert "/desk/visits/" in page.url


def test_a_day_prints_on_one_page(calendar: Page) -> None:
    printed = calendar.pdf(landscape=True, prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
