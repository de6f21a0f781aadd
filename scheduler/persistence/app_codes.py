"""Codes of an app on somebody's phone: a secret they share with us, and six digits that change every half minute."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp

from scheduler.domain.second_factor import STEP

_LATE_OR_EARLY = 1
"""Steps that a phone's clock may be off (RFC 6238, 5.2)."""


def new_secret() -> str:
    """A secret of 160 bits, in letters that can be typed."""
    return pyotp.random_base32()


def address(secret: str, account: str, clinic: str) -> str:
    """What the square picture says to the app: whose code it is, and the secret."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=clinic)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """Which step this code belongs to, near now; None when it belongs to none. A step must be used up once."""
    app, here = pyotp.TOTP(secret), int(now.timestamp()) // STEP
    near = range(here - _LATE_OR_EARLY, here + _LATE_OR_EARLY + 1)
    fitting = [step for step in near if hmac.compare_digest(app.generate_otp(step), code)]
    return max(fitting, default=None)
