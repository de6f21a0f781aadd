"""A message in the clinic's own words: every place in them filled with what is true of this visit and this reader.

Where a place has nothing to say for this reader, the message is written in the standard words, never with a gap in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scheduler.domain.directory import Mode
from scheduler.domain.letter import Letter
from scheduler.domain.notification import Addressee, Kind
from scheduler.domain.own_words import BY_VIDEO_ALONE, JOINS_IF_VIDEO, Place, sayable
from scheduler.domain.wording import N_
from scheduler.translations import catalogue, language_of, times
from scheduler.worker.letter_words import PAST, environment

EMERGENCY = N_("Emergency: 911")
ON = N_("on %(day)s")
CANCELLED_IN_MAIL = {
    True: N_("We are sorry that we cannot see you at this time."),
    False: N_("There is nothing else to do. The visit below will not take place."),
}
CANCELLED_IN_TEXT = {
    True: N_("We are sorry, we had to cancel your visit:"),
    False: N_("Your visit is cancelled:"),
}
"""What the standard words say where the clinic has cancelled, and where somebody else has."""


def in_mail(letter: Letter, words: dict[str, Any]) -> dict[str, Any]:
    """What a mail's templates may say, with the clinic's own words among it where they can be used."""
    own = letter.own.filled(_facts_of_mail(letter, words)) if letter.own else None
    return words if own is None else words | {"own": own, "subject": times.plain(own.subject)}


def in_text(letter: Letter, words: dict[str, Any]) -> str | None:
    """A text in the clinic's own words; None where it is to be written in the standard ones."""
    own = letter.own.filled(_facts_of_text(letter, words)) if letter.own else None
    return None if own is None else own.body


def _facts_of_mail(letter: Letter, words: dict[str, Any]) -> Mapping[Place, str]:
    visit, language = letter.visit, letter.language
    local = visit.appointment.start.astimezone(visit.location.tz)
    news = CANCELLED_IN_MAIL[words["by_clinic"]]
    day, say = times.day(local, language), catalogue(language_of(language)).gettext
    return _known(
        {
            Place.CLINIC: words["clinic"],
            Place.NAME: _name(letter),
            Place.NEWS: say(news),
            Place.WHEN: say(words["soon"]) if words["soon"] else say(ON) % {"day": day},
            Place.DAY: day,
            Place.TIME: times.place_time(local, visit.location.city, language),
            Place.PHONE: words["phone"],
            Place.UNTIL: words["held_until"],
        }
    )


def _facts_of_text(letter: Letter, words: dict[str, Any]) -> Mapping[Place, str]:
    tongue, news = language_of(letter.language), CANCELLED_IN_TEXT[words["by_clinic"]]
    said = environment(tongue).get_template("sms/_text.txt").make_module(words)
    facts = {
        Place.CLINIC: words["clinic"],
        Place.NAME: _name(letter),
        Place.NEWS: catalogue(tongue).gettext(news),
        Place.DAY: said.day(),  # type: ignore[attr-defined]
        Place.TIME: said.hour(),  # type: ignore[attr-defined]
        Place.WHERE: said.where(),  # type: ignore[attr-defined]
        Place.LINK: _link(letter, words),
        Place.UNTIL: words["held_until"],
        Place.PHONE: words["phone"],
        Place.STOP: said.stop(),  # type: ignore[attr-defined]
        Place.EMERGENCY: catalogue(tongue).gettext(EMERGENCY),
    }
    known = _known({place: " ".join(str(fact).split()) for place, fact in facts.items()})
    return {Place.LINK: ""} | known if letter.kind in JOINS_IF_VIDEO else known


def _known(facts: Mapping[Place, str]) -> dict[Place, str]:
    """Without those that have nothing to say."""
    return {place: fact for place, fact in facts.items() if fact}


def _name(letter: Letter) -> str:
    """How the reader is called: patients by their first name, helpers by the one name that they gave."""
    to_helper = letter.addressee is Addressee.HELPER
    return sayable(letter.name if to_helper else letter.visit.patient.given_name)


def _link(letter: Letter, words: dict[str, Any]) -> str:
    """The one link of a text: into a video visit, to booking anew, or to the reader's own page."""
    links = words["links"]
    if letter.kind in JOINS_IF_VIDEO | BY_VIDEO_ALONE:
        return str(links.join) if words["mode"] == Mode.VIRTUAL.value else ""
    if letter.kind in PAST:
        return str(words["book"])
    return "" if letter.kind is Kind.OFFER_GONE else str(links.manage)
