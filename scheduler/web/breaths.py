"""Reads what the page of a call says of itself, and writes what it is told: numbers, states, and one sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import request

from scheduler.domain.errors import InvalidInput
from scheduler.domain.signalling import LONGEST_NOTE, MOST_NOTES, Heard, Peer, Standing, Told
from scheduler.domain.telehealth import Quality, Stage
from scheduler.domain.wording import N_
from scheduler.web.context import now, settings

_NAME = re.compile(r"[a-f0-9]{16,32}")
UNREADABLE = N_("The page said something that we cannot read. Please open it again.")
PAUSES = {
    Stage.WAITING: 2000,
    Stage.EXPECTED: 1000,
    Stage.ADMITTED: 500,
    Stage.IN_CALL: 2000,
    Stage.PHONE: 2000,
    Stage.ENDED: 10_000,
}
"""Milliseconds until the page should ask again, by where the call stands."""

NEXT_IN_LINE = 1000
"""The same for whoever waits and is next: they are let in at any moment."""


def told() -> Told:
    """What this request says.

    :raises InvalidInput: when it is not as our own page says it.
    """
    said = request.get_json(silent=True)
    if not isinstance(said, dict):
        raise InvalidInput({"breath": UNREADABLE})
    quality = said.get("quality")
    return Told(
        instance=_name(said.get("instance")),
        device=_name(said.get("device")),
        since=_number(said.get("since", 0)),
        is_fresh=said.get("fresh") is True,
        takes=said.get("take") is True,
        is_connected=said.get("connected") is True,
        quality=Quality(quality) if isinstance(quality, str) and quality in set(Quality) else None,
        notes=_notes(said.get("notes", [])),
    )


def instance() -> str:
    """The page that says it closes.

    :raises InvalidInput: when it does not say which.
    """
    return _name(request.form.get("instance"))


def wants_relay() -> bool:
    """Say whether the page asks how to reach the relay."""
    said = request.get_json(silent=True)
    return isinstance(said, dict) and said.get("relay") is True


def answer(heard: Heard, words: str) -> dict[str, Any]:
    """What the page is told; how to reach the relay only while the two may speak, and when it asks."""
    stage = heard.standing.stage.value
    said: dict[str, Any] = {
        "stage": stage,
        "provider": heard.standing.provider.value,
        "active": heard.is_active,
        "words": words,
        "peers": [_peer(one) for one in heard.peers],
        "notes": [list(note) for note in heard.notes],
        "pause": pause(heard.standing),
    }
    if heard.may_call and wants_relay():
        said["relay"] = settings().relay.for_browser(heard.standing.public_id, now())
    return said


def pause(standing: Standing) -> int:
    """Milliseconds until the page of a visit should ask again."""
    is_next = standing.stage is Stage.WAITING and standing.ahead == 0
    return NEXT_IN_LINE if is_next else PAUSES[standing.stage]


def _peer(one: Peer) -> Mapping[str, Any]:
    return {
        "kind": one.kind.value,
        "name": one.name,
        "here": one.is_here,
        "instance": one.instance,
        "quality": one.quality.value if one.quality else "",
    }


def _name(said: object) -> str:
    if not isinstance(said, str) or not _NAME.fullmatch(said):
        raise InvalidInput({"breath": UNREADABLE})
    return said


def _number(said: object) -> int:
    if not isinstance(said, int) or isinstance(said, bool) or not 0 <= said < 2**62:
        raise InvalidInput({"breath": UNREADABLE})
    return said


def _notes(said: object) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    if not isinstance(said, list) or len(said) > MOST_NOTES:
        raise InvalidInput({"breath": UNREADABLE})
    return tuple(_note(one) for one in said)


def _note(said: object) -> tuple[str, Mapping[str, Any]]:
    match said:
        case {"to": str() as receiver, "body": dict() as body} if len(repr(body)) <= LONGEST_NOTE:
            return _name(receiver), body
    raise InvalidInput({"breath": UNREADABLE})
