"""Claims about the door to a video visit: its own link opens it, and it tells what to do."""

from __future__ import annotations

from flask import Flask

from scheduler.domain.link import LinkPurpose
from scheduler.services import private_links
from tests.patients import Visitor, heading, visit_of, words
from tests.programs import house_of


def join(app: Flask, secret: str) -> str:
    number = visit_of(app, secret).appointment.id
    return private_links.of_visit(house_of(app), number)[LinkPurpose.VISIT]


def test_the_link_in_the_mail_leads_to_a_calm_page(app: Flask, visitor: Visitor) -> None:
    secret = visitor.book("imaging-review/virtual")
    page = visitor.get(f"/visit/{join(app, secret)}")
    assert heading(page) == "Your video visit"
    assert "The room opens 30 minutes before" in words(page)
    assert "camera=(self)" in page.headers["Permissions-Policy"]


def test_the_page_of_changes_is_not_opened_by_the_link_to_join(app: Flask, visitor: Visitor) -> None:
    secret = visitor.book("imaging-review/virtual")
    assert visitor.get(f"/visit/{secret}").status_code == 404
    assert visitor.get(f"/my/{join(app, secret)}").status_code == 404


def test_a_visit_at_the_office_says_where_to_come(app: Flask, visitor: Visitor) -> None:
    secret = visitor.book()
    page = visitor.get(f"/visit/{join(app, secret)}")
    assert heading(page) == "This visit is at the office"
    assert "How to find us" in words(page)


def test_a_cancelled_visit_says_so(app: Flask, visitor: Visitor) -> None:
    secret = visitor.book_ahead("imaging-review/virtual")
    token = join(app, secret)
    visitor.send(f"/my/{secret}/cancel")
    assert heading(visitor.get(f"/visit/{token}")) == "This visit is cancelled"
