"""Where a patient may be during a visit by video: a state of the United States, or a country.

A place is kept as its code of ISO 3166: "US-TX" for a state, "MX" for a country; "other" when somebody would not say.
The names of countries come with the languages; those of the states are here, because Babel does not have them.
"""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.domain.wording import Text

HOME = "US"
OTHER = "other"

STATES: Mapping[str, Text] = {
    "US-AL": Text("Alabama"),
    "US-AK": Text("Alaska"),
    "US-AZ": Text("Arizona"),
    "US-AR": Text("Arkansas"),
    "US-CA": Text("California"),
    "US-CO": Text("Colorado"),
    "US-CT": Text("Connecticut"),
    "US-DE": Text("Delaware"),
    "US-DC": Text("District of Columbia", "Distrito de Columbia"),
    "US-FL": Text("Florida"),
    "US-GA": Text("Georgia"),
    "US-HI": Text("Hawaii", "Hawái"),
    "US-ID": Text("Idaho"),
    "US-IL": Text("Illinois"),
    "US-IN": Text("Indiana"),
    "US-IA": Text("Iowa"),
    "US-KS": Text("Kansas"),
    "US-KY": Text("Kentucky"),
    "US-LA": Text("Louisiana", "Luisiana"),
    "US-ME": Text("Maine"),
    "US-MD": Text("Maryland"),
    "US-MA": Text("Massachusetts"),
    "US-MI": Text("Michigan", "Míchigan"),
    "US-MN": Text("Minnesota"),
    "US-MS": Text("Mississippi", "Misisipi"),
    "US-MO": Text("Missouri", "Misuri"),
    "US-MT": Text("Montana"),
    "US-NE": Text("Nebraska"),
    "US-NV": Text("Nevada"),
    "US-NH": Text("New Hampshire", "Nuevo Hampshire"),
    "US-NJ": Text("New Jersey", "Nueva Jersey"),
    "US-NM": Text("New Mexico", "Nuevo México"),
    "US-NY": Text("New York", "Nueva York"),
    "US-NC": Text("North Carolina", "Carolina del Norte"),
    "US-ND": Text("North Dakota", "Dakota del Norte"),
    "US-OH": Text("Ohio"),
    "US-OK": Text("Oklahoma"),
    "US-OR": Text("Oregon", "Oregón"),
    "US-PA": Text("Pennsylvania", "Pensilvania"),
    "US-RI": Text("Rhode Island"),
    "US-SC": Text("South Carolina", "Carolina del Sur"),
    "US-SD": Text("South Dakota", "Dakota del Sur"),
    "US-TN": Text("Tennessee"),
    "US-TX": Text("Texas"),
    "US-UT": Text("Utah"),
    "US-VT": Text("Vermont"),
    "US-VA": Text("Virginia"),
    "US-WA": Text("Washington"),
    "US-WV": Text("West Virginia", "Virginia Occidental"),
    "US-WI": Text("Wisconsin"),
    "US-WY": Text("Wyoming"),
}
"""The fifty states and the capital's district, by their names in English."""


def is_licensed_at(place: str, licensed_states: tuple[str, ...]) -> bool:
    """Say whether a clinician licensed in these states ("TX") may treat a patient at this place.

    Only a state of the United States is ever covered: Canada ("CA") is not California ("US-CA").
    """
    country, _dash, state = place.partition("-")
    return country == HOME and state in licensed_states
