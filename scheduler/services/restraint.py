"""Counting what one address or one contact asks for, so that nobody takes everything.

Shared: keeping times and sending lost links count in their own transaction. A clinic that has its limits switched off
(for measuring) counts nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain.allowance import Allowance
from scheduler.persistence import accounts
from scheduler.services.house import House


def use(connection: Connection, house: House, allowance: Allowance, who: str, now: datetime) -> timedelta:
    """Count one use by `who`; returns how long to wait when it is one too many, else nothing.

    Counted before it is judged, so that a hundred uses at once are a hundred. Only a hash of `who` is kept.
    """
    if not house.has_limits:
        return timedelta(0)
    key = house.vault.index(allowance.scope, who)
    accounts.count_attempt(connection, allowance.scope, key, now, allowance.step.total_seconds())
    return accounts.wait_left(connection, allowance, key, now)
