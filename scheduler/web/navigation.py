"""The way around for those who work here: a line of links under the header, by what each person may do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import Flask, g, request, url_for

from scheduler.domain import right
from scheduler.domain.right import Right
from scheduler.domain.staff_session import LOCKS_AFTER, WARNS_BEFORE, Stage
from scheduler.domain.wording import N_
from scheduler.domain.worklist import Count
from scheduler.services import todo
from scheduler.web import keeping_forms, staff_session
from scheduler.web.context import actor, house, is_in_trouble, now
from scheduler.web.i18n import gettext as _

LINKS = (
    ("agenda.day", N_("My day"), Right.SEE_OWN_DAY),
    ("desk_calendar.day", N_("Calendar"), Right.SEE_VISITS),
    ("desk_people.find", N_("Find"), Right.SEE_PEOPLE),
    ("desk_flow.board", N_("Who is where"), Right.SEE_VISITS),
    ("todo.all", N_("To do"), Right.WORK_LIST),
    ("inbox.all", N_("Mails"), Right.WORK_LIST),
    ("desk_messages.all", N_("Messages"), Right.SEE_MESSAGES),
    ("call_list.today", N_("Calls"), Right.SEND_MESSAGES),
    ("waiting.all", N_("Waitlist"), Right.WAIT_LIST),
    ("blocks.all", N_("Blocks"), Right.BLOCK_TIME),
    ("desk_video.today", N_("Video visits"), Right.WORK_LIST),
    ("consulting.today", N_("My video visits"), Right.RUN_VIDEO),
    ("clinic_calendars.mine", N_("My calendars"), Right.SEE_OWN_DAY),
    ("manage.home", N_("Manage the clinic"), Right.KEEP_DIRECTORY),
)
"""A page for the staff, what its link says, and the right one needs to see it. A new staff door adds its line here."""

OWN_LINKS = (
    ("account.mine", N_("Your account"), Right.KEEP_OWN_ACCOUNT),
    ("sign_in.leaving", N_("Sign out"), Right.KEEP_OWN_ACCOUNT),
)
"""The same for what is one's own: these stand in the header, out of the way of the day's work."""

Way = tuple[str, str, bool]


def init_app(app: Flask) -> None:
    """Give the base page its line of links, and every page the question what its reader may do."""
    app.jinja_env.globals.update(
        staff_links=staff_links,
        own_links=own_links,
        todo_count=todo_count,
        screen_clock=screen_clock,
        may=may,
        Right=Right,
    )


def may(wanted: Right) -> bool:
    """Say whether the reader holds a right: a button that would be refused is not shown."""
    return right.may(actor(), wanted)


def staff_links() -> list[Way]:
    """Address, words, and whether the reader is already there; nothing for people who do not work here.

    A guard has said who asks: pages without one, the public ones among them, never show this line.
    """
    return list(_ways(LINKS)) if actor().is_staff and _is_in() else []


def own_links() -> list[Way]:
    """The same for one's own account; whoever has not come all the way in can only leave."""
    if not actor().is_staff:
        return []
    return list(_ways(OWN_LINKS if _is_in() else OWN_LINKS[-1:]))


def _ways(links: Iterable[tuple[str, str, Right]]) -> Iterator[Way]:
    for endpoint, words, wanted in links:
        if may(wanted):
            yield url_for(endpoint), _(words), request.endpoint == endpoint


def todo_count() -> Count | None:
    """How much waits at the desk, for those whose work it is, asked once a page; a page about trouble does not ask."""
    if "todo_count" not in g:
        g.todo_count = _todo_count()
    return g.todo_count  # type: ignore[no-any-return]


def _todo_count() -> Count | None:
    if is_in_trouble() or not _is_in() or not actor().is_staff or not may(Right.WORK_LIST):
        return None
    return todo.count(house(), now())


def screen_clock() -> dict[str, object] | None:
    """What a page of the staff must know to lock itself in time; None on all others.

    Seconds from the last input to the warning and to the lock, and where to tell what. `kept` says that there may be
    half-typed work to bring back.
    """
    if staff_session.reached() is not Stage.OPEN or staff_session.stays_awake():
        return None
    return {
        "warnAfter": (LOCKS_AFTER - WARNS_BEFORE).total_seconds(),
        "lockAfter": LOCKS_AFTER.total_seconds(),
        "input": url_for("screen.note_input"),
        "keep": url_for("screen.keep_forms"),
        "back": url_for("screen.give_back"),
        "lock": url_for("screen.lock"),
        "locked": url_for("screen.locked"),
        "kept": keeping_forms.is_any(),
    }


def _is_in() -> bool:
    """Say whether nothing more is owed: no second step, and the screen is not locked."""
    return staff_session.reached() in {None, Stage.OPEN}
