"""One message, ready to be written: about which visit, to whom, in which language, with which links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from scheduler.domain.calendar_entry import InviteLinks
from scheduler.domain.notification import Addressee, Channel, Claimed, Kind, address_of
from scheduler.domain.own_words import OwnWords
from scheduler.domain.visit import Visit

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
LONGEST_ADDRESS = 254


@dataclass(frozen=True, slots=True)
class Letter:
    """What a channel needs to write a message. `thread` is the Message-ID that began the talk.

    `number` is the outbox's own, by which a provider's reports and repeats are known. `also` are further visits of the
    same patient on the same day, which this one message speaks of too. Words such as "tomorrow" are reckoned from
    `written_at`. `held_until` is when a declined visit is given up, in the letter that speaks of it. `own` are
    the clinic's own words for it in this language, where it has some.
    """

    kind: Kind
    visit: Visit
    addressee: Addressee
    name: str
    address: str
    language: str
    links: InviteLinks
    message_id: str
    written_at: datetime
    thread: str | None = None
    channel: Channel = Channel.EMAIL
    also: tuple[Visit, ...] = ()
    number: int = 0
    held_until: datetime | None = None
    own: OwnWords | None = None


def letter(
    visit: Visit,
    claimed: Claimed,
    links: InviteLinks,
    thread: str | None,
    now: datetime,
    also: tuple[Visit, ...] = (),
    held_until: datetime | None = None,
    own: OwnWords | None = None,
) -> Letter | None:
    """The letter for a claimed message; None when its reader has no address that can be used."""
    address = address_of(claimed.addressee, visit.patient, visit.helper, claimed.channel)
    if address is None or not _is_usable(claimed.channel, address):
        return None
    to_helper = claimed.addressee is Addressee.HELPER and visit.helper is not None
    return Letter(
        kind=claimed.kind,
        visit=visit,
        addressee=claimed.addressee,
        name=visit.helper.name if to_helper and visit.helper else visit.patient.name,
        address=address,
        language=visit.appointment.language,
        links=links,
        message_id=claimed.message_id,
        written_at=now,
        thread=thread,
        channel=claimed.channel,
        also=also,
        number=claimed.id,
        held_until=held_until,
        own=own,
    )


def _is_usable(channel: Channel, address: str) -> bool:
    return is_one_address(address) if channel is Channel.EMAIL else _NUMBER.fullmatch(address) is not None


def is_one_address(address: str) -> bool:
    """Say whether this is exactly one plain address: "a@b.example, c@d.example" would reach a second person."""
    return len(address) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(address) is not None
