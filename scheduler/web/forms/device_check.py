"""What a device check found, as its page sends it, and what somebody wants whose device is not ready."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from scheduler.domain.device_check import DeviceCheck, Finding, HelpWish
from scheduler.domain.wording import N_
from scheduler.web.forms.sheet import Sheet

PARTS = ("camera", "microphone", "speaker", "network", "relay")


def found(typed: MultiDict[str, str]) -> DeviceCheck:
    """What was found; a part that was not tried is unknown."""
    camera, microphone, speaker, network, relay = (_finding(typed.get(part, "")) for part in PARTS)
    return DeviceCheck(camera, microphone, speaker, network, relay)


def wish(typed: MultiDict[str, str]) -> HelpWish:
    """What kind of help.

    :raises InvalidInput: when nothing was chosen.
    """
    sheet = Sheet(typed)
    chosen = sheet.one_of("wish", HelpWish, N_("Choose one."))
    sheet.settle()
    assert chosen
    return chosen


def _finding(said: str) -> Finding:
    return Finding(said) if said in set(Finding) else Finding.UNKNOWN
