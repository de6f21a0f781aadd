"""Reads the texts that a clinic without a text company writes into a folder instead."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

MOST = 100
LARGEST = 20_000
"""Bytes; our own texts have a few hundred."""


@dataclass(frozen=True, slots=True)
class ShownText:
    """One text as its reader sees it; `sent` is aware UTC."""

    to: str
    words: str
    sent: datetime
    parts: int


def all_texts(folder: Path) -> list[ShownText]:
    """The newest texts in the folder, the newest first; none when there is no folder yet."""
    found = [text for path in _newest(folder) if (text := _read(path)) is not None]
    return sorted(found, key=lambda text: text.sent, reverse=True)


def _newest(folder: Path) -> Iterator[Path]:
    dated = sorted(((path.stat().st_mtime, path) for path in folder.glob("*.json")), reverse=True)
    return (path for _when, path in dated[:MOST])


def _read(path: Path) -> ShownText | None:
    """The text in a file; None when the file is none of ours."""
    if path.stat().st_size > LARGEST:
        return None
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        sent = datetime.fromisoformat(kept["at"])
        shown = ShownText(str(kept["to"]), str(kept["body"]), sent, int(kept["parts"]))
    except (ValueError, KeyError, TypeError):
        return None
    return shown if sent.tzinfo is not None else None
