"""Who may do what: one table of acts and roles, asked by the services, by the doors and by the staff's own page.

How to use it
- A service that does something for a person begins with `demand(actor, Right.MOVE)`. It raises `NotPermitted`, or
  `ProofNeeded` where the act wants a proof of identity that is fresh. Never ask for a role by name anywhere else.
- A door for staff names the right that opens it: `Door("/desk", flow.bp, "the desk", (holding(Right.SEE_VISITS),))`,
  with `holding` from `web/guards.py`. Its link in the staff's line names the same right (`web/navigation.py`).
- A template that shows or hides a button asks `may(Right.OVERBOOK)`; every template knows both names.
- What a person's own link allows is in the table too, under PATIENT; what anybody may do, under ANYONE. The clinic's
  own clock and its command line (SYSTEM) may do everything.
- A new act is a line in `Right`, a line in `GRANTS` and its words in `web/right_words.py`; tests hold them together.
- Looking at a person is more than a right: `services/looking` writes the look down, and asks a clinician for a reason
  where the person is not a patient of theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from scheduler.domain.actor import Actor, Role
from scheduler.domain.errors import NotPermitted, ProofNeeded


class Right(StrEnum):
    """One act that somebody may or may not do here."""

    SEE_VISITS = "see-visits"
    SEE_PEOPLE = "see-people"
    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"
    OVERBOOK = "overbook"
    SET_STATUS = "set-status"
    WRITE_DESK_NOTE = "write-desk-note"
    CHANGE_PEOPLE = "change-people"
    CHANGE_REMINDERS = "change-reminders"
    MERGE_PEOPLE = "merge-people"
    SEE_GATE_RESULT = "see-gate-result"
    SEE_RECORD = "see-record"
    BREAK_GLASS = "break-glass"
    SEE_MESSAGES = "see-messages"
    SEND_MESSAGES = "send-messages"
    WORK_LIST = "work-list"
    WAIT_LIST = "wait-list"
    BLOCK_TIME = "block-time"
    BLOCK_OWN_TIME = "block-own-time"
    SEE_OWN_DAY = "see-own-day"
    RUN_VIDEO = "run-video"
    SEE_VIDEO_STATE = "see-video-state"
    KEEP_DIRECTORY = "keep-directory"
    KEEP_TEXTS = "keep-texts"
    KEEP_MESSAGES = "keep-messages"
    SEE_REPORTS = "see-reports"
    EXPORT = "export"
    KEEP_STAFF = "keep-staff"
    SEE_AUDIT = "see-audit"
    KEEP_OWN_ACCOUNT = "keep-own-account"
    KEEP_OWN_FACTORS = "keep-own-factors"


_ANYONE, _PATIENT, _DESK, _CLINICIAN, _MANAGER = (
    Role.ANYONE,
    Role.PATIENT,
    Role.DESK,
    Role.CLINICIAN,
    Role.MANAGER,
)

GRANTS: Mapping[Right, frozenset[Role]] = {
    Right.SEE_VISITS: frozenset({_DESK, _CLINICIAN, _MANAGER}),
    Right.SEE_PEOPLE: frozenset({_DESK, _CLINICIAN, _MANAGER}),
    Right.BOOK: frozenset({_ANYONE, _PATIENT, _DESK, _MANAGER}),
    Right.MOVE: frozenset({_PATIENT, _DESK, _MANAGER}),
    Right.CANCEL: frozenset({_PATIENT, _DESK, _MANAGER}),
    Right.OVERBOOK: frozenset({_MANAGER}),
    Right.SET_STATUS: frozenset({_DESK, _CLINICIAN, _MANAGER}),
    Right.WRITE_DESK_NOTE: frozenset({_DESK, _MANAGER}),
    Right.CHANGE_PEOPLE: frozenset({_DESK, _MANAGER}),
    Right.CHANGE_REMINDERS: frozenset({_PATIENT, _DESK, _MANAGER}),
    Right.MERGE_PEOPLE: frozenset({_DESK, _MANAGER}),
    Right.SEE_GATE_RESULT: frozenset({_DESK, _CLINICIAN}),
    Right.SEE_RECORD: frozenset({_CLINICIAN}),
    Right.BREAK_GLASS: frozenset({_CLINICIAN}),
    Right.SEE_MESSAGES: frozenset({_DESK, _MANAGER}),
    Right.SEND_MESSAGES: frozenset({_DESK, _MANAGER}),
    Right.WORK_LIST: frozenset({_DESK, _MANAGER}),
    Right.WAIT_LIST: frozenset({_DESK, _MANAGER}),
    Right.BLOCK_TIME: frozenset({_DESK, _MANAGER}),
    Right.BLOCK_OWN_TIME: frozenset({_CLINICIAN}),
    Right.SEE_OWN_DAY: frozenset({_CLINICIAN}),
    Right.RUN_VIDEO: frozenset({_CLINICIAN}),
    Right.SEE_VIDEO_STATE: frozenset({_DESK, _CLINICIAN, _MANAGER}),
    Right.KEEP_DIRECTORY: frozenset({_MANAGER}),
    Right.KEEP_TEXTS: frozenset({_MANAGER}),
    Right.KEEP_MESSAGES: frozenset({_MANAGER}),
    Right.SEE_REPORTS: frozenset({_MANAGER}),
    Right.EXPORT: frozenset({_MANAGER}),
    Right.KEEP_STAFF: frozenset({_MANAGER}),
    Right.SEE_AUDIT: frozenset({_MANAGER}),
    Right.KEEP_OWN_ACCOUNT: frozenset({_DESK, _CLINICIAN, _MANAGER}),
    Right.KEEP_OWN_FACTORS: frozenset({_DESK, _CLINICIAN, _MANAGER}),
}
"""Each act and who may do it (minimum necessary: 45 CFR 164.502(b)). A manager has no clinical content."""

WANTS_PROOF = frozenset({Right.BREAK_GLASS, Right.EXPORT, Right.KEEP_STAFF, Right.KEEP_OWN_FACTORS})
"""Acts before which the staff say once more who they are (OWASP ASVS 5.0, 7.5)."""

PROOF_HOLDS = timedelta(minutes=10)
"""How long after a password or second factor such an act is still believed."""


def may(actor: Actor, right: Right) -> bool:
    """Say whether someone holds a right, however long ago they proved who they are."""
    return Role.SYSTEM in actor.roles or bool(actor.roles & GRANTS[right])


def demand(actor: Actor, right: Right) -> None:
    """Refuse whoever does not hold a right.

    :raises NotPermitted: when none of the actor's roles has it.
    :raises ProofNeeded: when the act wants a fresh proof of who is asking, and there is none.
    """
    if not may(actor, right):
        raise NotPermitted
    if right in WANTS_PROOF and not actor.is_proved and Role.SYSTEM not in actor.roles:
        raise ProofNeeded
