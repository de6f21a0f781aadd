"""Who a letter goes to, and that it goes to nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scheduler.domain.letter import is_one_address, letter
from scheduler.domain.notification import Addressee, Channel, Claimed, Kind
from tests.letters import LINKS, TUESDAY, WRITTEN, a_helper, a_patient, a_visit

CLAIMED = Claimed(
    id=5,
    appointment_id=1,
    sequence=0,
    kind=Kind.CONFIRMATION,
    channel=Channel.EMAIL,
    addressee=Addressee.PATIENT,
    language="es",
    message_id="m@clinic.example.com",
    due_at=WRITTEN,
    expires_at=TUESDAY,
    attempts=0,
    ambiguous=False,
    lease_token="t",
    rendered=None,
)
TO_HELPER = replace(CLAIMED, addressee=Addressee.HELPER)


def test_the_patients_letter_goes_to_the_patient_in_the_language_of_the_visit_now() -> None:
    visit = a_visit(helper=a_helper(), language="es")
    written = letter(visit, replace(CLAIMED, language="en"), LINKS, None, WRITTEN)
    assert written is not None
    assert (written.address, written.name, written.language) == ("ana@example.com", "Ana Peña Example", "es")


def test_the_helpers_letter_goes_to_the_helper() -> None:
    written = letter(a_visit(helper=a_helper()), TO_HELPER, LINKS, "first@x", WRITTEN)
    assert written is not None
    assert (written.address, written.name, written.thread) == ("rosa@example.com", "Rosa Example", "first@x")


def test_a_reader_without_a_usable_address_gets_none() -> None:
    assert letter(a_visit(patient=a_patient(email=None)), CLAIMED, LINKS, None, WRITTEN) is None
    assert letter(a_visit(patient=a_patient(email="a@b.c, d@e.f")), CLAIMED, LINKS, None, WRITTEN) is None
    assert letter(a_visit(helper=a_helper(may_be_told=False)), TO_HELPER, LINKS, None, WRITTEN) is None
    assert letter(a_visit(), TO_HELPER, LINKS, None, WRITTEN) is None


@pytest.mark.parametrize(
    "address",
    ["a@example.com", "first.last+tag@mail.example.co", "o'hara@example.com", "x_y-z@xn--bcher-kva.example"],
)
def test_plain_addresses_are_taken(address: str) -> None:
    assert is_one_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b",
        "a@example.com, victim@example.com",
        "a@example.com;victim@example.com",
        "a@example.com\r\nBcc: victim@example.com",
        "a@example.com\n",
        "a b@example.com",
        "<a@example.com>",
        "Ana <a@example.com>",
        "a@exa\x00mple.com",
        "a@@example.com",
        '"a, b"@example.com',
        "ñ@example.com",
        "a" * 250 + "@example.com",
        "a@" + "b." * 130 + "com",
    ],
)
def test_anything_else_is_refused(address: str) -> None:
    assert not is_one_address(address)
