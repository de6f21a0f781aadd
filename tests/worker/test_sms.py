"""A text says where, when and how in one line, in the telephones' own letters, and nothing of why."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from scheduler.domain.appointment import CancelledBy
from scheduler.domain.calendar_entry import InviteLinks
from scheduler.domain.directory import Mode
from scheduler.domain.hand_over import HandOver, Result
from scheduler.domain.letter import Letter
from scheduler.domain.notification import REMINDERS, Channel, Kind
from scheduler.domain.person import VirtualDetails
from scheduler.domain.text_message import Alphabet, count
from scheduler.worker.letter_words import ANSWERED, SUBJECTS
from scheduler.worker.sms import Text, Texter, words_of
from tests.factories import a_location, an_organization
from tests.letters import TUESDAY, a_letter, a_patient, a_visit, visit_after
from tests.worker import golden

BASE_URL = "https://clinic.example.com"
KINDS = tuple(SUBJECTS)
LONG_LINKS = InviteLinks(f"{BASE_URL}/my/{'m' * 43}", f"{BASE_URL}/visit/{'v' * 43}")
NUMBER = "+19155550111"


def a_text(kind: Kind, mode: Mode = Mode.IN_PERSON, language: str = "en", **changes: object) -> Letter:
    """A letter to a phone, written the day before the visit."""
    fields: dict[str, Any] = {
        "written_at": TUESDAY - timedelta(days=1),
        "links": LONG_LINKS,
        "channel": Channel.SMS,
    }
    own: dict[str, Any] = {"visit": visit_after(kind, mode), "language": language, "address": NUMBER}
    return a_letter(kind, **(own | fields | changes))


def said(kind: Kind, mode: Mode = Mode.IN_PERSON, language: str = "en", **changes: object) -> str:
    return words_of(a_text(kind, mode, language, **changes), BASE_URL)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("kind", KINDS)
class TestEveryText:
    """What holds for each kind, way to meet and language."""

    def test_it_fits_the_telephones_alphabet_in_two_parts_at_most(
        self, kind: Kind, mode: Mode, language: str
    ) -> None:
        counted = count(said(kind, mode, language))
        assert counted.alphabet is Alphabet.GSM7
        assert counted.parts <= 2

    def test_it_names_the_clinic_and_how_to_end(self, kind: Kind, mode: Mode, language: str) -> None:
        text = said(kind, mode, language)
        assert text.startswith("West Texas Pain Institute: ")
        if kind is not Kind.LINKS:
            assert {"en": "STOP to end.", "es": "ALTO para salir."}[language] in text
        assert re.search(r"\(915\) 555-0100|915-555-0100", text)

    def test_it_is_one_tidy_line(self, kind: Kind, mode: Mode, language: str) -> None:
        text = said(kind, mode, language)
        assert not re.search(r"\n|  | [,.]|\.\.|,\.|,,|\( |\S\(?https", text), text

    def test_nothing_of_why(self, kind: Kind, mode: Mode, language: str) -> None:
        text = said(kind, mode, language)
        for word in ("Ana", "Peña", "Clinician", "imaging", "imágenes", "back", "espalda", "Review", "1948"):
            assert word not in text

    def test_it_never_asks_for_a_word_of_the_carriers(self, kind: Kind, mode: Mode, language: str) -> None:
        assert not re.search(r"\b(YES|CANCEL|CANCELAR|END|QUIT)\b", said(kind, mode, language))


@pytest.mark.parametrize("kind", sorted(ANSWERED))
@pytest.mark.parametrize("mode", [Mode.IN_PERSON, Mode.VIRTUAL])
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("days", [0, 1, 2, 7])
def test_a_reminder_is_one_part(kind: Kind, mode: Mode, language: str, days: int) -> None:
    written = TUESDAY - timedelta(days=days, hours=2)
    assert count(said(kind, mode, language, written_at=written)).parts == 1


class TestWords:
    """The sentences themselves."""

    def test_a_reminder_reads_so(self) -> None:
        assert said(Kind.REMINDER_DAY) == (
            "West Texas Pain Institute: Visit tomorrow, Tue Dec 1, 2:00 PM El Paso time, 1 Example Street. "
            "C confirms, X cancels. (915) 555-0100. STOP to end. Emergency: 911"
        )

    def test_and_so_in_spanish_a_little_shorter_to_fit(self) -> None:
        assert said(Kind.REMINDER_DAY, language="es") == (
            "West Texas Pain Institute: Cita mañana 1 dic, 2:00 p.m. hora de El Paso, 1 Example Street. "
            "C confirma, X cancela. 915-555-0100. ALTO para salir. Emergencia: 911"
        )

    @pytest.mark.parametrize(
        ("days", "words"), [(0, "Visit today, Tue"), (1, "Visit tomorrow, Tue"), (2, "Visit Tue Dec 1")]
    )
    def test_the_day_is_called_as_it_is_called_when_the_text_is_written(self, days: int, words: str) -> None:
        assert words in said(Kind.REMINDER_DAY, written_at=TUESDAY - timedelta(days=days))

    def test_where_it_would_not_fit_the_suite_is_left_to_the_mail(self) -> None:
        place = a_location(line="100 Sample Avenue, Suite 200")
        visit = a_visit(organization=an_organization(discreet_name="West Texas Institute"), location=place)
        written = TUESDAY - timedelta(days=1)
        text = words_of(a_letter(Kind.REMINDER_DAY, visit, language="es", written_at=written), BASE_URL)
        assert "hora de El Paso, 100 Sample Avenue. C confirma" in text
        assert count(text).parts == 1
        text = words_of(a_letter(Kind.CONFIRMATION, visit, written_at=written), BASE_URL)
        assert "100 Sample Avenue, Suite 200." in text

    def test_visits_of_one_day_stand_in_one_text(self) -> None:
        second = a_visit(start=TUESDAY + timedelta(hours=2))
        assert "2:00 PM El Paso time and 4:00 PM El Paso time" in said(Kind.REMINDER_DAY, also=(second,))

    def test_a_video_visit_names_the_patients_own_hour_where_it_is_another(self) -> None:
        visit = a_visit(Mode.VIRTUAL, virtual=VirtualDetails("US-CA", "+19155550111", "1"))
        text = said(Kind.REMINDER_DAY, visit=visit)
        assert "2:00 PM El Paso time (1:00 PM your time), by video" in text
        assert "2:00 p.m. hora de El Paso (su hora: 1:00 p.m.)" in said(
            Kind.JOIN_LINK, language="es", visit=visit
        )
        assert count(text).alphabet is Alphabet.GSM7

    def test_a_state_with_two_clocks_names_the_other_one_by_its_town(self) -> None:
        far = a_patient(phone="+12145550111")
        visit = a_visit(Mode.VIRTUAL, patient=far, virtual=VirtualDetails("US-TX", far.phone, "1"))
        text = said(Kind.REMINDER_DAY, visit=visit)
        assert "2:00 PM El Paso time (3:00 PM in Dallas), by video" in text
        assert count(text).alphabet is Alphabet.GSM7
        assert "2:00 p.m. hora de El Paso (3:00 p.m. en Dallas)" in said(
            Kind.JOIN_LINK, language="es", visit=visit
        )

    @pytest.mark.parametrize("kind", sorted(REMINDERS))
    def test_every_reminder_says_whom_to_call_in_an_emergency(self, kind: Kind) -> None:
        assert said(kind).endswith("Emergency: 911")
        assert said(kind, language="es").endswith("Emergencia: 911")

    @pytest.mark.parametrize("kind", [Kind.JOIN_LINK, Kind.DEVICE_CHECK])
    def test_a_video_visit_brings_its_link_whole(self, kind: Kind) -> None:
        assert f" {LONG_LINKS.join} " in said(kind, Mode.VIRTUAL)

    def test_what_the_clinic_cancelled_is_said_with_regret(self) -> None:
        visit = visit_after(Kind.CANCELLED)
        by_clinic = replace(visit, appointment=replace(visit.appointment, cancelled_by=CancelledBy.DESK))
        text = words_of(a_letter(Kind.CANCELLED, by_clinic, written_at=TUESDAY - timedelta(days=1)), BASE_URL)
        assert "We are sorry, we had to cancel your visit: tomorrow, Tue Dec 1, 2:00 PM El Paso time." in text

    def test_a_clinic_with_an_accent_in_its_name_still_fits(self) -> None:
        visit = a_visit(organization=an_organization(name="Clínica de la Columna"))
        text = words_of(a_letter(Kind.REMINDER_DAY, visit, language="es"), BASE_URL)
        assert text.startswith("Clinica de la Columna: ")
        assert count(text).alphabet is Alphabet.GSM7


class Keeper:
    """A gateway that keeps what it is given."""

    def __init__(self) -> None:
        self.kept: list[tuple[Text, str]] = []

    def post(self, text: Text, number: str) -> HandOver:
        self.kept.append((text, number))
        return HandOver(Result.ACCEPTED, reference="SM1")

    is_idempotent = True

    def look_up(self, text: Text, number: str) -> HandOver | None:
        return HandOver(Result.ACCEPTED) if (text, number) in self.kept else None


@pytest.mark.parametrize("language", golden.LANGUAGES)
def test_the_texts_are_as_they_were_last_read(language: str) -> None:
    assert golden.texts_of(language) == golden.path_of_texts(language).read_text(encoding="utf-8"), (
        "meant? write them anew with `python -m tests.worker.golden` and read the difference"
    )


class TestTravelling:
    """The bytes that are frozen and replayed."""

    def test_the_same_letter_gives_the_same_bytes_under_the_same_name(self) -> None:
        texter = Texter(Keeper(), BASE_URL)
        letter = a_text(Kind.REMINDER_DAY)
        assert texter.write(letter) == texter.write(letter)
        assert Text.unpacked(texter.write(letter)).name == letter.message_id.partition("@")[0]

    def test_what_is_posted_is_what_was_written(self) -> None:
        keeper = Keeper()
        texter = Texter(keeper, BASE_URL)
        written = texter.write(a_text(Kind.JOIN_LINK, Mode.VIRTUAL, "es"))
        assert texter.inquire(written, NUMBER, TUESDAY) is None
        assert texter.post(written, NUMBER).reference == "SM1"
        ((text, number),) = keeper.kept
        assert (text.words, number) == (said(Kind.JOIN_LINK, Mode.VIRTUAL, "es"), NUMBER)
        assert texter.inquire(written, NUMBER, TUESDAY) is not None
        assert texter.parts(written) == 2
