"""Booking: all of it or nothing, once, and never into a time that is taken."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from scheduler.domain.availability import Reason
from scheduler.domain.booking import BookingRequest
from scheduler.domain.directory import Mode
from scheduler.domain.errors import (
    GateClosed,
    GateNeeded,
    HoldLapsed,
    IdempotencyMismatch,
    InvalidInput,
    NotOffered,
    NotPermitted,
    PatientBusy,
    SlotTaken,
)
from scheduler.domain.link import Link, LinkPurpose
from scheduler.domain.person import HelperDetails, Relation, VirtualDetails
from scheduler.domain.safety_gate import Answer
from scheduler.domain.visit import Visit
from scheduler.persistence import drafts, occupancy
from scheduler.persistence.answers import GateAnswerRow
from scheduler.persistence.appointments import AppointmentRow
from scheduler.persistence.audit import AuditRow
from scheduler.persistence.consents import ConsentRow
from scheduler.persistence.database import Model
from scheduler.persistence.occupancy import OccupancyRow
from scheduler.persistence.outbox import OutboxRow
from scheduler.persistence.people import PatientRow
from scheduler.persistence.worklist import WorklistRow
from scheduler.services import announcement, booking, changing, holding, private_links, slot_search
from scheduler.services.booking import Once
from scheduler.services.house import House
from tests.engines import CLERK, NOW, SOMEBODY, a_patient, a_request, in_texas, passed_gate, query
from tests.post import outbox_of


def count(house: House, table: type[Model]) -> int:
    with house.database.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def taken(house: House, visit: Visit) -> dict[int, tuple[int, int]]:
    with house.database.reading() as connection:
        rows = connection.execute(
            select(OccupancyRow.resource_id, OccupancyRow.starts_at, OccupancyRow.ends_at).where(
                OccupancyRow.appointment_id == visit.appointment.id
            )
        ).all()
    return {row.resource_id: (row.starts_at, row.ends_at) for row in rows}


def book(house: House, request: BookingRequest) -> Visit:
    visit = booking.book(house, request, SOMEBODY, NOW).visit
    assert visit is not None
    return visit


def test_a_booking_takes_the_time_of_clinician_room_and_patient(house: House) -> None:
    visit = book(house, a_request(house))
    appointment = visit.appointment
    spans = taken(house, visit)
    start, end = int(appointment.start.timestamp()), int(appointment.end.timestamp())
    assert set(spans) == {appointment.practitioner_id, appointment.room_id, appointment.patient_id}
    assert spans[appointment.patient_id] == (start, end)
    assert spans[appointment.practitioner_id] == (start, end + visit.visit_type.buffer_after * 60)


def test_a_virtual_visit_takes_no_room(house: House) -> None:
    visit = book(house, a_request(house, Mode.VIRTUAL))
    assert visit.appointment.room_id is None
    assert len(taken(house, visit)) == 2


def test_everything_said_is_kept_in_the_same_transaction(house: House) -> None:
    book(house, a_request(house, Mode.VIRTUAL))
    for table in (AppointmentRow, PatientRow, GateAnswerRow, ConsentRow):
        assert count(house, table) == 1, table
    assert count(house, OutboxRow) > 1, "the confirmation and the reminders"


def test_a_booking_that_fails_half_way_leaves_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    request = a_request(house)
    monkeypatch.setattr(announcement, "owe_about", full_disk)
    with pytest.raises(OSError, match="no space"):
        book(house, request)
    for table in (AppointmentRow, PatientRow, GateAnswerRow, OccupancyRow, OutboxRow):
        assert count(house, table) == 0, table


def test_a_time_is_given_once_and_the_loser_is_told_the_nearest_three(house: House) -> None:
    slot = slot_search.find(house, query(), NOW, limit=1)[0]
    first = book(house, a_request(house, start=slot.start, practitioner_id=slot.practitioner_id))
    with pytest.raises(SlotTaken) as refusal:
        book(house, a_request(house, start=slot.start, practitioner_id=slot.practitioner_id))
    nearest = refusal.value.alternatives
    assert len(nearest) == 3
    assert all(slot.start != first.appointment.start for slot in nearest)
    assert count(house, AppointmentRow) == 1


def test_any_clinician_means_another_one_when_the_first_is_busy(house: House) -> None:
    slot = slot_search.find(house, query(start=NOW + timedelta(days=1, hours=1)), NOW, limit=1)[0]
    seen = {book(house, a_request(house, start=slot.start)).appointment.practitioner_id for _ in range(2)}
    assert len(seen) == 2


def test_what_is_listed_can_be_booked(house: House) -> None:
    for _ in range(12):
        slot = slot_search.find(house, query(), NOW, limit=1)[0]
        book(house, a_request(house, start=slot.start, practitioner_id=slot.practitioner_id))
    with house.database.reading() as connection:
        assert occupancy.count_overlaps(connection) == 0


def test_a_time_outside_the_hours_is_refused_with_its_reason(house: House) -> None:
    midnight = NOW.replace(hour=6, minute=0) + timedelta(days=2)
    with pytest.raises(NotOffered) as refusal:
        book(house, a_request(house, start=midnight))
    assert refusal.value.reason == Reason.OUTSIDE_HOURS
    assert refusal.value.alternatives


def test_nobody_is_in_two_visits_at_once(house: House) -> None:
    patient = a_patient()
    slot = slot_search.find(house, query(start=NOW + timedelta(days=1, hours=1)), NOW, limit=1)[0]
    book(house, a_request(house, start=slot.start, patient=patient))
    with pytest.raises(PatientBusy):
        book(house, a_request(house, start=slot.start, patient=patient))


def test_a_known_patient_is_recognised_and_their_record_left_alone(house: House) -> None:
    known = a_patient()
    book(house, a_request(house, patient=known))
    later = slot_search.find(house, query(start=NOW + timedelta(days=3)), NOW, limit=1)[0].start
    again = book(house, a_request(house, start=later, patient=replace(known, email="other@example.com")))
    assert count(house, PatientRow) == 1
    assert changing.show(house, again.appointment.id).patient.email == "other@example.com"
    with house.database.reading() as connection:
        row = connection.execute(select(PatientRow.id, PatientRow.sealed)).one()
    assert house.vault.open("patient", row.id, row.sealed)["email"] == known.email


def test_twins_on_one_phone_are_two_people(house: House) -> None:
    ana = a_patient(given_name="Ana")
    book(house, a_request(house, patient=ana))
    later = slot_search.find(house, query(start=NOW + timedelta(days=3)), NOW, limit=1)[0].start
    book(house, a_request(house, start=later, patient=replace(ana, given_name="Eva")))
    assert count(house, PatientRow) == 2


@pytest.mark.parametrize(
    ("sign", "answer", "tier"),
    [
        ("bladder-bowel", Answer.YES, "emergency"),
        ("fever-infection", Answer.YES, "same-day"),
        ("cancer", Answer.YES, "call-back"),
        ("bladder-bowel", Answer.UNSURE, "call-back"),
    ],
)
def test_a_red_flag_books_nothing(house: House, sign: str, answer: Answer, tier: str) -> None:
    gate = passed_gate(house)
    gate = replace(gate, answers={**gate.answers, sign: answer})
    with pytest.raises(GateClosed) as refusal:
        book(house, a_request(house, gate=gate))
    assert refusal.value.tier == tier
    assert count(house, AppointmentRow) == 0


def test_answers_to_an_old_wording_do_not_count(house: House) -> None:
    with pytest.raises(GateNeeded):
        book(house, a_request(house, gate=replace(passed_gate(house), version="old")))


def test_a_sign_without_an_answer_does_not_count(house: House) -> None:
    gate = passed_gate(house)
    with pytest.raises(InvalidInput) as refusal:
        book(house, a_request(house, gate=replace(gate, answers=dict(list(gate.answers.items())[1:]))))
    assert list(refusal.value.errors) == [f"gate.{next(iter(gate.answers))}"]


def test_a_visit_for_the_desk_is_not_booked_online(house: House) -> None:
    slot = slot_search.find(house, query(code="procedure"), NOW, limit=1)[0]
    request = a_request(house, visit_type_code="procedure", start=slot.start)
    with pytest.raises(NotPermitted):
        book(house, request)
    assert booking.book(house, replace(request, source="desk"), CLERK, NOW).visit is not None


def test_a_follow_up_is_for_known_patients(house: House) -> None:
    slot = slot_search.find(house, query(code="follow-up"), NOW, limit=1)[0]
    patient = a_patient()
    request = a_request(house, visit_type_code="follow-up", start=slot.start, patient=patient)
    with pytest.raises(NotPermitted):
        book(house, request)
    book(house, a_request(house, start=slot.start + timedelta(days=7), patient=patient))
    book(house, request)


def test_a_virtual_visit_needs_consent_to_the_text_in_force(house: House) -> None:
    with pytest.raises(InvalidInput) as refusal:
        book(house, a_request(house, Mode.VIRTUAL, virtual=VirtualDetails("US-TX", "+19155550199", "old")))
    assert list(refusal.value.errors) == ["virtual.consent_version"]
    with pytest.raises(InvalidInput):
        book(house, a_request(house, Mode.VIRTUAL, virtual=None))


@pytest.mark.parametrize("place", ["MX", "US-AZ", "CA", "other"])
def test_out_of_area_is_the_desks_decision_and_no_refusal(house: House, place: str) -> None:
    elsewhere = replace(in_texas(house), state=place)
    book(house, a_request(house, Mode.VIRTUAL, virtual=elsewhere))
    with house.database.reading() as connection:
        assert connection.execute(select(WorklistRow.kind)).scalars().all() == ["out-of-area"]


def test_a_hold_keeps_the_time_and_becomes_the_visit(house: House) -> None:
    slot = slot_search.find(house, query(), NOW, limit=1)[0]
    asked = query(practitioner_id=slot.practitioner_id)
    hold = holding.hold(house, asked, slot.start, SOMEBODY, NOW)
    with pytest.raises(SlotTaken):
        book(house, a_request(house, start=slot.start, practitioner_id=slot.practitioner_id))
    visit = book(house, a_request(house, start=slot.start, hold_id=hold.id))
    assert visit.appointment.practitioner_id == hold.practitioner_id
    assert visit.appointment.room_id == hold.room_id
    assert len(taken(house, visit)) == 3
    assert holding.get(house, hold.id, NOW) is None


def test_a_lapsed_hold_still_books_while_nobody_took_the_time(house: House) -> None:
    slot = slot_search.find(house, query(), NOW, limit=1)[0]
    hold = holding.hold(house, query(), slot.start, SOMEBODY, NOW)
    late = NOW + timedelta(minutes=16)
    visit = booking.book(house, a_request(house, start=slot.start, hold_id=hold.id), SOMEBODY, late).visit
    assert visit is not None
    assert visit.appointment.start == slot.start


def test_a_lapsed_hold_whose_time_is_gone_says_so_with_other_times(house: House) -> None:
    slot = slot_search.find(house, query(), NOW, limit=1)[0]
    chosen = slot.practitioner_id
    hold = holding.hold(house, query(practitioner_id=chosen), slot.start, SOMEBODY, NOW)
    late = NOW + timedelta(minutes=16)
    booking.book(house, a_request(house, start=slot.start, practitioner_id=chosen), SOMEBODY, late)
    request = a_request(house, start=slot.start, hold_id=hold.id, practitioner_id=chosen)
    with pytest.raises(HoldLapsed) as refusal:
        booking.book(house, request, SOMEBODY, late)
    assert len(refusal.value.alternatives) == 3


def test_a_hold_is_a_promise_even_when_the_notice_runs_out_meanwhile(house: House) -> None:
    soon = query(start=NOW, end=NOW + timedelta(hours=8))
    slot = slot_search.find(house, soon, NOW, limit=1)[0]
    hold = holding.hold(house, soon, slot.start, SOMEBODY, NOW)
    later = NOW + timedelta(minutes=14)
    assert slot_search.explain(house, soon, slot.start, later) is Reason.TOO_SOON
    request = a_request(house, start=slot.start, hold_id=hold.id)
    assert booking.book(house, request, SOMEBODY, later).visit is not None


def test_a_draft_pressed_twice_is_one_visit(house: House) -> None:
    with house.database.transaction() as connection:
        handle = drafts.start(connection, house.vault, {}, now=NOW, expires_at=NOW + timedelta(hours=1))
        draft = drafts.load(connection, house.vault, handle, NOW)
    assert draft is not None
    request = a_request(house)
    first = booking.book(house, request, SOMEBODY, NOW, draft_id=draft.id)
    second = booking.book(house, request, SOMEBODY, NOW, draft_id=draft.id)
    assert first.visit is not None
    assert second.visit is not None
    assert first.visit.appointment.uid == second.visit.appointment.uid
    assert count(house, AppointmentRow) == 1
    assert len(outbox_of(house)) == len({(row.kind, row.channel) for row in outbox_of(house)})


def _answer(visit: Visit, links: dict[LinkPurpose, str]) -> bytes:
    return json.dumps([visit.appointment.uid, links[LinkPurpose.MANAGE]]).encode()


def test_one_key_is_one_visit_and_one_answer(house: House) -> None:
    request, once = a_request(house), Once("key-1", b"body", _answer)
    first = booking.book(house, request, SOMEBODY, NOW, once=once)
    second = booking.book(house, request, SOMEBODY, NOW, once=once)
    assert first.answer == second.answer is not None
    assert count(house, AppointmentRow) == 1


def test_one_key_with_another_body_is_refused(house: House) -> None:
    request = a_request(house)
    booking.book(house, request, SOMEBODY, NOW, once=Once("key-1", b"body", _answer))
    with pytest.raises(IdempotencyMismatch):
        booking.book(house, request, SOMEBODY, NOW, once=Once("key-1", b"other", _answer))


def test_a_refused_request_does_not_use_up_its_key(house: House) -> None:
    slot = slot_search.find(house, query(), NOW, limit=1)[0]
    request = a_request(house, start=slot.start, practitioner_id=slot.practitioner_id)
    book(house, replace(request, patient=a_patient()))
    once = Once("key-2", b"body", _answer)
    with pytest.raises(SlotTaken):
        booking.book(house, request, SOMEBODY, NOW, once=once)
    other = replace(request, start=slot.start + timedelta(days=7))
    assert booking.book(house, other, SOMEBODY, NOW, once=once).visit is not None


def test_the_helper_is_kept_with_the_visit(house: House) -> None:
    helper = HelperDetails("Luz Example", "+19155550177", "luz@example.com", Relation.CHILD)
    visit = book(house, a_request(house, helper=helper))
    assert changing.show(house, visit.appointment.id) == visit
    assert visit.helper == helper


def test_the_links_open_this_visit_and_nothing_else(house: House) -> None:
    booked = booking.book(house, a_request(house), SOMEBODY, NOW)
    assert booked.visit is not None
    secret = booked.links[LinkPurpose.MANAGE]
    link: Link = private_links.find(house, secret, [LinkPurpose.MANAGE], NOW)
    assert link.appointment_id == booked.visit.appointment.id
    assert private_links.of_visit(house, booked.visit.appointment.id) == booked.links


def test_no_name_phone_or_answer_lies_open_in_the_tables(house: House) -> None:
    patient = a_patient(given_name="Zacatecas", family_name="Quetzal", email="quetzal@example.com")
    book(house, a_request(house, Mode.VIRTUAL, patient=patient))
    with house.database.reading() as connection:
        for table in Model.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                for value in row:
                    told = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                    for canary in ("Zacatecas", "Quetzal", "quetzal", patient.phone, "1948-03-09"):
                        assert canary not in told, table.name


def test_every_booking_is_written_down(house: House) -> None:
    visit = book(house, a_request(house))
    with house.database.reading() as connection:
        row = connection.execute(select(AuditRow).where(AuditRow.action == "book")).one()
    assert (row.object_id, row.patient_id) == (str(visit.appointment.id), visit.appointment.patient_id)
    assert row.address == "192.0.2.1"


def test_under_the_microscope_the_time_is_whole_minutes_and_the_stamp_whole_seconds(house: House) -> None:
    moment = NOW.replace(microsecond=123456)
    visit = booking.book(house, a_request(house), SOMEBODY, moment).visit
    assert visit is not None
    assert visit.appointment.changed_at.microsecond == 0
    assert changing.show(house, visit.appointment.id) == visit
