"""Put the clinic's own words for a message in force, or bring the standard ones back; every version stays on record.

What has left, or waits with its bytes frozen, stays as it was written. All that is written later has the new words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.account import StaffMember
from scheduler.domain.actor import Actor
from scheduler.domain.errors import StaleVersion
from scheduler.domain.notification import Channel, Kind
from scheduler.domain.own_words import OwnMessage, OwnWords
from scheduler.domain.own_words_check import check
from scheduler.domain.right import Right, demand
from scheduler.persistence import accounts, audit, directory, own_words
from scheduler.persistence.own_words import Edition
from scheduler.services.house import House

NOTHING = OwnWords("")


@dataclass(frozen=True, slots=True)
class History:
    """What was in force for a message, the newest first; `staff` by their numbers."""

    editions: tuple[Edition, ...]
    staff: Mapping[str, StaffMember]


def put_in_force(house: House, message: OwnMessage, seen: int, actor: Actor, now: datetime) -> int:
    """Word a message anew in both languages; returns the version.

    `seen` is the newest version that its writer knew of, 0 for none.

    :raises StaleVersion: when somebody else has put one in force since.
    :raises WordsRefused: when something is missing in the words, or must not stand in them.
    :raises NotFound: when nobody writes such a message.
    """
    demand(actor, Right.KEEP_TEXTS)
    check(message)
    with house.database.transaction() as connection:
        directory.bump(connection)
        if own_words.latest_version(connection, message.kind, message.channel) != seen:
            raise StaleVersion
        return _add(connection, message, "publish", actor, now)


def use_standard(house: House, kind: Kind, channel: Channel, actor: Actor, now: datetime) -> None:
    """Bring the standard words of a message back; nothing happens where they are in force."""
    demand(actor, Right.KEEP_TEXTS)
    with house.database.transaction() as connection:
        directory.bump(connection)
        if any((one.kind, one.channel) == (kind, channel) for one in own_words.in_force(connection)):
            _add(connection, OwnMessage(kind, channel, NOTHING, NOTHING), "use-standard", actor, now)


def history(house: House, kind: Kind, channel: Channel, actor: Actor) -> History:
    """Show every version for a message, with who put it in force and when."""
    demand(actor, Right.KEEP_TEXTS)
    with house.database.reading() as connection:
        found = own_words.editions(connection, kind, channel)
        staff = {str(member.id): member for member in accounts.everyone(connection)} if found else {}
    return History(found, staff)


def _add(connection: Connection, message: OwnMessage, act: str, actor: Actor, now: datetime) -> int:
    version = own_words.latest_version(connection, message.kind, message.channel) + 1
    own_words.add(connection, replace(message, version=version), actor.id, now)
    name = f"{message.kind} {message.channel} {version}"
    audit.record(connection, actor, act, "message-words", name, now=now)
    return version
