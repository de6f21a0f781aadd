"""What the desk types about a thing to do, and which things it asks to see."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from werkzeug.datastructures import MultiDict

from scheduler.domain.directory import Location
from scheduler.domain.errors import InvalidInput, NotFound
from scheduler.domain.interval import epoch, instant
from scheduler.domain.wall_clock import local_day, wall_spans
from scheduler.domain.wording import N_
from scheduler.domain.worklist import ANSWERED_ELSEWHERE, Act, End, State, Step

SHELVES = {"waiting": State.OPEN, "later": State.SNOOZED, "done": State.DONE}
RESTS = {
    "15": N_("In 15 minutes"),
    "60": N_("In an hour"),
    "120": N_("In two hours"),
    "tomorrow": N_("Tomorrow at 8"),
    "monday": N_("Next week"),
}
"""Until when a thing may be put off; something urgent has the first two."""

URGENT_RESTS = ("15", "60")
CHOOSABLE = {end.value: end for end in End if end not in ANSWERED_ELSEWHERE}
MORNING = 8 * 60
MOST_PAGES = 400


@dataclass(frozen=True, slots=True)
class Asked:
    """Which things to show, as the address says it; empty where it says nothing."""

    show: str = "waiting"
    kind: str = ""
    mine: bool = False
    page: int = 0

    def values(self, **changes: object) -> dict[str, str]:
        """The same question as the words of an address."""
        asked = replace(self, **changes)  # type: ignore[arg-type]
        words = {
            "show": asked.show if asked.show != "waiting" else "",
            "kind": asked.kind,
            "mine": "1" if asked.mine else "",
            "page": str(asked.page) if asked.page else "",
        }
        return {name: word for name, word in words.items() if word}


def asked(args: MultiDict[str, str]) -> Asked:
    """The question as it came; what makes no sense says nothing."""
    show, page = args.get("show", ""), args.get("page", "")
    return Asked(
        show=show if show in SHELVES else "waiting",
        kind=args.get("kind", "")[:32],
        mine=args.get("mine") == "1",
        page=int(page) if page.isascii() and page.isdigit() and int(page[:6]) <= MOST_PAGES else 0,
    )


def step(name: str) -> Step:
    """The step that an address names.

    :raises NotFound: when there is no such step.
    """
    try:
        return Step(name)
    except ValueError:
        raise NotFound from None


def version(form: MultiDict[str, str]) -> int:
    """The version that whoever presses has seen.

    :raises InvalidInput: when the form does not say.
    """
    typed = form.get("version", "")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 9):
        raise InvalidInput({"version": N_("Please look at the page again.")})
    return int(typed)


def act(which: Step, form: MultiDict[str, str], place: Location | None, now: datetime) -> Act:
    """The step as typed; the rules say later whether it fits."""
    words = form.get("words", "").strip()
    end = form.get("end", "")
    return Act(
        which,
        until=_until(form.get("until", ""), place, now) if which is Step.SNOOZE else None,
        end=CHOOSABLE.get(end) if which is Step.DONE else None,
        words=words,
    )


def _until(choice: str, place: Location | None, now: datetime) -> datetime | None:
    if choice not in RESTS:
        return None
    if choice.isdigit():
        return now + timedelta(minutes=int(choice))
    zone = place.zone if place else "UTC"
    today = local_day(zone, epoch(now))
    ahead = 1 if choice == "tomorrow" else 7 - today.weekday()
    morning = wall_spans(zone, today.toordinal() + ahead, MORNING, MORNING + 60)
    return instant(morning[0][0])
