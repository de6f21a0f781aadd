"""The check of translations finds each way in which a sentence would not reach a Spanish reader."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Message

from tests.checks.translations import fault_of, hidden_in, repeated


@pytest.mark.parametrize(
    ("text", "message", "said"),
    [
        ("Go on", None, "no Spanish"),
        ("Go on", Message("Go on", ""), "no Spanish"),
        ("Go on", Message("Go on", "Siga", flags={"fuzzy"}), "fuzzy"),
        ("Hello %(name)s", Message("Hello %(name)s", "Hola"), "placeholders"),
        ("Hello", Message("Hello", "Hola %(name)s"), "placeholders"),
        (("%(n)s time", "%(n)s times"), Message(("a", "b"), ("%(n)s hora", "")), "no Spanish"),
        (("%(n)s time", "%(n)s times"), Message(("a", "b"), ("%(n)s hora",)), "plural"),
    ],
)
def test_a_sentence_that_would_not_arrive_is_found(
    text: str | tuple[str, ...], message: Message | None, said: str
) -> None:
    assert said in (fault_of(text, message) or "")


def test_a_sentence_with_the_same_placeholders_passes() -> None:
    assert fault_of("Hello %(name)s", Message("Hello %(name)s", "Hola, %(name)s")) is None


def test_a_singular_may_leave_its_number_out() -> None:
    text = ("One time", "%(num)s times")
    assert fault_of(text, Message(text, ("Una hora", "%(num)s horas"))) is None


def test_a_sentence_that_stands_twice_is_found() -> None:
    once = 'msgid "Go on"\nmsgstr "Siga"\n'
    assert repeated(once + 'msgctxt "call"\n' + once) == []
    assert repeated(once + once.replace("Siga", "Adelante")) == ['msgid "Go on"']


def test_a_sentence_inside_an_f_string_is_found() -> None:
    assert list(hidden_in("line = f\"{say(N_('Call us'))}: {phone}\"")) == ["Call us"]
    assert list(hidden_in("line = say(N_('Call us')) + f': {phone}, {_(words)}'")) == []
