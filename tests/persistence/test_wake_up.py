"""A booking wakes the workers at once where the database can, and costs nothing where it cannot."""

from __future__ import annotations

import threading
import time

from scheduler.services.house import House
from tests.post import book


def test_a_booking_wakes_whoever_listens(house: House) -> None:
    woken: list[float] = []
    over = threading.Event()
    listener = threading.Thread(
        target=house.database.listen, args=(lambda: woken.append(time.monotonic()), over.is_set, 0.2)
    )
    listener.start()
    try:
        if house.database.is_sqlite:
            listener.join(5)
            assert not listener.is_alive(), "there is nothing to listen to"
            return
        _wait_for(woken, 1)
        book(house)
        booked_at = time.monotonic()
        _wait_for(woken, 2)
        assert woken[-1] - booked_at < 2
    finally:
        over.set()
        listener.join(5)


def _wait_for(woken: list[float], times: int) -> None:
    until = time.monotonic() + 10
    while len(woken) < times:
        assert time.monotonic() < until, "nobody was woken"
        time.sleep(0.01)
