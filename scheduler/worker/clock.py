"""The worker's clock: it says when to look, and the database says what is owed.

Context. APScheduler loses or doubles jobs when its store is shared, when its process sleeps, or when the wall clock is
set back. None of that may lose or double a message.

Decision. It holds a handful of ticks in memory and no business of the clinic's: drain the outbox, take back what a
crash left lying, tidy up, seal the audit, show that the worker lives. Every truth and every claim is a row. The main
thread waits for the signal to stop; every few seconds of the monotonic clock it looks whether a tick lies farther ahead
than its own interval, which means that the wall clock was set back, and pulls it forward.

Consequence. Any number of workers may run; two do no harm, and a killed one leaves nothing that another cannot finish.
This is the only file of the worker that reads the time or opens the database.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from scheduler import journal
from scheduler.config import Settings
from scheduler.domain.hand_over import Circuit
from scheduler.domain.notification import Channel
from scheduler.persistence.database import Database
from scheduler.persistence.vault import KeyRing, Vault
from scheduler.services import (
    delivery,
    doubts,
    sealing,
    timed_actions,
)
from scheduler.services.delivery import Drained
from scheduler.services.house import House
from scheduler.services.mailbox_reading import Mailbox
from scheduler.services.post_room import PostRoom
from scheduler.services.provider_choice import SharedChoice
from scheduler.worker import mailbox, providers
from scheduler.worker.mail import Mailer
from scheduler.worker.rounds import Rounds
from scheduler.worker.sms import Texter

POLL = timedelta(seconds=0.5)
"""How long a new message may lie unseen, at most."""

SOONEST = timedelta(seconds=0.02)
HANDFUL = 2
"""How many messages one lane sends by itself."""

SLACK = timedelta(seconds=2)
WATCH_SECONDS = 3.0
DRAIN_SECONDS = 5
REAP_SECONDS = 10
SEAL_SECONDS = 5
BEAT_SECONDS = 10
TIDY_SECONDS = 60
MAILBOX_SECONDS = 30
RECHECK_SECONDS = 3600
CALENDAR_SECONDS = 15
ARCHIVE_SECONDS = 3600
LISTEN_SECONDS = 1.0
LANES, LANES_OF_A_FILE = 3, 2
"""How many messages of one channel one worker has on their way at a time: they share the waits for the disk. So many
mails may come twice when it is killed; on SQLite, where writers queue, a message waits longest for being written down.
"""
_STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Clock:
    """One worker: its ticks, and what they need."""

    def __init__(
        self, room: PostRoom, anchor: Path, *others: PostRoom, mailbox: Mailbox | None = None
    ) -> None:
        self.room = room
        self.rooms = (room, *others)
        self.house = room.house
        self.stopping = threading.Event()
        self._looking = threading.Lock()
        self.rounds = Rounds(room.house, anchor, self.now, self.stopping.is_set, mailbox)
        channels = [each.carrier.channel for each in self.rooms]
        self._first_lanes = sorted({channels.index(channel) for channel in channels})
        self._circuits = {each.carrier.channel: Circuit() for each in self.rooms}
        self._draining = [threading.Lock() for _ in self.rooms]
        self._listener = threading.Thread(target=self._listen, name="listener", daemon=True)
        self._ticks = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(5 + len(self.rooms))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def now(self) -> datetime:
        """This worker's moment, for what need not agree between nodes."""
        return datetime.now(UTC) + self.room.offset

    def start(self) -> None:
        """Begin to tick."""
        # It would complain each time a tick is due while the last one still runs, which is as it should be.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        for lane, room in enumerate(self.rooms):
            self._every(DRAIN_SECONDS, _drain_of(lane, room), partial(self.drain, lane))
        self._every(DRAIN_SECONDS, "chores", self.do_chores)
        self._every(REAP_SECONDS, "reap", self.reap)
        self._every(SEAL_SECONDS, "seal", self.rounds.seal)
        self._every(BEAT_SECONDS, "beat", self.rounds.beat)
        self._every(TIDY_SECONDS, "tidy", self.rounds.tidy)
        if self.rounds.mailbox is not None:
            self._every(MAILBOX_SECONDS, "mailbox", self.rounds.read_mailbox)
        self._every(RECHECK_SECONDS, "recheck", self.rounds.recheck)
        self._every(ARCHIVE_SECONDS, "archive", self.rounds.archive)
        self._every(CALENDAR_SECONDS, "calendars", self.rounds.read_calendars)
        self._ticks.start()
        self.house.database.after_commit.append(self.nudge)
        self._listener.start()

    def nudge(self) -> None:
        """Look now: something was owed a moment ago."""
        for lane in self._first_lanes:
            self._look(_drain_of(lane, self.rooms[lane]), timedelta(0))

    def _listen(self) -> None:
        """Be woken by the database, where it can wake; a line that breaks is opened anew."""
        while not self.stopping.is_set():
            try:
                self.house.database.listen(self.nudge, self.stopping.is_set, LISTEN_SECONDS)
            except Exception:  # noqa: BLE001 - without a wake-up the next look finds what is due
                self.stopping.wait(LISTEN_SECONDS)
            else:
                return

    def _look(self, name: str, wait: timedelta) -> None:
        """Pull a tick to so soon from now, if it is still on the list and the worker is not about to stop.

        The end of the ticks waits for running ones while it holds the list's lock; whoever asked for the list then
        would wait for ever. So nobody asks once `stopping` is set, and `stop` waits for those who asked just before.
        """
        with self._looking:
            if self.stopping.is_set():
                return
            with suppress(JobLookupError):
                self._ticks.modify_job(name, next_run_time=datetime.now(UTC) + wait)

    def _every(self, seconds: float, name: str, tick: Callable[[], None]) -> None:
        careful = _careful(name, tick)
        self._ticks.add_job(careful, "interval", seconds=seconds, id=name, next_run_time=datetime.now(UTC))

    def drain(self, lane: int = 0) -> None:
        """Send what is due of one lane's channel; the channel's first lane looks again when the next one is due."""
        with self._draining[lane]:
            wait = self._drain_until_idle(lane)
            if lane in self._first_lanes and not self.stopping.is_set():
                self._look(_drain_of(lane, self.rooms[lane]), wait)

    def _share(self, lane: int) -> int:
        """How many of the due messages one lane takes: its part, so that none waits behind many while a lane idles.

        Where there is more than one lane sends in a moment, the channel's other lanes are called.
        """
        channel = self.rooms[lane].carrier.channel
        lanes = [other for other, room in enumerate(self.rooms) if room.carrier.channel is channel]
        due = delivery.due(self.rooms[lane], delivery.BATCH * len(lanes))
        for other in lanes if due > HANDFUL else ():
            if not self._draining[other].locked():
                self._look(_drain_of(other, self.rooms[other]), timedelta(0))
        return max(1, -(-due // len(lanes)))

    def _drain_until_idle(self, lane: int) -> timedelta:
        room = self.rooms[lane]
        channel = room.carrier.channel
        while True:
            share = self._share(lane)
            done = delivery.drain(room, self._circuits[channel], stop=self.stopping.is_set, most=share)
            self._report(room, done)
            self._circuits[channel] = done.circuit
            if self.stopping.is_set() or done.circuit.is_broken or not done.handled:
                return _until_next(done)

    def do_chores(self) -> None:
        """Do what the clinic does by itself at its time."""
        offset = self.room.offset
        timed_actions.carry_out(self.house, offset, stop=self.stopping.is_set)
        waiting = timed_actions.next_due(self.house, offset)
        if waiting is not None and not self.stopping.is_set():
            self._look("chores", max(SOONEST, min(waiting, timedelta(seconds=DRAIN_SECONDS))))

    def _report(self, room: PostRoom, done: Drained) -> None:
        """Say what did not leave and why, and when the post goes away and comes back."""
        for trouble in done.troubles:
            facts = {"message": trouble.message, "result": trouble.result.value, "reason": trouble.reason}
            journal.note("worker", "message not sent", facts, logging.WARNING)
        if done.circuit.is_broken != self._circuits[room.carrier.channel].is_broken:
            event = "post cannot be reached" if done.circuit.is_broken else "post can be reached"
            journal.note("worker", event, {"channel": room.carrier.channel.value})

    def reap(self) -> None:
        """Take back what crashed workers left lying."""
        moved = {state.value: count for state, count in delivery.reap(self.room).items() if count}
        if moved:
            journal.note("worker", "leases ran out", moved)
        for room in (self.rooms[lane] for lane in self._first_lanes):
            settled = {state.value: count for state, count in doubts.resolve(room).items()}
            if settled:
                journal.note("worker", "doubts settled", {"channel": room.carrier.channel.value, **settled})

    def watch(self) -> None:
        """Pull forward what lies farther ahead than its own interval: the wall clock was set back."""
        now = datetime.now(UTC)
        for job in self._ticks.get_jobs():
            if job.next_run_time and job.next_run_time - now > job.trigger.interval + SLACK:
                job.modify(next_run_time=now)

    def stop(self) -> None:
        """Finish the hand-over in flight, give back what was only claimed, and end."""
        self.stopping.set()
        with self._looking:  # whoever comes later sees the flag
            pass
        with suppress(ValueError):
            self.house.database.after_commit.remove(self.nudge)
        for draining in self._draining:
            with draining:  # shutting down holds a lock that the end of a drain needs
                pass
        self._ticks.shutdown(wait=True)
        if self._listener.is_alive():
            self._listener.join(LISTEN_SECONDS + 1)


def _drain_of(lane: int, room: PostRoom) -> str:
    return f"drain {room.carrier.channel.value} {lane}"


def _careful(name: str, tick: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            tick()
        except Exception:  # noqa: BLE001 - one failed tick must not end the others
            journal.accident({"tick": name}, sys.exc_info())

    return run


def _until_next(done: Drained) -> timedelta:
    """When to look again: at the next due message, at latest after one poll."""
    if done.handled or done.idle_for is None or done.idle_for <= timedelta(0):
        return POLL
    return max(SOONEST, min(done.idle_for, POLL))


def run(settings: Settings) -> None:
    """Be a worker until SIGTERM, SIGINT or SIGHUP. The entry of `flask worker`."""
    # Blocked before any thread starts, so that the main thread alone receives them, in sigtimedwait below.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)
    journal.start()
    with ticking(settings) as clock:
        journal.note("worker", "worker started", {"node": clock.rounds.node})
        while signal.sigtimedwait(_STOP, WATCH_SECONDS) is None:
            clock.watch()
    journal.note("worker", "worker stopped", {"node": clock.rounds.node})


@contextmanager
def ticking(settings: Settings) -> Iterator[Clock]:
    """A clock with all that it needs, ticking until the end. Any process may hold one, and any number of them."""
    database = Database(settings.database_url)
    lanes = LANES_OF_A_FILE if database.is_sqlite else LANES
    house = House(database, Vault(KeyRing.of(settings.encryption_keys)), _host(settings))
    base, offset = settings.base_url, settings.now_offset
    by_mail, by_text = (SharedChoice(house, channel, offset) for channel in (Channel.EMAIL, Channel.SMS))
    mails = [providers.post_offices(settings, by_mail) for _ in range(lanes)]
    texts = [providers.gateways(settings, by_text) for _ in range(lanes)]
    rooms = [PostRoom(house, Mailer(each, settings.mail_from, base), base, offset) for each in mails]
    rooms += [PostRoom(house, Texter(each, base), base, offset) for each in texts]
    read = mailbox.mailbox_of(settings)
    clock = Clock(rooms[0], settings.instance_path / sealing.ANCHOR_FILE, *rooms[1:], mailbox=read)
    clock.start()
    yield clock
    clock.stop()
    for office, gateway in zip(mails, texts, strict=True):
        office.close()
        gateway.close()
    database.dispose()


def _host(settings: Settings) -> str:
    return urlsplit(settings.base_url).hostname or "localhost"
