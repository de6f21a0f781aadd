"""Works through a mailbox of ten thousand mails: how long, how much memory, and that nothing stops the line.

./dev bench inbox [--mails 10000]

The bare figure beside it is reading the same files and parsing each with the standard library.
"""

from __future__ import annotations

import argparse
import time
from email import message_from_bytes
from pathlib import Path

from scheduler.domain.mailbox_address import FOLDERS
from scheduler.services import mailbox_reading
from scheduler.services.house import House
from scheduler.services.mailbox_reading import Mailbox
from scheduler.services.replies import Trust
from scheduler.worker.mailbox import Maildir
from tests.answer_corpus import OWN, SERVER, of_any_sort
from tests.bench._measure import NOW, engine, table
from tests.memory import resident

ENGINES = ("sqlite", "postgresql")
HEADER = ("engine", "mails", "of them read", "s", "mails/s", "parsing alone, s", "ratio", "memory grew, MB")


def main() -> None:
    """Print one line for each engine."""
    parser = argparse.ArgumentParser(prog="./dev bench inbox")
    parser.add_argument("--mails", type=int, default=10_000)
    mails = parser.parse_args().mails
    rows = []
    for name in ENGINES:
        with engine(name) as (house, _, folder):
            rows.append((name, mails, *_row(house, folder / "mail", mails)))
    table("A mailbox worked through", HEADER, rows)


def _row(house: House, folder: Path, mails: int) -> tuple[object, ...]:
    for part in FOLDERS:
        (folder / part).mkdir(parents=True)
    for number in range(mails):
        (folder / "new" / f"{number:06d}.host").write_bytes(of_any_sort(number))
    began = time.perf_counter()
    for path in sorted((folder / "new").iterdir()):
        message_from_bytes(path.read_bytes())
    bare = time.perf_counter() - began
    before, most = resident(), 0

    def watch() -> bool:
        nonlocal most
        most = max(most, resident())
        return False

    box = Mailbox("bench", lambda: Maildir(folder), Trust(OWN, SERVER))
    began = time.perf_counter()
    looked = mailbox_reading.look(house, box, lambda: NOW, watch)
    took = time.perf_counter() - began
    read = sum(looked.counts.values()) if looked else 0
    grew = round((most - before) / 1e6, 1)
    return read, round(took, 1), round(read / took), round(bare, 1), round(took / bare, 1), grew


if __name__ == "__main__":
    main()
