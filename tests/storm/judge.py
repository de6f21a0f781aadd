"""The judge of a storm: what the sink took, held against what the outbox says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from scheduler.persistence.outbox import OutboxRow
from scheduler.services.house import House

NEVER_LEFT = frozenset({"cancelled", "expired", "suppressed"})


@dataclass(frozen=True)
class Verdict:
    """What the judge found, in messages.

    `lost` nobody got, though they were not called off. `unmarked` came twice, and the outbox does not say that they
    may have. `replays` are repeats that the text company took for what they were. `marked` are all of which the outbox
    says that they may have come twice.
    """

    states: dict[str, int]
    lost: int
    mails_twice: int
    texts_twice: int
    unmarked: int
    replays: int
    marked: int


def verdict(house: House, lines: Sequence[tuple[str, str, float]]) -> Verdict:
    """Compare the log of the sink with the outbox."""
    with house.database.reading() as connection:
        rows = connection.execute(
            select(OutboxRow.message_id, OutboxRow.state, OutboxRow.ambiguous).where(
                OutboxRow.channel.in_(["email", "sms"])
            )
        ).all()
    came = {
        kind: Counter(name for told, name, _ in lines if told == kind) for kind in ("mail", "text", "replay")
    }
    named = {row.message_id.partition("@")[0]: row for row in rows}
    seen = came["mail"] | came["text"]
    return Verdict(
        states=dict(Counter(row.state for row in rows)),
        lost=sum(row.state not in NEVER_LEFT and name not in seen for name, row in named.items()),
        mails_twice=came["mail"].total() - len(came["mail"]),
        texts_twice=came["text"].total() - len(came["text"]),
        unmarked=sum(times > 1 and not named[name].ambiguous for name, times in seen.items()),
        replays=came["replay"].total(),
        marked=sum(row.ambiguous for row in rows),
    )
