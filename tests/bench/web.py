"""Measures the clinic over HTTP against bare Flask on the same server, the same database and the same machine.

    ./dev bench web [--seconds 5]

Needs wrk (`apt-get install wrk`). Bookings are compared with a bare view that runs the very statements of a booking,
recorded from ours a moment before.
"""

from __future__ import annotations

import argparse
import json
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask
from psycopg import Binary
from psycopg.types.json import Json
from sqlalchemy import event, func, select

from scheduler.app import create_app
from scheduler.domain.actor import SYSTEM
from scheduler.domain.availability import Slot
from scheduler.domain.directory import Mode
from scheduler.domain.interval import epoch
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.people import PatientRow
from scheduler.services import loading, slot_search
from scheduler.services.house import House
from scheduler.services.slot_search import SlotQuery
from tests.bench._measure import NOW, Load, engine, served, table, wrk
from tests.engines import KEYS

ENGINES = ("sqlite", "postgresql")
CLIENTS = (1, 8, 32)
CLINICIANS = 100
MOST_SECONDS = 2
"""How long bookings may be measured: a thousand a second use up all times of a hundred clinicians."""

VISIT = "imaging-review"
Rows = list[tuple[object, ...]]


def main() -> None:
    """Print one table a kind of request and engine."""
    parser = argparse.ArgumentParser(prog="./dev bench web")
    parser.add_argument("--seconds", type=int, default=5)
    options = parser.parse_args()
    for name in ENGINES:
        with engine(name) as (house, url, folder):
            loading.load(house, CLINICIANS, 2000, SYSTEM, NOW, lambda _: None)
            _look(name, house, url, folder, options.seconds)
            _book(name, house, url, folder, options.seconds)


def _look(name: str, house: House, url: str, folder: Path, seconds: int) -> None:
    practitioner = _candidates(house)[0]
    day = (NOW + timedelta(days=3)).date()
    slots = f"/api/v1/slots?visit_type={VISIT}&mode=virtual&from={day}&days=1&practitioner={practitioner}"
    pages = {"free times, one clinician, one day": slots, "home page": "/"}
    rows: Rows = []
    with served("tests.bench._bare:app", url, folder) as bare, served("wsgi:app", url, folder) as ours:
        for clients in CLIENTS:
            floor = {
                "/select": wrk(bare + "/select", clients, seconds),
                "/page": wrk(bare + "/page", clients, seconds),
            }
            for title, address in pages.items():
                least = floor["/page" if address == "/" else "/select"]
                rows.append(_row(title, clients, wrk(ours + address, clients, seconds), least))
    table(
        f"Looking, on {name}",
        ("what", "clients", "ours /s", "bare /s", "ratio", "p50 ms", "p99 ms", "failed"),
        rows,
    )


def _book(name: str, house: House, url: str, folder: Path, seconds: int) -> None:
    found = _places(house)
    places, share = iter(found), len(found) // (2 * len(CLIENTS)) - 1
    seconds = min(seconds, MOST_SECONDS)
    recorded = _record(house, url, folder, places)
    (folder / "recorded.pickle").write_bytes(pickle.dumps(recorded))
    bodies = (_body(house, slot, number) for number, slot in enumerate(places))
    shifts = (json.dumps(_shift(recorded, slot)) for slot in places)
    rows: Rows = []
    with served("tests.bench._bare:app", url, folder) as bare, served("wsgi:app", url, folder) as ours:
        for clients in CLIENTS:
            mine = wrk(ours + "/api/v1/appointments", clients, seconds, _script(folder, bodies, share))
            least = wrk(bare + "/book", clients, seconds, _script(folder, shifts, share))
            _refuse_used_up(share, seconds, mine, least)
            rows.append((*_row("booking", clients, mine, least), mine.p99 / mine.p50))
    header = ("what", "clients", "ours /s", "bare /s", "ratio", "p50 ms", "p99 ms", "failed", "p99 / p50")
    table(f"Booking, on {name}", header, rows)


def _refuse_used_up(share: int, seconds: int, *loads: Load) -> None:
    """A run that had no time left to book has measured how many there were."""
    if any(load.rate * seconds > share * 0.98 for load in loads):
        raise SystemExit(f"{share} free times did not last for {seconds} seconds; take more clinicians")


def _row(title: str, clients: int, ours: Load, bare: Load) -> tuple[object, ...]:
    failed = ours.failed + bare.failed
    return title, clients, ours.rate, bare.rate, ours.rate / bare.rate, ours.p50, ours.p99, failed


def _candidates(house: House) -> list[int]:
    with house.database.reading() as connection:
        clinic = house.clinic(connection)
    return [p.id for p in clinic.candidates(clinic.visit_type(VISIT), Mode.VIRTUAL)][3:]


def _places(house: House) -> list[Slot]:
    """Free times an hour apart, soonest first; each is used once, by ours or by the bare one."""
    found: list[Slot] = []
    for practitioner in _candidates(house):
        query = SlotQuery(
            VISIT, Mode.VIRTUAL, NOW + timedelta(days=1), NOW + timedelta(days=59), practitioner
        )
        last = None
        for slot in slot_search.find(house, query, NOW):
            if last is None or slot.start - last >= timedelta(hours=1):
                found.append(slot)
                last = slot.start
    return sorted(found, key=lambda slot: (slot.start, slot.practitioner_id))


_numbers = count(1)


def _body(house: House, slot: Slot, number: int) -> str:
    with house.database.reading() as connection:
        clinic = house.clinic(connection)
    gate, consent = clinic.gate, clinic.consent("telehealth").version
    return json.dumps(
        {
            "visit_type": VISIT,
            "mode": "virtual",
            "start": slot.start.isoformat(),
            "practitioner": slot.practitioner_id,
            "gate": {"version": gate.version, "answers": {question.id: "no" for question in gate.questions}},
            "patient": {
                "given_name": "Ana",
                "family_name": f"Bench {number}",
                "birth_date": "1948-03-09",
                "phone": f"+1915555{number % 10000:04d}",
                "email": f"ana{number}@example.com",
                "language": "en",
            },
            "remind_by": ["email"],
            "virtual": {"state": "US-TX", "callback_phone": "+19155550199", "consent_version": consent},
        }
    )


def _script(folder: Path, bodies: Iterator[str], most: int) -> Path:
    """A wrk script that posts each body once, with a key of its own."""
    lines = folder / f"bodies-{next(_numbers)}.jsonl"
    lines.write_text("\n".join(body for _, body in zip(range(most), bodies, strict=False)) + "\n")
    script = lines.with_suffix(".lua")
    script.write_text(f"""
local file = io.open("{lines}")
local number = 0
request = function()
  local body = file:read("*l")
  if body == nil then wrk.thread:stop() body = "" end
  number = number + 1
  local headers = {{["Content-Type"] = "application/json", ["Idempotency-Key"] = "{lines.stem}-" .. number}}
  return wrk.format("POST", nil, headers, body)
end
""")
    return script


@dataclass(frozen=True, slots=True)
class _Statement:
    text: str
    values: Any


def _record(house: House, url: str, folder: Path, places: Iterator[Slot]) -> dict[str, Any]:
    """Book twice through our own app and note every statement: what differs between the two is what varies."""
    app = create_app(
        {"INSTANCE_PATH": str(folder), "DATABASE_URL": url, "ENCRYPTION_KEYS": KEYS, "DEMO": "1",
         "RATE_LIMITS": "off", "TESTING": "1",
         "NOW_OFFSET": str(int((NOW - datetime.now(UTC)).total_seconds()))}
    )  # fmt: skip
    first = next(places)
    second = next(slot for slot in places if slot.practitioner_id == first.practitioner_id)
    _booked(app, house, next(places), "warm")
    one, patient, visit = _booked(app, house, first, "one")
    other, _, _ = _booked(app, house, second, "two")
    app.extensions["database"].dispose()
    if [statement.text for statement in one] != [statement.text for statement in other]:
        raise SystemExit("two bookings ran different statements")
    varying: dict[Any, str] = {}
    for mine, theirs in zip(one, other, strict=True):
        _compare(mine.values, theirs.values, varying, {patient, visit})
    statements = [
        (
            s.text,
            s.values,
            patient if "INTO resource" in s.text else visit if "INTO appointment" in s.text else None,
        )
        for s in one
    ]
    return {
        "statements": statements,
        "varying": varying,
        "practitioner": first.practitioner_id,
        "start": epoch(first.start),
    }


def _booked(app: Flask, house: House, slot: Slot, key: str) -> tuple[list[_Statement], int, int]:
    noted: list[_Statement] = []
    target = app.extensions["database"].engine

    def note(_c: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        if not statement.startswith("BEGIN"):
            noted.append(_Statement(statement, _plain(values)))

    event.listen(target, "before_cursor_execute", note)
    answer = app.test_client().post(
        "/api/v1/appointments",
        data=_body(house, slot, 100_000 + next(_numbers)),
        headers={"Idempotency-Key": f"record-{key}", "Content-Type": "application/json"},
    )
    event.remove(target, "before_cursor_execute", note)
    if answer.status_code != 201:
        raise SystemExit(f"the recorded booking was refused: {answer.text}")
    with house.database.reading() as connection:
        patient = connection.execute(select(func.max(PatientRow.id))).scalar_one()
        visit = connection.execute(select(func.max(AppointmentRow.id))).scalar_one()
    return noted, patient, visit


def _plain(values: Any) -> Any:
    """The values without the drivers' wrappers around bytes."""
    if isinstance(values, dict):
        return {name: _plain(value) for name, value in values.items()}
    if isinstance(values, list | tuple):
        return type(values)(_plain(value) for value in values)
    if isinstance(values, Binary):
        return bytes(values.obj)
    return bytes(values) if isinstance(values, memoryview) else values


def _compare(mine: Any, theirs: Any, varying: dict[Any, str], made: set[int]) -> None:
    if isinstance(mine, dict):
        mine, theirs = list(mine.values()), list(theirs.values())
    if isinstance(mine, list | tuple):
        for one, other in zip(mine, theirs, strict=True):
            _compare(one, other, varying, made)
    elif isinstance(mine, Json):
        return
    elif mine != theirs and mine not in made:
        is_time = isinstance(mine, int | datetime) or (
            isinstance(mine, str) and mine[4:5] == "-" and "T" in mine
        )
        varying[mine] = "time" if is_time else "bytes" if isinstance(mine, bytes) else "text"


def _shift(recorded: dict[str, Any], slot: Slot) -> dict[str, int]:
    return {"shift": epoch(slot.start) - recorded["start"], "practitioner": slot.practitioner_id}


if __name__ == "__main__":
    main()
