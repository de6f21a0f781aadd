"""The clinic's own words: every place is filled or none, and nothing that comes in is read as a place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.notification import CHORES, REMINDERS, Channel, Kind
from scheduler.domain.own_words import (
    CHANNELS,
    KINDS,
    OwnMessage,
    OwnWords,
    Place,
    allowed,
    required,
    sayable,
)

PLAIN = st.text(st.characters(exclude_characters="{}."), max_size=12)
PIECES = st.lists(st.one_of(PLAIN, st.sampled_from(Place)), max_size=12)
FACTS = st.fixed_dictionaries(
    {place: st.text(max_size=12).filter(lambda fact: not fact.endswith(".")) for place in Place}
)


def typed(pieces: list[str | Place]) -> str:
    return "".join(piece.mark if isinstance(piece, Place) else piece for piece in pieces)


@given(pieces=PIECES, facts=FACTS)
def test_every_place_is_filled_and_whatever_comes_in_stays_as_it_is(
    pieces: list[str | Place], facts: dict[Place, str]
) -> None:
    filled = OwnWords(typed(pieces)).filled(facts)
    assert filled is not None
    assert filled.body == "".join(facts[one] if isinstance(one, Place) else one for one in pieces)


@given(pieces=PIECES, facts=FACTS, missing=st.sampled_from(Place))
def test_words_with_a_place_that_has_nothing_to_say_are_not_used(
    pieces: list[str | Place], facts: dict[Place, str], missing: Place
) -> None:
    known = {place: fact for place, fact in facts.items() if place is not missing}
    assert (OwnWords(typed(pieces)).filled(known) is None) == (missing in pieces)


def test_a_name_that_looks_like_a_place_stays_a_name() -> None:
    filled = OwnWords("Dear {name}, {day}.").filled({Place.NAME: "{day}", Place.DAY: "today"})
    assert filled == OwnWords("Dear {day}, today.")


def test_a_time_that_ends_with_a_full_stop_brings_its_own() -> None:
    said = {Place.TIME: "2:00 p.m."}
    assert OwnWords("Es a las {time}. Gracias.").filled(said) == OwnWords("Es a las 2:00 p.m. Gracias.")
    assert OwnWords("¿{time}?").filled(said) == OwnWords("¿2:00 p.m.?")


def test_subject_and_heading_are_filled_too() -> None:
    words = OwnWords("{phone}", "Visit {day}", "See you {day}")
    assert words.filled({Place.DAY: "today", Place.PHONE: "1"}) == OwnWords(
        "1", "Visit today", "See you today"
    )
    assert OwnWords("Hello", "Visit {day}").filled({}) is None


def test_each_line_that_says_something_is_a_paragraph() -> None:
    assert OwnWords("One.\n\n \nTwo.").paragraphs == ("One.", "Two.")


def test_a_reader_gets_the_words_of_their_own_language() -> None:
    message = OwnMessage(Kind.MOVED, Channel.SMS, OwnWords("yes"), OwnWords("sí"))
    assert (message.in_("en").body, message.in_("es").body) == ("yes", "sí")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_message_must_have_it_may_have(kind: Kind, channel: Channel) -> None:
    assert set(required(kind, channel)) <= set(allowed(kind, channel))


def test_every_message_to_a_person_may_be_worded_anew() -> None:
    assert set(KINDS) == set(Kind) - CHORES


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_always_says_who_writes_and_how_to_reach_us(kind: Kind) -> None:
    needed = set(required(kind, Channel.SMS))
    assert {Place.CLINIC, Place.PHONE} <= needed
    assert (Place.EMERGENCY in needed) == (kind in REMINDERS)
    assert (Place.STOP in needed) == (kind is not Kind.LINKS)


@pytest.mark.parametrize(
    "name", ["Ana", "María del Carmen", "O'Neil", "O’Neil", "Jean-Luc", "J. R.", "José\u0301", "Ngọc"]
)
def test_a_name_may_be_said(name: str) -> None:
    assert sayable(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "you win at evil.example",
        "Ana http://evil",
        "Call 9155550100",
        "a@b",
        "{day}",
        "A" * 41,
        "Ana\nBob",
    ],
)
def test_what_is_no_name_is_not_said(name: str) -> None:
    assert sayable(name) == ""
