"""Reminders by mail end at one press, by a person or by a mail program, and come back so; looking never acts."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from flask import Flask

from scheduler.domain.notification import Channel
from scheduler.persistence import opt_outs
from scheduler.services import opt_out
from scheduler.services.house import House
from tests.house import MakeApp
from tests.inspector import Inspector
from tests.patients import Clock, words
from tests.programs import house_of

EMAIL = "ana@example.com"


@pytest.fixture
def house(app: Flask) -> House:
    return house_of(app)


@pytest.fixture
def path(house: House) -> str:
    return f"/reminders/{opt_out.token_for(house.vault, EMAIL)}"


def is_out(house: House, email: str = EMAIL) -> bool:
    with house.database.reading() as connection:
        return opt_outs.is_out(connection, Channel.EMAIL, house.vault.index("email", email))


def test_looking_changes_nothing(house: House, client: Inspector, path: str) -> None:
    assert "We write to you before each visit." in words(client.get(path))
    client.head(path)
    assert not is_out(house)


def test_a_mail_program_ends_them_with_one_post_and_no_cookie(
    house: House, client: Inspector, path: str
) -> None:
    answer = client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.data) == (200, b"")
    assert is_out(house)


def test_a_person_ends_them_and_brings_them_back(house: House, client: Inspector, path: str) -> None:
    assert urlsplit(client.submit(path, {}).location or "").path == path
    assert is_out(house)
    assert "You get no reminders by e-mail" in words(client.get(path))
    client.submit(path, {})
    assert not is_out(house)


def test_it_concerns_this_reader_alone_however_the_address_is_spelled(
    house: House, client: Inspector, path: str
) -> None:
    client.post(path, data={})
    assert is_out(house, "Ana@Example.COM")
    assert not is_out(house, "rosa@example.com")


@pytest.mark.parametrize("token", ["x", "A" * 43, "é" * 43, "A" * 44, "=" * 43])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_made_up_link_finds_nothing(client: Inspector, token: str, method: str) -> None:
    assert getattr(client, method)(f"/reminders/{token}").status_code == 404


def test_a_link_with_one_letter_changed_finds_nothing(client: Inspector, path: str) -> None:
    changed = path[:-2] + ("A" if path[-2] != "A" else "B") + path[-1]
    assert client.get(changed).status_code == 404


def test_another_clinics_keys_make_other_links(make_app: MakeApp, path: str, clock: Clock) -> None:
    other = make_app()
    assert other.test_client().get(path).status_code == 404


def test_the_page_says_no_address_and_is_kept_by_nobody(client: Inspector, path: str) -> None:
    answer = client.get(path)
    assert EMAIL not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "strict-origin"
