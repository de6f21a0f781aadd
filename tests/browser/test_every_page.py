"""Every page of the site, in both languages and at every width, can be read and used by everybody.

The pages come from the route map, so a new one cannot be forgotten. Held on each: no violation of WCAG 2.2 A or AA that
axe-core finds, no sideways scrolling (320 px is a laptop at 400 % zoom), targets large enough for unsteady hands, no
request to another host, no error in the console, no English left in Spanish.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import ConsoleMessage, Page

from tests.pages.eyes import TOO_WIDE, seen_at_every_width
from tests.pages.ways import NOT_PAGES, WALKS, WAYS, Walk, Way
from tests.pages.world import World

FIRST_PAGE_BYTES = 150_000
LOCKED = 423
"""What a page of the staff is told that asked something in the moment in which it was locked."""


def test_every_page_of_the_route_map_is_listed(app: Flask) -> None:
    reading = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or set())}
    assert sorted(reading - listed()) == []


def test_nothing_is_listed_that_does_not_exist(app: Flask) -> None:
    known = {rule.endpoint for rule in app.url_map.iter_rules()} | {"", "public.gallery"}
    assert sorted(listed() - known) == []


def listed() -> set[str]:
    """Every endpoint that a way or a walk comes by, or that is no page."""
    walked = {endpoint for walk in WALKS for endpoint in walk.endpoints}
    return walked | {way.endpoint for way in WAYS} | set(NOT_PAGES)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_page_can_be_read_and_used_by_everybody(
    way: Way, language: str, world: World, read: Callable[[str], Page]
) -> None:
    page = a_page_for(read, language)
    with watched(page, {way.status, LOCKED} if way.staff else {way.status}) as faults:
        way.go(page, world, language)
        faults += seen_at_every_width(page, language, staff=way.staff, quotes=way.quotes)
    assert faults == []


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("walk", WALKS, ids=str)
def test_every_page_of_a_walk_can_be_read_and_used_by_everybody(
    walk: Walk, language: str, world: World, read: Callable[[str], Page]
) -> None:
    page, came_by = a_page_for(read, language), set()
    with watched(page, {422}) as faults:
        for stop in walk.go(page, world, language):
            came_by.add(stop.partition(" ")[0])
            faults += [f"{stop} {fault}" for fault in seen_at_every_width(page, language)]
    assert set(walk.endpoints) <= came_by
    assert faults == []


def a_page_for(read: Callable[[str], Page], language: str) -> Page:
    """The page of somebody who reads that language."""
    return read("es-US" if language == "es" else "en-US")


@contextmanager
def watched(page: Page, expected: set[int]) -> Iterator[list[str]]:
    """The list that errors in the console are added to meanwhile; a refused page's own status is no fault."""
    faults: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        refused = any(f"status of {status}" in message.text for status in expected if status >= 400)
        if message.type in {"error", "warning"} and not refused:
            faults.append(f"console: {message.text}")

    page.on("console", hear)
    yield faults
    page.remove_listener("console", hear)


def test_the_first_page_is_light_and_asks_nobody_else(world: World, new_page: Callable[..., Page]) -> None:
    page = new_page()
    received: list[tuple[str, int]] = []

    def weigh(request: Any) -> None:
        sizes = request.sizes()
        received.append((request.url, sizes["responseBodySize"] + sizes["responseHeadersSize"]))

    page.on("requestfinished", weigh)
    page.goto(world.address("/"), wait_until="networkidle")
    assert [url for url, _ in received if not url.startswith(world.base)] == []
    assert sum(size for _, size in received) <= FIRST_PAGE_BYTES, received


def test_a_page_works_without_styles_and_scripts(world: World, new_page: Callable[..., Page]) -> None:
    page = new_page(java_script_enabled=False)
    page.route("**/vendor/**", lambda route: route.abort())
    page.goto(world.address("/"))
    assert page.get_by_role("link", name="Book a visit").is_visible()


def test_the_first_stop_of_the_keyboard_skips_to_the_content(world: World, page: Page) -> None:
    page.goto(world.address("/"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"


def test_the_error_summary_takes_the_focus_and_leads_to_the_field(world: World, page: Page) -> None:
    page.goto(world.address("/gallery"))
    assert page.title().startswith("Error: ")
    assert page.evaluate("document.activeElement.className") == "nhsuk-error-summary"
    page.locator(".nhsuk-error-summary a").first.click()
    assert page.evaluate("document.activeElement.id") == "given_name"


def test_a_chosen_time_shows_more_than_a_colour_and_sends_nothing(world: World, page: Page) -> None:
    page.goto(world.address("/gallery"))
    address = page.url
    page.get_by_label("10:00 AM", exact=True).check()
    mark = (
        "getComputedStyle(document.querySelector('#start-3 + label .clinic-slot__text'), '::before').content"
    )
    assert "✓" in page.evaluate(mark)
    assert page.url == address


def test_none_of_these_clears_the_other_answers(world: World, page: Page) -> None:
    page.goto(world.address("/gallery"))
    page.get_by_label("None of these").check()
    assert not page.get_by_label("Weak legs").is_checked()


def test_larger_text_spacing_cuts_nothing_off(world: World, page: Page) -> None:
    """WCAG 1.4.12: line height 1.5, paragraphs 2, letters 0.12 and words 0.16 of the text's size."""
    page.set_viewport_size({"width": 320, "height": 800})
    for path in ("/", "/learn", "/gallery"):
        page.goto(world.address(path))
        page.evaluate(
            """() => { for (const e of document.querySelectorAll('body *')) { e.style.lineHeight = '1.5';
            e.style.letterSpacing = '0.12em'; e.style.wordSpacing = '0.16em'; } }"""
        )
        assert page.evaluate(TOO_WIDE) == []


def test_the_edges_of_fields_stand_out(world: World, page: Page) -> None:
    """WCAG 1.4.11, which axe cannot see: 3:1 between a field's edge and the page."""
    page.goto(world.address("/gallery"))
    ratios = page.evaluate(
        """() => { const lum = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => { x /= 255;
            return x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4; });
            return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
          const page = lum(getComputedStyle(document.body).backgroundColor);
          const edged = document.querySelectorAll('.nhsuk-input, .nhsuk-select, .nhsuk-textarea, .clinic-slot__label');
          return [...edged].map(e => { const edge = lum(getComputedStyle(e).borderTopColor);
            return (Math.max(page, edge) + 0.05) / (Math.min(page, edge) + 0.05); }); }"""
    )
    assert ratios
    assert min(ratios) >= 3


def test_paper_shows_no_address_behind_a_link(world: World, page: Page) -> None:
    """A printed page lies about in a kitchen; the address of a private link must not be on it."""
    page.goto(world.address("/gallery"))
    page.emulate_media(media="print")
    after = "[...document.querySelectorAll('a')].map(a => getComputedStyle(a, '::after').content)"
    assert set(page.evaluate(after)) <= {"none", "normal"}
