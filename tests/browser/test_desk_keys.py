"""The whole calendar by keyboard: walked, pressed, moved, booked and taken back, without a mouse."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from scheduler.persistence.appointments import AppointmentRow
from tests.pages.counter import Counter
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
    """The first visit that nobody has confirmed yet, with the focus on it."""
    page.locator(".cal-visit[data-state='booked'] .cal-visit__link").first.focus()
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


def test_a_visit_is_opened_made_longer_and_its_dialog_closed_by_keys(
    counter: Counter, desk: Callable[[], Page]
) -> None:
    visit = counter.book("09:00")
    page = desk()
    page.locator(".cal-visit__link").focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog.locator("h1")).to_have_text(visit.patient.name)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("m")
    expect(dialog.locator("h1")).to_have_text("Move the visit")
    expect(dialog.locator("#start")).to_be_focused()
    dialog.locator("#minutes").fill("25")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    stands = counter.stands(visit)
    assert stands.end - stands.start == timedelta(minutes=25)


@pytest.mark.alone
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


def test_people_and_visits_are_found_and_opened_by_keys_alone(calendar: Page) -> None:
    calendar.locator(".cal-box").focus()
    calendar.keyboard.press("/")
    dialog = calendar.locator("dialog[open]")
    expect(dialog.locator("#q")).to_be_focused()
    calendar.keyboard.type("park")
    options = dialog.locator("[role=option]")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(dialog.locator("[data-count]")).to_contain_text("found")
    calendar.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    calendar.keyboard.press("ArrowUp")
    name = options.first.locator("strong").inner_text()
    calendar.keyboard.press("Enter")
    expect(dialog.locator("h1")).to_have_text(name)
    expect(dialog.get_by_role("link", name="Book a visit")).to_be_focused()
    calendar.keyboard.press("Escape")
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
