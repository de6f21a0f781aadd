"""Opening the record of somebody who is not one's own patient: for a reason, for an hour, and under a manager's eyes.

45 CFR 164.312(a)(2)(ii) asks for a way in for emergencies; minimum necessary asks that it leaves a trace.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

OPEN_FOR = timedelta(minutes=60)
REVIEW_WITHIN = timedelta(days=3)
SHORTEST_REASON = 10
LONGEST_REASON = 500


class Reason(StrEnum):
    """Why a record is opened."""

    EMERGENCY = "emergency"
    COVERING = "covering"
    ASKED = "asked"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Opening:
    """A record that was opened: by which account, whose, why, and when. `words` are the reason in full."""

    id: str
    account_id: int
    patient_id: int
    reason: Reason
    words: str
    at: datetime
