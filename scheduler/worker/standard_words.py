"""The standard words of a message with the names of the places in it: what a clinic starts from when it writes its own.

They are read out of the templates themselves, so the two can never say different things.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from scheduler.domain.directory import Mode
from scheduler.domain.notification import Channel, Kind
from scheduler.domain.own_words import JOINS_IF_VIDEO, OwnWords, Place
from scheduler.domain.wording import Language
from scheduler.translations import catalogue
from scheduler.worker.letter_words import SUBJECTS, environment
from scheduler.worker.own_letter import CANCELLED_IN_MAIL, CANCELLED_IN_TEXT, EMERGENCY

_LINKS = SimpleNamespace(manage=Place.LINK.mark, join=Place.LINK.mark)
_MARKS: dict[str, Any] = {
    "clinic": Place.CLINIC.mark,
    "short_day": Place.DAY.mark,
    "starts": Place.TIME.mark,
    "street": Place.WHERE.mark,
    "held_until": Place.UNTIL.mark,
    "phone": Place.PHONE.mark,
    "book": Place.LINK.mark,
    "links": _LINKS,
    "soon": "",
    "own_clock": "",
    "other_clock": "",
    "also": (),
    "by_clinic": False,
    "to_helper": False,
    "has_helper": False,
    "mode": Mode.IN_PERSON.value,
}
"""What the templates are given in the place of facts."""

_SENTENCES = {
    "STOP to end.": Place.STOP,
    EMERGENCY: Place.EMERGENCY,
    CANCELLED_IN_TEXT[False]: Place.NEWS,
}
"""Sentences of a text that come in by a place."""

SOON = "tomorrow"
"""The word in the heading of a reminder that is another one on other days."""


def of(kind: Kind, channel: Channel, language: Language) -> OwnWords:
    """The standard words of a message by e-mail or text."""
    return _of_mail(kind, language) if channel is Channel.EMAIL else _of_text(kind, language)


def _of_mail(kind: Kind, language: Language) -> OwnWords:
    template, say = environment(language).get_template(f"email/{kind.value}.txt"), catalogue(language).gettext
    news = "".join(template.blocks["news"](template.new_context(_MARKS | {"soon": SOON})))
    heading, *opening = [line for line in news.splitlines() if line.strip()]
    subject = say(SUBJECTS[kind]) % {"moment": f"{Place.DAY.mark}, {Place.TIME.mark}"}
    body = "\n\n".join(opening).replace(say(CANCELLED_IN_MAIL[False]), Place.NEWS.mark)
    return OwnWords(body, subject, heading.replace(say(SOON), Place.WHEN.mark))


def _of_text(kind: Kind, language: Language) -> OwnWords:
    spoken, template = catalogue(language), environment(language).get_template(f"sms/{kind.value}.txt")
    line = " ".join(template.render(_MARKS).split()).replace(" ,", ",").replace(" .", ".")
    if kind in JOINS_IF_VIDEO:
        line = line.replace(f"{Place.WHERE.mark}. ", f"{Place.WHERE.mark}. {Place.LINK.mark} ")
    for sentence, place in _SENTENCES.items():
        line = line.replace(spoken.gettext(sentence), place.mark)
    return OwnWords(line)
