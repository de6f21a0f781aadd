"""Changing what the clinic has set about messages: which goes out when, the hours of rest, and how many are enough.

A change is for every visit that stands: what waits for those that are booked already is planned anew by the worker
(`replanning`), and so is what the clinic does by itself.
"""

from __future__ import annotations

from datetime import datetime

from scheduler.domain import policy_check
from scheduler.domain.actor import Actor
from scheduler.domain.errors import NotFound
from scheduler.domain.policy import MessagePolicy, MessageRules
from scheduler.domain.right import Right, demand
from scheduler.persistence import audit, directory, entries, policies
from scheduler.services import replanning
from scheduler.services.house import House


def save_policy(house: House, policy: MessagePolicy, actor: Actor, now: datetime) -> int:
    """Add or change one policy; returns its id.

    :raises InvalidInput: when a field cannot be used.
    :raises NotFound: when there is no such kind of visit.
    """
    demand(actor, Right.KEEP_MESSAGES)
    policy_check.check_policy(policy)
    with house.database.transaction() as connection:
        version = directory.bump(connection)
        clinic = directory.read_clinic(connection)
        code = policy.visit_type_code
        number = policies.save(connection, policy, clinic.visit_type(code).id if code else None)
        verb = "edit" if policy.id else "add"
        audit.record(connection, actor, verb, "message-policy", number, now=now)
        replanning.begin(connection, version, now)
    return number


def remove_policy(house: House, number: int, actor: Actor, now: datetime) -> None:
    """Take a policy for some visits away: the wider one is in force again.

    :raises NotFound: when there is none, or when it is the one for every visit, which is only switched off.
    """
    demand(actor, Right.KEEP_MESSAGES)
    with house.database.transaction() as connection:
        version = directory.bump(connection)
        rules = directory.read_clinic(connection).messages
        policy = next((one for one in rules.policies if one.id == number), None)
        if policy is None or not policy.narrowness:
            raise NotFound
        policies.remove(connection, number)
        audit.record(connection, actor, "remove", "message-policy", number, now=now)
        replanning.begin(connection, version, now)


def save_limits(house: House, rules: MessageRules, actor: Actor, now: datetime) -> None:
    """Keep the quiet hours and the caps.

    :raises InvalidInput: when a field cannot be used.
    """
    demand(actor, Right.KEEP_MESSAGES)
    policy_check.check_limits(rules)
    with house.database.transaction() as connection:
        version = directory.bump(connection)
        entries.save_message_limits(connection, rules)
        audit.record(connection, actor, "edit", "message-limits", 1, now=now)
        replanning.begin(connection, version, now)
