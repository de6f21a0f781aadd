"""Real processes that reach for the same times, for the race tests: each a program of its own with threads in it."""

from __future__ import annotations

import multiprocessing
import random
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.synchronize import Barrier

from scheduler.domain.appointment import CancelledBy
from scheduler.domain.booking import BookingRequest, MoveRequest
from scheduler.domain.directory import Mode
from scheduler.domain.errors import Refusal, SlotTaken
from scheduler.domain.person import PatientDetails
from scheduler.services import booking, changing, holding, slot_search
from scheduler.services.house import House
from scheduler.services.slot_search import SlotQuery
from tests.engines import NOW, OWNER, SOMEBODY, a_patient, a_request, open_house, query

PROCESSES = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one attempt came to: a word, and how long it took in seconds; for losers, how many alternatives."""

    word: str
    seconds: float
    alternatives: int = 0


def race(url: str, start: datetime, practitioner_id: int, contenders: int) -> list[Outcome]:
    """Let `contenders` people, spread over the processes, book one time at the same moment."""
    share = contenders // PROCESSES
    return _in_processes(
        _race_in_one, [(url, number, start, practitioner_id, share) for number in range(PROCESSES)]
    )


def storm(url: str, rounds: int) -> list[Outcome]:
    """Let every process book, hold, move and cancel at random, `rounds` times each."""
    return _in_processes(_storm_in_one, [(url, number, rounds) for number in range(PROCESSES)])


def _in_processes(work: Callable[..., list[Outcome]], shares: Iterable[tuple[object, ...]]) -> list[Outcome]:
    spawn = multiprocessing.get_context("spawn")
    gate = spawn.Barrier(PROCESSES)
    with spawn.Pool(PROCESSES, _remember, (gate,)) as pool:
        outcomes = pool.starmap(work, shares, chunksize=1)
    return [outcome for share in outcomes for outcome in share]


_gates: list[Barrier] = []


def _remember(gate: Barrier) -> None:
    _gates.append(gate)


def _start_together() -> None:
    _gates[0].wait()


def _race_in_one(url: str, number: int, start: datetime, practitioner_id: int, share: int) -> list[Outcome]:
    house = open_house(url)
    people = [
        a_request(
            house,
            start=start,
            practitioner_id=practitioner_id,
            patient=a_patient(family_name=f"Racer {number} {place}", phone=f"+1915556{number}{place:03d}"),
        )
        for place in range(share)
    ]
    ready = threading.Barrier(share, action=_start_together)

    def book(request: BookingRequest) -> Outcome:
        ready.wait()
        return _timed(lambda: booking.book(house, request, SOMEBODY, NOW))

    with ThreadPoolExecutor(share) as pool:
        outcomes = list(pool.map(book, people))
    house.database.dispose()
    return outcomes


def _storm_in_one(url: str, number: int, rounds: int) -> list[Outcome]:
    house, chance = open_house(url), random.Random(number)
    mine: list[int] = []
    _gates[0].wait()
    outcomes = [_timed(lambda: _anything(house, chance, mine)) for _ in range(rounds)]
    house.database.dispose()
    return outcomes


def _anything(house: House, chance: random.Random, mine: list[int]) -> None:
    """One random act on a narrow stretch of days, so that everybody is in everybody's way."""
    mode = chance.choice([Mode.IN_PERSON, Mode.VIRTUAL])
    asked = query(mode, end=NOW + timedelta(days=4))
    free = slot_search.find(house, asked, NOW, limit=12)
    act = chance.choice(["book", "book", "hold", "move", "cancel"])
    if act == "cancel" and mine:
        changing.cancel(house, mine.pop(), CancelledBy.PATIENT, OWNER, NOW)
    elif not free:
        return
    elif act == "hold":
        _keep_and_perhaps_book(house, chance, asked, chance.choice(free).start, mine)
    elif act == "move" and mine:
        changing.move(
            house, chance.choice(mine), MoveRequest(chance.choice(free).start, Mode.IN_PERSON), OWNER, NOW
        )
    else:
        request = a_request(house, mode, start=chance.choice(free).start, patient=_anybody(chance))
        visit = booking.book(house, request, SOMEBODY, NOW).visit
        assert visit is not None
        mine.append(visit.appointment.id)


def _keep_and_perhaps_book(
    house: House, chance: random.Random, asked: SlotQuery, start: datetime, mine: list[int]
) -> None:
    """Keep a time and, half of the time, book from it: at once, on the edge of its end, or after somebody swept it."""
    hold = holding.hold(house, asked, start, SOMEBODY, NOW)
    if chance.random() < 0.5:
        return
    late = chance.choice([timedelta(), timedelta(minutes=15), timedelta(minutes=20)])
    if late:
        holding.release_lapsed(house, NOW + late)
    request = a_request(house, asked.mode, start=hold.start, hold_id=hold.id, patient=_anybody(chance))
    visit = booking.book(house, request, SOMEBODY, NOW + late).visit
    assert visit is not None
    mine.append(visit.appointment.id)


def _anybody(chance: random.Random) -> PatientDetails:
    """One of some thirty people, so that patients meet themselves, too."""
    return a_patient(family_name=f"Storm {chance.randrange(30)}", phone="+19155550123")


def _timed(act: Callable[[], object]) -> Outcome:
    begun = time.monotonic()
    alternatives = 0
    try:
        act()
        word = "done"
    except SlotTaken as refusal:
        word, alternatives = refusal.code, len(refusal.alternatives)
    except Refusal as refusal:
        word = refusal.code
    except Exception as trouble:  # noqa: BLE001 - a race must report whatever went wrong
        word = f"error: {trouble!r:.200}"
    return Outcome(word, time.monotonic() - begun, alternatives)
