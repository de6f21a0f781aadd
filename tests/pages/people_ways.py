"""How one of the staff comes to the second step, to the lock of the screen, and to their own ways of signing in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from scheduler.domain.actor import SYSTEM
from scheduler.persistence import accounts
from scheduler.services import staffing
from tests.pages.world import World
from tests.staff import PASSWORD, hire

Go = Callable[[Page, World, str], None]


def second_step(*, wrong: bool = False) -> Go:
    """The page after the password, of somebody who has a passkey."""

    def go(page: Page, world: World, language: str) -> None:
        email = "second@example.com"
        with world.house.database.reading() as connection:
            known = accounts.by_email(connection, email)
        if known is None:
            hire(world.app, email, "desk", now=datetime.now(UTC))
        page.goto(world.address("/sign-in", language))
        page.fill("#email", email)
        page.fill("#password", PASSWORD)
        page.locator("main button[type=submit]").click()
        page.goto(world.address("/sign-in/second", language))
        if wrong:
            page.fill("#code", "000000")
            page.locator("main button[type=submit]").last.click()

    return go


def locked(page: Page, world: World, language: str) -> None:
    """Press Lock on a page."""
    world.sign_in(page, "desk")
    page.goto(world.address("/account", language))
    page.locator("button[form=lock]").click()
    expect(page.locator("#password")).to_be_visible()
    page.goto(world.address("/unlock", language))


def app_begun(page: Page, world: World, language: str) -> None:
    """Begin to set a code app up."""
    world.sign_in(page, "clinician")
    page.goto(world.address("/account/factors", language))
    page.locator("form[action$='/app/begin'] button").click()


def invited(page: Page, world: World, language: str) -> None:
    """Open the link of an invitation."""
    email = f"new-{language}@example.com"
    with world.house.database.reading() as connection:
        known = accounts.by_email(connection, email)
    now = datetime.now(UTC)
    if known is None:
        _, secret = staffing.invite(
            world.house.database,
            email=email,
            name="Nina",
            roles=["desk"],
            practitioner_id=None,
            language=language,
            now=now,
            actor=SYSTEM,
        )
    else:
        secret = staffing.invite_again(world.house.database, known[0].id, now=now, actor=SYSTEM)
    page.goto(world.address(f"/invitation/{secret}", language))


def found_at_the_desk(page: Page, world: World, language: str) -> None:
    """Look for somebody and open what was found first."""
    world.sign_in(page, "desk")
    page.goto(world.address("/desk/people", language))
    page.locator("#q").press_sequentially("park")
    expect(page.locator("#found [role=option]").first).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/people/*")


def found_at_the_desk_to_put_right(page: Page, world: World, language: str) -> None:
    """The same, and ask to put the record right."""
    found_at_the_desk(page, world, language)
    page.locator("a[href$='/change']").click()
    page.wait_for_url("**/change")


def two_records(page: Page, world: World, language: str) -> None:
    """Two people of the demo side by side."""
    world.sign_in(page, "desk")
    with world.house.database.reading() as connection:
        one, other = connection.exec_driver_sql("SELECT id FROM patient ORDER BY id LIMIT 2").scalars()
    page.goto(world.address(f"/desk/people/{one}/same/{other}", language))
