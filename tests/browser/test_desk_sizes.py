"""The calendar on every size of screen and on paper: dialogs for everybody, text at 200 %, a full day on one page."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.bench.desk import CLINICIANS, EACH, fill
from tests.pages.counter import Counter, a_clinic_at_work
from tests.pages.eyes import looked_at
from tests.pages.world import BUILT_FOR_TESTS

SIZES = ((1280, 800), (768, 1024), (640, 400), (320, 256))
"""A laptop, a tablet, the laptop at 200 % zoom and at 400 %."""

KEYS = ("n", "w", "/", "?", "m", "k", "Enter")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("key", KEYS)
def test_a_dialog_can_be_read_and_used_by_everybody(
    key: str, language: str, counter: Counter, new_page: Callable[..., Page]
) -> None:
    counter.book("09:00")
    page = new_page(locale="es-US" if language == "es" else "en-US")
    page.add_init_script(path=BUILT_FOR_TESTS / "axe.min.js")
    counter.world.sign_in(page, "desk")
    page.goto(counter.world.address(f"/desk?day={counter.day}", language))
    page.locator(".cal-visit__link").focus()
    page.keyboard.press(key)
    expect(page.locator("dialog[open] h1")).to_be_visible()
    faults = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        faults += [f"at {width}: {fault}" for fault in looked_at(page, staff=True)]
    assert faults == []


def test_at_two_hundred_per_cent_a_visit_is_found_opened_and_moved(
    counter: Counter, new_page: Callable[..., Page]
) -> None:
    visit = counter.book("09:00")
    page = counter.open(new_page(viewport={"width": 640, "height": 400}, device_scale_factor=2))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(".cal-visit__link").focus()
    expect(page.locator(".cal-visit__name")).to_be_in_viewport()
    page.keyboard.press("m")
    dialog = page.locator("dialog[open]")
    dialog.locator("#start").fill(f"{counter.day}T10:30")
    button = dialog.get_by_role("button", name="Move the visit")
    button.focus()
    expect(button).to_be_in_viewport()
    expect(dialog.get_by_role("button", name="Close")).to_be_visible()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    assert counter.clock_of(visit) == "10:30"


def test_a_full_day_of_ten_clinicians_prints_on_one_page(
    new_page: Callable[..., Page], tmp_path: Path
) -> None:
    with a_clinic_at_work(tmp_path) as world:
        day = fill(world.house)
        page = new_page()
        world.sign_in(page, "desk")
        for view in ("clinicians", "week"):
            page.goto(world.address(f"/desk?day={day}&view={view}"))
            printed = page.pdf(prefer_css_page_size=True)
            assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1, view
        page.goto(world.address(f"/desk?day={day}"))
        assert page.locator(".cal-visit").count() == CLINICIANS * EACH


@pytest.mark.parametrize("code", ["follow-up", "imaging-review", "new-fracture-evaluation"])
@pytest.mark.parametrize("density", ["compact", "comfortable"])
def test_no_line_of_a_visit_is_cut_in_half(
    code: str, density: str, counter: Counter, new_page: Callable[..., Page]
) -> None:
    counter.book("09:00", code)
    page = counter.open(new_page(), f"&density={density}")
    seen, cut = page.locator(".cal-visit__link").evaluate(
        """link => { const edge = link.getBoundingClientRect().bottom;
        const seen = [...link.querySelectorAll('.cal-visit__line, .cal-visit__more')]
          .filter(line => line.getBoundingClientRect().height > 2);
        const cut = seen.filter(line => line.getBoundingClientRect().bottom > edge + 0.5);
        return [seen.length, cut.map(line => line.className)]; }"""
    )
    assert seen > 0
    assert cut == []
