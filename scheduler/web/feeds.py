"""Calendar files by private link: the file behind "add to calendar".

The file is written by the same composer as the invitation in a mail, so a calendar that gets both keeps one entry. The
same visit gives the same bytes, and a program that asks again is told that nothing changed (RFC 9110, 13).
"""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, request

from scheduler.domain import invitation
from scheduler.domain.calendar_entry import InviteLinks
from scheduler.domain.invitation import Host
from scheduler.domain.link import LinkPurpose
from scheduler.domain.visit import Visit
from scheduler.services import changing, private_links
from scheduler.translations import catalogue, language_of, phones
from scheduler.web.context import house, settings
from scheduler.web.guards import current_link
from scheduler.web.i18n import use_language

bp = Blueprint("feeds", __name__)


@bp.get("/<token>/appointment.ics")
def appointment(token: str) -> Response:
    """One visit as a file for a calendar; the guard knows the token."""
    visit = changing.show(house(), current_link().appointment_id or 0)
    use_language(visit.appointment.language)
    answer = Response(_file(visit), content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.last_modified = visit.appointment.changed_at
    answer.set_etag(hashlib.sha256(answer.get_data()).hexdigest())
    answer.make_conditional(request)
    return answer


@bp.after_request
def keep_out_of_search(answer: Response) -> Response:
    """No search engine lists what a link's holder may see."""
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _file(visit: Visit) -> bytes:
    chosen = settings()
    return invitation.download(
        visit,
        host=Host(chosen.mail_from, phones.shown(visit.organization.phone)),
        links=_links(visit, chosen.base_url),
        say=catalogue(language_of(visit.appointment.language)).gettext,
    )


def _links(visit: Visit, base_url: str) -> InviteLinks:
    """The same two addresses as in the mail."""
    secrets = private_links.of_visit(house(), visit.appointment.id)
    manage, join = secrets.get(LinkPurpose.MANAGE), secrets.get(LinkPurpose.VISIT)
    return InviteLinks(
        manage=f"{base_url}/my/{manage}" if manage else "",
        join=f"{base_url}/visit/{join}" if join else "",
    )
