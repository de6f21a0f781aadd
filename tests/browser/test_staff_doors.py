"""In a real browser: a passkey is made and used, and a screen that nobody touches locks and gives the work back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from scheduler.app import create_app
from scheduler.domain.actor import SYSTEM
from scheduler.persistence import migration
from scheduler.services import founding, staffing
from tests.pages.world import BUILT, whole

EMAIL, PASSWORD = "manager@example.com", "correct horse battery"
MINUTE = 60_000


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A clinic in earnest under the name that passkeys need, with one manager who has a password alone."""
    (tmp_path / "vendor").symlink_to(BUILT)
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    port = server.server_port
    base = f"http://localhost:{port}"
    app = create_app(
        {"INSTANCE_PATH": str(tmp_path), "TESTING": "1", "DEMO": "0", "RATE_LIMITS": "off", "BASE_URL": base}
    )
    server.app = whole(app)
    database, now = app.extensions["database"], datetime.now(UTC)
    migration.upgrade(database)
    founding.found(database, SYSTEM, now)
    staffing.create_user(
        database, email=EMAIL, name="Mia", roles=["manager"], password=PASSWORD, now=now, actor=SYSTEM
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield base
    server.shutdown()
    server.server_close()
    thread.join()
    database.dispose()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A browser with a device that knows its owner by finger."""
    page = new_page(locale="en-US")
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/sign-in")
    page.fill("#email", EMAIL)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def with_passkey(page: Page, address: str) -> None:
    """Sign in for the first time and make a passkey."""
    sign_in(page, address)
    expect(page.get_by_role("heading", name="First, set up a second step")).to_be_visible()
    page.fill("#name", "My laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your codes on paper")


def test_a_passkey_is_made_on_the_first_day_and_opens_the_door_on_the_next(page: Page, address: str) -> None:
    with_passkey(page, address)
    expect(page.locator(".clinic-codes li")).to_have_count(10)
    page.goto(f"{address}/sign-out")
    page.get_by_role("button", name="Sign out").last.click()
    sign_in(page, address)
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url(lambda url: not urlsplit(url).path.startswith("/sign-in"))
    page.goto(f"{address}/account/factors")
    expect(page.locator("strong", has_text="My laptop")).to_be_visible()


def test_a_screen_that_nobody_touches_warns_locks_and_gives_the_work_back(page: Page, address: str) -> None:
    with_passkey(page, address)
    page.clock.install()
    page.goto(f"{address}/manage/staff/new")
    page.fill("#name", "Half Typed")
    page.clock.fast_forward(13 * MINUTE + 2000)
    expect(page.get_by_role("heading", name="Are you still there?")).to_be_visible()
    page.clock.fast_forward(2 * MINUTE)
    expect(page.get_by_role("heading", level=1)).to_have_text("The screen is locked")
    page.wait_for_url("**/unlock?**")
    assert "Half Typed" not in page.content()
    page.goto(f"{address}/manage/staff/new")
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url("**/manage/staff/new")
    expect(page.locator("#name")).to_have_value("Half Typed")


def test_a_key_at_the_warning_keeps_the_screen_open(page: Page, address: str) -> None:
    with_passkey(page, address)
    page.clock.install()
    page.goto(f"{address}/account")
    page.clock.fast_forward(13 * MINUTE + 2000)
    expect(page.locator("#idle")).to_be_visible()
    page.keyboard.press("Shift")
    expect(page.locator("#idle")).to_be_hidden()
    page.clock.fast_forward(4 * MINUTE)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
