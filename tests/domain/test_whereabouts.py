"""A licence covers its own state and no place that only looks like it."""

from __future__ import annotations

import pytest

from scheduler.domain.whereabouts import STATES, is_licensed_at


@pytest.mark.parametrize("place", STATES)
def test_a_licence_covers_its_state_and_no_other(place: str) -> None:
    own, others = place[3:], tuple(other[3:] for other in STATES if other != place)
    assert is_licensed_at(place, (own,))
    assert not is_licensed_at(place, others)


@pytest.mark.parametrize(("place", "licence"), [("CA", "CA"), ("DE", "DE"), ("MX", "MX"), ("other", "TX")])
def test_a_country_with_a_states_letters_is_not_that_state(place: str, licence: str) -> None:
    assert not is_licensed_at(place, (licence,))


def test_every_state_and_the_capital_is_there() -> None:
    assert len(STATES) == 51
    assert all(name.en for name in STATES.values())
