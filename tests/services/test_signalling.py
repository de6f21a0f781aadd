"""Claims about the post of a call: who may send and take notes, one page for each party, nothing left at the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from scheduler.domain.errors import TooManyAttempts
from scheduler.domain.signalling import MOST_KEPT, Heard, Told
from scheduler.domain.telehealth import NotAdmitted, Outcome, Party, Quality, RoomClosed, Stage
from scheduler.persistence import visit_signals
from scheduler.persistence.audit import AuditRow
from scheduler.services import call_rooms, consulting, signalling
from scheduler.services.consulting import Ending
from scheduler.services.house import House
from scheduler.services.signalling import CLINICIAN, PATIENT, Speaker
from tests.databases import Table
from tests.engines import NOW
from tests.video_rooms import PATIENT as PERSON
from tests.video_rooms import Soon, a_visit_soon, sit_down

P, P2, C = "a" * 32, "b" * 32, "c" * 32
OFFER = {"description": {"type": "offer", "sdp": "candidate 192.0.2.77"}}


@pytest.fixture
def soon(house: House) -> Soon:
    found = a_visit_soon(house, NOW)
    sit_down(house, found, NOW)
    return found


def says(house: House, soon: Soon, instance: str, **more: Any) -> Heard:
    """One breath of the patient's page, or of the clinician's when it is named so."""
    told = Told(instance, more.pop("device", "d" * 32), **more)
    speaker, actor = (CLINICIAN, soon.clinician) if instance == C else (PATIENT, PERSON)
    return signalling.breathe(house, soon.number, speaker, told, actor, NOW)


def admitted(house: House, soon: Soon) -> None:
    says(house, soon, P, is_fresh=True)
    says(house, soon, C, is_fresh=True, device="e" * 32)
    consulting.admit(house, soon.number, soon.clinician, NOW)


def refusals(house: House, soon: Soon) -> list[str]:
    """Why notes about this visit were refused, as the audit has it."""
    with house.database.reading() as connection:
        rows = connection.execute(
            select(AuditRow.detail)
            .where(AuditRow.action == "video-signal", AuditRow.object_id == str(soon.number))
            .order_by(AuditRow.id)
        )
        return [row.detail["why"] for row in rows]


def test_a_note_reaches_the_other_page_once_and_no_other(house: House, soon: Soon) -> None:
    admitted(house, soon)
    says(house, soon, P, notes=((C, OFFER),))
    ((number, sender, body),) = says(house, soon, C).notes
    assert (sender, body) == (P, OFFER)
    assert says(house, soon, C, since=number).notes == ()
    assert says(house, soon, P).notes == ()


def test_notes_are_kept_sealed_and_go_with_the_visit(
    house: House, soon: Soon, tables_of: Callable[[str], Table]
) -> None:
    admitted(house, soon)
    says(house, soon, P, notes=((C, OFFER),))
    assert "192.0.2.77" not in repr(tables_of("visit_signal"))
    consulting.finish(house, soon.number, Ending(Outcome.BY_VIDEO), soon.clinician, NOW)
    assert tables_of("visit_signal") == []
    assert says(house, soon, P).standing.stage is Stage.ENDED


def test_nobody_sends_notes_before_being_let_in(house: House, soon: Soon) -> None:
    says(house, soon, P, is_fresh=True)
    with pytest.raises(NotAdmitted):
        says(house, soon, P, notes=((C, OFFER),))
    assert refusals(house, soon) == ["not-admitted"]


def test_nobody_sends_notes_after_being_sent_back(house: House, soon: Soon) -> None:
    admitted(house, soon)
    consulting.send_back(house, soon.number, soon.clinician, NOW)
    with pytest.raises(NotAdmitted):
        says(house, soon, P, notes=((C, OFFER),))


def test_outside_the_hours_nothing_is_heard_and_a_note_is_written_down(house: House, soon: Soon) -> None:
    admitted(house, soon)
    late = NOW + timedelta(hours=3)
    told = Told(P, "d" * 32, notes=((C, OFFER),))
    with pytest.raises(RoomClosed):
        signalling.breathe(house, soon.number, PATIENT, told, PERSON, late)
    assert refusals(house, soon) == ["closed"]


def test_a_second_device_is_told_so_and_cannot_listen(house: House, soon: Soon) -> None:
    admitted(house, soon)
    says(house, soon, C, notes=((P, OFFER),))
    third = says(house, soon, P2, is_fresh=True, device="f" * 32)
    assert (third.is_active, third.notes, [one.instance for one in third.peers]) == (False, (), [""])
    with pytest.raises(NotAdmitted):
        says(house, soon, P2, device="f" * 32, notes=((C, OFFER),))
    assert refusals(house, soon) == ["other-device"]


def test_the_owner_may_move_the_visit_to_another_device(house: House, soon: Soon) -> None:
    admitted(house, soon)
    assert says(house, soon, P2, device="f" * 32, takes=True).is_active
    assert not says(house, soon, P).is_active


def test_a_reload_of_the_same_device_takes_over_by_itself_and_once(house: House, soon: Soon) -> None:
    admitted(house, soon)
    assert says(house, soon, P2, is_fresh=True).is_active
    assert not says(house, soon, P).is_active
    assert says(house, soon, P2).is_active


def test_what_was_meant_for_a_page_that_is_gone_is_dropped(house: House, soon: Soon) -> None:
    admitted(house, soon)
    says(house, soon, C, notes=((P, OFFER),))
    assert says(house, soon, P2, is_fresh=True).notes == ()
    says(house, soon, C, notes=((P, OFFER),))
    assert says(house, soon, P2).notes == ()


def test_a_companion_takes_no_part_in_the_call(house: House, soon: Soon) -> None:
    admitted(house, soon)
    guest = Speaker(Party.COMPANION, "guest")
    told = Told("9" * 32, "8" * 32, is_fresh=True, notes=((P, OFFER),))
    with pytest.raises(NotAdmitted):
        signalling.breathe(house, soon.number, guest, told, PERSON, NOW)
    assert refusals(house, soon) == ["no-caller"]


def test_a_breath_that_changes_nothing_asks_the_database_once(
    house: House, soon: Soon, count_statements: Callable[[], int]
) -> None:
    admitted(house, soon)
    says(house, soon, P, quality=Quality.GOOD, is_connected=True)
    before = count_statements()
    says(house, soon, P, quality=Quality.GOOD, is_connected=True)
    assert count_statements() - before == 1


def test_a_page_that_closes_is_seen_to_be_gone(house: House, soon: Soon) -> None:
    admitted(house, soon)
    assert [one.is_here for one in says(house, soon, C).peers] == [True]
    signalling.hang_up(house, soon.number, PATIENT, P, NOW)
    assert [one.is_here for one in says(house, soon, C).peers] == [False]


def test_the_first_who_sees_the_other_begins_the_call(house: House, soon: Soon) -> None:
    admitted(house, soon)
    assert says(house, soon, P, is_connected=True).standing.stage is Stage.IN_CALL
    assert call_rooms.look(house, soon.number).call.connected_at == NOW


def test_how_the_line_was_is_kept_in_one_word(house: House, soon: Soon) -> None:
    admitted(house, soon)
    for quality in (Quality.GOOD, Quality.SOUND_ONLY, Quality.GOOD):
        says(house, soon, P, quality=quality)
    (patient,) = (one for one in call_rooms.look(house, soon.number).people if one.kind is Party.PATIENT)
    assert (patient.quality, patient.worst) == (Quality.GOOD, Quality.SOUND_ONLY)


def test_a_flood_of_notes_is_refused_and_written_down(house: House, soon: Soon) -> None:
    admitted(house, soon)
    with house.database.transaction() as connection:
        notes = [(C, {"candidate": str(number)}) for number in range(MOST_KEPT)]
        visit_signals.keep(connection, house.vault, soon.number, P, notes, NOW)
    with pytest.raises(TooManyAttempts):
        says(house, soon, P, notes=((C, OFFER),))
    assert refusals(house, soon) == ["flood"]
