"""Who asks: a patient by a link, a person off the street, one of the staff, or the clinic's own clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person may be here; staff may hold several."""

    ANYONE = "anyone"
    PATIENT = "patient"
    DESK = "desk"
    CLINICIAN = "clinician"
    MANAGER = "manager"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, with what rights, from where; goes into every audit row.

    `id` is the account's or the link's id, never a name. `address` is the network address, `request_id` ties the audit
    row to the log line. `practitioner_id` is set for those who see patients. `is_proved` says that one of the staff has
    shown a password or second factor within `right.PROOF_HOLDS`.
    """

    roles: frozenset[Role]
    id: str = ""
    request_id: str = ""
    address: str = ""
    practitioner_id: int | None = None
    is_proved: bool = False

    @property
    def kind(self) -> Role:
        """The strongest role, for the audit."""
        for role in (Role.SYSTEM, Role.MANAGER, Role.CLINICIAN, Role.DESK, Role.PATIENT):
            if role in self.roles:
                return role
        return Role.ANYONE

    @property
    def is_staff(self) -> bool:
        """Staff sit at the desk, in the consulting room or in the office."""
        return bool(self.roles & {Role.DESK, Role.CLINICIAN, Role.MANAGER})


SYSTEM = Actor(frozenset({Role.SYSTEM}), id="clock")
ANYONE = Actor(frozenset({Role.ANYONE}))
