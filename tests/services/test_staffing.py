"""Who gets an account, with what rights, and how it is taken back."""

from __future__ import annotations

import pytest

from scheduler.domain.actor import SYSTEM, Role
from scheduler.domain.errors import InvalidInput, NotFound, WrongCredentials
from scheduler.persistence.database import Database
from scheduler.persistence.vault import Vault
from scheduler.services import sign_in, staffing
from tests.engines import NOW, SOMEBODY

PASSWORD = "correct horse battery"


def an_account(
    database: Database, email: str = "maria@example.com", *roles: str, password: str = PASSWORD
) -> int:
    return staffing.create_user(
        database,
        email=email,
        name="María  López\u202e",
        roles=roles or ["manager"],
        password=password,
        now=NOW,
        actor=SYSTEM,
    )


def test_an_account_keeps_a_clean_name_and_its_roles(database: Database) -> None:
    number = an_account(database, "Maria@Example.com", "desk", "clinician")
    [member] = staffing.staff(database)
    assert (member.id, member.name, member.email) == (number, "María López", "maria@example.com")
    assert member.roles == {Role.DESK, Role.CLINICIAN}


@pytest.mark.parametrize(
    "email", ["", "maria", "maria@", "a@b.c, d@e.fr", "a@example.com\nBcc: b@example.com", "<a@example.com>"]
)
def test_an_account_needs_exactly_one_plain_address(database: Database, email: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        an_account(database, email)
    assert set(refusal.value.errors) == {"email"}


@pytest.mark.parametrize(
    "password", ["", "short", "x" * 11, "aaaaaaaaaaaaaa", "maria@example.com", "x" * 900 + "yzabc" * 30]
)
def test_a_weak_or_endless_password_is_refused(database: Database, password: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        an_account(database, password=password)
    assert set(refusal.value.errors) == {"password"}


@pytest.mark.parametrize("roles", [("patient",), ("system",), ("desk", "king")])
def test_only_roles_of_the_staff_are_given(database: Database, roles: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput):
        an_account(database, "maria@example.com", *roles)


def test_an_e_mail_has_one_account(database: Database) -> None:
    an_account(database)
    with pytest.raises(InvalidInput):
        an_account(database, "MARIA@example.com")


def test_a_change_of_rights_signs_every_browser_out(database: Database, vault: Vault) -> None:
    an_account(database)
    number = an_account(database, "dee@example.com", "desk")
    handle, _ = sign_in.sign_in(database, vault, "dee@example.com", PASSWORD, now=NOW, actor=SOMEBODY)
    staffing.change_user(
        database, number, name="Dee", roles=["clinician"], active=True, now=NOW, actor=SYSTEM
    )
    assert sign_in.who(database, handle, now=NOW) is None


def test_a_password_set_by_a_manager_signs_every_browser_out(database: Database, vault: Vault) -> None:
    number = an_account(database)
    handle, _ = sign_in.sign_in(database, vault, "maria@example.com", PASSWORD, now=NOW, actor=SOMEBODY)
    staffing.change_password(database, number, "another horse battery", now=NOW, actor=SYSTEM)
    assert sign_in.who(database, handle, now=NOW) is None


def test_a_retired_account_gets_in_no_more(database: Database, vault: Vault) -> None:
    an_account(database)
    number = an_account(database, "dee@example.com", "desk")
    staffing.change_user(database, number, name="", roles=["desk"], active=False, now=NOW, actor=SYSTEM)
    with pytest.raises(WrongCredentials):
        sign_in.sign_in(database, vault, "dee@example.com", PASSWORD, now=NOW, actor=SOMEBODY)


@pytest.mark.parametrize(("roles", "active"), [(["desk"], True), (["manager"], False)])
def test_the_last_manager_stays(database: Database, roles: list[str], active: bool) -> None:
    number = an_account(database)
    with pytest.raises(InvalidInput):
        staffing.change_user(database, number, name="", roles=roles, active=active, now=NOW, actor=SYSTEM)


def test_an_unknown_account_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound):
        staffing.change_password(database, 99, PASSWORD, now=NOW, actor=SYSTEM)
