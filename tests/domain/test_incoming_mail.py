"""A stranger's bytes are taken apart within limits: what people wrote is found, what is hidden in it is not shown."""

from __future__ import annotations

import random
import time

import pytest

from scheduler.domain import bounce, incoming_mail
from scheduler.domain.incoming_mail import IncomingMail, Sort, Unreadable
from scheduler.domain.voucher import Vouched
from tests.answer_corpus import (
    ANA,
    OWN,
    SERVER,
    SHAPES,
    Said,
    dsn,
    encoded,
    exim,
    gmail,
    head,
    letter,
    nested,
    parts,
    qmail,
)


def read(raw: bytes) -> IncomingMail:
    return incoming_mail.read(raw, SERVER, OWN)


def with_body(content: str, body: str) -> bytes:
    return (head(Said(), content) + body).encode("latin-1")


@pytest.mark.parametrize(
    ("content", "body", "text"),
    [
        ("text/plain; charset=utf-8", "ma\xc3\xb1ana", "mañana"),
        ("text/plain; charset=iso-8859-1", "ma\xf1ana", "mañana"),
        ("text/plain; charset=windows-1252", "\x93ma\xf1ana\x94", "\u201cmañana\u201d"),
        ("text/plain; charset=klingon", "ma\xc3\xb1ana", "mañana"),
        ("text/plain; charset=punycode", "ma\xc3\xb1ana", "mañana"),
        ("text/plain; charset=utf-8", "ma\xf1ana", "mañana"),
        ("text/plain", "ma\xc3\xb1ana", "mañana"),
        (
            "text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64",
            encoded("mañana"),
            "mañana",
        ),
        (
            "text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable",
            "ma=C3=B1=\r\nana",
            "mañana",
        ),
        (
            "text/html; charset=utf-8",
            "<html><head><title>no</title><style>p {}</style></head><p>Hola</p><script>x()</script><p>adi&oacute;s</p>",
            "Hola\n\nadiós",
        ),
    ],
)
def test_what_a_person_wrote_is_found_in_every_encoding(content: str, body: str, text: str) -> None:
    assert " ".join(read(with_body(content, body)).text.split()) == " ".join(text.split())


def test_the_text_is_taken_before_the_page_and_files_are_only_counted() -> None:
    body = parts(
        "X",
        "Content-Type: text/html\r\n\r\n<p>page</p>",
        "Content-Type: text/plain\r\n\r\ntext",
        "Content-Type: image/jpeg\r\nContent-Disposition: attachment; filename=a.jpg\r\n\r\nxx",
        "Content-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nfile",
    )
    mail = read(with_body("multipart/mixed; boundary=X", body))
    assert (mail.text, mail.files) == ("text", 2)


def test_quoted_words_and_secrets_of_our_links_are_left_out() -> None:
    secret = "a" * 43
    mail = read(letter(f"Yes\n> old words\nhttps://clinic.example.com/my/{secret} here"))
    assert mail.text == "Yes\nhttps://clinic.example.com/my/… here"


def test_signs_that_hide_or_turn_the_writing_are_gone() -> None:
    assert read(letter("safe\u202e\u200b\x00 text", subject="=?utf-8?q?Hi=00=E2=80=AE?=")).text == "safe text"


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ("Ana Peña <ana@example.com>", "ana@example.com"),
        ("=?utf-8?q?Ana_Pe=C3=B1a?= <ana@example.com>", "ana@example.com"),
        ('"Peña, Ana" <ana@example.com>', "ana@example.com"),
        ("Ana P. Example <ana@example.com>", "ana@example.com"),
        ("ana@example.com", "ana@example.com"),
        ('"victim@bank.example" <ana@example.com>', "ana@example.com"),
    ],
)
def test_the_one_sender_is_known_however_the_name_is_written(sender: str, address: str) -> None:
    mail = read(gmail(Said(sender=sender)))
    assert (mail.sender, mail.vouched) == (address, Vouched.YES)


@pytest.mark.parametrize(
    "sender",
    [
        "ana@example.com, eve@example.com",
        "Ana <ana@example.com>, Eve <eve@example.com>",
        "",
        "Ana",
        "<>",
        "undisclosed-recipients:;",
        "ana@example.com\r\nFrom: eve@example.com",
        "x" * 2000 + " <ana@example.com>",
        "ana@localhost",
    ],
)
def test_a_mail_without_exactly_one_sender_is_refused(sender: str) -> None:
    with pytest.raises(Unreadable, match="not-one-sender"):
        read(gmail(Said(sender=sender)))


def test_a_mail_without_a_name_is_called_by_its_bytes() -> None:
    raw = gmail(Said(message_id="nonsense"))
    assert read(raw).name.startswith("sha256:")
    assert read(raw).name == read(raw).name != read(raw + b"\r\n").name
    assert read(gmail(Said())).name == "answer-1@mail.example.com"


HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "zeros": b"\0" * 900_000,
    "a megabyte too much": letter("x" * 1_000_001),
    "a nest of nine": nested(9),
    "a nest of three thousand": nested(3_000),
    "a nest without end": b"Content-Type: multipart/mixed; boundary=B\r\n\r\n" + b"--B\r\n" * 150_000,
    "forty-one parts": with_body("multipart/mixed; boundary=B", parts("B", *["\r\nx"] * 41)),
    "mails in mails": with_body("message/rfc822", "Content-Type: message/rfc822\r\n\r\n" * 100),
    "a header without end": b"From: " + b"a" * 900_000,
    "a hundred thousand headers": b"X: y\r\n" * 100_000 + b"\r\n",
    "a boundary of newlines": with_body('multipart/mixed; boundary="\r\n"', "--\r\n" * 1000),
    "no boundary": with_body("multipart/mixed", "--\r\n" * 10_000),
    "a long list of addresses": gmail(Said(sender="a@example.com, " * 3_000)),
    "brackets": gmail(Said(sender="(" * 900 + "ana@example.com")),
    "encoded words": gmail(Said(sender="=?utf-8?q?=41?= " * 60 + "<ana@example.com>")),
    "a charset that takes for ever": with_body("text/plain; charset=punycode", "\xff" + "a-b" * 200_000),
    "html that never closes": with_body("text/html", "<" * 500_000),
    "html comments": with_body("text/html", "<!--" * 100_000),
    "entities": with_body("text/html", "&" * 500_000),
    "base64 of nothing": with_body("text/plain\r\nContent-Transfer-Encoding: base64", "=" * 500_000),
    "uuencode": with_body(
        "text/plain\r\nContent-Transfer-Encoding: x-uuencode", "begin 644 x\r\n" + "M" * 9000
    ),
    "parameters": with_body("text/plain; " + "a*0*=x; " * 5_000, "x"),
    "a results header without end": gmail(Said(dmarc="pass " + "(" * 50_000)),
    "references without end": letter("x", more="References: " + " ".join(["<" + "0" * 32 + "@x>"] * 900)),
}


@pytest.mark.parametrize(("levels", "reason"), [(6, None), (7, None), (9, "too-deep"), (12, "too-deep")])
def test_a_mail_is_entered_eight_parts_deep_and_no_deeper(levels: int, reason: str | None) -> None:
    assert refused(nested(levels)) == reason


@pytest.mark.parametrize(("count", "reason"), [(40, None), (41, "too-many-parts")])
def test_a_mail_has_forty_parts_and_no_more(count: int, reason: str | None) -> None:
    each = ["Content-Type: image/gif\r\n\r\nx"] * count
    raw = head(Said(), 'multipart/mixed; boundary="M"') + parts("M", *each)
    assert refused(raw.encode()) == reason


def refused(raw: bytes) -> str | None:
    """Why a mail is not read; None when it is."""
    try:
        read(raw)
    except Unreadable as found:
        return found.reason
    return None


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mails_are_done_with_in_no_time(name: str) -> None:
    begun = time.monotonic()
    try:
        mail = read(HOSTILE[name])
    except Unreadable:
        pass
    else:
        assert len(mail.text) <= incoming_mail.LONGEST_TEXT
    assert time.monotonic() - begun < 8


def test_damaged_mails_are_read_or_refused_and_nothing_else_happens() -> None:
    chance = random.Random(6)
    for shape in SHAPES.values():
        raw = bytearray(shape(Said(word="DECLINED")))
        for _ in range(120):
            damaged = bytearray(raw)
            for _ in range(chance.randrange(1, 12)):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            try:
                read(bytes(damaged))
            except Unreadable as refused:
                assert refused.reason


@pytest.mark.parametrize(
    ("raw", "sort"),
    [
        (letter("Hello"), Sort.PERSON),
        (letter("Hello", sender=OWN), Sort.OURS),
        (letter("Hello", sender=OWN.upper()), Sort.OURS),
        (letter("Away", more="Auto-Submitted: auto-replied (vacation)"), Sort.AUTOMATIC),
        (letter("Hello", more="Auto-Submitted: no"), Sort.PERSON),
        (gmail(Said()), Sort.CALENDAR),
        (dsn("0" * 32 + "@clinic.example.com"), Sort.BOUNCE),
        (letter("Hi", sender="postmaster@example.com", subject="About your visit"), Sort.PERSON),
    ],
)
def test_mails_are_sorted_before_anybody_asks_what_they_mean(raw: bytes, sort: Sort) -> None:
    assert read(raw).sort is sort


OURS = "0123456789abcdef0123456789abcdef@clinic.example.com"


@pytest.mark.parametrize(
    ("raw", "fate", "status"),
    [
        (dsn(OURS), bounce.Fate.FAILED, "5.1.1"),
        (dsn(OURS, headers_only=True, status="5.2.2"), bounce.Fate.FAILED, "5.2.2"),
        (dsn(OURS, action="delayed", status="4.4.1"), bounce.Fate.DELAYED, "4.4.1"),
        (dsn(OURS, action="delivered", status="2.0.0"), bounce.Fate.ARRIVED, "2.0.0"),
        (qmail(OURS), bounce.Fate.FAILED, "5.1.1"),
        (exim(OURS), bounce.Fate.FAILED, "5.0.0"),
        (exim(OURS, subject="Warning: message 1abc delayed 24 hours"), bounce.Fate.DELAYED, "5.0.0"),
    ],
)
def test_a_bounce_names_our_mail_and_its_fate(raw: bytes, fate: bounce.Fate, status: str) -> None:
    found = read(raw).bounce
    assert found is not None
    assert (found.fate, found.status, found.names[0]) == (fate, status, OURS)


def test_an_answer_that_quotes_a_bounce_is_no_bounce() -> None:
    assert read(letter(f"Status: 5.1.1\nMessage-ID: <{OURS}>", sender=f"<{ANA}>")).bounce is None
