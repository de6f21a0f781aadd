"""A real browser for the tests: Debian's Chromium, or the one that Playwright brought, started once for the run.

The browser may speak to this machine alone. A page that asks another host for anything, throws an error, or breaks the
content security policy fails the test that opened it, whatever the test itself looks at.

A browser that is not there skips its tests and says why on the last lines; `REQUIRE_BROWSER=1` makes that a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NoReturn
from urllib.parse import urlsplit

import pytest
from playwright._impl._driver import compute_driver_executable
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    Request,
    sync_playwright,
)

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
]
CAMERAS = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
HERE = {"127.0.0.1", "localhost"}
WHY_NOT = pytest.StashKey[str]()


@dataclass
class Watch:
    """What pages did that no page may do. Without slots: Playwright hangs a mark of its own on a listener's object."""

    faults: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Listens to every page of a context, those opened later too."""
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"script error: {error.error}"))

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in HERE:
            self.faults.append(f"asked another host: {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            self.faults.append(f"broke the content security policy: {message.text}")


@pytest.fixture(scope="session")
def driver(request: pytest.FixtureRequest) -> Iterator[Playwright]:
    """What starts browsers; there can be one of it in a run."""
    if broken := driver_fault():
        _refuse(request.config, broken)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(request: pytest.FixtureRequest, driver: Playwright) -> Iterator[Browser]:
    """One browser for the whole run."""
    found, reason = start(driver)
    if found is None:
        _refuse(request.config, reason)
    yield found
    found.close()


@pytest.fixture(scope="session")
def camera_browser(request: pytest.FixtureRequest, driver: Playwright) -> Iterator[Browser]:
    """One browser whose cameras and microphones are pretended: a moving picture, a beep each second, nobody to ask."""
    found, reason = start(driver, CAMERAS)
    if found is None:
        _refuse(request.config, reason)
    yield found
    found.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages, each as a person of its own: no shared cookies; keywords are those of Playwright's `new_context`.

    Unless told otherwise the person reads English, stands in El Paso and has a small laptop.
    """
    with _people(browser) as open_one:
        yield open_one


@pytest.fixture
def new_camera_page(camera_browser: Browser) -> Iterator[Callable[..., Page]]:
    """The same for people with a camera; `script` runs on each page before the page's own."""
    with _people(camera_browser) as open_one:
        yield open_one


@dataclass(slots=True)
class Reader:
    """Somebody who reads page after page in one window, and forgets all of a page before the next.

    A window costs a process, which takes longer to start than most pages take to be looked at.
    """

    page: Page
    watch: Watch

    def forget(self) -> None:
        """Be on no page, and keep nothing: no cookie, no permission, nothing that a page put aside."""
        if self.page.url.startswith("http"):
            self.page.evaluate("() => { sessionStorage.clear(); localStorage.clear(); }")
        self.page.goto("about:blank")
        self.page.context.clear_cookies()
        self.page.context.clear_permissions()
        self.watch.faults.clear()


@pytest.fixture(scope="session")
def readers(browser: Browser) -> Iterator[Callable[[str], Reader]]:
    """One reader of each language for the whole run; one whose window broke is followed by another."""
    known: dict[str, Reader] = {}

    def reader(locale: str) -> Reader:
        if locale not in known or known[locale].page.is_closed():
            watch = Watch()
            known[locale] = Reader(_window(browser, watch, locale=locale), watch)
        return known[locale]

    yield reader
    for each in known.values():
        each.page.context.close()


@pytest.fixture
def read(readers: Callable[[str], Reader]) -> Iterator[Callable[[str], Page]]:
    """Hands the page of a reader of that language to one test."""
    reading: list[Reader] = []

    def begin(locale: str) -> Page:
        reading.append(readers(locale))
        reading[-1].forget()
        return reading[-1].page

    yield begin
    faults = [fault for each in reading for fault in each.watch.faults]
    for each in reading:
        each.forget()
    assert faults == []


@contextmanager
def _people(browser: Browser) -> Iterator[Callable[..., Page]]:
    watch, contexts = Watch(), []

    def open_one(*, script: str = "", **options: Any) -> Page:
        page = _window(browser, watch, script, **options)
        contexts.append(page.context)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert watch.faults == []


def _window(browser: Browser, watch: Watch, script: str = "", **options: Any) -> Page:
    usual = {
        "locale": "en-US",
        "timezone_id": "America/Denver",
        "viewport": {"width": 1280, "height": 800},
    }
    context = browser.new_context(**{**usual, **options})
    context.set_default_timeout(10_000)
    if script:
        context.add_init_script(script)
    watch.over(context)
    return context.new_page()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """One page in a browser that knows nobody yet."""
    return new_page()


def driver_fault() -> str:
    """Why Playwright's own Node.js does not run here (a small Debian lacks libatomic1), or nothing."""
    program, *_ = compute_driver_executable()
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return "" if answer.returncode == 0 else f"Playwright's driver: {answer.stderr.strip()}"


def start(playwright: Playwright, more: Sequence[str] = ()) -> tuple[Browser | None, str]:
    """The first browser that really starts, or none and the reason: a program that is there may still not run."""
    reasons = []
    for program in [*filter(None, map(shutil.which, PROGRAMS)), None]:
        try:
            return playwright.chromium.launch(executable_path=program, args=[*FLAGS, *more]), ""
        except Error as error:
            reasons.append(f"{program or 'the browser of Playwright'}: {error.message.splitlines()[0]}")
    return None, "; ".join(reasons)


@cache
def required() -> bool:
    """Whether a missing browser is a failure."""
    return os.environ.get("REQUIRE_BROWSER", "") not in {"", "0"}


def _refuse(config: pytest.Config, reason: str) -> NoReturn:
    config.stash[WHY_NOT] = reason
    if required():
        pytest.fail(f"a browser is required and none starts: {reason}", pytrace=False)
    pytest.skip(f"no browser starts: {reason}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for the browser is marked, so that `-m "not browser"` works."""
    for item in items:
        if {"browser", "camera_browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Says on the last lines what was not tested, and why."""
    reason = config.stash.get(WHY_NOT, "")
    if reason:
        terminalreporter.write_line(f"BROWSER TESTS DID NOT RUN: {reason}", red=True)
        terminalreporter.write_line("Install one (apt-get install chromium) or run ./dev test as root.")
