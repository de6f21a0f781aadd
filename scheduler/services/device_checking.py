"""Trying a device before a visit by video: what was found is kept, and whoever needs help is on the desk's list."""

from __future__ import annotations

from datetime import datetime

from scheduler.domain.actor import Actor
from scheduler.domain.device_check import DeviceCheck, HelpWish
from scheduler.persistence import device_checks, visits, worklist
from scheduler.services import call_moves, telehealth
from scheduler.services.house import House

HELP = "device-help"


def note(house: House, appointment_id: int, found: DeviceCheck, actor: Actor, now: datetime) -> None:
    """Keep what a check found."""
    with house.database.transaction() as connection:
        appointment, _call = call_moves.locked(connection, house, appointment_id)
        device_checks.keep(connection, appointment_id, found, now)
        detail = {"verdict": found.verdict.value}
        call_moves.record(connection, actor, "video-check", appointment, now, detail=detail)


def ask_for_help(house: House, appointment_id: int, wish: HelpWish, actor: Actor, now: datetime) -> None:
    """Let the desk call at once to practice, or make the visit a phone call: time and link stay. Twice is once."""
    if wish is HelpWish.PHONE:
        telehealth.make_phone_visit(house, appointment_id, actor, now)
        return
    with house.database.transaction() as connection:
        appointment, _call = call_moves.locked(connection, house, appointment_id)
        visit = visits.get(connection, house.vault, house.clinic(connection), appointment_id)
        phone = visit.virtual.callback_phone if visit.virtual else visit.patient.phone
        said = {"help": wish.value, "phone": phone}
        is_new = worklist.add_once(
            connection,
            house.vault,
            HELP,
            said,
            urgency="urgent",
            language=appointment.language,
            now=now,
            appointment_id=appointment_id,
        )
        if is_new:
            call_moves.record(connection, actor, "video-help", appointment, now)
