"""Who may book which visit, and what must be said before: all that can be decided without looking at any time."""

from __future__ import annotations

from datetime import datetime

from scheduler.domain.actor import Actor
from scheduler.domain.booking import BookingRequest
from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Audience, Mode
from scheduler.domain.errors import GateClosed, InvalidInput, NotPermitted
from scheduler.domain.interval import epoch
from scheduler.domain.safety_gate import Tier
from scheduler.domain.wall_clock import local_day
from scheduler.domain.wording import N_

CONSENT = "telehealth"
"""The text that people agree to before a visit by video."""


def refuse_unfit(clinic: Clinic, request: BookingRequest, actor: Actor, known: bool, now: datetime) -> None:
    """Refuse by the safety gate, by who may book this visit, and by what a virtual one needs.

    :raises GateClosed: when the answers, or the patient's age, lead to care sooner than a visit.
    :raises NotPermitted: when such a visit is the desk's to book, or only for patients of the clinic.
    :raises InvalidInput: when it cannot be had in this way, or its place or consent is missing.
    """
    tier = clinic.gate.triage(request.gate.version, request.gate.answers)
    if tier is Tier.NONE and request.patient.is_minor(local_day(clinic.organization.zone, epoch(now))):
        tier = Tier.CALL_BACK
    if tier is not Tier.NONE and not actor.is_staff:
        raise GateClosed(tier.value)
    visit_type = clinic.visit_type(request.visit_type_code)
    if request.mode not in visit_type.modes or not visit_type.active:
        raise InvalidInput({"mode": N_("This visit cannot be booked in this way.")})
    allowed = {Audience.PATIENT} | ({Audience.KNOWN_PATIENT} if known else set())
    if not actor.is_staff and not allowed & visit_type.bookable_by:
        raise NotPermitted
    if request.mode is Mode.VIRTUAL:
        _refuse_without_consent(clinic, request)


def _refuse_without_consent(clinic: Clinic, request: BookingRequest) -> None:
    if request.virtual is None:
        raise InvalidInput({"virtual": N_("For a video visit we need to know where you will be.")})
    if request.virtual.consent_version != clinic.consent(CONSENT).version:
        raise InvalidInput(
            {"virtual.consent_version": N_("Please read and accept the consent for video visits.")}
        )
