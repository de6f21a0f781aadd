"""The relay for picture and sound where two networks do not reach each other: time-limited names and passwords for it.

Context. Mobile networks and office firewalls often keep two browsers apart; a relay (TURN, RFC 8656) carries what is
sealed between them and cannot read it. A password that lasts would make it everybody's relay.

Decision. The scheme every TURN server knows (draft-uberti-behave-turn-rest-00): the name is "expiry:visit", the
password its HMAC-SHA1 under a secret that the server shares. No STUN server of a stranger is ever named: it would see
the addresses of patients.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

LIVES = timedelta(hours=4)
"""How long a name and password open the relay; the longest visit with the longest grace is shorter."""

CHECK_LIVES = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Relay:
    """The clinic's relay: its addresses ("turn:host:3478?transport=udp") and the secret shared with it.

    `only` sends every call through it. Without addresses there is none, and some patients will not connect.
    """

    addresses: tuple[str, ...] = ()
    secret: str = field(default="", repr=False)
    only: bool = False

    @property
    def is_set(self) -> bool:
        """Say whether there is one."""
        return bool(self.addresses and self.secret)

    def for_browser(
        self, visit: str, now: datetime, lives: timedelta = LIVES, *, only: bool | None = None
    ) -> dict[str, Any]:
        """What a browser needs to use it for this visit (RTCConfiguration); nothing at all when there is none."""
        if not self.is_set:
            return {"iceServers": []}
        name = f"{int((now + lives).timestamp())}:{visit}"
        mac = hmac.new(self.secret.encode(), name.encode(), hashlib.sha1).digest()
        server = {
            "urls": list(self.addresses),
            "username": name,
            "credential": base64.b64encode(mac).decode(),
        }
        must = self.only if only is None else only
        return {"iceServers": [server], **({"iceTransportPolicy": "relay"} if must else {})}
