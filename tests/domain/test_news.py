"""What a change owes, to whom, and when it falls silent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.domain.appointment import CancelledBy, Status
from scheduler.domain.news import KINDS, LATE_NEWS, LINKS_PAUSE, Change, Policy, owed
from scheduler.domain.notification import Addressee, Channel, Kind, Notification
from scheduler.domain.person import RemindBy
from tests.letters import a_helper, a_patient, an_appointment

NOW = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)


def to(*notifications: Notification) -> list[Addressee]:
    return [each.addressee for each in notifications]


@pytest.mark.parametrize("change", Change)
def test_every_change_owes_the_patient_one_message_now(change: Change) -> None:
    (message,) = owed(an_appointment(), a_patient(), None, change, NOW)
    assert (message.kind, message.addressee, message.due_at) == (KINDS[change], Addressee.PATIENT, NOW)


def test_a_patient_without_an_e_mail_is_owed_no_e_mail() -> None:
    assert owed(an_appointment(), a_patient(email=None), None, Change.BOOKED, NOW) == ()
    assert owed(an_appointment(), a_patient(email=""), None, Change.BOOKED, NOW) == ()


def test_a_helper_gets_a_copy_of_their_own() -> None:
    assert to(*owed(an_appointment(), a_patient(), a_helper(), Change.MOVED, NOW)) == [
        Addressee.PATIENT,
        Addressee.HELPER,
    ]
    assert to(*owed(an_appointment(), a_patient(email=None), a_helper(), Change.MOVED, NOW)) == [
        Addressee.HELPER
    ]


def test_a_helper_who_may_not_be_told_is_not_told() -> None:
    assert to(*owed(an_appointment(), a_patient(), a_helper(may_be_told=False), Change.MOVED, NOW)) == [
        Addressee.PATIENT
    ]


def test_a_helper_at_the_patients_own_address_gets_no_second_mail() -> None:
    helper = a_helper(email="ANA@Example.com")
    assert to(*owed(an_appointment(), a_patient(), helper, Change.BOOKED, NOW)) == [Addressee.PATIENT]


def test_a_clinic_may_leave_helpers_out_or_send_nothing() -> None:
    asked = (an_appointment(), a_patient(), a_helper(), Change.BOOKED, NOW)
    assert to(*owed(*asked, Policy(copy_helpers=False))) == [Addressee.PATIENT]
    assert owed(*asked, Policy(channels=())) == ()


def test_a_message_speaks_of_the_version_that_the_change_made() -> None:
    appointment = an_appointment(sequence=4, language="es")
    (message,) = owed(appointment, a_patient(), None, Change.MOVED, NOW)
    assert (message.sequence, message.stamp, message.language) == (4, appointment.changed_at, "es")


def test_the_same_change_has_the_same_key_whenever_it_is_planned() -> None:
    first = owed(an_appointment(), a_patient(), a_helper(), Change.BOOKED, NOW)
    again = owed(an_appointment(), a_patient(), a_helper(), Change.BOOKED, NOW + timedelta(hours=1))
    assert [each.dedupe_key for each in first] == [each.dedupe_key for each in again]
    assert first[0].dedupe_key == "1:0:confirmation:email:patient"
    assert len({each.dedupe_key for each in first}) == 2


def test_asking_for_links_again_at_once_is_the_same_wish_and_later_another() -> None:
    def key(change: Change, now: datetime) -> str:
        return owed(an_appointment(), a_patient(), None, change, now)[0].dedupe_key

    assert key(Change.LINKS_ASKED, NOW) == key(Change.LINKS_ASKED, NOW + timedelta(seconds=5))
    assert key(Change.LINKS_ASKED, NOW) != key(Change.LINKS_ASKED, NOW + LINKS_PAUSE)


def test_links_made_anew_go_out_however_soon_after_the_old_ones() -> None:
    asked = owed(an_appointment(), a_patient(), None, Change.LINKS_ASKED, NOW)[0]
    renewed = owed(an_appointment(), a_patient(), None, Change.LINKS_RENEWED, NOW)[0]
    assert asked.kind is renewed.kind is Kind.LINKS
    assert asked.dedupe_key != renewed.dedupe_key


@pytest.mark.parametrize("change", Change)
def test_no_notice_expires_before_its_visit(change: Change) -> None:
    for message in owed(an_appointment(), a_patient(), a_helper(), change, NOW):
        assert message.expires_at >= an_appointment().end


def test_a_notice_about_a_past_visit_is_news_for_a_day() -> None:
    late = an_appointment().end + timedelta(hours=3)
    (message,) = owed(an_appointment(), a_patient(), None, Change.CANCELLED, late)
    assert message.expires_at == late + LATE_NEWS


BY_PHONE = a_patient(email=None, remind_by=(RemindBy.PHONE,))


def test_the_clinic_calls_before_the_visit_begins() -> None:
    moved = an_appointment()
    (call,) = owed(moved, BY_PHONE, None, Change.MOVED_BY_CLINIC, NOW)
    assert (call.channel, call.expires_at) == (Channel.PHONE, moved.start)


def test_the_clinic_calls_before_the_old_time_of_a_visit_that_it_moved_to_later() -> None:
    old, moved = NOW + timedelta(days=1), an_appointment()
    (call,) = owed(moved, BY_PHONE, None, Change.MOVED_BY_CLINIC, NOW, believed=old)
    assert old < moved.start
    assert call.expires_at == old


def test_the_clinic_calls_before_the_new_time_of_a_visit_that_it_moved_to_sooner() -> None:
    moved = an_appointment()
    (call,) = owed(moved, BY_PHONE, None, Change.MOVED_BY_CLINIC, NOW, believed=moved.start + LATE_NEWS)
    assert call.expires_at == moved.start


def test_a_call_that_cannot_come_in_time_is_still_made_within_a_day() -> None:
    visit = an_appointment(status=Status.CANCELLED, cancelled_by=CancelledBy.DESK)
    late = visit.start + timedelta(minutes=5)
    (call,) = owed(visit, BY_PHONE, None, Change.CANCELLED, late)
    assert call.expires_at == late + LATE_NEWS
