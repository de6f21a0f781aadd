"""Measures the post of video visits: a hundred waiting rooms and fifty calls that all breathe at their own pace.

    ./dev bench visit [--seconds 20] [--engines sqlite]

Every page is a client of its own with a connection and a session, and asks again when the answer tells it to, as the
real one does: each second whoever is next in line, every two seconds the others and either end of a call. What counts
is the share of one core that the server uses, how long answers take, and the cost of one answer over that of a bare
view that asks the database one thing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import socket
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, build_opener

from scheduler.domain.actor import SYSTEM
from scheduler.services import consulting, founding, staffing
from scheduler.services.house import House
from tests.bench._measure import NOW, engine, served, table
from tests.video_rooms import Soon, a_visit_soon, sit_down

ENGINES = ("sqlite", "postgresql")
WAITING, CALLS = 100, 50
MOST_CORE, MOST_P95 = 0.25, 50.0
"""The limits: a quarter of one core, and milliseconds of the slowest twentieth."""

EMAIL, PASSWORD = "clinician@example.com", "correct horse battery"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Page:
    """One open page: where it breathes, how often, and what its browser carries."""

    path: str
    every: float
    cookie: str
    csrf: str
    instance: str
    talks: bool = False


def main() -> None:
    """Print one row an engine, and fail when a limit is broken."""
    parser = argparse.ArgumentParser(prog="./dev bench visit")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    options = parser.parse_args()
    seconds = options.seconds
    rows: list[tuple[object, ...]] = []
    broken = False
    for name in options.engines:
        with engine(name) as (house, url, folder):
            waiting, calls = _visits(replace(house, host="127.0.0.1"))
            with served("wsgi:app", url, folder) as ours:
                pages = _paced(ours, [*_patients(ours, [*waiting, *calls]), *_clinicians(ours, calls)])
                core, taken = _measured(ours, pages, seconds)
            with served("tests.bench._bare:app", url, folder) as bare:
                floor, _ = _measured(bare, _bare_pages(pages), seconds)
        p95 = statistics.quantiles(taken, n=20)[-1]
        broken |= core > MOST_CORE or p95 > MOST_P95
        rows.append(
            (name, len(pages), len(taken) / seconds, core * 100, statistics.median(taken), p95, core / floor)
        )
    header = ("engine", "pages", "answers /s", "% of a core", "p50 ms", "p95 ms", "cost over a bare answer")
    table("A hundred waiting rooms and fifty calls", header, rows)
    if broken:
        raise SystemExit(f"over the limit of {MOST_CORE:.0%} of a core or {MOST_P95:.0f} ms")


def _visits(house: House) -> tuple[list[Soon], list[Soon]]:
    """Visits of one clinician in the next half hour: those who wait, and those in a call."""
    founding.found(house.database, SYSTEM, NOW)
    with house.database.reading() as connection:
        doctor = house.clinic(connection).practitioners[0].id
    found = [a_visit_soon(house, NOW, 1 + turn % 25, practitioner=doctor) for turn in range(WAITING + CALLS)]
    for soon in found:
        sit_down(house, soon, NOW)
    for soon in found[WAITING:]:
        consulting.admit(house, soon.number, soon.clinician, NOW)
    staffing.create_user(
        house.database,
        email=EMAIL,
        name="Clinician",
        roles=["clinician"],
        password=PASSWORD,
        now=NOW,
        actor=SYSTEM,
        practitioner_id=doctor,
    )
    return found[:WAITING], found[WAITING:]


def _patients(base: str, visits: Iterable[Soon]) -> list[Page]:
    pages = []
    for number, soon in enumerate(visits):
        opener = build_opener(jar := HTTPCookieProcessor(CookieJar()))
        html = opener.open(f"{base}/visit/{soon.token}/room").read().decode()
        path, talks = f"/visit/{soon.token}/breath", number >= WAITING
        pages.append(Page(path, 1.0, _cookie(jar), _csrf(html), f"{number:032x}", talks))
    return pages


def _clinicians(base: str, calls: Iterable[Soon]) -> list[Page]:
    opener = build_opener(jar := HTTPCookieProcessor(CookieJar()))
    form = opener.open(f"{base}/sign-in").read().decode()
    token = re.findall(r'name="csrf_token" value="([^"]+)"', form)[0]
    typed = urlencode({"email": EMAIL, "password": PASSWORD, "csrf_token": token})
    opener.open(f"{base}/sign-in", typed.encode())
    pages = []
    for number, soon in enumerate(calls):
        html = opener.open(f"{base}/clinic/visits/{soon.public_id}").read().decode()
        path = f"/clinic/visits/{soon.public_id}/breath"
        pages.append(Page(path, 1.0, _cookie(jar), _csrf(html), f"{number + 10_000:032x}", True))
    return pages


def _paced(base: str, pages: Iterable[Page]) -> list[Page]:
    """The pages, each at the pace that its first two answers tell it; the second comes when all are there."""
    first = list(pages)
    for page in first:
        _pause(base, page)
    return [replace(page, every=_pause(base, page) / 1000) for page in first]


def _pause(base: str, page: Page) -> float:
    """What one question is answered: milliseconds until the next."""
    parts = urlsplit(base)
    with (
        socket.create_connection((parts.hostname or "", parts.port or 80)) as line,
        line.makefile("rb") as told,
    ):
        line.sendall(_request(parts.netloc, page))
        length = 0
        while (row := told.readline()) not in {b"\r\n", b""}:
            name, _, value = row.decode().partition(":")
            length = int(value) if name.lower() == "content-length" else length
        return float(json.loads(told.read(length))["pause"])


def _bare_pages(pages: Iterable[Page]) -> list[Page]:
    """The same rhythm against a view that asks one thing."""
    return [Page("/select", page.every, "", "", "") for page in pages]


def _cookie(jar: HTTPCookieProcessor) -> str:
    return "; ".join(f"{one.name}={one.value}" for one in jar.cookiejar)


def _csrf(html: str) -> str:
    return str(re.findall(r'data-csrf="([^"]+)"', html)[0])


def _measured(base: str, pages: list[Page], seconds: int) -> tuple[float, list[float]]:
    """The share of one core that the server used, and the milliseconds of every answer."""
    asyncio.run(_breathe(base, pages, 3))
    processes = _processes(base)
    before, begun = _ticks(processes), time.monotonic()
    taken = asyncio.run(_breathe(base, pages, seconds))
    return (_ticks(processes) - before) / TICKS / (time.monotonic() - begun), taken


async def _breathe(base: str, pages: list[Page], seconds: float) -> list[float]:
    taken: list[float] = []
    until = time.monotonic() + seconds
    await asyncio.gather(
        *(_one(base, page, turn / len(pages), until, taken) for turn, page in enumerate(pages))
    )
    return taken


async def _one(base: str, page: Page, shift: float, until: float, taken: list[float]) -> None:
    parts = urlsplit(base)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    await asyncio.sleep(shift * page.every)
    while (begun := time.monotonic()) < until:
        writer.write(_request(parts.netloc, page))
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        body = await reader.readexactly(int(length.group(1))) if length else b""
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"{page.path}: {head[:200]!r} {body[:300]!r}")
        taken.append((time.monotonic() - begun) * 1000)
        await asyncio.sleep(max(0.0, page.every - (time.monotonic() - begun)))
    writer.close()


def _request(host: str, page: Page) -> bytes:
    if not page.instance:
        return f"GET {page.path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    said = {"instance": page.instance, "device": page.instance, "since": 0, "notes": []}
    said |= {"connected": page.talks, "quality": "good" if page.talks else None}
    body = json.dumps(said)
    head = (
        f"POST {page.path} HTTP/1.1\r\nHost: {host}\r\nCookie: {page.cookie}\r\nX-CSRFToken: {page.csrf}\r\n"
        f"Content-Type: application/json\r\nAccept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body.encode()


def _processes(base: str) -> list[Path]:
    """The server's processes, by the address in their command lines."""
    address = urlsplit(base).netloc.encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if address in path.read_bytes():
                found.append(path.parent / "stat")
        except OSError:
            continue
    return found


def _ticks(processes: list[Path]) -> int:
    """Processor time so far: user and system, in clock ticks (proc(5), fields 14 and 15)."""
    return sum(sum(map(int, path.read_text().rpartition(")")[2].split()[11:13])) for path in processes)


if __name__ == "__main__":
    main()
