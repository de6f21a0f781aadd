"""Every page of the site, in both languages and at every width, can be read and used by everybody.

The pages come from the route map, so a new one cannot be forgotten. Held on each: no violation of WCAG 2.2 A or AA that
axe-core finds, no sideways scrolling (320 px is a laptop at 400 % zoom), targets large enough for unsteady hands, no
request to another host, no error in the console, no English left in Spanish.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from playwright.sync_api import ConsoleMessage, Page

from scheduler.translations import CATALOGUE
from tests.pages.reading import grade, sentences_of
from tests.pages.ways import NOT_PAGES, WALKS, WAYS, Walk, Way
from tests.pages.world import BUILT_FOR_TESTS, World

SIZES = ((1280, 800), (768, 1024), (320, 256))
"""A laptop, a tablet, and a laptop at 400 % zoom, which is as narrow as the smallest phone (WCAG 1.4.10)."""

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FIRST_PAGE_BYTES = 150_000
HIGHEST_GRADE = 6

AXE = """async (rules) => {
  const found = await axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']});
  const where = v => v.nodes.map(n => n.target.join(' ') + ' ' + n.html.slice(0, 120)).join(' | ');
  return found.violations.map(v => `${v.id}: ${v.help} @ ${where(v)}`);
}"""

SMALL_TARGETS = """(least) => {
  const shown = e => { const s = getComputedStyle(e); const r = e.getBoundingClientRect();
    return s.visibility !== 'hidden' && s.display !== 'none' && r.width > 0 && r.height > 0; };
  const inSentence = e => e.tagName === 'A' && !/button|call|link/.test(e.className) && e.parentElement
    && [...e.parentElement.childNodes].some(n => n !== e && n.nodeType === 3 && n.textContent.trim().length > 1);
  return [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
    .filter(e => shown(e) && e.type !== 'hidden' && !inSentence(e) && !e.closest('.nhsuk-skip-link'))
    .map(e => [e, e.getBoundingClientRect()])
    .filter(([e, r]) => r.height < least - 0.5 || r.width < least - 0.5)
    .map(([e, r]) => `${Math.round(r.width)}x${Math.round(r.height)} ${e.outerHTML.slice(0, 120)}`);
}"""

TOO_WIDE = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
  [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > window.innerWidth + 1)
    .map(e => e.outerHTML.slice(0, 100)).slice(0, 5).concat(document.documentElement.scrollWidth)"""

SMALL_TEXT = """(least) => [...document.querySelectorAll('main :is(p, li, label, dd, td, a, button)')]
  .filter(e => e.getBoundingClientRect().width > 0 && parseFloat(getComputedStyle(e).fontSize) < least)
  .map(e => getComputedStyle(e).fontSize + ' ' + e.outerHTML.slice(0, 100))"""


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
    way: Way, language: str, world: World, new_page: Callable[..., Page]
) -> None:
    page = a_page_for(new_page, language)
    faults = watched(page, {way.status})
    way.go(page, world, language)
    faults += seen_at_every_width(page, language, staff=way.staff, quotes=way.quotes)
    assert faults == []


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("walk", WALKS, ids=str)
def test_every_page_of_a_walk_can_be_read_and_used_by_everybody(
    walk: Walk, language: str, world: World, new_page: Callable[..., Page]
) -> None:
    page = a_page_for(new_page, language)
    faults, came_by = watched(page, {422}), set()
    for stop in walk.go(page, world, language):
        came_by.add(stop.partition(" ")[0])
        faults += [f"{stop} {fault}" for fault in seen_at_every_width(page, language)]
    assert set(walk.endpoints) <= came_by
    assert faults == []


def a_page_for(new_page: Callable[..., Page], language: str) -> Page:
    """A browser in that language, with axe at hand."""
    page = new_page(locale="es-US" if language == "es" else "en-US")
    page.add_init_script(path=BUILT_FOR_TESTS / "axe.min.js")
    return page


def seen_at_every_width(page: Page, language: str, *, staff: bool = False, quotes: bool = False) -> list[str]:
    """What is wrong with a page, whatever the size of its window; it is left as wide as it was found."""
    page.wait_for_load_state()
    faults = [] if page.evaluate("document.documentElement.lang") == language else ["speaks another language"]
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        faults += [f"at {width}: {fault}" for fault in looked_at(page, staff=staff)]
    page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
    if language == "es" and not quotes:
        faults += english_left(page)
    if language == "en" and not staff and not quotes:
        faults += hard_to_read(page)
    return faults


def looked_at(page: Page, *, staff: bool) -> list[str]:
    """What is wrong with a page at its present width."""
    faults: list[str] = page.evaluate(AXE, RULES)
    faults += [f"too wide: {found}" for found in page.evaluate(TOO_WIDE)]
    faults += [f"small target: {found}" for found in page.evaluate(SMALL_TARGETS, 24 if staff else 44)]
    faults += [f"small text: {found}" for found in page.evaluate(SMALL_TEXT, 13 if staff else 16)]
    return faults


def hard_to_read(page: Page) -> list[str]:
    """The school grade of a page's words, where it is too high. Dates, times, numbers and the names in a list to choose
    from are no sentences, and a page of few words has no grade.
    """
    said = re.sub(r"<select.*?</select>", "", page.content(), flags=re.DOTALL)
    sentences = [sentence for sentence in sentences_of(said) if not re.search(r"\d", sentence)]
    found = grade(sentences) if len(sentences) > 5 else 0
    return [f"is read in grade {found:.1f}"] if found > HIGHEST_GRADE else []


def watched(page: Page, expected: set[int]) -> list[str]:
    """The list that errors in the console will be added to; a refused page's own status is no fault."""
    faults: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        refused = any(f"status of {status}" in message.text for status in expected if status >= 400)
        if message.type in {"error", "warning"} and not refused:
            faults.append(f"console: {message.text}")

    page.on("console", hear)
    return faults


def english_left(page: Page) -> list[str]:
    """Sentences of the catalogue that a Spanish page still says in English."""
    words = " ".join(page.inner_text("body").split())
    return [f"still English: {sentence}" for sentence in english_sentences() if sentence in words]


@cache
def english_sentences() -> tuple[str, ...]:
    """English sentences long enough not to be a Spanish word by accident, whose Spanish is another one."""
    with CATALOGUE.open("rb") as handle:
        messages = read_po(handle, locale="es_US")
    return tuple(
        message.id
        for message in messages
        if isinstance(message.id, str)
        and len(message.id) > 6
        and message.id not in str(message.string)
        and "%" not in message.id
    )


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
