"""Mails as calendars and mail servers send them, made from plain values: the shapes of the four big ones, and worse.

Each shape follows captures and issue reports (reference, section 8): Gmail calls its answers automatic and speaks UTC;
Outlook leaves the ORGANIZER out and names Windows zones; Apple writes the method in lower case and puts the calendar in
line beside the text; Thunderbird sends it in 8 bits and once more as a file.
"""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

OWN = "visits@clinic.example.com"
ANA = "ana@example.com"
SERVER = "mx.clinic.example.com"
NOW = datetime(2026, 9, 14, 15, 0, tzinfo=UTC)
START = datetime(2026, 9, 21, 15, 0, tzinfo=UTC)
UID = "0123456789abcdef0123456789abcdef@clinic.example.com"


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody's calendar answers, and how the mail around it came."""

    word: str = "ACCEPTED"
    method: str = "REPLY"
    uid: str = UID
    sequence: int | None = 0
    stamp: datetime = NOW - timedelta(minutes=1)
    attendee: str = ANA
    sender: str = f"Ana Peña <{ANA}>"
    organizer: str | None = OWN
    start: datetime = START
    message_id: str = "<answer-1@mail.example.com>"
    server: str = SERVER
    dmarc: str = "pass"
    domain: str = "example.com"
    params: str = ""
    comment: str = ""
    more: str = ""


Shape = Callable[[Said], bytes]


def ics(said: Said, *, zone: str = "", summary: str = "Appointment", eol: str = "\r\n") -> str:
    """The calendar file of an answer."""
    times = (
        [
            f"DTSTART;TZID={zone}:{said.start - timedelta(hours=6):%Y%m%dT%H%M%S}",
            f"DTEND;TZID={zone}:{said.start - timedelta(hours=5, minutes=30):%Y%m%dT%H%M%S}",
        ]
        if zone
        else [
            f"DTSTART:{said.start:%Y%m%dT%H%M%SZ}",
            f"DTEND:{said.start + timedelta(minutes=30):%Y%m%dT%H%M%SZ}",
        ]
    )
    lines = [
        "BEGIN:VCALENDAR",
        "PRODID:-//Somebody//Calendar 1.0//EN",
        "VERSION:2.0",
        f"METHOD:{said.method}",
        "BEGIN:VEVENT",
        *times,
        f"DTSTAMP:{said.stamp:%Y%m%dT%H%M%SZ}",
        *([f"ORGANIZER;CN=Clinic:mailto:{said.organizer}"] if said.organizer else []),
        f"UID:{said.uid}",
        f"ATTENDEE;PARTSTAT={said.word};CN={said.attendee}{said.params}:mailto:{said.attendee}",
        *([f"COMMENT:{said.comment}"] if said.comment else []),
        *([f"SEQUENCE:{said.sequence}"] if said.sequence is not None else []),
        f"SUMMARY:{summary}",
        *([said.more] if said.more else []),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return eol.join(lines)


def head(said: Said, content: str, *, automatic: bool = False) -> str:
    """The lines above the body, as our own server leaves them."""
    results = (
        f"Authentication-Results: {said.server}; dkim=pass header.d={said.domain};\r\n\tdmarc={said.dmarc}"
    )
    return "\r\n".join(
        [
            "Return-Path: <bounce@example.com>",
            f"{results} (p=none dis=none) header.from={said.domain}",
            "Received: from mail.example.com by mx.clinic.example.com; Mon, 14 Sep 2026 09:00:00 -0600",
            f"From: {said.sender}",
            f"To: {OWN}",
            f"Message-ID: {said.message_id}",
            "Date: Mon, 14 Sep 2026 15:00:00 +0000",
            "Subject: Accepted: Appointment",
            *(["Auto-Submitted: auto-generated"] if automatic else []),
            "MIME-Version: 1.0",
            f"Content-Type: {content}",
            "",
            "",
        ]
    )


def encoded(text: str, charset: str = "utf-8") -> str:
    """A part's content in base64, in lines."""
    return "\r\n".join(textwrap.wrap(base64.b64encode(text.encode(charset)).decode(), 76))


def parts(boundary: str, *each: str) -> str:
    """A multipart's content."""
    return "".join(f"--{boundary}\r\n{part}\r\n" for part in each) + f"--{boundary}--\r\n"


def gmail(said: Said) -> bytes:
    """mixed{alternative{plain, html, calendar}, application/ics}, and it calls itself automatic."""
    file = ics(said)
    inner = parts(
        "ALT",
        "Content-Type: text/plain; charset=UTF-8; format=flowed; delsp=yes\r\n\r\nAna Peña has accepted this.",
        "Content-Type: text/html; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable"
        "\r\n\r\n<p>Ana has =\r\naccepted</p>",
        f"Content-Type: text/calendar; charset=UTF-8; method={said.method}\r\nContent-Transfer-Encoding: 7bit"
        f"\r\n\r\n{file}",
    )
    attached = (
        'Content-Type: application/ics; name="invite.ics"\r\nContent-Disposition: attachment;'
        f' filename="invite.ics"\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded(file)}'
    )
    outer = parts("MIX", f'Content-Type: multipart/alternative; boundary="ALT"\r\n\r\n{inner}', attached)
    return (head(said, 'multipart/mixed; boundary="MIX"', automatic=True) + outer).encode()


def outlook(said: Said) -> bytes:
    """alternative{plain cp1252, html, calendar base64}: no ORGANIZER, a Windows zone, "Accepted:" in the title."""
    file = ics(
        replace(
            said,
            organizer=None,
            more="\r\n".join(
                filter(None, [f"X-MICROSOFT-CDO-REPLYTIME:{said.stamp:%Y%m%dT%H%M%SZ}", said.more])
            ),
        ),
        zone="Mountain Standard Time",
        summary="Accepted: Appointment",
    )
    inner = parts(
        "OUT",
        'Content-Type: text/plain; charset="Windows-1252"\r\nContent-Transfer-Encoding: quoted-printable'
        "\r\n\r\nNos vemos ma=F1ana",
        'Content-Type: text/html; charset="Windows-1252"\r\n\r\n<html><body></body></html>',
        f'Content-Type: text/calendar; charset="utf-8"; method={said.method}\r\nContent-Transfer-Encoding: base64'
        f"\r\n\r\n{encoded(file)}",
    )
    return (head(said, 'multipart/alternative; boundary="OUT"') + inner).encode()


def apple(said: Said) -> bytes:
    """mixed{alternative{plain, html}, calendar in line}: the method is written small."""
    inner = parts(
        "TXT",
        "Content-Type: text/plain; charset=utf-8\r\n\r\nAna accepted your invitation.",
        "Content-Type: text/html; charset=utf-8\r\n\r\n<p>Ana accepted your invitation.</p>",
    )
    calendar = (
        f'Content-Type: text/calendar; charset=utf-8; method="{said.method.lower()}"; component="vevent"\r\n'
        f"Content-Disposition: inline; filename=iCal.ics\r\n\r\n{ics(said, zone='America/Denver')}"
    )
    outer = parts("APL", f"Content-Type: multipart/alternative; boundary=TXT\r\n\r\n{inner}", calendar)
    return (head(said, "multipart/mixed; boundary=APL") + outer).encode()


def thunderbird(said: Said) -> bytes:
    """mixed{alternative{plain, calendar 8BIT}, application/ics}, with bare line feeds inside."""
    file = ics(said, eol="\n")
    inner = parts(
        "TB1",
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8BIT\r\n\r\nAna Peña ha aceptado.",
        f"Content-Type: text/calendar; method={said.method}; charset=utf-8\r\nContent-Transfer-Encoding: 8BIT"
        f"\r\n\r\n{file}",
    )
    attached = (
        'Content-Type: application/ics; name="invite.ics"\r\nContent-Transfer-Encoding: BASE64\r\n'
        f'Content-Disposition: attachment; filename="invite.ics"\r\n\r\n{encoded(file)}'
    )
    outer = parts("TB0", f"Content-Type: multipart/alternative; boundary=TB1\r\n\r\n{inner}", attached)
    return (head(said, "multipart/mixed; boundary=TB0") + outer).encode()


def bare(said: Said) -> bytes:
    """The calendar alone, as scripts send it."""
    return (head(said, f"text/calendar; charset=utf-8; method={said.method}") + ics(said)).encode()


SHAPES: dict[str, Shape] = {
    "gmail": gmail,
    "outlook": outlook,
    "apple": apple,
    "thunderbird": thunderbird,
    "bare": bare,
}


def letter(words: str, *, sender: str = f"Ana <{ANA}>", subject: str = "A question", more: str = "") -> bytes:
    """A mail that a person wrote."""
    said = Said(sender=sender, message_id=f"<{abs(hash((words, sender, subject, more)))}@mail.example.com>")
    top = head(said, "text/plain; charset=utf-8").replace(
        "Subject: Accepted: Appointment", f"Subject: {subject}"
    )
    if more:
        top = top.replace("MIME-Version: 1.0", f"{more}\r\nMIME-Version: 1.0")
    return (top + words.replace("\n", "\r\n")).encode()


def dsn(
    ours: str,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    envelope: str = "",
    headers_only: bool = False,
    name: str = "<bounce-1@mx.example.net>",
) -> bytes:
    """A report as RFC 3464 has it; `ours` is our Message-ID, without brackets."""
    asked = f"Original-Envelope-Id: {envelope}\r\n" if envelope else ""
    returned = "text/rfc822-headers" if headers_only else "message/rfc822"
    named = f"Message-ID: <{ours}>\r\n" if ours else ""
    content = parts(
        "DSN",
        "Content-Type: text/plain; charset=us-ascii\r\n\r\nI am sorry to have to inform you.",
        f"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n{asked}\r\n"
        f"Final-Recipient: rfc822; {ANA}\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 user unknown\r\n",
        f"Content-Type: {returned}\r\n\r\nFrom: {OWN}\r\n{named}"
        f"References: <{'0' * 32}@clinic.example.com>\r\nSubject: Your visit\r\n\r\n",
    )
    return (
        "Return-Path: <>\r\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example.net>\r\n"
        f"To: {OWN}\r\nMessage-ID: {name}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="DSN"\r\n\r\n' + content
    ).encode()


def qmail(ours: str) -> bytes:
    """A bounce as qmail writes it: plain text, with the mail below a line."""
    return (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@example.net\r\n"
        f"To: {OWN}\r\nMessage-ID: <q1@example.net>\r\nSubject: failure notice\r\n\r\n"
        "Hi. This is the qmail-send program at example.net.\r\nI'm afraid I wasn't able to deliver it.\r\n\r\n"
        f"<{ANA}>:\r\nSorry, no mailbox here by that name. (#5.1.1)\r\n\r\n"
        "--- Below this line is a copy of the message.\r\n\r\nReturn-Path: <visits@clinic.example.com>\r\n"
        f"From: {OWN}\r\nMessage-ID:\r\n <{ours}>\r\n\r\nYour visit\r\n"
    ).encode()


def exim(ours: str, *, subject: str = "Mail delivery failed: returning message to sender") -> bytes:
    """A bounce as Exim writes it: a header of its own names who did not get it."""
    return (
        f"Return-Path: <>\r\nX-Failed-Recipients: {ANA}\r\nAuto-Submitted: auto-replied\r\n"
        f"From: Mail Delivery System <Mailer-Daemon@host.example.net>\r\nTo: {OWN}\r\n"
        f"Message-ID: <E1@host.example.net>\r\nSubject: {subject}\r\n\r\n"
        f"This message was created automatically.\r\n\r\n  {ANA}\r\n    host said: 550 No such user\r\n\r\n"
        f"------ This is a copy of the message, including all the headers. ------\r\n\r\nMessage-ID: <{ours}>\r\n"
    ).encode()


def nested(levels: int) -> bytes:
    """A mail of multiparts within multiparts."""
    opening = "".join(
        f"--B{level}\r\nContent-Type: multipart/mixed; boundary=B{level + 1}\r\n\r\n"
        for level in range(levels)
    )
    return (head(Said(), "multipart/mixed; boundary=B0") + opening + f"--B{levels}\r\n\r\nhello\r\n").encode()


def of_any_sort(number: int, large_each: int = 500) -> bytes:
    """The mail of that number among many: answers to visits that nobody knows, chatter, and now and then a hard one."""
    if number % large_each == 1:
        return letter("x" * 900_000 + str(number))
    if number % 500 == 2:
        return nested(50) + str(number).encode()
    if number % 5 == 0:
        return letter(f"I am away {number}", more="Auto-Submitted: auto-replied")
    return gmail(Said(message_id=f"<{number}@mail.example.com>", sender=f"a{number}@example.com"))
