"""A wish to be called: what a person leaves who should not book alone, or would rather talk."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scheduler.domain.safety_gate import Tier


class BestTime(StrEnum):
    """When a person would like to be called."""

    ANY = "any"
    MORNING = "morning"
    AFTERNOON = "afternoon"


class Urgency(StrEnum):
    """How soon the desk should see to it, as the worklist spells it."""

    URGENT = "urgent"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class CallBack:
    """Who wants to be called, where, in which language and when; the phone is E.164."""

    name: str
    phone: str
    language: str
    best_time: BestTime = BestTime.ANY


def urgency_of(tier: Tier | None) -> Urgency:
    """How soon to call: at once after a sign that needs care today, else in turn (CLINIC, the gate's table)."""
    return Urgency.URGENT if tier in {Tier.EMERGENCY, Tier.SAME_DAY} else Urgency.NORMAL
