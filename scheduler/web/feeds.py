"""Calendar files by private link: the file behind "add to calendar", and the calendars to subscribe to.

Both are written by the same composer as the invitation in a mail, so a calendar that gets several of them keeps one
entry. The same visits give the same bytes, and a program that asks again is told that nothing changed (RFC 9110, 13).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, request

from scheduler.domain import invitation
from scheduler.domain.calendar_entry import InviteLinks, Say, Styles, for_patients, for_staff
from scheduler.domain.clinic import Clinic
from scheduler.domain.errors import NotFound
from scheduler.domain.feed import FeedVisit, entry_in, language_of_feed
from scheduler.domain.invitation import Host
from scheduler.domain.link import Link, LinkPurpose
from scheduler.domain.visit import Visit
from scheduler.domain.wording import N_
from scheduler.services import calendar_feeds, changing, private_links
from scheduler.services.calendar_feeds import Found
from scheduler.translations import catalogue, language_of, phones
from scheduler.web.context import house, now, settings
from scheduler.web.guards import current_link
from scheduler.web.i18n import use_language

bp = Blueprint("feeds", __name__)

CALENDAR = "text/calendar; charset=utf-8"


@bp.get("/<token>/appointment.ics")
def appointment(token: str) -> Response:
    """One visit as a file for a calendar; the guard knows the token."""
    link = current_link()
    if link.purpose is not LinkPurpose.CALENDAR:
        raise NotFound
    visit = changing.show(house(), link.appointment_id or 0)
    use_language(visit.appointment.language)
    answer = _answer(_file(visit), "private, no-cache", lambda _: visit.appointment.changed_at)
    answer.headers["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    return answer


@bp.get("/<token>/feed.ics")
def feed(token: str) -> Response:
    """The visits of a patient, a clinician or a room; by a visit's own calendar link that visit alone."""
    link = current_link()
    found = calendar_feeds.read(house(), link, settings().base_url, now())
    written = _feed(link, found)
    return _answer(
        written, "private, max-age=900", lambda digest: calendar_feeds.since(house(), link, digest, now())
    )


@bp.after_request
def keep_out_of_search(answer: Response) -> Response:
    """No search engine lists what a link's holder may see."""
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _answer(written: bytes, caching: str, since: Callable[[str], datetime]) -> Response:
    """The file with what a program needs to ask again cheaply; `since` dates the bytes of a digest."""
    digest = hashlib.sha256(written).hexdigest()
    answer = Response(written, content_type=CALENDAR)
    answer.headers["Cache-Control"] = caching
    answer.last_modified = since(digest)
    answer.set_etag(digest)
    answer.make_conditional(request)
    return answer


def _file(visit: Visit) -> bytes:
    return invitation.download(
        visit,
        host=Host(settings().mail_from, phones.shown(visit.organization.phone)),
        links=_links(visit, settings().base_url),
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


def _feed(link: Link, found: Found) -> bytes:
    clinic = found.clinic
    language = language_of(language_of_feed(found.visits, clinic.organization.languages[0]))
    is_staffs = bool(link.practitioner_id or link.room_id)
    if is_staffs:
        language = language_of(clinic.organization.languages[0])
    use_language(language.value)
    say = catalogue(language).gettext
    entries = [entry_in(clinic, visit, _links_in(visit, is_staffs)) for visit in found.visits]
    return invitation.feed(
        entries,
        _styles(clinic, say, is_staffs),
        uid=f"{hashlib.sha256(link.id.encode()).hexdigest()[:32]}@{house().host}",
        name=_name(link, clinic, say),
        zone=clinic.organization.zone,
    )


def _styles(clinic: Clinic, say: Say, is_staffs: bool) -> Styles:
    organization = clinic.organization
    return for_staff(say) if is_staffs else for_patients(organization, phones.shown(organization.phone), say)


def _links_in(visit: FeedVisit, is_staffs: bool) -> InviteLinks:
    return InviteLinks(manage=f"{settings().base_url}/clinic") if is_staffs else visit.links


def _name(link: Link, clinic: Clinic, say: Say) -> str:
    if link.practitioner_id is not None:
        return clinic.practitioner(link.practitioner_id).name
    if link.room_id is not None:
        room = clinic.room(link.room_id)
        return f"{room.name}, {clinic.location(room.location_id).name}"
    return say(N_("Appointments – %(clinic)s")) % {"clinic": clinic.organization.neutral_name}
