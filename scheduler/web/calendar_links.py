"""The ways into a patient's own calendar: a file, a calendar that follows the visit, copies at Google and Microsoft.

What stands in an address at Google or Microsoft passes through their logs: the clinic's neutral name, the time and the
place, and neither a private link nor a word of why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode, urlsplit

import segno
from flask import url_for
from markupsafe import Markup

from scheduler.domain.directory import Mode
from scheduler.domain.visit import Visit
from scheduler.translations import phones
from scheduler.web.context import settings
from scheduler.web.i18n import gettext as _

GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK = "https://outlook.live.com/calendar/0/deeplink/compose"
OFFICE = "https://outlook.office.com/calendar/0/deeplink/compose"


@dataclass(frozen=True, slots=True)
class Ways:
    """Where each way leads. `address` is what `subscribe` asks for, as people paste it."""

    file: str
    subscribe: str
    address: str
    google: str
    outlook: str
    office: str


def ways(visit: Visit, secret: str | None) -> Ways | None:
    """The ways for a visit, by the secret of its calendar link; None when it has none."""
    if secret is None:
        return None
    address = f"{settings().base_url}{url_for('feeds.feed', token=secret)}"
    return Ways(
        file=url_for("feeds.appointment", token=secret),
        subscribe=f"webcal://{urlsplit(address).netloc}{urlsplit(address).path}",
        address=address,
        google=_google(visit),
        outlook=_outlook(OUTLOOK, visit),
        office=_outlook(OFFICE, visit),
    )


def qr_of(path: str) -> Markup:
    """A picture of a page's whole address, for a telephone's camera; made here, so nobody else learns of it."""
    code = segno.make(f"{settings().base_url}{path}", error="m", micro=False)
    drawn = code.svg_inline(scale=5, border=4, svgclass="clinic-qr", lineclass=None, light="#fff")
    return Markup(drawn)  # noqa: S704 - drawn from squares alone


def _google(visit: Visit) -> str:
    """A form at Google, filled in; times in UTC, so that no zone can be misread."""
    start, end = (f"{each.astimezone(UTC):%Y%m%dT%H%M%SZ}" for each in _ends(visit))
    return _asking(
        GOOGLE,
        action="TEMPLATE",
        text=_title(visit),
        dates=f"{start}/{end}",
        details=_words(visit),
        location=_place(visit),
    )


def _outlook(form: str, visit: Visit) -> str:
    start, end = (f"{each.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for each in _ends(visit))
    return _asking(
        form,
        path="/calendar/action/compose",
        rru="addevent",
        subject=_title(visit),
        startdt=start,
        enddt=end,
        body=_words(visit),
        location=_place(visit),
    )


def _asking(form: str, **fields: str) -> str:
    """Spaces as %20: Outlook shows a plus as it is."""
    return f"{form}?{urlencode(fields, quote_via=quote)}"


def _ends(visit: Visit) -> tuple[datetime, datetime]:
    return visit.appointment.start, visit.appointment.end


def _title(visit: Visit) -> str:
    return _("Appointment – %(clinic)s") % {"clinic": visit.organization.neutral_name}


def _words(visit: Visit) -> str:
    return _("Questions? Call us") + f": {phones.shown(visit.organization.phone)}"


def _place(visit: Visit) -> str:
    if visit.appointment.mode is Mode.VIRTUAL:
        return _("Video visit")
    if visit.appointment.mode is Mode.PHONE:
        return _("Phone call")
    return f"{visit.organization.neutral_name}, {visit.location.address}"
