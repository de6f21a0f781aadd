"""The keyboard as a person uses it: from place to place by the Tab key, choices and times typed."""

from __future__ import annotations

import re
from datetime import date

from playwright.sync_api import Locator, Page, expect

FAR = 120
"""More stops than any page has between two places."""


def tab_to(page: Page, place: Locator) -> Locator:
    """Press Tab until a place has the focus."""
    expect(place).to_be_visible()
    for _ in range(FAR):
        if place.evaluate("place => place === document.activeElement"):
            return place
        page.keyboard.press("Tab")
    raise AssertionError(f"the Tab key never comes to {place}")


def choose(page: Page, place: Locator, words: str) -> None:
    """Choose from a list by typing how the choice begins."""
    tab_to(page, place)
    page.keyboard.type(words)
    expect(place.locator("option:checked")).to_have_text(re.compile(re.escape(words), re.IGNORECASE))


def type_time(page: Page, day: date, clock: str) -> None:
    """Type a day and a time, as 0130PM, into the field that has the focus; the first part of it has it."""
    page.keyboard.type(f"{day:%m%d%Y}")
    page.keyboard.press("ArrowRight")
    page.keyboard.type(clock)


def a_visit(page: Page) -> Locator:
    """The visit that the Tab key stops at, with the focus on it."""
    link = page.locator(".cal-visit__link[tabindex='0']")
    tab_to(page, link)
    number = link.evaluate("link => link.closest('.cal-visit').id")
    return page.locator(f"#{number}")
