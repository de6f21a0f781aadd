"""Two records look like one person when two of birthday, telephone and sound of the name agree."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from scheduler.domain.likeness import may_be_one
from scheduler.domain.person import PatientDetails

BORN, OTHER_DAY = date(1951, 3, 9), date(1952, 3, 9)
PHONE, OTHER_PHONE = "+19155550147", "+19155550148"


def a_person(**changes: Any) -> PatientDetails:
    fields: dict[str, Any] = {
        "given_name": "María",
        "family_name": "González Núñez",
        "birth_date": BORN,
        "phone": PHONE,
        "email": None,
        "language": "es",
    }
    return PatientDetails(**(fields | changes))


@pytest.mark.parametrize(
    ("changes", "alike"),
    [
        ({}, True),
        ({"phone": OTHER_PHONE}, True),
        ({"family_name": "Gonsales", "phone": OTHER_PHONE}, True),
        ({"family_name": "Nunez", "given_name": "M.", "phone": OTHER_PHONE}, True),
        ({"family_name": "Parker"}, True),
        ({"birth_date": OTHER_DAY}, True),
        ({"family_name": "Parker", "phone": OTHER_PHONE}, False),
        ({"given_name": "Luis", "birth_date": OTHER_DAY}, False),
        ({"birth_date": OTHER_DAY, "phone": OTHER_PHONE}, False),
    ],
)
def test_two_signs_make_a_question(changes: dict[str, Any], alike: bool) -> None:
    assert may_be_one(a_person(), a_person(**changes)) is alike
    assert may_be_one(a_person(**changes), a_person()) is alike
