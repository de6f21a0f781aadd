"""A day of the calendar as a person sees it: opened in Chromium with nothing kept, until all of it is painted."""

from __future__ import annotations

import shutil
import statistics
from pathlib import Path

from flask.testing import FlaskClient
from playwright.sync_api import Browser, sync_playwright

from tests.bench._measure import served, table
from tests.pages.world import BUILT

WARMING, LOADS = 4, 9
"""Loads that only wake the server's processes, and those that count."""

PAINTED = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(
    () => done(performance.now()))))"""
"""Milliseconds from the start of the navigation to the second frame after the page has loaded."""


def painted(name: str, client: FlaskClient, url: str, folder: Path, day: str, visits: int) -> None:
    """The day in a browser that keeps nothing from one load to the next, beside a page of 15 kB that does nothing."""
    cookie = client.get_cookie("session")
    assert cookie is not None
    (folder / "vendor").symlink_to(BUILT)
    with (
        served("wsgi:app", url, folder) as ours,
        served("tests.bench._bare:app", url, folder) as bare,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        pages = ((f"{ours}/desk?day={day}", cookie.value, visits), (f"{bare}/page", "", 0))
        turns = [[_load(browser, *page) for page in pages] for _ in range(WARMING + LOADS)][WARMING:]
        browser.close()
    taken, least = (statistics.median(column) for column in zip(*turns, strict=True))
    row = ("a day of 400 visits, painted whole", taken, 1000, least, taken / least)
    table(f"The calendar in Chromium, on {name}", ("what", "ms", "limit ms", "bare ms", "ratio"), [row])


def _load(browser: Browser, address: str, cookie: str, visits: int) -> float:
    """Open a page with an empty cache; answers the browser's own milliseconds until all of it was on the screen."""
    context = browser.new_context(viewport={"width": 1600, "height": 900})
    if cookie:
        context.add_cookies([{"name": "session", "value": cookie, "url": address}])
    page = context.new_page()
    page.goto(address)
    taken = float(page.evaluate(PAINTED))
    seen = page.locator(".cal-visit").count()
    context.close()
    if seen != visits:
        raise SystemExit(f"the browser saw {seen} visits")
    return taken
