"""What each reason for opening somebody else's record is called."""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.domain.glass import Reason
from scheduler.domain.wording import N_

REASONS: Mapping[Reason, str] = {
    Reason.EMERGENCY: N_("An emergency"),
    Reason.COVERING: N_("I stand in for a colleague"),
    Reason.ASKED: N_("A colleague or the patient asked me"),
    Reason.OTHER: N_("Another reason"),
}
