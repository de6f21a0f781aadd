"""The manager's page of texts: all of them in both languages, and whether they say what they must."""

from __future__ import annotations

import pytest
from flask import Flask

from scheduler.domain.directory import Mode
from scheduler.domain.notification import Channel, Kind
from scheduler.domain.own_words import BY_VIDEO_ALONE, KINDS
from scheduler.domain.sample_visit import sample_visit
from scheduler.domain.wording import Language
from scheduler.persistence import directory
from scheduler.services.directory import clinic
from scheduler.web import message_preview, text_words
from tests.engines import NOW
from tests.inspector import Inspector
from tests.patients import words
from tests.programs import house_of
from tests.staff import Employ

PAGE = "/manage/texts"


@pytest.fixture
def manager(employ: Employ) -> Inspector:
    """Somebody who manages the clinic."""
    return employ("manager")


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_text_stands_in_both_languages(app: Flask, manager: Inspector, language: str) -> None:
    page = words(manager.get(f"{PAGE}?lang={language}"))
    known = clinic(house_of(app).database)
    texts = [one.text for one in known.consents] + [one.text for one in known.gate.questions]
    texts += [each for one in known.visit_types for each in (one.title, one.summary, one.preparation)]
    for text in texts:
        assert " ".join(text.en.split()) in page
        assert " ".join(text.es.split()) in page


def test_a_new_clinic_lacks_nothing(manager: Inspector) -> None:
    page = words(manager.get(PAGE))
    for fault in ("is missing", "Missing:", "much shorter", "911 is not named"):
        assert fault not in page


def test_what_a_text_lacks_is_said(app: Flask, manager: Inspector) -> None:
    with house_of(app).database.transaction() as connection:
        connection.exec_driver_sql("UPDATE visit_type SET preparation_es = '' WHERE code = 'follow-up'")
        connection.exec_driver_sql("UPDATE location SET line = ''")
        directory.bump(connection)
    page = words(manager.get(PAGE))
    assert "How to get ready Spanish is missing" in page
    assert "Missing: Address or link" in page


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS])
@pytest.mark.parametrize("kind", KINDS)
def test_every_message_says_all_it_must(app: Flask, kind: Kind, channel: Channel, language: Language) -> None:
    with app.test_request_context():
        for mode in (Mode.VIRTUAL,) if kind in BY_VIDEO_ALONE else Mode:
            visit = sample_visit(clinic(house_of(app).database), None, mode, language.value, NOW)
            assert visit is not None
            preview = message_preview.of_visit(visit, kind, channel, language.value)
            assert preview is not None
            parts = text_words.parts_of(kind, visit, preview)
            assert parts != []
            assert [one.part for one in parts if not one.is_there] == [], (mode, preview.text)


def test_a_text_is_read_before_it_is_put_in_force(app: Flask, manager: Inspector) -> None:
    spanish = "Una cita por video es como una cita en el consultorio. En una emergencia, llame al 911."
    typed = {"text_en": "A visit by video.", "text_es": spanish}
    page = words(manager.submit(f"{PAGE}/telehealth", {**typed, "look": "yes"}))
    assert "911 is not named" in page
    assert "One language is much shorter" in page
    assert clinic(house_of(app).database).consent("telehealth").version == "1"
    refused = manager.submit(f"{PAGE}/telehealth", typed)
    assert refused.status_code == 422
    assert "call 911" in words(refused)
