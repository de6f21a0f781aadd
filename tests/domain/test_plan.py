"""What is sent, when and to whom: planned once, from the clinic's policies, with nothing said twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as some

from scheduler.domain.appointment import Status
from scheduler.domain.directory import Mode
from scheduler.domain.notification import Addressee, Channel, Kind, Notification
from scheduler.domain.person import RemindBy, VirtualDetails
from scheduler.domain.plan import FRESH, after_no_show, plan, recipients_of
from scheduler.domain.policy import MessagePolicy, MessageRules, Rule
from scheduler.domain.visit import Visit
from scheduler.domain.wording import Text
from tests.domain.test_quiet_hours import ZONES
from tests.factories import a_location, a_visit_type
from tests.letters import TUESDAY, a_helper, a_patient, a_visit

BOTH = (Channel.EMAIL, Channel.SMS)
RULES = MessageRules(
    (
        MessagePolicy(1, Kind.REMINDER_WEEK, BOTH, Rule.DAYS_BEFORE, 7),
        MessagePolicy(2, Kind.REMINDER_TWO_DAYS, (*BOTH, Channel.PHONE), Rule.DAYS_BEFORE, 2),
        MessagePolicy(3, Kind.REMINDER_DAY, BOTH, Rule.DAY_BEFORE_AT, 1, 600),
        MessagePolicy(4, Kind.DEVICE_CHECK, BOTH, Rule.DAYS_BEFORE, 2, mode=Mode.VIRTUAL),
        MessagePolicy(5, Kind.JOIN_LINK, BOTH, Rule.MINUTES_BEFORE, 15, mode=Mode.VIRTUAL),
        MessagePolicy(6, Kind.PREPARATION, (Channel.EMAIL,), Rule.DAYS_BEFORE, 5),
        MessagePolicy(7, Kind.BOOK_AGAIN, BOTH, Rule.DAY_AFTER_AT, 1, 600),
        MessagePolicy(8, Kind.NO_SHOW, (Channel.INTERNAL,), Rule.MINUTES_AFTER, 30),
    )
)
EARLY = TUESDAY - timedelta(days=20)


def planned(visit: Visit, now: datetime = EARLY, rules: MessageRules = RULES) -> tuple[Notification, ...]:
    return plan(visit, rules, recipients_of(visit), now)


def kinds(found: tuple[Notification, ...], channel: Channel = Channel.EMAIL) -> list[Kind]:
    return [each.kind for each in found if each.channel is channel]


def wanting(*ways: RemindBy) -> Visit:
    return a_visit(patient=a_patient(remind_by=ways))


def test_a_visit_weeks_ahead_is_reminded_of_three_times_at_the_clinics_own_hours() -> None:
    found = [each for each in planned(a_visit()) if each.channel is Channel.EMAIL]
    denver = ZoneInfo("America/Denver")
    assert [(each.kind, f"{each.due_at.astimezone(denver):%m-%d %H:%M}") for each in found] == [
        (Kind.REMINDER_WEEK, "11-24 14:00"),
        (Kind.REMINDER_TWO_DAYS, "11-29 14:00"),
        (Kind.REMINDER_DAY, "11-30 10:00"),
    ]


def test_a_week_before_is_the_same_hour_of_the_wall_clock_across_a_clock_change() -> None:
    visit = a_visit(start=datetime(2026, 11, 5, 16, 0, tzinfo=UTC))
    week = next(
        each for each in planned(visit, EARLY - timedelta(days=20)) if each.kind is Kind.REMINDER_WEEK
    )
    assert week.due_at == datetime(2026, 10, 29, 15, 0, tzinfo=UTC)
    assert visit.appointment.start - week.due_at == timedelta(days=7, hours=1)


def test_each_reminder_is_useless_once_the_next_one_is_due() -> None:
    first, second, third = (each for each in planned(a_visit()) if each.channel is Channel.EMAIL)
    assert (first.expires_at, second.expires_at) == (second.due_at, third.due_at)
    assert third.expires_at == TUESDAY - timedelta(minutes=30)


def test_booked_for_tomorrow_there_is_nothing_to_add_to_the_confirmation() -> None:
    assert kinds(planned(a_visit(), TUESDAY - timedelta(hours=26))) == []


def test_booked_for_the_day_after_tomorrow_one_reminder_is_left() -> None:
    assert kinds(planned(a_visit(), TUESDAY - timedelta(hours=50))) == [Kind.REMINDER_DAY]


def test_a_video_visit_has_its_device_check_instead_and_the_way_in_at_its_door() -> None:
    found = planned(a_visit(Mode.VIRTUAL))
    assert kinds(found) == [Kind.REMINDER_WEEK, Kind.DEVICE_CHECK, Kind.REMINDER_DAY, Kind.JOIN_LINK]
    door = found[-2]
    assert (door.kind, door.due_at) == (Kind.JOIN_LINK, TUESDAY - timedelta(minutes=15))
    assert door.expires_at > TUESDAY


def test_booked_half_an_hour_ahead_a_video_visit_still_gets_its_way_in() -> None:
    assert kinds(planned(a_visit(Mode.VIRTUAL), TUESDAY - timedelta(minutes=30))) == [Kind.JOIN_LINK]


def test_the_week_of_the_booking_has_no_more_texts_than_the_clinic_set_and_the_last_one_stays() -> None:
    booked = TUESDAY - timedelta(days=7, hours=20)
    texts = planned(wanting(RemindBy.SMS), booked)
    assert kinds(texts, Channel.SMS) == [Kind.REMINDER_TWO_DAYS, Kind.REMINDER_DAY]
    mails = planned(wanting(RemindBy.EMAIL), booked)
    assert kinds(mails) == [Kind.REMINDER_WEEK, Kind.REMINDER_TWO_DAYS, Kind.REMINDER_DAY]


def test_news_that_is_not_texted_leaves_room_for_one_text_more() -> None:
    by_mail = MessagePolicy(10, Kind.CONFIRMATION, (Channel.EMAIL,), Rule.AT_ONCE, 0)
    rules = replace(RULES, policies=(*RULES.policies, by_mail))
    texts = planned(wanting(RemindBy.SMS), TUESDAY - timedelta(days=7, hours=20), rules)
    assert len(kinds(texts, Channel.SMS)) == 3


def test_a_clinic_that_wants_one_text_a_week_keeps_the_one_nearest_to_the_visit() -> None:
    texts = planned(wanting(RemindBy.SMS), rules=replace(RULES, texts_per_week=1))
    assert kinds(texts, Channel.SMS) == [Kind.REMINDER_DAY]


def test_people_hear_in_the_ways_they_named_and_in_no_other() -> None:
    found = planned(wanting(RemindBy.SMS))
    assert {each.channel for each in found} == {Channel.SMS, Channel.INTERNAL}
    assert {each.channel for each in planned(wanting(RemindBy.PHONE))} == {Channel.PHONE, Channel.INTERNAL}
    assert kinds(planned(wanting(RemindBy.PHONE)), Channel.PHONE) == [Kind.REMINDER_TWO_DAYS]


def test_somebody_without_an_address_who_named_no_way_is_called() -> None:
    visit = a_visit(patient=a_patient(email=None))
    assert kinds(planned(visit), Channel.PHONE) == [Kind.REMINDER_TWO_DAYS]


def test_a_helper_is_copied_only_when_the_patient_allowed_it() -> None:
    told = planned(a_visit(helper=a_helper()))
    assert kinds(tuple(each for each in told if each.addressee is Addressee.HELPER)) == [
        Kind.REMINDER_WEEK,
        Kind.REMINDER_TWO_DAYS,
        Kind.REMINDER_DAY,
    ]
    silent = planned(a_visit(helper=a_helper(may_be_told=False)))
    assert all(each.addressee is not Addressee.HELPER for each in silent)


def test_preparation_goes_only_where_the_visit_has_some() -> None:
    assert Kind.PREPARATION not in kinds(planned(a_visit()))
    visit = a_visit(visit_type=a_visit_type(preparation=Text("Bring your pictures.", "Traiga sus imágenes.")))
    assert Kind.PREPARATION in kinds(planned(visit))


def test_the_narrowest_policy_wins_and_may_switch_a_kind_off() -> None:
    own = MessagePolicy(9, Kind.REMINDER_DAY, BOTH, Rule.HOURS_BEFORE, 2, visit_type_code="imaging-review")
    rules = replace(RULES, policies=(*RULES.policies, own))
    last = [each for each in planned(a_visit(), rules=rules) if each.channel is Channel.EMAIL][-1]
    assert last.due_at == TUESDAY - timedelta(hours=2)
    off = replace(RULES, policies=(*RULES.policies, replace(own, active=False)))
    assert Kind.REMINDER_DAY not in kinds(planned(a_visit(), rules=off))


def test_a_visit_that_no_longer_stands_owes_nothing() -> None:
    assert planned(a_visit(status=Status.CANCELLED)) == ()
    assert planned(a_visit(status=Status.ARRIVED)) == ()


def test_planning_twice_plans_the_same() -> None:
    assert planned(a_visit(Mode.VIRTUAL)) == planned(a_visit(Mode.VIRTUAL))


def test_a_missed_visit_owes_a_kind_word_the_next_morning() -> None:
    visit = a_visit(status=Status.NOSHOW, patient=a_patient(remind_by=(RemindBy.SMS,)))
    (word,) = after_no_show(visit, RULES, recipients_of(visit), visit.appointment.end)
    assert (word.kind, word.channel) == (Kind.BOOK_AGAIN, Channel.SMS)
    assert word.due_at == datetime(2026, 12, 2, 17, 0, tzinfo=UTC)
    assert after_no_show(a_visit(), RULES, recipients_of(visit), TUESDAY) == ()


def test_somebody_who_said_they_are_in_california_is_not_texted_before_eight_there() -> None:
    wants = a_patient(remind_by=(RemindBy.SMS,))
    early = MessageRules((replace(RULES.policies[2], at_minute=8 * 60),))
    for place, zone, hour in (
        ("US-CA", "America/Los_Angeles", "11-29 20:00"),
        ("US-NM", "America/Denver", "11-30 08:00"),
        ("US-NY", "America/New_York", "11-30 10:00"),
    ):
        said = VirtualDetails(place, "+19155550111", "1")
        (text, *_) = planned(a_visit(Mode.VIRTUAL, patient=wants, virtual=said), rules=early)
        assert f"{text.due_at.astimezone(ZoneInfo(zone)):%m-%d %H:%M}" == hour


def test_a_helper_is_left_in_peace_by_the_clock_of_their_own_number() -> None:
    early = MessageRules((replace(RULES.policies[2], at_minute=20 * 60),))
    visit = a_visit(patient=a_patient(email=None), helper=a_helper(phone="+12125550112"))
    mail = next(each for each in planned(visit, rules=early) if each.addressee is Addressee.HELPER)
    assert f"{mail.due_at.astimezone(ZoneInfo('America/New_York')):%H:%M}" == "20:00"


starts = some.integers(0, 400 * 288).map(
    lambda n: datetime(2026, 9, 1, tzinfo=UTC) + timedelta(minutes=5 * n)
)


@given(
    starts,
    some.integers(0, 60 * 24 * 12),
    some.sampled_from(ZONES),
    some.sampled_from(ZONES),
    some.integers(1, 4),
)
@settings(max_examples=300, deadline=None)
def test_no_plan_wakes_anybody_or_says_too_much(
    start: datetime, ahead: int, office: str, home: str, per_week: int
) -> None:
    """In any two zones, over both clock changes: by day, in time, in order, and never too many for one reader."""
    visit = a_visit(
        Mode.VIRTUAL,
        start=start,
        location=a_location(zone=office),
        patient=a_patient(remind_by=(RemindBy.EMAIL, RemindBy.SMS), zone=home),
    )
    now = start - timedelta(minutes=ahead)
    rules = replace(RULES, texts_per_week=per_week)
    found = [each for each in planned(visit, now, rules) if each.channel is not Channel.INTERNAL]
    capped = [each for each in found if each.kind is not Kind.JOIN_LINK]
    assert all(each.due_at > now and each.due_at < each.expires_at for each in found)
    assert all(each.due_at >= now + FRESH for each in capped)
    assert not any(RULES.quiet.are_on(each.due_at, [home]) for each in capped)
    assert all(each.due_at <= start - timedelta(minutes=30) for each in capped)
    for channel in BOTH:
        days = [each.due_at.astimezone(ZoneInfo(home)).date() for each in capped if each.channel is channel]
        assert len(days) == len(set(days))
    texts = [now, *(each.due_at for each in capped if each.channel is Channel.SMS)]
    for last in texts[1:]:
        assert sum(last - timedelta(days=7) <= each <= last for each in texts) <= per_week
    assert len({each.dedupe_key for each in found}) == len(found)
