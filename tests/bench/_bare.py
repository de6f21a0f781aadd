"""The least that could be done: bare Flask views on the same database handle, to compare ours with.

`/select` reads one row, `/page` renders a page as long as the home page, `/book` runs the very statements of a booking,
recorded from ours and replayed with fresh numbers, names and times, and does nothing else.
"""

from __future__ import annotations

import os
import pickle
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, render_template_string, request
from sqlalchemy import text

from scheduler.persistence.database import Database

app = Flask(__name__)
database = Database(os.environ["SCHEDULER_DATABASE_URL"])
_folder = Path(os.environ["SCHEDULER_INSTANCE_PATH"])
_recorded = _folder / "recorded.pickle"
RECORDED: dict[str, Any] = pickle.loads(_recorded.read_bytes()) if _recorded.exists() else {}  # noqa: S301
PAGE = "<!doctype html><html><body><p>{{ words }}</p></body></html>"
WORDS = "word " * 3000


@app.get("/healthz")
def healthz() -> str:
    """Alive."""
    return "ok"


@app.get("/select")
def one_select() -> dict[str, object]:
    """One row, as JSON, by the shortest way to the database."""
    with database.glance() as connection:
        return {"version": connection.execute(text("SELECT version FROM directory_version")).scalar()}


@app.get("/page")
def page() -> str:
    """A page of some 15 kB, rendered."""
    return render_template_string(PAGE, words=WORDS)


@app.post("/book")
def book() -> tuple[dict[str, object], int]:
    """The statements of one booking, in one transaction."""
    asked = request.get_json()
    fresh = Fresh(asked["shift"], asked["practitioner"])
    with database.transaction() as connection:
        for statement, values, returned in RECORDED["statements"]:
            result = connection.exec_driver_sql(fresh.text(statement), fresh.values(values))
            if result.returns_rows:
                rows = result.all()
                if returned is not None:
                    fresh.known[returned] = rows[0][0]
    return {"id": asked["shift"]}, 201


class Fresh:
    """Turns the values of the recorded booking into those of another one."""

    def __init__(self, shift: int, practitioner: int) -> None:
        self.shift = shift
        self.known: dict[Any, Any] = {RECORDED["practitioner"]: practitioner}

    def text(self, statement: str) -> str:
        """The statement, with the clinician that it may name."""
        return statement.replace(f"({RECORDED['practitioner']},", f"({self.known[RECORDED['practitioner']]},")

    def values(self, values: Any) -> Any:
        """The values, one set or many."""
        if isinstance(values, dict):
            return {name: self.value(value) for name, value in values.items()}
        if isinstance(values, list):
            return [self.values(one) for one in values]
        return tuple(self.value(value) for value in values)

    def value(self, value: Any) -> Any:
        """The value in this booking's stead: moved, made anew, or as it was."""
        if value in self.known:
            return self.known[value]
        kind = RECORDED["varying"].get(value)
        if kind is None:
            return value
        if kind == "time":
            return _later(value, self.shift)
        made = _made(kind, value)
        self.known[value] = made
        return made


def _later(value: Any, shift: int) -> Any:
    if isinstance(value, int):
        return value + shift
    if isinstance(value, datetime):
        return value + timedelta(seconds=shift)
    moved = datetime.fromisoformat(value) + timedelta(seconds=shift)
    return moved.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _made(kind: str, value: Any) -> Any:
    if kind == "bytes":
        return secrets.token_bytes(len(value))
    head, at, tail = value.partition("@")
    return secrets.token_hex(len(head) // 2) + at + tail
