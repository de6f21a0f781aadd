"""Has clinicians' own calendars read, each by a process of its own, and ends one that takes too long."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from scheduler import journal
from scheduler.domain.outside_calendar import Reading, Trouble, Validators
from scheduler.services import outside_calendars
from scheduler.services.house import House
from scheduler.services.outside_calendars import Job

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 30.0
"""For the whole of it, from the first look-up to the last repeat of the last event."""

STEP = 0.25
_HANDED_DOWN = ("PATH", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", "COVERAGE_PROCESS_START")


def read_due(house: House, now: Callable[[], datetime], stop: Callable[[], bool]) -> None:
    """Read every calendar that is due, one after the other, and settle what came of each."""
    while not stop():
        job = outside_calendars.take(house, now())
        reading = read(job, stop=stop) if job else None
        if job is None or reading is None:
            return
        outside_calendars.settle(house, job, reading, now())
        if reading.trouble:
            facts = {"calendar": job.id, "trouble": reading.trouble.value}
            journal.note("worker", "calendar not read", facts, logging.WARNING)


def read(job: Job, *, stop: Callable[[], bool] = bool, seconds: float = SECONDS) -> Reading | None:
    """Have one calendar read; None when the worker is about to stop and nothing came of it."""
    asked = {
        "address": job.address,
        "etag": job.validators.etag,
        "modified": job.validators.modified,
        "window": job.window,
        "zone": job.zone,
        "own_domain": job.own_domain,
    }
    told = _run(json.dumps(asked), stop, seconds)
    if told is None:
        return None if stop() else Reading(trouble=Trouble.TOO_SLOW)
    return _reading(told)


def _run(asked: str, stop: Callable[[], bool], seconds: float) -> str | None:
    """What the process printed; None when it was ended or failed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "scheduler.worker.calendar_reader"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env={name: os.environ[name] for name in _HANDED_DOWN if name in os.environ},
    )
    with process:
        told = _wait(process, asked, stop, seconds)
        if told is None:
            process.kill()
    return told if process.returncode == 0 else None


def _wait(process: subprocess.Popen[str], asked: str, stop: Callable[[], bool], seconds: float) -> str | None:
    left = seconds
    question: str | None = asked
    while left > 0 and not stop():
        try:
            return process.communicate(question, timeout=STEP)[0]
        except subprocess.TimeoutExpired:
            left, question = left - STEP, None  # the question was put already
    return None


def _reading(told: str) -> Reading:
    said = json.loads(told)
    if said["trouble"]:
        return Reading(trouble=Trouble(said["trouble"]))
    validators = Validators(said["etag"], said["modified"])
    if said["busy"] is None:
        return Reading(None, validators)
    return Reading(tuple((start, end) for start, end in said["busy"]), validators)
