"""What the clinic may write to patients in its own words, and what is refused with a sentence at its field."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.errors import NotFound
from scheduler.domain.notification import Channel, Kind
from scheduler.domain.own_words import OwnMessage, OwnWords, Place, required
from scheduler.domain.own_words_check import (
    LONGEST_LINE,
    LONGEST_OPENING,
    LONGEST_TEXT,
    Flaw,
    Reason,
    WordsRefused,
    check,
    telling_words,
)

MAIL = OwnMessage(
    Kind.CONFIRMATION,
    Channel.EMAIL,
    OwnWords("Dear {name},\nsee you soon.", "Booked: {day}", "All is set."),
    OwnWords("Estimada persona {name}:\nle esperamos.", "Cita: {day}", "Todo listo."),
)
NEEDED = " ".join(place.mark for place in required(Kind.REMINDER_DAY, Channel.SMS))
TEXT = OwnMessage(
    Kind.REMINDER_DAY, Channel.SMS, OwnWords(f"See you soon: {NEEDED}"), OwnWords(f"Le esperamos: {NEEDED}")
)


def flaws(message: OwnMessage) -> tuple[Flaw, ...]:
    try:
        check(message)
    except WordsRefused as refusal:
        assert set(refusal.errors) == {flaw.field for flaw in refusal.flaws}
        return refusal.flaws
    return ()


def mail_that_says(body: str) -> OwnMessage:
    return replace(MAIL, en=replace(MAIL.en, body=body))


def text_that_says(body: str) -> OwnMessage:
    return replace(TEXT, es=OwnWords(f"{body} {NEEDED}"))


def test_sound_words_pass() -> None:
    assert flaws(MAIL) == flaws(TEXT) == ()


def test_no_language_goes_without_the_other() -> None:
    assert flaws(replace(TEXT, es=OwnWords(""))) == (Flaw("body_es", Reason.EMPTY),)
    assert flaws(replace(MAIL, en=OwnWords(" "))) == (
        Flaw("subject_en", Reason.EMPTY),
        Flaw("heading_en", Reason.EMPTY),
        Flaw("body_en", Reason.EMPTY),
    )


@pytest.mark.parametrize("place", required(Kind.REMINDER_DAY, Channel.SMS))
def test_each_place_that_must_be_in_a_text_is_asked_for_by_name(place: Place) -> None:
    without = replace(TEXT, en=OwnWords(TEXT.en.body.replace(place.mark, "")))
    assert flaws(without) == (Flaw("body_en", Reason.LACKS, (place.mark,)),)


def test_what_a_place_says_in_plain_words_does_not_stand_for_it() -> None:
    assert Reason.LACKS in {
        flaw.reason for flaw in flaws(replace(TEXT, en=OwnWords("The clinic, today at two, STOP, 911")))
    }


def test_until_when_a_declined_visit_is_held_must_stand_in_its_mail() -> None:
    declined = replace(MAIL, kind=Kind.DECLINED)
    assert {flaw.named for flaw in flaws(declined)} == {("{until}",)}


@pytest.mark.parametrize(
    "strange", ["{visit_type}", "{doctor}", "{ day }", "{}", "{DAY}", "{until}", "{link}"]
)
def test_a_place_that_is_not_known_here_is_named(strange: str) -> None:
    assert flaws(mail_that_says(f"Hello {strange}")) == (Flaw("body_en", Reason.UNKNOWN, (strange,)),)


@pytest.mark.parametrize("stray", ["{day", "day}", "{{day}}", "}{", "a { b"])
def test_a_brace_that_stands_alone_is_refused(stray: str) -> None:
    assert Reason.BRACE in {flaw.reason for flaw in flaws(mail_that_says(stray))}


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/x",
        "HTTP://EVIL",
        "www.clinic.example",
        "clinic.com",
        "clinic.com/visit",
        "me@clinic.example",
        "{clinic}.com",
        "clínica.mx",
    ],
)
def test_an_address_typed_by_hand_is_refused_and_shown(address: str) -> None:
    (flaw,) = flaws(mail_that_says(f"Look at {address} now."))
    assert (flaw.reason, flaw.field) == (Reason.ADDRESS, "body_en")
    assert flaw.named[0].startswith(address[:6])


@pytest.mark.parametrize(
    "words", ["At 2:00 p.m. we begin.", "Pay $12.50. Thank you...", "Dr. Who", "e.g. so", "9 a.m.–5 p.m."]
)
def test_full_stops_of_everyday_words_are_no_address(words: str) -> None:
    assert flaws(mail_that_says(words)) == ()


@pytest.mark.parametrize(
    ("words", "telling"),
    [
        ("About your spine and BONES", ("spine", "BONES")),
        ("Your kyphoplasty", ("kyphoplasty",)),
        ("your back hurts", ("your back",)),
        ("Su columna y sus vértebras", ("columna", "vértebras")),
        ("la Cirugía, el dolor", ("Cirugía", "dolor")),
        ("FRACTURA", ("FRACTURA",)),
        ("un diagnóstico de cáncer", ("diagnóstico", "cáncer")),
        ("Come back by the back door. We call you back.", ()),
        ("Please cancel, or call. Spin the wheel, surf.", ()),
        ("Calle Dolores, la columnata", ()),
    ],
)
def test_what_tells_of_a_body_or_a_disease_is_found_as_it_was_typed(
    words: str, telling: tuple[str, ...]
) -> None:
    assert telling_words(words) == telling


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_telling_word_is_found_in_whatever_stands_around_it(before: str, after: str) -> None:
    assert telling_words(f"{before} kyphoplasty {after}")


def test_a_telling_word_is_refused_in_every_field() -> None:
    told = OwnWords("Your knee.", "Your hip", "Your neck")
    assert [flaw.named for flaw in flaws(replace(MAIL, es=told))] == [("hip",), ("neck",), ("knee",)]


@pytest.mark.parametrize("hidden", ["\x00", "\x1b", "\u202e", "\u200b", "\u2028", "\r"])
def test_a_sign_that_nobody_sees_is_refused(hidden: str) -> None:
    assert Reason.HIDDEN in {flaw.reason for flaw in flaws(mail_that_says(f"Hello{hidden} you"))}


def test_each_field_has_its_room_and_no_more() -> None:
    assert flaws(mail_that_says("x" * LONGEST_OPENING)) == ()
    assert flaws(mail_that_says("x" * (LONGEST_OPENING + 1))) == (Flaw("body_en", Reason.LONG),)
    long = replace(MAIL.en, subject="x" * (LONGEST_LINE + 1))
    assert flaws(replace(MAIL, en=long)) == (Flaw("subject_en", Reason.LONG),)
    assert Flaw("body_es", Reason.LONG) in flaws(text_that_says("x" * LONGEST_TEXT))


def test_a_text_is_counted_with_its_places_filled() -> None:
    assert flaws(text_that_says("x" * 240)) == ()
    assert flaws(text_that_says("x" * 330)) == (Flaw("body_es", Reason.PARTS),)
    assert flaws(text_that_says("☺" * 60)) == (Flaw("body_es", Reason.PARTS),), (
        "each part holds less of these"
    )


@pytest.mark.parametrize(
    "message",
    [
        replace(MAIL, kind=Kind.NO_SHOW),
        replace(MAIL, channel=Channel.PHONE),
        replace(TEXT, channel=Channel.INTERNAL),
    ],
)
def test_what_nobody_writes_cannot_be_worded(message: OwnMessage) -> None:
    with pytest.raises(NotFound):
        check(message)
