"""The manager's pages for what patients read: every text with its check, the safety questions, what people agree to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from scheduler.domain.clinic import Clinic
from scheduler.domain.directory import Mode
from scheduler.domain.errors import InvalidInput
from scheduler.domain.notification import Channel, Kind
from scheduler.domain.own_words import BY_VIDEO_ALONE, CHANNELS, KINDS
from scheduler.domain.plain_text import clean
from scheduler.domain.safety_gate import Question, Tier
from scheduler.domain.sample_visit import sample_visit
from scheduler.domain.text_check import Checked
from scheduler.domain.wording import N_, Language, Text
from scheduler.services import publishing
from scheduler.web import message_preview, text_words
from scheduler.web.context import actor, clinic, house, now, today
from scheduler.web.errors import status_of
from scheduler.web.forms.options import LANGUAGES
from scheduler.web.i18n import gettext as _
from scheduler.web.message_preview import Preview

bp = Blueprint("wordings", __name__)

MOST_QUESTIONS = 40
LONGEST = 8000
TIERS = {
    Tier.EMERGENCY: N_("At once: call 911"),
    Tier.SAME_DAY: N_("On the same day"),
    Tier.CALL_BACK: N_("A clinician calls back"),
}
Row = Mapping[str, str]


@bp.get("/questions")
def questions() -> ResponseReturnValue:
    """Show the safety questions in force, and room for one more."""
    gate = clinic().gate
    rows = [{"id": q.id, "tier": q.tier.value, "en": q.text.en, "es": q.text.es} for q in gate.questions]
    return _questions([*rows, {"id": "", "tier": "", "en": "", "es": ""}], {})


@bp.post("/questions")
def publish_questions() -> ResponseReturnValue:
    """Put a new wording of the safety questions in force."""
    rows = _rows(request.form)
    kept = [row for row in rows if row["en"] or row["es"]]
    asked = [Question(row["id"], _tier(row["tier"]), Text(row["en"], row["es"])) for row in kept]
    try:
        publishing.publish_questions(house(), asked, actor(), now())
    except InvalidInput as refusal:
        return _questions(rows, _errors(refusal, rows)), status_of(refusal)
    return redirect(url_for(".questions", done="saved"), 303)


@bp.get("/texts")
def texts() -> ResponseReturnValue:
    """List every text for patients with what a check finds missing."""
    known = clinic()
    return render_template(
        "wordings/texts.html",
        shelves=[
            (_("Texts people agree to"), text_words.of_consents(known)),
            (_("Safety questions"), text_words.of_questions(known)),
            (_("Visits"), list(text_words.of_visits(known))),
            (_("Office and closed days"), list(text_words.of_places(known, today()))),
        ],
        messages=list(_messages(known)),
        faults=text_words.FAULTS,
        parts=text_words.PARTS,
    )


@bp.get("/texts/<kind>")
def text(kind: str) -> ResponseReturnValue:
    """Show a text in force."""
    words = clinic().consent(kind).text
    return _text(kind, {"text_en": words.en, "text_es": words.es}, {})


@bp.post("/texts/<kind>")
def publish_text(kind: str) -> ResponseReturnValue:
    """Put a new wording of a text in force."""
    typed = {name: clean(request.form.get(name, ""), LONGEST, lines=True) for name in ("text_en", "text_es")}
    if request.form.get("look"):
        return _text(kind, typed, {}, look=True)
    try:
        publishing.publish_text(house(), kind, Text(typed["text_en"], typed["text_es"]), actor(), now())
    except InvalidInput as refusal:
        return _text(kind, typed, refusal.errors), status_of(refusal)
    return redirect(url_for(".texts", done="saved"), 303)


def _rows(form: MultiDict[str, str]) -> list[dict[str, str]]:
    """What was typed for each question, in the order of the page; one empty row where nothing came."""
    count = max(1, sum(name.startswith("id-") for name in form))
    return [
        {part: clean(form.get(f"{part}-{turn}", ""), LONGEST) for part in ("id", "tier", "en", "es")}
        for turn in range(min(count, MOST_QUESTIONS))
    ]


def _tier(typed: str) -> Tier:
    return Tier(typed) if typed in {tier.value for tier in TIERS} else Tier.EMERGENCY


def _errors(refusal: InvalidInput, rows: Sequence[Row]) -> dict[str, str]:
    """The complaints by field of this page: those about a question stand at its row."""
    places = {
        f"{row['id']}.{tongue}": f"{tongue}-{turn}"
        for turn, row in enumerate(rows)
        for tongue in ("en", "es")
    }
    return {places.get(name, "id-0"): sentence for name, sentence in refusal.errors.items()}


def _questions(rows: Sequence[Row], errors: Mapping[str, str]) -> str:
    tiers = [(tier.value, _(words)) for tier, words in TIERS.items()]
    return render_template(
        "wordings/questions.html", rows=rows, tiers=tiers, version=clinic().gate.version, errors=errors
    )


def _text(kind: str, typed: Mapping[str, str], errors: Mapping[str, str], *, look: bool = False) -> str:
    """The form of a text; with `look` also how it reads and what it lacks, before anybody gets it."""
    words = Text(typed["text_en"], typed["text_es"])
    return render_template(
        "wordings/text.html",
        title=_(text_words.TITLES.get(kind, kind)),
        version=clinic().consent(kind).version,
        typed=typed,
        errors=errors,
        look=look,
        faults=[_(text_words.FAULTS[fault]) for fault in text_words.faults_of_consent(kind, words)],
    )


Written = tuple[str, Preview, list[Checked]]


def _messages(known: Clinic) -> Iterator[tuple[Kind, list[Channel], list[Written]]]:
    """Every message: which it is, where it is in the clinic's own words, and how it reads in each language and way."""
    for kind in KINDS:
        written = [each for tongue in Language for each in _written(known, kind, tongue)]
        if written:
            yield kind, [each for each in CHANNELS if known.own_message(kind, each)], written


def _written(known: Clinic, kind: Kind, tongue: Language) -> Iterator[Written]:
    mode = Mode.VIRTUAL if kind in BY_VIDEO_ALONE else None
    visit = sample_visit(known, None, mode, tongue.value, now())
    if visit is None:
        return
    for channel in CHANNELS:
        preview = message_preview.of_visit(visit, kind, channel, tongue.value)
        if preview is not None:
            yield LANGUAGES[tongue], preview, text_words.parts_of(kind, visit, preview)
