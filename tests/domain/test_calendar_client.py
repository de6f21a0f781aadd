"""Two models of calendar programs end with the one true entry, whatever happens to a visit and however mails arrive.

The one keeps to RFC 5546 (2.1.5): a message counts when its SEQUENCE, or else its DTSTAMP, is newer, and a cancelled
entry is remembered. The other does as Thunderbird and Evolution were seen to do: it replaces what it has, removes at a
CANCEL without a look at the SEQUENCE, and forgets; it needs the mails in their order, which the outbox keeps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations
from typing import Any

import pytest
from icalendar import Calendar

from scheduler.domain.appointment import Status
from scheduler.domain.directory import Mode
from scheduler.domain.invitation import Guest, Method, download, invitation
from scheduler.domain.visit import Visit
from tests.letters import HOST, LINKS, a_visit

GUEST = Guest("Ana", "ana@example.com")
DEEDS = ("move", "move again", "by video", "by phone", "cancel")


def say(sentence: str) -> str:
    return sentence


def after(visit: Visit, deed: str, now: datetime) -> Visit:
    """The visit's next version."""
    before = visit.appointment
    if deed == "cancel":
        return replace(visit, appointment=before.moved_to(Status.CANCELLED, now))
    later = timedelta(days=1 if deed == "move" else 2) if deed.startswith("move") else timedelta(0)
    mode = {"by video": Mode.VIRTUAL, "by phone": Mode.PHONE}.get(deed, before.mode)
    changed = replace(
        before,
        mode=mode,
        start=before.start + later,
        end=before.end + later,
        sequence=before.sequence + 1,
        changed_at=before.next_stamp(now),
    )
    return replace(visit, appointment=changed)


def mail(visit: Visit) -> bytes:
    method = Method.CANCEL if visit.appointment.status is Status.CANCELLED else Method.REQUEST
    return invitation(visit, method=method, guest=GUEST, host=HOST, links=LINKS, say=say)


def histories() -> Iterator[tuple[str, ...]]:
    """Every order of every choice of deeds; nothing comes after a cancellation."""
    for length in range(len(DEEDS) + 1):
        for deeds in permutations(DEEDS, length):
            if "cancel" not in deeds[:-1]:
                yield deeds


def lived_through(deeds: tuple[str, ...], *, at_once: bool = False) -> list[Visit]:
    """The visit at each of its versions; `at_once` when all of it happened within one second."""
    visits = [a_visit()]
    for turn, deed in enumerate(deeds, start=1):
        wait = timedelta(0) if at_once else timedelta(minutes=turn)
        visits.append(after(visits[-1], deed, visits[0].appointment.changed_at + wait))
    return visits


@dataclass
class Entry:
    """What a program shows."""

    sequence: int
    stamp: datetime
    start: datetime
    place: str
    is_off: bool


@dataclass
class Program:
    """A calendar program; `keeps_order` when it holds versions against each other."""

    keeps_order: bool
    entries: dict[str, Entry] = field(default_factory=dict)

    def take(self, written: bytes) -> None:
        """A message arrives."""
        calendar: Any = Calendar.from_ical(written)
        (event,) = calendar.walk("VEVENT")
        uid, is_off = str(event["UID"]), calendar["METHOD"] == "CANCEL"
        new = Entry(event["SEQUENCE"], event["DTSTAMP"].dt, event.start, str(event["LOCATION"]), is_off)
        old = self.entries.get(uid)
        if not self.keeps_order and is_off:
            self.entries.pop(uid, None)
        elif not self.keeps_order or old is None or (new.sequence, new.stamp) > (old.sequence, old.stamp):
            self.entries[uid] = new

    @property
    def shown(self) -> list[Entry]:
        """What stands in the calendar."""
        return [entry for entry in self.entries.values() if not entry.is_off]


def holds_the_truth(program: Program, last: Visit) -> bool:
    """Say whether exactly the visit's last version is shown, as the file for downloading has it."""
    if last.appointment.status is Status.CANCELLED:
        return program.shown == []
    truth: Any = Calendar.from_ical(download(last, host=HOST, links=LINKS, say=say)).walk("VEVENT")[0]
    (shown,) = program.shown
    return (shown.sequence, shown.start, shown.place) == (
        truth["SEQUENCE"],
        truth.start,
        str(truth["LOCATION"]),
    )


@pytest.mark.parametrize("at_once", [False, True], ids=["minutes apart", "within one second"])
def test_every_history_ends_with_the_one_true_entry_in_both_programs(at_once: bool) -> None:
    for deeds in histories():
        visits = lived_through(deeds, at_once=at_once)
        for keeps_order in (True, False):
            program = Program(keeps_order)
            for visit in visits:
                program.take(mail(visit))
            assert holds_the_truth(program, visits[-1]), deeds
            assert len(program.entries) <= 1


def test_a_program_that_keeps_to_the_rules_may_get_the_mails_in_any_order_and_twice() -> None:
    for deeds in histories():
        if len(deeds) != 3:
            continue
        visits = lived_through(deeds, at_once=True)
        for order in permutations(visits):
            program = Program(keeps_order=True)
            for visit in (*order, order[0]):
                program.take(mail(visit))
            assert holds_the_truth(program, visits[-1]), (
                deeds,
                [each.appointment.sequence for each in order],
            )


def test_each_version_is_newer_than_the_one_before_by_both_marks() -> None:
    for deeds in histories():
        marks = [
            (visit.appointment.sequence, visit.appointment.changed_at.astimezone(UTC))
            for visit in lived_through(deeds, at_once=True)
        ]
        assert [sequence for sequence, _ in marks] == list(range(len(marks)))
        assert all(earlier < later for (_, earlier), (_, later) in pairwise(marks))
