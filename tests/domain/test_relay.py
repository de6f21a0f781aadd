"""Claims about the relay's passwords: as every TURN server reckons them, for one visit, for a while."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta

from scheduler.domain.relay import LIVES, Relay
from tests.engines import NOW

RELAY = Relay(("turn:relay.example.com:3478", "turns:relay.example.com:5349?transport=tcp"), "s3cret")


def test_the_password_is_the_mac_of_a_name_that_says_until_when_and_for_which_visit() -> None:
    (server,) = RELAY.for_browser("visit7", NOW)["iceServers"]
    until = int((NOW + LIVES).timestamp())
    assert server["username"] == f"{until}:visit7"
    mac = hmac.new(b"s3cret", server["username"].encode(), hashlib.sha1).digest()
    assert base64.b64decode(server["credential"]) == mac
    assert server["urls"] == list(RELAY.addresses)


def test_another_visit_and_another_hour_have_other_passwords() -> None:
    told = [
        RELAY.for_browser(visit, when)["iceServers"][0]["credential"]
        for visit in ("one", "two")
        for when in (NOW, NOW + timedelta(hours=1))
    ]
    assert len(set(told)) == 4


def test_without_a_relay_no_stranger_is_asked_instead() -> None:
    assert Relay().for_browser("visit7", NOW) == {"iceServers": []}
    assert not Relay().is_set


def test_relay_only_is_said_to_the_browser() -> None:
    only = Relay(RELAY.addresses, RELAY.secret, only=True)
    assert only.for_browser("visit7", NOW)["iceTransportPolicy"] == "relay"
    assert "iceTransportPolicy" not in RELAY.for_browser("visit7", NOW)


def test_the_secret_is_not_in_the_printed_form() -> None:
    assert "s3cret" not in repr(RELAY)
