"""Those whom a patient asks to be there (a daughter, an interpreter): a link that is handed out, and taken back.

A companion sees where the visit stands and how to help; the patient always sees who is there. The call itself is made
for two, and a companion is told so kindly.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.errors import MoveRefused
from scheduler.domain.link import LinkPurpose
from scheduler.domain.telehealth import Party, Stage
from scheduler.persistence import links, visit_parties
from scheduler.services import call_moves
from scheduler.services.house import House


def link_of(house: House, appointment_id: int) -> str | None:
    """The secret of the link that is out now; None when there is none."""
    with house.database.reading() as connection:
        return links.secret_for(connection, house.vault, appointment_id, LinkPurpose.COMPANION)


def invite(house: House, appointment_id: int, actor: Actor, now: datetime) -> None:
    """Make the link, unless one is out already.

    :raises MoveRefused: when the visit is over.
    """
    with house.database.transaction() as connection:
        appointment, call = call_moves.locked(connection, house, appointment_id)
        if call.stage is Stage.ENDED:
            raise MoveRefused
        if links.secret_for(connection, house.vault, appointment_id, LinkPurpose.COMPANION):
            return
        links.issue(
            connection,
            house.vault,
            LinkPurpose.COMPANION,
            now=now,
            appointment_id=appointment_id,
            expires_at=call_moves.window_of(house.clinic(connection), appointment).closes,
        )
        call_moves.record(connection, actor, "video-invite", appointment, now)


def take_back(house: House, appointment_id: int, actor: Actor, now: datetime) -> None:
    """Close the link; whoever came by it is gone with it."""
    with house.database.transaction() as connection:
        appointment, _call = call_moves.locked(connection, house, appointment_id)
        links.revoke_all(connection, appointment_id, now, (LinkPurpose.COMPANION,))
        _send_away(connection, house, appointment_id, now)
        call_moves.record(connection, actor, "video-uninvite", appointment, now)


def introduce(
    house: House, appointment_id: int, link_id: str, name: str, actor: Actor, now: datetime
) -> None:
    """Keep how a companion wants to be called, so that the others know who is there."""
    with house.database.transaction() as connection:
        appointment, _call = call_moves.locked(connection, house, appointment_id)
        visit_parties.take(connection, appointment_id, Party.COMPANION, link_id, "", "", now)
        for one in visit_parties.of_visit(connection, house.vault, appointment_id):
            if (one.kind, one.holder) == (Party.COMPANION, link_id):
                visit_parties.name(connection, house.vault, one.id, name)
        call_moves.record(connection, actor, "video-companion", appointment, now)


def _send_away(connection: Connection, house: House, appointment_id: int, now: datetime) -> None:
    for one in visit_parties.of_visit(connection, house.vault, appointment_id):
        if one.kind is Party.COMPANION:
            visit_parties.leave(connection, one.id, one.instance, now)
