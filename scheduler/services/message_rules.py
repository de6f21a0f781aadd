"""Changing what the clinic has set about messages: which goes out when, the hours of rest, and how many are enough.

A change is for messages planned from then on; what is planned keeps its time. But what the clinic does by itself
(marking a visit as missed) is for every visit that stands.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from scheduler.domain import policy_check
from scheduler.domain.actor import Actor
from scheduler.domain.errors import NotFound
from scheduler.domain.notification import CHORES
from scheduler.domain.plan import chores
from scheduler.domain.policy import MessagePolicy, MessageRules
from scheduler.persistence import appointments, audit, directory, entries, outbox, policies
from scheduler.services.house import House

SINCE = timedelta(days=1)
"""A visit of this morning is still to be judged."""

AHEAD = timedelta(days=400)
"""Farther ahead nobody can book."""

AT_A_TIME = 500
"""Chores written by one statement."""


def save_policy(house: House, policy: MessagePolicy, actor: Actor, now: datetime) -> int:
    """Add or change one policy; returns its id.

    :raises InvalidInput: when a field cannot be used.
    :raises NotFound: when there is no such kind of visit.
    """
    policy_check.check_policy(policy)
    with house.database.transaction() as connection:
        directory.bump(connection)
        clinic = directory.read_clinic(connection)
        code = policy.visit_type_code
        number = policies.save(connection, policy, clinic.visit_type(code).id if code else None)
        verb = "edit" if policy.id else "add"
        audit.record(connection, actor, verb, "message-policy", number, now=now)
        if policy.kind in CHORES:
            _owe_chores(connection, now)
    return number


def _owe_chores(connection: Connection, now: datetime) -> None:
    """What the clinic does by itself is for the visits that stand already, too: nobody was told anything of it.

    A chore that was switched off meanwhile finds that out when its time comes.
    """
    clinic = directory.read_clinic(connection)
    ahead = appointments.open_between(connection, now - SINCE, now + AHEAD)
    owed = [
        chore
        for visit in ahead
        for chore in chores(
            visit,
            clinic.location(visit.location_id).zone,
            clinic.messages.for_visit(visit.visit_type_code, visit.mode),
            now,
        )
    ]
    for begin in range(0, len(owed), AT_A_TIME):
        outbox.owe(connection, owed[begin : begin + AT_A_TIME], now)


def remove_policy(house: House, number: int, actor: Actor, now: datetime) -> None:
    """Take a policy for some visits away: the wider one is in force again.

    :raises NotFound: when there is none, or when it is the one for every visit, which is only switched off.
    """
    with house.database.transaction() as connection:
        directory.bump(connection)
        rules = directory.read_clinic(connection).messages
        policy = next((one for one in rules.policies if one.id == number), None)
        if policy is None or not policy.narrowness:
            raise NotFound
        policies.remove(connection, number)
        audit.record(connection, actor, "remove", "message-policy", number, now=now)


def save_limits(house: House, rules: MessageRules, actor: Actor, now: datetime) -> None:
    """Keep the quiet hours and the caps.

    :raises InvalidInput: when a field cannot be used.
    """
    policy_check.check_limits(rules)
    with house.database.transaction() as connection:
        directory.bump(connection)
        entries.save_message_limits(connection, rules)
        audit.record(connection, actor, "edit", "message-limits", 1, now=now)
