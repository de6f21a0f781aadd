"""A new key reaches everything that is sealed, and then the old one can be thrown away."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import LargeBinary, text

from scheduler.domain.actor import SYSTEM
from scheduler.domain.directory import Mode
from scheduler.persistence import drafts, migration, people, sealed
from scheduler.persistence.database import Model
from scheduler.persistence.vault import KeyRing, SealBroken, Vault, rotated_keys
from scheduler.services import booking, changing, private_links, rotation
from scheduler.services.house import House
from scheduler.services.rotation import Rotation
from tests.engines import NOW, SOMEBODY, a_patient, a_request


def test_every_column_of_bytes_is_known_as_sealed_or_not() -> None:
    migration.load_models()
    columns = {
        column
        for table in Model.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert columns == {place.column for place in sealed.PLACES} | sealed.NOT_SEALED


@pytest.fixture
def visit_ids(house: House) -> list[int]:
    """Two booked visits, one by video, and a half-filled form."""
    made = [
        booking.book(house, a_request(house, mode), SOMEBODY, NOW) for mode in (Mode.IN_PERSON, Mode.VIRTUAL)
    ]
    with house.database.transaction() as connection:
        drafts.start(connection, house.vault, {"a": 1}, now=NOW, expires_at=NOW.replace(year=2027))
        drafts.begin(connection, house.vault, "key", b"request", NOW)
        drafts.finish(connection, house.vault, "key", b"answer")
    return [one.visit.appointment.id for one in made if one.visit]


def rotated(house: House) -> House:
    """The same clinic after a restart with a new key in front."""
    return replace(house, vault=Vault(KeyRing.parse(rotated_keys(house.vault.keyring))))


def without_old_keys(house: House) -> House:
    """The same clinic after the old keys were taken out."""
    kept = {house.vault.key_id, "stable"}
    ring = KeyRing.of((name, key) for name, key in house.vault.keyring.keys.items() if name in kept)
    return replace(house, vault=Vault(ring))


def run(house: House, size: int = 200) -> Rotation:
    return rotation.rotate(house.database, house.vault, now=NOW, actor=SYSTEM, size=size)


@pytest.mark.parametrize("size", [1, 200])
def test_after_a_rotation_the_old_key_is_needed_no_more(
    house: House, visit_ids: list[int], size: int
) -> None:
    before = [changing.show(house, number) for number in visit_ids]
    secrets = [private_links.of_visit(house, number) for number in visit_ids]
    later = rotated(house)
    first = run(later, size)
    assert (first.seen, first.broken) == (first.resealed, 0)
    assert first.seen >= 6
    alone = without_old_keys(later)
    assert [changing.show(alone, number) for number in visit_ids] == before
    assert [private_links.of_visit(alone, number) for number in visit_ids] == secrets
    assert run(alone, size).is_finished


def test_without_a_rotation_the_old_key_is_still_needed(house: House, visit_ids: list[int]) -> None:
    with pytest.raises(SealBroken):
        changing.show(without_old_keys(rotated(house)), visit_ids[0])


def test_a_known_patient_is_still_known_after_a_rotation(house: House) -> None:
    patient = a_patient()
    with house.database.transaction() as connection:
        number = people.add(connection, house.vault, patient, NOW)
    later = rotated(house)
    run(later)
    with house.database.reading() as connection:
        assert people.find(connection, without_old_keys(later).vault, patient) == number


def test_a_value_that_does_not_open_stops_nothing_and_is_reported(house: House, visit_ids: list[int]) -> None:
    with house.database.transaction() as connection:
        connection.execute(text("UPDATE draft SET sealed = :rubbish"), {"rubbish": b"rubbish"})
    later = rotated(house)
    done = run(later)
    assert done.broken == 1
    assert done.resealed == done.seen - 1
    assert not done.is_finished


def test_what_somebody_wrote_meanwhile_is_not_overwritten(house: House, visit_ids: list[int]) -> None:
    later = rotated(house)
    place = next(place for place in sealed.PLACES if place.table.name == "draft")
    with house.database.transaction() as connection:
        [(record, old)] = sealed.portion(connection, place, None, 10)
        newer = later.vault.seal("draft", record, {"a": 2})
        assert sealed.replace(connection, place, record, old, newer)
        assert not sealed.replace(connection, place, record, old, b"stale")
        [(_, kept)] = sealed.portion(connection, place, None, 10)
    assert later.vault.open("draft", record, kept) == {"a": 2}


def test_a_rotation_is_written_down(house: House, visit_ids: list[int]) -> None:
    run(rotated(house))
    with house.database.reading() as connection:
        acts = connection.execute(text("SELECT object_id FROM audit WHERE action = 'rotate-keys'")).scalars()
        assert list(acts) == ["k2"]
