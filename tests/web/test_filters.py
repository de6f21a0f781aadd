"""Templates say times in the page's language and in the zone of the place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask, render_template_string

from scheduler.domain.opening import OpenDays
from scheduler.domain.wording import Text
from scheduler.translations.times import plain
from tests.factories import a_location

START = datetime(2026, 12, 1, 21, 0, tzinfo=UTC)
END = datetime(2026, 12, 1, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("source", "en", "es"),
    [
        ("{{ start|day(place) }}", "Tuesday, December 1", "martes, 1 de diciembre"),
        ("{{ start|clock(place) }}", "2:00 PM", "2:00 p.m."),
        ("{{ start|local_time(place) }}", "2:00 PM El Paso time (MST)", "2:00 p.m. hora de El Paso (MST)"),
        (
            "{{ start|stretch(end, place) }}",
            "2:00 PM to 3:00 PM El Paso time (MST)",
            "2:00 p.m. a 3:00 p.m. hora de El Paso (MST)",
        ),
        (
            "{{ start|viewer_time('America/Chicago', place) }}",
            "3:00 PM Central time (CST)",
            "3:00 p.m. hora del Centro (CST)",
        ),
        (
            "{{ days|opening }}",
            "Monday to Friday, 8:00 AM to 5:30 PM",
            "lunes a viernes, 8:00 a.m. a 5:30 p.m.",
        ),
        ("{{ title|in_language }}", "First visit", "Primera visita"),
        ("{{ '+19155550123'|phone }}", "(915) 555-0123", "(915) 555-0123"),
    ],
)
def test_a_template_says_it_in_the_language_of_the_page(app: Flask, source: str, en: str, es: str) -> None:
    about = {
        "start": START,
        "end": END,
        "place": a_location(),
        "days": OpenDays(0, 4, 480, 1050),
        "title": Text("First visit", "Primera visita"),
    }
    for language, said in (("en", en), ("es", es)):
        with app.test_request_context(f"/?lang={language}"):
            assert plain(render_template_string(source, **about)) == said


def test_an_instant_has_no_day_without_a_place(app: Flask) -> None:
    with app.test_request_context("/"), pytest.raises(ValueError, match="location"):
        render_template_string("{{ start|day }}", start=START)
