"""Claims about reading what people type: kindly, in any spelling, and never further than it can be used."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from scheduler.domain.errors import InvalidInput
from scheduler.domain.safety_gate import Answer, Question, Tier
from scheduler.domain.wording import Text
from scheduler.web.forms import changes, people, safety
from scheduler.web.forms.sheet import Sheet

TODAY = date(2026, 9, 14)
SIGNS = (Question("a", Tier.EMERGENCY, Text("A?")), Question("b", Tier.EMERGENCY, Text("B?")))


def sheet(**typed: str) -> Sheet:
    return Sheet(MultiDict({name.replace("__", "-"): value for name, value in typed.items()}))


def test_the_first_complaint_about_a_field_stands() -> None:
    form = sheet(phone="x" * 60)
    form.phone("phone", "Enter a phone number.")
    with pytest.raises(InvalidInput) as refusal:
        form.settle()
    assert refusal.value.errors == {"phone": "This is too long. Please write less."}


@given(
    st.dictionaries(
        st.sampled_from(["given_name", "phone", "email", "birth_date-year", "language"]), st.text()
    )
)
def test_no_text_at_all_breaks_the_reading(typed: dict[str, str]) -> None:
    form = MultiDict(typed)
    readers: list[Any] = [
        lambda: people.patient(form, TODAY),
        lambda: people.helper(form),
        lambda: people.virtual(form),
        lambda: people.for_whom(form),
        lambda: safety.call_back(form),
        lambda: changes.contact(form),
        lambda: changes.late_wish(form),
        lambda: changes.new_place(form),
    ]
    for read in readers:
        with pytest.raises(InvalidInput):
            read()


@given(st.text(max_size=40))
def test_no_number_breaks_the_reading_of_a_phone(typed: str) -> None:
    number = Sheet(MultiDict({"phone": typed})).phone("phone", "Enter a phone number.")
    assert number == "" or number.startswith("+")


@pytest.mark.parametrize(
    ("ticked", "said"),
    [
        (["none"], {"a": Answer.NO, "b": Answer.NO}),
        (["unsure"], {"a": Answer.UNSURE, "b": Answer.UNSURE}),
        (["a"], {"a": Answer.YES, "b": Answer.NO}),
        (["a", "unsure"], {"a": Answer.YES, "b": Answer.UNSURE}),
        (["a", "b"], {"a": Answer.YES, "b": Answer.YES}),
    ],
)
def test_ticks_become_an_answer_to_every_sign_and_back(ticked: list[str], said: dict[str, Answer]) -> None:
    typed = MultiDict([("signs", one) for one in ticked])
    assert safety.answers(typed, SIGNS) == said
    assert safety.ticks(said, SIGNS) == ticked


@pytest.mark.parametrize("ticked", [[], ["z"], ["none", "a"], ["none", "unsure"]])
def test_ticks_that_do_not_fit_together_are_no_answer(ticked: list[str]) -> None:
    with pytest.raises(InvalidInput):
        safety.answers(MultiDict([("signs", one) for one in ticked]), SIGNS)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("915 555 0123", ("+19155550123", None)),
        (" Rosa@Example.com ", (None, "Rosa@Example.com")),
        ("rosa @example.com", (None, "rosa@example.com")),
    ],
)
def test_one_field_takes_a_phone_or_an_e_mail(typed: str, found: tuple[str | None, str | None]) -> None:
    assert changes.contact(MultiDict({"contact": typed})) == found
