"""A code opens once, a code from paper once, and three wrong tries at a locked screen end the session."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest

from scheduler.domain.actor import SYSTEM
from scheduler.domain.errors import ProofNeeded, SignInRequired, TooManyAttempts, WrongCredentials
from scheduler.domain.staff_session import LOCKS_AFTER, StaffSession, Stage, stage
from scheduler.services import screen_lock, second_factor, sign_in, staffing
from scheduler.services.house import House
from tests.engines import NOW, SOMEBODY

EMAIL, PASSWORD = "desk@example.com", "correct horse battery"


def entered(house: House) -> tuple[str, StaffSession]:
    """A session that begins with the password."""
    handle, _ = sign_in.sign_in(house.database, house.vault, EMAIL, PASSWORD, now=NOW, actor=SOMEBODY)
    found = sign_in.who(house.database, handle, now=NOW)
    assert found is not None
    return handle, found[0]


def with_app(house: House) -> tuple[StaffSession, str, tuple[str, ...]]:
    """Somebody who has just set a code app up: the session, the secret, and the codes for paper."""
    staffing.create_user(
        house.database, email=EMAIL, name="Dee", roles=["desk"], password=PASSWORD, now=NOW, actor=SYSTEM
    )
    handle, session = entered(house)
    found = sign_in.who(house.database, handle, now=NOW)
    assert found is not None
    actor = found[1].as_actor(request_id="", address="", is_proved=True)
    second_factor.begin_app(house, session.account_id, now=NOW, actor=actor)
    begun = second_factor.app_begun(house, found[1], "Clinic", actor=actor)
    assert begun is not None
    code = pyotp.TOTP(begun.secret).at(NOW)
    return session, begun.secret, second_factor.confirm_app(house, session, code, now=NOW, actor=actor)


def test_a_code_opens_once_and_the_next_one_again(house: House) -> None:
    _, secret, _ = with_app(house)
    later = NOW + timedelta(seconds=30)
    _, session = entered(house)
    code = pyotp.TOTP(secret).at(later)
    second_factor.finish_with_code(house, session, code, now=later, actor=SOMEBODY)
    with pytest.raises(WrongCredentials):
        second_factor.finish_with_code(house, session, code, now=later, actor=SOMEBODY)


def test_the_password_alone_leads_to_the_second_step_and_no_further(house: House) -> None:
    with_app(house)
    handle, session = entered(house)
    found = sign_in.who(house.database, handle, now=NOW)
    assert found is not None
    assert stage(session, found[1], NOW, needs_factor=True) is Stage.SECOND


def test_a_code_from_paper_works_once_however_it_is_typed(house: House) -> None:
    _, _, codes = with_app(house)
    assert len(set(codes)) == 10
    typed = codes[0].upper().replace("-", " ")
    assert second_factor.is_right_code(house, 1, typed, now=NOW, paper=True)
    assert not second_factor.is_right_code(house, 1, typed, now=NOW, paper=True)
    assert second_factor.of_account(house, 1).codes_left == 9


def test_guessing_codes_is_stopped(house: House) -> None:
    with_app(house)
    for _ in range(6):
        assert not second_factor.is_right_code(house, 1, "000000", now=NOW)
    with pytest.raises(TooManyAttempts):
        second_factor.is_right_code(house, 1, "000000", now=NOW)


def test_factors_are_changed_only_after_a_fresh_proof(house: House) -> None:
    with_app(house)
    actor = replace(SYSTEM, roles=SOMEBODY.roles | {next(iter(staffing.staff(house.database)[0].roles))})
    with pytest.raises(ProofNeeded):
        second_factor.renew_codes(house, 1, now=NOW, actor=actor)


def test_three_wrong_tries_at_a_locked_screen_end_the_session(house: House) -> None:
    with_app(house)
    handle, session = entered(house)
    later = NOW + LOCKS_AFTER
    for _ in range(2):
        with pytest.raises(WrongCredentials):
            screen_lock.by_password(house, session, "wrong", now=later, actor=SOMEBODY)
    with pytest.raises(SignInRequired):
        screen_lock.by_password(house, session, "wrong", now=later, actor=SOMEBODY)
    assert sign_in.who(house.database, handle, now=later) is None
