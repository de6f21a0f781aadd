"""What text companies report of texts that went out: kept once, and made the most of.

A report names the text as we named it, so it settles also what was in doubt. A number that turns out to have told its
carrier to stop is remembered as one that wants no texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.notification import Channel, State
from scheduler.persistence import opt_outs, receipts
from scheduler.persistence.receipts import Receipt
from scheduler.services import doubts
from scheduler.services.house import House

STOPPED = "sms 21610"


@dataclass(frozen=True, slots=True)
class Report:
    """What `provider` says of the text that it calls `sid` and we call `name`."""

    provider: str
    sid: str
    name: str
    state: State
    reason: str = ""


def note(house: House, report: Report, now: datetime) -> bool:
    """Keep a report and move its message; False when it came before or speaks of no message of ours."""
    with house.database.reading() as connection:
        message = receipts.message_named(connection, f"{report.name}@{house.host}")
    if message is None:
        return False
    event = f"{report.sid}:{report.state.value}"
    receipt = Receipt(report.provider, event, report.state, message.number, report.sid, report.reason)
    if not doubts.receive(house, receipt, now):
        return False
    if report.reason == STOPPED and message.address_index is not None:
        with house.database.transaction() as connection:
            opt_outs.record(
                connection,
                Channel.SMS,
                message.address_index,
                out=True,
                source="carrier",
                language=message.language,
                now=now,
            )
    return True
