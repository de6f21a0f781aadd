"""Whether a server's refusal is about the address, by what real servers say."""

from __future__ import annotations

import pytest

from scheduler.domain.bounce import enhanced, is_of_address

OF_ADDRESS = [
    (550, "5.1.1 <ana@example.com>: Recipient address rejected: User unknown in local recipient table"),
    (
        550,
        "5.1.1 The email account that you tried to reach does not exist. Please try\n5.1.1 double-checking it",
    ),
    (
        550,
        "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ana@example.com not found by SMTP address lookup",
    ),
    (550, "5.4.1 Recipient address rejected: Access denied. AS(201806281)"),
    (552, "5.2.2 The recipient's inbox is out of storage space"),
    (550, "5.2.1 The email account that you tried to reach is inactive"),
    (550, "5.5.0 Requested action not taken: mailbox unavailable"),
    (550, "5.1.0 ana@example.com: address unknown"),
    (554, "5.4.4 <ana@nowhere.example>: Host or domain name not found"),
    (550, "<ana@example.com>: user unknown"),
    (550, "No such user here"),
    (550, "Requested action not taken: mailbox unavailable"),
    (511, "sorry, no mailbox here by that name"),
    (553, "5.1.3 The recipient address is not a valid RFC-5321 address"),
    (556, "this domain does not take mail"),
]
OF_SOMETHING_ELSE = [
    (550, "5.7.1 Unable to relay"),
    (554, "5.7.1 <ana@example.com>: Recipient address rejected: Access denied"),
    (550, "5.7.26 Unauthenticated email from example.com is not accepted due to the domain's DMARC policy"),
    (550, "5.7.1 Service unavailable, Client host blocked using Spamhaus"),
    (550, "5.1.8 <visits@clinic.example.com>: Sender address rejected: Domain not found"),
    (550, "5.1.7 <visits@clinic.example.com>: Sender address rejected: undeliverable address"),
    (
        550,
        "5.1.0 <visits@clinic.example.com>: Sender address rejected: User unknown in local recipient table",
    ),
    (550, "5.1.1 <visits@clinic.example.com>: Sender address rejected: User unknown"),
    (550, "relay not permitted"),
    (553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"),
    (550, "Mailbox unavailable: your address is on our block list"),
    (550, "5.3.4 message too big for this system"),
    (554, "5.6.0 content rejected"),
    (503, "5.5.1 bad sequence of commands"),
    (550, "Requested action not taken"),
    (450, "4.2.1 <ana@example.com>: user unknown"),
]


@pytest.mark.parametrize(("code", "words"), OF_ADDRESS)
def test_a_refusal_of_the_address_is_known(code: int, words: str) -> None:
    assert is_of_address(code, words, at_recipient=True)


@pytest.mark.parametrize(("code", "words"), OF_SOMETHING_ELSE)
def test_a_refusal_of_anything_else_speaks_against_no_address(code: int, words: str) -> None:
    assert not is_of_address(code, words, at_recipient=True)


@pytest.mark.parametrize(("words", "expected"), [("5.1.1 no such user", True), ("no such user", False)])
def test_after_the_text_only_the_code_of_an_address_counts(words: str, expected: bool) -> None:
    assert is_of_address(550, words, at_recipient=False) is expected


def test_the_code_is_kept_and_nothing_of_the_words() -> None:
    assert enhanced("5.1.10 <ana@example.com> unknown") == "5.1.10"
    assert enhanced("host 10.5.1.1 says no") == ""
