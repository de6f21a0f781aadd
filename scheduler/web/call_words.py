"""What to say on the phone, in the language of the person who is called: as neutral as a mail, and as short."""

from __future__ import annotations

from collections.abc import Mapping

from scheduler.domain.directory import Mode
from scheduler.domain.notification import Addressee, Kind
from scheduler.domain.visit import Visit
from scheduler.domain.wording import N_
from scheduler.translations import phones, times, translate

_NEWS: Mapping[Kind, str] = {
    Kind.CONFIRMATION: N_("Your visit is booked: %(moment)s."),
    Kind.MOVED: N_("Your visit has a new time: %(moment)s."),
    Kind.MOVED_BY_CLINIC: N_("Your visit had to move. The new time is %(moment)s."),
    Kind.SWITCHED: N_("Your visit has changed. It is %(moment)s."),
    Kind.CANCELLED: N_("Your visit is cancelled. It was to be %(moment)s."),
    Kind.BOOK_AGAIN: N_("We missed you. Your visit was to be %(moment)s. Would you like another time?"),
    Kind.CHOOSE_TIME: N_("We are sorry: we cannot keep your visit, %(moment)s. Shall we find another time?"),
    Kind.OFFER: N_("A time is free for you: %(moment)s. Would you like to have it?"),
    Kind.OFFER_GONE: N_("The time we told you of is taken: %(moment)s. You stay on our list."),
    Kind.PREPARATION: N_("You have a visit: %(moment)s. May I tell you how to get ready?"),
    Kind.DEVICE_CHECK: N_("You have a video visit: %(moment)s. Have you tried your phone or computer?"),
}
_REMINDER = N_("You have a visit: %(moment)s.")
_WHERE: Mapping[Mode, str] = {
    Mode.IN_PERSON: N_("It is at our office: %(place)s."),
    Mode.VIRTUAL: N_("It is by video. Your link came when you booked. Shall I send it again?"),
    Mode.PHONE: N_("We will call you."),
}
_STILL = N_("Does the time still suit you? If not, I can find you another one.")
_OVER = frozenset({Kind.CANCELLED, Kind.BOOK_AGAIN, Kind.CHOOSE_TIME, Kind.OFFER, Kind.OFFER_GONE})


def script(visit: Visit, kind: Kind, addressee: Addressee, language: str) -> str:
    """The words of a call, one sentence a line."""
    appointment, place = visit.appointment, visit.location
    words = {
        "clinic": visit.organization.neutral_name,
        "name": _name(visit, addressee),
        "moment": times.plain(times.moment(appointment.start, place.tz, place.city, language)),
        "place": place.address,
        "phone": times.plain(phones.shown(visit.organization.phone)),
    }
    lines = [N_("Hello, this is %(clinic)s. May I speak with %(name)s?"), _NEWS.get(kind, _REMINDER)]
    if kind not in _OVER:
        lines += [_WHERE[appointment.mode], _STILL]
    lines.append(N_("Our number is %(phone)s. Thank you, and good-bye."))
    return "\n".join(translate(line, language) % words for line in lines)


def _name(visit: Visit, addressee: Addressee) -> str:
    if addressee is Addressee.HELPER and visit.helper is not None:
        return visit.helper.name
    return visit.patient.name
