"""What the clinic answers to a text, in words: short, in the sender's language and the telephones' own letters."""

from __future__ import annotations

from scheduler.domain.directory import Organization
from scheduler.domain.inbound_text import Answer, Say
from scheduler.domain.text_message import fitted
from scheduler.domain.visit import Visit
from scheduler.domain.wording import N_
from scheduler.translations import phones, times, translate

SENTENCES = {
    Say.CONFIRMED: N_("Thank you. Your visit is confirmed: %(visit)s."),
    Say.WHICH_CONFIRM: N_("Reply %(word)s to confirm %(visit)s."),
    Say.WHICH_CANCEL: N_("Reply %(word)s to cancel %(visit)s."),
    Say.CANCELLED: N_("Your visit is cancelled: %(visit)s. To book again: %(phone)s."),
    Say.TOO_LATE: N_("It is too late to cancel by text. We call you about it. Or call %(phone)s."),
    Say.WILL_CALL: N_("We call you in office hours. Emergency: 911"),
    Say.STOPPED: N_("You get no texts from us now. Reply START to get them again."),
    Say.STARTED: N_("You get our texts again. STOP to end."),
    Say.HELP: N_("%(clinic)s: C confirms, X cancels, A: we call you. STOP to end. %(phone)s. Emergency: 911"),
    Say.READ: N_("Thank you. We read this in office hours. Or call %(phone)s. Emergency: 911"),
    Say.UNKNOWN: N_("We know of no visit for this number. Please call %(phone)s. Emergency: 911"),
}
"""Every answer that has words. We ask for C, X and A alone: CANCEL and YES belong to the carriers."""

_LETTERS = {Say.WHICH_CONFIRM: "C", Say.WHICH_CANCEL: "X"}


def words_of(answer: Answer, organization: Organization) -> str:
    """The answer as it travels."""
    sentence = translate(SENTENCES[answer.say], answer.language)
    known = {"clinic": organization.neutral_name, "phone": phones.shown(organization.phone)}
    visits = [_visit(visit, answer.language) for visit in answer.visits]
    letter = _LETTERS.get(answer.say)
    if letter is None:
        return _said(sentence % {**known, "visit": visits[0] if visits else ""})
    lines = [
        sentence % {"word": f"{letter}{number}", "visit": visit} for number, visit in enumerate(visits, 1)
    ]
    return _said(" ".join(lines))


def _said(words: str) -> str:
    """Without the second of two full stops, which follows a Spanish "a.m."."""
    return fitted(words.replace("m..", "m."))


def _visit(visit: Visit, language: str) -> str:
    """A visit as people know it apart: "Tue Dec 1 2:00 PM"."""
    local = visit.appointment.start.astimezone(visit.location.tz)
    return f"{times.short_day(local.date(), language)} {times.clock(local, language)}"
