"""Made-up people for demonstrations and load data.

Names are mixed from common ones of both sides of the border; every address is at example.com, and every number is one
of the hundred (915) 555-01xx that reach nobody.
"""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from random import Random

from scheduler.domain.person import PatientDetails, RemindBy

GIVEN = (
    *(
        "Rosa",
        "Guadalupe",
        "Carmen",
        "Teresa",
        "Josefina",
        "Manuel",
        "José",
        "Ramón",
        "Héctor",
        "Arturo",
        "Ofelia",
    ),
    *(
        "Beatriz",
        "Alicia",
        "Francisco",
        "Rubén",
        "Irene",
        "Margaret",
        "Dorothy",
        "Helen",
        "Ruth",
        "Walter",
        "Frank",
    ),
    *(
        "Harold",
        "Ralph",
        "Virginia",
        "Shirley",
        "Eugene",
        "Betty",
        "Norma",
        "Gloria",
        "Raymond",
        "Louise",
        "Martha",
    ),
)
FAMILY = (
    *(
        "Muñoz",
        "Ortega",
        "Peña",
        "Ibarra",
        "Salazar",
        "Castañeda",
        "Luna",
        "Quintana",
        "Rivas",
        "Soto",
        "Núñez",
    ),
    *(
        "Baker",
        "Carter",
        "Ellis",
        "Foster",
        "Hayes",
        "Jensen",
        "Keller",
        "Miller",
        "Parker",
        "Reed",
        "Turner",
    ),
    *("de la Cruz", "Villa-Reyes", "Arroyo Vega", "Walsh", "Young", "Zamora", "Olivas", "Sandoval", "Price"),
)
_AREAS = ("915", "575", "505")
"""Area codes around the office; their numbers 555-0100 to 0199 belong to nobody."""

_FIRST_BIRTH = date(1934, 1, 1)
_BIRTH_DAYS = 35 * 365


def someone(number: int, chance: Random) -> PatientDetails:
    """One made-up patient; the same number and the same chance give the same person."""
    given, family = chance.choice(GIVEN), chance.choice(FAMILY)
    return PatientDetails(
        given_name=given,
        family_name=family,
        birth_date=_FIRST_BIRTH + timedelta(days=chance.randrange(_BIRTH_DAYS)),
        phone=f"+1{_AREAS[number // 100 % len(_AREAS)]}55501{number % 100:02d}",
        email=f"{_plain(given)}.{_plain(family)}.{number}@example.com" if chance.random() < 0.8 else None,
        language="es" if chance.random() < 0.45 else "en",
        remind_by=_wish(chance.random()),
    )


def _wish(drawn: float) -> tuple[RemindBy, ...]:
    if drawn < 0.12:
        return (RemindBy.PHONE,)
    return (RemindBy.EMAIL,) if drawn < 0.55 else (RemindBy.SMS,)


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())
