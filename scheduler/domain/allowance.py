"""How often something may be tried or asked before the clinic says: please wait.

These are the counts of identities, kept in the database: they hold on every node and across restarts. Wide enough for a
family or an office behind one address, too narrow for a program that would empty the calendar or fill a mailbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most `most` tries of one kind within `window`; `step` is how finely they are counted."""

    scope: str
    most: int
    window: timedelta
    step: timedelta


HOLDS_OF_ADDRESS = Allowance("hold address", 30, timedelta(hours=1), timedelta(minutes=1))
"""Times newly kept. One that takes the place of another is not counted: there are no more of them than before."""

LINKS_OF_CONTACT = Allowance("links contact", 10, timedelta(hours=24), timedelta(minutes=10))
"""Lost links asked for one phone number or e-mail: nobody can fill somebody else's mailbox."""

LINKS_OF_ADDRESS = Allowance("links address", 60, timedelta(hours=24), timedelta(minutes=10))
"""Lost links asked from one address, for whomever."""


GUESSES_NOTED = Allowance("guess noted", 3, timedelta(minutes=10), timedelta(minutes=1))
"""How often it is written down that one address tries secrets that open nothing."""

FLOODS_NOTED = Allowance("flood noted", 1, timedelta(minutes=10), timedelta(minutes=1))
"""How often it is written down that one address knocks without end."""


def network_of(address: str) -> str:
    """What counts as one address: of IPv6 the 64 bits that one household gets (RFC 6177), else the address itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))
