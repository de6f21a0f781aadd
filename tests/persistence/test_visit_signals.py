"""Claims about the notes of a call as they are kept."""

from __future__ import annotations

from scheduler.persistence import visit_signals
from scheduler.services.house import House
from tests.engines import NOW
from tests.video_rooms import a_visit_soon

PATIENT, REOPENED, CLINICIAN = "a" * 32, "b" * 32, "c" * 32


def test_a_note_is_read_though_all_before_it_were_let_go(house: House) -> None:
    """A patient's page that is opened anew takes the notes of the old one away; the clinician's page has read those."""
    soon = a_visit_soon(house, NOW)
    with house.database.transaction() as connection:
        old = [(CLINICIAN, {"candidate": number}) for number in range(5)]
        visit_signals.keep(connection, house.vault, soon.number, PATIENT, old, NOW)
        read = visit_signals.received(connection, house.vault, soon.number, CLINICIAN, 0)[-1].id
        visit_signals.forget(connection, soon.number, instance=PATIENT)
        visit_signals.keep(connection, house.vault, soon.number, REOPENED, [(CLINICIAN, {"sdp": "x"})], NOW)
        found = visit_signals.received(connection, house.vault, soon.number, CLINICIAN, read)
    assert [note.body for note in found] == [{"sdp": "x"}]
