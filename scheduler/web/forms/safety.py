"""The safety questions as ticked: every sign of a page gets a yes, a no, or a not sure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from werkzeug.datastructures import MultiDict

from scheduler.domain.call_back import BestTime, CallBack
from scheduler.domain.errors import InvalidInput
from scheduler.domain.safety_gate import Answer, Question
from scheduler.domain.wording import N_, Language
from scheduler.web.forms.sheet import Sheet

FIELD = "signs"
NONE = "none"
UNSURE = "unsure"

NOTHING_TICKED = N_("Tick each one that is true. If none is true, tick “None of these”.")
BOTH_TICKED = N_("You ticked “None of these” and something else. Please untick one of them.")


def answers(typed: MultiDict[str, str], questions: Sequence[Question]) -> dict[str, Answer]:
    """What was said to each of these signs.

    A ticked sign is a yes. The others are a no, or a not sure when that was ticked.

    :raises InvalidInput: when nothing was ticked, or things that exclude each other.
    """
    ticked = set(typed.getlist(FIELD))
    signs = {question.id for question in questions} & ticked
    if not signs and not ticked & {NONE, UNSURE}:
        raise InvalidInput({FIELD: NOTHING_TICKED})
    if NONE in ticked and (signs or UNSURE in ticked):
        raise InvalidInput({FIELD: BOTH_TICKED})
    rest = Answer.UNSURE if UNSURE in ticked else Answer.NO
    return {question.id: Answer.YES if question.id in signs else rest for question in questions}


def ticks(said: Mapping[str, Answer], questions: Sequence[Question]) -> list[str]:
    """The boxes to show ticked for what was said before; none when the page was not answered yet."""
    given = [said.get(question.id) for question in questions]
    if None in given:
        return []
    signs = [question.id for question in questions if said[question.id] is Answer.YES]
    if Answer.UNSURE in given:
        return [*signs, UNSURE]
    return signs or [NONE]


def call_back(typed: MultiDict[str, str]) -> CallBack:
    """Who wants to be called, and how.

    :raises InvalidInput: naming each field that needs another look.
    """
    sheet = Sheet(typed)
    name = sheet.text("name", N_("Enter a name."))
    phone = sheet.phone("phone", N_("Enter a phone number."))
    language = sheet.one_of("language", Language, N_("Choose a language."))
    best_time = sheet.one_of("best_time", BestTime, N_("Choose when we should call."))
    sheet.settle()
    assert language and best_time
    return CallBack(name, phone, language.value, best_time)


def typed_call_back(wish: CallBack | None, language: str) -> dict[str, str]:
    """The form as it shows a wish again, or empty in the language of the page."""
    if wish is None:
        return {"language": language, "best_time": BestTime.ANY.value}
    return {
        "name": wish.name,
        "phone": wish.phone,
        "language": wish.language,
        "best_time": wish.best_time.value,
    }
