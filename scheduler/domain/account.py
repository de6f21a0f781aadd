"""A member of the staff, what a password must be, and how many wrong ones are too many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from scheduler.domain.actor import Actor, Role
from scheduler.domain.allowance import Allowance
from scheduler.domain.errors import InvalidInput
from scheduler.domain.wording import N_

STAFF_ROLES = frozenset({Role.DESK, Role.CLINICIAN, Role.MANAGER})
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1000


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Someone who works here and may sign in. `practitioner_id` is set for those who see patients.

    `has_factor` says that a passkey or a code app is set up; one who is `invited` has not chosen a password yet.
    """

    id: int
    email: str
    name: str
    roles: frozenset[Role]
    practitioner_id: int | None
    language: str
    active: bool = True
    has_factor: bool = False
    invited: bool = False

    def as_actor(self, *, request_id: str, address: str, is_proved: bool = False) -> Actor:
        """The person as the audit knows them: by number, never by name."""
        return Actor(self.roles, str(self.id), request_id, address, self.practitioner_id, is_proved)


PAIR_SCOPE, ACCOUNT_SCOPE, ADDRESS_SCOPE = "sign-in pair", "sign-in account", "sign-in address"
ALLOWANCES = (
    Allowance(PAIR_SCOPE, 5, timedelta(minutes=1), timedelta(seconds=10)),
    Allowance(PAIR_SCOPE, 10, timedelta(minutes=15), timedelta(seconds=10)),
    Allowance(PAIR_SCOPE, 30, timedelta(hours=24), timedelta(seconds=10)),
    Allowance(ACCOUNT_SCOPE, 30, timedelta(hours=1), timedelta(minutes=1)),
    Allowance(ADDRESS_SCOPE, 100, timedelta(minutes=15), timedelta(minutes=1)),
)
"""Each step waits longer than the one before. The whole clinic may share one address, so that step is the widest."""

CODE_SCOPE = "second factor"
CODE_ALLOWANCES = (
    Allowance(CODE_SCOPE, 6, timedelta(minutes=10), timedelta(seconds=30)),
    Allowance(CODE_SCOPE, 20, timedelta(hours=24), timedelta(seconds=30)),
)
"""Wrong codes of one account, from wherever they come: whoever guesses them has the password already."""

KNOWN = Allowance("sign-in known", 0, timedelta(days=30), timedelta(days=1))
"""Where an account has signed in lately. There the account's own limit is waived: whoever floods an account from many
addresses must not lock its owner out."""


def check_password(password: str, *, email: str, name: str) -> None:
    """Refuse a password that is too short, too long, or made of the person's own name or e-mail.

    Length is what counts; no rules about signs and digits (NIST SP 800-63B, 3.1.1.2).

    :raises InvalidInput: with a sentence for `password`.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidInput({"password": N_("Use at least 12 letters, numbers or signs.")})
    if len(password) > LONGEST_PASSWORD:
        raise InvalidInput({"password": N_("This password is too long.")})
    own = {email.lower(), email.lower().partition("@")[0], name.lower().replace(" ", "")}
    if password.lower().replace(" ", "") in own or len(set(password)) < 5:
        raise InvalidInput({"password": N_("This password is easy to guess. Please choose another one.")})


def staff_roles(names: Iterable[str]) -> frozenset[Role]:
    """The roles of these names.

    :raises InvalidInput: when there is none, or one is not a role of the staff.
    """
    known: Mapping[str, Role] = {role.value: role for role in STAFF_ROLES}
    wanted = list(names)
    if not wanted or any(name not in known for name in wanted):
        raise InvalidInput({"roles": N_("Choose one or more roles: desk, clinician, manager.")})
    return frozenset(known[name] for name in wanted)
