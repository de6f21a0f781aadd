"""The program's diary: one JSON line an event, with ids and never names, rules and never addresses.

An exception is written as its type and the lines it passed through. Its message is left out, because database and
library errors like to quote the values they stumbled over, and those may be somebody's data.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import TracebackType

from scheduler.config import ROOT

LOGGER = "scheduler"
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def start(level: int = logging.INFO) -> None:
    """Write everything the program says to standard error as JSON; call once per process, again does no harm."""
    # What no line of ours shows need not be found out for each.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger(LOGGER)
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False


def note(area: str, event: str, facts: Mapping[str, object], level: int = logging.INFO) -> None:
    """Write one event of an area ("access", "worker") with its facts: ids, counts, codes, durations."""
    _logger(area).log(level, event, extra={"facts": facts})


@cache
def _logger(area: str) -> logging.Logger:
    return logging.getLogger(f"{LOGGER}.{area}")


def accident(facts: Mapping[str, object], exc_info: ExcInfo) -> None:
    """Write that something broke: the exception's type and places, never its message."""
    logging.getLogger(f"{LOGGER}.accident").error("accident", exc_info=exc_info, extra={"facts": dict(facts)})


class JsonLines(logging.Formatter):
    """One record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, area, event, facts; an exception as type and places."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "area": record.name.removeprefix(f"{LOGGER}."),
            "event": str(record.msg),
        }
        line.update(getattr(record, "facts", {}))
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["places"] = _places(record.exc_info[2])
        return _AS_JSON(line)


_AS_JSON = json.JSONEncoder(ensure_ascii=False, default=str).encode


def _places(trace: TracebackType | None) -> list[str]:
    """Where an exception came through: files of ours by their path in the project, others by their name."""
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]


def _short(filename: str) -> str:
    path = Path(filename)
    return (
        str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) and ".venv" not in path.parts else path.name
    )
