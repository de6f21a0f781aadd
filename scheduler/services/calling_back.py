"""Asking the clinic to call: for those who need care sooner, are not sure, or would rather talk to a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from scheduler.domain.actor import Actor
from scheduler.domain.call_back import CallBack, urgency_of
from scheduler.domain.draft import DraftAnswers
from scheduler.domain.errors import GateNeeded, StaleVersion
from scheduler.domain.safety_gate import Tier
from scheduler.persistence import answers, audit, drafts, worklist
from scheduler.services import draft_values, drafting
from scheduler.services.house import House

KIND = "call-back"


def ask(house: House, handle: str, wish: CallBack, actor: Actor, now: datetime) -> None:
    """Put a call on the desk's list, with the safety answers beside it; the same wish from the same draft is one call.

    :raises GateNeeded: when the draft is gone.
    """
    for left in reversed(range(drafting.ATTEMPTS)):
        try:
            with house.database.transaction() as connection:
                return _ask(connection, house, handle, wish, actor, now)
        except StaleVersion:
            if left == 0:
                raise
    raise AssertionError("the last attempt returns or raises")


def _ask(
    connection: Connection, house: House, handle: str, wish: CallBack, actor: Actor, now: datetime
) -> None:
    kept = drafts.load(connection, house.vault, handle, now)
    if kept is None:
        raise GateNeeded
    draft = draft_values.read(kept.values)
    if draft.call_back == wish:
        return
    values = draft_values.written(replace(draft, call_back=wish))
    drafts.save(connection, house.vault, kept, values, expires_at=now + drafting.LIVES, hold_id=kept.hold_id)
    _put_on_list(connection, house, wish, draft, actor, now)


def _put_on_list(
    connection: Connection, house: House, wish: CallBack, draft: DraftAnswers, actor: Actor, now: datetime
) -> None:
    tier = draft.tier(house.clinic(connection).gate)
    note = {"name": wish.name, "phone": wish.phone, "best_time": wish.best_time.value}
    if tier is not None and tier is not Tier.NONE:
        note["tier"] = tier.value
    if draft.is_minor:
        note["minor"] = "yes"
    item_id = worklist.add(
        connection,
        house.vault,
        KIND,
        note,
        urgency=urgency_of(tier).value,
        language=wish.language,
        now=now,
    )
    if draft.gate is not None:
        answers.keep(connection, house.vault, draft.gate, tier or Tier.CALL_BACK, now, worklist_id=item_id)
    audit.record(connection, actor, "ask-for-call", "worklist", item_id, now=now)
