"""What a clinician says on the pages of a video visit: how it ended, how to meet, and what to do out of area."""

from __future__ import annotations

from urllib.parse import urlsplit

from werkzeug.datastructures import MultiDict

from scheduler.domain.practice import PracticeState
from scheduler.domain.telehealth import AreaDecision, Outcome, Provider
from scheduler.domain.wording import N_
from scheduler.services.consulting import Ending
from scheduler.web.forms.sheet import Sheet

WEEKS = (0, 1, 2, 4, 6, 12)
ENDINGS = (Outcome.BY_VIDEO, Outcome.BY_PHONE, Outcome.NOT_REACHED, Outcome.CUT_SHORT)
NOTE_LENGTH = 500
ADDRESS_LENGTH = 500
BAD_ADDRESS = N_("Enter the whole address of the meeting. It begins with https://")


def ending(typed: MultiDict[str, str]) -> Ending:
    """How the visit ended.

    :raises InvalidInput: when no outcome was chosen.
    """
    sheet = Sheet(typed)
    outcome = sheet.one_of("outcome", Outcome, N_("Choose how the visit ended."))
    if outcome is Outcome.RULE:
        sheet.wrong("outcome", N_("Choose how the visit ended."))
    weeks = typed.get("weeks", "0")
    note = sheet.optional("note", NOTE_LENGTH, lines=True)
    sheet.settle()
    assert outcome
    return Ending(outcome, int(weeks) if weeks in {str(one) for one in WEEKS} else 0, note)


def provider(typed: MultiDict[str, str]) -> tuple[Provider, str]:
    """How to meet, and at which address.

    :raises InvalidInput: when the address of an outside meeting is none.
    """
    sheet = Sheet(typed)
    chosen = sheet.one_of("provider", Provider, N_("Choose how to meet."))
    address = sheet.optional("address", ADDRESS_LENGTH)
    if chosen is Provider.LINK and not is_meeting(address):
        sheet.wrong("address", BAD_ADDRESS)
    sheet.settle()
    assert chosen
    return chosen, address if chosen is Provider.LINK else ""


def is_meeting(address: str) -> bool:
    """Say whether this is a whole address on the web, sealed on its way."""
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" and bool(parts.hostname) and " " not in address
    except ValueError:
        return False


def practice_end(typed: MultiDict[str, str]) -> PracticeState:
    """What became of a practice call.

    :raises InvalidInput: when nothing was chosen.
    """
    sheet = Sheet(typed)
    end = sheet.one_of("end", PracticeState, N_("Choose one."))
    sheet.settle()
    assert end
    return end


def area(typed: MultiDict[str, str]) -> AreaDecision:
    """What to do with a patient out of area.

    :raises InvalidInput: when nothing was chosen.
    """
    sheet = Sheet(typed)
    decision = sheet.one_of("decision", AreaDecision, N_("Choose one."))
    sheet.settle()
    assert decision
    return decision
