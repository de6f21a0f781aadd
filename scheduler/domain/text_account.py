"""The clinic's account with a company that carries texts, as one setting names it, and how the company signs its calls.

    https://ACCOUNT:TOKEN@api.twilio.com/?from=+19155550100
    https://ACCOUNT:TOKEN@api.twilio.com/?from=MG0123...     a pool of numbers ("messaging service")

Any company that speaks Twilio's form of HTTP will do; `&repeats=safe` says that it promises to take the same name (the
header Idempotency-Key) for the same text. The same token that signs us in also signs what the company
tells us (callbacks and incoming texts), so that nobody else can say it in its name.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

_SENDER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}|MG[0-9a-zA-Z]{6,40}")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class TextAccount:
    """One account. `sender` is our number in E.164, a short code, or the name of a pool of numbers."""

    provider: str
    origin: str
    user: str
    token: str = field(repr=False)
    sender: str
    is_idempotent: bool = False

    @classmethod
    def parse(cls, url: str) -> TextAccount:
        """Read the setting.

        :raises ValueError: when something is missing; the message shows no secret.
        """
        parts = urlsplit(url)
        # A plus in a query is a space to most readers; in a telephone number it is meant as it stands.
        asked = parse_qs(parts.query.replace("+", "%2B"))
        sender = asked.get("from", [""])[-1].replace(" ", "")
        if parts.scheme not in _PORTS or not parts.hostname or not parts.username or not parts.password:
            raise ValueError("a text account reads https://ACCOUNT:TOKEN@host/?from=+19155550100")
        if not _SENDER.fullmatch(sender):
            raise ValueError("a text account needs from=, our own number as +19155550100 or a pool's name")
        port = f":{parts.port}" if parts.port else ""
        return cls(
            provider=f"{parts.hostname}{port}"[:32],
            origin=f"{parts.scheme}://{parts.hostname}{port}{parts.path.rstrip('/')}",
            user=unquote(parts.username),
            token=unquote(parts.password),
            sender=sender,
            is_idempotent=asked.get("repeats", [""])[-1] == "safe",
        )

    @property
    def messages_url(self) -> str:
        """Where messages are handed over and looked up."""
        return f"{self.origin}/2010-04-01/Accounts/{self.user}/Messages.json"

    @property
    def sender_field(self) -> str:
        """What the sender is called in a request."""
        return "MessagingServiceSid" if self.sender.startswith("MG") else "From"


def signature(token: str, url: str, form: Mapping[str, Sequence[str]]) -> str:
    """Twilio's signature of a request: HMAC-SHA1 over the address and every field, sorted by name (its security page).

    The hash is that company's choice; a keyed SHA-1 is still sound for this.
    """
    said = "".join(name + value for name in sorted(form) for value in sorted(set(form[name])))
    return base64.b64encode(hmac.digest(token.encode(), (url + said).encode(), "sha1")).decode()


def signer(
    accounts: Iterable[TextAccount], given: str, url: str, form: Mapping[str, Sequence[str]]
) -> TextAccount | None:
    """The account whose token signed this request to `url`, our own public address; None when none did.

    Some of the company's machines sign the address with its usual port spelled out, so that counts as the same.
    """
    for account in accounts:
        for spelling in (url, _with_port(url)):
            if hmac.compare_digest(signature(account.token, spelling, form).encode(), given.encode()):
                return account
    return None


def _with_port(url: str) -> str:
    parts = urlsplit(url)
    if parts.port or parts.scheme not in _PORTS:
        return url
    return parts._replace(netloc=f"{parts.netloc}:{_PORTS[parts.scheme]}").geturl()
