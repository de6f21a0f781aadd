"""The call's own post: each page says every second or two that it is there, leaves notes for the other, takes its own.

Context. Two browsers must tell each other their addresses before they can speak. A socket that stays open holds a
thread of the server for each page; one short question a second does not, needs no sticky sessions, and works alike with
several processes and machines: everything stands in the database.

Decision. Every breath is looked at afresh: this visit, within its hours, this party, the page that speaks for it, and
let in by the clinician. Only then are notes taken or handed out. That a party is there is written every few seconds,
not each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.allowance import FLOODS_NOTED, network_of
from scheduler.domain.appointment import Appointment
from scheduler.domain.directory import Mode
from scheduler.domain.errors import TooManyAttempts
from scheduler.domain.signalling import MOST_KEPT, Heard, Peer, Told
from scheduler.domain.telehealth import (
    CALLERS,
    NotAdmitted,
    Party,
    RoomClosed,
    Stage,
    VideoVisit,
)
from scheduler.persistence import appointments, audit, video_visits, visit_parties, visit_signals
from scheduler.persistence.visit_parties import Present
from scheduler.services import call_moves, restraint
from scheduler.services.house import House

SAID_EVERY = timedelta(seconds=4)
"""How often it is written that a party is there."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whose page it is: the party, and which one of its kind."""

    kind: Party
    holder: str


PATIENT = Speaker(Party.PATIENT, "patient")
CLINICIAN = Speaker(Party.CLINICIAN, "clinician")


@dataclass(frozen=True, slots=True)
class _Scene:
    """One look at a visit: everything a breath is judged by."""

    appointment: Appointment
    call: VideoVisit
    people: list[Present]
    mine: Present | None

    def is_mine(self, told: Told) -> bool:
        return self.mine is not None and self.mine.instance == told.instance

    def may_take(self, told: Told, now: datetime) -> bool:
        """A page speaks for its party when nobody else does, after its own reload, or when its owner says so."""
        if self.mine is None or not self.mine.instance or not self.mine.is_here(now) or told.takes:
            return True
        return told.is_fresh and self.mine.device == told.device


def breathe(
    house: House, appointment_id: int, speaker: Speaker, told: Told, actor: Actor, now: datetime
) -> Heard:
    """Take what a page says and tell it what it needs to know.

    :raises RoomClosed: outside the hours of the visit.
    :raises NotAdmitted: when it sends notes and may not; it is written down.
    :raises TooManyAttempts: when the visit holds more notes than any call needs; it is written down.
    """
    with house.database.reading() as connection:
        scene = _look(connection, house, appointment_id, speaker)
        active = scene.is_mine(told)
        heard = _hear(connection, house, scene, told, active, now)
    _refuse_closed(house, scene, told, actor, now)
    if scene.call.stage is Stage.ENDED:
        return heard
    if _is_news(scene, told, active, now):
        return _write(house, scene, speaker, told, actor, now)
    if active and scene.mine is not None and _is_due(scene.mine, told, now):
        with house.database.transaction() as connection:
            visit_parties.see(connection, scene.mine, now, told.quality)
    return heard


def hang_up(house: House, appointment_id: int, speaker: Speaker, instance: str, now: datetime) -> None:
    """Note that a page was closed; the other side is told at its next breath."""
    with house.database.transaction() as connection:
        scene = _look(connection, house, appointment_id, speaker)
        if scene.mine is not None and visit_parties.leave(connection, scene.mine.id, instance, now):
            visit_signals.forget(connection, appointment_id, instance=instance)


def note_flood(house: House, actor: Actor, door: str, now: datetime) -> None:
    """Write down that an address or a link knocks without end: once in a while, however often it knocks."""
    with house.database.transaction() as connection:
        if not restraint.use(connection, house, FLOODS_NOTED, network_of(actor.address), now):
            audit.record(connection, actor, "flood", "door", door[:64], now=now, outcome="blocked")


def _look(connection: Connection, house: House, appointment_id: int, speaker: Speaker) -> _Scene:
    appointment = appointments.get(connection, appointment_id)
    call = call_moves.look(connection, house, appointment)
    people = visit_parties.of_visit(connection, house.vault, appointment_id)
    mine = next((one for one in people if (one.kind, one.holder) == (speaker.kind, speaker.holder)), None)
    return _Scene(appointment, call, people, mine)


def _refuse_closed(house: House, scene: _Scene, told: Told, actor: Actor, now: datetime) -> None:
    appointment = scene.appointment
    stands = appointment.mode is Mode.VIRTUAL and appointment.status in call_moves.STANDS
    if stands and call_moves.window_of(appointment).is_open(now):
        return
    if told.notes:
        _note(house, appointment, actor, now, "closed")
    raise RoomClosed


def _is_news(scene: _Scene, told: Told, active: bool, now: datetime) -> bool:
    """Say whether a breath changes more than when its party was heard of; most change nothing."""
    if told.notes:
        return True
    if not active:
        return scene.may_take(told, now)
    return told.is_connected and scene.call.stage is Stage.ADMITTED


def _is_due(mine: Present, told: Told, now: datetime) -> bool:
    """Say whether it is time to write that a party is here, or its line has changed."""
    return mine.seen_at is None or now - mine.seen_at >= SAID_EVERY or told.quality is not mine.quality


def _write(house: House, scene: _Scene, speaker: Speaker, told: Told, actor: Actor, now: datetime) -> Heard:
    refused = ""
    with house.database.transaction() as connection:
        appointment, call = call_moves.locked(connection, house, scene.appointment.id)
        again = _look(connection, house, appointment.id, speaker)
        active = again.is_mine(told)
        if not active and again.may_take(told, now):
            _take(connection, again, speaker, told, actor, now)
            active = True
        elif active and again.mine is not None:
            visit_parties.see(connection, again.mine, now, told.quality)
        if told.notes:
            refused = _why_not(connection, call, speaker, active)
            if refused:
                call_moves.record(
                    connection, actor, "video-signal", appointment, now, "refused", {"why": refused}
                )
            else:
                _pass_on(connection, house, again, told, now)
        if active and not refused and told.is_connected and call.stage is Stage.ADMITTED:
            call_moves.step(
                connection, house, appointment, call, call.moved_to(Stage.IN_CALL, now), actor, now
            )
        scene = _look(connection, house, appointment.id, speaker)
        heard = _hear(connection, house, scene, told, active, now)
    if refused == "flood":
        raise TooManyAttempts
    if refused:
        raise NotAdmitted
    return heard


def _take(
    connection: Connection, scene: _Scene, speaker: Speaker, told: Told, actor: Actor, now: datetime
) -> None:
    """Let this page speak from now on; notes to and from the page before are of no use any more."""
    appointment = scene.appointment
    if scene.mine is not None and scene.mine.instance:
        visit_signals.forget(connection, appointment.id, instance=scene.mine.instance)
    visit_parties.take(
        connection, appointment.id, speaker.kind, speaker.holder, told.instance, told.device, now
    )
    call_moves.record(connection, actor, "video-join", appointment, now, detail={"as": speaker.kind.value})


def _why_not(connection: Connection, call: VideoVisit, speaker: Speaker, active: bool) -> str:
    """Why notes of this page are not taken; "" when they are."""
    if speaker.kind not in CALLERS:
        return "no-caller"
    if not active:
        return "other-device"
    if not call.is_talking:
        return "not-admitted"
    return "flood" if visit_signals.count(connection, call.appointment_id) >= MOST_KEPT else ""


def _pass_on(connection: Connection, house: House, scene: _Scene, told: Told, now: datetime) -> None:
    """Keep the notes for pages that speak for another party now; what is for a page that closed is dropped."""
    open_pages = {one.instance for one in scene.people if one.kind in CALLERS and one is not scene.mine}
    notes = [(receiver, body) for receiver, body in told.notes if receiver and receiver in open_pages]
    if notes:
        visit_signals.keep(connection, house.vault, scene.appointment.id, told.instance, notes, now)


def _hear(
    connection: Connection, house: House, scene: _Scene, told: Told, active: bool, now: datetime
) -> Heard:
    call, appointment = scene.call, scene.appointment
    notes: tuple[tuple[int, str, object], ...] = ()
    if active and call.is_talking:
        notes = tuple(
            (one.id, one.sender, one.body)
            for one in visit_signals.received(
                connection, house.vault, appointment.id, told.instance, told.since
            )
        )
    ahead = 0
    if call.stage is Stage.WAITING:
        ahead = video_visits.ahead_in_queue(connection, appointment.practitioner_id, appointment.start)
    peers = tuple(
        _peer(one, active and call.is_talking, now) for one in scene.people if one is not scene.mine
    )
    return Heard(appointment, call, active, peers, notes, ahead)


def _peer(one: Present, may_call: bool, now: datetime) -> Peer:
    here = one.is_here(now)
    instance = one.instance if may_call and here and one.kind in CALLERS else ""
    return Peer(one.kind, one.name, here, instance, one.quality)


def _note(house: House, appointment: Appointment, actor: Actor, now: datetime, why: str) -> None:
    with house.database.transaction() as connection:
        call_moves.record(connection, actor, "video-signal", appointment, now, "refused", {"why": why})
