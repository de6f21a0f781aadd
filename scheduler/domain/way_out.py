"""Asking a patient to choose another time, because the one they have will not do: what is owed, and over which ways.

Mail goes to those who have an address, a text to those who want texts; who has neither is called. One such request
about one state of the desk's list is one message, however often it is pressed.
"""

from __future__ import annotations

from datetime import datetime

from scheduler.domain.notification import Addressee, Channel, Kind, Notification, address_of
from scheduler.domain.person import RemindBy
from scheduler.domain.visit import Visit


def ask_to_choose(
    visit: Visit, occasion: str, now: datetime, *, by_phone: bool = False
) -> tuple[Notification, ...]:
    """The messages that ask for another time, or with `by_phone` the call that does."""
    appointment = visit.appointment
    readers = [(Channel.PHONE, Addressee.PATIENT)] if by_phone else _readers(visit)
    return tuple(
        Notification.about(
            appointment,
            Kind.CHOOSE_TIME,
            channel,
            addressee,
            due_at=now,
            expires_at=max(appointment.start, now),
            occasion=occasion,
        )
        for channel, addressee in readers
    )


def _readers(visit: Visit) -> list[tuple[Channel, Addressee]]:
    own = address_of(Addressee.PATIENT, visit.patient, visit.helper)
    copy = address_of(Addressee.HELPER, visit.patient, visit.helper)
    readers = [(Channel.EMAIL, Addressee.PATIENT)] if own else []
    if copy and copy.casefold() != (own or "").casefold():
        readers.append((Channel.EMAIL, Addressee.HELPER))
    if RemindBy.SMS in visit.patient.remind_by:
        readers.append((Channel.SMS, Addressee.PATIENT))
    return readers or [(Channel.PHONE, Addressee.PATIENT)]
