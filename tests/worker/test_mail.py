"""Mails that every program shows rightly, in the reader's language, and that say nothing of why."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest
from icalendar import Calendar

from scheduler.domain.appointment import CancelledBy
from scheduler.domain.calendar_entry import InviteLinks
from scheduler.domain.directory import Mode
from scheduler.domain.letter import Letter
from scheduler.domain.notification import Addressee, Kind
from scheduler.domain.person import VirtualDetails
from scheduler.domain.wording import Text
from scheduler.worker.letter_words import MAY_BE_REFUSED, METHODS, PAST, SUBJECTS
from scheduler.worker.mail import Mailer
from tests.factories import a_visit_type, an_organization
from tests.letters import LINKS, SENDER, TUESDAY, WRITTEN, a_helper, a_letter, a_patient, a_visit, visit_after
from tests.post import Tray, invite_of, parsed
from tests.worker import golden

KINDS = tuple(SUBJECTS)
MODES = tuple(Mode)


def write(letter: Letter) -> bytes:
    return Mailer(Tray(), SENDER, golden.BASE_URL).write(letter)


def mail_about(
    kind: Kind = Kind.CONFIRMATION, mode: Mode = Mode.IN_PERSON, **changes: object
) -> EmailMessage:
    return parsed(write(a_letter(kind, visit_after(kind, mode), **changes)))


def text_of(mail: EmailMessage, subtype: str = "plain") -> str:
    body = mail.get_body((subtype,))
    assert body is not None
    content: str = body.get_content()
    return content


LETTERS = golden.letters()


@pytest.mark.parametrize("name", LETTERS)
def test_the_mails_are_as_they_were_last_read(name: str) -> None:
    assert golden.text_of(LETTERS[name]) == golden.path_of(name).read_text(encoding="utf-8"), (
        "meant? write them anew with `python -m tests.worker.golden` and read the difference"
    )


def test_no_mail_is_left_over() -> None:
    kept = {path.stem for path in golden.FOLDER.glob("*.txt") if path.stem[:-3] != "texts"}
    assert kept == set(LETTERS)


class TestForm:
    """The one order of parts that every program was seen to understand."""

    @pytest.mark.parametrize("kind", METHODS)
    def test_text_html_and_calendar_are_alternatives_and_the_file_is_attached(self, kind: Kind) -> None:
        mail = mail_about(kind)
        assert [part.get_content_type() for part in mail.walk()] == [
            "multipart/mixed",
            "multipart/alternative",
            "text/plain",
            "text/html",
            "text/calendar",
            "application/ics",
        ]

    def test_a_mail_with_links_alone_brings_no_calendar(self) -> None:
        assert [part.get_content_type() for part in mail_about(Kind.LINKS).walk()] == [
            "multipart/alternative",
            "text/plain",
            "text/html",
        ]

    @pytest.mark.parametrize("kind", METHODS)
    def test_the_calendar_part_says_its_method_and_is_neither_file_nor_inline(self, kind: Kind) -> None:
        mail = mail_about(kind)
        (part,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
        method = METHODS[kind].value
        assert dict(part["Content-Type"].params) == {"charset": "UTF-8", "method": method}
        assert part["Content-Transfer-Encoding"] == "base64"
        assert part["Content-Disposition"] is None
        assert part["Content-ID"] is None
        assert f"METHOD:{method}\r\n".encode() in invite_of(mail)

    def test_the_attached_file_is_the_same_bytes(self) -> None:
        mail = mail_about()
        (attached,) = [part for part in mail.walk() if part.get_content_type() == "application/ics"]
        assert attached.get_payload(decode=True) == invite_of(mail)
        assert attached.get_filename() == "invite.ics"
        assert attached["Content-Type"].params["name"] == "invite.ics"
        assert attached["Content-Disposition"].content_disposition == "attachment"

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_lines_end_rightly_and_every_byte_passes_any_server(self, kind: Kind, language: str) -> None:
        written = write(a_letter(kind, language=language))
        assert written.isascii()
        assert b"\n" not in written.replace(b"\r\n", b"")
        assert max(map(len, written.split(b"\r\n"))) <= 200

    def test_the_same_letter_gives_the_same_bytes(self) -> None:
        assert write(a_letter()) == write(a_letter())

    def test_the_sender_is_the_organizer_and_the_only_recipient_the_guest(self) -> None:
        mail = mail_about()
        invite = invite_of(mail).replace(b"\r\n ", b"")
        assert mail["From"].addresses[0].addr_spec == SENDER
        assert f":mailto:{SENDER}\r\n".encode() in invite
        assert [each.addr_spec for each in mail["To"].addresses] == ["ana@example.com"]
        assert b":mailto:ana@example.com\r\n" in invite
        assert not {"Cc", "Bcc", "Reply-To", "List-Unsubscribe"} & set(mail.keys())

    def test_no_machine_answers_it(self) -> None:
        mail = mail_about()
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["X-Auto-Response-Suppress"] == "OOF, AutoReply"

    def test_it_has_its_date_its_name_and_its_place_in_the_thread(self) -> None:
        mail = mail_about(thread="first@clinic.example.com")
        assert mail["Date"].datetime == WRITTEN
        assert mail["Message-ID"] == "<00112233445566778899aabbccddeeff@clinic.example.com>"
        assert mail["In-Reply-To"] == mail["References"] == "<first@clinic.example.com>"
        assert mail_about()["References"] is None

    def test_a_time_that_the_clinic_chose_is_asked_about(self) -> None:
        assert b"PARTSTAT=NEEDS-ACTION" in invite_of(mail_about(Kind.MOVED_BY_CLINIC))
        for kind in set(METHODS) - {Kind.MOVED_BY_CLINIC}:
            assert b"NEEDS-ACTION" not in invite_of(mail_about(kind))


class TestWords:
    """Day, time with its zone, place, links, phone; plain, warm and neutral."""

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("mode", MODES)
    @pytest.mark.parametrize("subtype", ["plain", "html"])
    def test_every_mail_says_when_who_and_how_to_reach_us(self, kind: Kind, mode: Mode, subtype: str) -> None:
        text = text_of(mail_about(kind, mode), subtype).replace("\u00a0", " ")
        for words in (
            "West Texas Pain Institute",
            "Tuesday, December 1, 2026",
            "2:00 PM to 2:30 PM El Paso time (MST)",
            "(915) 555-0100",
            "Not for emergencies: call 911.",
        ):
            assert words in text

    def test_the_subject_says_day_time_and_zone(self) -> None:
        assert mail_about()["Subject"] == (
            "Your visit is booked: Tuesday, December 1, 2:00 PM El Paso time (MST)"
        )

    @pytest.mark.parametrize(
        ("start", "words"),
        [
            (datetime(2026, 11, 1, 7, 30, tzinfo=UTC), "1:30 AM El Paso time (MDT)"),
            (datetime(2026, 11, 1, 8, 30, tzinfo=UTC), "1:30 AM El Paso time (MST)"),
            (datetime(2027, 3, 14, 8, 30, tzinfo=UTC), "1:30 AM El Paso time (MST)"),
            (datetime(2027, 3, 14, 9, 30, tzinfo=UTC), "3:30 AM El Paso time (MDT)"),
        ],
    )
    def test_on_both_change_days_text_subject_and_calendar_agree(self, start: datetime, words: str) -> None:
        mail = parsed(write(a_letter(visit=a_visit(start=start))))
        assert str(mail["Subject"]).endswith(words)
        (event,) = Calendar.from_ical(invite_of(mail)).walk("VEVENT")
        starts: Any = event
        assert starts.start.astimezone(UTC) == start

    def test_a_mail_speaks_the_readers_language(self) -> None:
        mail = mail_about(language="es")
        assert mail["Content-Language"] == "es"
        assert 'lang="es"' in text_of(mail, "html")
        assert "martes, 1 de diciembre de 2026" in text_of(mail)
        assert "martes, 1 de diciembre, 2:00 p.m." in str(mail["Subject"])

    def test_a_video_visit_brings_the_link_to_join_and_no_address(self) -> None:
        text = text_of(mail_about(mode=Mode.VIRTUAL))
        assert LINKS.join in text
        assert "Example Street" not in text

    def test_a_visit_in_person_brings_the_address_and_no_link_to_join(self) -> None:
        for subtype in ("plain", "html"):
            text = text_of(mail_about(), subtype)
            assert "1 Example Street, El Paso, TX 79901" in text
            assert LINKS.join not in text

    @pytest.mark.parametrize("kind", sorted(set(KINDS) - PAST - {Kind.OFFER_GONE}))
    @pytest.mark.parametrize("subtype", ["plain", "html"])
    def test_every_mail_about_a_visit_that_stands_leads_to_its_page(self, kind: Kind, subtype: str) -> None:
        assert LINKS.manage in text_of(mail_about(kind), subtype)

    @pytest.mark.parametrize("subtype", ["plain", "html"])
    def test_a_cancellation_leads_to_a_new_booking_and_not_to_the_call(self, subtype: str) -> None:
        text = text_of(mail_about(Kind.CANCELLED, Mode.VIRTUAL), subtype)
        assert f"{golden.BASE_URL}/book" in text
        assert LINKS.join not in text

    def test_a_cancellation_by_the_clinic_says_sorry(self) -> None:
        by_desk = visit_after(Kind.CANCELLED, cancelled_by=CancelledBy.DESK)
        by_patient = visit_after(Kind.CANCELLED, cancelled_by=CancelledBy.PATIENT)
        assert "We are sorry" in text_of(parsed(write(a_letter(Kind.CANCELLED, by_desk))))
        assert "We are sorry" not in text_of(parsed(write(a_letter(Kind.CANCELLED, by_patient))))

    def test_the_time_to_change_online_is_named_until_it_has_passed(self) -> None:
        assert "until Monday, November 30, 2:00 PM El Paso time (MST)" in text_of(mail_about())
        late = a_letter(written_at=a_visit().change_until)
        assert "until" not in text_of(parsed(write(late)))

    @pytest.mark.parametrize("mode", [Mode.IN_PERSON, Mode.PHONE])
    def test_a_visit_at_the_office_is_told_in_its_own_time_alone(self, mode: Mode) -> None:
        mail = parsed(write(golden.letter(Kind.CONFIRMATION, mode, "en", **golden.IN_CHICAGO)))
        assert "Central" not in text_of(mail)

    def test_a_helper_is_told_no_time_of_their_own(self) -> None:
        letter = golden.letter(Kind.CONFIRMATION, Mode.VIRTUAL, "en", **golden.IN_CHICAGO)
        helper = replace(letter, addressee=Addressee.HELPER, address="rosa@example.com")
        assert "Central" not in text_of(parsed(write(helper)))

    def test_a_helper_is_told_why_this_mail_came(self) -> None:
        mail = mail_about(addressee=Addressee.HELPER, address="rosa@example.com", name="Rosa")
        assert "because you help with this visit" in text_of(mail)
        assert "because you help" not in text_of(mail_about())

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("mode", MODES)
    def test_nothing_in_a_mail_tells_why(self, kind: Kind, mode: Mode) -> None:
        secret = Text("SECRET title", "SECRET título")
        visit_type = a_visit_type(title=secret, summary=secret, preparation=secret)
        visit = visit_after(kind, mode, visit_type=visit_type, cancel_reason="SECRET")
        written = write(a_letter(kind, visit))
        shown = golden.readable(written)
        for word in ("SECRET", "imaging", "Clinician", "1948", "5550111", "kyph", "pine"):
            assert word not in shown

    def test_without_links_the_mail_still_says_whom_to_call(self) -> None:
        text = text_of(mail_about(links=replace(LINKS, manage="", join="")))
        assert "https://" not in text
        assert "(915) 555-0100" in text


class TestHtml:
    """Large, one column, nothing fetched from anywhere."""

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("mode", MODES)
    def test_it_is_whole_and_fetches_nothing(self, kind: Kind, mode: Mode) -> None:
        page = _Page()
        page.feed(text_of(mail_about(kind, mode), "html"))
        assert page.open == []
        assert page.headings == 1
        assert not page.tags & {
            "img",
            "script",
            "link",
            "iframe",
            "form",
            "table",
            "style",
            "video",
            "object",
        }
        assert all(each.startswith((golden.BASE_URL, "tel:")) for each in page.hrefs)
        assert page.smallest >= 17

    @pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x>', "Peña & Söhne"])
    def test_words_of_others_stay_words(self, name: str) -> None:
        visit = a_visit(organization=an_organization(discreet_name=name))
        page = _Page()
        page.feed(text_of(parsed(write(a_letter(visit=visit))), "html"))
        assert not page.tags & {"script", "img"}
        assert name in "".join(page.words)


class TestHostileWords:
    """Nobody writes a header but us."""

    @pytest.mark.parametrize(
        "name",
        [
            "Ana\r\nBcc: victim@example.com",
            "Ana\nX: y\x00",
            "a" * 200,
            "ñ" * 200,
            "José 🦴",
            "מרים",
            'A "B" <c@d.e>, f@g.h',
        ],
    )
    def test_a_name_adds_neither_header_nor_reader(self, name: str) -> None:
        visit = a_visit(patient=a_patient(given_name=name), organization=an_organization(discreet_name=name))
        written = write(a_letter(visit=visit, name=name))
        mail = message_from_bytes(written, policy=policy.default)
        assert list(mail.keys()) == list(mail_about().keys())
        assert len(mail["From"].addresses) == len(mail["To"].addresses) == 1
        assert mail["From"].addresses[0].addr_spec == SENDER
        assert b"\x00" not in written

    def test_an_address_that_hides_a_second_one_is_never_written(self) -> None:
        for address in ("a@example.com, b@example.com", "a@example.com\r\nBcc: b@example.com"):
            with pytest.raises(ValueError):
                write(a_letter(address=address))


class _Page(HTMLParser):
    """What a mail's HTML is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.hrefs: list[str] = []
        self.words: list[str] = []
        self.headings = 0
        self.smallest = 99

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.headings += tag == "h1"
        given = {name: value or "" for name, value in attrs}
        self.hrefs += [given["href"]] if "href" in given else []
        sizes = [int(size) for size in re.findall(r"font-size:(\d+)px", given.get("style", ""))]
        self.smallest = min([self.smallest, *sizes])
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_a_long_thread_of_changes_keeps_one_page_and_one_entry() -> None:
    before = a_visit(Mode.VIRTUAL)
    after = replace(
        before.appointment, sequence=7, changed_at=before.appointment.changed_at + timedelta(days=2)
    )
    first, last = (
        parsed(write(a_letter(visit=before))),
        parsed(write(a_letter(Kind.MOVED, replace(before, appointment=after)))),
    )
    uid = re.compile(rb"UID:[^\r]+")
    assert uid.findall(invite_of(first)) == uid.findall(invite_of(last))
    assert b"SEQUENCE:7" in invite_of(last)


class TestVideoVisits:
    """Another clock at home, and a link that is there when it is of use."""

    def about(self, place: str, **changes: Any) -> str:
        visit = a_visit(Mode.VIRTUAL, virtual=VirtualDetails(place, "+19155550111", "1"))
        return text_of(parsed(write(a_letter(visit=visit, **changes)))).replace("\r\n", "\n")

    def test_the_patients_own_time_stands_below_the_clinics_where_it_is_another(self) -> None:
        assert "El Paso time (MST)\nYour time: 1:00 PM Pacific time (PST)" in self.about("US-CA")
        assert "Su hora: 1:00 p.m." in self.about("US-CA", language="es")

    @pytest.mark.parametrize("place", ["US-NM", "US-TX", "MX", "ZZ"])
    def test_nothing_is_guessed_where_it_is_the_same_or_not_known(self, place: str) -> None:
        assert "Your time" not in self.about(place)

    def test_a_state_with_two_clocks_is_told_both_by_their_towns(self) -> None:
        far = a_patient(phone="+12145550111")
        said = VirtualDetails("US-TX", far.phone, "1")
        visit = a_visit(Mode.VIRTUAL, patient=far, virtual=said)
        for language, words in (
            ("en", "It begins at 2:00 PM in El Paso, 3:00 PM in Dallas and Houston."),
            ("es", "Comienza: 2:00 p.m. en El Paso, 3:00 p.m. en Dallas y Houston."),
        ):
            mail = parsed(write(a_letter(visit=visit, language=language)))
            assert words in text_of(mail)
            assert words in text_of(mail, "html").replace("\u00a0", " ")
        own = replace(visit, virtual=replace(said, zone="America/Chicago"))
        told = text_of(parsed(write(a_letter(visit=own))))
        assert "Your time: 3:00 PM Central time (CST)" in told
        assert "Dallas" not in told

    def test_a_helper_reads_the_towns_too_because_they_are_nobodys_own_hour(self) -> None:
        helped = a_patient(phone="+12145550111")
        said = VirtualDetails("US-FL", helped.phone, "1")
        visit = a_visit(Mode.VIRTUAL, patient=helped, virtual=said, helper=a_helper())
        told = text_of(parsed(write(a_letter(visit=visit, addressee=Addressee.HELPER))))
        assert "It begins at 4:00 PM in Miami and Orlando, 3:00 PM in Pensacola." in told

    @pytest.mark.parametrize("kind", [Kind.JOIN_LINK, Kind.DEVICE_CHECK])
    def test_a_link_that_is_to_be_opened_now_is_not_to_be_opened_later(self, kind: Kind) -> None:
        mail = mail_about(kind, Mode.VIRTUAL)
        for subtype in ("plain", "html"):
            assert LINKS.join in text_of(mail, subtype)
            assert "ten minutes before" not in text_of(mail, subtype)

    def test_a_visit_that_cannot_take_place_has_no_link_to_join(self) -> None:
        assert LINKS.join not in text_of(mail_about(Kind.CHOOSE_TIME, Mode.VIRTUAL), "html")


class TestReminders:
    """What a reminder says, and how its reader ends them."""

    REFUSE = "https://clinic.example.com/reminders/TOKEN"

    def links(self) -> InviteLinks:
        return replace(LINKS, refuse=self.REFUSE)

    @pytest.mark.parametrize("kind", sorted(MAY_BE_REFUSED))
    def test_one_press_ends_them(self, kind: Kind) -> None:
        mail = mail_about(kind, links=self.links())
        assert mail["List-Unsubscribe"] == f"<{self.REFUSE}>"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        for subtype in ("plain", "html"):
            assert self.REFUSE in text_of(mail, subtype)

    @pytest.mark.parametrize("kind", sorted(set(KINDS) - MAY_BE_REFUSED))
    def test_news_of_a_change_cannot_be_refused(self, kind: Kind) -> None:
        mail = mail_about(kind, links=self.links())
        assert not {"List-Unsubscribe", "List-Unsubscribe-Post"} & set(mail.keys())
        assert self.REFUSE not in text_of(mail, "html")

    @pytest.mark.parametrize(
        ("hours", "words"),
        [
            (3, "Your visit is today."),
            (24, "Your visit is tomorrow."),
            (60, "You have a visit with us soon."),
        ],
    )
    def test_the_words_are_true_at_the_hour_of_writing(self, hours: int, words: str) -> None:
        mail = mail_about(Kind.REMINDER_DAY, written_at=TUESDAY - timedelta(hours=hours))
        assert words in text_of(mail)

    def test_visits_of_one_day_stand_in_one_mail(self) -> None:
        second = a_visit(start=TUESDAY + timedelta(hours=2))
        mail = mail_about(Kind.REMINDER_DAY, also=(second,))
        for subtype in ("plain", "html"):
            assert "4:00 PM El Paso time" in text_of(mail, subtype).replace("\u00a0", " ")

    def test_after_a_missed_visit_the_mail_leads_to_a_new_one(self) -> None:
        mail = mail_about(Kind.BOOK_AGAIN)
        assert f"{golden.BASE_URL}/book" in text_of(mail)
        assert LINKS.manage not in text_of(mail)
