"""Reads one foreign calendar in a process of its own: fetches it, works out when its owner is busy, prints that.

Whatever a foreign file does to whoever reads it happens here and ends with this process: it has limits of time and
memory, may write no file, and was given neither keys nor the database. What to read comes on its standard input, since
the address is a secret that must not stand in the list of processes.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.domain.busy_times import NoCalendar, TooMany, busy_times
from scheduler.domain.outside_calendar import Reading, Trouble, Validators
from scheduler.worker import guarded_fetch
from scheduler.worker.guarded_fetch import Net, Refused

CPU_SECONDS = 15
MEMORY = 1_000_000_000


def main() -> int:
    """Read what standard input asks for; one line of JSON says what came of it."""
    _limit()
    json.dump(written(read(json.load(sys.stdin), guarded_fetch.internet())), sys.stdout)
    return 0


def read(asked: dict[str, Any], net: Net) -> Reading:
    """Fetch and read the calendar that is asked for."""
    known = Validators(asked["etag"], asked["modified"])
    try:
        fetched = guarded_fetch.fetch(asked["address"], known, net)
        if fetched.body is None:
            return Reading(None, known)
        start, end = asked["window"]
        busy = busy_times(fetched.body, (start, end), ZoneInfo(asked["zone"]), asked["own_domain"])
    except Refused as refusal:
        return Reading(trouble=refusal.trouble)
    except NoCalendar:
        return Reading(trouble=Trouble.NO_CALENDAR)
    except (TooMany, MemoryError, RecursionError):
        return Reading(trouble=Trouble.TOO_MANY)
    return Reading(tuple(busy), fetched.validators)


def written(reading: Reading) -> dict[str, Any]:
    """What came of it, as JSON has it."""
    return {
        "busy": reading.busy,
        "etag": reading.validators.etag,
        "modified": reading.validators.modified,
        "trouble": reading.trouble,
    }


def _limit() -> None:
    """Less time, less memory and no files from here on."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
