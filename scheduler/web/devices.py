"""What a browser calls itself, in two words that its owner knows again: "Firefox/Windows"."""

from __future__ import annotations

from scheduler.domain.wording import N_
from scheduler.web.i18n import gettext as _

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("FxiOS", "Firefox"),
    ("Firefox", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "Chromebook"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
"""The first sign that is found decides: Chrome also says Safari, and every phone also says what it is built on."""

UNKNOWN = N_("Unknown device")


def of(user_agent: str) -> str:
    """The browser and its system, with a stroke between; empty where neither is known."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    return "/".join(filter(None, (browser, system)))


def in_words(device: str) -> str:
    """The same as a person would say it."""
    browser, _stroke, system = device.partition("/")
    if not system:
        return browser or _(UNKNOWN)
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
