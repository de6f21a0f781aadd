"""The visit that a private link is about, in its own language, with what every page about it shows."""

from __future__ import annotations

from typing import cast

from flask import g

from scheduler.domain.directory import Mode
from scheduler.domain.errors import NotFound
from scheduler.domain.visit import Visit
from scheduler.services import changing
from scheduler.web.context import house, now
from scheduler.web.guards import current_link
from scheduler.web.i18n import use_language
from scheduler.web.viewer import viewer_zone

OTHER_WAY = {Mode.IN_PERSON: Mode.VIRTUAL, Mode.VIRTUAL: Mode.IN_PERSON}


def current(*, fresh: bool = False) -> Visit:
    """The visit of this request's link; `fresh` reads it again.

    :raises NotFound: when the link is about no visit.
    """
    if fresh or "visit" not in g:
        g.visit = changing.show(house(), number())
        use_language(g.visit.appointment.language)
    return cast("Visit", g.visit)


def number() -> int:
    """The number of the visit that this request's link is about.

    :raises NotFound: when it is about none.
    """
    found = current_link().appointment_id
    if found is None:
        raise NotFound
    return found


def other_way(visit: Visit) -> Mode | None:
    """The way to meet that this visit could switch to; None when there is none."""
    other = OTHER_WAY.get(visit.appointment.mode)
    return other if other in visit.visit_type.modes else None


def frame(visit: Visit, token: str) -> dict[str, object]:
    """What every page about the visit shows."""
    moment = now()
    return {
        "visit": visit,
        "token": token,
        "may_change": visit.may_change(moment),
        "is_past": visit.appointment.end <= moment,
        "other_way": other_way(visit),
        "viewer_zone": viewer_zone(),
    }
