"""One table says who may do what, and nobody gets past it."""

from __future__ import annotations

from itertools import product

import pytest

from scheduler.domain.actor import SYSTEM, Actor, Role
from scheduler.domain.errors import NotPermitted, ProofNeeded
from scheduler.domain.right import GRANTS, WANTS_PROOF, Right, demand, may
from scheduler.web.right_words import RIGHTS

CARES_FOR_HEALTH = {Right.SEE_RECORD, Right.BREAK_GLASS}
EVERY_PAIR = list(product(Right, (role for role in Role if role is not Role.SYSTEM)))


def test_every_right_stands_in_the_table_and_has_words() -> None:
    assert set(GRANTS) == set(Right) == set(RIGHTS)
    assert len(set(RIGHTS.values())) == len(RIGHTS)


def test_every_right_is_held_by_somebody() -> None:
    assert [right for right, roles in GRANTS.items() if not roles] == []


@pytest.mark.parametrize(("right", "role"), EVERY_PAIR, ids=str)
def test_a_right_is_given_to_the_roles_of_the_table_and_to_no_other(right: Right, role: Role) -> None:
    actor = Actor(frozenset({role}), is_proved=True)
    if role in GRANTS[right]:
        demand(actor, right)
        return
    with pytest.raises(NotPermitted):
        demand(actor, right)


def test_several_roles_add_up() -> None:
    both = Actor(frozenset({Role.DESK, Role.CLINICIAN}))
    assert may(both, Right.BOOK)
    assert may(both, Right.RUN_VIDEO)
    assert not may(both, Right.OVERBOOK)


def test_nobody_without_a_role_may_do_anything() -> None:
    assert not any(may(Actor(frozenset()), right) for right in Right)


@pytest.mark.parametrize("right", sorted(WANTS_PROOF))
def test_some_acts_want_a_fresh_proof_of_who_asks(right: Right) -> None:
    actor = Actor(GRANTS[right])
    with pytest.raises(ProofNeeded):
        demand(actor, right)
    assert may(actor, right)


def test_the_clinics_own_clock_may_do_everything() -> None:
    for right in Right:
        demand(SYSTEM, right)


def test_strangers_and_patients_may_do_nothing_of_the_staffs() -> None:
    given = {right for right in Right if {Role.ANYONE, Role.PATIENT} & GRANTS[right]}
    assert given == {Right.BOOK, Right.MOVE, Right.CANCEL, Right.CHANGE_REMINDERS}


def test_a_manager_and_the_desk_see_no_health_answers() -> None:
    for role in (Role.DESK, Role.MANAGER):
        assert not {right for right in CARES_FOR_HEALTH if role in GRANTS[right]}
