"""Who wants no more reminders by mail: the button in the mail program, and the page behind the link.

The link in a mail holds the look-up hash of the address and a seal over it, so it works without an account and without
a row of its own, says nothing of anybody, and opens nothing but this one switch.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import datetime

from scheduler.domain.actor import Actor
from scheduler.domain.errors import NotFound
from scheduler.domain.notification import Channel
from scheduler.persistence import audit, opt_outs
from scheduler.persistence.vault import Vault
from scheduler.services.house import House

_PURPOSE = "refuse-reminders"
_HASH_BYTES = 16
_SEAL_BYTES = 16
TOKEN_LENGTH = 43


def token_for(vault: Vault, email: str) -> str:
    """The secret part of the link for the reader of this address; always the same, so no mail's link goes stale."""
    index = vault.index("email", email)
    return base64.urlsafe_b64encode(index + _seal(vault, index)).decode().rstrip("=")


def is_out(house: House, token: str) -> bool:
    """Say whether this reader wants no reminders by mail.

    :raises NotFound: when the link was not made here.
    """
    index = _opened(house.vault, token)
    with house.database.reading() as connection:
        return opt_outs.is_out(connection, Channel.EMAIL, index)


def choose(house: House, token: str, *, out: bool, language: str, actor: Actor, now: datetime) -> None:
    """Keep that this reader wants no reminders by mail, or wants them again; the same twice changes nothing.

    :raises NotFound: when the link was not made here.
    """
    index = _opened(house.vault, token)
    with house.database.transaction() as connection:
        is_news = opt_outs.record(
            connection, Channel.EMAIL, index, out=out, source="link", language=language, now=now
        )
        if is_news:
            action = "opt-out" if out else "opt-in"
            audit.record(connection, actor, action, "contact", "", now=now, detail={"channel": "email"})


def _seal(vault: Vault, index: bytes) -> bytes:
    return vault.digest(_PURPOSE, index)[:_SEAL_BYTES]


def _opened(vault: Vault, token: str) -> bytes:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise NotFound from None
    index, seal = raw[:_HASH_BYTES], raw[_HASH_BYTES:]
    if len(token) != TOKEN_LENGTH or not hmac.compare_digest(seal, _seal(vault, index)):
        raise NotFound
    return index
