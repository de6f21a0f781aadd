"""Everything a visit's people will be told, planned in one go when the visit is booked, moved or missed.

A pure function of the visit as it stands, the clinic's policies, who reads, and the moment. The rules, in order: a
message whose time has passed is not owed; what would follow the news of the booking too closely says nothing new and is
left out; what would fall into the reader's night moves to the evening before it; one reader gets at most the clinic's
number of texts on one day and in one week, and one mail a day, and the message nearest to the visit stays. Each is
useless from the moment at which the next one takes over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduler.domain.appointment import OPEN, Appointment, Status
from scheduler.domain.news import LATE_NEWS, Change
from scheduler.domain.notification import (
    CHORES,
    REMINDERS,
    Addressee,
    Channel,
    Kind,
    Notification,
    address_of,
)
from scheduler.domain.person import RemindBy
from scheduler.domain.policy import MessagePolicy, MessageRules
from scheduler.domain.visit import Visit

FRESH = timedelta(hours=18)
"""So long after the news of a booking or a move a reminder would only repeat it."""

TOO_NEAR = timedelta(minutes=30)
"""A reminder that reaches its reader later than this before the visit helps nobody."""

JOIN_UNTIL = timedelta(minutes=20)
"""The way into a video visit is still of use so long after it began."""

A_WEEK = timedelta(days=7, hours=1)
"""A week of texts as planned: an hour more than is counted when they leave, because they leave a little later."""

BOOK_AGAIN_USEFUL = timedelta(days=14)

AT_ANY_HOUR = frozenset({Kind.JOIN_LINK})
"""The reader asked for this at this very hour: the night does not hold it up, and it is no cap's business."""

_KEEPS = (
    Kind.REMINDER_DAY,
    Kind.DEVICE_CHECK,
    Kind.REMINDER_TWO_DAYS,
    Kind.PREPARATION,
    Kind.REMINDER_WEEK,
    Kind.BOOK_AGAIN,
)
"""Of several messages on one day the first of these stays; each says day and time."""

CHANNELS: Mapping[RemindBy, Channel] = {
    RemindBy.EMAIL: Channel.EMAIL,
    RemindBy.SMS: Channel.SMS,
    RemindBy.PHONE: Channel.PHONE,
}
"""Over which channel each way to be reminded goes."""

REPLANS = frozenset({Change.BOOKED, Change.MOVED, Change.MOVED_BY_CLINIC, Change.SWITCHED})
"""After one of these the reminders of the visit are planned afresh."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One reader: over which channels they hear, in which language, and which clocks may hang on their wall."""

    addressee: Addressee
    channels: frozenset[Channel]
    language: str
    zones: tuple[str, ...]


def wished_ways(visit: Visit) -> frozenset[RemindBy]:
    """The ways in which the patient is reminded: who named none gets mail, and a call where there is no address."""
    wished = set(visit.patient.remind_by) or {RemindBy.EMAIL}
    usable = wished - (set() if visit.patient.email else {RemindBy.EMAIL})
    return frozenset(usable or {RemindBy.PHONE})


def recipients_of(visit: Visit) -> tuple[Recipient, ...]:
    """Who is told about a visit.

    A helper gets copies by mail when the patient allowed it, at another address than the patient's.
    """
    patient, helper, language = visit.patient, visit.helper, visit.appointment.language
    own = address_of(Addressee.PATIENT, patient, helper)
    channels = frozenset(CHANNELS[way] for way in wished_ways(visit))
    found = [Recipient(Addressee.PATIENT, channels, language, visit.patient_zones)]
    copy = address_of(Addressee.HELPER, patient, helper)
    if copy and copy.casefold() != (own or "").casefold():
        found.append(Recipient(Addressee.HELPER, frozenset({Channel.EMAIL}), language, visit.helper_zones))
    return tuple(found)


def plan(
    visit: Visit,
    rules: MessageRules,
    recipients: Sequence[Recipient],
    now: datetime,
    told_at: datetime | None = None,
) -> tuple[Notification, ...]:
    """The reminders and timed actions that a visit owes from `now` on.

    Its people were told of it at `told_at`, or just now. The answer depends on nothing else: planning twice plans the
    same.
    """
    if visit.appointment.status not in OPEN:
        return ()
    policies = rules.for_visit(visit.appointment.visit_type_code, visit.appointment.mode)
    told = [policy for policy in policies if policy.kind in REMINDERS and _has_words(policy, visit)]
    found = [
        notification
        for reader in recipients
        for channel in sorted(reader.channels)
        for notification in _to_reader(visit, rules, told, reader, channel, now, told_at or now)
    ]
    return (*found, *chores(visit.appointment, visit.location.zone, policies, now))


def chores(
    appointment: Appointment, zone: str, policies: Iterable[MessagePolicy], now: datetime
) -> tuple[Notification, ...]:
    """What the clinic does by itself about a visit at an office in `zone`, each at its time."""
    return tuple(
        _chore(appointment, policy, policy.due(appointment.start, appointment.end, zone, now))
        for policy in policies
        if policy.kind in CHORES
    )


def after_no_show(
    visit: Visit, rules: MessageRules, recipients: Sequence[Recipient], now: datetime
) -> tuple[Notification, ...]:
    """The kind word that a missed visit owes: how to book again."""
    appointment = visit.appointment
    policy = rules.of(Kind.BOOK_AGAIN, appointment.visit_type_code, appointment.mode)
    if policy is None or appointment.status is not Status.NOSHOW:
        return ()
    due = {reader: _due(visit, policy, rules, reader, now) for reader in recipients}
    return tuple(
        _owed(visit, policy.kind, reader, channel, due[reader], due[reader] + BOOK_AGAIN_USEFUL)
        for reader in recipients
        if reader.addressee is Addressee.PATIENT
        for channel in sorted(reader.channels.intersection(policy.channels))
    )


def _to_reader(
    visit: Visit,
    rules: MessageRules,
    policies: Iterable[MessagePolicy],
    reader: Recipient,
    channel: Channel,
    now: datetime,
    told_at: datetime,
) -> Iterator[Notification]:
    """One reader's reminders over one channel, in time order, each useless from the next one on."""
    due = [
        (_due(visit, policy, rules, reader, now), policy.kind)
        for policy in policies
        if channel in policy.channels
    ]
    wanted = sorted((when, kind) for when, kind in due if _says_something_new(when, kind, now, told_at))
    wanted = _within_day(wanted, rules.texts_per_day if channel is Channel.SMS else 1, reader.zones[0])
    if channel is Channel.SMS:
        wanted = _within_week(
            wanted, rules.texts_per_week, [told_at] if _news_is_texted(visit, rules) else []
        )
    for place, (when, kind) in enumerate(wanted):
        following = [later for later, other in wanted[place + 1 :] if other is not Kind.PREPARATION]
        useful = _useful_until(visit, kind)
        if following and kind is not Kind.PREPARATION:
            useful = min(useful, following[0])
        if when < useful:
            yield _owed(visit, kind, reader, channel, when, useful)


def _says_something_new(when: datetime, kind: Kind, now: datetime, told_at: datetime) -> bool:
    return when > now and (kind in AT_ANY_HOUR or when >= told_at + FRESH)


def _due(
    visit: Visit, policy: MessagePolicy, rules: MessageRules, reader: Recipient, now: datetime
) -> datetime:
    appointment = visit.appointment
    due = policy.due(appointment.start, appointment.end, visit.location.zone, now)
    if policy.kind in AT_ANY_HOUR:
        return due
    earlier = rules.quiet.earlier(due, reader.zones)
    return earlier if earlier >= now or due < now else rules.quiet.over_at(due, reader.zones)


def _within_day(
    wanted: Sequence[tuple[datetime, Kind]], per_day: int, zone: str
) -> list[tuple[datetime, Kind]]:
    """What is left when each day of the reader's calendar has at most so many."""
    days: dict[date, list[tuple[datetime, Kind]]] = defaultdict(list)
    for when, kind in wanted:
        days[when.astimezone(ZoneInfo(zone)).date()].append((when, kind))
    kept: list[tuple[datetime, Kind]] = []
    for texts in days.values():
        capped = sorted((each for each in texts if each[1] not in AT_ANY_HOUR), key=_rank)
        kept += [*capped[:per_day], *(each for each in texts if each[1] in AT_ANY_HOUR)]
    return sorted(kept)


def _within_week(
    wanted: Sequence[tuple[datetime, Kind]], per_week: int, news: Sequence[datetime]
) -> list[tuple[datetime, Kind]]:
    """What is left when no week has more than so many texts, `news` of the visit among them."""
    kept = [each for each in wanted if each[1] in AT_ANY_HOUR]
    texts = list(news)
    for when, kind in sorted((each for each in wanted if each[1] not in AT_ANY_HOUR), key=_rank):
        if _is_enough([*texts, when], per_week):
            continue
        texts.append(when)
        kept.append((when, kind))
    return sorted(kept)


def _is_enough(texts: Sequence[datetime], per_week: int) -> bool:
    """Say whether some week has more than so many."""
    return any(sum(last - A_WEEK <= each <= last for each in texts) > per_week for last in texts)


def _news_is_texted(visit: Visit, rules: MessageRules) -> bool:
    """Say whether somebody who wants texts was told of the visit by one."""
    policy = rules.of(Kind.CONFIRMATION, visit.appointment.visit_type_code, visit.appointment.mode)
    return policy is None or Channel.SMS in policy.channels


def _rank(text: tuple[datetime, Kind]) -> int:
    return _KEEPS.index(text[1])


def _useful_until(visit: Visit, kind: Kind) -> datetime:
    start = visit.appointment.start
    return start + JOIN_UNTIL if kind is Kind.JOIN_LINK else start - TOO_NEAR


def _has_words(policy: MessagePolicy, visit: Visit) -> bool:
    """A preparation text goes out only where the kind of visit has one."""
    return policy.kind is not Kind.PREPARATION or bool(visit.visit_type.preparation.en)


def _chore(appointment: Appointment, policy: MessagePolicy, due: datetime) -> Notification:
    return Notification.about(
        appointment,
        policy.kind,
        Channel.INTERNAL,
        Addressee.CLINIC,
        due_at=due,
        expires_at=due + LATE_NEWS,
    )


def _owed(
    visit: Visit, kind: Kind, reader: Recipient, channel: Channel, due: datetime, useful: datetime
) -> Notification:
    return Notification.about(
        visit.appointment,
        kind,
        channel,
        reader.addressee,
        due_at=due,
        expires_at=useful,
        language=reader.language,
    )
