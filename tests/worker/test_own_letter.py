"""Messages in the clinic's own words: they say them, all that is fixed stays, and no place is left open."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.domain.appointment import CancelledBy
from scheduler.domain.directory import Mode
from scheduler.domain.letter import Letter
from scheduler.domain.notification import Addressee, Channel, Kind
from scheduler.domain.own_words import BY_VIDEO_ALONE, CHANNELS, KINDS, OwnMessage, OwnWords, allowed
from scheduler.domain.own_words_check import check
from scheduler.domain.wording import Language
from scheduler.worker import standard_words
from scheduler.worker.mail import Mailer
from scheduler.worker.sms import words_of
from tests.letters import SENDER, TUESDAY, a_helper, a_letter, a_patient, visit_after
from tests.post import Tray, invite_of, parsed
from tests.worker import golden

MODES = [
    (kind, mode) for kind in KINDS for mode in Mode if mode is Mode.VIRTUAL or kind not in BY_VIDEO_ALONE
]
HELLO = OwnWords(
    "Dear {name},\n\nwe see you on {day} at {time}. Call {clinic}: {phone}.",
    "Visit {day}, {time}",
    "Hello {name}",
)
SHORT = OwnWords("{clinic}: hello {name}, {day} at {time}, {place}. Call {phone}. {stop} {emergency}")


def own(letter: Letter, words: OwnWords | None) -> Letter:
    return replace(letter, own=words)


def said_by(letter: Letter) -> str:
    return words_of(letter, golden.BASE_URL)


def a_text(kind: Kind = Kind.REMINDER_DAY, mode: Mode = Mode.IN_PERSON, **changes: object) -> Letter:
    letter = golden.letter(kind, mode, "en")
    return replace(letter, links=golden.LONG_LINKS, channel=Channel.SMS, **changes)  # type: ignore[arg-type]


def mail(letter: Letter) -> tuple[str, str, str]:
    """Subject, text and page of a mail, with its lines joined."""
    found = parsed(Mailer(Tray(), SENDER, golden.BASE_URL).write(letter))
    bodies = [found.get_body((kind,)) for kind in ("plain", "html")]
    text, page = [" ".join(str(body.get_content()).split()) for body in bodies if body is not None]
    return str(found["Subject"]), text, page


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_the_standard_words_as_the_clinics_own_say_the_same(
    kind: Kind, mode: Mode, language: Language
) -> None:
    for channel, read in ((Channel.EMAIL, mail), (Channel.SMS, said_by)):
        letter = replace(golden.letter(kind, mode, language), written_at=golden.DAY_BEFORE)
        plain = replace(letter, links=golden.LONG_LINKS, channel=channel)
        worded = own(plain, standard_words.of(kind, channel, language))
        assert read(worded) == read(plain)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_standard_words_may_be_put_in_force_as_they_are(kind: Kind, channel: Channel) -> None:
    english, spanish = (standard_words.of(kind, channel, tongue) for tongue in Language)
    check(OwnMessage(kind, channel, english, spanish))


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_no_place_is_left_open(kind: Kind, mode: Mode, language: Language) -> None:
    for channel, read in ((Channel.EMAIL, mail), (Channel.SMS, said_by)):
        words = " ".join(place.mark for place in allowed(kind, channel))
        letter = replace(golden.letter(kind, mode, language), links=golden.LONG_LINKS, channel=channel)
        written = str(read(own(letter, OwnWords(f"Xyzzy {words}", words, words))))
        assert "Xyzzy" in written
        assert not re.search(r"\{[a-z]*\}", written)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("by", [CancelledBy.DESK, CancelledBy.PATIENT])
def test_a_cancelled_visit_is_told_by_who_cancelled_it(by: CancelledBy, language: Language) -> None:
    for channel, read in ((Channel.EMAIL, mail), (Channel.SMS, said_by)):
        letter = golden.letter(Kind.CANCELLED, Mode.IN_PERSON, language, cancelled_by=by)
        plain = replace(letter, links=golden.LONG_LINKS, channel=channel)
        assert read(own(plain, standard_words.of(Kind.CANCELLED, channel, language))) == read(plain)


class TestMail:
    """The beginning is the clinic's, the rest the program's."""

    def test_it_says_the_clinics_words_in_subject_text_and_page(self) -> None:
        subject, text, page = mail(own(a_letter(), HELLO))
        assert subject == "Visit Tuesday, December 1, 2:00 PM El Paso time (MST)"
        for body in (text, page):
            assert "Hello Ana" in body
            assert "we see you on Tuesday, December 1 at 2:00 PM El Paso time (MST)." in body.replace(
                "\u00a0", " "
            )
            assert "Your visit is booked" not in body

    def test_all_that_is_fixed_stays(self) -> None:
        letter = golden.letter(Kind.REMINDER_WEEK, Mode.IN_PERSON, "en")
        plain, worded = mail(letter), mail(own(letter, HELLO))
        for before, after in zip(plain[1:], worded[1:], strict=True):
            fixed = before.index("Day")
            assert before[fixed:] in after

    def test_the_calendar_file_is_the_same(self) -> None:
        office = Mailer(Tray(), SENDER, golden.BASE_URL)
        plain, worded = (parsed(office.write(one)) for one in (a_letter(), own(a_letter(), HELLO)))
        assert invite_of(plain) == invite_of(worded)

    @pytest.mark.parametrize("kind", [Kind.OFFER, Kind.CHOOSE_TIME])
    def test_a_button_of_the_message_stays(self, kind: Kind) -> None:
        letter = golden.letter(kind, Mode.IN_PERSON, "en")
        for body in mail(own(letter, HELLO))[1:]:
            assert letter.links.manage in body

    def test_each_line_is_a_paragraph_of_its_own(self) -> None:
        _, _, page = mail(own(a_letter(), OwnWords("One.\nTwo.\n\nThree.", "Visit", "Hello")))
        assert re.findall(r">(One\.|Two\.|Three\.)</p>", page) == ["One.", "Two.", "Three."]

    def test_signs_of_a_page_are_shown_and_never_obeyed(self) -> None:
        _, _, page = mail(own(a_letter(), OwnWords("<b>1 & 2</b>", "Visit", "<script>")))
        assert "&lt;b&gt;1 &amp; 2&lt;/b&gt;" in page
        assert "<script" not in page

    @pytest.mark.parametrize(
        ("days", "english", "spanish"),
        [
            (0, "Your visit is today.", "Su cita es hoy."),
            (1, "Your visit is tomorrow.", "Su cita es mañana."),
            (3, "Your visit is on Tuesday, December 1.", "Su cita es el martes, 1 de diciembre."),
        ],
    )
    def test_a_reminders_heading_says_when_by_the_hour_of_writing(
        self, days: int, english: str, spanish: str
    ) -> None:
        written_at = TUESDAY - timedelta(days=days, hours=1)
        for language, heading in ((Language.ENGLISH, english), (Language.SPANISH, spanish)):
            letter = replace(
                golden.letter(Kind.REMINDER_DAY, Mode.IN_PERSON, language), written_at=written_at
            )
            _, text, page = mail(own(letter, standard_words.of(Kind.REMINDER_DAY, Channel.EMAIL, language)))
            assert heading in text.replace("\u00a0", " ") and heading in page.replace("\u00a0", " ")

    def test_a_helper_is_called_by_their_own_name(self) -> None:
        visit = visit_after(Kind.CONFIRMATION, helper=a_helper())
        letter = a_letter(visit=visit, addressee=Addressee.HELPER, name="Rosa Example")
        assert "Hello Rosa Example" in mail(own(letter, HELLO))[1]

    def test_the_standard_words_are_used_where_a_name_is_no_name(self) -> None:
        visit = visit_after(Kind.CONFIRMATION, patient=a_patient(given_name="You win at evil.example"))
        letter = a_letter(visit=visit)
        assert mail(own(letter, HELLO)) == mail(letter)

    def test_the_standard_words_are_used_where_nobody_knows_until_when(self) -> None:
        declined = replace(golden.letter(Kind.DECLINED, Mode.IN_PERSON, "en"), held_until=None)
        assert mail(own(declined, OwnWords("Until {until}", "Hello", "Hello"))) == mail(declined)


class TestText:
    """The whole line is the clinic's."""

    def test_it_says_the_clinics_words(self) -> None:
        assert said_by(own(a_text(), SHORT)) == (
            "West Texas Pain Institute: hello Ana, Tue Dec 1 at 2:00 PM El Paso time, 1 Example Street."
            " Call (915) 555-0100. STOP to end. Emergency: 911"
        )

    def test_tomorrow_is_called_tomorrow(self) -> None:
        written = said_by(own(a_text(written_at=golden.DAY_BEFORE), SHORT))
        assert "hello Ana, tomorrow, Tue Dec 1 at 2:00 PM" in written or "tomorrow Dec 1" in written

    def test_by_video_it_says_so(self) -> None:
        assert "El Paso time, by video." in said_by(own(a_text(mode=Mode.VIRTUAL), SHORT))

    def test_its_link_leads_into_a_video_visit_and_says_nothing_at_another(self) -> None:
        words = OwnWords("{clinic}: see you. {link} {phone}")
        assert golden.LONG_LINKS.join in said_by(own(a_text(Kind.CONFIRMATION, Mode.VIRTUAL), words))
        assert "see you. (915)" in said_by(own(a_text(Kind.CONFIRMATION), words))

    def test_it_is_one_line_in_the_telephones_letters(self) -> None:
        words = OwnWords("{clinic}: “hello”…\n{phone}")
        assert said_by(own(a_text(), words)) == 'West Texas Pain Institute: "hello"... (915) 555-0100'

    def test_without_the_link_that_it_names_it_is_written_in_the_standard_words(self) -> None:
        letter = a_text(Kind.PREPARATION, written_at=TUESDAY)
        bare = replace(letter, links=replace(letter.links, manage=""))
        assert said_by(own(bare, OwnWords("{clinic}: {link}"))) == said_by(bare)
