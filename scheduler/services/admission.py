"""Who is let through: the holder of a private link, for what the link is for; and a note of whoever was not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from scheduler.domain.actor import Actor
from scheduler.domain.errors import NotFound
from scheduler.domain.link import Link, LinkPurpose
from scheduler.persistence import audit, links
from scheduler.persistence.database import Database


def by_link(database: Database, secret: str, purposes: Iterable[LinkPurpose], *, now: datetime) -> Link:
    """The open link of this secret, if it serves one of these purposes.

    :raises NotFound: alike for wrong, revoked and expired ones, and for another purpose.
    """
    with database.reading() as connection:
        link = links.find(connection, secret, purposes, now)
    if link is None:
        raise NotFound
    return link


def note_refusal(database: Database, actor: Actor, door: str, *, now: datetime) -> None:
    """Write down that someone known stood before a door that is not theirs."""
    with database.transaction() as connection:
        audit.record(connection, actor, "enter", "door", door[:64], now=now, outcome="refused")
