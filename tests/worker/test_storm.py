"""Workers that are killed in the middle of it lose nothing, and send nothing twice that is not marked."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from scheduler.services.house import House
from tests import storm

MESSAGES = 240
KILLS = 4
WORKERS = 2


@pytest.mark.slow
def test_workers_killed_while_they_send_lose_nothing_and_mark_every_doubt(
    house: House, founded_url: str, tmp_path: Path
) -> None:
    owed = storm.owe_many(house, MESSAGES)
    assert owed > MESSAGES // 2
    mails_twice_per_kill = 2 if house.database.is_sqlite else 1
    with storm.judging(tmp_path) as judge, storm.Crew(founded_url, tmp_path, judge) as crew:
        for _ in range(WORKERS):
            crew.hire()
        _wait_for_the_first(judge)
        for _ in range(KILLS):
            time.sleep(crew.chance.uniform(0.05, 0.4))
            crew.kill_one()
        storm.settle(house, 55)
        assert crew.dismiss() == [0] * WORKERS
        found = storm.verdict(house, judge.lines())
    assert found.states == {"sent": owed}
    assert (found.lost, found.text_twice, found.unmarked) == (0, 0, 0)
    assert found.mail_twice <= mails_twice_per_kill * crew.kills


def _wait_for_the_first(judge: storm.Judge) -> None:
    until = time.monotonic() + 40
    while not judge.lines():
        assert time.monotonic() < until, "no worker began to send"
        time.sleep(0.05)
