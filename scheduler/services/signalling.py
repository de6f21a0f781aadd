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
from scheduler.domain.errors import NotPermitted, TooManyAttempts
from scheduler.domain.right import Right, demand
from scheduler.domain.signalling import MOST_KEPT, Heard, Peer, Standing, Told
from scheduler.domain.telehealth import CALLERS, NotAdmitted, Party, RoomClosed, Stage, VideoVisit
from scheduler.persistence import audit, call_scenes, visit_parties, visit_signals
from scheduler.persistence.visit_parties import Present
from scheduler.services import call_moves, restraint
from scheduler.services.house import House

SAID_EVERY = timedelta(seconds=3.5)
"""How often it is written that a party is there: with every second breath of a page that breathes each two seconds."""


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

    standing: Standing
    people: list[Present]
    mine: Present | None
    has_notes: bool

    def is_mine(self, told: Told) -> bool:
        return self.mine is not None and self.mine.instance == told.instance


def breathe(
    house: House, visit: int | str, speaker: Speaker, told: Told, actor: Actor, now: datetime
) -> Heard:
    """Take what a page says and tell it what it needs to know; `visit` is its number or its UID.

    :raises NotFound: when there is no such visit.
    :raises NotPermitted: when a clinician speaks who is not the visit's own; it is written down.
    :raises RoomClosed: outside the hours of the visit.
    :raises NotAdmitted: when it sends notes and may not; it is written down.
    :raises TooManyAttempts: when the visit holds more notes than any call needs; it is written down.
    """
    scene = _look(house, visit, speaker, told)
    _refuse_others(house, scene.standing, speaker, told, actor, now)
    active = scene.is_mine(told)
    if scene.standing.stage is not Stage.ENDED:
        if _is_news(scene, told, active, now):
            return _write(house, scene.standing.number, speaker, told, actor, now)
        if active and scene.mine is not None and _is_due(scene.mine, told, now):
            with house.database.stroke() as connection:
                visit_parties.see(connection, scene.mine, now, told.quality)
    return _hear(house, scene, told, active, now)


def hang_up(house: House, visit: int | str, speaker: Speaker, instance: str, now: datetime) -> None:
    """Note that a page was closed; the other side is told at its next breath."""
    scene = _look(house, visit, speaker)
    if scene.mine is None:
        return
    with house.database.transaction() as connection:
        if visit_parties.leave(connection, scene.mine.id, instance, now):
            visit_signals.forget(connection, scene.standing.number, instance=instance)


def note_flood(house: House, actor: Actor, door: str, now: datetime) -> None:
    """Write down that an address or a link knocks without end: once in a while, however often it knocks."""
    with house.database.transaction() as connection:
        if not restraint.use(connection, house, FLOODS_NOTED, network_of(actor.address), now):
            audit.record(connection, actor, "flood", "door", door[:64], now=now, outcome="blocked")


def _look(house: House, visit: int | str, speaker: Speaker, told: Told | None = None) -> _Scene:
    asks = (told.instance, told.since) if told else ()
    seen = call_scenes.look(house.database, house.vault, visit, *asks)
    return _Scene(seen.standing, seen.people, _mine(seen.people, speaker), seen.has_notes)


def _mine(people: list[Present], speaker: Speaker) -> Present | None:
    return next((one for one in people if (one.kind, one.holder) == (speaker.kind, speaker.holder)), None)


def _refuse_others(
    house: House, standing: Standing, speaker: Speaker, told: Told, actor: Actor, now: datetime
) -> None:
    """Look at who asks, and at the hour."""
    if speaker.kind is Party.CLINICIAN:
        demand(actor, Right.RUN_VIDEO)
        if actor.practitioner_id != standing.practitioner_id:
            _note(house, standing, actor, now, "colleague")
            raise NotPermitted
    if not standing.is_open(now):
        if told.notes:
            _note(house, standing, actor, now, "closed")
        raise RoomClosed


def _may_take(mine: Present | None, told: Told, now: datetime) -> bool:
    """A page speaks for its party when nobody else does, after its own reload, or when its owner says so."""
    if mine is None or not mine.instance or not mine.is_here(now) or told.takes:
        return True
    return told.is_fresh and mine.device == told.device


def _is_news(scene: _Scene, told: Told, active: bool, now: datetime) -> bool:
    """Say whether a breath changes more than when its party was heard of; most change nothing."""
    if told.notes:
        return True
    if not active:
        return _may_take(scene.mine, told, now)
    return told.is_connected and scene.standing.stage is Stage.ADMITTED


def _is_due(mine: Present, told: Told, now: datetime) -> bool:
    """Say whether it is time to write that a party is here, or its line has changed."""
    return mine.seen_at is None or now - mine.seen_at >= SAID_EVERY or told.quality is not mine.quality


def _write(house: House, number: int, speaker: Speaker, told: Told, actor: Actor, now: datetime) -> Heard:
    """The same breath once more, with other writers waiting, and what it changes."""
    with house.database.transaction() as connection:
        appointment, call = call_moves.locked(connection, house, number)
        people = visit_parties.of_visit(connection, house.vault, number)
        mine = _mine(people, speaker)
        active = mine is not None and mine.instance == told.instance
        if not active and _may_take(mine, told, now):
            _take(connection, appointment, mine, speaker, told, actor, now)
            active = True
        elif active and mine is not None:
            visit_parties.see(connection, mine, now, told.quality)
        refused = _why_not(connection, call, speaker, active) if told.notes else ""
        if refused:
            why = {"why": refused}
            call_moves.record(connection, actor, "video-signal", appointment, now, "refused", why)
        elif told.notes:
            _pass_on(connection, house, number, people, speaker, told, now)
        if active and not refused and told.is_connected and call.stage is Stage.ADMITTED:
            met = call.moved_to(Stage.IN_CALL, now)
            call_moves.step(connection, house, appointment, call, met, actor, now)
    if refused:
        raise TooManyAttempts if refused == "flood" else NotAdmitted
    return _hear(house, _look(house, number, speaker, told), told, active, now)


def _take(
    connection: Connection,
    appointment: Appointment,
    before: Present | None,
    speaker: Speaker,
    told: Told,
    actor: Actor,
    now: datetime,
) -> None:
    """Let this page speak from now on; notes to and from the page before are of no use any more."""
    if before is not None and before.instance:
        visit_signals.forget(connection, appointment.id, instance=before.instance)
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


def _pass_on(
    connection: Connection,
    house: House,
    number: int,
    people: list[Present],
    speaker: Speaker,
    told: Told,
    now: datetime,
) -> None:
    """Keep the notes for pages that speak for another party now; what is for a page that closed is dropped."""
    open_pages = {one.instance for one in people if one.kind in CALLERS and one.kind is not speaker.kind}
    notes = [(receiver, body) for receiver, body in told.notes if receiver and receiver in open_pages]
    if notes:
        visit_signals.keep(connection, house.vault, number, told.instance, notes, now)


def _hear(house: House, scene: _Scene, told: Told, active: bool, now: datetime) -> Heard:
    standing = scene.standing
    is_caller = scene.mine is not None and scene.mine.kind in CALLERS
    may_call = active and is_caller and standing.is_talking
    peers = tuple(_peer(one, may_call, now) for one in scene.people if one is not scene.mine)
    notes: tuple[tuple[int, str, object], ...] = ()
    if may_call and scene.has_notes:
        with house.database.glance() as connection:
            found = visit_signals.received(
                connection, house.vault, standing.number, told.instance, told.since
            )
        notes = tuple((one.id, one.sender, one.body) for one in found)
    return Heard(standing, active, may_call, peers, notes)


def _peer(one: Present, may_call: bool, now: datetime) -> Peer:
    here = one.is_here(now)
    instance = one.instance if may_call and here and one.kind in CALLERS else ""
    return Peer(one.kind, one.name, here, instance, one.quality)


def _note(house: House, standing: Standing, actor: Actor, now: datetime, why: str) -> None:
    with house.database.transaction() as connection:
        audit.record(
            connection,
            actor,
            "video-signal",
            "appointment",
            standing.number,
            now=now,
            patient_id=standing.patient_id,
            outcome="refused",
            detail={"why": why},
        )
