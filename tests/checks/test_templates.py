"""The reader of templates finds each fault that it exists for, and leaves clean markup alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.templates import environment_of, faults_of


def faults(folder: Path, source: str, name: str = "public/page.html") -> list[str]:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return list(faults_of(environment_of(folder), name))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ name|safe }}", "escaping"),
        ("{% autoescape false %}{{ name }}{% endautoescape %}", "autoescape"),
        ("<p style='color:red'>{{ name }}</p>", "style attribute"),
        ("<style>p {}</style>", "<style>"),
        ("<script>go()</script>", "script inside"),
        ("<button onclick='go()'>{{ name }}</button>", "handler"),
        ("<a href='javascript:go()'>{{ name }}</a>", "handler"),
        ("<img src='https://example.com/a.png' alt=''>", "another host"),
        ("<link rel='stylesheet' href='//example.com/a.css'>", "another host"),
        ("<form method='post'><button>{{ name }}</button></form>", "CSRF"),
        ("<p>Book a visit</p>", "outside the translations"),
        ("<img src='{{ url }}' alt='A spine'>", "outside the translations"),
        ("{% include 'nowhere.html' %}", "not there"),
        ("{% if name %}", "Unexpected end"),
    ],
)
def test_a_planted_fault_is_found(tmp_path: Path, source: str, said: str) -> None:
    assert any(said in fault for fault in faults(tmp_path, source))


def test_a_clean_page_has_no_faults(tmp_path: Path) -> None:
    source = """{# Words in a comment are for us. #}
        <h1>{% trans %}Book a visit{% endtrans %}</h1>
        <form method="post" action="{{ url_for('booking.book') }}">{{ csrf_field() }}
        <input name="a" placeholder="{{ _('Name') }}"><button>{{ _("Go on") }}</button></form>
        <code>Authorization: Bearer</code><a href="https://example.com/">{{ name }}</a>
        <script type="module" src="{{ vendor('site.js') }}"></script>"""
    assert faults(tmp_path, source) == []


def test_a_mail_may_carry_its_style(tmp_path: Path) -> None:
    assert faults(tmp_path, "<p style='margin:0'>{{ name }}</p>", "email/confirmed.html") == []
