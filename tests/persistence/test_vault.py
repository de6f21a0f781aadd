"""What is locked opens in its own place alone, with any key on the ring, and its look-up hashes outlive a rotation."""

from __future__ import annotations

import base64
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.persistence.vault import (
    KeyRing,
    SealBroken,
    Vault,
    fresh_keys,
    rotated_keys,
)

MARIA = {"given_name": "María", "phone": "+19155550123", "answers": [1, None, True]}


def a_key(letter: str) -> str:
    return base64.b64encode(letter.encode() * 32).decode()


def a_vault(*names: str) -> Vault:
    return Vault(KeyRing.parse(",".join(f"{name}:{a_key(name[-1])}" for name in names)))


def test_what_was_sealed_opens_again() -> None:
    vault = a_vault("k1")
    assert vault.open("patient", 7, vault.seal("patient", 7, MARIA)) == MARIA


def test_a_sealed_value_shows_nothing_of_what_is_in_it() -> None:
    sealed = a_vault("k1").seal("patient", 7, MARIA)
    assert b"5550123" not in sealed
    assert "María".encode() not in sealed


def test_the_same_value_never_looks_the_same_twice() -> None:
    vault = a_vault("k1")
    assert vault.seal("patient", 7, MARIA) != vault.seal("patient", 7, MARIA)


@pytest.mark.parametrize(("table", "record"), [("patient", 8), ("worklist", 7), ("patient", "77")])
def test_a_value_moved_to_another_record_does_not_open(table: str, record: int | str) -> None:
    vault = a_vault("k1")
    with pytest.raises(SealBroken):
        vault.open(table, record, vault.seal("patient", 7, MARIA))


@given(position=st.integers(0, 200), bit=st.integers(0, 7))
def test_one_changed_bit_anywhere_is_noticed(position: int, bit: int) -> None:
    vault = a_vault("k1")
    sealed = bytearray(vault.seal("patient", 7, MARIA))
    sealed[position % len(sealed)] ^= 1 << bit
    with pytest.raises(SealBroken):
        vault.open("patient", 7, bytes(sealed))


@given(st.binary(max_size=80))
def test_rubbish_is_refused_and_never_an_accident(rubbish: bytes) -> None:
    with pytest.raises(SealBroken):
        a_vault("k1").open("patient", 7, rubbish)


def test_a_refusal_to_open_says_nothing_of_the_content() -> None:
    vault = a_vault("k1")
    with pytest.raises(SealBroken) as refusal:
        vault.open("patient", 8, vault.seal("patient", 7, MARIA))
    assert "Mar" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_drafts_and_kept_data_have_keys_of_their_own() -> None:
    vault = a_vault("k1")
    as_draft = vault.seal("draft", 7, MARIA)
    with pytest.raises(SealBroken):
        vault.open("patient", 7, as_draft)


def test_an_old_value_opens_after_a_new_key_came_and_the_new_key_seals() -> None:
    old = a_vault("k1").seal("patient", 7, MARIA)
    vault = a_vault("k2", "k1")
    assert vault.open("patient", 7, old) == MARIA
    assert not vault.is_current(old)
    assert vault.is_current(vault.reseal("patient", 7, old))


def test_a_resealed_value_needs_the_old_key_no_more() -> None:
    old = a_vault("k1", "stable").seal("patient", 7, MARIA)
    fresh = a_vault("k2", "k1", "stable").reseal("patient", 7, old)
    assert a_vault("k2", "stable").open("patient", 7, fresh) == MARIA
    with pytest.raises(SealBroken):
        a_vault("k2", "stable").open("patient", 7, old)


def test_hashes_secrets_and_the_chain_outlive_a_rotation() -> None:
    before = Vault(KeyRing.parse(fresh_keys()))
    both = Vault(KeyRing.parse(rotated_keys(before.keyring)))
    only_new = {name: key for name, key in both.keyring.keys.items() if name != "k1"}
    after = Vault(KeyRing.of(only_new.items()))
    assert after.key_id == "k2"
    assert after.index("phone", "+19155550123") == before.index("phone", "+19155550123")
    assert after.link_secret("a", before.link_key_id) == before.link_secret("a")
    assert after.audit_mac(b"", b"row") == before.audit_mac(b"", b"row")


def test_a_ring_without_a_stable_key_gets_its_oldest_as_one_when_it_is_rotated() -> None:
    before = a_vault("k1")
    both = Vault(KeyRing.parse(rotated_keys(before.keyring)))
    after = Vault(KeyRing.of((name, key) for name, key in both.keyring.keys.items() if name != "k1"))
    assert after.index("email", "a@example.com") == before.index("email", "a@example.com")
    assert after.link_secret("a", "k1") == before.link_secret("a")


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("phone", "+1 (915) 555-0123", "+19155550123"),
        ("phone", "915-555-0123", "+19155550123"),
        ("email", " Maria.Lopez@Example.COM ", "maria.lopez@example.com"),
        ("email", "ｍａｒｉａ@example.com", "maria@example.com"),
        ("person", "De la Peña|1951-03-09", "DELAPENA|1951-03-09"),
        ("person", "O'Neill|1951-03-09", "ONeill|1951-03-09"),
    ],
)
def test_the_same_person_written_another_way_has_the_same_look_up_hash(
    kind: str, one: str, other: str
) -> None:
    vault = a_vault("k1")
    assert vault.index(kind, one) == vault.index(kind, other)
    assert len(vault.index(kind, one)) == 16


def test_different_kinds_people_and_clinics_have_different_look_up_hashes() -> None:
    vault = a_vault("k1")
    lopez = vault.person_index("López", date(1951, 3, 9))
    assert lopez != vault.person_index("López", date(1951, 3, 8))
    assert lopez != vault.person_index("Lopes", date(1951, 3, 9))
    assert vault.index("phone", "+19155550123") != vault.index("email", "+19155550123")
    assert lopez != a_vault("k9").person_index("López", date(1951, 3, 9))


def test_the_secret_of_a_link_is_256_bits_for_an_address_and_its_own() -> None:
    vault = a_vault("k1")
    secret = vault.link_secret("a")
    assert len(base64.urlsafe_b64decode(secret + "=")) == 32
    assert secret == vault.link_secret("a") != vault.link_secret("b")


@pytest.mark.parametrize(
    "setting",
    [
        "",
        "k1",
        "k1:short",
        f"K1:{a_key('a')}",
        f"k1:{a_key('a')},k1:{a_key('b')}",
        f"stable:{a_key('a')}",
        "k1:!!",
    ],
)
def test_a_malformed_setting_is_refused_without_showing_the_key(setting: str) -> None:
    with pytest.raises(ValueError) as refusal:
        KeyRing.parse(setting)
    assert a_key("a") not in str(refusal.value)


def test_a_printed_ring_shows_no_key() -> None:
    ring = KeyRing.parse(f"k1:{a_key('a')}")
    assert "aaaa" not in repr(ring)
    assert a_key("a") not in repr(ring)
