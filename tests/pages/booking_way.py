"""Whole walks with a real browser: to a visit in person, to one by video, and away from the booking to a call.

Each walk is a generator that stops at every page it comes by and says which one it is, so that one walk shows a dozen
pages and each of their complaints. What is typed is plainly made up.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from playwright.sync_api import Page

from tests.pages.world import World

_numbers = itertools.count(1)


def in_person(page: Page, world: World, language: str) -> Iterator[str]:
    """Somebody books a visit at the office for the patient, looks at it, and moves it."""
    page.goto(world.address("/book", language))
    yield "safety.first"
    press(page)
    yield "safety.first sent empty"
    yield from _no_signs(page)
    yield "booking.visit"
    press(page)
    yield "booking.visit sent empty"
    page.check("input[name=visit][value='imaging-review/in-person']")
    press(page)
    yield "times.soonest"
    _follow(page, ".clinic-days__link:visible >> nth=-1")
    yield "times.day"
    take_last_time(page)
    yield "about.who"
    page.check("input[name=for_whom][value=someone]")
    press(page)
    yield "about.helper"
    press(page)
    yield "about.helper sent empty"
    _fill(page, {"name": "Luz Helper", "phone": "(915) 555-0198"})
    page.check("[name=relation][value=child]")
    page.check("[name=may_be_told][value=yes]")
    press(page)
    yield "about.patient"
    press(page)
    yield "about.patient sent empty"
    _tell_of_the_patient(page, language)
    yield "booking.check"
    press(page)
    yield "booking.booked"
    yield from _own_pages(page, world, language)


def by_video(page: Page, world: World, language: str) -> Iterator[str]:
    """Somebody books a video visit for themselves."""
    page.goto(world.address("/book", language))
    yield from _no_signs(page)
    page.check("input[name=visit][value='imaging-review/virtual']")
    press(page)
    yield "times.soonest by video"
    take_last_time(page)
    page.check("input[name=for_whom][value=myself]")
    press(page)
    _tell_of_the_patient(page, language)
    yield "about.video"
    press(page)
    yield "about.video sent empty"
    page.check("[name=state][value=other]")
    press(page)
    yield "about.video without a country"
    page.check("[name=state][value=US]")
    page.select_option("[name=us_state]", "US-AZ")
    yield "about.video in another state"
    page.locator("[name=state][value='US-TX']").check()
    page.fill("[name=callback_phone]", "(915) 555-0199")
    page.check("[name=consent]")
    press(page)
    yield "booking.check by video"
    press(page)
    yield "booking.booked by video"
    page.goto(world.address(f"/my/{_token(page)}", language))
    yield "patient.see by video"
    _follow(page, "a[href*='/visit/']")
    yield "telehealth.visit"


def to_a_call(page: Page, world: World, language: str) -> Iterator[str]:
    """Signs that cannot wait, a request to be called, and a lost link."""
    for path, endpoint in (("/book/emergency", "safety.emergency"), ("/book/same-day", "safety.same_day")):
        page.goto(world.address(path, language))
        yield endpoint
    page.goto(world.address("/book", language))
    page.locator("input[name=signs]").first.check()
    press(page)
    page.goto(world.address("/book/call-back", language))
    yield "safety.call_back"
    press(page)
    yield "safety.call_back sent empty"
    _fill(page, {"name": "Rosa Sample", "phone": "(915) 555-0142"})
    page.check(f"[name=language][value={language}]")
    page.check("[name=best_time][value=any]")
    press(page)
    yield "safety.call_back_asked"
    page.goto(world.address("/lost-link", language))
    yield "lost_link.asking"
    press(page)
    yield "lost_link.asking sent empty"
    _fill(page, {"contact": "(915) 555-0142"})
    press(page)
    yield "lost_link.sent"
    page.goto(world.address("/lost-link/closed", language))
    yield "lost_link.closed"


def _no_signs(page: Page) -> Iterator[str]:
    for number in range(3):
        page.check("input[name=signs][value=none]")
        press(page)
        if number == 0:
            yield "safety.further"


def _own_pages(page: Page, world: World, language: str) -> Iterator[str]:
    own = f"/my/{_token(page)}"
    for rest, endpoint in (
        ("", "patient.see"),
        ("/card", "patient.card"),
        ("/cancel", "patient.cancelling"),
        ("/ask", "patient.asking"),
        ("/link", "renewing.asking"),
        ("/mode", "moving.switching"),
        ("/move", "moving.soonest"),
    ):
        page.goto(world.address(own + rest, language))
        yield endpoint
    _follow(page, ".clinic-days__link:visible >> nth=-1")
    yield "moving.day"
    take_last_time(page)
    yield "moving.confirming"


def press(page: Page) -> None:
    """Press the page's main button."""
    with page.expect_navigation():
        page.locator("main form button.clinic-main-action").first.click()


def take_last_time(page: Page) -> None:
    """Choose the last time on the page and press the button below it."""
    page.locator("input[name=start]").last.check()
    with page.expect_navigation():
        page.locator("form:has(input[name=start]) button.clinic-main-action").last.click()


def _follow(page: Page, link: str) -> None:
    with page.expect_navigation():
        page.locator(link).first.click()


def _token(page: Page) -> str:
    address = page.locator("a[href*='/my/']").first.get_attribute("href") or ""
    return address.partition("/my/")[2][:43]


def _fill(page: Page, typed: dict[str, str]) -> None:
    for name, text in typed.items():
        page.fill(f"[name='{name}']", text)


def _tell_of_the_patient(page: Page, language: str) -> None:
    number = next(_numbers)
    _fill(
        page,
        {
            "given_name": "Rosa",
            "family_name": f"Sample {number}",
            "phone": f"(915) 555-{100 + number % 90:04d}",
            "birth_date-month": "3",
            "birth_date-day": "9",
            "birth_date-year": "1951",
        },
    )
    page.check(f"[name=language][value={language}]")
    page.check("[name=remind_by][value=phone]")
    press(page)
