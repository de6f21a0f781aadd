"""The last look before a message leaves: is it still true, may it reach this reader, and is this the hour for it?

Shared: the sending of messages asks it inside the transaction that marks a message as leaving. What is asked here is
asked a second time, after planning, because days lie between: people cancel, opt out, and sleep.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from scheduler.domain.interval import epoch, instant
from scheduler.domain.message_story import RETURNED
from scheduler.domain.notification import (
    REMINDERS,
    Addressee,
    Channel,
    Claimed,
    Kind,
    State,
    Verdict,
    verdict,
)
from scheduler.domain.person import RemindBy
from scheduler.domain.plan import AT_ANY_HOUR
from scheduler.domain.visit import Visit
from scheduler.domain.wall_clock import day_span, local_day
from scheduler.persistence import opt_outs, readers
from scheduler.persistence.claims import Standing
from scheduler.persistence.readers import Lately

MAY_BE_REFUSED = REMINDERS | {Kind.BOOK_AGAIN}
"""What a reader of mail may end; a notice that carries a change always goes."""

CAPPED = MAY_BE_REFUSED - AT_ANY_HOUR
MERGED = frozenset({Kind.REMINDER_WEEK, Kind.REMINDER_TWO_DAYS, Kind.REMINDER_DAY})
"""One of these speaks of every visit of its day."""

WEEK = timedelta(days=7)
MOMENT = timedelta(seconds=30)
"""How long a message waits for another one that may speak for it."""

_WHY = {Verdict.CANCELLED: "visit changed", Verdict.EXPIRED: "too late"}


@dataclass(frozen=True, slots=True)
class Stop:
    """The message does not leave: it ends in `state`, or with `until` waits for that moment."""

    reason: str
    state: State = State.SUPPRESSED
    until: datetime | None = None


def judge(
    connection: Connection,
    claimed: Claimed,
    visit: Visit,
    address_index: bytes | None,
    standing: Standing,
    *,
    number: bytes | None = None,
) -> Stop | None:
    """Say why a message may not leave now; None lets it go. The visit is held still as it stands (`turn_of`).

    `address_index` is the look-up hash of where it goes, `number` that of the patient's own phone.
    """
    now, current = standing.now, (standing.sequence, standing.status)
    judged = verdict(claimed.kind, claimed.sequence, claimed.expires_at, now, current)
    if judged is not Verdict.GO:
        return Stop(_WHY[judged], State(judged.value))
    if standing.revision != visit.appointment.revision:
        return Stop(
            "written anew", State.PENDING, now
        )  # it was read before somebody changed how to reach them
    if address_index is None:
        return Stop("helper-not-told" if _is_left_out(claimed, visit) else "no-address")
    if not _is_wanted(connection, claimed, visit, number):
        return Stop("not-wanted")
    if claimed.kind in CAPPED:
        lately = _lately(connection, claimed, visit, address_index, now)
        refused = Stop("opted-out") if lately.is_out else _returned(standing)
        return refused or _at_night(claimed, visit, now) or _enough(claimed, visit, lately, now)
    may_refuse = claimed.channel is Channel.SMS or claimed.kind in MAY_BE_REFUSED
    if may_refuse and opt_outs.is_out(connection, claimed.channel, address_index):
        return Stop("opted-out")
    return _returned(standing) or _at_night(claimed, visit, now)


def _returned(standing: Standing) -> Stop | None:
    """Nothing is written to an address that mail came back from for good, until somebody says that it is right."""
    return Stop(f"{RETURNED} {standing.returned_at.isoformat()}") if standing.returned_at else None


def turn_of(claimed: Claimed, address_index: bytes | None) -> bytes | None:
    """The reader whose other messages must wait while this one is judged; None where nothing is counted."""
    return address_index if claimed.kind in CAPPED else None


def _lately(
    connection: Connection, claimed: Claimed, visit: Visit, address_index: bytes, now: datetime
) -> Lately:
    zone = visit.patient_zones[0]
    return readers.lately(
        connection,
        claimed,
        visit.appointment.patient_id,
        address_index,
        visits_day=day_of(visit),
        midnight=instant(day_span(zone, _today(zone, now))[0]),
        week=now - WEEK,
    )


def _is_wanted(connection: Connection, claimed: Claimed, visit: Visit, number: bytes | None) -> bool:
    """Say whether the patient still wants to hear in this way: they may have changed their mind since it was planned.

    News goes by mail whatever they wish; reminders do where texts were wished for and are refused now.
    """
    wishes = visit.patient.remind_by
    if claimed.addressee is Addressee.HELPER:
        return True
    if claimed.channel is Channel.SMS:
        return RemindBy.SMS in wishes
    if claimed.kind not in MAY_BE_REFUSED or not wishes or RemindBy.EMAIL in wishes:
        return True
    return RemindBy.SMS in wishes and number is not None and opt_outs.is_out(connection, Channel.SMS, number)


def _is_left_out(claimed: Claimed, visit: Visit) -> bool:
    """Say whether the patient has taken back that this helper may be told."""
    return claimed.addressee is Addressee.HELPER and (visit.helper is None or not visit.helper.may_be_told)


def _at_night(claimed: Claimed, visit: Visit, now: datetime) -> Stop | None:
    """Texts and reminders wait for the morning; what is of no use by then does not go at all."""
    is_loud = claimed.channel is Channel.SMS or claimed.kind in CAPPED
    quiet, zones = visit.messages.quiet, _zones(claimed, visit)
    if not is_loud or claimed.kind in AT_ANY_HOUR or not quiet.are_on(now, zones):
        return None
    morning = quiet.over_at(now, zones)
    if claimed.expires_at is not None and morning >= claimed.expires_at:
        return Stop("quiet-hours")
    return Stop("quiet-hours", State.PENDING, morning)


def _enough(claimed: Claimed, visit: Visit, lately: Lately, now: datetime) -> Stop | None:
    """One message speaks of all visits of a day, and a number gets only so many texts."""
    if claimed.kind in MERGED and lately.told is not None:
        if lately.told is State.SENT:
            return Stop("merged")
        return Stop("merged", State.PENDING, now + MOMENT)
    if claimed.channel is not Channel.SMS:
        return None
    if lately.today >= visit.messages.texts_per_day:
        return Stop("daily-cap")
    return Stop("weekly-cap") if lately.week >= visit.messages.texts_per_week else None


def day_of(visit: Visit) -> tuple[datetime, datetime]:
    """The day of a visit by the clock of its office, from its first to its last instant."""
    day = visit.appointment.start.astimezone(ZoneInfo(visit.location.zone)).toordinal()
    begins, ends = day_span(visit.location.zone, day)
    return instant(begins), instant(ends)


def _zones(claimed: Claimed, visit: Visit) -> tuple[str, ...]:
    return visit.helper_zones if claimed.addressee is Addressee.HELPER else visit.patient_zones


def _today(zone: str, now: datetime) -> int:
    return local_day(zone, epoch(now)).toordinal()
