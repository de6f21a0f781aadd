"""The manager's page for one message: its words in both languages, how they read, and which were in force before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from scheduler.domain import text_check
from scheduler.domain.directory import Mode
from scheduler.domain.errors import NotFound, StaleVersion
from scheduler.domain.notification import Channel, Kind
from scheduler.domain.own_words import (
    BY_VIDEO_ALONE,
    CHANNELS,
    KINDS,
    OwnMessage,
    OwnWords,
    Place,
    allowed,
    required,
)
from scheduler.domain.own_words_check import SENTENCES, WordsRefused, check
from scheduler.domain.plain_text import clean
from scheduler.domain.sample_visit import sample_visit
from scheduler.domain.text_check import Checked
from scheduler.domain.wording import N_, Language, Text
from scheduler.services import rewording
from scheduler.web import message_preview, text_words
from scheduler.web.context import actor, clinic, house, now, office
from scheduler.web.errors import status_of
from scheduler.web.forms.options import LANGUAGES
from scheduler.web.i18n import gettext as _
from scheduler.web.message_preview import NOTHING_RUNS, Preview

bp = Blueprint("rewording", __name__)

PATH = (
    f"/texts/messages/<any({', '.join(repr(kind.value) for kind in KINDS)}):kind>"
    f"/<any({', '.join(repr(channel.value) for channel in CHANNELS)}):channel>"
)
LONGEST = 8000
"""More than any field may hold, so that what is too long is shown again whole."""

PLACES: Mapping[Place, str] = {
    Place.CLINIC: N_("The name of the clinic"),
    Place.NAME: N_("The first name of the reader"),
    Place.NEWS: N_("What is cancelled, with our regrets where it was we who cancelled"),
    Place.WHEN: N_("“today”, “tomorrow” or “on” and the day of the visit"),
    Place.DAY: N_("The day of the visit"),
    Place.TIME: N_("The time of the visit, with its time zone"),
    Place.WHERE: N_("The street of the office, or “by video” or “by phone”"),
    Place.LINK: N_("The private link"),
    Place.UNTIL: N_("Until when we hold the time"),
    Place.PHONE: N_("The phone number of the clinic"),
    Place.STOP: N_("How to end texts"),
    Place.EMERGENCY: N_("911 for emergencies"),
}

CARE: Mapping[Kind, str] = {
    Kind.CANCELLED: N_(
        "This goes out whoever cancels, the patient or we. Apart from {news}, write what is true of both."
    ),
}
"""What whoever words a message anew should bear in mind."""

FIELDS = {Channel.EMAIL: ("subject", "heading", "body"), Channel.SMS: ("body",)}
LABELS: Mapping[tuple[Channel, str], str] = {
    (Channel.EMAIL, "subject"): N_("Subject"),
    (Channel.EMAIL, "heading"): N_("Heading"),
    (Channel.EMAIL, "body"): N_("Opening"),
    (Channel.SMS, "body"): N_("The whole text"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """How the words read in one language at one way to meet, and what they must say."""

    language: Language
    mode: Mode
    preview: Preview
    checks: list[Checked]


@bp.get(PATH)
def edit(kind: str, channel: str) -> ResponseReturnValue:
    """Show the words in force, to be changed."""
    return _page(_in_force(Kind(kind), Channel(channel)))


@bp.post(PATH)
def put_in_force(kind: str, channel: str) -> ResponseReturnValue:
    """Show how the words would read, or put them in force."""
    typed = _typed(Kind(kind), Channel(channel))
    try:
        if request.form.get("look"):
            check(typed)
            return _page(typed, look=True)
        rewording.put_in_force(house(), typed, _seen(), actor(), now())
    except WordsRefused as refusal:
        return _page(typed, refusal), status_of(refusal)
    except StaleVersion as refusal:
        return _page(typed), status_of(refusal)
    return redirect(url_for(".edit", kind=kind, channel=channel, done="saved"), 303)


@bp.post(f"{PATH}/standard")
def use_standard(kind: str, channel: str) -> ResponseReturnValue:
    """Bring the standard words back."""
    rewording.use_standard(house(), Kind(kind), Channel(channel), actor(), now())
    return redirect(url_for(".edit", kind=kind, channel=channel, done="standard"), 303)


@bp.post(f"{PATH}/page/<any('en', 'es'):language>")
def mail(kind: str, channel: str, language: str) -> ResponseReturnValue:
    """The mail with these words by itself, as a mail program shows it.

    :raises NotFound: for a text, or where there is nothing to make a visit of.
    """
    typed = _typed(Kind(kind), Channel(channel))
    try:
        check(typed)
    except WordsRefused as refusal:
        return _page(typed, refusal), status_of(refusal)
    written = next((one.preview.html for one in _shown(typed, Language(language))), "")
    if not written:
        raise NotFound
    answer = make_response(written)
    answer.headers["Content-Security-Policy"] = NOTHING_RUNS
    return answer


def _seen() -> int:
    """The newest version that the writer knew of."""
    known = request.form.get("seen", "")
    return int(known) if known.isascii() and known.isdigit() and len(known) < 9 else 0


def _in_force(kind: Kind, channel: Channel) -> OwnMessage:
    """What the clinic has written, else what the program says by itself."""
    return clinic().own_message(kind, channel) or message_preview.standard_words(kind, channel)


def _typed(kind: Kind, channel: Channel) -> OwnMessage:
    """What stands in the form; a text is one line."""
    lines = channel is Channel.EMAIL

    def read(tongue: Language) -> OwnWords:
        said = {
            name: clean(request.form.get(f"{name}_{tongue}", ""), LONGEST, lines=lines and name == "body")
            for name in FIELDS[channel]
        }
        return OwnWords(**said)

    return OwnMessage(kind, channel, read(Language.ENGLISH), read(Language.SPANISH))


def _page(typed: OwnMessage, refusal: WordsRefused | None = None, *, look: bool = False) -> str:
    kind, channel = typed.kind, typed.channel
    standard, complaints = message_preview.standard_words(kind, channel), _complaints(refusal)
    needed, past = required(kind, channel), rewording.history(house(), kind, channel, actor())
    newest = past.editions[0].version if past.editions else 0
    return render_template(
        "rewording/edit.html",
        message=typed,
        own=clinic().own_message(kind, channel),
        columns=[(LANGUAGES[tongue], tongue, typed.in_(tongue), standard.in_(tongue)) for tongue in Language],
        fields=[(name, LABELS[channel, name]) for name in FIELDS[channel]],
        complaints={name: Markup("<br>").join(said) for name, said in complaints.items()},
        errors=_summary(complaints, channel),
        places=[(place, PLACES[place], place in needed) for place in allowed(kind, channel)],
        care=CARE.get(kind, ""),
        look=look,
        stale=request.method == "POST" and _seen() != newest,
        newest=newest,
        shown=[(LANGUAGES[tongue], tongue, list(_shown(typed, tongue))) for tongue in Language]
        if look
        else [],
        uneven=bool(text_check.faults_of(Text(typed.en.body, typed.es.body))),
        parts=text_words.PARTS,
        history=past,
        office=office(),
    )


def _complaints(refusal: WordsRefused | None) -> dict[str, list[str]]:
    """Everything that is wrong with each field, a sentence for each."""
    found: dict[str, list[str]] = {}
    for flaw in refusal.flaws if refusal else ():
        about = f" {', '.join(flaw.named)}" if flaw.named else ""
        found.setdefault(flaw.field, []).append(_(SENTENCES[flaw.reason]) + about)
    return found


def _summary(complaints: Mapping[str, Sequence[str]], channel: Channel) -> dict[str, Markup]:
    """The first of them for the top of the page, where each names its field and its language."""
    return {
        name: escape(f"{_(LABELS[channel, part])}, {LANGUAGES[tongue]}: {complaints[name][0]}")
        for tongue in Language
        for part in FIELDS[channel]
        if (name := f"{part}_{tongue}") in complaints
    }


def _shown(message: OwnMessage, tongue: Language) -> Iterable[Shown]:
    """How the words read in one language: a text at each way to meet, since its place and link differ there."""
    for mode in _modes(message):
        visit = sample_visit(clinic(), None, mode, tongue.value, now())
        preview = message_preview.in_words(visit, message, tongue.value) if visit else None
        if visit is not None and preview is not None:
            yield Shown(tongue, mode, preview, text_words.parts_of(message.kind, visit, preview))


def _modes(message: OwnMessage) -> tuple[Mode, ...]:
    if message.kind in BY_VIDEO_ALONE:
        return (Mode.VIRTUAL,)
    return (Mode.IN_PERSON, Mode.VIRTUAL) if message.channel is Channel.SMS else (Mode.IN_PERSON,)
