"""The clinic's refusals: each has a code for machines and a sentence for people, and knows nothing of HTTP.

A refusal is an answer, not an accident. Services raise it, the web turns it into a page or a problem document by one
table (`web/errors.py`), and the worker records it. Sentences are English msgids; the translation happens at the door.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from scheduler.domain.wording import N_

if TYPE_CHECKING:
    from scheduler.domain.slot import Slot


class Refusal(Exception):
    """Something the clinic will not do, with a reason a person can read."""

    code: ClassVar[str] = "refused"
    sentence: ClassVar[str] = N_("We cannot do this. Please call the clinic.")

    def __init__(self) -> None:
        super().__init__(self.code)


class NotFound(Refusal):
    """There is nothing here for this person; said alike for foreign and for missing things."""

    code = "not-found"
    sentence = N_("We could not find this page. The link may be old. Please call the clinic.")


class NotPermitted(Refusal):
    """The person is known, and may not do this."""

    code = "not-permitted"
    sentence = N_("You do not have the right to do this.")


class ProofNeeded(Refusal):
    """The person may do this, and must first show once more who they are."""

    code = "proof-needed"
    sentence = N_("Please show once more that it is you.")


class ReasonNeeded(Refusal):
    """The person looked at is not the clinician's own patient: a reason must be given first."""

    code = "reason-needed"
    sentence = N_("This person is not one of your patients. Please give a reason first.")

    def __init__(self, patient_id: int) -> None:
        super().__init__()
        self.patient_id = patient_id


class ScreenLocked(Refusal):
    """Nobody has touched this browser for a while; its owner must show that they are back."""

    code = "screen-locked"
    sentence = N_("The screen is locked. Please show that it is you.")


class SignInRequired(Refusal):
    """The door is for staff, and nobody has signed in."""

    code = "sign-in-required"
    sentence = N_("Please sign in first.")


class WrongCredentials(Refusal):
    """The e-mail or the password is not right; which of the two is not said."""

    code = "wrong-credentials"
    sentence = N_("The e-mail or the password is not right.")


class TooManyAttempts(Refusal):
    """Too many tries in a short time; after `wait` another one is looked at."""

    code = "too-many-attempts"
    sentence = N_("There were too many tries. Please wait a while, or call the clinic.")

    def __init__(self, wait: timedelta = timedelta(minutes=1)) -> None:
        super().__init__()
        self.wait = wait


class TooManyHolds(TooManyAttempts):
    """One address keeps so many times that it leaves too few for others."""

    sentence = N_(
        "Many times are being kept from your internet connection. Please try again later, or call us."
        " We can book for you on the phone."
    )


class InvalidInput(Refusal):
    """Some of what was typed cannot be used; `errors` holds one English msgid a field."""

    code = "invalid"
    sentence = N_("Some answers need another look.")

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__()
        self.errors = dict(errors)


class SlotTaken(Refusal):
    """The time went to somebody else; `alternatives` are the nearest times that are free."""

    code = "slot-taken"
    sentence = N_("This time was just taken. Please choose another time.")

    def __init__(self, alternatives: tuple[Slot, ...] = ()) -> None:
        super().__init__()
        self.alternatives = alternatives


class SlotLost(SlotTaken):
    """The time went to somebody else between our first look and our second: worth one more try before it is said."""


class NotOffered(Refusal):
    """The time is not one that the clinic offers; `reason` is a code of `availability.Reason`."""

    code = "not-offered"
    sentence = N_("The clinic does not offer this time. Please choose another time.")

    def __init__(self, reason: str, alternatives: tuple[Slot, ...] = ()) -> None:
        super().__init__()
        self.reason = reason
        self.alternatives = alternatives


class HoldLapsed(Refusal):
    """The time was kept for a while, and the while is over."""

    code = "hold-lapsed"
    sentence = N_(
        "We could not keep this time for you any longer. Your answers are safe. Please choose a time again."
    )

    def __init__(self, alternatives: tuple[Slot, ...] = ()) -> None:
        super().__init__()
        self.alternatives = alternatives


class PatientBusy(Refusal):
    """The same patient has another visit at this time."""

    code = "patient-busy"
    sentence = N_("There is already a visit at this time for this person. Please choose another time.")


class TwoAtOnce(Refusal):
    """Two records that shall be one person's have a visit each at the same time."""

    code = "two-at-once"
    sentence = N_("Both records have a visit at the same time. Move or cancel one of them first.")


class CutOffPassed(Refusal):
    """It is too late to change the visit without the desk."""

    code = "cut-off-passed"
    sentence = N_("It is too late to change this visit online. Please call the clinic.")


class MoveRefused(Refusal):
    """The visit's status does not permit this change."""

    code = "status-refused"
    sentence = N_("This visit can no longer be changed.")


class NotYet(Refusal):
    """It is too soon: nobody arrives the day before, and nobody has missed a visit that has not begun."""

    code = "not-yet"
    sentence = N_("It is too soon for this. Wait until the day, or until the visit should have begun.")


class StaleVersion(Refusal):
    """Somebody else changed the visit in the meantime."""

    code = "stale-version"
    sentence = N_("This visit was changed in the meantime. Please look at it again.")


class GateClosed(Refusal):
    """The safety questions lead to care sooner than a booking can; `tier` says how soon."""

    sentence = N_("Your answers need care sooner than a booked visit. Please do not wait for an appointment.")

    def __init__(self, tier: str) -> None:
        super().__init__()
        self.tier = tier

    @property
    def gate_code(self) -> str:
        """The machine code: gate-emergency, gate-same-day or gate-call-back."""
        return f"gate-{self.tier}"


class GateNeeded(Refusal):
    """Times are shown only after the safety questions of the wording in force."""

    code = "gate-needed"
    sentence = N_("Please answer the safety questions first.")


class IdempotencyMismatch(Refusal):
    """The same key came with another request."""

    code = "idempotency-mismatch"
    sentence = N_("This request key was used before for something else.")


class Conflict(Refusal):
    """A change of the directory would leave booked visits without a place; `stranded` counts them."""

    code = "strands-visits"
    sentence = N_("Booked visits stand in the way of this change.")

    def __init__(self, stranded: int = 0) -> None:
        super().__init__()
        self.stranded = stranded


class CannotSend(Refusal):
    """The message is on its way already, or what it says is no longer true."""

    code = "cannot-send"
    sentence = N_("This message cannot be sent now. Please look at it again.")


class GuardMissing(Exception):
    """The database no longer refuses overlaps by itself; the program must not take bookings."""


class OfferGone(Refusal):
    """An offered time is no longer to be had: somebody was faster, or too much time has passed."""

    code = "offer-gone"
    sentence = N_("This time is no longer free. You stay on our list.")
