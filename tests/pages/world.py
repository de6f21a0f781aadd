"""A clinic at work behind a real port: seeded as a newcomer finds it, served by the app, for tests with a browser.

One for the whole run. Tests may book and sign in; what they need untouched they make themselves.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page
from werkzeug.serving import WSGIRequestHandler, make_server

from scheduler.app import create_app
from scheduler.domain.actor import SYSTEM
from scheduler.persistence import migration
from scheduler.persistence.vault import KeyRing, Vault
from scheduler.services import seeding
from scheduler.services.house import House
from scheduler.services.seeding import Demo
from tests.pages.gallery import add_gallery

ROOT = Path(__file__).resolve().parent.parent.parent
BUILT = ROOT / "instance" / "vendor"
BUILT_FOR_TESTS = ROOT / "instance" / "vendor-test"


@dataclass(frozen=True, slots=True)
class World:
    """The clinic's address, the app behind it, and what a newcomer may try."""

    base: str
    app: Flask
    house: House
    demo: Demo

    def address(self, path: str, language: str = "en") -> str:
        """A page's whole address, in a language."""
        return f"{self.base}{path}{'&' if '?' in path else '?'}lang={language}"

    def visit(self, mode: str) -> Mapping[str, str]:
        """A demo visit of that mode, with the addresses of its links, which start with the base."""
        return next(visit for visit in self.demo.visits if visit["mode"] == mode)

    def sign_in(self, page: Page, role: str) -> None:
        """Sign in as one of the staff, without looking at the pages of it; who is signed in already stays so."""
        account = next(account for account in self.demo.accounts if account.role == role)
        door = f"{self.base}/sign-in"
        form = page.context.request.get(door)
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', form.text())
        if token and form.url == door:
            sent = {"csrf_token": token[1], "email": account.email, "password": account.password}
            assert page.context.request.post(door, form=sent).url != door


class Quiet(WSGIRequestHandler):
    """Writes no line a request: the output is the tests'."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Stay silent."""


def whole(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """The same application, whose answers are read and closed before they are sent.

    The server of the tests leaves an answer open, and with it a file, when a browser goes on to another page meanwhile.
    """

    def ask(environ: Any, start_response: Any) -> Iterable[bytes]:
        answer = application(environ, start_response)
        try:
            return [b"".join(answer)]
        finally:
            close = getattr(answer, "close", None)
            if close is not None:
                close()

    return ask


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The clinic, seeded and served for the whole run."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "vendor").symlink_to(BUILT)
    app = create_app({"INSTANCE_PATH": str(folder), "TESTING": "1", "DEMO": "1", "RATE_LIMITS": "off"})
    app.config["PROPAGATE_EXCEPTIONS"] = False
    add_gallery(app)
    database = app.extensions["database"]
    migration.upgrade(database)
    server = make_server("127.0.0.1", 0, whole(app), threaded=True, request_handler=Quiet)
    base = f"http://127.0.0.1:{server.server_port}"
    house = House(database, Vault(KeyRing.of(app.extensions["settings"].encryption_keys)), "127.0.0.1")
    demo = seeding.seed_demo(house, folder, base, SYSTEM, datetime.now(UTC))
    assert demo is not None
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield World(base, app, house, demo)
    server.shutdown()
    server.server_close()
    thread.join()
    database.dispose()
