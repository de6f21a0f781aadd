"""A short reply is understood in both languages, and what is not plain is never guessed at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.domain.reply_words import _WORDS, Reply, Wish, understood


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("C", Wish.CONFIRM),
        (" c. ", Wish.CONFIRM),
        ("Confirm", Wish.CONFIRM),
        ("sí", Wish.CONFIRM),
        ("SI", Wish.CONFIRM),
        ("¡Sí!", Wish.CONFIRM),
        ("si\u0301", Wish.CONFIRM),
        ("Confirmo", Wish.CONFIRM),
        ("x", Wish.CANCEL),
        ("A", Wish.CALL),
        ("call me", Wish.CALL),
        ("Llámenme, por favor", Wish.CALL),
        ("STOP", Wish.STOP),
        ("stop.", Wish.STOP),
        ("Stop all", Wish.STOP),
        ("ALTO", Wish.STOP),
        ("no más mensajes", Wish.STOP),
        ("Don't text me", Wish.STOP),
        ("QUIT", Wish.STOP),
        ("Cancel", Wish.STOP_OR_CANCEL),
        ("cancelar", Wish.STOP_OR_CANCEL),
        ("START", Wish.START),
        ("unstop", Wish.START),
        ("Yes", Wish.START_OR_CONFIRM),
        ("HELP", Wish.HELP),
        ("Ayuda", Wish.HELP),
        ("Please cancel my appointment", Wish.ASK_TO_CANCEL),
        ("Quiero cancelar mi cita", Wish.ASK_TO_CANCEL),
    ],
)
def test_a_plain_wish_is_understood(text: str, wish: Wish) -> None:
    assert understood(text) == Reply(wish)


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("X1", Reply(Wish.CANCEL, 1)),
        ("x 2", Reply(Wish.CANCEL, 2)),
        ("C2!", Reply(Wish.CONFIRM, 2)),
    ],
)
def test_a_number_says_which_visit(text: str, reply: Reply) -> None:
    assert understood(text) == reply


@pytest.mark.parametrize(
    "text",
    [
        "",
        "???",
        "👍",
        "X0",
        "X12",
        "C now",
        "Please do not cancel my appointment",
        "No cancelen mi cita",
        "I can't stop coughing",
        "Can I come at 3 instead?",
        "My daughter will call you",
        "I had to cancel the visit to my sister because my back hurts so much today",
        "stop by at 3",
        "yes but can I come later",
    ],
)
def test_what_is_not_plain_is_for_a_person_to_read(text: str) -> None:
    assert understood(text) == Reply(Wish.UNCLEAR)


def test_no_word_means_two_things() -> None:
    words = [word for some in _WORDS.values() for word in some]
    assert len(words) == len(set(words))


def test_the_carriers_words_are_honoured_as_the_carriers_mean_them() -> None:
    for word in ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"):
        assert understood(word).wish in {Wish.STOP, Wish.STOP_OR_CANCEL}
    for word in ("START", "YES", "UNSTOP"):
        assert understood(word).wish in {Wish.START, Wish.START_OR_CONFIRM}


@given(st.text(max_size=400))
def test_any_text_at_all_gets_an_answer(text: str) -> None:
    assert understood(text).wish in Wish
