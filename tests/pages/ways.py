"""How a person reaches each page of the site: one line a page. A page that is not listed here fails the tests.

To add a page, add a line: `Way("booking.about", reach_about)`. `go` gets the browser's page, the world and a language,
and leaves the browser on the page; `at("/path")` is enough where an address does it. A page that shows errors or
another state is a line of its own with a `name`. `staff=True` asks for smaller targets (24 px, not 44).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.pages.world import World

Go = Callable[[Page, World, str], None]


@dataclass(frozen=True, slots=True)
class Way:
    """One page in one state: its endpoint, how to get there, and the status it answers with."""

    endpoint: str
    go: Go
    name: str = ""
    staff: bool = False
    status: int = 200

    def __str__(self) -> str:
        return f"{self.endpoint} {self.name}".strip()


def at(path: str) -> Go:
    """Open an address."""

    def go(page: Page, world: World, language: str) -> None:
        page.goto(world.address(path, language))

    return go


def signed_in(role: str, path: str) -> Go:
    """Open an address as one of the staff."""

    def go(page: Page, world: World, language: str) -> None:
        world.sign_in(page, role)
        page.goto(world.address(path, language))

    return go


def sent(path: str) -> Go:
    """Open a page with a form and send it empty."""

    def go(page: Page, world: World, language: str) -> None:
        page.goto(world.address(path, language))
        page.locator("main form button[type=submit]").first.click()

    return go


WAYS: tuple[Way, ...] = (
    Way("public.home", at("/")),
    Way("public.learn", at("/learn")),
    Way("public.privacy", at("/privacy")),
    Way("public.accessibility", at("/accessibility")),
    Way("public.gallery", at("/gallery"), "every part, with errors"),
    Way("", at("/nowhere"), "an address that leads nowhere", status=404),
    Way("sign_in.form", at("/sign-in"), staff=True),
    Way("sign_in.form", sent("/sign-in"), "sent empty", staff=True, status=422),
    Way("sign_in.leaving", signed_in("desk", "/sign-out"), staff=True),
    Way("account.mine", signed_in("desk", "/account"), staff=True),
)

NOT_PAGES = {
    "static": "a file",
    "assets.file": "a file",
    "health.alive": "for machines",
    "health.ready": "for machines",
    "health.metrics": "for machines",
}
"""Addresses that answer GET and are no pages, each with the reason."""
