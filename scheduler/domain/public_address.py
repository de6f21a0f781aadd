"""Which network addresses are the public internet's: only those may be asked for something on a stranger's word.

OWASP SSRF prevention; RFC 6890 (special purposes), RFC 4291 2.5.5.2 (IPv4 in IPv6), RFC 6052 (NAT64), RFC 3056 (6to4).
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_PROTOCOLS = IPv4Network("192.0.0.0/24")
"""For protocols of the net itself; Python calls parts of it public, and nobody's calendar is there."""


def is_public(written: str) -> bool:
    """Say whether an address is public. Where it wraps others it is they that count: no loopback, no network of
    somebody's own, however it is written.
    """
    try:
        address = ip_address(written)
    except ValueError:
        return False
    wrapped = _wrapped(address) if isinstance(address, IPv6Address) else []
    return all(map(_is_global, wrapped)) if wrapped else _is_global(address)


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    if address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if isinstance(address, IPv6Address):
        return address.is_global and not address.is_site_local
    return address.is_global and address not in _PROTOCOLS


def _wrapped(address: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that it leads to."""
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in _NAT64):
        found.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [each for each in found if each is not None]
